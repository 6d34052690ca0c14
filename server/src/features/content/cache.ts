// Keeps pieces that many devices ask for at the same time: one read for all of them, within a bound.
import { PIECE_CACHE_BYTES } from './limits.ts';

/** A part of a body. */
export interface BodyBytes {
  readonly sizeBytes: number;
  readonly data: Uint8Array;
}

type Read = (sha256: string, offset: number) => Promise<BodyBytes | null>;

/** Wraps a read; what is not there is not kept. */
export function createPieceCache(read: Read): Read {
  // In the order of last use: a Map keeps the order in which keys were put in.
  const kept = new Map<string, Promise<BodyBytes | null>>();
  const sizes = new Map<string, number>();
  let totalBytes = 0;

  function drop(key: string): void {
    kept.delete(key);
    totalBytes -= sizes.get(key) ?? 0;
    sizes.delete(key);
  }

  async function fetch(key: string, reading: Promise<BodyBytes | null>): Promise<BodyBytes | null> {
    try {
      const found = await reading;
      if (found === null) drop(key);
      else if (kept.get(key) !== undefined) {
        sizes.set(key, found.data.length);
        totalBytes += found.data.length;
        for (const oldest of kept.keys()) {
          if (totalBytes <= PIECE_CACHE_BYTES) break;
          drop(oldest);
        }
      }
      return found;
    } catch (error) {
      drop(key);
      throw error;
    }
  }

  return (sha256, offset) => {
    const key = `${sha256} ${offset}`;
    const known = kept.get(key);
    kept.delete(key);
    const reading = known ?? fetch(key, read(sha256, offset));
    kept.set(key, reading);
    return reading;
  };
}
