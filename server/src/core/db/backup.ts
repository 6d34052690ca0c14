// Writes the whole database as one gzipped SQL file that any PostgreSQL restores with `zcat file | psql`.
//
// The embedded PostgreSQL brings no pg_dump. The file holds the migrations that were applied, the partitions there
// are, and every table by COPY, all in one transaction and from one snapshot.
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { TransactionSql } from 'postgres';
import { fail } from '../../errors.ts';
import type { DatabaseAddress } from './address.ts';
import { isPassing } from './failures.ts';
import { createMigrationTable, type Migration } from './migrate.ts';
import { openConnection } from './pool.ts';

/** Rows fetched at a time. */
const BATCH_ROWS = 500;

/** First line of every backup. */
export const BACKUP_HEADER = '-- Muster backup, format 1';

/** What was written. */
export interface BackupReport {
  readonly tables: number;
  readonly rows: number;
}

/** A table of the public schema; partitions come with their parent. */
interface Table {
  readonly oid: number;
  readonly name: string;
  readonly columns: string[];
}

/** Where text goes, with back pressure and a checksum. */
interface Sink {
  readonly stream: Writable;
  readonly hash: Hash;
}

/**
 * Writes the backup to `path` (mode 0600), replacing it only when complete. Writers are not blocked. Throws
 * E_BACKUP, E_UNAVAILABLE.
 */
export async function backupDatabase(
  address: DatabaseAddress,
  path: string,
  migrations: readonly Migration[],
): Promise<BackupReport> {
  const { sql, cut } = openConnection(address);
  const draft = `${path}.part`;
  let fault: unknown;
  try {
    const report = await sql.begin('isolation level repeatable read read only', (tx) =>
      writeFile(tx, draft, migrations).catch((error: unknown) => {
        fault = error;
        // Data still on its way would keep the rollback waiting for good.
        cut();
        throw error;
      }),
    );
    await rename(draft, path);
    return report;
  } catch (error) {
    await rm(draft, { force: true });
    throw toBackupError(fault ?? error);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

/** E_UNAVAILABLE when the database is gone, E_BACKUP for everything else, as a folder that does not exist. */
export function toBackupError(cause: unknown): Error {
  const isFile =
    cause instanceof Error && 'syscall' in cause && cause.syscall !== 'connect' && 'path' in cause;
  return fail(isPassing(cause) && !isFile ? 'E_UNAVAILABLE' : 'E_BACKUP', { cause });
}

async function writeFile(
  tx: TransactionSql,
  path: string,
  migrations: readonly Migration[],
): Promise<BackupReport> {
  const stream = new PassThrough();
  const sink = { stream, hash: createHash('sha256') };
  const written = pipeline(stream, createGzip(), createWriteStream(path, { mode: 0o600 }));
  try {
    const report = await Promise.race([writeAll(tx, sink, migrations), written]);
    stream.end();
    await written;
    if (report) return report;
  } finally {
    stream.destroy();
  }
  throw new Error('the file ended early');
}

async function writeAll(
  tx: TransactionSql,
  sink: Sink,
  migrations: readonly Migration[],
): Promise<BackupReport> {
  await tx`SET LOCAL statement_timeout = 0`;
  const tables = await readTables(tx);
  const parts = [
    `${BACKUP_HEADER}\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nBEGIN;\nSET LOCAL statement_timeout = 0;\n`,
    `${createMigrationTable};\n`,
    ...(await listApplied(tx, migrations)).map(({ text }) => `${text.trimEnd()}\n`),
    ...(await readPartitions(tx)),
    `TRUNCATE ${tables.map(({ name }) => quoteIdent(name)).join(', ')};\n`,
  ];
  for (const part of parts) await write(sink, part);
  let rows = 0;
  for (const table of tables) rows += await writeTable(tx, sink, table);
  for (const line of await readSequences(tx)) await write(sink, line);
  await write(sink, `-- sha256 of the lines above: ${sink.hash.copy().digest('hex')}\nCOMMIT;\n`);
  return { tables: tables.length, rows };
}

async function write(sink: Sink, text: string | Buffer): Promise<void> {
  sink.hash.update(text);
  if (!sink.stream.write(text)) await once(sink.stream, 'drain');
}

/**
 * The data of one table in COPY's text format, which has not changed since PostgreSQL 7.4. The lines are made here
 * from a cursor: the client's own COPY stream can leave its socket paused at the end.
 */
async function writeTable(tx: TransactionSql, sink: Sink, { name, columns }: Table): Promise<number> {
  await write(sink, `COPY ${quoteIdent(name)} (${columns.map(quoteIdent).join(', ')}) FROM stdin;\n`);
  let rows = 0;
  for await (const batch of tx`SELECT ${tx(columns)} FROM ${tx(name)}`.raw().cursor(BATCH_ROWS)) {
    rows += batch.length;
    const lines = [...batch].map((row: readonly (Buffer | null)[]) => `${row.map(formatValue).join('\t')}\n`);
    await write(sink, Buffer.from(lines.join(''), 'latin1'));
  }
  await write(sink, '\\.\n');
  return rows;
}

const escapes = new Map([
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** A value as COPY writes it. Bytes are handled as latin1: those of longer UTF-8 characters never look like an escape. */
function formatValue(value: Buffer | null): string {
  if (value === null) return '\\N';
  return value
    .toString('latin1')
    .replaceAll(/[\\\b\f\n\r\t\v]/g, (character) => escapes.get(character) ?? character);
}

function quoteIdent(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function listApplied(tx: TransactionSql, migrations: readonly Migration[]): Promise<Migration[]> {
  const applied = await tx<
    { version: number; sha256: string }[]
  >`SELECT version, sha256 FROM schema_migration ORDER BY version`;
  return applied.map(({ version, sha256 }) => {
    const found = migrations.find(
      (migration) => migration.version === version && migration.sha256 === sha256,
    );
    if (!found) throw new Error(`migration ${version} of the database is not the one of this version`);
    return found;
  });
}

/** Tables in an order in which foreign keys hold after each; generated columns make themselves. */
async function readTables(tx: TransactionSql): Promise<Table[]> {
  const tables = await tx<Table[]>`
    SELECT c.oid::int AS oid, c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    GROUP BY c.oid, c.relname
    ORDER BY c.relname COLLATE "C"`;
  const references = await tx<{ from: number; to: number }[]>`
    SELECT DISTINCT conrelid::int AS from, confrelid::int AS to FROM pg_constraint
    WHERE contype = 'f' AND conrelid <> confrelid`;
  return sortTables([...tables], references);
}

/** Each table after those it refers to. Throws when they refer to each other in a circle. */
export function sortTables<T extends { readonly oid: number }>(
  tables: readonly T[],
  references: readonly { readonly from: number; readonly to: number }[],
): T[] {
  const sorted: T[] = [];
  let waiting = [...tables];
  while (waiting.length > 0) {
    const blocked = new Set(
      references.filter(({ to }) => waiting.some(({ oid }) => oid === to)).map(({ from }) => from),
    );
    const free = waiting.filter(({ oid }) => !blocked.has(oid));
    if (free.length === 0) throw new Error('tables refer to each other in a circle');
    sorted.push(...free);
    waiting = waiting.filter(({ oid }) => blocked.has(oid));
  }
  return sorted;
}

async function readPartitions(tx: TransactionSql): Promise<string[]> {
  const rows = await tx<{ line: string }[]>`
    SELECT format(E'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I %s;\n', c.relname, p.relname, pg_get_expr(c.relpartbound, c.oid)) AS line
    FROM pg_class c
    JOIN pg_inherits i ON i.inhrelid = c.oid
    JOIN pg_class p ON p.oid = i.inhparent
    WHERE c.relispartition AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    ORDER BY c.relname COLLATE "C"`;
  return rows.map(({ line }) => line);
}

async function readSequences(tx: TransactionSql): Promise<string[]> {
  const rows = await tx<{ name: string; value: string }[]>`
    SELECT quote_ident(sequencename) AS name, last_value::text AS value FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1`;
  return rows.map(
    ({ name, value }) => `SELECT pg_catalog.setval('${name.replaceAll("'", "''")}', ${value});\n`,
  );
}
