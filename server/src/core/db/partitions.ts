// Daily partitions of a table that is PARTITION BY RANGE over a timestamptz: made ahead, dropped whole.
import { fail } from '../../errors.ts';
import type { RawSql } from './pool.ts';
import { inTransaction } from './transaction.ts';

/** A day in UTC as `YYYY-MM-DD`. */
export type Day = string;

/** One partition. Its rows lie in `[day 00:00, next day 00:00)` UTC. */
export interface Partition {
  readonly name: string;
  readonly day: Day;
}

const DAY_MS = 86_400_000;
/** More than that in one call is a clock gone wrong, not a wish. */
const MAX_DAYS = 400;
/** Dropping waits for readers of the table, and readers behind it wait for the dropping: not for long. */
const LOCK_WAIT = '5s';

/** The day of a moment. */
export function dayOf(time: Date): Day {
  return time.toISOString().slice(0, 10);
}

/** Days from `from` to `to`, both included. Throws E_RANGE for more than 400 or a reversed range. */
export function listDays(from: Day, to: Day): Day[] {
  const firstMs = parseDay(from);
  const count = (parseDay(to) - firstMs) / DAY_MS + 1;
  if (count < 1 || count > MAX_DAYS)
    throw fail('E_RANGE', { detail: `Partitions from ${from} to ${to} make no sense.` });
  return Array.from({ length: count }, (_, index) => dayOf(new Date(firstMs + index * DAY_MS)));
}

function parseDay(day: Day): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms)) throw fail('E_RANGE', { detail: 'A day must be written YYYY-MM-DD.' });
  return ms;
}

/** The partitions that exist, oldest first. */
export async function listPartitions(sql: RawSql, table: string): Promise<Partition[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT child.relname AS name
    FROM pg_inherits
    JOIN pg_class child ON child.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent = ${table}::regclass
    ORDER BY child.relname`;
  const prefix = `${table}_p`;
  return rows.flatMap(({ name }) => {
    const digits = name.startsWith(prefix) ? /^(\d{4})(\d{2})(\d{2})$/.exec(name.slice(prefix.length)) : null;
    return digits ? [{ name, day: `${digits[1]}-${digits[2]}-${digits[3]}` }] : [];
  });
}

/** Makes the partitions of these days that are missing; returns their names. Several processes may call it at once. */
export async function ensureDailyPartitions(
  sql: RawSql,
  table: string,
  range: { from: Day; to: Day },
): Promise<string[]> {
  const existing = new Set((await listPartitions(sql, table)).map(({ day }) => day));
  const missing = listDays(range.from, range.to).filter((day) => !existing.has(day));
  if (missing.length === 0) return [];
  await inTransaction(sql, async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(hashtext('partitions'), hashtext(${table}))`;
    for (const day of missing) {
      const name = tx(nameOf(table, day));
      // Bounds are literals in DDL; listDays has made sure that they are days.
      const bounds = `FROM ('${day} 00:00:00+00') TO ('${nextDay(day)} 00:00:00+00')`;
      await tx`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${tx(table)} FOR VALUES ${tx.unsafe(bounds)}`;
    }
  });
  return missing.map((day) => nameOf(table, day));
}

/** Drops the partitions of all days before `day`; returns their names. A lock that is not free within 5 s fails as 55P03. */
export async function dropPartitionsBefore(sql: RawSql, table: string, day: Day): Promise<string[]> {
  parseDay(day);
  const old = (await listPartitions(sql, table)).filter((partition) => partition.day < day);
  for (const partition of old) {
    await inTransaction(sql, async (tx) => {
      await tx`SELECT set_config('lock_timeout', ${LOCK_WAIT}, true)`;
      await tx`DROP TABLE IF EXISTS ${tx(partition.name)}`;
    });
  }
  return old.map(({ name }) => name);
}

function nameOf(table: string, day: Day): string {
  return `${table}_p${day.replaceAll('-', '')}`;
}

function nextDay(day: Day): Day {
  return dayOf(new Date(parseDay(day) + DAY_MS));
}
