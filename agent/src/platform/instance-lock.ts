// Keeps a second agent off a state folder: two agents with one key would be a clone.
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMusterError } from '@muster/protocol';
import { fail } from '../errors.ts';
import { readStartTicks } from './process-table.ts';
import { errorCode, isDiskFull } from './storage.ts';

/** Starts that died in the middle of taking over from one that died …: each leaves one more file to take over. */
const MAX_DEAD_LOCKS = 8;
/** Mode bits that let others than the owner write. */
const WRITABLE_BY_OTHERS = 0o022;

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ESRCH'].includes(errorCode(error))) return null;
    throw error;
  }
}

/** Tells this run of the system from an earlier one, in which the same id and ticks were somebody else's. */
async function readBoot(): Promise<string> {
  return (await readOrNull('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
}

/** Id of the living process that wrote this lock; null for a dead one. A torn text is the work of a power cut. */
async function findHolder(text: string): Promise<number | null> {
  const [pid, ticks, boot = ''] = text.trim().split(' ');
  if (ticks === undefined || boot !== (await readBoot())) return null;
  const own = await readStartTicks(Number(pid));
  return own !== null && String(own) === ticks ? Number(pid) : null;
}

/** True when the draft now bears that name too, which nothing else had. Whole from the first moment, unlike a file being written. */
async function tryLink(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes the lock at `path`, also from a dead holder. Who takes over from a dead lock must first hold the lock named after that
 * very lock, and then looks again: so of two starts that meet the same dead lock one replaces it, and nobody can replace what
 * it put there. A start that dies in between leaves a dead lock of the second kind, which is taken over in the same way.
 */
async function tryTake(path: string, draft: string, depth = 0): Promise<boolean> {
  if (await tryLink(draft, path)) return true;
  const found = await readOrNull(path);
  // Given back this moment.
  if (found === null) return tryLink(draft, path);
  if (depth === MAX_DEAD_LOCKS || (await findHolder(found)) !== null) return false;
  const claim = `${path}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`;
  if (!(await tryTake(claim, draft, depth + 1))) return false;
  if ((await readOrNull(path)) === found) {
    await rename(claim, path);
    return true;
  }
  await rm(claim);
  return false;
}

/** Makes the folder where it is absent. Where others may write, they could plant keys or an enrollment of theirs. */
async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await stat(folder);
  const self = process.geteuid?.() ?? uid;
  // Root would leave files in it that the agent, running as its owner, cannot read.
  if (uid !== self && uid !== 0) {
    throw fail('E_STATE_ACCESS', {
      detail: `The state folder ${folder} belongs to another user (uid ${uid}); run this as that user, as with sudo -u, or choose another with --state-dir.`,
    });
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    throw fail('E_STATE_ACCESS', {
      detail: `The state folder ${folder} can be written by others than its owner; set its mode to 700.`,
    });
  }
}

async function takeFolder(folder: string): Promise<() => Promise<void>> {
  await prepareFolder(folder);
  const path = join(folder, 'agent.lock');
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`;
  const ticks = await readStartTicks(process.pid);
  try {
    await writeFile(draft, `${process.pid} ${ticks} ${await readBoot()}\n`, { flag: 'wx', mode: 0o600 });
    if (!(await tryTake(path, draft))) throw fail('E_RUNNING');
  } finally {
    await rm(draft, { force: true });
  }
  return () => rm(path, { force: true });
}

/** Id of the living process that holds the folder, which is the agent or a command that needs it for itself; null for none. */
export async function readLockHolder(folder: string): Promise<number | null> {
  const text = await readOrNull(join(folder, 'agent.lock'));
  return text === null ? null : findHolder(text);
}

/** Takes `<folder>/agent.lock`; the returned function gives it back. @throws MusterError E_RUNNING, E_STATE_ACCESS, E_DISK_FULL */
export async function acquireInstanceLock(folder: string): Promise<() => Promise<void>> {
  try {
    return await takeFolder(folder);
  } catch (cause) {
    if (isMusterError(cause)) throw cause;
    if (isDiskFull(cause)) throw fail('E_DISK_FULL', { cause });
    throw fail('E_STATE_ACCESS', {
      cause,
      detail: `The state folder ${folder} cannot be used; correct its owner and mode, or choose another with --state-dir.`,
    });
  }
}
