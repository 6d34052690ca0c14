// What the database is asked about the sessions of this process: which outlived an outage, and which work on something.
import type { Sql } from 'postgres';
import { DB_FENCE_MS, DB_LOST_MS, DB_SILENT_MS } from '../../timing.ts';
import type { Pool } from './pool.ts';

/**
 * Ends every session of that name but the one that asks, and waits until they are gone. What they had begun has been committed by
 * then or never will be: without it, a statement that was held up by the outage could come behind its own repetition. True when
 * none is left.
 */
export async function endOldSessions(sql: Sql, name: string): Promise<boolean> {
  const [row] = await sql<{ isAll: boolean | null }[]>`
    SELECT bool_and(pg_terminate_backend(pid, ${DB_FENCE_MS})) AS "isAll"
    FROM pg_stat_activity
    WHERE application_name = ${name} AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
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
