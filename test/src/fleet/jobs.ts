// The person of a fleet: gives the jobs of a profile, signed with the key that lies beside a quick start's server.
import type { Orders } from '../support/orders.ts';
import { type Answer, type Call, send } from '../support/server.ts';

/** A server whose API and keys are at hand. */
export interface Office {
  readonly url: string;
  /** Folder of the server with its keys. */
  readonly dataDir: string;
  call<Body>(path: string, call?: Call): Promise<Answer<Body>>;
}

/** Opens the office with an API token. */
export function openOffice({ url, token, dataDir }: Omit<Office, 'call'> & { token: string }): Office {
  return {
    url,
    dataDir,
    call: <Body>(path: string, wish: Call = {}) => send<Body>(url + path, { token, ...wish }),
  };
}

/** Kinds that are ordered by turns. */
const KINDS = ['inventory.refresh', 'diagnostics.collect'] as const;

/** Orders something of all devices again and again; answers how to stop. A refusal is told and does not end it. */
export function startOrdering(orders: Orders, everyMs: number, told: (words: string) => void): () => void {
  let count = 0;
  async function order(): Promise<void> {
    const kind = KINDS[count++ % KINDS.length] ?? KINDS[0];
    await orders.order('id != ""', { kind });
  }
  const timer = setInterval(() => {
    order().catch((error: unknown) => told(error instanceof Error ? error.message : String(error)));
  }, everyMs);
  return () => clearInterval(timer);
}
