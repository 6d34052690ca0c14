// `muster quickstart`: server, database and this machine's agent in one command, then a live table of the device.
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Api, createApi, take } from '../api/client.ts';
import { fail } from '../errors.ts';
import { countOf } from '../output/count.ts';
import { listRunningCommands, type Program } from '../platform/processes.ts';
import { offerProfile } from '../profile.ts';
import {
  checkFree,
  choosePorts,
  type Places,
  type Ports,
  placesOf,
  prepareFolders,
  rememberPorts,
} from './quickstart-folder.ts';
import {
  endedTooSoon,
  enrollAgent,
  signIn,
  startAgentProgram,
  startServerProgram,
  untilReady,
} from './quickstart-parts.ts';
import { watchDevice } from './quickstart-view.ts';
import { makeSetupLink } from './setup-link.ts';

/** Time server and agent may take to end in good order, ms: the server ends by itself within 85 s, saying what held it. */
const STOP_GRACE_MS = 90_000;
/** Time the last drawing may take, ms. */
const VIEW_GRACE_MS = 1_000;

/** What the command is called with. */
export interface QuickstartOptions {
  readonly dataDir: string;
  /** One that is absent: that of the last start in this folder, or the usual one. */
  readonly ports: Partial<Ports>;
  /** Where text goes; the live table only to a terminal. */
  readonly output: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** What one run has started so far and how it is told to stop. */
interface Run {
  readonly places: Places;
  readonly ports: Ports;
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** In the order of their start; they are stopped in the opposite one. */
  readonly programs: { readonly name: string; readonly program: Program }[];
  say(text: string): void;
}

/** Address of the server and what is known of this machine. */
interface Started {
  readonly url: string;
  readonly api: Api;
  readonly deviceId: string;
  /** Whether commands of this terminal reach this server without further settings. */
  readonly isDefault: boolean;
  /** Mode of the trust document in force. */
  readonly mode: string;
  /** Where people open the console; a setup link as long as nobody can sign in. */
  readonly consoleUrl: string;
  /** The same by TLS. */
  readonly secureUrl: string;
}

/** Listens for signals from before the first program is started until the last has ended. */
function listenForSignals(say: (text: string) => void): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  let isSaid = false;
  const onSignal = () => {
    if (controller.signal.aborted && !isSaid) {
      isSaid = true;
      say('Still stopping; the database must be closed in good order.');
    }
    controller.abort();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    end() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/** Starts everything in order; between two steps it looks whether it has been told to stop. */
async function startAll(run: Run, env: NodeJS.ProcessEnv): Promise<Started> {
  const { places, ports, signal, programs, say } = run;
  const { port, consolePort } = ports;
  say('Starting the control server and its database …');
  const server = startServerProgram(places, ports);
  programs.push({ name: 'server', program: server });
  const address = await untilReady(server, { places, port, signal });
  const profile = await signIn(address, places);
  await rememberPorts(places, ports);
  const isDefault = await offerProfile(env, profile);
  signal.throwIfAborted();
  const { url } = profile;
  const api = createApi(profile);
  try {
    const deviceId = await enrollAgent(places, { api, url });
    signal.throwIfAborted();
    say('Starting the agent of this machine …');
    programs.push({ name: 'agent', program: startAgentProgram(places) });
    const { mode } = await take(api.http.GET('/api/v1/trust'));
    const { setupNeeded } = await take(api.http.GET('/api/v1/session'));
    const consoleUrl = setupNeeded
      ? await makeSetupLink(places.server, null)
      : `http://localhost:${consolePort}`;
    return { api, deviceId, url, isDefault, mode, consoleUrl, secureUrl: `https://localhost:${port}` };
  } catch (error) {
    await api.close();
    throw error;
  }
}

/** What a person needs to know, once. */
function describe(started: Started, places: Places): string {
  const { url, deviceId, isDefault, mode, consoleUrl, secureUrl } = started;
  const prefix = isDefault ? '' : `MUSTER_PROFILE=${places.profile} `;
  const signedIn = isDefault
    ? `  Sign in    this terminal is signed in; other users: muster login --url ${url}`
    : `  Sign in    your own sign-in is kept; for this server put MUSTER_PROFILE=${places.profile} before a command; other users: muster login --url ${url}`;
  return [
    '',
    `  Console    ${consoleUrl}`,
    consoleUrl.includes('#')
      ? '             sets up your sign-in, once within an hour; muster setup-link makes another'
      : '             muster setup-link helps whoever cannot sign in any more',
    `             in Safari ${secureUrl}, which browsers know once they trust ${join(places.server, 'tls', 'ca.pem')}`,
    `  API        ${url}/api/v1   (description: ${url}/api/v1/openapi.json)`,
    signedIn,
    `             with a token made on this machine: node server/dist/main.js token --name you --data-dir ${places.server}`,
    `  Next       ${prefix}npx pnpm@12.21.0 muster devices · ${prefix}npx pnpm@12.21.0 muster device ${deviceId}`,
    '  More       this server listens on 127.0.0.1 only; for other machines see "A server of your own" in README.md',
    mode === 'quickstart'
      ? '  Mode       quickstart: the keys lie beside the server, so nothing beyond transport is claimed'
      : `  Mode       ${mode}: muster trust show says what is claimed`,
    `  Data       ${places.root}   (logs in ${join(places.root, 'logs')})`,
    '',
  ].join('\n');
}

/** Shows the device until a signal comes or a program ends by itself. @throws MusterError E_CHILD */
async function show({ api, deviceId }: Started, run: Run, output: NodeJS.WriteStream): Promise<void> {
  const view = watchDevice({ api, deviceId, output });
  const told = new Promise<null>((done) => {
    if (run.signal.aborted) done(null);
    run.signal.addEventListener('abort', () => done(null), { once: true });
  });
  const ends = run.programs.map(({ name, program }) => program.ended.then(() => endedTooSoon(name, program)));
  const end = await Promise.race([told, ...ends]);
  await Promise.race([view.stop(), new Promise((next) => setTimeout(next, VIEW_GRACE_MS).unref())]);
  if (end !== null) throw end;
}

/** Starts and shows; being told to stop is no failure. */
async function startAndShow(run: Run, { env, output }: QuickstartOptions): Promise<void> {
  let started: Started | null = null;
  try {
    started = await startAll(run, env);
    output.write(describe(started, run.places));
    await show(started, run, output);
  } catch (error) {
    if (!run.signal.aborted) throw error;
  } finally {
    if (run.programs.length > 0) run.say('Stopping: the agent says goodbye, the server drains …');
    for (const { program } of run.programs.toReversed()) await program.stop(STOP_GRACE_MS);
    await started?.api.close();
  }
}

/** What is left when all programs have ended: work that was ordered goes on without them. */
export function describeStopped(running: readonly string[]): string {
  const again = 'Start again with the same command; everything is kept.';
  const [first, ...more] = running;
  if (first === undefined) return `Stopped. ${again}`;
  const left =
    more.length === 0
      ? `the job ${first} goes on running on this machine. Its result is kept until the next start; muster cancel ${first} stops it then.`
      : `${countOf(running.length, 'job')} go on running on this machine: ${running.join(', ')}. Their results are kept until the next start; muster cancel stops them then.`;
  return `Stopped, but ${left} ${again}`;
}

/** Runs until it is told to stop, or a program ends by itself. @throws MusterError E_USAGE, E_CHILD, E_CONNECT */
async function runQuickstart(options: QuickstartOptions): Promise<void> {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const places = placesOf(options.dataDir);
  const ports = await choosePorts(places, options.ports);
  await checkFree(places, ports);
  await prepareFolders(places);
  const signals = listenForSignals(say);
  try {
    await startAndShow({ places, ports, signal: signals.signal, programs: [], say }, options);
  } finally {
    signals.end();
  }
  say(describeStopped(await listRunningCommands(join(places.agent, 'executor'))));
}

interface QuickstartFlags {
  readonly dataDir: string;
  readonly port?: string;
  readonly consolePort?: string;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw fail('E_USAGE', { detail: 'The port must be a whole number from 1 to 65535.' });
}

/** Adds the command to the program. */
export function registerQuickstart(program: Command): void {
  program
    .command('quickstart')
    .summary('server, database and this machine\u2019s agent in one command')
    .description(
      'Starts a control server with its own database, enrolls this machine, and shows it live. Ctrl-C stops all of it, but no command that is being carried out.',
    )
    .option('--data-dir <folder>', 'where everything is kept', '.muster')
    .option(
      '--port <number>',
      'port of the server on 127.0.0.1; without it that of the last start, else 8443',
    )
    .option(
      '--console-port <number>',
      'port of the console for browsers on this machine; without it that of the last start, else the first free one behind the server\u2019s',
    )
    .action(async ({ dataDir, port, consolePort }: QuickstartFlags) => {
      const ports = {
        ...(port === undefined ? {} : { port: parsePort(port) }),
        ...(consolePort === undefined ? {} : { consolePort: parsePort(consolePort) }),
      };
      await runQuickstart({ dataDir, ports, output: process.stdout, env: process.env });
    });
}
