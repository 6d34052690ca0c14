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
 * Stores a batch, at most one chunk a device and hour; an older one never replaces a newer one. The days are noted for the roll-up.
 * `today` is noted once; a day before it may be being rolled up just now, so its row gets a new version.
 */
export async function upsertChunks(sql: RawSql, rows: readonly ChunkRow[], today: Day): Promise<void> {
  const { tenants, idxs } = refColumns(sql, rows);
  const starts = rows.map((row) => row.startsAt);
  const seqs = rows.map((row) => row.seq);
  const points = rows.map((row) => row.points);
  const chunks = rows.map((row) => row.chunk);
  await sql`
    WITH stored AS (
      INSERT INTO metric_chunk AS c (tenant, idx, starts_at, seq, points, chunk)
      SELECT * FROM unnest(
        ${tenants}, ${idxs}, ${timestamps(sql, starts)}, ${int8s(sql, seqs)}, ${int2s(sql, points)}, ${byteas(sql, chunks)}
      ) AS i (tenant, idx, starts_at, seq, points, chunk)
      ORDER BY tenant, idx, starts_at
      ON CONFLICT (tenant, idx, starts_at) DO UPDATE SET seq = excluded.seq, points = excluded.points, chunk = excluded.chunk
        WHERE excluded.seq > c.seq
      RETURNING tenant, idx, (starts_at AT TIME ZONE 'UTC')::date AS day
    )
    INSERT INTO metric_due AS d (tenant, idx, day)
    SELECT DISTINCT tenant, idx, day FROM stored s
    WHERE day < ${today}::date
      OR NOT EXISTS (SELECT FROM metric_due n WHERE n.tenant = s.tenant AND n.idx = s.idx AND n.day = s.day)
    ORDER BY tenant, idx, day
    ON CONFLICT (tenant, idx, day) DO UPDATE SET version = excluded.version WHERE d.day < ${today}::date`;
}

function refColumns(sql: RawSql, rows: readonly DeviceRef[]) {
  return {
    tenants: int4s(
      sql,
      rows.map((row) => row.tenant),
    ),
    idxs: int4s(
      sql,
      rows.map((row) => row.idx),
    ),
  };
}

/** A stored chunk; null for one behind the limit of bytes. */
export interface StoredChunk {
  readonly chunk: Buffer | null;
}

/** From when (included) to when (not included), and how many bytes of chunks are wanted at most. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
  readonly maxBytes: number;
}

/** Chunks of minutes that begin in a span, oldest first. */
export async function readMinutes(
  sql: RawSql,
  { tenant, idx }: DeviceRef,
  span: Span,
): Promise<StoredChunk[]> {
  return await sql<StoredChunk[]>`
    SELECT CASE WHEN sum(octet_length(chunk)) OVER (ORDER BY starts_at) <= ${span.maxBytes} THEN chunk END AS chunk
    FROM metric_chunk
    WHERE tenant = ${tenant} AND idx = ${idx} AND starts_at >= ${span.from} AND starts_at < ${span.to}
    ORDER BY starts_at`;
}

/** Days of hours that begin in a span, and the minutes of the days that have not been rolled up yet, oldest first. */
export async function readHours(sql: RawSql, { tenant, idx }: DeviceRef, span: Span): Promise<StoredChunk[]> {
  return await sql<StoredChunk[]>`
    SELECT CASE WHEN sum(octet_length(chunk)) OVER (ORDER BY starts_at, tier) <= ${span.maxBytes} THEN chunk END AS chunk
    FROM (
      SELECT starts_at, chunk, 0 AS tier FROM metric_rollup
      WHERE tenant = ${tenant} AND idx = ${idx} AND starts_at >= ${span.from} AND starts_at < ${span.to}
      UNION ALL
      SELECT starts_at, chunk, 1 AS tier FROM metric_chunk
      WHERE tenant = ${tenant} AND idx = ${idx} AND starts_at >= ${span.from} AND starts_at < ${span.to}
        AND (starts_at AT TIME ZONE 'UTC')::date IN (
          SELECT day FROM metric_due WHERE tenant = ${tenant} AND idx = ${idx})
    ) AS either
    ORDER BY starts_at, tier`;
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

/** The minutes of a day. */
export interface DueChunk extends DeviceRef {
  readonly day: Day;
  readonly chunk: Buffer;
}

/** The minutes of those days. */
export async function readDueChunks(sql: RawSql, due: readonly DueDay[]): Promise<DueChunk[]> {
  const { tenants, idxs } = refColumns(sql, due);
  const days = due.map((row) => row.day);
  return await sql<DueChunk[]>`
    SELECT d.tenant, d.idx, d.day::text AS day, c.chunk
    FROM unnest(${tenants}, ${idxs}, ${texts(sql, days)}::date[]) AS d (tenant, idx, day)
    JOIN metric_chunk c ON c.tenant = d.tenant AND c.idx = d.idx
      AND c.starts_at >= d.day::timestamp AT TIME ZONE 'UTC' AND c.starts_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'`;
}

/** A finished roll-up; null when the day held nothing. */
export interface RolledDay extends DueDay {
  readonly chunk: Uint8Array | null;
}

/** Stores roll-ups of days that no chunk has been added to since they were read; the others stay due. */
export async function storeRollups(sql: RawSql, rows: readonly RolledDay[]): Promise<void> {
  const { tenants, idxs } = refColumns(sql, rows);
  const days = rows.map((row) => row.day);
  const versions = rows.map((row) => row.version);
  const chunks = rows.map((row) => row.chunk);
  await sql`
    WITH claimed AS (
      DELETE FROM metric_due d
      USING unnest(
        ${tenants}, ${idxs}, ${texts(sql, days)}::date[], ${int8s(sql, versions)}, ${byteas(sql, chunks)}
      ) AS r (tenant, idx, day, version, chunk)
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
