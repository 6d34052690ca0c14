// The statements that read stored slices of devices, for expressions about them.
import { byteas, int4s, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A slice that a device holds now. */
export interface HeldRow {
  readonly idx: number;
  /** Hexadecimal. */
  readonly hash: string;
}

/** The slices of those sections that these devices hold now. */
export function selectHeld(
  sql: RawSql,
  tenant: number,
  { idxs, sections }: { readonly idxs: readonly number[]; readonly sections: readonly string[] },
): Promise<HeldRow[]> {
  return sql<HeldRow[]>`SELECT idx, encode(hash, 'hex') AS hash FROM device_slice
    WHERE tenant = ${tenant} AND idx = ANY(${int4s(sql, idxs)}) AND name = ANY(${texts(sql, sections)})
      AND valid_to = 'infinity'`;
}

/** A body (raw deflate). */
export interface BodyRow {
  readonly hash: string;
  readonly body: Buffer;
}

/** The bodies with those hashes; a slice that holds no rows is left out. */
export function selectBodies(sql: RawSql, tenant: number, hashes: readonly string[]): Promise<BodyRow[]> {
  const bytes = hashes.map((hash) => Buffer.from(hash, 'hex'));
  return sql<BodyRow[]>`SELECT encode(hash, 'hex') AS hash, body FROM slice
    WHERE tenant = ${tenant} AND outcome = 'ok' AND hash = ANY(${byteas(sql, bytes)})`;
}
