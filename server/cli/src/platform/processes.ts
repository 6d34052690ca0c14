// The only file of the command line that starts processes: the server and the agent of a quick start.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

/** Lines of a program's output that are kept for an error message. */
const KEPT_LINES = 20;

/** What is started. */
export interface ProgramOptions {
  /** Arguments after node: script first. */
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output is appended. */
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

/**
 * Starts a Node program in a process group of its own: Ctrl-C then reaches only this process, which ends the others in order.
 */
export function startProgram({ args, env = {}, logFile }: ProgramOptions): Program {
  const child = spawn(process.execPath, [...args], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = keepLines(child, logFile);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    lastLines: () => [...lines],
    async stop(graceMs) {
      if (child.exitCode !== null || child.signalCode !== null) return;
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
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      log.write(text);
      lines.push(...text.split('\n').filter((line) => line !== ''));
      lines.splice(0, Math.max(0, lines.length - KEPT_LINES));
    });
  }
  child.once('close', () => log.end());
  return lines;
}

/** Runs a Node program to its end. */
export function runProgram(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
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
