// Core and executor apart for tests: two users, own namespaces and few capabilities, as the shipped units say, without systemd as PID 1.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { chmod, chown, copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findProgram, type Program, runProgram, startProgram, type TestLike } from './processes.ts';
import { until } from './wait.ts';

/** The core's user and group: numbers that no account of the machine has. */
export const CORE_ID = 64_001;
const units = fileURLToPath(new URL('../../../installers/linux/', import.meta.url));
const bundles = fileURLToPath(new URL('../../../agent/dist/', import.meta.url));
/** Where the parts of the unit files lie here: all in one file system of memory that only these processes see. */
const places: readonly (readonly [string, string])[] = [
  ['/usr/lib/muster/node', '/srv/node'],
  ['/usr/lib/muster', '/srv/program'],
  ['/var/lib/muster-executor', '/srv/executor'],
  ['/var/lib/muster-agent', '/srv/core'],
  ['/run/muster', '/srv/run'],
];
const SOCKET = '/srv/run/executor.sock';
const tools = ['unshare', 'nsenter', 'setpriv', 'systemd-socket-activate', 'systemd-run'] as const;

/** Stands for systemd-run: what is to be started is only written down, and started outside by who reads it, as PID 1 would. */
const STAND_IN = `#!/bin/sh
printf '%s\\n' "$@" > /srv/inbox/.$$ && mv /srv/inbox/.$$ /srv/inbox/$$
`;
/** The executor's view: everything read-only but its folder and the way to the service manager; no network but its own, empty one. */
const VIEW = `set -e
for folder in executor inbox; do mount --bind /srv/$folder /srv/$folder; done
mount --bind /srv/stand-in "$1"
shift
mount -o remount,bind,ro /srv
mount -o remount,bind,ro /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
exec "$@"
`;

/** Settings of a unit file by name; a repeated one keeps its last value. */
export function readUnit(name: string): ReadonlyMap<string, string> {
  const pairs = readFileSync(`${units}${name}`, 'utf8').matchAll(/^([A-Za-z]+)=(.*)$/gm);
  return new Map([...pairs].map(([, key = '', value = '']) => [key, value] as const));
}

/** Why the separation cannot be run here; null when it can. */
export function findObstacle(): string | null {
  if (process.platform !== 'linux') return 'this is no Linux';
  if (process.geteuid?.() !== 0) return 'only root can become two users';
  const missing = tools.filter((name) => findProgram(name) === null);
  return missing.length === 0
    ? null
    : `${missing.join(', ')}: not here (apt-get install -y systemd util-linux)`;
}

function toolAt(name: (typeof tools)[number]): string {
  return findProgram(name) ?? '';
}

/** The command of a unit with the places of this test. */
function commandOf(unit: string): string[] {
  const line = readUnit(unit).get('ExecStart') ?? '';
  return places.reduce((text, [from, to]) => text.replaceAll(from, to), line).split(' ');
}

/** Core and executor on this machine, apart. */
export interface Separated {
  /** The path of a file in there, as this process reaches it. */
  at(path: string): string;
  /** A command as the core runs: its user, no capability, nothing to be gained by exec. */
  asCore(words: readonly string[], input?: string): Program;
  /** The agent's program as the core runs it; the rest of the line is given. */
  agent(words: readonly string[], input?: string): Program;
  startCore(): Program;
  /** Listens as the socket unit does; the executor is started by the first knock, with this process id. */
  startExecutor(): Promise<Program>;
  /** Command lines of the units that were started, in order. */
  readonly started: readonly (readonly string[])[];
}

/** Makes the house; everything in it is gone with the test. */
export async function makeSeparated(t: TestLike): Promise<Separated> {
  const holder = startProgram(t, [
    ...[toolAt('unshare'), '--mount', '--propagation', 'private', '/bin/sh', '-ec'],
    'mount -t tmpfs -o mode=0755 tmpfs /srv; touch /srv/node; mount --bind "$0" /srv/node; echo made; exec sleep 3600',
    process.execPath,
  ]);
  await until('the file system of the test is there', () => holder.output().includes('made'));
  const at = (path: string) => `/proc/${holder.pid}/root${path}`;
  const enter = [toolAt('nsenter'), `--mount=/proc/${holder.pid}/ns/mnt`];
  for (const [name, id, mode] of [
    ['core', CORE_ID, 0o700],
    ['executor', 0, 0o700],
    ['inbox', 0, 0o700],
    ['deny.d', 0, 0o755],
    ['program', 0, 0o755],
    ['run', 0, 0o755],
    ['data', 0, 0o755],
  ] as const) {
    mkdirSync(at(`/srv/${name}`), { mode });
    await chown(at(`/srv/${name}`), id, id);
    await chmod(at(`/srv/${name}`), mode);
  }
  for (const name of (await readdir(bundles)).filter((one) => one.endsWith('.cjs')))
    await copyFile(`${bundles}${name}`, at(`/srv/program/${name}`));
  await writeFile(at('/srv/stand-in'), STAND_IN, { mode: 0o755 });

  const coreOnly = ['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs', '--clear-groups'];
  const becomeCore = [toolAt('setpriv'), `--reuid=${CORE_ID}`, `--regid=${CORE_ID}`, ...coreOnly];
  const asCore = (words: readonly string[], input?: string) =>
    startProgram(t, [...enter, '--', ...becomeCore, ...words], input);
  const [, ...agentLine] = commandOf('muster-agent.service');
  const environment = (readUnit('muster-agent.service').get('Environment') ?? '').split(' ');
  const agent = (words: readonly string[], input?: string) => {
    const run = agentLine.indexOf('run');
    const line = ['/usr/bin/env', ...environment, '/srv/node', ...agentLine.slice(0, run), ...words];
    return asCore(line, input);
  };
  const started: string[][] = [];
  startUnits(t, { at, enter, started });
  return {
    at,
    asCore,
    agent,
    started,
    startCore: () => agent(agentLine.slice(agentLine.indexOf('run'))),
    async startExecutor() {
      await rm(at(SOCKET), { force: true });
      const { caps, line } = describeExecutor();
      const apart = [toolAt('unshare'), '--mount', '--net', '--propagation', 'private'];
      const view = ['/bin/sh', '-c', VIEW, 'view', toolAt('systemd-run')];
      const become = [toolAt('setpriv'), `--bounding-set=-all,${caps}`, '--inh-caps=-all', '--no-new-privs'];
      const listen = [toolAt('systemd-socket-activate'), '-l', SOCKET];
      const program = startProgram(t, [...enter, '--', ...listen, ...apart, ...view, ...become, ...line]);
      await until('the socket is there', () => existsSync(at(SOCKET)));
      // What SocketUser, SocketGroup and SocketMode say.
      await chown(at(SOCKET), 0, CORE_ID);
      await chmod(at(SOCKET), 0o660);
      return program;
    },
  };
}

/** Capabilities and command of the executor's unit. */
function describeExecutor(): { readonly caps: string; readonly line: string[] } {
  const bounds = readUnit('muster-executor.service').get('CapabilityBoundingSet') ?? '';
  const caps = bounds
    .split(' ')
    .map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`)
    .join(',');
  return { caps, line: [...commandOf('muster-executor.service'), '--deny-dir', '/srv/deny.d'] };
}

/** The part of PID 1: starts what the stand-in wrote down, with all powers and outside of the executor's view. */
function startUnits(
  t: TestLike,
  {
    at,
    enter,
    started,
  }: { at(path: string): string; readonly enter: readonly string[]; readonly started: string[][] },
): void {
  let isOver = false;
  async function look(): Promise<void> {
    while (!isOver) {
      for (const name of (await readdir(at('/srv/inbox'))).filter((one) => !one.startsWith('.'))) {
        const words = (await readFile(at(`/srv/inbox/${name}`), 'utf8')).trimEnd().split('\n');
        await rm(at(`/srv/inbox/${name}`));
        started.push(words);
        startProgram(t, [...enter, '--', ...words.slice(words.indexOf('--') + 1)]);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const looking = look();
  t.teardown(async () => {
    isOver = true;
    await looking;
  });
}

/** Fields of /proc/<pid>/status. */
export async function readStatus(pid: number): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return new Map(
    text.split('\n').map((line) => [line.split(':')[0] ?? '', line.split(':')[1]?.trim() ?? '']),
  );
}

/**
 * Page faults of children that have ended and were waited for: 0 says that a process never had one. Field 11 of /proc/<pid>/stat
 * (proc(5)); no program starts without a fault.
 */
export async function readChildFaults(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[8]);
}

/** Processes that a process has now, by all of its threads. */
export async function listChildren(pid: number): Promise<string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    threads.map((thread) =>
      readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch((error: unknown) => {
        // Threads end while they are looked at; the first of them lives as long as its process.
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (thread === String(pid) || (code !== 'ENOENT' && code !== 'ESRCH')) throw error;
        return '';
      }),
    ),
  );
  return lists.flatMap((text) => text.split(' ').filter((one) => one !== ''));
}

/** Runs a command in some namespaces of a process. */
export function runBeside(t: TestLike, pid: number, words: readonly string[]): Promise<string> {
  return runProgram(t, [toolAt('nsenter'), `--target=${pid}`, ...words]);
}
