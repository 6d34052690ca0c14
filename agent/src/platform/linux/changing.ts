// Changes what stands in a place, reached without following a link: mode and owner of an opened file, whole small texts, removal.
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, unlink } from 'node:fs/promises';
import { errorCode } from '../storage.ts';
import { inside, type Obstacle, putBeside, withFolder } from './placing.ts';

/** Name of a file beside its place while it is written; one that a crash left is removed. */
const ASIDE = '.muster-new';

/**
 * How a change ended. `second-name`: the file has another name, which may be a trap; `not-a-file`: a folder, or something special;
 * `no-text`: too large, or no UTF-8; `another`: what stands there now is not what was judged.
 */
export type Changed = 'done' | 'second-name' | 'not-a-file' | 'no-text' | 'another' | Obstacle;

/** What is to be so; absent: stays as it is. */
export interface EntryFacts {
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
}

/** Opens what bears that name itself; a pipe that somebody planted is not waited for. */
async function openThere(path: string): Promise<FileHandle | 'link' | 'absent'> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  return open(path, flags).catch((error: unknown) => {
    if (errorCode(error) === 'ELOOP') return 'link' as const;
    if (errorCode(error) === 'ENOENT') return 'absent' as const;
    throw error;
  });
}

/** What is to be changed, opened, with the folder that holds it. */
interface Opened {
  readonly file: FileHandle;
  readonly facts: Stats;
  readonly folder: FileHandle;
  readonly name: string;
}

/** Works on a file or folder, opened. What is changed is what was opened, whoever renames it meanwhile. */
async function withEntry(
  root: string,
  path: string,
  work: (opened: Opened) => Promise<Changed>,
): Promise<Changed> {
  return withFolder<Changed>(root, path, async (folder, name) => {
    const file = await openThere(inside(folder, name));
    if (typeof file === 'string') return file;
    try {
      const facts = await file.stat();
      if (!facts.isFile() && !facts.isDirectory()) return 'not-a-file';
      if (facts.isFile() && facts.nlink > 1) return 'second-name';
      return await work({ file, facts, folder, name });
    } finally {
      await file.close();
    }
  });
}

/**
 * Sets owner and mode of a file or folder. `judge` sees the facts of what was opened, which may have been put there a moment ago, and
 * says what is to be changed of it; null: nothing.
 */
export async function changeEntry(
  root: string,
  path: string,
  judge: (facts: Stats) => EntryFacts | null,
): Promise<Changed> {
  return withEntry(root, path, async ({ file, facts }) => {
    const change = judge(facts);
    if (change === null) return 'another';
    const { uid, gid, mode } = change;
    // The owner first: the kernel takes the bits of setuid and setgid away with it, and they stay away where no mode is said.
    if (uid !== undefined || gid !== undefined) await file.chown(uid ?? facts.uid, gid ?? facts.gid);
    if (mode !== undefined) await file.chmod(mode);
    await file.sync();
    return 'done';
  });
}

/** Unlinks what is no folder. */
export async function removeEntry(root: string, path: string): Promise<Changed> {
  return withFolder<Changed>(root, path, async (folder, name) => {
    const at = inside(folder, name);
    try {
      if ((await lstat(at)).isDirectory()) return 'not-a-file';
      await unlink(at);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    await folder.sync();
    return 'done';
  });
}

async function makeFolder(root: string, path: string): Promise<void> {
  await withFolder(root, path, async (folder, name) => {
    try {
      await mkdir(inside(folder, name), { mode: 0o755 });
      await folder.sync();
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  });
}

/** Puts a small text in its place, mode 0644: beside, synced, renamed. Makes the last folder where it is absent. */
export async function writeEntry(root: string, path: string, text: string): Promise<Changed> {
  await makeFolder(root, path.slice(0, path.lastIndexOf('/')));
  return withFolder<Changed>(root, path, async (folder, name) => {
    await putBeside(folder, { name, temporaryName: ASIDE }, async (file) => {
      await file.writeFile(text);
      await file.chmod(0o644);
      await file.sync();
      return true;
    });
    return 'done';
  });
}

/** Writes into a file that is there, as those of /proc/sys are. @throws the system's error, as where the kernel refuses the value */
export async function overwriteEntry(root: string, path: string, text: string): Promise<Changed> {
  return withFolder<Changed>(root, path, async (folder, name) => {
    // A pipe in an image must not be waited for.
    const flags = constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(inside(folder, name), flags);
    try {
      // One write: the kernel reads a value from the first alone.
      await file.write(text);
      return 'done';
    } finally {
      await file.close();
    }
  });
}

/** Up to so many bytes of an opened file, from where it stands, however it grows meanwhile. */
async function readUpTo(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(maxBytes);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
}

/** Text of an opened file; null where it is longer than that, or no text. */
async function readWhole(file: FileHandle, maxBytes: number): Promise<string | null> {
  const bytes = await readUpTo(file, maxBytes + 1);
  const text = bytes.toString('utf8');
  return bytes.length <= maxBytes && Buffer.from(text, 'utf8').equals(bytes) ? text : null;
}

/** Bytes of a regular file, reached without following a link; at most so many. */
export async function readEntryBytes(
  root: string,
  path: string,
  maxBytes: number,
): Promise<Buffer | 'not-a-file' | Obstacle> {
  return withFolder<Buffer | 'not-a-file' | Obstacle>(root, path, async (folder, name) => {
    const file = await openThere(inside(folder, name));
    if (typeof file === 'string') return file;
    try {
      return (await file.stat()).isFile() ? await readUpTo(file, maxBytes) : 'not-a-file';
    } finally {
      await file.close();
    }
  });
}

/** Takes hold of a name, and opens nothing behind it, open(2): a device does something by being opened alone. */
const O_PATH = 0o10000000;

/**
 * Bytes of the regular file that a path leads to, links included; at most so many. What is looked at is what is then read, whoever
 * turns a link meanwhile.
 */
export async function readLedTo(path: string, maxBytes: number): Promise<Buffer | 'not-a-file' | 'absent'> {
  const held = await open(path, O_PATH).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(errorCode(error))) return 'absent' as const;
    throw error;
  });
  if (held === 'absent') return held;
  try {
    if (!(await held.stat()).isFile()) return 'not-a-file';
    const file = await open(`/proc/self/fd/${held.fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await readUpTo(file, maxBytes);
    } finally {
      await file.close();
    }
  } finally {
    await held.close();
  }
}

/** Exchanges the text of a small file that is there: beside, synced, renamed; owner and mode stay. */
export async function rewriteEntry(
  root: string,
  path: string,
  { maxBytes, rewrite }: { readonly maxBytes: number; rewrite(text: string): string },
): Promise<Changed> {
  return withEntry(root, path, async ({ file, facts, folder, name }) => {
    if (!facts.isFile()) return 'not-a-file';
    const text = await readWhole(file, maxBytes);
    if (text === null) return 'no-text';
    await putBeside(folder, { name, temporaryName: ASIDE }, async (beside) => {
      await beside.writeFile(rewrite(text));
      await beside.chown(facts.uid, facts.gid);
      await beside.chmod(facts.mode & 0o7777);
      await beside.sync();
      return true;
    });
    return 'done';
  });
}
