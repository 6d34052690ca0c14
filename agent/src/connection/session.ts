// An open session: heartbeats, keepalive, the outbox pump, and the server's messages handed to whoever asked for them.
import {
  decodePiece,
  decodeServerMessage,
  isMusterError,
  type Piece,
  type ServerMessage,
  type WelcomeBody,
} from '@muster/protocol';
import type { WebSocket } from 'ws';
import { MAX_BUFFERED_BYTES } from '../limits.ts';
import type { Clock } from '../platform/clock.ts';
import { BEAT_JITTER, CLOSE_TIMEOUT_MS } from '../timing.ts';
import type { Frame, Inbox } from './inbox.ts';
import { type Keepalive, startKeepalive } from './keepalive.ts';
import type { Outbox } from './outbox.ts';
import { createPump, type Pump } from './pump.ts';

/** Messages that the agent's parts handle; acknowledgements and the end of the session are handled here. */
export type HandledMessage = Exclude<
  ServerMessage,
  { type: 'hello' | 'welcome' | 'enrolled' | 'refuse' | 'reconnect' | 'ack' | 'nack' }
>;

/** What the parts of the agent hand in. */
export interface SessionParts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** [0, 1), for jitter. */
  random(): number;
  /** The heartbeat frame of this moment. */
  heartbeat(): Uint8Array;
  /** A message for one of the parts. A thrown MusterError is logged and the session goes on. */
  handle(message: HandledMessage): void;
  /** A piece of a body that was asked for. */
  piece(piece: Piece): void;
  log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/** How a session ended, and when to come back at the earliest. */
export interface SessionEnd {
  readonly reason: string;
  readonly code?: string;
  readonly retryAfterMs?: number;
}

/** An open session. */
export interface AgentSession {
  /** What the server has announced that it speaks. */
  readonly capability: number;
  /** Starts heartbeats and takes messages; call it once whoever answers them knows this session. */
  begin(): void;
  /** Sends if the socket takes it; false when it is closed or too much waits. Messages that must arrive go through the outbox. */
  send(data: string | Uint8Array): boolean;
  /** Something new is in the outbox. */
  nudge(): void;
  /** Ends the session in good order. */
  close(): void;
  /** Resolves when it is over. */
  readonly ended: Promise<SessionEnd>;
}

/** What a message of the server can do to the session. */
interface Reactions {
  readonly parts: SessionParts;
  readonly pump: Pump;
  leave(end: SessionEnd): void;
}

/** Reacts to one message of an open session. */
function react(message: ServerMessage, { parts, pump, leave }: Reactions): void {
  switch (message.type) {
    case 'ack':
      pump.settled(message.seqs);
      break;
    case 'nack':
      parts.log.warn({ seq: message.seq, code: message.code }, 'the server will not store a message');
      pump.settled([message.seq]);
      break;
    case 'refuse': {
      const { message: reason, code, retryAfterMs } = message;
      leave({ reason, code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
      break;
    }
    case 'reconnect':
      leave({ reason: 'the server drains', retryAfterMs: message.afterMs });
      break;
    case 'hello':
    case 'welcome':
    case 'enrolled':
      leave({ reason: `the server sent ${message.type} in an open session` });
      break;
    default:
      parts.handle(message);
  }
}

/** Reads one frame and reacts. A message that this build does not know is the server's fault or future; the session goes on. */
function receive({ data, isBinary }: Frame, reactions: Reactions): void {
  try {
    if (isBinary) {
      reactions.parts.piece(decodePiece(data));
      return;
    }
    react(decodeServerMessage(data.toString('utf8')), reactions);
  } catch (error) {
    if (!isMusterError(error)) throw error;
    reactions.parts.log.warn({ code: error.code }, 'a message of the server was not understood');
  }
}

/** Calls `beat` now and then every interval, with jitter, until stopped. */
function startBeating(beat: () => void, everyMs: number, random: () => number): () => void {
  let timer: NodeJS.Timeout;
  function next(): void {
    beat();
    timer = setTimeout(next, everyMs * (1 + BEAT_JITTER * (2 * random() - 1)));
  }
  next();
  return () => clearTimeout(timer);
}

/** Takes over a socket whose session has been opened. */
export function runSession(
  socket: WebSocket,
  { inbox, welcome, capability }: { inbox: Inbox; welcome: WelcomeBody; capability: number },
  parts: SessionParts,
): AgentSession {
  let end: SessionEnd | null = null;
  let closing: NodeJS.Timeout | undefined;

  function isReady(): boolean {
    return socket.readyState === socket.OPEN && socket.bufferedAmount <= MAX_BUFFERED_BYTES;
  }

  function send(data: string | Uint8Array): boolean {
    if (!isReady()) return false;
    socket.send(data);
    return true;
  }

  function leave(next: SessionEnd): void {
    end ??= next;
    socket.close();
    // A server that hangs does not answer the goodbye, and what waits to be sent would hold it back too.
    closing ??= setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
  }

  const failed = (err: unknown) => parts.log.warn({ err }, 'sending from the outbox failed');
  const pump = createPump({ ...parts, window: welcome.window, ready: isReady, send, failed });
  const keepalive: Keepalive = startKeepalive({
    ping: () => socket.ping(),
    silent() {
      end ??= { reason: 'the server fell silent' };
      socket.terminate();
    },
  });
  function beat(): void {
    send(parts.heartbeat());
    pump.run();
  }

  let stopBeating: () => void = () => undefined;
  let over: (end: SessionEnd) => void = () => undefined;
  const ended = new Promise<SessionEnd>((resolve) => {
    over = resolve;
  });
  function begin(): void {
    stopBeating = startBeating(beat, welcome.beatMs, parts.random);
    inbox.handOver({
      frame(frame) {
        keepalive.heard();
        receive(frame, { parts, pump, leave });
      },
      closed(error) {
        stopBeating();
        clearTimeout(closing);
        keepalive.stop();
        pump.stop();
        over(end ?? { reason: error?.message ?? 'the connection was closed' });
      },
    });
  }

  socket.on('pong', () => keepalive.heard());
  socket.on('ping', () => keepalive.heard());
  const close = () => leave({ reason: 'the agent stops' });
  return { capability, begin, send, nudge: () => pump.run(), close, ended };
}
