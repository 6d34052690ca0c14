// Reads what the kernel says about other processes, so that a reused process id is never taken for ours.
import { readFile, readlink } from 'node:fs/promises';

/** Start time of a process in clock ticks since boot, or undefined when there is none with that id. */
export async function readProcessStart(pid: number): Promise<number | undefined> {
  const text = await readOrNothing(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcessStart(text);
}

/** Field 22 of /proc/pid/stat; the command name before it may itself hold blanks and parentheses. */
export function parseProcessStart(text: string): number | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; it only waits for its parent.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const ticks = Number(fields[19]);
  return Number.isSafeInteger(ticks) && fields[19] !== '' ? ticks : undefined;
}

/** Working directory of a process, or undefined when it cannot be known. */
export async function readProcessFolder(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** Id of this boot of the machine; the empty text where the kernel does not say. */
export async function readBootId(): Promise<string> {
  return ((await readOrNothing('/proc/sys/kernel/random/boot_id')) ?? '').trim();
}

/** Sends a signal; false when the process is gone or not ours to signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
