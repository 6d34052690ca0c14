// The statements that read stored slices of all devices, for expressions about them.
import { texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A slice that a device holds now. */
export interface HeldRow {
  readonly idx: number;
  readonly name: string;
  readonly hash: Buffer;
}

/** Rows that are fetched at once. */
const PAGE_ROWS = 5_000;

/** The slices of those names that the devices of a tenant hold now, in pages on one cursor. */
export function selectHeld(sql: RawSql, tenant: number, names: readonly string[]): AsyncIterable<HeldRow[]> {
  return sql<HeldRow[]>`SELECT idx, name, hash FROM device_slice
    WHERE tenant = ${tenant} AND name = ANY(${texts(sql, names)}) AND valid_to = 'infinity'`.cursor(
    PAGE_ROWS,
  );
}

/** A body (raw deflate). */
export interface BodyRow {
  readonly hash: Buffer;
  readonly body: Buffer;
}

/** The bodies of those slices, each once however many devices hold it. */
export function selectBodies(
  sql: RawSql,
  tenant: number,
  names: readonly string[],
): AsyncIterable<BodyRow[]> {
  return sql<BodyRow[]>`SELECT hash, body FROM slice
    WHERE tenant = ${tenant} AND outcome = 'ok' AND hash IN (
      SELECT hash FROM device_slice
      WHERE tenant = ${tenant} AND name = ANY(${texts(sql, names)}) AND valid_to = 'infinity')`.cursor(
    PAGE_ROWS,
  );
}
