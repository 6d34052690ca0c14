// The statements about roots and known hashes: what a device's last offer was, and what of an offer is stored already.
import { byteas, int4s, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A hash of one organization. */
export interface HashRef {
  readonly tenant: number;
  readonly hash: string;
}

/** A device. */
export interface DeviceRef {
  readonly tenant: number;
  readonly idx: number;
}

/** What is known of a hash: a slice has only its section, a package part its number and size as well. */
export interface KnownRow extends HashRef {
  readonly section: string;
  readonly setId: number | null;
  readonly part: number | null;
  readonly installed: number;
}

/** The bytes of a hash as the statements take them. */
export function bytesOf(hash: string): Buffer {
  return Buffer.from(hash, 'base64url');
}

/** Which of these hashes are stored, and as what. What is about to be deleted for want of use counts as not stored. */
export async function readKnown(sql: RawSql, refs: readonly HashRef[]): Promise<KnownRow[]> {
  const rows = await sql<(Omit<KnownRow, 'hash'> & { hash: Buffer })[]>`
    WITH asked AS (
      SELECT * FROM unnest(${int4s(
        sql,
        refs.map((ref) => ref.tenant),
      )}, ${byteas(
        sql,
        refs.map((ref) => bytesOf(ref.hash)),
      )}) AS a(tenant, hash)
    )
    SELECT tenant, hash, section, NULL::integer AS "setId", NULL::integer AS part, 0 AS installed
    FROM asked JOIN slice USING (tenant, hash) WHERE unused_since IS NULL
    UNION ALL
    SELECT tenant, hash, 'packages', id, part::integer, installed
    FROM asked JOIN package_set USING (tenant, hash) WHERE unused_since IS NULL`;
  return rows.map((row) => ({ ...row, hash: row.hash.toString('base64url') }));
}

/** A device and the root of its offer. */
export interface RootRow extends DeviceRef {
  readonly root: string;
  readonly ignored: readonly string[];
}

/** Notes the roots, in order of the keys: whoever writes intervals of these devices waits here. */
export async function saveRoots(tx: RawSql, rows: readonly RootRow[], now: Date): Promise<void> {
  await tx`
    INSERT INTO device_inventory (tenant, idx, root, stored_at, ignored)
    SELECT tenant, idx, root, ${now}, string_to_array(ignored, ',')
    FROM unnest(
      ${int4s(
        tx,
        rows.map((row) => row.tenant),
      )}, ${int4s(
        tx,
        rows.map((row) => row.idx),
      )},
      ${byteas(
        tx,
        rows.map((row) => bytesOf(row.root)),
      )}, ${texts(
        tx,
        rows.map((row) => row.ignored.join(',')),
      )}
    ) AS r(tenant, idx, root, ignored)
    ORDER BY tenant, idx
    ON CONFLICT (tenant, idx) DO UPDATE
      SET root = excluded.root, stored_at = excluded.stored_at, ignored = excluded.ignored`;
}

/** The stored roots of some devices, as they are now. */
export async function readRootsOf(
  sql: RawSql,
  devices: readonly DeviceRef[],
): Promise<(DeviceRef & { digest: Buffer; ignored: string[] })[]> {
  return await sql`
    SELECT tenant, idx, substring(root FROM 1 FOR 8) AS digest, ignored
    FROM device_inventory JOIN unnest(
      ${int4s(
        sql,
        devices.map((row) => row.tenant),
      )}, ${int4s(
        sql,
        devices.map((row) => row.idx),
      )}
    ) AS d(tenant, idx) USING (tenant, idx)`;
}

/** Forgets the roots of devices that are gone. */
export async function deleteRoots(tx: RawSql, devices: readonly DeviceRef[]): Promise<void> {
  await tx`
    DELETE FROM device_inventory
    USING unnest(${int4s(
      tx,
      devices.map((row) => row.tenant),
    )}, ${int4s(
      tx,
      devices.map((row) => row.idx),
    )}) AS d(tenant, idx)
    WHERE device_inventory.tenant = d.tenant AND device_inventory.idx = d.idx`;
}

/** A page of stored roots, for the digests in memory. */
export async function readRoots(
  sql: RawSql,
  after: DeviceRef,
  limit: number,
): Promise<(DeviceRef & { digest: Buffer; ignored: string[] })[]> {
  return await sql`
    SELECT tenant, idx, substring(root FROM 1 FOR 8) AS digest, ignored
    FROM device_inventory
    WHERE (tenant, idx) > (${after.tenant}, ${after.idx})
    ORDER BY tenant, idx
    LIMIT ${limit}`;
}
