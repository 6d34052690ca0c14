// Reads postmaster.pid, waits for a starting PostgreSQL and stops a running one, ours or left over.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import { readProcessFolder, readProcessStart, signalProcess } from '../../platform/process.ts';
import { POSTGRES_POLL_MS, POSTGRES_QUIT_MS, POSTGRES_STOP_MS } from '../../timing.ts';
import { type Clock, sleep } from '../clock.ts';

/** What PostgreSQL writes about itself into its data folder (src/include/utils/pidfile.h). */
export interface PidFile {
  readonly pid: number;
  /** `starting`, `stopping`, `ready` or `standby`; empty in the first moments. */
  readonly status: string;
}

/** Reads `<dataFolder>/postmaster.pid`, or undefined when there is none. */
export async function readPidFile(dataFolder: string): Promise<PidFile | undefined> {
  try {
    return parsePidFile(await readFile(join(dataFolder, 'postmaster.pid'), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Line 1 is the process id, line 8 the status. A torn file gives undefined. */
export function parsePidFile(text: string): PidFile | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  // Single-user mode writes a negative id.
  return Number.isSafeInteger(pid) && pid > 1 ? { pid, status: (lines[7] ?? '').trim() } : undefined;
}

/** True while the process works in that data folder; a reused id works elsewhere. */
async function isPostmaster(pid: number, dataFolder: string): Promise<boolean> {
  return (await readProcessFolder(pid)) === dataFolder && (await isRunning(pid));
}

async function isRunning(pid: number): Promise<boolean> {
  return (await readProcessStart(pid)) !== undefined;
}

/**
 * Stops a PostgreSQL that an earlier server left running after a kill -9, and clears a pid file whose id now
 * belongs to something else. A stopped one is started again as our own child: one way of supervising, not two.
 * Call only while holding the data lock. Returns true when one was running.
 */
export async function stopLeftover(dataFolder: string, clock: Clock): Promise<boolean> {
  const file = await readPidFile(dataFolder);
  if (!file) return false;
  if (await isPostmaster(file.pid, dataFolder)) {
    await stopPostmaster(file.pid, clock);
    return true;
  }
  // PostgreSQL clears a dead id itself, but takes any living process of its own account for a postmaster.
  if (await isRunning(file.pid)) await rm(join(dataFolder, 'postmaster.pid'), { force: true });
  return false;
}

/**
 * Fast shutdown (open transactions are rolled back, a checkpoint is written); when that takes too long the
 * immediate one, and at last the kill: nothing committed is lost in any of them.
 */
export async function stopPostmaster(pid: number, clock: Clock): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', POSTGRES_STOP_MS],
    ['SIGQUIT', POSTGRES_QUIT_MS],
    ['SIGKILL', POSTGRES_QUIT_MS],
  ];
  for (const [signal, waitMs] of steps) {
    signalProcess(pid, signal);
    // A stopped (SIGSTOP) process would not even see the signal.
    signalProcess(pid, 'SIGCONT');
    if (await waitForEnd(pid, waitMs, clock)) return;
  }
  throw fail('E_DATABASE_START', { detail: `The PostgreSQL process ${pid} does not end; end it by hand.` });
}

async function waitForEnd(pid: number, waitMs: number, clock: Clock): Promise<boolean> {
  const untilMs = clock.monotonic() + waitMs;
  while (await isRunning(pid)) {
    if (clock.monotonic() > untilMs) return false;
    await sleep(clock, POSTGRES_POLL_MS);
  }
  return true;
}

/** Waits until `pid` says "ready". Resolves false when `isOver()` turns true first or time runs out. */
export async function waitUntilReady(
  dataFolder: string,
  pid: (file: PidFile) => boolean,
  options: { readonly clock: Clock; readonly waitMs: number; readonly isOver: () => boolean },
): Promise<boolean> {
  const { clock, waitMs, isOver } = options;
  const untilMs = clock.monotonic() + waitMs;
  while (!isOver() && clock.monotonic() < untilMs) {
    const file = await readPidFile(dataFolder);
    if (file && pid(file) && file.status === 'ready') return true;
    await sleep(clock, POSTGRES_POLL_MS);
  }
  return false;
}
