// The stage of the benches: servers, agents and bare Node as processes of their own, as they run for users.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  agentProgram,
  findPostgres,
  type Program,
  readLog,
  runNode,
  serverProgram,
  startNode,
} from '../support/processes.ts';
import { type AnyBody, type Call, send } from '../support/server.ts';
import { until } from '../support/wait.ts';
import type { BenchContext } from './bench.ts';

type Owner = Pick<BenchContext, 'teardown'>;

/** Time a server may take to be ready where nobody has time, with a database to be made, ms. */
const READY_MS = 200_000;
/** Time an agent may take to stop, ms. */
const AGENT_STOP_MS = 10_000;

/** The flags and variables with which the quick start runs the agent (server/cli/src/commands/quickstart-parts.ts). */
export const quickstartAgent = {
  flags: [
    '--no-opt',
    '--no-sparkplug',
    '--optimize-for-size',
    '--max-semi-space-size=1',
    '--max-old-space-size=64',
  ],
  env: {
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '65536',
    MALLOC_TRIM_THRESHOLD_: '65536',
    MALLOC_TOP_PAD_: '16384',
    UV_THREADPOOL_SIZE: '1',
  },
} as const;

/** How Node is started. */
export interface NodeSettings {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** As most people would start it. */
export const plainNode: NodeSettings = { flags: [], env: {} };

/** Compiled programs of the benches lie beside this file. */
export function benchProgram(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url)).replace(/src([\\/])bench$/, 'dist$1bench');
  return join(here, 'programs', `${name}.js`);
}

/** A folder that is gone after the bench. */
export async function makeBenchFolder(t: Owner, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `muster-bench-${name}-`));
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}

/** Starts Node with these settings; children take the variables over at the moment of starting. */
export function startWith(t: Owner, { flags, env }: NodeSettings, args: readonly string[]): Program {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return startNode(t, [...flags, ...args]);
  } finally {
    process.env = before;
  }
}

/** Node that does nothing, the floor of every agent's memory. */
export function startBareNode(t: Owner, settings: NodeSettings): Program {
  return startWith(t, settings, ['-e', 'setInterval(() => {}, 1e9)']);
}

/** Node that does nothing but hold one WebSocket open: what any agent that is built on it costs at least. */
export function startBareClient(t: Owner, settings: NodeSettings, url: string): Program {
  const ws = JSON.stringify(createRequire(import.meta.url).resolve('ws'));
  const options = JSON.stringify({ perMessageDeflate: false, rejectUnauthorized: false });
  const address = JSON.stringify(url.replace(/^http/, 'ws'));
  return startWith(t, settings, ['-e', `new (require(${ws}))(${address}, ${options})`]);
}

/** A server as a process. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  /** An API token with all permissions. */
  readonly token: string;
  /** From the start of the process to its word that it is ready, ms. */
  readonly readyMs: number;
  call<Body = AnyBody>(path: string, call?: Call): Promise<Body>;
  /** Text of a token with so many uses. */
  enrollmentToken(uses: number): Promise<string>;
  /** A figure of /metrics. */
  figure(name: string): Promise<number>;
  /** Collects its garbage; answers what V8 and its buffers hold afterwards, bytes. Only where it was started `collectable`. */
  collect(): Promise<number>;
  /** Process ids of its PostgreSQL. */
  postgres(): Promise<readonly number[]>;
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Limits so wide that the benches measure the server and not its door. */
const openDoor = [
  '--handshakes-per-second',
  '100000',
  '--handshake-burst',
  '100000',
  '--max-unauthenticated',
  '10000',
];

/** How a server is started. */
export interface ServerWish {
  readonly dataDir: string;
  readonly tls: boolean;
  /** Its garbage can be collected from here. */
  readonly collectable?: boolean;
  /** Its limits at the door are those of users; without it they are so wide that they do not matter. */
  readonly hasUsualDoor?: boolean;
  /** Further flags of the server; a later one wins. */
  readonly flags?: readonly string[];
}

/** Sends the signal that `collect` waits for; answers the bytes it prints. */
async function collectGarbage(program: Program): Promise<number> {
  const readAnswers = () => [...program.output().matchAll(/^\{"retainedBytes":(\d+)\}$/gm)];
  const before = readAnswers().length;
  program.signal('SIGUSR2');
  const answer = await until('the garbage is collected', () => readAnswers()[before]);
  return Number(answer[1]);
}

/** Starts a server on a data folder, `tls` or plain. */
export async function startServerProcess(
  t: Owner,
  { dataDir, tls, collectable = false, hasUsualDoor = false, flags = [] }: ServerWish,
): Promise<ServerProcess> {
  const scheme = tls ? 'https' : 'http';
  const startedMs = performance.now();
  const own = ['--data-dir', dataDir, '--port', '0', '--public-url', `${scheme}://127.0.0.1:1`];
  const door = hasUsualDoor ? [] : openDoor;
  const args = serverProgram('run', ...own, ...door, ...(tls ? [] : ['--tls', 'off']), ...flags);
  const collector = ['--expose-gc', '--import', pathToFileURL(benchProgram('collect')).href];
  const program = startNode(t, [...(collectable ? collector : []), ...args]);
  const url = await until('the server is ready', () => readUrl(program), READY_MS);
  const readyMs = performance.now() - startedMs;
  const stop = async () => {
    program.signal('SIGTERM');
    await program.ended;
  };
  t.teardown(stop);
  const token = (await runNode(t, serverProgram('token', '--name', 'bench', '--data-dir', dataDir))).trim();
  async function call<Body = AnyBody>(path: string, wish: Call = {}): Promise<Body> {
    const { status, text, body } = await send<Body>(url + path, { token, ...wish });
    if (status >= 400) throw new Error(`${path} answered ${status}: ${text}`);
    return body;
  }
  return {
    url,
    pid: program.pid,
    dataDir,
    token,
    readyMs,
    call,
    async enrollmentToken(uses) {
      const body = { name: 'bench', uses, autoApprove: true };
      return (await call<{ text: string }>('/api/v1/enrollment-tokens', { method: 'POST', body })).text;
    },
    async figure(name) {
      const { text } = await send(`${url}/metrics`, { token: null });
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 'NaN');
    },
    collect: () => collectGarbage(program),
    postgres: async () => (await findPostgres(dataDir)).all,
    stop,
    kill: () => program.kill(),
  };
}

/** The address in the log line that says "server is ready"; fails as soon as the program has ended. */
function readUrl(program: Program): string | undefined {
  const url = readLog(program).find(({ msg }) => msg === 'server is ready')?.url;
  return typeof url === 'string' ? url : undefined;
}

/** An enrolled agent, not yet running. */
export interface EnrolledAgent {
  readonly deviceId: string;
  readonly stateDir: string;
  /** Runs it; it is stopped at the end of the bench. */
  run(settings: NodeSettings): Program;
}

/** Enrolls the agent that ships at that address, in a folder of its own. */
export async function enrollAgent(t: Owner, serverUrl: string, token: string): Promise<EnrolledAgent> {
  const folder = await makeBenchFolder(t, 'agent');
  const stateDir = join(folder, 'state');
  const tokenFile = join(folder, 'token');
  await mkdir(stateDir, { mode: 0o700 });
  await writeFile(tokenFile, token, { mode: 0o600 });
  // Without TLS of the server's own the agent works only where it is told that a proxy ends it.
  const proxy = serverUrl.startsWith('http:') ? ['--proxy-ends-tls'] : [];
  const where = ['--state-dir', stateDir, ...proxy];
  const output = await runNode(
    t,
    agentProgram('enroll', '--server', serverUrl, '--token-file', tokenFile, ...where),
  );
  const deviceId = /Enrolled as (\S+)/.exec(output)?.[1] ?? '';
  return {
    deviceId,
    stateDir,
    run(settings) {
      const program = startWith(t, settings, agentProgram('run', ...where));
      t.teardown(async () => {
        program.signal('SIGTERM');
        const patience = setTimeout(() => program.signal('SIGKILL'), AGENT_STOP_MS);
        await program.ended;
        clearTimeout(patience);
      });
      return program;
    },
  };
}

/** Waits until the server holds the packages of a device. */
export async function untilStored(server: ServerProcess, deviceId: string): Promise<void> {
  await until(`the inventory of ${deviceId} is stored`, async () => {
    const device = await server.call<{ facts: { packages: number | null } | null }>(
      `/api/v1/devices/${deviceId}`,
    );
    return device.facts?.packages !== null && device.facts?.packages !== undefined;
  });
}
