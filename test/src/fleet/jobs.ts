// The person of a fleet: gives the jobs of a profile, signed with the key that lies beside a quick start's server.
import { createOrders, type Orders } from '../support/orders.ts';
import { type Answer, type Call, send } from '../support/server.ts';

/** How that server is reached. */
export interface Office {
  readonly url: string;
  /** API token. */
  readonly token: string;
  /** Folder of the server with its keys. */
  readonly dataDir: string;
}

/** Opens the office. */
export function openOffice({ url, token, dataDir }: Office): Promise<Orders> {
  const call = <Body>(path: string, wish: Call = {}): Promise<Answer<Body>> =>
    send<Body>(url + path, { token, ...wish });
  return createOrders({ dataDir, call });
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
