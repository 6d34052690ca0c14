// Facts of one process that are needed before it is sent a signal, and the sending.
import type { Files } from '../files.ts';

/** What the kernel says of a process. */
export interface ProcessFacts {
  readonly pid: number;
  /** Start, ticks since boot: with the pid it names one process for ever. */
  readonly startTicks: number;
  readonly parent: number;
  readonly name: string;
  /** One letter: `Z` for one that ended and was not asked for yet. */
  readonly state: string;
  readonly isKernelThread: boolean;
  /** Arguments; empty for kernel threads and those that ended. */
  readonly args: readonly string[];
}

/** PF_KTHREAD of include/linux/sched.h. */
const KERNEL_THREAD = 0x0020_0000;

/** Reads /proc/<pid>/stat; null for what is no such line. The name may hold blanks and brackets, so the last bracket counts. */
export function parseStat(text: string): Omit<ProcessFacts, 'args'> | null {
  const end = text.lastIndexOf(')');
  const begin = text.indexOf('(');
  const fields = text.slice(end + 2).split(' ');
  const [pid, parent, flags, startTicks] = [text.slice(0, begin), fields[1], fields[6], fields[19]].map(
    Number,
  );
  if (begin < 0 || !Number.isSafeInteger(startTicks)) return null;
  return {
    pid: pid ?? 0,
    startTicks: startTicks ?? 0,
    parent: parent ?? 0,
    name: text.slice(begin + 1, end),
    state: fields[0] ?? '',
    isKernelThread: ((flags ?? 0) & KERNEL_THREAD) !== 0,
  };
}

/** Facts of one process; null when there is none. */
export async function readProcess(files: Files, pid: number): Promise<ProcessFacts | null> {
  const stat = parseStat((await files.readText(`/proc/${pid}/stat`)) ?? '');
  if (stat === null) return null;
  const line = (await files.readText(`/proc/${pid}/cmdline`, 64 * 1024)) ?? '';
  return { ...stat, args: line.split('\0').filter((arg) => arg !== '') };
}

/** This process and all it descends from, nearest first. */
export async function listAncestors(files: Files): Promise<number[]> {
  const line: number[] = [];
  for (let pid = process.pid; pid > 0 && !line.includes(pid); ) {
    line.push(pid);
    pid = (await readProcess(files, pid))?.parent ?? 0;
  }
  return line;
}

/** Name of a signal without `SIG`. */
export type SignalName = 'TERM' | 'KILL' | 'HUP' | 'INT' | 'USR1' | 'USR2';

/** Sends it. @returns false when the process is gone. */
export function sendSignal(pid: number, signal: SignalName): boolean {
  try {
    return process.kill(pid, `SIG${signal}`);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
