// A throw-away PostgreSQL for tests: without fsync, below the temporary folder, gone with the process that started it.
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import { startWithLifeline } from '../../platform/postgres.ts';
import { POSTGRES_READY_MS } from '../../timing.ts';
import { systemClock } from '../clock.ts';
import { type DatabaseAddress, formatAddress, parseAddress, withDatabase } from '../db/address.ts';
import { initializeCluster, writeSettings } from '../db/initialize.ts';
import { migrate, readMigrations } from '../db/migrate.ts';
import { createPool, openSingle } from '../db/pool.ts';
import {
  giveTo,
  type PostgresFolder,
  preparePostgresFolder,
  removeSocketFolder,
} from '../db/postgres-folder.ts';
import { EMBEDDED_PORT, EMBEDDED_USER } from '../db/postgres-settings.ts';
import { waitUntilReady } from '../db/postmaster.ts';

/** Names of the variables by which test files find what the runner started. */
export const TEST_SERVER = 'MUSTER_TEST_POSTGRES';
export const TEST_TEMPLATE = 'MUSTER_TEST_TEMPLATE';
/** Set by a person: run the tests against this server (its user must be allowed to create databases). */
export const TEST_OUTSIDE = 'MUSTER_TEST_DATABASE_URL';

/** A server for tests. */
export interface TestServer {
  /** Its maintenance database. */
  readonly address: DatabaseAddress;
  stop(): Promise<void>;
}

/** What the test runner hands to the test files. */
export interface TestRun {
  /** Environment variables for every test file. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes everything again; call it when the last file has ended. */
  stop(): Promise<void>;
}

/**
 * For the test runner: one server and one migrated template database for all test files. With
 * MUSTER_TEST_DATABASE_URL in `env` that server is used instead of an own one.
 */
export async function startTestRun(env: NodeJS.ProcessEnv = process.env): Promise<TestRun> {
  const outside = env[TEST_OUTSIDE];
  const server: TestServer = outside
    ? { address: parseAddress(outside), stop: async () => undefined }
    : await startTestServer();
  const template = nameDatabase('template');
  const stop = async () => {
    await dropDatabase(server.address, template);
    await server.stop();
  };
  try {
    await createDatabase(server.address, template);
    await migrateDatabase(withDatabase(server.address, template));
  } catch (error) {
    await stop();
    throw error;
  }
  return { env: { [TEST_SERVER]: formatAddress(server.address), [TEST_TEMPLATE]: template }, stop };
}

/** Starts one server of its own. It ends with this process, even after a kill -9. */
export async function startTestServer(): Promise<TestServer> {
  const temporary = await mkdtemp(join(tmpdir(), 'muster-pg-'));
  const folder = await preparePostgresFolder(temporary);
  // The lifeline runs as PostgreSQL's account and must be able to remove these.
  await giveTo(temporary, folder.account);
  await giveTo(folder.root, folder.account);
  await initializeCluster(folder, 'test');
  await writeSettings(folder, 'test');
  const child = await startServer(folder, temporary);
  const stop = async () => {
    child.release();
    await child.ended;
    await removeSocketFolder(folder);
    await rm(folder.root, { recursive: true, force: true });
    await rm(temporary, { recursive: true, force: true });
  };
  const isReady = await waitUntilReady(folder.dataFolder, () => true, {
    clock: systemClock,
    waitMs: POSTGRES_READY_MS,
    isOver: () => false,
  });
  if (!isReady) {
    await stop();
    throw fail('E_DATABASE_START');
  }
  return {
    address: {
      kind: 'socket',
      folder: folder.socketFolder,
      port: EMBEDDED_PORT,
      user: EMBEDDED_USER,
      database: 'postgres',
    },
    stop,
  };
}

async function startServer(folder: PostgresFolder, temporary: string) {
  const logFile = await open(folder.logPath, 'a', 0o600);
  try {
    return await startWithLifeline(
      { program: folder.postgres, dataFolder: folder.dataFolder, removeFolder: temporary },
      { identity: folder.account, folder: folder.root, logFd: logFile.fd },
    );
  } finally {
    await logFile.close();
  }
}

/** A name nobody else uses, also on a shared outside server. */
export function nameDatabase(purpose: string): string {
  return `muster_test_${purpose}_${randomBytes(6).toString('hex')}`;
}

/** Makes a database, empty or as a copy of a template. */
export async function createDatabase(
  server: DatabaseAddress,
  name: string,
  template = 'template0',
): Promise<void> {
  await withServer(server, async (sql) => {
    await sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(template)} ENCODING 'UTF8'`;
  });
}

/** Drops a database whoever still uses it. */
export async function dropDatabase(server: DatabaseAddress, name: string): Promise<void> {
  await withServer(server, async (sql) => {
    await sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`;
  });
}

async function withServer(
  server: DatabaseAddress,
  work: (sql: ReturnType<typeof openSingle>) => Promise<void>,
) {
  const sql = openSingle(server);
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Brings a database to the newest version. */
export async function migrateDatabase(address: DatabaseAddress): Promise<void> {
  const pool = createPool({ address, max: 1 });
  try {
    await migrate(pool.sql, await readMigrations());
  } finally {
    await pool.close(1_000);
  }
}
