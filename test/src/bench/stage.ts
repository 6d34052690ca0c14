// The stage of the benches: servers, agents and bare Node as processes of their own, as they run for users.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  agentProgram,
  findPostgres,
  type Program,
  runNode,
  serverProgram,
  startNode,
} from '../support/processes.ts';
import { type AnyBody, type Call, send } from '../support/server.ts';
import { pause, until } from '../support/wait.ts';
import type { BenchContext } from './bench.ts';

type Owner = Pick<BenchContext, 'teardown'>;

/** The flags and variables with which the quick start runs the agent (server/cli/src/commands/quickstart.ts). */
export const quickstartAgent = {
  flags: ['--no-opt', '--optimize-for-size', '--max-semi-space-size=1', '--max-old-space-size=64'],
  env: { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '1' },
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

/** The program that simulates devices. */
export const fleetProgram = join(dirname(benchProgram('x')), '../../fleet/main.js');

/** A folder that is gone after the bench. */
export async function makeBenchFolder(t: Owner, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `muster-bench-${name}-`));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
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

/** A server as a process. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly dataDir: string;
  /** From the start of the process to its word that it is ready, ms. */
  readonly readyMs: number;
  call<Body = AnyBody>(path: string, call?: Call): Promise<Body>;
  /** Text of a token with so many uses. */
  enrollmentToken(uses: number): Promise<string>;
  /** A figure of /metrics. */
  figure(name: string): Promise<number>;
  /** Process ids of its PostgreSQL. */
  postgres(): Promise<readonly number[]>;
  stop(): Promise<void>;
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

/** Starts a server on a data folder, `tls` or plain. */
export async function startServerProcess(
  t: Owner,
  { dataDir, tls, flags = [] }: { dataDir: string; tls: boolean; flags?: readonly string[] },
): Promise<ServerProcess> {
  const scheme = tls ? 'https' : 'http';
  const startedMs = performance.now();
  const own = ['--data-dir', dataDir, '--port', '0', '--public-url', `${scheme}://127.0.0.1:1`, ...openDoor];
  const program = startNode(t, serverProgram('run', ...own, ...(tls ? [] : ['--tls', 'off']), ...flags));
  const url = await until('the server is ready', () => readUrl(program), 60_000);
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
    postgres: async () => (await findPostgres(dataDir)).all,
    stop,
  };
}

/** The address in the log line that says "server is ready"; fails as soon as the program has ended. */
function readUrl(program: Program): string | undefined {
  const line = program
    .output()
    .split('\n')
    .find((text) => text.includes('"server is ready"'));
  return line === undefined ? undefined : (JSON.parse(line) as { url: string }).url;
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
        await Promise.race([program.ended, pause(10_000)]);
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
