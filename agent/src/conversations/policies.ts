// The core's side of the conversation about policies: hands on what is signed, and tells the server what the executor holds. It decides nothing.
import type { AgentMessage, PolicySetMessage, PolicyState } from '@muster/protocol';
import type { Outbox } from '../connection/outbox.ts';
import type { FromExecutor, PolicyMessage, ToExecutor } from '../executor/local/messages.ts';

/** What the executor says of policies. */
type Said = Extract<FromExecutor, { type: 'policies' | 'policy.want' }>;
/** What a device holds. */
type Standing = Pick<PolicyState, 'held' | 'code'>;

/** What handing on needs. */
export interface PolicyRelayDeps {
  readonly outbox: Outbox;
  /** To the executor; false where none listens. */
  send(message: ToExecutor): boolean;
  /** To the server, where there is a session. */
  sendUp(message: AgentMessage): void;
  /** Starts an executor. */
  knock(): void;
  /** Something new is in the outbox. */
  nudge(): void;
  now(): number;
  readonly log: { warn(fields: object, message: string): void };
}

/** Hands on. */
export interface PolicyRelay {
  /** A message of the server. */
  handle(message: PolicyMessage): void;
  /** The executor listens now. */
  ready(): void;
  /** What the executor says. */
  said(message: Said): void;
}

/** Makes it. */
export function createPolicyRelay(deps: PolicyRelayDeps): PolicyRelay {
  const { outbox, log } = deps;
  /** The set that waits for an executor. */
  let waiting: PolicySetMessage | null = null;
  /** The set that an executor was handed last, and what was told last, as texts. */
  let handed = '';
  let told = '';
  let isWell = true;

  /** Only another set, or one that could not be held, is worth a start: a server shows it with every connection. */
  function show(message: PolicySetMessage): void {
    const text = JSON.stringify(message);
    if (text === handed && isWell) return;
    waiting = message;
    if (!hand()) deps.knock();
  }

  function hand(): boolean {
    if (waiting === null || !deps.send(waiting)) return false;
    handed = JSON.stringify(waiting);
    waiting = null;
    return true;
  }

  async function tell({ held, code }: Standing): Promise<void> {
    const body: Pick<PolicyState, 'at' | 'held' | 'code'> = {
      at: new Date(deps.now()).toISOString(),
      held,
      code,
    };
    await outbox.put({ kind: 'policies', key: 'policies', body: Buffer.from(JSON.stringify(body)) });
    deps.nudge();
  }

  function hear({ held, code }: Standing): void {
    isWell = code === null;
    const text = JSON.stringify([held, code]);
    if (text === told) return;
    told = text;
    tell({ held, code }).catch((err: unknown) => {
      // The outbox has no room: it is told by the next executor.
      told = '';
      log.warn({ err }, 'what is held of policies did not get into the outbox; it is told again');
    });
  }

  return {
    handle(message) {
      if (message.type === 'policy.set') show(message);
      // Whoever asked for it has gone; the next executor asks again.
      else deps.send(message);
    },
    ready: () => void hand(),
    said(message) {
      if (message.type === 'policies') hear(message);
      else deps.sendUp(message);
    },
  };
}
