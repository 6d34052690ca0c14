#!/usr/bin/env node
// The server's program: runs the server, or does what only the host may do (tokens, setup links, first trust document, backups).
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMusterError } from '@muster/protocol';
import { startServer } from './app.ts';
import { loadConfig, type ServerConfig } from './config.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { createLogger, type Logger } from './core/log.ts';
import { createEndWatch } from './core/stopping.ts';
import { fail } from './errors.ts';
import { backupHost, restoreHost } from './host-database.ts';
import { placeHostGenesis, prepareHost } from './host-genesis.ts';
import { makeHostSetupLink } from './host-setup.ts';
import { makeHostToken, revokeHostToken } from './host-token.ts';
import { startSupervisor } from './supervisor/supervisor.ts';
import { runWorker } from './supervisor/worker.ts';
import { SERVER_STOP_MS } from './timing.ts';

const USAGE = `Run the server of a small fleet on this machine:

  muster-server run --data-dir /var/lib/muster

Commands
  run                     run the server until it is told to stop; muster-server alone does the same
                          (--data-dir DIR: where its data lies; without it in .muster of the present folder)
                          (--workers N or auto: so many processes behind the one port, for large fleets)
  token --name NAME       make an API token with all permissions and print it (--days N, default 365)
                          (--person NAME: whose it is; without it the first signer's)
  token --revoke ID       end a token, given by its text or the 26 characters after mat1.
  setup-link              print a link by which the first person sets up sign-in to the console, once within an hour
                          (--person NAME: somebody else, also one who has lost everything to sign in with)
  init                    before the first run: make the server's own keys and print what muster init needs elsewhere
  init --genesis FILE     hand in the first trust document that muster init made; without it the first run is a quick start
  db backup FILE          write all tables of the running server into one file; keep the folders keys/ and tls/ beside it
  db restore FILE         restore such a file into a data folder without a database, or into an empty database

Settings stand in docs/configuration.md: as flags, as variables MUSTER_…, or in <dataDir>/config.json.
Exit codes: 0 done, 1 failed, 2 the command line or the configuration is not valid.
`;

/** What a supervisor starts; not for people. */
const WORKER_COMMAND = 'worker';

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function readConfig(argv: readonly string[]): ServerConfig {
  return loadConfig({ argv, env: process.env, folder: process.cwd(), readFile });
}

/**
 * Resolves when the server is told to stop: SIGINT, SIGTERM, or, with MUSTER_UNTIL_STDIN_ENDS=1, the end of its
 * input, which comes even when the program that started it was killed. Signals after the first change nothing:
 * a server that ends before it has drained leaves its database running.
 */
function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, resolve);
    if (process.env.MUSTER_UNTIL_STDIN_ENDS !== '1') return;
    const { stdin } = process;
    for (const name of ['end', 'close', 'error'] as const) stdin.once(name, () => resolve('end of input'));
    stdin.resume();
    // A file or device as input has no such thing; it would not keep the process alive either.
    stdin.unref?.();
  });
}

/** Runs a server to its end; answers its exit code. */
async function run(argv: readonly string[]): Promise<number> {
  const config = readConfig(argv);
  const log = createLogger({ level: config.logLevel });
  const watch = createEndWatch(log);
  // Before anything is started, so that being told during the start stops in good order too.
  const told = untilSignal();
  void told.then(() => watch.begin(SERVER_STOP_MS));
  const deps = { clock: systemClock, log, told, doing: watch.doing };
  const left = await (config.workers > 1 ? runWorkers(config, deps) : runAlone(config, deps));
  watch.stopped();
  return left.length === 0 ? 0 : 1;
}

/** What a server is run with. */
interface RunDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly told: Promise<string>;
  doing(what: string): void;
}

/** One process; answers what of it did not stop. */
async function runAlone(config: ServerConfig, deps: RunDeps): Promise<readonly string[]> {
  const server = await startServer(config, deps);
  deps.log.info({ signal: await deps.told }, 'stopping');
  await server.stop();
  return server.left();
}

/** The same with several processes, of which this one only keeps the others running. */
async function runWorkers(config: ServerConfig, deps: RunDeps): Promise<readonly string[]> {
  const program = { path: fileURLToPath(import.meta.url), args: [WORKER_COMMAND] };
  const server = await startSupervisor(config, { ...deps, program });
  deps.log.info({ signal: await Promise.race([deps.told, server.failed]) }, 'stopping');
  return server.stop();
}

/** Flags of `token`, `setup-link` and `init`; the rest of the arguments are settings. */
function readOwnFlags(argv: readonly string[]): { own: ReadonlyMap<string, string>; rest: string[] } {
  const own = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const flag = argv[at] ?? '';
    if (['--name', '--days', '--revoke', '--person', '--genesis'].includes(flag))
      own.set(flag, argv[++at] ?? '');
    else rest.push(flag);
  }
  return { own, rest };
}

/** Makes a token, or ends one. */
async function token(argv: readonly string[]): Promise<void> {
  const { own, rest } = readOwnFlags(argv);
  const ended = own.get('--revoke');
  if (ended !== undefined) {
    await revokeHostToken(readConfig(rest), ended);
    process.stdout.write('Token revoked.\n');
    return;
  }
  const name = own.get('--name') ?? '';
  const days = Number(own.get('--days') ?? '365');
  if (name === '' || !Number.isInteger(days) || days < 1 || days > 3650) {
    throw fail('E_CONFIG', {
      detail: 'A token needs --name, and --days must be a whole number from 1 to 3650.',
    });
  }
  process.stdout.write(
    `${await makeHostToken(readConfig(rest), { name, days, person: own.get('--person') ?? null })}\n`,
  );
}

/** Prints a setup link; alone on standard output, so that it can be piped. */
async function setupLink(argv: readonly string[]): Promise<void> {
  const { own, rest } = readOwnFlags(argv);
  const { url, expiresAt } = await makeHostSetupLink(readConfig(rest), own.get('--person') ?? null);
  process.stderr.write(`Good once, until ${expiresAt}; a further link ends this one.\n`);
  process.stdout.write(`${url}\n`);
}

/** `init`: what muster init needs to know on standard output; `init --genesis FILE`: its answer. */
async function init(argv: readonly string[]): Promise<void> {
  const { own, rest } = readOwnFlags(argv);
  const config = readConfig(rest);
  const file = own.get('--genesis');
  if (file === undefined) {
    process.stdout.write(`${JSON.stringify(await prepareHost(config))}\n`);
    return;
  }
  const text = readFile(file);
  if (text === undefined) throw fail('E_CONFIG', { detail: `There is no file ${file}.` });
  const { document, hash } = await placeHostGenesis(config, text);
  process.stdout.write(`The first run takes this trust document: mode ${document.mode}, hash ${hash}\n`);
}

/** `db backup FILE` and `db restore FILE`; further arguments are settings. */
async function database([act, path, ...rest]: readonly string[]): Promise<void> {
  if ((act !== 'backup' && act !== 'restore') || path === undefined || path.startsWith('--')) {
    throw fail('E_CONFIG', {
      detail: 'Say db backup FILE or db restore FILE; muster-server --help shows more.',
    });
  }
  const config = readConfig(rest);
  if (act === 'backup') {
    const { tables, rows } = await backupHost(config, path);
    process.stdout.write(`${tables} tables with ${rows} rows written to ${path}\n`);
  } else {
    await restoreHost(config, path);
    process.stdout.write(
      `Restored from ${path}; put the folders keys/ and tls/ of the same backup into the data folder.\n`,
    );
  }
}

/** By name; one that answers with a number has an exit code of its own. */
const commands: ReadonlyMap<string, (argv: readonly string[]) => Promise<unknown>> = new Map<
  string,
  (argv: readonly string[]) => Promise<unknown>
>([
  ['run', run],
  ['token', token],
  ['setup-link', setupLink],
  ['init', init],
  ['db', database],
]);

async function main([command = 'run', ...argv]: readonly string[]): Promise<number> {
  if (command === 'help' || [command, ...argv].some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    if (command === WORKER_COMMAND && cluster.isWorker) return await runWorker();
    const work = commands.get(command);
    if (!work)
      throw fail('E_CONFIG', { detail: `There is no command ${command}; muster-server --help shows them.` });
    const code = await work(argv);
    return typeof code === 'number' ? code : 0;
  } catch (error) {
    if (!isMusterError(error)) throw error;
    process.stderr.write(`${error.message} (${error.code})\n`);
    return error.code === 'E_CONFIG' ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
// What a start that failed, or a stop, has left behind ends with the process.
if (process.exitCode !== 0) process.exit();
