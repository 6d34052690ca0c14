// Durable files of the agent below one folder: append, ranges, truncate, and replacing a file atomically.
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, stat, truncate, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Only the agent's own user may read what it keeps. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Files below a folder, named by paths relative to it. Failures are Node's own errors (`code`: ENOSPC, EACCES …). */
export interface Storage {
  /**
   * Adds bytes at the end, making file and folders where absent. All or nothing but for a power cut: what was written
   * before a failure is cut off again. `sync`: on disk before it answers.
   */
  append(path: string, bytes: Uint8Array, options?: { readonly sync?: boolean }): Promise<void>;
  /** Bytes of a range, shorter at the end of the file; null when the file is absent. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array | null>;
  /** Size, bytes; null when absent. */
  size(path: string): Promise<number | null>;
  /** Names in a folder, sorted; empty when absent. */
  list(folder: string): Promise<string[]>;
  /** Cuts a file to that size. */
  truncate(path: string, sizeBytes: number): Promise<void>;
  /** Removes a file; absent is fine. */
  remove(path: string): Promise<void>;
  /** Replaces a file so that a reader, or the next start after a power cut, sees the old bytes or the new ones, never a mixture. */
  writeAtomic(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes over the first bytes of a file that is at least so large: needs no space, which a full disk does not have. On disk
   * before it answers. A power cut may leave a mixture, so it is for files within one sector. False: absent or smaller.
   */
  overwrite(path: string, bytes: Uint8Array): Promise<boolean>;
}

/** The code of a system error, as ENOSPC; '' for any other. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True for what the operating system refused, as Node reports it; false for bugs and our own errors. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return /^E[A-Z0-9]+$/.test(errorCode(error)) && error instanceof Error && 'syscall' in error;
}

/** True when the disk, or the share of it that we may use, is full. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

async function orIfAbsent<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return otherwise;
    throw error;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array) {
  let done = 0;
  while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten;
}

/** Makes a new name, or its absence, survive a power cut. */
async function syncFolder(path: string) {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function appendWhole(path: string, bytes: Uint8Array, sync: boolean) {
  const handle = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, FILE_MODE);
  try {
    const { size } = await handle.stat();
    try {
      await writeAll(handle, bytes);
      if (sync) await handle.datasync();
    } catch (error) {
      // if cutting fails too, what matters is still the first error; readers check what they read
      await Promise.allSettled([handle.truncate(size)]);
      throw error;
    }
    if (sync && size === 0) await syncFolder(dirname(path));
  } finally {
    await handle.close();
  }
}

async function replaceWhole(path: string, bytes: Uint8Array) {
  const next = `${path}.next`;
  try {
    const handle = await open(next, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, FILE_MODE);
    try {
      await writeAll(handle, bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, path);
  } catch (error) {
    await orIfAbsent(unlink(next), undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

async function writeOver(path: string, bytes: Uint8Array): Promise<boolean> {
  const handle = await orIfAbsent<FileHandle | null>(open(path, constants.O_RDWR), null);
  if (handle === null) return false;
  try {
    if ((await handle.stat()).size < bytes.length) return false;
    let done = 0;
    while (done < bytes.length)
      done += (await handle.write(bytes, done, bytes.length - done, done)).bytesWritten;
    await handle.datasync();
    return true;
  } finally {
    await handle.close();
  }
}

/** Makes the storage below `root`, which need not exist yet. */
export function createStorage(root: string): Storage {
  const at = (path: string) => join(root, path);
  /** The last write of each path, so that two writers never share the file that waits to take the name. */
  const busy = new Map<string, Promise<unknown>>();

  function inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = busy.get(path) ?? Promise.resolve();
    const mine = before.then(work, work);
    busy.set(path, mine);
    const forget = () => {
      if (busy.get(path) === mine) busy.delete(path);
    };
    mine.then(forget, forget);
    return mine;
  }

  async function makeFolder(path: string) {
    await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  }

  return {
    append: (path, bytes, { sync = false } = {}) =>
      inTurn(path, async () => {
        await makeFolder(at(path));
        await appendWhole(at(path), bytes, sync);
      }),
    async readRange(path, offset, length) {
      const handle = await orIfAbsent<FileHandle | null>(open(at(path), constants.O_RDONLY), null);
      if (handle === null) return null;
      try {
        const buffer = Buffer.allocUnsafe(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return buffer.subarray(0, done);
      } finally {
        await handle.close();
      }
    },
    size: async (path) => (await orIfAbsent(stat(at(path)), null))?.size ?? null,
    list: async (folder) => (await orIfAbsent(readdir(at(folder)), [])).sort(),
    truncate: (path, sizeBytes) => inTurn(path, () => truncate(at(path), sizeBytes)),
    remove: (path) => inTurn(path, () => orIfAbsent(unlink(at(path)), undefined)),
    writeAtomic: (path, bytes) =>
      inTurn(path, async () => {
        await makeFolder(at(path));
        await replaceWhole(at(path), bytes);
      }),
    overwrite: (path, bytes) => inTurn(path, () => writeOver(at(path), bytes)),
  };
}
