// Which processes there are: told apart by their start time and the run of the system, because numbers are used again.
import { readdir, readFile } from 'node:fs/promises';
import { errorCode } from './storage.ts';

/** Text of a file of /proc; null when it is gone or not for us. */
async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ESRCH', 'EACCES', 'EPERM'].includes(errorCode(error))) return null;
    throw error;
  }
}

/** Fields of /proc/<pid>/stat behind the name, which may hold anything: state, ppid, pgrp, session … (proc(5)). */
async function readStat(pid: number): Promise<string[] | null> {
  const text = await readOrNull(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? null;
}

/** Start time of a process in clock ticks; null when it is gone, and for one that has ended and only waits to be collected. */
export async function readStartTicks(pid: number): Promise<number | null> {
  const fields = await readStat(pid);
  if (fields === null || fields[0] === 'Z' || fields[0] === 'X') return null;
  return Number(fields[19]);
}

/** Session of a process; null when it is gone. */
async function readSession(pid: number): Promise<number | null> {
  const fields = await readStat(pid);
  return fields === null || fields[0] === 'Z' || fields[0] === 'X' ? null : Number(fields[3]);
}

/**
 * Processes whose environment holds all these values, and, where a session is given, that belong to it: a service that was
 * started from there has left it.
 */
export async function findByEnvironment(
  values: Readonly<Record<string, string>>,
  session: number | null,
): Promise<number[]> {
  const wanted = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = (await readOrNull(`/proc/${name}/environ`))?.split('\0') ?? [];
    if (!wanted.every((one) => environment.includes(one))) continue;
    const own = await readSession(Number(name));
    if (own !== null && (session === null || own === session)) found.push(Number(name));
  }
  return found;
}

/**
 * Processes of a control group whose path holds that text. Its file is open to everybody, unlike the environment, which a process
 * with few capabilities cannot read of one with more, though both be root's.
 */
export async function findByControlGroup(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const groups = await readOrNull(`/proc/${name}/cgroup`);
    if (groups?.includes(text) !== true) continue;
    if ((await readSession(Number(name))) !== null) found.push(Number(name));
  }
  return found;
}

/** Sends a signal; false when there is no such process. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
