// Bounded reading of the operating system's files, below a root that tests can move.
import { type Stats, constants } from 'node:fs';
import { type FileHandle, open, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Largest text file read whole, bytes; bigger ones are read in pieces. */
export const MAX_TEXT_BYTES = 1024 * 1024;
/** Size of one piece of a big file, bytes. */
export const PIECE_BYTES = 64 * 1024;

/** What collectors may ask of the file system. Absent and unreadable are answers, not exceptions. */
export interface Files {
  /** Whole text, or null when the file is absent or may not be read. Cut at `maxBytes` (default MAX_TEXT_BYTES). */
  readText(path: string, maxBytes?: number): Promise<string | null>;
  /** Bytes of a range, shorter at the end of the file; null when absent or unreadable. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array | null>;
  /** Calls `onPiece` with each piece in order, so that a big file never lies in the heap whole; false when absent or unreadable. */
  readPieces(path: string, onPiece: (piece: Uint8Array) => void): Promise<boolean>;
  /** Names in a folder, sorted; empty when absent or unreadable. */
  list(path: string): Promise<string[]>;
  /** Target of a link; null when it is none. */
  readLink(path: string): Promise<string | null>;
  /** Facts of a file, following links; null when absent or unreadable. */
  stat(path: string): Promise<Stats | null>;
}

/** Errors that say "there is nothing to read here": gone, forbidden, or a device that answers so. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ESRCH', 'EINVAL', 'ENODEV', 'ENXIO', 'EIO', 'ELOOP', 'EOPNOTSUPP', 'EISDIR', 'ENODATA']);

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && ABSENT.has(error.code);
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Reads up to `limit` bytes; files in /proc and /sys say size 0, so the size is never asked. */
async function readUpTo(handle: FileHandle, limit: number): Promise<Buffer> {
  let buffer = Buffer.allocUnsafe(Math.min(limit, 8192));
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    length += bytesRead;
    if (bytesRead === 0 || length >= limit) return buffer.subarray(0, length);
    if (length < buffer.length) continue;
    const larger = Buffer.allocUnsafe(Math.min(limit, buffer.length * 4));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  }
}

/** Makes the reader. `root` is `/` on a device and a fixture folder in tests. */
export function createFiles(root = '/'): Files {
  const at = (path: string) => join(root, path);

  async function withFile<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T | null> {
    const handle = await orNull(open(at(path), constants.O_RDONLY | constants.O_NONBLOCK));
    if (handle === null) return null;
    try {
      return await orNull(work(handle));
    } finally {
      await handle.close();
    }
  }

  return {
    async readText(path, maxBytes = MAX_TEXT_BYTES) {
      const bytes = await withFile(path, (handle) => readUpTo(handle, maxBytes));
      return bytes === null ? null : bytes.toString('utf8');
    },
    async readRange(path, offset, length) {
      return withFile(path, async (handle) => {
        const buffer = Buffer.allocUnsafe(length);
        const { bytesRead } = await handle.read(buffer, 0, length, offset);
        return buffer.subarray(0, bytesRead);
      });
    },
    async readPieces(path, onPiece) {
      const done = await withFile(path, async (handle) => {
        const buffer = Buffer.allocUnsafe(PIECE_BYTES);
        for (;;) {
          const { bytesRead } = await handle.read(buffer, 0, PIECE_BYTES, null);
          if (bytesRead === 0) return true;
          onPiece(buffer.subarray(0, bytesRead));
        }
      });
      return done === true;
    },
    async list(path) {
      const names = await orNull(readdir(at(path)));
      return names === null ? [] : names.sort();
    },
    readLink: (path) => orNull(readlink(at(path))),
    stat: (path) => orNull(stat(at(path))),
  };
}
