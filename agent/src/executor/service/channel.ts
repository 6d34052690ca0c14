// One connection between core and executor: frames in and out, bounded, in order.
import type { Socket } from 'node:net';
import { isMusterError } from '@muster/protocol';
import { createUnframer, frameMessage } from '../local/frames.ts';

/** Bytes that may wait on a connection; who does not read more than that is not listening. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** A connection. */
export interface Channel {
  /** False when it is closed or nobody reads. */
  send(message: unknown): boolean;
  close(): void;
  readonly ended: Promise<void>;
}

/** Opens a channel on a socket; `take` is given each text in order, one after the other. A text that makes it reject ends the channel. */
export function openChannel(
  socket: Socket,
  take: (text: string) => Promise<void>,
  failed: (error: unknown) => void,
): Channel {
  const unframe = createUnframer();
  let turn: Promise<void> = Promise.resolve();
  const close = () => socket.destroy();
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // What a broken connection says, its end says too.
  socket.on('error', close);
  socket.on('end', close);
  socket.on('data', (bytes) => {
    try {
      for (const text of unframe(bytes)) {
        turn = turn
          .then(() => take(text))
          .catch((error: unknown) => {
            failed(error);
            close();
          });
      }
    } catch (error) {
      if (!isMusterError(error)) throw error;
      failed(error);
      close();
    }
  });
  return {
    ended,
    close,
    send(message) {
      if (socket.destroyed || socket.writableLength > MAX_WAITING_BYTES) return false;
      socket.write(frameMessage(message));
      return true;
    },
  };
}
