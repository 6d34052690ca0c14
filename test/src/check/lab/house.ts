// A house of real processes for checks: one server, and devices with core, launcher and executor as they ship, each ended by its process id.
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import type { RunState } from '@muster/protocol';
import type { Command } from '@muster/protocol/commands';
import { makeAgent } from '../../support/agent.ts';
import { createOrders, type FoundTargets, type Orders } from '../../support/orders.ts';
import {
  agentProgram,
  type Program,
  runNode,
  serverProgram,
  signalProcess,
  startNode,
  type TestLike,
} from '../../support/processes.ts';
import { makeFolder } from '../../support/server.ts';
import { prepareServer, type ServerProcess } from '../../support/server-process.ts';
import { until } from '../../support/wait.ts';

/** How long one attempt of a script takes, so that there is something to kill, s. */
const SCRIPT_S = 0.4;
/** The world outside: each beginning of a script leaves the id of its command in a file of the device. */
const SCRIPT = `echo "$MUSTER_COMMAND" >> "\${0%/executor/*}/marks"\nsleep ${SCRIPT_S}\necho end\n`;
/** The script that a halt must stop: far longer than any check. */
const LONG_SCRIPT = `echo "$MUSTER_COMMAND" >> "\${0%/executor/*}/marks"\nexec sleep 600\n`;

/** What is told of the last words of a program, characters. */
const LAST_WORDS = 600;

/** The parts of a device that can be killed. */
export const parts = ['core', 'launcher', 'executor', 'wrapper'] as const;
export type Part = (typeof parts)[number];

/** A device of the house. */
export interface HouseDevice {
  readonly id: string;
  readonly hostname: string;
  readonly stateDir: string;
  /** Starts core and launcher where they do not run. */
  start(): void;
  /** kill -9 of one process of that part; false: there is none now. */
  kill(part: Part): Promise<boolean>;
  /** Process ids of that part. */
  find(part: Part): Promise<readonly number[]>;
  /** How often each command's script began. */
  marks(): Promise<ReadonlyMap<string, number>>;
  /** What core and launcher printed since their last start. */
  output(): string;
  /** Cores and launchers that ended though nobody killed them, with their last words. */
  endedAlone(): readonly string[];
}

/** How a device is made. */
export interface DeviceWish {
  readonly hostname: string;
  /** The executor's program; the one that ships unless said otherwise. */
  readonly executor?: string;
  /** Address by which it reaches the server; the server's own unless said otherwise. */
  readonly url?: string;
}

/** A run as the API lists it. */
export interface RunSeen {
  readonly deviceId: string;
  readonly state: RunState;
  readonly code: string | null;
  readonly message: string;
}

/** A job as the API shows it. */
export interface JobSeen {
  readonly endedAt: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** The house. */
export interface House {
  readonly server: ServerProcess;
  readonly orders: Orders;
  /** Hash of a script that leaves its mark, waits and ends. */
  readonly script: string;
  /** Hash of one that leaves its mark and does not end by itself. */
  readonly longScript: string;
  addDevice(wish: DeviceWish): Promise<HouseDevice>;
  /** Adds and starts so many, called `host-0` and so on. */
  startDevices(count: number): Promise<readonly HouseDevice[]>;
  /** Signs a command for those devices; the id and what is handed in. */
  draft(devices: readonly { readonly id: string }[], change: Partial<Command>): Promise<Draft>;
  /** Signs and hands in; the id of the job. @throws when it is refused */
  order(devices: readonly { readonly id: string }[], change: Partial<Command>): Promise<string>;
  job(id: string): Promise<JobSeen>;
  runs(id: string): Promise<readonly RunSeen[]>;
  /** True when the device's own key signed the stored result; null: there is none. */
  isGenuine(id: string, deviceId: string): Promise<boolean | null>;
}

/** A signed order. */
export interface Draft {
  readonly id: string;
  readonly body: object;
}

/** Parameters of a script. */
export function scriptArgs(content: string): Command['args'] {
  return { content, parameters: {}, stdin: '', runAs: '' };
}

/** The executor's program as it ships. */
export function executorPath(): string {
  const [path = ''] = agentProgram();
  return join(dirname(path), 'muster-executor.cjs');
}

/** A process as the kernel shows it. */
interface CommandLine {
  readonly pid: number;
  readonly parent: number;
  readonly words: readonly string[];
}

/** The command lines of all processes; gone ones and others' are left out. */
async function readCommandLines(): Promise<CommandLine[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const [text, stat] = await Promise.all(
        ['cmdline', 'stat'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
      );
      const [, parent] = /\) \S (\d+) /.exec(stat ?? '') ?? [];
      return { pid: Number(name), parent: Number(parent), words: (text ?? '').split('\0') };
    }),
  );
  return found.filter(({ words }) => words.length > 1);
}

/** A program that is being started bears its parent's command line until it is loaded; to kill it is to kill another part. */
function isBeingStarted({ parent, words }: CommandLine, all: readonly CommandLine[]): boolean {
  return all.some((one) => one.pid === parent && one.words.join('\0') === words.join('\0'));
}

/** What a process of that device is; null: another one. */
function partOf(words: readonly string[], stateDir: string): Part | 'script' | null {
  if (!words.some((word) => word === stateDir || word.startsWith(`${stateDir}/`))) return null;
  if (words.includes('serve')) return 'executor';
  if (words.includes('wrap')) return 'wrapper';
  if (words.includes('launch')) return 'launcher';
  return words.includes('run') ? 'core' : 'script';
}

async function readMarks(stateDir: string): Promise<ReadonlyMap<string, number>> {
  const text = await readFile(join(stateDir, 'marks'), 'utf8').catch(() => '');
  const counts = new Map<string, number>();
  for (const id of text.split('\n').filter((line) => line !== '')) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

async function makeDevice(t: TestLike, server: ServerProcess, wish: DeviceWish): Promise<HouseDevice> {
  const { hostname, executor = executorPath(), url = server.url } = wish;
  const stateDir = join(await makeFolder(t, 'device'), 'state');
  const settings = ['--state-dir', stateDir, '--deny-dir', join(stateDir, 'deny.d')];
  const agent = await makeAgent(t, stateDir);
  const { code, output } = await agent.tryEnroll(url, await server.enrollmentToken(1));
  const [id] = /dev_[a-z2-7]{26}/.exec(output) ?? [];
  if (code !== 0 || id === undefined) throw new Error(`enrollment ended with ${code}: ${output}`);
  const programs = new Map<Part, Program>();
  const alone: string[] = [];
  let isOver = false;
  const lines: Readonly<Record<'core' | 'launcher', readonly string[]>> = {
    core: agentProgram('run', ...settings, '--executor', 'service'),
    launcher: [executor, 'launch', ...settings],
  };

  async function find(part: Part | 'script'): Promise<readonly number[]> {
    const all = await readCommandLines();
    return all
      .filter((one) => partOf(one.words, stateDir) === part && !isBeingStarted(one, all))
      .map(({ pid }) => pid);
  }

  function start(): void {
    for (const part of ['launcher', 'core'] as const) {
      if (isOver || programs.has(part)) continue;
      const program = startNode(t, lines[part]);
      programs.set(part, program);
      void program.ended.then((end) => {
        // Who kills it takes it out first.
        if (programs.get(part) !== program || isOver) return;
        programs.delete(part);
        alone.push(`the ${part} of ${hostname} ended with ${end}: ${program.output().slice(-LAST_WORDS)}`);
      });
    }
  }

  t.teardown(async () => {
    isOver = true;
    for (const program of programs.values()) await program.kill();
    // Whoever was killed may just have started another one, which bears its command line at first.
    await until('nothing of it runs', async () => {
      const left = (await readCommandLines()).filter(({ words }) => partOf(words, stateDir) !== null);
      for (const { pid } of left) signalProcess(pid, 'SIGKILL');
      return left.length === 0;
    });
  });
  return {
    id,
    hostname,
    stateDir,
    start,
    find,
    async kill(part) {
      const program = programs.get(part);
      programs.delete(part);
      if (program !== undefined) {
        await program.kill();
        return true;
      }
      const [pid] = await find(part);
      if (pid === undefined) return false;
      signalProcess(pid, 'SIGKILL');
      return true;
    },
    marks: () => readMarks(stateDir),
    endedAlone: () => alone,
    output: () => [...programs.values()].map((program) => program.output()).join(''),
  };
}

/** Uploads the body of signed content. */
function upload(url: string, token: string, body: Buffer): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  return new Promise((resolve, reject) => {
    const put = request(url, { method: 'PUT', headers, rejectUnauthorized: false }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`${url}: ${answer.statusCode}`)),
      );
    });
    put.on('error', reject);
    put.end(body);
  });
}

async function addScripts(t: TestLike, server: ServerProcess, orders: Orders): Promise<string[]> {
  const flags = ['--name', 'upload', '--data-dir', server.dataDir];
  const token = (await runNode(t, serverProgram('token', ...flags))).trim();
  const digests: string[] = [];
  for (const text of [SCRIPT, LONG_SCRIPT]) {
    const body = Buffer.from(text);
    const digest = await orders.addContent(body);
    await upload(`${server.url}/api/v1/content/${digest}/body?offset=0`, token, body);
    digests.push(digest);
  }
  return digests;
}

/** Builds the house: a server with a signer and two scripts, no device yet. */
export async function buildHouse(t: TestLike): Promise<House> {
  const server = await prepareServer(t);
  await server.start();
  const orders = await createOrders(server);
  const [script = '', longScript = ''] = await addScripts(t, server, orders);

  async function read<Body>(path: string): Promise<Body> {
    const { status, body, text } = await server.call<Body>(path);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return body;
  }

  async function draft(
    devices: readonly { readonly id: string }[],
    change: Partial<Command>,
  ): Promise<Draft> {
    const ids = devices.map(({ id }) => JSON.stringify(id)).join(', ');
    const targets: FoundTargets = await orders.find(`id in [${ids}]`);
    const { id, envelope } = orders.sign(targets, change);
    const content = change.kind === 'script.run' ? { content: [String(change.args?.content)] } : {};
    return { id, body: { envelope, snapshot: targets.snapshot, ...content } };
  }

  return {
    server,
    orders,
    script,
    longScript,
    addDevice: (wish) => makeDevice(t, server, wish),
    async startDevices(count) {
      const devices: HouseDevice[] = [];
      for (let n = 0; n < count; n++) devices.push(await makeDevice(t, server, { hostname: `host-${n}` }));
      for (const device of devices) device.start();
      return devices;
    },
    draft,
    async order(devices, change) {
      const { id, body } = await draft(devices, change);
      const { status, text } = await server.call('/api/v1/jobs', { method: 'POST', body });
      if (status !== 201) throw new Error(`order of ${change.kind}: ${status} ${text}`);
      return id;
    },
    job: (id) => read<JobSeen>(`/api/v1/jobs/${id}`),
    runs: async (id) => (await read<{ runs: RunSeen[] }>(`/api/v1/jobs/${id}/runs?limit=1000`)).runs,
    isGenuine: async (id, deviceId) =>
      (await read<{ isGenuine: boolean | null }>(`/api/v1/jobs/${id}/runs/${deviceId}`)).isGenuine,
  };
}
