// What Linux tells of a process: memory, processor time, children, writes. Counts are exact, memory is the moment's.
import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process, bytes (proc(5): status, smaps_rollup). */
export interface ProcessMemory {
  /** Resident, shared pages of program and libraries included. */
  readonly residentBytes: number;
  /** Resident, shared pages divided by the number of processes that share them. */
  readonly proportionalBytes: number;
  /** Resident and not backed by a file: heap, stacks, compiled code. */
  readonly anonymousBytes: number;
}

function readKb(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 'NaN') * 1024;
}

export function readMemory(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    residentBytes: readKb(status, 'VmRSS'),
    proportionalBytes: readKb(rollup, 'Pss'),
    anonymousBytes: readKb(status, 'RssAnon'),
  };
}

/** A file of a thread; '' when it has ended since it was listed. */
function readOfThread(pid: number, thread: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/${name}`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}

/** Processor time of all living threads, ms, to the nanosecond (proc(5): schedstat); ticks of stat are 10 ms. */
export function readCpuMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [running = ''] = readOfThread(pid, thread, 'schedstat').split(' ');
    nanoseconds += Number(running);
  }
  return nanoseconds / 1e6;
}

/** Signs of processes that a process has started. */
export interface ChildSigns {
  /** Page faults of children that have ended (`cminflt`): none can run without, so 0 says there were none. */
  readonly endedFaults: number;
  /** Children that live. */
  readonly living: number;
}

export function readChildSigns(pid: number): ChildSigns {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold blanks; cminflt is the ninth field after it (proc(5): 11).
  const endedFaults = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[8]);
  const living = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readOfThread(pid, thread, 'children').split(' ').filter(Boolean),
  ).length;
  return { endedFaults, living };
}

/** True when a process has started none so far. */
export function startedNothing({ endedFaults, living }: ChildSigns): boolean {
  return endedFaults === 0 && living === 0;
}

/** Bytes that a process caused to be written to disks so far (proc(5): io, write_bytes). */
export function readWrittenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 'NaN');
}
