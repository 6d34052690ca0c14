// The parts of a quick start, one after the other: server, sign-in, enrollment, agent.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMusterError } from '@muster/protocol';
import { type Api, createApi, take } from '../api/client.ts';
import { fail } from '../errors.ts';
import { type Program, runProgram, startProgram } from '../platform/processes.ts';
import { type Profile, readProfile, saveProfile } from '../profile.ts';
import type { Places, Ports } from './quickstart-folder.ts';

/** Time the server may take to become ready on its first start, ms. */
const READY_TIMEOUT_MS = 60_000;
const READY_PROBE_MS = 100;

/** Programs of this workspace, as they lie beside each other. */
export const serverProgram = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const agentProgram = fileURLToPath(new URL('../../../../agent/dist/muster-agent.cjs', import.meta.url));

/**
 * After days of work these keep the agent at two thirds of its memory for a little more of a negligible processor time;
 * from the first minute on, no baseline code and a heap that gives back what it does not need save 1.7 MB of 52
 * (`pnpm bench agent-memory`).
 */
const agentFlags = [
  '--no-opt',
  '--no-sparkplug',
  '--optimize-for-size',
  '--max-semi-space-size=1',
  '--max-old-space-size=64',
];
const agentEnvironment = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
  MALLOC_TOP_PAD_: '16384',
  UV_THREADPOOL_SIZE: '1',
};

/** Says with the program's own last lines why it ended. */
export function endedTooSoon(name: string, program: Program): Error {
  return fail('E_CHILD', {
    detail: `The ${name} ended. Its last lines:\n${program.lastLines().slice(-8).join('\n')}`,
  });
}

/** Starts the server; it is not ready yet. */
export function startServerProgram(places: Places, { port, consolePort }: Ports): Program {
  const ports = ['--port', String(port), '--console-port', String(consolePort)];
  return startProgram({
    args: [serverProgram, 'run', '--data-dir', places.server, ...ports],
    logFile: join(places.logs, 'server.log'),
  });
}

/** Starts the agent, which is enrolled. */
export function startAgentProgram(places: Places): Program {
  return startProgram({
    args: [...agentFlags, agentProgram, 'run', ...agentPlaces(places)],
    env: agentEnvironment,
    logFile: join(places.logs, 'agent.log'),
  });
}

function agentPlaces({ agent, agentConfig }: Places): string[] {
  return ['--state-dir', agent, '--config', agentConfig];
}

/** Asks until there is an answer, the server has ended, or the signal is aborted. */
async function poll<T>(server: Program, signal: AbortSignal, look: () => Promise<T | null>): Promise<T> {
  let ended = false;
  void server.ended.then(() => {
    ended = true;
  });
  for (const until = Date.now() + READY_TIMEOUT_MS; Date.now() < until; ) {
    signal.throwIfAborted();
    if (ended) throw endedTooSoon('server', server);
    const found = await look();
    if (found !== null) return found;
    await new Promise((next) => setTimeout(next, READY_PROBE_MS));
  }
  throw fail('E_CONNECT', {
    detail: `The server was not ready within ${READY_TIMEOUT_MS / 1000} s; see its log.`,
  });
}

/** Waits until the server answers /readyz; its address and the certificate of its authority. */
export async function untilReady(
  server: Program,
  { places, port, signal }: { places: Places; port: number; signal: AbortSignal },
): Promise<Profile> {
  // The server writes the certificate before it listens.
  const path = join(places.server, 'tls', 'ca.pem');
  const ca = await poll(server, signal, () => readFile(path, 'utf8').catch(() => null));
  const profile: Profile = { url: `https://127.0.0.1:${port}`, ca, token: '' };
  const api = createApi(profile);
  try {
    await poll(server, signal, async () => {
      const answer = await api.http.GET('/readyz').catch(() => null);
      return answer?.response.status === 200 ? true : null;
    });
    return profile;
  } finally {
    await api.close();
  }
}

/** Whether the server takes that token. @throws MusterError E_CONNECT, and what the server says other than 401 */
async function isSignedIn(profile: Profile): Promise<boolean> {
  const api = createApi(profile);
  try {
    await take(api.http.GET('/api/v1/devices', { params: { query: { limit: 1 } } }));
    return true;
  } catch (error) {
    if (isMusterError(error) && error.code === 'E_SIGNED_OUT') return false;
    throw error;
  } finally {
    await api.close();
  }
}

/** A sign-in for the admin: the one of an earlier start while the server takes it, else a new token made on this host. */
export async function signIn(address: Profile, places: Places): Promise<Profile> {
  const env = { MUSTER_PROFILE: places.profile };
  const known = await readProfile(env).catch(() => null);
  const keyFolder = join(places.server, 'keys');
  if (known?.url === address.url && known.ca === address.ca && (await isSignedIn(known))) {
    // A sign-in of an earlier version may not know where the keys lie.
    if (known.keyFolder !== keyFolder) await saveProfile(env, { ...known, keyFolder });
    return { ...known, keyFolder };
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
  const profile = { ...address, token, keyFolder };
  await saveProfile(env, profile);
  return profile;
}

/** What the agent of this folder knows about itself. */
interface AgentStatus {
  readonly deviceId: string | null;
  readonly server: string | null;
}

async function readAgentStatus(places: Places): Promise<AgentStatus> {
  const { stdout, stderr } = await runProgram([agentProgram, 'status', '--json', ...agentPlaces(places)]);
  try {
    return JSON.parse(stdout) as AgentStatus;
  } catch (cause) {
    throw fail('E_CHILD', { cause, detail: `The agent does not know its state: ${stderr.trim()}` });
  }
}

/** The server may be another than the one the agent enrolled with: half of the data folder was removed. @throws MusterError E_USAGE */
async function checkKnown(deviceId: string, places: Places, api: Api): Promise<void> {
  const wayOut = `remove the folder ${places.agent} to enroll it anew, or choose another --data-dir.`;
  let state: string;
  try {
    const path = { id: deviceId };
    ({ state } = await take(api.http.GET('/api/v1/devices/{id}', { params: { path } })));
  } catch (cause) {
    if (!isMusterError(cause) || cause.code !== 'E_NOT_FOUND') throw cause;
    throw fail('E_USAGE', {
      cause,
      detail: `The agent of this data folder is enrolled with another server than the one in ${places.server}; ${wayOut}`,
    });
  }
  if (state === 'retired')
    throw fail('E_USAGE', { detail: `The device ${deviceId} was retired on this server; ${wayOut}` });
}

/** Enrolls this machine's agent unless it is enrolled already; returns its device id. */
export async function enrollAgent(places: Places, { api, url }: { api: Api; url: string }): Promise<string> {
  const status = await readAgentStatus(places);
  if (status.deviceId !== null) {
    if (status.server !== url)
      throw fail('E_USAGE', {
        detail: `The agent of this data folder is enrolled at ${status.server}, not at ${url}; start it with that port or choose another --data-dir.`,
      });
    await checkKnown(status.deviceId, places, api);
    return status.deviceId;
  }
  const made = await take(
    api.http.POST('/api/v1/enrollment-tokens', {
      body: { name: 'quickstart', uses: 1, expiresInMs: 600_000, autoApprove: true },
    }),
  );
  const tokenFile = join(places.agent, 'enrollment-token');
  await writeFile(tokenFile, made.text, { mode: 0o600 });
  const words = ['enroll', '--server', url, '--token-file', tokenFile];
  const enrolled = await runProgram([agentProgram, ...words, ...agentPlaces(places)]);
  await rm(tokenFile, { force: true });
  if (enrolled.code !== 0)
    throw fail('E_CHILD', { detail: `This machine could not enroll: ${enrolled.stderr.trim()}` });
  const { deviceId } = await readAgentStatus(places);
  if (deviceId === null) throw fail('E_CHILD', { detail: 'This machine enrolled, but forgot it again.' });
  return deviceId;
}
