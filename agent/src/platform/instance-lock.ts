// Keeps a second agent off a state folder: two agents with one key would be a clone.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../errors.ts';
import { errorCode, isDiskFull } from './storage.ts';

/** Start time of a process in clock ticks (field 22 of /proc/pid/stat); tells it from a later one with the same id. */
async function startTicks(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return null;
    throw error;
  }
}

/** Id of the living process that wrote the lock file; null for a dead one. */
async function readHolder(path: string): Promise<number | null> {
  const [pid, ticks] = (await readFile(path, 'utf8')).trim().split(' ');
  const found = await startTicks(Number(pid));
  return found !== null && found === ticks ? Number(pid) : null;
}

/** Runs work on the state folder; what the folder refuses gets its code. */
async function onFolder<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (isDiskFull(cause)) throw fail('E_DISK_FULL', { cause });
    throw fail('E_STATE_ACCESS', {
      cause,
      detail: `The state folder ${folder} cannot be used; correct its owner and mode, or choose another with --state-dir.`,
    });
  }
}

/** True when the lock file was made by this call. */
async function tryTake(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Id of the living process that holds the folder, which is the agent or a command that needs it for itself; null for none. */
export async function readLockHolder(folder: string): Promise<number | null> {
  try {
    return await readHolder(join(folder, 'agent.lock'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/** Takes `<folder>/agent.lock`; the returned function gives it back. @throws MusterError E_RUNNING, E_STATE_ACCESS, E_DISK_FULL */
export async function acquireInstanceLock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'agent.lock');
  const text = `${process.pid} ${await startTicks(process.pid)}\n`;
  await onFolder(folder, mkdir(folder, { recursive: true, mode: 0o700 }));
  for (let tries = 0; tries < 2; tries++) {
    if (await onFolder(folder, tryTake(path, text))) return () => rm(path, { force: true });
    if ((await onFolder(folder, readHolder(path))) !== null) throw fail('E_RUNNING');
    await onFolder(folder, rm(path, { force: true }));
  }
  throw fail('E_RUNNING');
}
