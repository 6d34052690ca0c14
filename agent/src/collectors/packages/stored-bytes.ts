// Random access to a database file through a few cached windows, and the error for damaged ones.
import type { Files } from '../../platform/files.ts';
import { yieldOnce } from '../../platform/pause.ts';

/** A database that breaks the rules of its own format. The message says how, for a person. */
export class DamagedDatabase extends Error {}

/** Bytes at known places: a whole file, or one value inside a database. */
export interface StoredBytes {
  readonly size: number;
  /**
   * Exactly `length` bytes, good until the next read: the memory is used again. Values in linked pages are cheap to read forward and are read again from their start to go back.
   * @throws DamagedDatabase where they do not exist.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Size of one read of the file, bytes. A database of 100 MB is never in memory as a whole. */
const WINDOW_BYTES = 64 * 1024;
/** Windows kept: a leaf, its chain of further pages, and what stands above. */
const WINDOWS = 4;

/** Opens a file for reading by windows; null when it is absent or may not be read. */
export async function openStoredFile(files: Files, path: string): Promise<StoredBytes | null> {
  const facts = await files.stat(path);
  if (facts === null) return null;
  // From the one that was not used for longest to the one just used.
  const windows = new Map<number, Uint8Array>();
  const spare = Array.from({ length: WINDOWS }, () => Buffer.allocUnsafe(WINDOW_BYTES));

  async function readWindow(at: number): Promise<Uint8Array> {
    const known = windows.get(at);
    if (known !== undefined) {
      windows.delete(at);
      windows.set(at, known);
      return known;
    }
    await yieldOnce();
    const bytes = await files.readRange(path, at * WINDOW_BYTES, takeMemory());
    if (bytes === null) throw new DamagedDatabase('The file can no longer be read.');
    windows.set(at, bytes);
    return bytes;
  }

  /** Memory of the window that was not used for longest: a large database would leave its own size as garbage otherwise. */
  function takeMemory(): Uint8Array {
    const free = spare.pop();
    if (free !== undefined) return free;
    const [oldest, bytes] = windows.entries().next().value ?? [];
    if (oldest === undefined || bytes === undefined) return Buffer.allocUnsafe(WINDOW_BYTES);
    windows.delete(oldest);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, WINDOW_BYTES);
  }

  return {
    size: facts.size,
    async read(offset, length) {
      const first = Math.floor(offset / WINDOW_BYTES);
      const start = offset - first * WINDOW_BYTES;
      const window = await readWindow(first);
      if (start + length <= window.length) return window.subarray(start, start + length);
      const whole = Buffer.allocUnsafe(length);
      whole.set(window.subarray(start));
      let filled = Math.max(0, window.length - start);
      for (let at = first + 1; filled < length; at++) {
        const more = (await readWindow(at)).subarray(0, length - filled);
        if (more.length === 0) throw new DamagedDatabase('The file ends too early.');
        whole.set(more, filled);
        filled += more.length;
      }
      return whole;
    },
  };
}

/** A view for numbers over bytes that may lie inside a larger buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Pages of a chain, as the two page-based formats link the pieces of a long value. */
export interface ChainStep {
  /** The part of the value that lies in this page. */
  readonly bytes: Uint8Array;
  /** Page that holds the next part; 0 at the end. */
  readonly next: number;
}

/**
 * A value spread over a chain of pages behind a first part that is at hand.
 * `step` reads one page; it must bound how often it may be called, since damaged chains can form rings.
 */
export function createChainedBytes(
  value: { readonly size: number; readonly first: Uint8Array; readonly next: number },
  step: (page: number) => Promise<ChainStep>,
): StoredBytes {
  let part: ChainStep = { bytes: value.first, next: value.next };
  let partAt = 0;

  async function advance(): Promise<void> {
    if (part.next === 0) throw new DamagedDatabase('A value ends too early.');
    partAt += part.bytes.length;
    part = await step(part.next);
  }

  return {
    size: value.size,
    async read(offset, length) {
      if (offset + length > value.size) throw new DamagedDatabase('A value is shorter than it says.');
      if (offset < partAt) {
        part = { bytes: value.first, next: value.next };
        partAt = 0;
      }
      while (offset >= partAt + part.bytes.length && length > 0) await advance();
      const start = offset - partAt;
      if (start + length <= part.bytes.length) return part.bytes.subarray(start, start + length);
      const whole = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const from = offset + filled - partAt;
        const piece = part.bytes.subarray(from, from + length - filled);
        whole.set(piece, filled);
        filled += piece.length;
        if (filled < length) await advance();
      }
      return whole;
    },
  };
}
