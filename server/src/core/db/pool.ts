// The two database clients of a process: one for admin queries through drizzle, one raw for batches.
import { connect, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Options, type PostgresType, type Sql } from 'postgres';
import { DB_CONNECT_MS, DB_STATEMENT_MS } from '../../timing.ts';
import type { DatabaseAddress } from './address.ts';
import { installTypes, rawTypes } from './wire-types.ts';

/** The raw client: tagged templates, arrays as typed parameters. */
export type RawSql = Sql<{ int8: number | bigint }>;
/** The raw client inside a transaction, on one connection (see transaction.ts). */
export type RawTransaction = RawSql;
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
  /** Cuts every socket, so that queries waiting on a dead peer fail as CONNECTION_CLOSED. */
  cut(): void;
  /** Lets running queries finish for that long, then ends them. */
  close(timeoutMs: number): Promise<void>;
}

export interface PoolOptions {
  readonly address: DatabaseAddress;
  /** Connections of both clients together; default and most: twice the cores. 1 gives each client one. */
  readonly max?: number;
  readonly onNotice?: (message: string) => void;
}

/** Makes the clients; nothing is connected before the first query. */
export function createPool(options: PoolOptions): Pool {
  const total = Math.min(options.max ?? Number.POSITIVE_INFINITY, 2 * availableParallelism());
  const each = Math.max(1, Math.floor(total / 2));
  const sockets = new Set<Socket>();
  let statements = 0;
  const shared = {
    ...clientOptions(options.address),
    max: each,
    debug: () => {
      statements += 1;
    },
    onnotice: (notice: { message?: string }) => options.onNotice?.(notice.message ?? ''),
  };
  const sql: RawSql = openClient({ ...options, sockets }, { ...shared, types: rawTypes });
  installTypes(sql.options);
  const adminSql: Sql = openClient({ ...options, sockets }, { ...shared });
  return {
    sql,
    db: drizzle(adminSql),
    statements: () => statements,
    cut: () => cutAll(sockets),
    async close(timeoutMs) {
      await Promise.all([
        sql.end({ timeout: timeoutMs / 1000 }),
        adminSql.end({ timeout: timeoutMs / 1000 }),
      ]);
      // A peer that hangs would keep its half-closed sockets, and with them this process.
      cutAll(sockets);
    },
  };
}

/** A single connection and the means to break it. */
export interface Connection {
  readonly sql: Sql;
  /** Closes the socket at once: a statement under way fails, and the server rolls back. */
  cut(): void;
}

/** One connection of its own, for tools; it is opened by the first query. */
export function openConnection(address: DatabaseAddress): Connection {
  const sockets = new Set<Socket>();
  const sql: Sql = openClient({ address, sockets }, { ...clientOptions(address), max: 1 });
  return { sql, cut: () => cutAll(sockets) };
}

function cutAll(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) socket.destroy();
}

/** The same for those who only ask. */
export function openSingle(address: DatabaseAddress): Sql {
  return openConnection(address).sql;
}

interface ClientPlace {
  readonly address: DatabaseAddress;
  readonly sockets: Set<Socket>;
}

function openClient<T extends Record<string, PostgresType>>(place: ClientPlace, options: Options<T>) {
  const { address, sockets } = place;
  const all = { ...options, socket: createSocketFactory(sockets) };
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

function clientOptions(address: DatabaseAddress) {
  const base = {
    connect_timeout: DB_CONNECT_MS / 1000,
    // The default grows to 20 s; recovery must be seen within 10.
    backoff: (attempt: number) => Math.min(1, 0.05 * 2 ** attempt),
    // Few statements wait behind a slow one while another connection turns free; 0 breaks transactions.
    max_pipeline: 1,
    connection: {
      application_name: 'muster',
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

/** Opens the sockets itself, to be able to cut them; several hosts of one URL are tried in turn. */
function createSocketFactory(sockets: Set<Socket>) {
  let attempt = 0;
  return (target: { path?: string | false; host: string[]; port: number[] }): Socket => {
    const turn = attempt % target.host.length;
    attempt += 1;
    const host = target.host[turn] ?? 'localhost';
    const socket = target.path
      ? connect({ path: target.path })
      : connect({ host, port: target.port[turn] ?? 5432, noDelay: true });
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // The client reads the name from here to check the certificate.
    return Object.assign(socket, { host });
  };
}
