// The statements of metrics: chunks in batches, ranges on read, and roll-ups in the background.
import { byteas, int2s, int4s, int8s, texts, timestamps } from '../../core/db/columns.ts';
import { type Day, dropPartitionsBefore, ensureDailyPartitions } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A device. */
export interface DeviceRef {
  readonly tenant: number;
  readonly idx: number;
}

/** A chunk of tier `minute` as it came in. */
export interface ChunkRow extends DeviceRef {
  readonly startsAt: Date;
  readonly seq: number;
  readonly points: number;
  readonly chunk: Uint8Array;
}

/**
 * Stores a batch, at most one chunk a device and hour; an older one never replaces a newer one. The days are noted for the roll-up; a day
 * before `today` may be being rolled up just now, so its version is raised.
 */
export async function upsertChunks(sql: RawSql, rows: readonly ChunkRow[], today: Day): Promise<void> {
  await sql`
    WITH incoming AS (
      SELECT * FROM unnest(
        ${int4s(
          sql,
          rows.map((row) => row.tenant),
        )}, ${int4s(
          sql,
          rows.map((row) => row.idx),
        )}, ${timestamps(
          sql,
          rows.map((row) => row.startsAt),
        )},
        ${int8s(
          sql,
          rows.map((row) => row.seq),
        )}, ${int2s(
          sql,
          rows.map((row) => row.points),
        )}, ${byteas(
          sql,
          rows.map((row) => row.chunk),
        )}
      ) AS i(tenant, idx, starts_at, seq, points, chunk)
    ), stored AS (
      INSERT INTO metric_chunk AS c (tenant, idx, starts_at, seq, points, chunk)
      SELECT * FROM incoming ORDER BY tenant, idx, starts_at
      ON CONFLICT (tenant, idx, starts_at) DO UPDATE SET seq = excluded.seq, points = excluded.points, chunk = excluded.chunk
        WHERE excluded.seq > c.seq
    )
    INSERT INTO metric_due AS d (tenant, idx, day)
    SELECT DISTINCT tenant, idx, (starts_at AT TIME ZONE 'UTC')::date AS day FROM incoming ORDER BY tenant, idx, day
    ON CONFLICT (tenant, idx, day) DO UPDATE SET version = d.version + 1 WHERE d.day < ${today}::date`;
}

/** A stored chunk. */
export interface StoredChunk {
  readonly startsAt: Date;
  readonly chunk: Buffer;
}

/** From when (included) to when (not included). */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** Chunks of minutes that begin in a span, oldest first. */
export async function readMinutes(
  sql: RawSql,
  { tenant, idx }: DeviceRef,
  span: Span & { readonly limit: number },
): Promise<StoredChunk[]> {
  return await sql<StoredChunk[]>`
    SELECT starts_at AS "startsAt", chunk FROM metric_chunk
    WHERE tenant = ${tenant} AND idx = ${idx} AND starts_at >= ${span.from} AND starts_at < ${span.to}
    ORDER BY starts_at
    LIMIT ${span.limit}`;
}

/** Days of hours that begin in a span, and the minutes of the days that have not been rolled up yet, oldest first. */
export async function readHours(
  sql: RawSql,
  { tenant, idx }: DeviceRef,
  span: Span & { readonly limit: number },
): Promise<StoredChunk[]> {
  return await sql<StoredChunk[]>`
    WITH day AS (
      SELECT starts_at, chunk FROM metric_rollup
      WHERE tenant = ${tenant} AND idx = ${idx} AND starts_at >= ${span.from} AND starts_at < ${span.to}
    ), hour AS (
      SELECT starts_at, chunk FROM metric_chunk
      WHERE tenant = ${tenant} AND idx = ${idx} AND starts_at >= ${span.from} AND starts_at < ${span.to}
        AND (starts_at AT TIME ZONE 'UTC')::date IN (
          SELECT day FROM metric_due WHERE tenant = ${tenant} AND idx = ${idx})
    )
    SELECT starts_at AS "startsAt", chunk FROM (SELECT * FROM day UNION ALL SELECT * FROM hour) AS either
    ORDER BY starts_at
    LIMIT ${span.limit}`;
}

/** The newest chunks of a device. */
export async function readNewest(
  sql: RawSql,
  { tenant, idx }: DeviceRef,
  limit: number,
): Promise<StoredChunk[]> {
  return await sql<StoredChunk[]>`
    SELECT starts_at AS "startsAt", chunk FROM metric_chunk
    WHERE tenant = ${tenant} AND idx = ${idx}
    ORDER BY starts_at DESC
    LIMIT ${limit}`;
}

/** A day of a device that waits to be rolled up. */
export interface DueDay extends DeviceRef {
  readonly day: Day;
  readonly version: number;
}

export async function readDue(sql: RawSql, before: Day, limit: number): Promise<DueDay[]> {
  return await sql<DueDay[]>`
    SELECT tenant, idx, day::text AS day, version FROM metric_due
    WHERE day < ${before}::date
    ORDER BY day, tenant, idx
    LIMIT ${limit}`;
}

/** The minutes of those days. */
export async function readDueChunks(
  sql: RawSql,
  due: readonly DueDay[],
): Promise<(DeviceRef & { day: Day; chunk: Buffer })[]> {
  return await sql<(DeviceRef & { day: Day; chunk: Buffer })[]>`
    SELECT d.tenant, d.idx, d.day::text AS day, c.chunk
    FROM unnest(
      ${int4s(
        sql,
        due.map((row) => row.tenant),
      )}, ${int4s(
        sql,
        due.map((row) => row.idx),
      )}, ${texts(
        sql,
        due.map((row) => row.day),
      )}::date[]
    ) AS d(tenant, idx, day)
    JOIN metric_chunk c ON c.tenant = d.tenant AND c.idx = d.idx
      AND c.starts_at >= d.day::timestamp AT TIME ZONE 'UTC' AND c.starts_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'`;
}

/** A finished roll-up; null when the day held nothing. */
export interface RolledDay extends DueDay {
  readonly chunk: Uint8Array | null;
}

/** Stores roll-ups of days that no chunk has been added to since they were read; the others stay due. */
export async function storeRollups(sql: RawSql, rows: readonly RolledDay[]): Promise<void> {
  await sql`
    WITH rolled AS (
      SELECT * FROM unnest(
        ${int4s(
          sql,
          rows.map((row) => row.tenant),
        )}, ${int4s(
          sql,
          rows.map((row) => row.idx),
        )}, ${texts(
          sql,
          rows.map((row) => row.day),
        )}::date[],
        ${int4s(
          sql,
          rows.map((row) => row.version),
        )}, ${byteas(
          sql,
          rows.map((row) => row.chunk),
        )}
      ) AS r(tenant, idx, day, version, chunk)
    ), claimed AS (
      DELETE FROM metric_due d USING rolled r
      WHERE d.tenant = r.tenant AND d.idx = r.idx AND d.day = r.day AND d.version = r.version
      RETURNING r.tenant, r.idx, r.day, r.chunk
    )
    INSERT INTO metric_rollup (tenant, idx, starts_at, chunk)
    SELECT tenant, idx, day::timestamp AT TIME ZONE 'UTC', chunk FROM claimed WHERE chunk IS NOT NULL
    ON CONFLICT (tenant, idx, starts_at) DO UPDATE SET chunk = excluded.chunk`;
}

/** Makes the partitions of chunks from day to day. */
export async function ensureChunkDays(
  sql: RawSql,
  range: { readonly from: Day; readonly to: Day },
): Promise<void> {
  await ensureDailyPartitions(sql, 'metric_chunk', range);
}

/** Makes the partition of roll-ups of the month of that day. */
export async function ensureRollupMonth(sql: RawSql, day: Day): Promise<void> {
  await sql`SELECT metric_rollup_ensure(${day}::date)`;
}

/** Drops what is older than both retentions: whole partitions, and the days that wait for a roll-up that can no longer be made. */
export async function dropOld(
  sql: RawSql,
  keep: { readonly minutesFrom: Day; readonly hoursFrom: Day },
): Promise<void> {
  await sql`DELETE FROM metric_due WHERE day < ${keep.minutesFrom}::date`;
  await dropPartitionsBefore(sql, 'metric_chunk', keep.minutesFrom);
  // A month is named after its first day and holds later ones too.
  await dropPartitionsBefore(sql, 'metric_rollup', `${keep.hoursFrom.slice(0, 7)}-01`);
}
