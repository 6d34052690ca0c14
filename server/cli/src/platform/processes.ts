// The only file of the command line that starts processes, server and agent of a quick start, or looks for those that go on.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { openLogFile } from './log-file.ts';

/** Lines of a program's output that are kept for an error message. */
const KEPT_LINES = 20;
/** Most bytes of a program's log; one older file of that size is kept beside it. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;

/** All that a child learns of this process's environment: a DATABASE_URL or MUSTER_… of this terminal is for others. */
const passedOn = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];

/** What is started. */
export interface ProgramOptions {
  /** Arguments after node: script first. */
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output is appended, within a size. */
  readonly logFile: string;
}

/** A running program. */
export interface Program {
  readonly pid: number;
  /** Resolves with its exit code (null after a signal) when it has ended. */
  readonly ended: Promise<number | null>;
  /** Its last lines of output. */
  lastLines(): string[];
  /** Asks it to end, and waits; after `graceMs` it is killed. */
  stop(graceMs: number): Promise<void>;
}

function closedEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...added };
}

/**
 * Starts a Node program in a process group of its own: Ctrl-C then reaches only this process, which ends the others in order.
 * The program's input stays open as long as this process lives; at its end, even by kill -9, the program stops by itself.
 */
export function startProgram({ args, env = {}, logFile }: ProgramOptions): Program {
  const child = spawn(process.execPath, [...args], {
    detached: true,
    env: closedEnvironment({ ...env, MUSTER_UNTIL_STDIN_ENDS: '1' }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines = keepLines(child, logFile);
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      resolve(null);
    });
    child.once('close', (code) => resolve(code));
  });
  // Nothing is ever written; that the other end is gone is told by its end.
  child.stdin.on('error', () => undefined);
  return {
    pid: child.pid ?? 0,
    ended,
    lastLines: () => [...lines],
    async stop(graceMs) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Appends all output to the log file and keeps the last lines. */
function keepLines(child: ChildProcess, logFile: string): string[] {
  const lines: string[] = [];
  // A full disk or a folder of somebody else must not end what runs: the lines are kept here all the same.
  const onTrouble = (error: unknown) => {
    lines.push(`The log ${logFile} cannot be written: ${error instanceof Error ? error.message : error}`);
  };
  const log = openLogFile(logFile, { maxBytes: MAX_LOG_BYTES, onTrouble });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      log.write(text);
      lines.push(...text.split('\n').filter((line) => line !== ''));
      lines.splice(0, Math.max(0, lines.length - KEPT_LINES));
    });
  }
  child.once('close', () => void log.end());
  return lines;
}

/** Runs a Node program to its end; a Ctrl-C in the terminal does not cut it short. */
export function runProgram(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], {
      detached: true,
      env: closedEnvironment({}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Id of the living process that holds such a lock file (`{ pid, startTicks }`); null when nobody does. */
export async function readLockHolder(path: string): Promise<number | null> {
  try {
    const { pid, startTicks } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    if (typeof pid !== 'number') return null;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; the start time is the 20th field after it (proc(5)).
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return ticks === String(startTicks) ? pid : null;
  } catch {
    // No lock, a torn one, or its process is gone.
    return null;
  }
}

/** Its words; none of a process that is gone. */
async function readCommandLine(pid: string): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.split('\0');
}

/**
 * Ids of the commands whose work goes on for an executor with that folder. It runs in wrappers that outlive agent and
 * executor, so that nothing is cut short by a restart; each has `wrap` and the folder of its attempt in its command line.
 */
export async function listRunningCommands(executorFolder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map(readCommandLine));
  const found = lines.flatMap((words) => {
    const folder = words[words.indexOf('wrap') + 1] ?? '';
    return words.includes('wrap') && folder.startsWith(`${executorFolder}/`) ? [basename(folder)] : [];
  });
  return [...new Set(found.map((name) => name.split('.')[0] ?? name))].sort();
}
