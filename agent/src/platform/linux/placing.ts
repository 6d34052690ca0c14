// Files reached folder by folder without ever following a link, so that nobody can lead a root process elsewhere.
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { errorCode } from '../storage.ts';

/** Size of one piece that is copied, bytes. */
const PIECE_BYTES = 64 * 1024;

/** Why a path cannot be reached. */
export type Obstacle = 'absent' | 'link' | 'not-a-folder';

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
// A pipe that somebody planted must not be waited for.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A name inside a folder that is open: the kernel resolves only this one name. */
export function inside(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

async function openFolder(path: string): Promise<FileHandle | Obstacle> {
  try {
    return await open(path, FOLDER_FLAGS);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return 'absent';
    if (code !== 'ELOOP' && code !== 'ENOTDIR') throw error;
    return (await lstat(path)).isSymbolicLink() ? 'link' : 'not-a-folder';
  }
}

/**
 * Opens the folder that holds `path` (absolute, normalized, below `root`), and hands it to `work` with the last name. No component
 * but the root itself may be a link.
 */
export async function withFolder<T>(
  root: string,
  path: string,
  work: (folder: FileHandle, name: string) => Promise<T>,
): Promise<T | Obstacle> {
  const names = path.split('/').slice(1);
  const last = names.pop() ?? '';
  let folder = await open(root === '' ? '/' : root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const name of names) {
      const next = await openFolder(inside(folder, name));
      if (typeof next === 'string') return next;
      await folder.close();
      folder = next;
    }
    return await work(folder, last);
  } finally {
    await folder.close();
  }
}

/** Facts of what stands there, itself, not what a link points to; null when nothing does. */
export async function readEntry(root: string, path: string): Promise<Stats | null | Obstacle> {
  return withFolder(root, path, async (folder, name) => {
    try {
      return await lstat(inside(folder, name));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  });
}

/** sha256 of a regular file, base64url; null when it is none. */
export async function hashEntry(root: string, path: string): Promise<string | null> {
  const hash = await withFolder(root, path, async (folder, name) => {
    const file = await open(inside(folder, name), READ_FLAGS);
    try {
      if (!(await file.stat()).isFile()) return null;
      const sum = createHash('sha256');
      await readAll(file, async (piece) => {
        sum.update(piece);
      });
      return { sum: sum.digest('base64url') };
    } finally {
      await file.close();
    }
  });
  return hash === null || typeof hash === 'string' ? null : hash.sum;
}

async function readAll(file: FileHandle, onPiece: (piece: Buffer) => Promise<void>): Promise<void> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    await onPiece(buffer.subarray(0, bytesRead));
  }
}

async function writeWhole(file: FileHandle, piece: Buffer): Promise<void> {
  for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten;
}

/** Unlinks; absent is fine. */
async function removeOld(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** What is put in place. */
export interface Placing {
  readonly root: string;
  readonly path: string;
  /** Absolute path of the bytes, of which exactly those with `sha256` are taken. */
  readonly source: string;
  readonly sha256: string;
  readonly mode: number;
  /** Null: whoever this process runs as. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** Name of the file beside it while it is written; one that a crash left is removed. */
  readonly temporaryName: string;
}

async function fill(file: FileHandle, { source, sha256, mode, owner }: Placing): Promise<boolean> {
  const from = await open(source, READ_FLAGS);
  const sum = createHash('sha256');
  try {
    await readAll(from, async (piece) => {
      sum.update(piece);
      await writeWhole(file, piece);
    });
  } finally {
    await from.close();
  }
  // The bytes that were written are the ones that were hashed, whoever changes the source meanwhile.
  if (sum.digest('base64url') !== sha256) return false;
  if (owner !== null) await file.chown(owner.uid, owner.gid);
  await file.chmod(mode);
  await file.sync();
  return true;
}

/**
 * Writes a file beside, renames it, syncs the folder. `fill` writes, sets the mode (0600 before) and syncs; what it calls no whole
 * file, or breaks off, leaves nothing. @returns whether it was put
 */
export async function putBeside(
  folder: FileHandle,
  { name, temporaryName }: { readonly name: string; readonly temporaryName: string },
  fill: (file: FileHandle) => Promise<boolean>,
): Promise<boolean> {
  const aside = inside(folder, temporaryName);
  await removeOld(aside);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(aside, flags, 0o600);
  let isPut = false;
  try {
    const isWhole = await fill(file).finally(() => file.close());
    if (!isWhole) return false;
    await rename(aside, inside(folder, name));
    isPut = true;
  } finally {
    // A name that cannot be taken, as of an immutable file, leaves nothing beside it either.
    if (!isPut) await removeOld(aside);
  }
  await folder.sync();
  return true;
}

/** Writes beside, syncs, renames, syncs the folder: others see the old file or the new one. `changed`: the source is not what was signed. */
export async function placeFile(placing: Placing): Promise<'placed' | 'changed' | Obstacle> {
  return withFolder(placing.root, placing.path, async (folder, name) => {
    const { temporaryName } = placing;
    const isPut = await putBeside(folder, { name, temporaryName }, (file) => fill(file, placing));
    return isPut ? 'placed' : 'changed';
  });
}

/** How a copy ended. */
export type Copied = 'copied' | 'not-a-file' | 'too-large' | 'stopped' | 'refused' | Obstacle;

/** Copies a regular file out, as it is when it is opened. `judge` sees all bytes in order and may refuse. */
export async function copyFileOut(options: {
  readonly root: string;
  readonly path: string;
  /** Absolute path of the copy. */
  readonly target: string;
  readonly maxBytes: number;
  readonly stop: AbortSignal;
  judge(piece: Buffer): boolean;
}): Promise<Copied> {
  return withFolder(options.root, options.path, async (folder, name) => {
    const file = await open(inside(folder, name), READ_FLAGS);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const target = await open(options.target, flags, 0o600);
    let end: Copied = 'copied';
    let left = 0;
    try {
      const facts = await file.stat();
      left = facts.size;
      // A second name may be a trap that somebody laid for a process that may read everything.
      if (!facts.isFile() || facts.nlink > 1) end = 'not-a-file';
      else if (facts.size > options.maxBytes) end = 'too-large';
      else
        await readAll(file, async (whole) => {
          const piece = whole.subarray(0, left);
          left -= piece.length;
          if (options.stop.aborted) end = 'stopped';
          else if (!options.judge(piece)) end = 'refused';
          if (end === 'copied') await writeWhole(target, piece);
        });
      await target.sync();
    } finally {
      await target.close();
      await file.close();
      if (end !== 'copied') await removeOld(options.target);
    }
    return end;
  });
}

/** What a walk through a tree says of each entry, children first. */
export interface TreeEntry {
  /** Below the root. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly isFolder: boolean;
}

/** Deepest folder that is entered. */
const MAX_DEPTH = 128;

/** A walk. */
interface TreeWalk {
  readonly remove: boolean;
  /** Filesystem that is not left. */
  readonly device: number;
  onEntry(entry: TreeEntry): boolean;
}

async function walkEntry(
  folder: FileHandle,
  place: { path: string; name: string; depth: number },
  walk: TreeWalk,
): Promise<boolean> {
  const at = inside(folder, place.name);
  const facts = await lstat(at);
  // Another filesystem may be another machine's.
  if (facts.dev !== walk.device) return true;
  const isFolder = facts.isDirectory();
  if (isFolder && place.depth < MAX_DEPTH) {
    const below = await openFolder(at);
    if (typeof below === 'string') return true;
    try {
      if (!(await walkFolder(below, place, walk))) return false;
    } finally {
      await below.close();
    }
  }
  if (!walk.onEntry({ path: place.path, sizeBytes: isFolder ? 0 : facts.size, isFolder })) return false;
  if (walk.remove) await (isFolder ? removeFolder(at) : removeOld(at));
  return true;
}

/** A folder that still holds another filesystem, or something new, stays. */
async function removeFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!['ENOTEMPTY', 'EBUSY', 'ENOENT', 'EEXIST'].includes(errorCode(error))) throw error;
  }
}

async function walkFolder(
  folder: FileHandle,
  { path, depth }: { path: string; depth: number },
  walk: TreeWalk,
): Promise<boolean> {
  for (const name of await readdir(`/proc/self/fd/${folder.fd}`)) {
    if (!(await walkEntry(folder, { path: `${path}/${name}`, name, depth: depth + 1 }, walk))) return false;
  }
  return true;
}

/**
 * Goes through all that lies in a folder (not the folder itself), without following links or leaving its filesystem, and removes it
 * where asked. `onEntry` ends the walk by false. @returns false when it was ended
 */
export async function walkTree(
  root: string,
  path: string,
  options: { readonly remove: boolean; onEntry(entry: TreeEntry): boolean },
): Promise<boolean | Obstacle> {
  return withFolder(root, `${path}/.`, async (folder) => {
    const device = (await folder.stat()).dev;
    return walkFolder(folder, { path, depth: 0 }, { ...options, device });
  });
}
