// The only place of the agent that starts other programs: absolute path, no shell, no inherited environment, bounded.
import { type ChildProcess, spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { openUnnamed } from './unnamed-file.ts';

/** Folders in which a started program finds what it calls itself. */
const SYSTEM_PATH =
  process.platform === 'win32' ? 'C:\\Windows\\System32;C:\\Windows' : '/usr/sbin:/usr/bin:/sbin:/bin';
/** What is kept of the error output, bytes. */
const MAX_ERROR_BYTES = 4096;

/** Bounds of one run. */
export interface ProcessOptions {
  /** Longest run, ms; then the program and all it started are ended. */
  readonly timeoutMs: number;
  /** Most output that is taken, bytes; more ends it in the same way. */
  readonly maxOutputBytes: number;
  /** User and group to run as; only root may change them. Absent: those of the agent. */
  readonly uid?: number;
  readonly gid?: number;
}

/** How a run ended. `failed`: it was not started, ran too long, printed too much or was ended by a signal. */
export type ProcessEnd =
  | {
      readonly outcome: 'exited';
      readonly exitCode: number;
      readonly output: Buffer;
      readonly errorOutput: string;
    }
  | { readonly outcome: 'failed'; readonly reason: string };

/** Starts a program and waits for its end. */
export type StartProcess = (
  file: string,
  args: readonly string[],
  options: ProcessOptions,
) => Promise<ProcessEnd>;

/** What a started program finds in its environment when nothing else is said. */
function environment(): Record<string, string> {
  const env: Record<string, string> = { PATH: SYSTEM_PATH };
  // Without these two no Windows program finds its libraries.
  if (process.platform === 'win32') env.SystemRoot = env.WINDIR = 'C:\\Windows';
  return env;
}

/** Ends the whole group, so that nothing a program started is left behind. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill();
    else process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Gone already: what was asked for.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Collects a stream up to a bound; calls `onOverflow` once beyond it. */
function collect(
  stream: NodeJS.ReadableStream | null,
  maxBytes: number,
  onOverflow: () => void,
): () => Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  stream?.on('data', (part: Buffer) => {
    if (length > maxBytes) return;
    length += part.length;
    if (length > maxBytes) onOverflow();
    else parts.push(part);
  });
  return () => Buffer.concat(parts);
}

/** Starts a program; never rejects for what the program does. `args` are never interpreted by a shell. */
export const startProcess: StartProcess = (file, args, options) =>
  new Promise((resolve) => {
    if (!isAbsolute(file)) {
      resolve({ outcome: 'failed', reason: `${file} is not an absolute path.` });
      return;
    }
    const child = spawn(file, [...args], {
      cwd: process.platform === 'win32' ? 'C:\\' : '/',
      env: environment(),
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that it can be ended as a whole.
      detached: process.platform !== 'win32',
      windowsHide: true,
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    let failure = '';
    const giveUp = (reason: string) => {
      failure ||= reason;
      endGroup(child);
    };
    const timer = setTimeout(() => giveUp(`It ran longer than ${options.timeoutMs} ms.`), options.timeoutMs);
    const output = collect(child.stdout, options.maxOutputBytes, () =>
      giveUp(`It printed more than ${options.maxOutputBytes} bytes.`),
    );
    const errorOutput = collect(child.stderr, MAX_ERROR_BYTES, () => undefined);
    const end = (result: ProcessEnd) => {
      clearTimeout(timer);
      resolve(result);
    };
    child.once('error', (error) => end({ outcome: 'failed', reason: error.message }));
    child.once('close', (exitCode, signal) => {
      if (failure !== '') end({ outcome: 'failed', reason: failure });
      else if (exitCode === null) end({ outcome: 'failed', reason: `It was ended by ${signal}.` });
      else
        end({ outcome: 'exited', exitCode, output: output(), errorOutput: errorOutput().toString('utf8') });
    });
  });

/** A program in a session of its own, whose output is read as it comes. */
export interface RunningProgram {
  readonly pid: number;
  readonly output: readonly Readable[];
  /** Ends with the program, not with what it left behind. */
  readonly ended: Promise<{ readonly exit: number | null; readonly signal: string | null }>;
  /** Signals the program and what it started, as far as that stayed in its session. */
  signal(name: NodeJS.Signals): void;
}

/** How a program is started. */
export interface ProgramOptions {
  /** The environment besides PATH and LANG. */
  readonly env: Readonly<Record<string, string>>;
  /** Text on its standard input. */
  readonly stdin: string;
  readonly uid?: number;
  readonly gid?: number;
  /** A file of ours that becomes its descriptor 3, and is closed here once it was started. Absent: it has none. */
  readonly third?: FileHandle | undefined;
  /** What the modes of its files lack. Absent: as ours. */
  readonly umask?: number;
}

/** Starts something with that umask. Node takes ours for a child, and starts it before it returns. */
function underUmask<T>(umask: number | undefined, start: () => T): T {
  if (umask === undefined) return start();
  const before = process.umask(umask);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

/** A file and no pipe: a pipe of this runtime is a socket, and a shell whose input is a socket reads ~/.bashrc. */
async function openInput(text: string): Promise<FileHandle | null> {
  return text === '' ? null : openUnnamed(Buffer.from(text));
}

/** Starts a program with exact arguments. @throws the system's error when it cannot be started */
export async function startProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<RunningProgram> {
  if (!isAbsolute(file)) throw new TypeError(`${file} is not an absolute path`);
  const { third } = options;
  const input = await openInput(options.stdin);
  const closeOurs = () => Promise.all([input?.close(), third?.close()]);
  const child = underUmask(options.umask, () =>
    spawn(file, [...args], {
      cwd: '/',
      env: { ...options.env, PATH: SYSTEM_PATH, LANG: 'C.UTF-8' },
      shell: false,
      stdio: [input?.fd ?? 'ignore', 'pipe', 'pipe', ...(third === undefined ? [] : [third.fd])],
      detached: true,
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    }),
  );
  const exited = new Promise<{ exit: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (exit, signal) => resolve({ exit, signal }));
  });
  const spawned = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const closed = closeOurs();
  // Waiting for anything else here would lose output: at its end the runtime throws away what nobody reads yet.
  const pid = await spawned.catch(async (error: unknown) => {
    await closed;
    throw error;
  });
  return {
    pid,
    output: [child.stdout, child.stderr].flatMap((stream) => stream ?? []),
    ended: Promise.all([exited, closed]).then(([end]) => end),
    signal(name) {
      try {
        process.kill(-pid, name);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    },
  };
}

/** Starts a program that outlives this one and says nothing; resolves once it was started, with a promise of its end. */
export function startDetached(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly ended: Promise<void> }> {
  const child = spawn(file, [...args], {
    cwd: '/',
    env: { ...environment(), ...env },
    shell: false,
    stdio: 'ignore',
    detached: true,
  });
  child.unref();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve({ ended }));
  });
}

/** A program of our own that is spoken to. */
export interface Companion {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** Ends when it does. */
  readonly ended: Promise<number | null>;
  stop(): void;
}

const companionOptions = (env: NodeJS.ProcessEnv) => ({ cwd: '/', env, shell: false, windowsHide: true });

/** Starts a program with a socket to it as its descriptor 3; its log goes where ours goes. */
export function startWithSocket(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Companion & { readonly socket: Socket } {
  const child = spawn(file, [...args], {
    ...companionOptions(env),
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  return { socket: child.stdio[3] as Socket, ...watchCompanion(child) };
}

/** Starts a program that is handed connections; `send` is false when it cannot take one any more. */
export function startWithHandles(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Companion & { send(socket: Socket): Promise<boolean> } {
  const child = spawn(file, [...args], {
    ...companionOptions(env),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const send = (socket: Socket) =>
    new Promise<boolean>((resolve) => {
      if (!child.connected) return resolve(false);
      child.send('connection', socket, (error) => resolve(error === null));
    });
  return { send, ...watchCompanion(child) };
}

function watchCompanion(child: ChildProcess): Companion {
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
  return { pid: child.pid ?? 0, ended, stop: () => void child.kill('SIGTERM') };
}
