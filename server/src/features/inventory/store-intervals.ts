// The statements that end and begin intervals of a batch of devices.
import { byteas, int4s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { bytesOf, type DeviceRef } from './store.ts';

/** A slice that a device offers. */
export interface OfferedRow extends DeviceRef {
  readonly name: string;
  readonly hash: string;
}

/** The newest interval of a device and section that is not what the device offers now. */
export interface ChangedRow extends DeviceRef {
  readonly name: string;
  /** Null when the section was never there. */
  readonly fromMs: number | null;
  /** Null while it is open. */
  readonly toMs: number | null;
  /** False when the device no longer offers the section. */
  readonly offered: boolean;
}

/** Compares offers with the newest intervals; rows that stay as they are do not come back. */
export async function readChanges(
  tx: RawSql,
  devices: readonly DeviceRef[],
  offered: readonly OfferedRow[],
): Promise<ChangedRow[]> {
  return await tx<ChangedRow[]>`
    WITH device AS (
      SELECT * FROM unnest(${int4s(
        tx,
        devices.map((row) => row.tenant),
      )}, ${int4s(
        tx,
        devices.map((row) => row.idx),
      )}) AS d(tenant, idx)
    ), offered AS (
      SELECT * FROM unnest(
        ${int4s(
          tx,
          offered.map((row) => row.tenant),
        )}, ${int4s(
          tx,
          offered.map((row) => row.idx),
        )},
        ${texts(
          tx,
          offered.map((row) => row.name),
        )}, ${byteas(
          tx,
          offered.map((row) => bytesOf(row.hash)),
        )}
      ) AS o(tenant, idx, name, hash)
    ), changed AS (
      SELECT o.tenant, o.idx, o.name, last.valid_from, last.valid_to, true AS offered
      FROM offered o
      LEFT JOIN LATERAL (
        SELECT valid_from, valid_to, s.hash FROM device_slice s
        WHERE s.tenant = o.tenant AND s.idx = o.idx AND s.name = o.name
        ORDER BY valid_from DESC LIMIT 1
      ) last ON true
      WHERE last.hash IS DISTINCT FROM o.hash OR last.valid_to <> 'infinity'
      UNION ALL
      SELECT s.tenant, s.idx, s.name, s.valid_from, s.valid_to, false
      FROM device JOIN device_slice s USING (tenant, idx)
      WHERE s.valid_to = 'infinity'
        AND NOT EXISTS (SELECT FROM offered o WHERE o.tenant = s.tenant AND o.idx = s.idx AND o.name = s.name)
    )
    SELECT tenant, idx, name, offered,
      (extract(epoch FROM valid_from) * 1000)::float8 AS "fromMs",
      (extract(epoch FROM nullif(valid_to, 'infinity')) * 1000)::float8 AS "toMs"
    FROM changed`;
}

/** An interval that ends. */
export interface ClosedSlice extends DeviceRef {
  readonly name: string;
  readonly at: Date;
}

export async function closeSlices(tx: RawSql, rows: readonly ClosedSlice[]): Promise<void> {
  await tx`
    UPDATE device_slice s SET valid_to = c.at
    FROM unnest(
      ${int4s(
        tx,
        rows.map((row) => row.tenant),
      )}, ${int4s(
        tx,
        rows.map((row) => row.idx),
      )},
      ${texts(
        tx,
        rows.map((row) => row.name),
      )}, ${timestamps(
        tx,
        rows.map((row) => row.at),
      )}
    ) AS c(tenant, idx, name, at)
    WHERE s.tenant = c.tenant AND s.idx = c.idx AND s.name = c.name AND s.valid_to = 'infinity'`;
}

/** An interval that begins. */
export interface OpenedSlice extends ClosedSlice {
  readonly hash: string;
}

export async function openSlices(tx: RawSql, rows: readonly OpenedSlice[]): Promise<void> {
  await tx`
    INSERT INTO device_slice (tenant, idx, name, valid_from, hash)
    SELECT * FROM unnest(
      ${int4s(
        tx,
        rows.map((row) => row.tenant),
      )}, ${int4s(
        tx,
        rows.map((row) => row.idx),
      )}, ${texts(
        tx,
        rows.map((row) => row.name),
      )},
      ${timestamps(
        tx,
        rows.map((row) => row.at),
      )}, ${byteas(
        tx,
        rows.map((row) => bytesOf(row.hash)),
      )}
    )`;
}

/** What devices call themselves in the slices they now hold. */
export async function readHostnames(
  tx: RawSql,
  rows: readonly OpenedSlice[],
): Promise<(DeviceRef & { readonly hostname: string })[]> {
  return await tx`
    SELECT o.tenant, o.idx, s.facts ->> 'hostname' AS hostname
    FROM unnest(
      ${int4s(
        tx,
        rows.map((row) => row.tenant),
      )}, ${int4s(
        tx,
        rows.map((row) => row.idx),
      )}, ${byteas(
        tx,
        rows.map((row) => bytesOf(row.hash)),
      )}
    ) AS o(tenant, idx, hash)
    JOIN slice s USING (tenant, hash)
    WHERE s.outcome = 'ok' AND s.facts ->> 'hostname' IS NOT NULL`;
}

/** The newest package interval of a device. */
export interface PackagesRow extends DeviceRef {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly parts: readonly number[];
}

export async function readLatestPackages(tx: RawSql, devices: readonly DeviceRef[]): Promise<PackagesRow[]> {
  return await tx<PackagesRow[]>`
    SELECT d.tenant, d.idx, last.parts,
      (extract(epoch FROM valid_from) * 1000)::float8 AS "fromMs",
      (extract(epoch FROM nullif(valid_to, 'infinity')) * 1000)::float8 AS "toMs"
    FROM unnest(${int4s(
      tx,
      devices.map((row) => row.tenant),
    )}, ${int4s(
      tx,
      devices.map((row) => row.idx),
    )}) AS d(tenant, idx)
    CROSS JOIN LATERAL (
      SELECT valid_from, valid_to, parts FROM device_packages p
      WHERE p.tenant = d.tenant AND p.idx = d.idx
      ORDER BY valid_from DESC LIMIT 1
    ) last`;
}

/** What becomes of the package lists of a batch of devices. */
export interface PackageMoves {
  /** Intervals that end. */
  readonly closed: readonly (DeviceRef & { readonly at: Date })[];
  /** Intervals that begin. */
  readonly opened: readonly OpenedPackages[];
  /** Set → how many devices more (or fewer) hold it; sorted by set. */
  readonly deltas: ReadonlyMap<number, number>;
}

/** A package interval that begins. */
export interface OpenedPackages extends DeviceRef {
  readonly at: Date;
  readonly parts: readonly number[];
  readonly installed: number;
}

/**
 * Ends and begins intervals and changes the counts of the sets, in one statement: whatever becomes of the transaction around it, counts and
 * intervals stay together. The `EXISTS` makes PostgreSQL end intervals before it begins new ones; sets are locked in order.
 */
export async function movePackageLists(tx: RawSql, { closed, opened, deltas }: PackageMoves): Promise<void> {
  const ids = [...deltas.keys()];
  await tx`
    WITH closing AS (
      SELECT * FROM unnest(
        ${int4s(
          tx,
          closed.map((row) => row.tenant),
        )}, ${int4s(
          tx,
          closed.map((row) => row.idx),
        )}, ${timestamps(
          tx,
          closed.map((row) => row.at),
        )}
      ) AS c(tenant, idx, at)
    ), closed AS (
      UPDATE device_packages p SET valid_to = closing.at FROM closing
      WHERE p.tenant = closing.tenant AND p.idx = closing.idx AND p.valid_to = 'infinity'
      RETURNING 1
    ), opened AS (
      INSERT INTO device_packages (tenant, idx, valid_from, parts, installed)
      SELECT tenant, idx, at, parts::integer[], installed
      FROM unnest(
        ${int4s(
          tx,
          opened.map((row) => row.tenant),
        )}, ${int4s(
          tx,
          opened.map((row) => row.idx),
        )}, ${timestamps(
          tx,
          opened.map((row) => row.at),
        )},
        ${texts(
          tx,
          opened.map((row) => `{${row.parts.join(',')}}`),
        )}, ${int4s(
          tx,
          opened.map((row) => row.installed),
        )}
      ) AS o(tenant, idx, at, parts, installed)
      WHERE EXISTS (SELECT count(*) FROM closed)
    ), change AS (
      SELECT * FROM unnest(${int4s(tx, ids)}, ${int4s(tx, [...deltas.values()])}) AS c(id, delta)
    ), locked AS MATERIALIZED (
      SELECT id FROM package_set WHERE id = ANY(${int4s(tx, ids)}) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE package_set s SET devices = s.devices + change.delta
    FROM change JOIN locked USING (id)
    WHERE s.id = change.id`;
}
