// The only file of the server that starts processes: initdb and postgres, never through a shell's parsing.
import { spawn } from 'node:child_process';
import { MAX_CHILD_OUTPUT_BYTES } from '../limits.ts';

/** Who a child runs as; nothing when the server is not root. */
export interface ChildIdentity {
  readonly uid: number;
  readonly gid: number;
}

/** How a child is started. The environment is closed: nothing of the server's own gets through. */
export interface ChildOptions {
  readonly identity: ChildIdentity | undefined;
  /** Working directory; the child must be able to enter it. */
  readonly folder: string;
}

/** What came of a child that ran to its end. `output` is the tail of both streams. */
export interface ChildEnd {
  readonly code: number | null;
  readonly output: string;
}

/** A running child. */
export interface Child {
  readonly pid: number;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Runs a program to its end, which is a kill after `timeoutMs` (code null). Rejects when it cannot be started. */
export async function runToEnd(
  command: readonly [string, ...string[]],
  options: ChildOptions & { readonly timeoutMs: number },
): Promise<ChildEnd> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    ...identityOf(options.identity),
    cwd: options.folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // The `timeout` of spawn keeps its timer when the program does not exist.
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
  let output = '';
  const keep = (piece: string) => {
    output = (output + piece).slice(-MAX_CHILD_OUTPUT_BYTES);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  try {
    return await new Promise<ChildEnd>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output }));
    });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts a program in a session of its own, so that a Ctrl-C in the terminal reaches only the server, which
 * drains first. Its output goes to the open file `logFd`, which outlives this process.
 */
export async function startDetached(
  command: readonly [string, ...string[]],
  options: ChildOptions & { readonly logFd: number },
): Promise<Child> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    ...identityOf(options.identity),
    cwd: options.folder,
    env: environment,
    stdio: ['ignore', options.logFd, options.logFd],
    detached: true,
  });
  return await watchChild(child);
}

/** Follows its parent: at the end of its input, which comes even after a kill -9, it stops the program and tidies up. */
const lifelineScript =
  '"$1" -D "$2" & pid=$!; read -r _; kill -CONT $pid; kill -INT $pid; wait $pid; rm -rf "$3"';

/**
 * Starts postgres for tests under a small shell that stops it and removes `removeFolder` when this process
 * ends in whatever way. Returns the shell; closing it with `release` does the same at once.
 */
export async function startWithLifeline(
  postgres: { readonly program: string; readonly dataFolder: string; readonly removeFolder: string },
  options: ChildOptions & { readonly logFd: number },
): Promise<Child & { release(): void }> {
  const { program, dataFolder, removeFolder } = postgres;
  const child = spawn('/bin/sh', ['-c', lifelineScript, 'sh', program, dataFolder, removeFolder], {
    ...identityOf(options.identity),
    cwd: options.folder,
    env: environment,
    stdio: ['pipe', options.logFd, options.logFd],
    detached: true,
  });
  const watched = await watchChild(child);
  child.unref();
  const release = () => {
    child.ref();
    child.stdin?.end();
  };
  return { ...watched, release };
}

function watchChild(child: ReturnType<typeof spawn>): Promise<Child> {
  return new Promise((resolve, reject) => {
    const ended: Child['ended'] = new Promise((settle) => {
      child.once('exit', (code, signal) => settle({ code, signal }));
    });
    child.once('error', reject);
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve({ pid: child.pid, ended });
    });
  });
}

function identityOf(identity: ChildIdentity | undefined): { uid?: number; gid?: number } {
  return identity ? { uid: identity.uid, gid: identity.gid } : {};
}
