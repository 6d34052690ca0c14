// The machine's own disk as the executor uses it: appending files that stay open, links, renames and syncs of folders.
import { constants, writeSync } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './storage.ts';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

async function orIfAbsent<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return otherwise;
    throw error;
  }
}

/**
 * What is appended goes no further than the memory of the system, which takes microseconds; to wake a thread for it takes longer
 * than that. Larger pieces may wait for the disk.
 */
const MAX_DIRECT_BYTES = 64 * 1024;

async function appendAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  const isSmall = bytes.length <= MAX_DIRECT_BYTES;
  for (let done = 0; done < bytes.length; ) {
    done += isSmall ? writeSync(handle.fd, bytes, done) : (await handle.write(bytes, done)).bytesWritten;
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  // Asked for first: `length` is often the most that is believed, not what is there.
  const { size } = await handle.stat();
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

/** Makes the disk below `root`, which need not exist yet. Its shape is the executor's `Disk`. */
export function createDisk(root: string) {
  const at = (path: string) => join(root, path);
  return {
    async makeFolder(path: string): Promise<void> {
      await mkdir(at(path), { recursive: true, mode: FOLDER_MODE });
    },
    async open(path: string) {
      const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
      const handle = await open(at(path), flags, FILE_MODE);
      return {
        append: (bytes: Uint8Array) => appendAll(handle, bytes),
        datasync: () => handle.datasync(),
        truncate: (sizeBytes: number) => handle.truncate(sizeBytes),
        close: () => handle.close(),
      };
    },
    async link(from: string, to: string): Promise<boolean> {
      try {
        await link(at(from), at(to));
        return true;
      } catch (error) {
        if (errorCode(error) === 'EEXIST') return false;
        throw error;
      }
    },
    rename: (from: string, to: string) => rename(at(from), at(to)),
    async dirsync(folder: string): Promise<void> {
      const handle = await open(at(folder), constants.O_RDONLY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    async readRange(path: string, offset: number, length: number): Promise<Uint8Array | null> {
      const handle = await orIfAbsent<FileHandle | null>(open(at(path), constants.O_RDONLY), null);
      if (handle === null) return null;
      try {
        return await readAt(handle, offset, length);
      } finally {
        await handle.close();
      }
    },
    size: async (path: string): Promise<number | null> =>
      (await orIfAbsent(stat(at(path)), null))?.size ?? null,
    list: async (folder: string): Promise<string[]> => (await orIfAbsent(readdir(at(folder)), [])).sort(),
    remove: (path: string): Promise<void> => rm(at(path), { recursive: true, force: true }),
  };
}
