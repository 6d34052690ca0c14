// Bounded reading of the operating system's files, below a root that tests can move.
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
  type StatsFs,
  statSync,
} from 'node:fs';
import { open, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Largest text file read whole, bytes; bigger ones are read in pieces. */
const MAX_TEXT_BYTES = 1024 * 1024;
/** Size of one piece of a big file, bytes. */
const PIECE_BYTES = 64 * 1024;

/** What collectors may ask of the file system. Absent and unreadable are answers, not exceptions. */
export interface Files {
  /** Whole text, or null when the file is absent or may not be read. Cut at `maxBytes` (default MAX_TEXT_BYTES). */
  readText(path: string, maxBytes?: number): Promise<string | null>;
  /**
   * Bytes of a range, shorter at the end of the file; null when absent or unreadable. `room` is their number, or the memory
   * to read them into, for who reads often.
   */
  readRange(path: string, offset: number, room: number | Uint8Array): Promise<Uint8Array | null>;
  /** Calls `onPiece` with each piece in order, so that a big file never lies in the heap whole; false when absent or unreadable. */
  readPieces(path: string, onPiece: (piece: Uint8Array) => void): Promise<boolean>;
  /** Names in a folder, sorted; empty when absent or unreadable. */
  list(path: string): Promise<string[]>;
  /** Target of a link; null when it is none. */
  readLink(path: string): Promise<string | null>;
  /** Facts of a file, following links; null when absent or unreadable. */
  stat(path: string): Promise<Stats | null>;
  /** Size of the filesystem that holds the path; null when unknown. May hang where a server is away: ask local disks only. */
  statFilesystem(path: string): Promise<StatsFs | null>;
}

/** Errors that say "there is nothing to read here": gone, forbidden, no valid name, or a device that answers so. */
const ABSENT = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'ESRCH',
  'EINVAL',
  'ENODEV',
  'ENXIO',
  'EIO',
  'EAGAIN',
  'ELOOP',
  'EOPNOTSUPP',
  'EISDIR',
  'ENODATA',
  'ENAMETOOLONG',
  'ERR_INVALID_ARG_VALUE',
]);

function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && ABSENT.has(error.code)
  );
}

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function laterOrNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** Where small files land before they become text; reading never yields in between, so one is enough. */
const scratch = Buffer.allocUnsafeSlow(PIECE_BYTES);

/** Reads up to `limit` bytes as text; files in /proc and /sys say size 0, so the size is never asked. */
function readUpTo(handle: number, limit: number): string {
  const full: Buffer[] = [];
  let done = 0;
  let filled = 0;
  for (;;) {
    const room = Math.min(scratch.length - filled, limit - done);
    const bytesRead = room === 0 ? 0 : readSync(handle, scratch, filled, room, null);
    done += bytesRead;
    filled += bytesRead;
    if (bytesRead === 0) break;
    if (filled < scratch.length) continue;
    full.push(Buffer.from(scratch));
    filled = 0;
  }
  const rest = scratch.subarray(0, filled);
  return full.length === 0 ? rest.toString('utf8') : Buffer.concat([...full, rest]).toString('utf8');
}

/**
 * Makes the reader. `root` is `/` on a device and a fixture folder in tests.
 * Small reads are made at once, without the thread pool: measured, a read of a /sys or unit file costs 0.01 ms that way and
 * 0.06–0.3 ms through it, and an inventory makes a thousand of them. Only big files and filesystem sizes wait elsewhere.
 */
export function createFiles(root = '/'): Files {
  const at = (path: string) => join(root, path);

  function withFile<T>(path: string, work: (handle: number) => T): T | null {
    // Without O_NONBLOCK, opening a pipe that somebody planted would wait for its writer.
    const handle = orNull(() => openSync(at(path), constants.O_RDONLY | constants.O_NONBLOCK));
    if (handle === null) return null;
    try {
      return orNull(() => work(handle));
    } finally {
      closeSync(handle);
    }
  }

  async function readPieces(path: string, onPiece: (piece: Uint8Array) => void): Promise<boolean> {
    const handle = await laterOrNull(open(at(path), constants.O_RDONLY | constants.O_NONBLOCK));
    if (handle === null) return false;
    try {
      const buffer = Buffer.allocUnsafe(PIECE_BYTES);
      for (;;) {
        const got = await laterOrNull(handle.read(buffer, 0, PIECE_BYTES, null));
        if (got === null) return false;
        if (got.bytesRead === 0) return true;
        onPiece(buffer.subarray(0, got.bytesRead));
      }
    } finally {
      await handle.close();
    }
  }

  return {
    readText: async (path, maxBytes = MAX_TEXT_BYTES) =>
      withFile(path, (handle) => readUpTo(handle, maxBytes)),
    readRange: async (path, offset, room) =>
      withFile(path, (handle) => {
        const bytes = typeof room === 'number' ? Buffer.allocUnsafe(room) : room;
        return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, offset));
      }),
    readPieces,
    list: async (path) => (orNull(() => readdirSync(at(path))) ?? []).sort(),
    readLink: async (path) => orNull(() => readlinkSync(at(path))),
    stat: async (path) => orNull(() => statSync(at(path))),
    statFilesystem: async (path) => laterOrNull(statfs(at(path))),
  };
}
