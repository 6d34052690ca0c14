// Statements by which devices become targets of commands: some by name, pages by number or id.
import { int4s, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A device as a target list shows it. */
export interface TargetRow {
  readonly idx: number;
  readonly id: string;
  readonly hostname: string;
  readonly deviceKey: Buffer;
  readonly state: 'pending' | 'active' | 'quarantined' | 'retired';
}

function columns(sql: RawSql) {
  return sql`idx, id, hostname, device_key AS "deviceKey", state`;
}

/** Devices of these numbers, also retired ones. */
export function selectByIdx(sql: RawSql, tenant: number, idxs: readonly number[]): Promise<TargetRow[]> {
  return sql<TargetRow[]>`SELECT ${columns(sql)} FROM device
    WHERE tenant = ${tenant} AND idx = ANY(${int4s(sql, idxs)})`;
}

/** Ids of these numbers, for hash trees. */
export function selectIds(
  sql: RawSql,
  tenant: number,
  idxs: readonly number[],
): Promise<{ readonly idx: number; readonly id: string }[]> {
  return sql`SELECT idx, id FROM device WHERE tenant = ${tenant} AND idx = ANY(${int4s(sql, idxs)})`;
}

/** Devices that each word names: an id, a host name, or the beginning of an id. */
export function selectNamed(
  sql: RawSql,
  tenant: number,
  words: readonly string[],
): Promise<(TargetRow & { readonly word: string })[]> {
  return sql`
    SELECT DISTINCT word, ${columns(sql)} FROM (
      SELECT word, device.* FROM unnest(${texts(sql, words)}) AS word JOIN device ON id = word
      UNION ALL
      SELECT word, device.* FROM unnest(${texts(sql, words)}) AS word JOIN device ON hostname = word
      UNION ALL
      SELECT word, device.* FROM unnest(${texts(
        sql,
        words.filter((word) => word.startsWith('dev_')),
      )}) AS word JOIN device ON starts_with(id, word)
    ) AS named WHERE tenant = ${tenant} AND state <> 'retired' ORDER BY word, id`;
}

/** Numbers of the devices with these ids. */
export function selectNumbers(
  sql: RawSql,
  tenant: number,
  ids: readonly string[],
): Promise<{ readonly idx: number; readonly id: string }[]> {
  return sql`SELECT idx, id FROM device WHERE tenant = ${tenant} AND id = ANY(${texts(sql, ids)})`;
}
