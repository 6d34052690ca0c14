// Changes of several tables as one statement: one way to the database and back, and a transaction without asking for one.
import type { PendingQuery, Row } from 'postgres';
import type { RawSql } from '../../core/db/pool.ts';

/** A statement that changes one table; it runs when it is awaited, or as a part of another. */
export type Part = PendingQuery<Row[]>;

/**
 * Runs all parts, all or none of them. They see the tables as they were before and must not touch the same rows; PostgreSQL runs
 * every part of WITH that changes something, whether or not it is read (7.8.4 of its manual).
 */
export async function runAsOne(sql: RawSql, parts: readonly Part[]): Promise<void> {
  const [first, ...others] = parts;
  if (first === undefined) return;
  if (others.length === 0) {
    await first;
    return;
  }
  const named = others.reduce(
    (all, part, at) => sql`${all}, ${sql(`part_${at}`)} AS (${part})`,
    sql`part AS (${first})`,
  );
  await sql`WITH ${named} SELECT 1`;
}
