// `muster quickstart`: server, database and this machine's agent in one command, then a live table of the device.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Api, createApi, take } from '../api/client.ts';
import { fail } from '../errors.ts';
import { type Program, runProgram, startProgram } from '../platform/processes.ts';
import { type Profile, profilePath, readProfile, saveProfile } from '../profile.ts';
import { watchDevice } from './quickstart-view.ts';

/** Time the server may take to become ready on its first start, ms. */
const READY_TIMEOUT_MS = 60_000;
const READY_PROBE_MS = 100;
/** Time server and agent may take to end in good order, ms. */
const STOP_GRACE_MS = 15_000;

/** Programs of this workspace, as they lie beside each other. */
const serverProgram = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const agentProgram = fileURLToPath(new URL('../../../../agent/dist/muster-agent.cjs', import.meta.url));

/** After days of work these keep the agent at two thirds of its memory for a little more of a negligible processor time. */
const agentFlags = ['--no-opt', '--optimize-for-size', '--max-semi-space-size=1', '--max-old-space-size=64'];
const agentEnvironment = { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '1' };

/** What the command is called with. */
export interface QuickstartOptions {
  readonly dataDir: string;
  readonly port: number;
  /** Where text goes; the live table only to a terminal. */
  readonly output: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** What runs. */
interface Running {
  readonly url: string;
  readonly server: Program;
  readonly agent: Program;
  readonly api: Api;
  readonly deviceId: string;
}

interface Places {
  readonly server: string;
  readonly agent: string;
  readonly logs: string;
}

function placesOf(dataDir: string): Places {
  const root = resolve(dataDir);
  return { server: join(root, 'server'), agent: join(root, 'agent'), logs: join(root, 'logs') };
}

/** The port must be free, or the server would fail with a less helpful message. @throws MusterError E_USAGE */
async function checkPort(port: number): Promise<void> {
  await new Promise<void>((done, failed) => {
    const probe = createServer();
    probe.once('error', (cause) => {
      failed(
        fail('E_USAGE', {
          cause,
          detail: `Port ${port} is in use on this machine; stop what uses it or choose another with --port.`,
        }),
      );
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => done()));
  });
}

/** Says with the program's own last lines why it ended. */
function endedTooSoon(name: string, program: Program): Error {
  return fail('E_CHILD', {
    detail: `The ${name} ended. Its last lines:\n${program.lastLines().slice(-8).join('\n')}`,
  });
}

/** Waits until the server answers /readyz. */
async function untilReady(server: Program, profile: Profile): Promise<void> {
  const api = createApi(profile);
  let ended = false;
  void server.ended.then(() => {
    ended = true;
  });
  try {
    for (const until = Date.now() + READY_TIMEOUT_MS; Date.now() < until; ) {
      if (ended) throw endedTooSoon('server', server);
      const answer = await api.http.GET('/readyz').catch(() => null);
      if (answer?.response.status === 200) return;
      await new Promise((next) => setTimeout(next, READY_PROBE_MS));
    }
    throw fail('E_CONNECT', {
      detail: `The server was not ready within ${READY_TIMEOUT_MS / 1000} s; see its log.`,
    });
  } finally {
    await api.close();
  }
}

/** The authority's certificate, which the server writes before it listens. */
async function readAuthority(places: Places, server: Program): Promise<string> {
  for (const until = Date.now() + READY_TIMEOUT_MS; Date.now() < until; ) {
    const text = await readFile(join(places.server, 'tls', 'ca.pem'), 'utf8').catch(() => null);
    if (text !== null) return text;
    if ((await Promise.race([server.ended.then(() => 'ended'), pause()])) === 'ended')
      throw endedTooSoon('server', server);
  }
  throw fail('E_CONNECT');
}

function pause(): Promise<string> {
  return new Promise((next) => setTimeout(() => next('waited'), READY_PROBE_MS));
}

/** A sign-in for the admin: the one of an earlier start while it works, else a new token made on this host. */
async function signIn(
  profile: Profile,
  { places, env }: { places: Places; env: NodeJS.ProcessEnv },
): Promise<Profile> {
  if (profile.token !== '') {
    const api = createApi(profile);
    const { response } = await api.http.GET('/api/v1/devices', { params: { query: { limit: 1 } } });
    await api.close();
    if (response.status === 200) return profile;
  }
  const made = await runProgram([
    serverProgram,
    'token',
    '--name',
    'quickstart',
    '--data-dir',
    places.server,
  ]);
  const token = made.stdout.trim();
  if (made.code !== 0 || token === '')
    throw fail('E_CHILD', { detail: `No sign-in token could be made: ${made.stderr.trim()}` });
  const next = { ...profile, token };
  await saveProfile(env, next);
  return next;
}

/** Enrolls this machine's agent unless it is enrolled already; returns its device id. */
async function enrollAgent(places: Places, { api, url }: { api: Api; url: string }): Promise<string> {
  const status = await runProgram([agentProgram, 'status', '--json', '--state-dir', places.agent]);
  const known =
    status.stdout === ''
      ? null
      : (JSON.parse(status.stdout) as { deviceId: string | null; server: string | null });
  if (known?.deviceId && known.server === url) return known.deviceId;
  const made = await take(
    api.http.POST('/api/v1/enrollment-tokens', {
      body: { name: 'quickstart', uses: 1, expiresInMs: 600_000, autoApprove: true },
    }),
  );
  const tokenFile = join(places.agent, 'enrollment-token');
  await mkdir(places.agent, { recursive: true, mode: 0o700 });
  await writeFile(tokenFile, made.text, { mode: 0o600 });
  const enrolled = await runProgram([
    agentProgram,
    'enroll',
    '--server',
    url,
    '--token-file',
    tokenFile,
    '--state-dir',
    places.agent,
  ]);
  await rm(tokenFile, { force: true });
  if (enrolled.code !== 0)
    throw fail('E_CHILD', { detail: `This machine could not enroll: ${enrolled.stderr.trim()}` });
  return enrollAgent(places, { api, url });
}

/** Starts the server unless one is at work on that folder, and signs this terminal in. */
async function startServerProgram(
  { port, env }: QuickstartOptions,
  places: Places,
): Promise<{ server: Program; profile: Profile }> {
  const server = startProgram({
    args: [serverProgram, 'run', '--data-dir', places.server, '--port', String(port)],
    logFile: join(places.logs, 'server.log'),
  });
  try {
    const url = `https://127.0.0.1:${port}`;
    const ca = await readAuthority(places, server);
    const known = await readProfile(env).catch(() => null);
    const profile: Profile = { url, ca, token: known?.url === url ? known.token : '' };
    await untilReady(server, profile);
    return { server, profile: await signIn(profile, { places, env }) };
  } catch (error) {
    await server.stop(STOP_GRACE_MS);
    throw error;
  }
}

/** Starts everything in order; what was started is stopped again when a later part fails. */
async function startAll(options: QuickstartOptions, say: (text: string) => void): Promise<Running> {
  const places = placesOf(options.dataDir);
  await mkdir(places.logs, { recursive: true, mode: 0o755 });
  await checkPort(options.port);
  say('Starting the control server and its database …');
  const { server, profile } = await startServerProgram(options, places);
  const api = createApi(profile);
  try {
    const deviceId = await enrollAgent(places, { api, url: profile.url });
    say('Starting the agent of this machine …');
    const agent = startProgram({
      args: [...agentFlags, agentProgram, 'run', '--state-dir', places.agent],
      env: agentEnvironment,
      logFile: join(places.logs, 'agent.log'),
    });
    return { server, agent, api, deviceId, url: profile.url };
  } catch (error) {
    await api.close();
    await server.stop(STOP_GRACE_MS);
    throw error;
  }
}

/** What a person needs to know, once. */
function describe(running: Running, options: QuickstartOptions): string {
  return [
    '',
    `  API        ${running.url}/api/v1   (description: ${running.url}/api/v1/openapi.json)`,
    `  Sign in    this terminal is signed in (${profilePath(options.env)}); other terminals: muster login --url ${running.url}`,
    '             with a token made on this machine: node server/dist/main.js token --name you --data-dir ' +
      join(options.dataDir, 'server'),
    `  Next       pnpm muster devices · pnpm muster device ${running.deviceId} · pnpm muster tokens create`,
    '  Mode       quickstart: the keys lie beside the server, so nothing beyond transport is claimed',
    `  Data       ${resolve(options.dataDir)}   (logs in logs/)`,
    '',
  ].join('\n');
}

/** Resolves at Ctrl-C or SIGTERM. A second Ctrl-C ends this process at once; the programs end by themselves then. */
function untilSignal(): Promise<void> {
  return new Promise((done) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => done());
  });
}

/** Runs until it is told to stop, or a program ends by itself. @throws MusterError E_CHILD and those of the parts */
export async function runQuickstart(options: QuickstartOptions): Promise<void> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const running = await startAll(options, say);
  const { server, agent, api, deviceId } = running;
  options.output.write(describe(running, options));
  const view = watchDevice({ api, deviceId, output: options.output });
  const failed = Promise.race([
    server.ended.then(() => endedTooSoon('server', server)),
    agent.ended.then(() => endedTooSoon('agent', agent)),
  ]);
  const end = await Promise.race([untilSignal(), failed]);
  await view.stop();
  say('Stopping: the agent says goodbye, the server drains …');
  await agent.stop(STOP_GRACE_MS);
  await server.stop(STOP_GRACE_MS);
  await api.close();
  if (end instanceof Error) throw end;
  say('Stopped. Start again with the same command; everything is kept.');
}

/** Adds the command to the program. */
export function registerQuickstart(program: Command): void {
  program
    .command('quickstart')
    .summary('server, database and this machine\u2019s agent in one command')
    .description(
      'Starts a control server with its own database, enrolls this machine, and shows it live. Ctrl-C stops all.',
    )
    .option('--data-dir <folder>', 'where everything is kept', '.muster')
    .option('--port <number>', 'port of the server on 127.0.0.1', '8443')
    .action(async ({ dataDir, port }: { dataDir: string; port: string }) => {
      if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
        throw fail('E_USAGE', { detail: 'The port must be a whole number from 1 to 65535.' });
      }
      await runQuickstart({ dataDir, port: Number(port), output: process.stdout, env: process.env });
    });
}
