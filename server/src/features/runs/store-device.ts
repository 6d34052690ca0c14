// Statements of one device's runs, over all jobs.
import type { RawSql } from '../../core/db/pool.ts';
import { NOT_MEANT } from './states.ts';

/** A run of the device: its job's number and id, and the state byte. */
export interface DeviceRunRow {
  readonly number: number;
  readonly id: string;
  readonly code: number;
}

/** Where to look: jobs before a number and not before another, and the place of the device in its blocks. */
export interface DeviceRunPage {
  readonly before: number | null;
  readonly block: number;
  readonly at: number;
  /** Jobs looked through at most; a device that few jobs mean costs no more than that. */
  readonly jobs: number;
  readonly limit: number;
}

/** Newest jobs that mean the device; `last` is the oldest job that was looked at, null when there is none before it. */
export async function selectDeviceRuns(
  sql: RawSql,
  tenant: number,
  page: DeviceRunPage,
): Promise<{ readonly rows: DeviceRunRow[]; readonly last: number | null }> {
  const { before, block, at, jobs, limit } = page;
  const rows = await sql<(DeviceRunRow & { readonly last: number | null })[]>`
    WITH looked AS (
      SELECT number, id FROM job WHERE tenant = ${tenant} AND (${before}::bigint IS NULL OR number < ${before})
      ORDER BY number DESC LIMIT ${jobs}
    ), reach AS (
      SELECT CASE WHEN count(*) = ${jobs} THEN min(number) END AS last FROM looked
    ), found AS (
      SELECT l.number, l.id, get_byte(b.states, ${at}) AS code
      FROM looked l JOIN job_block b ON b.tenant = ${tenant} AND b.job = l.number AND b.block = ${block}
      WHERE get_byte(b.states, ${at}) <> ${NOT_MEANT}
      ORDER BY l.number DESC LIMIT ${limit}
    )
    SELECT found.number, found.id, found.code, reach.last FROM reach LEFT JOIN found ON true ORDER BY found.number DESC`;
  return { rows: rows.filter(({ id }) => id !== null), last: rows[0]?.last ?? null };
}
