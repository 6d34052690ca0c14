// Keeps a second server process out of a data folder, and knows a lock whose owner has died.
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../errors.ts';
import { readBootId, readProcessStart } from '../platform/process.ts';

/** A held lock. */
export interface DataLock {
  /** Gives the folder free. */
  release(): Promise<void>;
}

/** Who holds it. The start time tells our process from a later one with the same id. */
interface Holder {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/** A guard left behind by a process that died within the few file operations it protects. */
const GUARD_MAX_AGE_MS = 10_000;

/**
 * Makes the data folder where there is none and takes `<folder>/server.lock`. Throws E_DATA_LOCKED while a
 * living process holds it, E_DATA_PATH when the folder cannot be written. The lock is of one machine and one
 * process-id namespace: two containers that share a folder do not see each other.
 */
export async function acquireDataLock(folder: string): Promise<DataLock> {
  const path = join(folder, 'server.lock');
  const text = JSON.stringify(await describeSelf());
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeDraft(folder, draft, text);
  try {
    if (await tryLink(draft, path)) return createLock(path, text);
    await clearDeadLock(path);
    if (await tryLink(draft, path)) return createLock(path, text);
  } finally {
    await rm(draft, { force: true });
  }
  throw fail('E_DATA_LOCKED');
}

async function writeDraft(folder: string, draft: string, text: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await writeFile(draft, text, { mode: 0o644 });
  } catch (cause) {
    const detail = `The data folder ${folder} cannot be written; check its owner and permissions.`;
    throw fail('E_DATA_PATH', { cause, detail });
  }
}

function createLock(path: string, text: string): DataLock {
  return {
    async release() {
      if ((await readOrNothing(path)) === text) await rm(path, { force: true });
    },
  };
}

/** Removes a lock whose holder is gone; throws E_DATA_LOCKED when it lives. */
async function clearDeadLock(path: string): Promise<void> {
  const guard = `${path}.guard`;
  await removeOldGuard(guard);
  // Only the one who holds the guard may remove a lock, else two could both find it dead and one would
  // remove the other's fresh one.
  if (!(await tryCreate(guard))) throw fail('E_DATA_LOCKED');
  try {
    const text = await readOrNothing(path);
    if (text === undefined) return;
    const holder = parseHolder(text);
    if (holder && (await isAlive(holder))) {
      throw fail('E_DATA_LOCKED', {
        detail: `Process ${holder.pid} uses this data folder; stop it or choose another folder with --data-dir.`,
      });
    }
    await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function describeSelf(): Promise<Holder> {
  const [startTicks, bootId] = await Promise.all([readProcessStart(process.pid), readBootId()]);
  return { pid: process.pid, startTicks: startTicks ?? 0, bootId };
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.bootId !== (await readBootId())) return false;
  return (await readProcessStart(holder.pid)) === holder.startTicks;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: Partial<Holder> = JSON.parse(text);
    if (!Number.isSafeInteger(value.pid) || !Number.isSafeInteger(value.startTicks)) return undefined;
    return { pid: Number(value.pid), startTicks: Number(value.startTicks), bootId: String(value.bootId) };
  } catch {
    // A torn lock is the work of a machine that lost power: its process is gone.
    return undefined;
  }
}

async function removeOldGuard(guard: string): Promise<void> {
  try {
    if (Date.now() - (await stat(guard)).mtimeMs > GUARD_MAX_AGE_MS) await rm(guard, { force: true });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
