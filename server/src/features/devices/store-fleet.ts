// The statements by which the fleet index reads devices: pages of all of them, or some by number.
import { int4s } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A device as the index takes it. */
export interface IndexedRow {
  readonly tenant: number;
  readonly idx: number;
  readonly id: string;
  readonly shownName: string;
  readonly state: 'pending' | 'active' | 'quarantined' | 'retired';
  readonly labels: Readonly<Record<string, string>>;
  readonly online: boolean;
  readonly lastSeenAt: Date | null;
  readonly enrolledAt: Date;
}

function columns(sql: RawSql) {
  return sql`tenant, idx, id, hostname AS "shownName", state, labels, online,
    last_seen_at AS "lastSeenAt", enrolled_at AS "enrolledAt"`;
}

/** The next devices behind a place, by organization and number. */
export function selectIndexedPage(
  sql: RawSql,
  after: { readonly tenant: number; readonly idx: number },
  limit: number,
): Promise<IndexedRow[]> {
  return sql<IndexedRow[]>`SELECT ${columns(sql)} FROM device
    WHERE (tenant, idx) > (${after.tenant}, ${after.idx}) ORDER BY tenant, idx LIMIT ${limit}`;
}

/** Devices of these numbers, whatever their state. */
export function selectIndexed(sql: RawSql, tenant: number, idxs: readonly number[]): Promise<IndexedRow[]> {
  return sql<IndexedRow[]>`SELECT ${columns(sql)} FROM device
    WHERE tenant = ${tenant} AND idx = ANY(${int4s(sql, idxs)})`;
}
