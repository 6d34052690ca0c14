// What is kept of the samples: raw ones in the ring, minutes in hour chunks.
import type { Block, Deflate, Inflate } from '@muster/protocol';
import type { Storage } from '../platform/storage.ts';
import { createBlockWindow } from './block-window.ts';
import { createChunks, type HourChunk } from './chunks.ts';
import { BLOCK_SAMPLES, MAX_TIME_MS } from './limits.ts';
import { createRing } from './ring.ts';
import type { SeriesValues } from './series-table.ts';

/** Folder of the segments in the storage. */
const RING_FOLDER = 'ring';

/** What the archive needs. */
export interface ArchiveOptions {
  /** The sampler's own folder. */
  readonly storage: Storage;
  readonly deflate: Deflate;
  readonly inflate: Inflate;
  /** A number from 0 up to 1; spreads writes and chunks of a fleet over time. */
  random(): number;
  /** Takes a chunk over; where it fails, the hour can still be had from `rebuildHour`. */
  onChunk(chunk: HourChunk): void | Promise<void>;
  onTrouble(what: 'chunk', error: unknown): void;
}

/** Makes the archive; nothing is read or written before `open`. */
export function createArchive({ storage, deflate, inflate, random, onChunk, onTrouble }: ArchiveOptions) {
  const ring = createRing({ storage, folder: RING_FOLDER, deflate, inflate });
  const chunks = createChunks({ ring, deflate, phase: random(), onChunk: (chunk) => void tell(chunk) });
  const window = createBlockWindow(1 + Math.floor(random() * BLOCK_SAMPLES));
  let writing: Promise<void> = Promise.resolve();

  async function tell(chunk: HourChunk) {
    try {
      await onChunk(chunk);
    } catch (error) {
      onTrouble('chunk', error);
    }
  }

  function flush(): Promise<void> {
    const block: Block | null = window.take();
    if (block !== null) writing = ring.append(block);
    return writing;
  }

  return {
    /** Takes up what an earlier run left. */
    async open(nowMs: number) {
      const newestMs = await ring.open();
      await chunks.resume(nowMs, newestMs);
    },
    /** Keeps a sample. */
    add(slotMs: number, values: SeriesValues) {
      if (slotMs < 0 || slotMs > MAX_TIME_MS) return;
      if (!window.fits(slotMs)) void flush();
      window.add(slotMs, values);
      chunks.add(slotMs, values);
    },
    /** Writes down what has been kept in memory; resolves when it is on disk, or waits for it. */
    flush,
    async close() {
      await flush();
      await chunks.settle();
    },
    openHour: chunks.openHour,
    /** An hour again from the ring, with the samples that have not been written yet. Null where there is none. */
    async rebuildHour(fromMs: number): Promise<HourChunk | null> {
      await flush();
      return chunks.rebuildHour(fromMs);
    },
    /** Raw samples of a range, a block at a time. */
    readRing: ring.read,
    ringStatus: ring.status,
  };
}
