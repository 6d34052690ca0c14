// Messages of one socket in order: taken one by one while the session opens, handed to a receiver afterwards.
//
// Listeners stay attached from the first moment, because the library may deliver two frames of one packet in one go.
import type { WebSocket } from 'ws';
import { fail } from '../errors.ts';
import { OPEN_TIMEOUT_MS } from '../timing.ts';

/** Frames that may wait while nobody takes them; the server sends a few at most before the session is open. */
const MAX_WAITING = 16;

/** One received frame. */
export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What happens to frames once the session is open. */
export interface Receiver {
  frame(frame: Frame): void;
  /** The socket is gone; `error` says why where a reason is known. */
  closed(error?: Error): void;
}

/** The queue of a socket. */
export interface Inbox {
  /** The next frame. @throws MusterError E_CONNECT when the socket is gone, E_TIMEOUT after OPEN_TIMEOUT_MS */
  next(): Promise<Frame>;
  /** From now on every frame, the waiting ones first, goes to the receiver. */
  handOver(receiver: Receiver): void;
}

/** Attaches to a socket that is still connecting. */
export function createInbox(socket: WebSocket): Inbox {
  const waiting: Frame[] = [];
  let gone: { readonly error?: Error } | null = null;
  let receiver: Receiver | null = null;
  let taker: ((take: () => Frame) => void) | null = null;
  let lastError: Error | undefined;

  function lost(): Frame {
    const detail = 'The server closed the connection before the session was open; it is tried again.';
    throw lastError === undefined ? fail('E_CONNECT', { detail }) : fail('E_CONNECT', { cause: lastError });
  }

  socket.on('message', (data, isBinary) => {
    if (!Buffer.isBuffer(data)) return;
    const frame = { data, isBinary };
    if (receiver !== null) receiver.frame(frame);
    else if (taker !== null) taker(() => frame);
    else if (waiting.push(frame) > MAX_WAITING) socket.terminate();
  });
  socket.on('error', (error) => {
    lastError = error;
  });
  socket.on('close', () => {
    gone = lastError === undefined ? {} : { error: lastError };
    receiver?.closed(lastError);
    taker?.(lost);
  });

  return {
    next: () =>
      new Promise((resolve, reject) => {
        const first = waiting.shift();
        if (first !== undefined) return resolve(first);
        const timer = setTimeout(
          () =>
            taker?.(() => {
              throw fail('E_TIMEOUT');
            }),
          OPEN_TIMEOUT_MS,
        );
        taker = (take) => {
          clearTimeout(timer);
          taker = null;
          try {
            resolve(take());
          } catch (error) {
            reject(error);
          }
        };
        if (gone !== null) taker(lost);
        return undefined;
      }),
    handOver(next) {
      receiver = next;
      for (const frame of waiting.splice(0)) next.frame(frame);
      if (gone !== null) next.closed(gone.error);
    },
  };
}
