// Gives a test file a database of its own on a real PostgreSQL, migrated and empty.
import { type DatabaseAddress, parseAddress, withDatabase } from '../db/address.ts';
import { createPool, type Pool } from '../db/pool.ts';
import { watchNesting } from '../db/transaction.ts';
import {
  createDatabase,
  dropDatabase,
  migrateDatabase,
  nameDatabase,
  startTestServer,
  TEST_OUTSIDE,
  TEST_SERVER,
  TEST_TEMPLATE,
  type TestServer,
} from './postgres-for-tests.ts';

/** What is needed of a test: tap's `t` fits. */
export interface TestLike {
  teardown(work: () => Promise<void>): unknown;
}

/** A database of the test. Its clients have one connection each, and a statement that goes past its transaction fails. */
export interface TestDatabase extends Pool {
  readonly address: DatabaseAddress;
}

export interface TestDatabaseOptions {
  /** `migrated` (default) or without any table. */
  readonly content?: 'migrated' | 'empty';
  /** Connections of both clients together; default 2, one each. */
  readonly max?: number;
}

/**
 * Makes a database and drops it when the test ends. Runs on the server the runner started, on the one of
 * MUSTER_TEST_DATABASE_URL, or, for a file run alone, on a server of its own that ends with the process.
 */
export async function openTestDatabase(
  t: TestLike,
  options: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const server = await findServer();
  const name = nameDatabase('file');
  const address = withDatabase(server, name);
  watchNesting();
  const pool = createPool({ address, max: options.max ?? 2 });
  t.teardown(async () => {
    await pool.close(1_000);
    await dropDatabase(server, name);
  });
  const template = process.env[TEST_TEMPLATE];
  const isMigrated = options.content !== 'empty';
  await createDatabase(server, name, isMigrated ? template : undefined);
  if (isMigrated && !template) await migrateDatabase(address);
  return { ...pool, address };
}

let ownServer: Promise<TestServer> | undefined;

/** A server of one's own serves the whole file; its lifeline ends it with this process. */
async function findServer(): Promise<DatabaseAddress> {
  const given = process.env[TEST_SERVER] ?? process.env[TEST_OUTSIDE];
  if (given) return parseAddress(given);
  ownServer ??= startTestServer();
  return (await ownServer).address;
}
