// What the database is asked about the sessions of a process: which outlived an outage or the process, and which work on something.
import type { Sql } from 'postgres';
import { DB_FENCE_MS, DB_LOST_MS, DB_SILENT_MS } from '../../timing.ts';
import { texts } from './columns.ts';
import type { Pool } from './pool.ts';

const PREFIX = 'muster gateway ';

/** What the sessions of a gateway are called, by its id, which is new with each start. */
export function nameSessions(gateway: string): string {
  return `${PREFIX}${gateway}`;
}

/** Ids of all gateways that have sessions in this database, also of those that have ended and whose sessions have not. */
export async function findGateways(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    SELECT DISTINCT substr(application_name, ${PREFIX.length + 1}) AS id FROM pg_stat_activity
    WHERE starts_with(application_name, ${PREFIX}) AND datname = current_database() AND backend_type = 'client backend'`;
  return rows.map(({ id }) => id);
}

/**
 * Ends every session of these names but the one that asks, and waits until they are gone. What they had begun has been committed
 * by then or never will be: without it, a statement that was held up could come behind its own repetition, or behind what was
 * concluded from the end of its process. True when none is left.
 */
export async function endOldSessions(sql: Sql, names: readonly string[]): Promise<boolean> {
  const [row] = await sql<{ isAll: boolean | null }[]>`
    SELECT bool_and(pg_terminate_backend(pid, ${DB_FENCE_MS})) AS "isAll"
    FROM pg_stat_activity
    WHERE application_name = ANY(${texts(sql, names)}) AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'`;
  return row?.isAll !== false;
}

/**
 * Cuts connections whose statement, or its answer, was lost on the way, as by a router that forgot them: the database works on fewer
 * than wait for an answer. Without it a session could wait for ever though the database is well.
 */
export async function cutLost(pool: Pool, sql: Sql, name: string): Promise<void> {
  pool.cutUnanswered(DB_SILENT_MS);
  const waiting = pool.countUnanswered(DB_LOST_MS);
  if (waiting === 0) return;
  const [row] = await sql<{ active: number }[]>`
    SELECT count(*)::int AS active FROM pg_stat_activity
    WHERE application_name = ${name} AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state = 'active'`;
  if ((row?.active ?? 0) < waiting) pool.cutUnanswered(DB_LOST_MS);
}
