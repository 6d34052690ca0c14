// A session for tests: records what the server sends to it, and waits for a message of a kind.
import type { ServerMessage } from '@muster/protocol';
import type { Session } from '../../../core/agents/session.ts';

type MessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** Stands where the gateway's connection stands. */
export interface TestSession extends Session {
  open: boolean;
  /** Everything sent so far, oldest first. */
  readonly sent: ServerMessage[];
  /** Binary frames sent so far, oldest first. */
  readonly frames: Uint8Array[];
  /** Code of the refusal that ended it. */
  refused: string | null;
  /** The next message of that type that nobody has taken yet; rejects after a minute or when the session is refused. */
  next<T extends ServerMessage['type']>(type: T): Promise<MessageOf<T>>;
}

/** As long as anything may take on a busy machine: sixty thousand rows are stored meanwhile. */
const WAIT_MS = 60_000;
let sessions = 0;

export function createTestSession(device: {
  readonly tenant: number;
  readonly idx: number;
  readonly deviceId: string;
}): TestSession {
  const sent: ServerMessage[] = [];
  const taken = new Set<ServerMessage>();
  const wakers = new Set<() => void>();
  sessions += 1;
  const session: TestSession = {
    ...device,
    slot: sessions,
    sessionId: `ses_${sessions}`,
    epoch: 1,
    capability: 1,
    clockOffsetMs: 0,
    open: true,
    sent,
    frames: [],
    refused: null,
    send(message) {
      sent.push(message);
      for (const wake of wakers) wake();
    },
    sendFrame: (frame) => void session.frames.push(frame),
    refuse(code, message) {
      session.refused = code;
      session.open = false;
      session.send({ type: 'refuse', code, message });
    },
    async next(type) {
      const untilMs = Date.now() + WAIT_MS;
      for (;;) {
        const found = sent.find((message) => message.type === type && !taken.has(message));
        if (found !== undefined && isOf(found, type)) {
          taken.add(found);
          return found;
        }
        if (session.refused !== null)
          throw new Error(`refused with ${session.refused} while waiting for ${type}`);
        if (Date.now() > untilMs)
          throw new Error(`no ${type} came; sent: ${sent.map((message) => message.type).join(' ')}`);
        await waitForSend(wakers, untilMs);
      }
    },
  };
  return session;
}

function isOf<T extends ServerMessage['type']>(message: ServerMessage, type: T): message is MessageOf<T> {
  return message.type === type;
}

function waitForSend(wakers: Set<() => void>, untilMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(wake, Math.max(0, untilMs - Date.now()));
    function wake(): void {
      clearTimeout(timer);
      wakers.delete(wake);
      resolve();
    }
    wakers.add(wake);
  });
}
