// A bounded queue before a channel: what is put in within one turn of the event loop goes out in one write.
import { MAX_BUS_BATCH_BYTES, MAX_BUS_QUEUED_BYTES } from '../limits.ts';
import { type DownFrame, sizeOf, type UpFrame } from './frames.ts';

/** Writes a batch; resolves when the channel takes more. A channel that has ended takes everything and does nothing. */
export type WriteFrames<Frame> = (frames: readonly Frame[]) => Promise<void>;

/** Frames that wait for the channel. */
export interface Outbox<Frame> {
  /** Takes the frame, or answers false: too much is waiting. */
  put(frame: Frame): boolean;
  /** Takes it in any case; not again while one of the same key still waits. True when it was taken. */
  tell(key: string, frame: Frame): boolean;
  queuedBytes(): number;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

interface Waiting<Frame> {
  readonly frame: Frame;
  readonly sizeBytes: number;
  readonly key?: string;
}

/** Makes an empty queue. One write is under way at a time, so that a slow reader is felt here and not in the system's memory. */
export function createOutbox<Frame extends UpFrame | DownFrame>(
  write: WriteFrames<Frame>,
  limitBytes = MAX_BUS_QUEUED_BYTES,
): Outbox<Frame> {
  const waiting: Waiting<Frame>[] = [];
  const keys = new Set<string>();
  let queuedBytes = 0;
  let pumping: Promise<void> | undefined;

  function takeBatch(): Frame[] {
    let bytes = 0;
    let count = 0;
    for (const { sizeBytes } of waiting) {
      if (count > 0 && bytes + sizeBytes > MAX_BUS_BATCH_BYTES) break;
      bytes += sizeBytes;
      count += 1;
    }
    const batch = waiting.splice(0, count);
    for (const { key } of batch) if (key !== undefined) keys.delete(key);
    queuedBytes -= bytes;
    return batch.map(({ frame }) => frame);
  }

  async function pump(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) await write(takeBatch());
    pumping = undefined;
  }

  function push(entry: Waiting<Frame>): void {
    waiting.push(entry);
    queuedBytes += entry.sizeBytes;
    pumping ??= pump();
  }

  return {
    put(frame) {
      const sizeBytes = sizeOf(frame);
      if (queuedBytes + sizeBytes > limitBytes) return false;
      push({ frame, sizeBytes });
      return true;
    },
    tell(key, frame) {
      if (keys.has(key)) return false;
      keys.add(key);
      push({ frame, sizeBytes: sizeOf(frame), key });
      return true;
    },
    queuedBytes: () => queuedBytes,
    async drained() {
      await pumping;
    },
  };
}
