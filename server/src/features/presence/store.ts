// Statements of presence over time: one sample with the sweep of what is too old, and the samples of a range.
import type { RawSql } from '../../core/db/pool.ts';

/** How many devices there were of each sort. */
export interface CountsRow {
  readonly at: Date;
  readonly online: number;
  readonly offline: number;
  readonly missing: number;
}

/** Which ones, deflated. */
export interface SetsRow {
  readonly at: Date;
  readonly onlineSet: Buffer;
  readonly offlineSet: Buffer;
  readonly missingSet: Buffer;
}

/** From when on which samples stay. */
export interface Kept {
  readonly fineFrom: Date;
  readonly coarseFrom: Date;
  readonly coarseMs: number;
}

/** Stores a sample unless there is one of that moment, and removes what is not kept; false when there was one. */
export async function insertSample(
  sql: RawSql,
  tenant: number,
  { row, kept }: { readonly row: CountsRow & SetsRow; readonly kept: Kept },
): Promise<boolean> {
  const { fineFrom, coarseFrom, coarseMs } = kept;
  const result = await sql`
    WITH swept AS (
      DELETE FROM presence_sample AS old
      WHERE old.tenant = ${tenant} AND (old.at < ${coarseFrom}::timestamptz OR (old.at < ${fineFrom}::timestamptz AND EXISTS (
        SELECT 1 FROM presence_sample AS earlier WHERE earlier.tenant = old.tenant AND earlier.at < old.at
          AND earlier.at >= date_bin(${coarseMs}::float8 * interval '1 millisecond', old.at, 'epoch'::timestamptz))))
    )
    INSERT INTO presence_sample (tenant, at, online, offline, missing, online_set, offline_set, missing_set)
    VALUES (${tenant}, ${row.at}, ${row.online}, ${row.offline}, ${row.missing}, ${row.onlineSet}, ${row.offlineSet}, ${row.missingSet})
    ON CONFLICT (tenant, at) DO NOTHING`;
  return result.count === 1;
}

/** What is read: the first sample of each step. */
export interface Stretch {
  readonly from: Date;
  readonly to: Date;
  readonly stepMs: number;
}

/** Counts, in order of time. */
export function selectCounts(sql: RawSql, tenant: number, { from, to, stepMs }: Stretch) {
  return sql<CountsRow[]>`
    SELECT DISTINCT ON (step) at, online, offline, missing,
      date_bin(${stepMs}::float8 * interval '1 millisecond', at, 'epoch'::timestamptz) AS step
    FROM presence_sample WHERE tenant = ${tenant} AND at >= ${from} AND at < ${to} ORDER BY step, at`;
}

/** Sets, in order of time. */
export function selectSets(sql: RawSql, tenant: number, { from, to, stepMs }: Stretch) {
  return sql<SetsRow[]>`
    SELECT DISTINCT ON (step) at, online_set AS "onlineSet", offline_set AS "offlineSet", missing_set AS "missingSet",
      date_bin(${stepMs}::float8 * interval '1 millisecond', at, 'epoch'::timestamptz) AS step
    FROM presence_sample WHERE tenant = ${tenant} AND at >= ${from} AND at < ${to} ORDER BY step, at`;
}
