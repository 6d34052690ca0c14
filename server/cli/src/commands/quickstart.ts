// `muster quickstart`: server, database and this machine's agent in one command, then a live table of the device.
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Api, createApi, take } from '../api/client.ts';
import { fail } from '../errors.ts';
import { type Program, runProgram, startProgram } from '../platform/processes.ts';
import { type Profile, profilePath, saveProfile } from '../profile.ts';
import { watchDevice } from './quickstart-view.ts';

/** Time the server may take to become ready on its first start, ms. */
const READY_TIMEOUT_MS = 60_000;
const READY_PROBE_MS = 100;
/** Time server and agent may take to end in good order, ms. */
const STOP_GRACE_MS = 15_000;

/** Programs of this workspace, as they lie beside each other. */
const serverProgram = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const agentProgram = fileURLToPath(new URL('../../../../agent/dist/muster-agent.cjs', import.meta.url));

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
  await writeSecret(tokenFile, made.text);
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
