// Starts and kills real processes for tests: server, agent and the PostgreSQL of a data folder, each by its process id only.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './wait.ts';

/** The repository; this file lies in test/src/support or, compiled, in test/dist/support. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));
const isSource = import.meta.url.endsWith('.ts');
/** What is kept of a program's output to explain a failure, characters. */
const MAX_OUTPUT_CHARS = 200_000;

/** What is needed of a test. */
export interface TestLike {
  teardown(work: () => Promise<void>): unknown;
}

/** A program that was started. */
export interface Program {
  readonly pid: number;
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Everything it printed so far. */
  output(): string;
  /** Sends a signal; nothing when it is gone. */
  signal(name: NodeJS.Signals): void;
  /** Kills it without a chance to tidy up and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts Node with these arguments and that standard input; it is killed when the test ends, unless it ended before. */
export function startNode(t: TestLike, args: readonly string[], input = ''): Program {
  return startProgram(t, [process.execPath, ...args], input);
}

/** Starts a program by its path, with its arguments and standard input; it is killed when the test ends, unless it ended before. */
export function startProgram(t: TestLike, [path = '', ...args]: readonly string[], input = ''): Program {
  const child = spawn(path, args, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
  // Who ends without reading leaves the rest unread.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(input);
  const ended = untilEnd(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT_CHARS);
    });
  }
  const program: Program = {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  t.teardown(() => program.kill());
  return program;
}

function untilEnd(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
}

/** Lines of the log that a program has printed so far; one that has not arrived whole is left out. */
export function readLog(program: Pick<Program, 'output'>): readonly Readonly<Record<string, unknown>>[] {
  return program
    .output()
    .split('\n')
    .flatMap((line) => {
      try {
        return line.startsWith('{') ? [JSON.parse(line)] : [];
      } catch {
        return [];
      }
    });
}

/** Runs Node with these arguments to its end; answers what it printed. Throws when it fails. */
export async function runNode(t: TestLike, args: readonly string[], input = ''): Promise<string> {
  const program = startNode(t, args, input);
  const end = await program.ended;
  if (end !== 0) throw new Error(`${args.join(' ')} ended with ${end}: ${program.output()}`);
  return program.output();
}

/** Path of a program of the system; null when it is not installed. */
export function findProgram(name: string): string | null {
  const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Runs a program of the system to its end; answers what it printed. Throws when it fails. */
export async function runProgram(t: TestLike, command: readonly string[]): Promise<string> {
  const program = startProgram(t, command);
  const end = await program.ended;
  if (end !== 0) throw new Error(`${command.join(' ')} ended with ${end}: ${program.output()}`);
  return program.output();
}

/** Arguments that make Node the server's program: compiled, or from its source when the test runs from source. */
export function serverProgram(...args: readonly string[]): string[] {
  if (!isSource) return [join(root, 'server/dist/main.js'), ...args];
  return ['--conditions=muster-source', '--import', 'tsx', join(root, 'server/src/main.ts'), ...args];
}

/** Arguments that make Node the agent: the bundle that ships. */
export function agentProgram(...args: readonly string[]): string[] {
  return [join(root, 'agent/dist/muster-agent.cjs'), ...args];
}

/** Arguments that make Node the executor of that bundle. */
export function executorProgram(...args: readonly string[]): string[] {
  return [join(root, 'agent/dist/muster-executor.cjs'), ...args];
}

/** Ports that the system gives to nobody by itself (it begins at 32768, ip(7)): one of these is still free when it is used, or used again. */
const OWN_PORTS = { from: 12_000, count: 20_000 } as const;
/** Far more than one process asks for, so that two at a time do not meet: their ids differ. */
const PORTS_OF_ONE = 67;
let nextPort = OWN_PORTS.from + ((process.pid * PORTS_OF_ONE) % OWN_PORTS.count);

/** A port that is free now, and that nobody gets who asks for any. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < OWN_PORTS.count; tries++) {
    const port = nextPort;
    nextPort = OWN_PORTS.from + ((port + 1 - OWN_PORTS.from) % OWN_PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error('there is no free port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    // All addresses: who listens on all of them has it too.
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/** The processes of one PostgreSQL. */
export interface PostgresProcesses {
  /** Those that no other of them has started: more than one would be a second instance. */
  readonly postmasters: readonly number[];
  readonly all: readonly number[];
}

/** The PostgreSQL processes that work in that data folder of a server. */
export async function findPostgres(dataDir: string): Promise<PostgresProcesses> {
  const folder = await realpath(join(dataDir, 'postgres/data'));
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(names.map((name) => readProcess(name)));
  const ours = found.filter((one) => one?.folder === folder).flatMap((one) => one ?? []);
  const pids = new Set(ours.map(({ pid }) => pid));
  const postmasters = ours.filter(({ parent }) => !pids.has(parent)).map(({ pid }) => pid);
  return { postmasters, all: [...pids] };
}

/** Sends a signal to every process of that PostgreSQL, the postmaster first. */
export function signalPostgres({ postmasters, all }: PostgresProcesses, name: NodeJS.Signals): void {
  for (const pid of new Set([...postmasters, ...all])) signalProcess(pid, name);
}

/** Sends a signal to one process; nothing when it is gone. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Ends what a killed server left running in that folder. */
export async function endPostgres(dataDir: string): Promise<void> {
  const left = await findPostgres(dataDir);
  signalPostgres(left, 'SIGKILL');
  await until('PostgreSQL is gone', async () => (await findPostgres(dataDir)).all.length === 0);
}

async function readProcess(name: string) {
  try {
    const [folder, stat] = await Promise.all([
      readlink(`/proc/${name}/cwd`),
      readFile(`/proc/${name}/stat`, 'utf8'),
    ]);
    // The name in brackets may hold blanks and brackets; state and parent follow the last one (proc(5)).
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : { folder, pid: Number(name), parent: Number(parent) };
  } catch {
    // Gone meanwhile, or not ours to look at.
    return undefined;
  }
}

/** A Node process that talks with this one by messages. */
export interface Worker {
  readonly pid: number;
  send(message: object): void;
  /** Resolves with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;
  kill(): void;
}

/** Starts Node with these arguments and a channel for messages; what it prints goes where this process prints. */
export function startWorker(args: readonly string[], hear: (message: unknown) => void): Worker {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', hear);
  return {
    pid: child.pid ?? 0,
    // One that has ended is noticed by its end.
    send: (message) => void (child.connected && child.send(message)),
    ended: untilEnd(child),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Arguments that make Node a program of this package: compiled, or from its source when the test runs from source. */
export function ownProgram(name: string, ...args: readonly string[]): string[] {
  if (!isSource) return [join(root, 'test/dist', `${name}.js`), ...args];
  return ['--conditions=muster-source', '--import', 'tsx', join(root, 'test/src', `${name}.ts`), ...args];
}
