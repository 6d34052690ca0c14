// The two database clients of a process: one for admin queries through drizzle, one raw for batches.
import { availableParallelism } from 'node:os';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Options, type PostgresType, type Sql } from 'postgres';
import { DB_CONNECT_MS, DB_STATEMENT_MS } from '../../timing.ts';
import type { DatabaseAddress } from './address.ts';
import { createLanes } from './lanes.ts';
import type { RawSql } from './raw-sql.ts';
import { createSockets, type Sockets } from './sockets.ts';
import { createStatements } from './statements.ts';
import { useLanes } from './transaction.ts';
import { installTypes, rawTypes } from './wire-types.ts';

export type { RawSql, RawTransaction } from './raw-sql.ts';

/** Query builder over the admin client. */
export type AdminDb = PostgresJsDatabase;

/** Both clients and what is known about them. */
export interface Pool {
  /** For batches and hot reads. Never take a second connection inside a transaction: the pool may be one. */
  readonly sql: RawSql;
  /** For admin queries. Its client reads dates and json as text; drizzle converts them by column. */
  readonly db: AdminDb;
  /** Statements sent since start, both clients, transaction control included, health probes not. */
  statements(): number;
  /** From here on statements are refused while this says true. */
  watchAway(isAway: () => boolean): void;
  /** Cuts every socket, so that queries waiting on a dead peer fail as CONNECTION_CLOSED. */
  cut(): void;
  /** Sockets on which nothing has come back for so long since something was sent. Those with TLS are not seen. */
  countUnanswered(ms: number): number;
  /** Cuts those. */
  cutUnanswered(ms: number): void;
  /** Lets running queries finish for that long, then ends them. */
  close(timeoutMs: number): Promise<void>;
}

export interface PoolOptions {
  readonly address: DatabaseAddress;
  /** What the sessions are called in the database, 63 bytes at most. */
  readonly name?: string;
  /** Connections together; default and most: twice the cores. Raw statements, admin queries and transactions have one at least. */
  readonly max?: number;
  readonly onNotice?: (message: string) => void;
}

/** How many connections each has of so many; one at least. */
function shareOut(total: number): { raw: number; admin: number; transactions: number } {
  const raw = Math.max(1, Math.floor(total / 2));
  const admin = Math.max(1, Math.floor(total / 4));
  return { raw, admin, transactions: Math.max(1, total - raw - admin) };
}

/** Makes the clients; nothing is connected before the first query. */
export function createPool(options: PoolOptions): Pool {
  const total = Math.min(options.max ?? Number.POSITIVE_INFINITY, 2 * availableParallelism());
  const sockets = createSockets();
  let statements = 0;
  let isAway: () => boolean = () => false;
  const counted = () => {
    statements += 1;
  };
  const onnotice = (notice: { message?: string }) => options.onNotice?.(notice.message ?? '');
  const shared = { ...clientOptions(options), max: 1, onnotice };
  function openRaw(open: Sockets['open'], debug?: () => void): RawSql {
    const all = { ...shared, types: rawTypes, ...(debug === undefined ? {} : { debug }) };
    const client: RawSql = openClient({ ...options, open }, all);
    installTypes(client.options);
    return client;
  }
  const openAdmin = (open: Sockets['open']): Sql => openClient({ ...options, open }, shared);

  const share = shareOut(total);
  const common = { sockets, isAway: () => isAway() };
  const rawLanes = createLanes<RawSql>({ ...common, count: share.raw, open: (open) => openRaw(open) });
  const transactionLanes = createLanes<RawSql>({
    ...common,
    count: share.transactions,
    open: (open) => openRaw(open, counted),
  });
  const adminWriter = openAdmin(neverOpen);
  const adminLanes = createLanes<Sql>({
    ...common,
    count: share.admin,
    open(open) {
      const client = openAdmin(open);
      // drizzle sets its own on the client that it is given.
      Object.assign(client.options.parsers, adminWriter.options.parsers);
      Object.assign(client.options.serializers, adminWriter.options.serializers);
      return client;
    },
  });
  const sql = createStatements(openRaw(neverOpen), rawLanes, counted);
  useLanes(sql, transactionLanes);
  return {
    sql,
    db: drizzle(createStatements(adminWriter, adminLanes, counted)),
    statements: () => statements,
    watchAway(ask) {
      isAway = ask;
    },
    cut: () => sockets.cut(),
    countUnanswered: (ms) => sockets.unanswered(ms).length,
    cutUnanswered(ms) {
      for (const socket of sockets.unanswered(ms)) socket.destroy();
    },
    async close(timeoutMs) {
      await Promise.all([rawLanes, transactionLanes, adminLanes].map((lanes) => lanes.close(timeoutMs)));
      // A peer that hangs would keep its half-closed sockets, and with them this process.
      sockets.cut();
    },
  };
}

/** The clients that only write statements. */
function neverOpen(): never {
  throw new Error('this client does not connect');
}

/** A single connection and the means to break it. */
export interface Connection {
  readonly sql: Sql;
  /** Closes the socket at once: a statement under way fails, and the server rolls back. */
  cut(): void;
}

/** One connection of its own, for tools; it is opened by the first query. */
export function openConnection(address: DatabaseAddress, name?: string): Connection {
  const sockets = createSockets();
  const place = name === undefined ? { address } : { address, name };
  const sql: Sql = openClient({ address, open: sockets.open }, { ...clientOptions(place), max: 1 });
  installTypes(sql.options);
  return { sql, cut: () => sockets.cut() };
}

/** The same for those who only ask. */
export function openSingle(address: DatabaseAddress): Sql {
  return openConnection(address).sql;
}

interface ClientPlace {
  readonly address: DatabaseAddress;
  readonly open: Sockets['open'];
}

function openClient<T extends Record<string, PostgresType>>(place: ClientPlace, options: Options<T>) {
  const { address, open } = place;
  const all = { ...options, socket: open };
  if (address.kind === 'socket') return postgres(all);
  const { url, host } = splitSocketHost(address.url);
  return postgres(url, host === undefined ? all : { ...all, host });
}

/** The client does not know the two ways in which a URL names a socket folder: `?host=/run` and `//%2Frun/`. */
function splitSocketHost(text: string): { url: string; host: string | undefined } {
  const url = new URL(text);
  const named = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  if (!named.startsWith('/')) return { url: text, host: undefined };
  url.searchParams.delete('host');
  url.hostname = 'socket';
  return { url: url.href, host: named };
}

function clientOptions({ address, name = 'muster' }: Pick<PoolOptions, 'address' | 'name'>) {
  const base = {
    connect_timeout: DB_CONNECT_MS / 1000,
    // It would ask for the types of arrays at each connection, and end the process when that is lost (postgres 3.4.9,
    // src/connection.js, fetchArrayTypes: nobody hears of the failure). Those that are used are known here: see wire-types.ts.
    fetch_types: false,
    connection: {
      application_name: name,
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      statement_timeout: DB_STATEMENT_MS,
    },
  };
  if (address.kind === 'url') return base;
  return {
    ...base,
    host: address.folder,
    port: address.port,
    user: address.user,
    database: address.database,
  };
}
