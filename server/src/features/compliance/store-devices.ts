// Statements about devices as a whole: what they said last, and since when they say nothing.
import { booleans, int4s, int8s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A device by number. */
export interface DeviceRef {
  readonly tenant: number;
  readonly idx: number;
}

/** What is known of it. */
export interface DeviceRow extends DeviceRef {
  readonly seq: number;
  readonly digest: string | null;
  readonly at: Date;
  readonly heardAt: Date;
  readonly endedAt: Date | null;
  readonly silentSince: Date | null;
  /** It was retired. */
  readonly isOver: boolean;
}

function columns(sql: RawSql) {
  return sql`tenant, idx, seq, digest, at, heard_at AS "heardAt", ended_at AS "endedAt",
    silent_since AS "silentSince", is_over AS "isOver"`;
}

function refs(sql: RawSql, devices: readonly DeviceRef[]) {
  const tenants = int4s(
    sql,
    devices.map(({ tenant }) => tenant),
  );
  return sql`unnest(${tenants}, ${int4s(
    sql,
    devices.map(({ idx }) => idx),
  )}) AS one (tenant, idx)`;
}

/** What is known of these, held until the transaction ends; always in one order, so that no two transactions wait for each other. */
export function lockDevices(tx: RawSql, devices: readonly DeviceRef[]): Promise<DeviceRow[]> {
  return tx<DeviceRow[]>`
    SELECT ${columns(tx)} FROM compliance_device JOIN ${refs(tx, devices)} USING (tenant, idx)
    ORDER BY tenant, idx FOR UPDATE OF compliance_device`;
}

/** The same of devices that were not known yet: from here on they are. */
export function addDevices(tx: RawSql, devices: readonly DeviceRef[], at: Date): Promise<DeviceRow[]> {
  return tx<DeviceRow[]>`
    INSERT INTO compliance_device (tenant, idx, seq, at, heard_at)
    SELECT tenant, idx, 0, to_timestamp(0), ${at}::timestamptz FROM ${refs(tx, devices)} ORDER BY tenant, idx
    ON CONFLICT (tenant, idx) DO UPDATE SET seq = compliance_device.seq
    RETURNING ${columns(tx)}`;
}

/** Devices that hold policies and were heard of last before that moment, held in the same order. */
export function lockSilent(
  tx: RawSql,
  { tenant, before, limit }: { readonly tenant: number; readonly before: Date; readonly limit: number },
): Promise<DeviceRow[]> {
  return tx<DeviceRow[]>`
    SELECT ${columns(tx)} FROM compliance_device
    WHERE tenant = ${tenant} AND heard_at < ${before} AND silent_since IS NULL AND digest IS NOT NULL AND NOT is_over
    ORDER BY tenant, idx LIMIT ${limit} FOR UPDATE`;
}

/** Stores what is known of devices that are held. */
export async function updateDevices(tx: RawSql, rows: readonly DeviceRow[]): Promise<void> {
  const moments = (of: (row: DeviceRow) => Date | null) => timestamps(tx, rows.map(of));
  await tx`
    UPDATE compliance_device SET seq = one.seq, digest = one.digest, at = one.at, heard_at = one.heard_at,
      ended_at = one.ended_at, silent_since = one.silent_since, is_over = one.is_over
    FROM unnest(
      ${int4s(
        tx,
        rows.map(({ tenant }) => tenant),
      )},
      ${int4s(
        tx,
        rows.map(({ idx }) => idx),
      )},
      ${int8s(
        tx,
        rows.map(({ seq }) => seq),
      )},
      ${texts(
        tx,
        rows.map(({ digest }) => digest),
      )},
      ${moments(({ at }) => at)}, ${moments(({ heardAt }) => heardAt)}, ${moments(({ endedAt }) => endedAt)},
      ${moments(({ silentSince }) => silentSince)},
      ${booleans(
        tx,
        rows.map(({ isOver }) => isOver),
      )}
    ) AS one (tenant, idx, seq, digest, at, heard_at, ended_at, silent_since, is_over)
    WHERE compliance_device.tenant = one.tenant AND compliance_device.idx = one.idx`;
}

/** What is known of a device; undefined: it has never reported. */
export async function selectDevice(sql: RawSql, tenant: number, idx: number): Promise<DeviceRow | undefined> {
  const rows = await sql<DeviceRow[]>`SELECT ${columns(sql)} FROM compliance_device
    WHERE tenant = ${tenant} AND idx = ${idx}`;
  return rows[0];
}
