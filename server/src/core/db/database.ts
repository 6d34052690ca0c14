// Opens the database of a server process: embedded or outside, migrated, watched, and closed again.
import { randomBytes } from 'node:crypto';
import { fail } from '../../errors.ts';
import { DB_CLOSE_MS, DB_LOST_MS, DB_OPEN_MS, DB_PROBE_DOWN_MS } from '../../timing.ts';
import { type Clock, sleep } from '../clock.ts';
import { acquireDataLock } from '../data-lock.ts';
import type { Logger } from '../log.ts';
import { type DatabaseAddress, withDatabase } from './address.ts';
import { createEmbeddedPostgres } from './embedded.ts';
import { isPassing } from './failures.ts';
import { cutLost, endOldSessions, nameSessions } from './fence.ts';
import { createHealth, type Health } from './health.ts';
import { migrate, readMigrations } from './migrate.ts';
import { type AdminDb, createPool, openConnection, type Pool, type RawSql } from './pool.ts';
import { EMBEDDED_DATABASE } from './postgres-settings.ts';

/** Oldest PostgreSQL an outside server may be; the tests run on 15 and on the embedded one. */
const OLDEST_VERSION_NUM = 150_000;

/** An open database. */
export interface Database {
  /** Raw client, for batches and hot reads. */
  readonly sql: RawSql;
  /** drizzle, for admin queries. */
  readonly db: AdminDb;
  readonly address: DatabaseAddress;
  readonly health: Pick<Health, 'state' | 'isAway' | 'onChange' | 'suspect'>;
  /** Statements sent since start, for tests and the metrics page. */
  statements(): number;
  /** Ends all clients, then the embedded PostgreSQL if there is one. Call it last. */
  stop(): Promise<void>;
}

/** What the clients of a process need. */
export interface ClientOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Id of this process if it is one, new with each start: by it another ends its sessions when it has ended. */
  readonly gateway?: string;
  /** Connections in all; default twice the cores. */
  readonly poolMax?: number;
}

export interface DatabaseOptions extends ClientOptions {
  readonly dataDir: string;
  /** An outside server; without it the embedded one is started. */
  readonly databaseUrl: string | undefined;
  readonly migrationsFolder?: string;
}

/** A database server that answers: the embedded one, started, or the admin's own. */
export interface Engine {
  readonly address: DatabaseAddress;
  stop(): Promise<void>;
}

/**
 * Opens and migrates. Throws E_DATA_LOCKED, E_DATA_PATH, E_NO_DATABASE, E_DATABASE_START, E_DATABASE_URL,
 * E_DATABASE_VERSION, E_DATABASE_NEWER, E_MIGRATION or E_UNAVAILABLE; nothing is left running then.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return openClients(await openEngine(options), options, (sql) => migrateLogged(sql, options));
}

/** Opens and migrates for other processes: {@link attachDatabase} is theirs. Throws as {@link openDatabase} does. */
export async function prepareDatabase(options: DatabaseOptions): Promise<Engine> {
  const engine = await openEngine(options);
  const pool = createPool({ address: engine.address, max: 1 });
  try {
    await migrateLogged(pool.sql, options);
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  } finally {
    await pool.close(DB_CLOSE_MS);
  }
}

async function migrateLogged(sql: RawSql, { log, migrationsFolder }: DatabaseOptions): Promise<void> {
  const applied = await migrate(sql, await readMigrations(migrationsFolder));
  if (applied.length > 0)
    log.info({ versions: applied.map(({ version }) => version) }, 'migrated the database');
}

/** The clients of a process whose supervisor holds the data folder and has started and migrated the database. */
export function attachDatabase(options: ClientOptions & Pick<Engine, 'address'>): Promise<Database> {
  const engine = { address: options.address, stop: async () => undefined };
  return openClients(engine, options, async () => undefined);
}

/** Clients and their watcher; on a failure the engine is stopped too. */
async function openClients(
  engine: Engine,
  { clock, log, poolMax, gateway }: ClientOptions,
  prepare: (sql: RawSql) => Promise<void>,
): Promise<Database> {
  const { address } = engine;
  // Of this process and start only: its sessions are told apart from those of others.
  const name = gateway === undefined ? `muster ${randomBytes(8).toString('hex')}` : nameSessions(gateway);
  const pool = createPool({
    address,
    name,
    ...(poolMax === undefined ? {} : { max: poolMax }),
    onNotice: (notice) => log.debug({ notice }, 'the database says'),
  });
  const health = createHealth({
    clock,
    open: () => openConnection(address, name),
    giveUp: () => pool.cut(),
    async returned(sql) {
      if (!(await endOldSessions(sql, [name]))) return false;
      pool.cut();
      return true;
    },
    lookAfter: (sql) => cutLost(pool, sql, name),
    isUneasy: () => pool.countUnanswered(DB_LOST_MS) > 0,
  });
  pool.watchAway(() => health.isAway());
  health.onChange((state) => log.info({ state }, 'the database changed its state'));
  const stop = async () => {
    await health.stop();
    await pool.close(DB_CLOSE_MS);
    await engine.stop();
  };
  try {
    await prepare(pool.sql);
    await health.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return describe(pool, health, { address, stop });
}

/** Starts or finds the database server without touching what is in it; for restoring. Throws as {@link openDatabase} does. */
export function openEngine(options: DatabaseOptions): Promise<Engine> {
  return options.databaseUrl ? useOutside(options, options.databaseUrl) : startEmbedded(options);
}

function describe(pool: Pool, health: Health, engine: Engine): Database {
  return {
    sql: pool.sql,
    db: pool.db,
    address: engine.address,
    health,
    statements: pool.statements,
    stop: engine.stop,
  };
}

async function startEmbedded(options: DatabaseOptions): Promise<Engine> {
  const embedded = createEmbeddedPostgres(options);
  const maintenance = await embedded.start();
  const stop = () => embedded.stop();
  try {
    await ensureDatabase(maintenance, EMBEDDED_DATABASE);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address: withDatabase(maintenance, EMBEDDED_DATABASE), stop };
}

async function ensureDatabase(maintenance: DatabaseAddress, name: string): Promise<void> {
  const { sql, cut } = openConnection(maintenance);
  try {
    const found = await sql`SELECT 1 FROM pg_database WHERE datname = ${name}`;
    if (found.length === 0) await sql`CREATE DATABASE ${sql(name)}`;
  } finally {
    await sql.end({ timeout: 1 });
    // A peer that hangs would keep the half-closed socket, and with it this process.
    cut();
  }
}

/** Waits for the admin's own server and checks that it will do. */
async function useOutside(options: DatabaseOptions, url: string): Promise<Engine> {
  const address: DatabaseAddress = { kind: 'url', url };
  const lock = await acquireDataLock(options.dataDir);
  try {
    await waitForServer(address, options);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return { address, stop: () => lock.release() };
}

async function waitForServer(address: DatabaseAddress, options: DatabaseOptions): Promise<void> {
  const { clock, log } = options;
  const untilMs = clock.monotonic() + DB_OPEN_MS;
  for (;;) {
    try {
      return await checkServer(address);
    } catch (cause) {
      if (!isPassing(cause)) throw refuse(cause);
      if (clock.monotonic() > untilMs) {
        throw fail('E_UNAVAILABLE', { cause, detail: 'The database named by DATABASE_URL does not answer.' });
      }
      log.warn({ err: cause }, 'waiting for the database');
      await sleep(clock, DB_PROBE_DOWN_MS);
    }
  }
}

function refuse(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  return fail('E_DATABASE_URL', {
    cause,
    detail: `The database named by DATABASE_URL cannot be used: ${cause.message}.`,
  });
}

async function checkServer(address: DatabaseAddress): Promise<void> {
  const { sql, cut } = openConnection(address);
  try {
    const [row] = await sql<{ version: number; encoding: string }[]>`
      SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding`;
    if (!row || row.version < OLDEST_VERSION_NUM) throw new Error('it is older than PostgreSQL 15');
    if (row.encoding !== 'UTF8') throw new Error(`its encoding is ${row.encoding}, not UTF8`);
  } finally {
    await sql.end({ timeout: 1 });
    cut();
  }
}
