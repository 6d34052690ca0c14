// The part of a statement that keeps rows of devices within a scope: one value of a bit a device, however many there are.
import type { RawSql } from './pool.ts';

/** Devices by number, as bits. */
interface Bytes {
  bytes(): Uint8Array;
}

/** ` AND …` for a statement whose rows have a column `idx`; nothing where there is no limit. Numbers beyond the bits are outside. */
export function inScope(sql: RawSql, scope: Bytes | null) {
  if (scope === null) return sql``;
  const bytes = Buffer.from(scope.bytes());
  return sql`AND CASE WHEN idx < ${bytes.length * 8} THEN get_bit(${bytes}::bytea, idx) = 1 ELSE false END`;
}
