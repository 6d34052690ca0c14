#!/usr/bin/env node
// The server's program: runs the server, or does what only the host may do (tokens).
import { readFileSync } from 'node:fs';
import { isMusterError } from '@muster/protocol';
import { startServer } from './app.ts';
import { loadConfig, type ServerConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { createLogger } from './core/log.ts';
import { fail } from './errors.ts';
import { makeHostToken } from './host-token.ts';

const USAGE = `Run the server of a small fleet on this machine:

  muster-server run --data-dir /var/lib/muster

Commands
  run                     run the server until it is told to stop
  token --name NAME       make an API token with all permissions and print it (--days N, default 365)

Settings stand in docs/configuration.md: as flags, as variables MUSTER_…, or in <dataDir>/config.json.
Exit codes: 0 done, 1 failed, 2 the command line or the configuration is not valid.
`;

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

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve);
  });
}

async function run(argv: readonly string[]): Promise<void> {
  const config = readConfig(argv);
  const log = createLogger({ level: config.logLevel });
  const server = await startServer(config, { clock: systemClock, log });
  log.info({ signal: await untilSignal() }, 'stopping');
  await server.stop();
}

/** Takes `--name NAME` and `--days N` out of the arguments; the rest are settings. */
async function token(argv: readonly string[]): Promise<void> {
  const rest: string[] = [];
  const own = new Map<string, string>();
  for (let at = 0; at < argv.length; at++) {
    const flag = argv[at] ?? '';
    if (flag === '--name' || flag === '--days') own.set(flag, argv[++at] ?? '');
    else rest.push(flag);
  }
  const name = own.get('--name') ?? '';
  const days = Number(own.get('--days') ?? '365');
  if (name === '' || !Number.isInteger(days) || days < 1 || days > 3650) {
    throw fail('E_CONFIG', {
      detail: 'A token needs --name, and --days must be a whole number from 1 to 3650.',
    });
  }
  process.stdout.write(`${await makeHostToken(readConfig(rest), { name, days })}\n`);
}

async function main([command = 'run', ...argv]: readonly string[]): Promise<number> {
  if (command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    if (command === 'run') await run(argv);
    else if (command === 'token') await token(argv);
    else
      throw fail('E_CONFIG', { detail: `There is no command ${command}; muster-server --help shows them.` });
    return 0;
  } catch (error) {
    if (!isMusterError(error)) throw error;
    process.stderr.write(`${error.message} (${error.code})\n`);
    return error.code === 'E_CONFIG' ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
