// The only place of the agent that starts other programs: absolute path, no shell, no inherited environment, bounded.
import { type ChildProcess, spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';

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
