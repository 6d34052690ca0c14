// The statements that read one device's inventory: now, as of a time, and what changed when.
import { byteas, int4s, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Facts } from './facts.ts';
import type { DeviceRef } from './store.ts';

/** What a collector found; docs of protocol/inventory/section.ts. */
export type Outcome = 'ok' | 'no-data' | 'error';

/** Null stands for now. */
export type At = Date | null;

/** The interval that holds at that time. */
function holds(sql: RawSql, at: At) {
  return at === null ? sql`valid_to = 'infinity'` : sql`valid_from <= ${at} AND valid_to > ${at}`;
}

/** A section of a device. */
export interface SectionRow {
  readonly name: string;
  /** base64url, as everywhere outside the statements. */
  readonly hash: string;
  readonly since: Date;
  /** Null while it holds. */
  readonly until: Date | null;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly rowCount: number;
  readonly rawBytes: number;
}

type RawHash<T> = Omit<T, 'hash'> & { hash: Buffer };

function textHash<T extends { hash: Buffer }>(row: T): Omit<T, 'hash'> & { hash: string } {
  return { ...row, hash: row.hash.toString('base64url') };
}

/** All slices of a device at that time, without their bodies and without packages. */
export async function readSections(sql: RawSql, { tenant, idx }: DeviceRef, at: At): Promise<SectionRow[]> {
  const rows = await sql<RawHash<SectionRow>[]>`
    SELECT d.name, d.hash, d.valid_from AS since, nullif(d.valid_to, 'infinity') AS until,
      s.outcome, s.reason, s.row_count AS "rowCount", s.raw_bytes AS "rawBytes"
    FROM device_slice d JOIN slice s USING (tenant, hash)
    WHERE d.tenant = ${tenant} AND d.idx = ${idx} AND ${holds(sql, at)}
    ORDER BY d.name`;
  return rows.map(textHash);
}

/** One slice of a device at that time, with its body (raw deflate). */
export async function readSection(
  sql: RawSql,
  { tenant, idx, name }: DeviceRef & { readonly name: string },
  at: At,
): Promise<(SectionRow & { body: Buffer }) | undefined> {
  const [row] = await sql<(RawHash<SectionRow> & { body: Buffer })[]>`
    SELECT d.name, d.hash, d.valid_from AS since, nullif(d.valid_to, 'infinity') AS until,
      s.outcome, s.reason, s.row_count AS "rowCount", s.raw_bytes AS "rawBytes", s.body
    FROM device_slice d JOIN slice s USING (tenant, hash)
    WHERE d.tenant = ${tenant} AND d.idx = ${idx} AND d.name = ${name} AND ${holds(sql, at)}`;
  return row === undefined ? undefined : { ...textHash(row), body: row.body };
}

/** Bodies by hash. */
export async function readBodies(
  sql: RawSql,
  tenant: number,
  hashes: readonly string[],
): Promise<Map<string, Buffer>> {
  const rows = await sql<{ hash: Buffer; body: Buffer }[]>`
    SELECT hash, body FROM slice
    WHERE tenant = ${tenant} AND hash = ANY(${byteas(
      sql,
      hashes.map((hash) => Buffer.from(hash, 'base64url')),
    )})`;
  return new Map(rows.map(({ hash, body }) => [hash.toString('base64url'), body]));
}

/** The package list of a device. */
export interface PackagesAt {
  readonly since: Date;
  readonly until: Date | null;
  /** Set ids of the 64 parts. */
  readonly parts: readonly number[];
  readonly installed: number;
}

export async function readPackagesAt(
  sql: RawSql,
  { tenant, idx }: DeviceRef,
  at: At,
): Promise<PackagesAt | undefined> {
  const [row] = await sql<PackagesAt[]>`
    SELECT valid_from AS since, nullif(valid_to, 'infinity') AS until, parts, installed
    FROM device_packages
    WHERE tenant = ${tenant} AND idx = ${idx} AND ${holds(sql, at)}`;
  return row;
}

/** When the device's inventory was last stored. */
export async function readStoredAt(sql: RawSql, { tenant, idx }: DeviceRef): Promise<Date | undefined> {
  const [row] = await sql<{ storedAt: Date }[]>`
    SELECT stored_at AS "storedAt" FROM device_inventory WHERE tenant = ${tenant} AND idx = ${idx}`;
  return row?.storedAt;
}

/** Place in a timeline; sorts newest first, then by name backwards. */
export interface TimelinePlace {
  readonly at: Date;
  readonly section: string;
}

/** A moment at which a slice changed. Null hashes: it was not there before, or is not there after. */
export interface SlicePoint extends TimelinePlace {
  readonly before: string | null;
  readonly after: string | null;
  /** True when the device never had the section before. */
  readonly first: boolean;
  /** Size of both bodies together before compression. */
  readonly rawBytes: number;
  readonly beforeRows: number;
  readonly afterRows: number;
  readonly beforeOutcome: Outcome | null;
  readonly afterOutcome: Outcome | null;
}

interface RawPoint extends Omit<SlicePoint, 'before' | 'after'> {
  readonly before: Buffer | null;
  readonly after: Buffer | null;
}

/** Which part of a timeline: before a place, newest first. */
export interface TimelineRange {
  readonly before: TimelinePlace;
  /** Not older than this. */
  readonly from: Date;
  readonly limit: number;
}

/** Changes of slices, newest first. */
export async function readSlicePoints(
  sql: RawSql,
  { tenant, idx }: DeviceRef,
  range: TimelineRange,
): Promise<SlicePoint[]> {
  const rows = await sql<RawPoint[]>`
    WITH held AS (
      SELECT name, valid_from, valid_to, hash,
        lag(hash) OVER w AS last_hash, lag(valid_to) OVER w AS last_to, lead(valid_from) OVER w AS next_from
      FROM device_slice
      WHERE tenant = ${tenant} AND idx = ${idx}
      WINDOW w AS (PARTITION BY name ORDER BY valid_from)
    ), point AS (
      SELECT valid_from AS at, name, CASE WHEN last_to = valid_from THEN last_hash END AS before, hash AS after, last_hash IS NULL AS first
      FROM held
      UNION ALL
      SELECT valid_to, name, hash, NULL, false
      FROM held
      WHERE valid_to <> 'infinity' AND next_from IS DISTINCT FROM valid_to
    ), page AS (
      SELECT * FROM point
      WHERE (at, name) < (${range.before.at}, ${range.before.section}) AND at >= ${range.from}
      ORDER BY at DESC, name DESC
      LIMIT ${range.limit}
    )
    SELECT p.at, p.name AS section, p.before, p.after, p.first, coalesce(b.raw_bytes, 0) + coalesce(a.raw_bytes, 0) AS "rawBytes",
      coalesce(b.row_count, 0) AS "beforeRows", coalesce(a.row_count, 0) AS "afterRows",
      b.outcome AS "beforeOutcome", a.outcome AS "afterOutcome"
    FROM page p
    LEFT JOIN slice b ON b.tenant = ${tenant} AND b.hash = p.before
    LEFT JOIN slice a ON a.tenant = ${tenant} AND a.hash = p.after
    ORDER BY p.at DESC, p.name DESC`;
  return rows.map((row) => ({
    ...row,
    before: row.before?.toString('base64url') ?? null,
    after: row.after?.toString('base64url') ?? null,
  }));
}

/** A moment at which the package list changed. */
export interface PackagesPoint {
  readonly at: Date;
  readonly before: readonly number[] | null;
  readonly after: readonly number[] | null;
  readonly first: boolean;
  readonly beforeRows: number;
  readonly afterRows: number;
}

/** Changes of the package list, newest first. `packages` sorts among the sections by that name. */
export async function readPackagesPoints(
  sql: RawSql,
  { tenant, idx }: DeviceRef,
  range: TimelineRange,
): Promise<PackagesPoint[]> {
  return await sql<PackagesPoint[]>`
    WITH held AS (
      SELECT valid_from, valid_to, parts, installed,
        lag(parts) OVER w AS last_parts, lag(installed) OVER w AS last_installed, lag(valid_to) OVER w AS last_to,
        lead(valid_from) OVER w AS next_from
      FROM device_packages
      WHERE tenant = ${tenant} AND idx = ${idx}
      WINDOW w AS (ORDER BY valid_from)
    ), point AS (
      SELECT valid_from AS at, CASE WHEN last_to = valid_from THEN last_parts END AS before, parts AS after, last_parts IS NULL AS first,
        CASE WHEN last_to = valid_from THEN last_installed ELSE 0 END AS before_rows, installed AS after_rows
      FROM held
      UNION ALL
      SELECT valid_to, parts, NULL, false, installed, 0
      FROM held
      WHERE valid_to <> 'infinity' AND next_from IS DISTINCT FROM valid_to
    )
    SELECT at, before, after, first, before_rows AS "beforeRows", after_rows AS "afterRows" FROM point
    WHERE (at, 'packages' COLLATE "C") < (${range.before.at}, ${range.before.section}) AND at >= ${range.from}
    ORDER BY at DESC
    LIMIT ${range.limit}`;
}

/** Facts of slices that devices hold now. */
export interface FactsRow {
  readonly idx: number;
  readonly facts: Facts;
}

export async function readDeviceFacts(
  sql: RawSql,
  tenant: number,
  wanted: { readonly idxs: readonly number[]; readonly sections: readonly string[] },
): Promise<FactsRow[]> {
  return await sql<FactsRow[]>`
    SELECT d.idx, s.facts
    FROM device_slice d JOIN slice s USING (tenant, hash)
    WHERE d.tenant = ${tenant} AND d.idx = ANY(${int4s(sql, wanted.idxs)}) AND d.name = ANY(${texts(sql, wanted.sections)})
      AND d.valid_to = 'infinity' AND s.facts IS NOT NULL`;
}

/** Packages on devices now; devices without a list are left out. */
export async function readPackageCounts(
  sql: RawSql,
  tenant: number,
  idxs: readonly number[],
): Promise<{ idx: number; installed: number }[]> {
  return await sql<{ idx: number; installed: number }[]>`
    SELECT idx, installed FROM device_packages
    WHERE tenant = ${tenant} AND idx = ANY(${int4s(sql, idxs)}) AND valid_to = 'infinity'`;
}
