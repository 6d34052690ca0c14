// Applies the numbered SQL files of server/migrations in order, each in one transaction, each exactly once.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '../../errors.ts';
import { codeOf, isPassing } from './failures.ts';
import type { RawSql, RawTransaction } from './pool.ts';
import { inTransaction } from './transaction.ts';

/** One file `NNNN_name.sql`. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, hex: an applied file must never change. */
  readonly sha256: string;
}

/** A row of `schema_migration`. */
interface Applied {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
}

/** The folder that ships with the server; the same distance from src and from dist. */
export const migrationsFolder = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** The one table that no migration makes. */
export const createMigrationTable = `CREATE TABLE IF NOT EXISTS schema_migration (
  version    integer     PRIMARY KEY,
  name       text        NOT NULL,
  sha256     text        NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;

/** Key of the lock that lets one process migrate at a time ("muster" as a number). */
const LOCK_KEY = 0x6d757374;

/** Reads the folder. Throws E_MIGRATION for a file that is not named `NNNN_name.sql` or a number used twice. */
export async function readMigrations(folder = migrationsFolder): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations: Migration[] = [];
  for (const file of names) {
    const parts = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
    if (!parts?.[1] || !parts[2])
      throw fail('E_MIGRATION', { detail: `${file} must be named like 0001_name.sql.` });
    const version = Number(parts[1]);
    if (migrations.at(-1)?.version === version) {
      throw fail('E_MIGRATION', {
        detail: `The number of ${file} is used twice; give it the next free one.`,
      });
    }
    const text = await readFile(join(folder, file), 'utf8');
    migrations.push({
      version,
      name: parts[2],
      text,
      sha256: createHash('sha256').update(text).digest('hex'),
    });
  }
  return migrations;
}

/**
 * Brings the database to the newest version; returns what was applied now. Safe to call from several processes
 * at once. Throws E_MIGRATION (a changed file, a file numbered below an applied one, a statement that fails) or
 * E_DATABASE_NEWER.
 */
export async function migrate(sql: RawSql, migrations: readonly Migration[]): Promise<Migration[]> {
  const done: Migration[] = [];
  await inLock(sql, async (tx) => {
    await tx.unsafe(createMigrationTable);
    checkApplied(await readApplied(tx), migrations);
  });
  for (const migration of migrations) {
    if (await inLock(sql, (tx) => applyOne(tx, migration, migrations))) done.push(migration);
  }
  return done;
}

/** A transaction that no other migrating process runs beside. */
async function inLock<T>(sql: RawSql, work: (tx: RawTransaction) => Promise<T>): Promise<T> {
  return inTransaction(sql, async (tx) => {
    // A migration takes as long as it takes.
    await tx`SET LOCAL statement_timeout = 0`;
    await tx`SET LOCAL client_min_messages = warning`;
    await tx`SELECT pg_advisory_xact_lock(${LOCK_KEY})`;
    return work(tx);
  });
}

async function applyOne(
  tx: RawTransaction,
  migration: Migration,
  all: readonly Migration[],
): Promise<boolean> {
  const applied = await readApplied(tx);
  // Another process may have gone ahead since the lock was last held.
  checkApplied(applied, all);
  if (applied.some((row) => row.version === migration.version)) return false;
  try {
    await tx.unsafe(migration.text);
  } catch (cause) {
    if (isPassing(cause)) throw cause;
    throw fail('E_MIGRATION', {
      cause,
      detail: `Migration ${titleOf(migration)} fails: ${messageOf(cause)}`,
    });
  }
  const { version, name, sha256 } = migration;
  await tx`INSERT INTO schema_migration (version, name, sha256) VALUES (${version}, ${name}, ${sha256})`;
  return true;
}

function readApplied(tx: RawTransaction): PromiseLike<Applied[]> {
  return tx<Applied[]>`SELECT version, name, sha256 FROM schema_migration ORDER BY version`;
}

function checkApplied(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const row of applied) {
    const file = migrations.find((migration) => migration.version === row.version);
    if (!file) {
      throw fail('E_DATABASE_NEWER', {
        detail: `The database has migration ${titleOf(row)}, which this Muster does not know; start the newer version.`,
      });
    }
    if (file.sha256 === row.sha256) continue;
    throw fail('E_MIGRATION', {
      detail: `Migration ${titleOf(row)} was applied with other contents; put the old file back and add a new one for the change.`,
    });
  }
  const newest = applied.at(-1)?.version ?? 0;
  const late = migrations.find(
    ({ version }) => version < newest && !applied.some((row) => row.version === version),
  );
  if (!late) return;
  throw fail('E_MIGRATION', {
    detail: `Migration ${titleOf(late)} comes before ${newest}, which is applied; give it the next free number.`,
  });
}

function titleOf(migration: { readonly version: number; readonly name: string }): string {
  return `${String(migration.version).padStart(4, '0')}_${migration.name}`;
}

function messageOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : 'no reason given';
  return `${message} (${codeOf(cause) ?? 'no code'})`;
}
