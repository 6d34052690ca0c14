// What a gateway stores in bulk for a device is stored before the device's next session opens, or not at all.
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { lockNewest, type SessionRef } from './store.ts';

/** A row that a session brought; one without an epoch was brought by nobody and is always stored. */
export interface FencedRow {
  readonly tenant: number;
  readonly idx: number;
  readonly epoch?: number;
}

/** In a transaction: the rows that may be stored. The others are refused once they are told so. One statement. */
export type SessionFence = <Row extends FencedRow>(tx: RawSql, rows: readonly Row[]) => Promise<Row[]>;

const keyOf = ({ tenant, idx }: FencedRow) => `${tenant}/${idx}`;

/** Locks the devices of a batch as they are now: a session that opens meanwhile waits for the end of the transaction. */
export const fenceSessions: SessionFence = async (tx, rows) => {
  // Of two sessions of one device in a batch the older has been succeeded already.
  const newest = new Map<string, SessionRef>();
  for (const { tenant, idx, epoch } of rows) {
    const before = newest.get(keyOf({ tenant, idx }))?.epoch ?? -1;
    if (epoch !== undefined && epoch > before) newest.set(keyOf({ tenant, idx }), { tenant, idx, epoch });
  }
  if (newest.size === 0) return [...rows];
  const held = new Set((await lockNewest(tx, [...newest.values()])).map(keyOf));
  return rows.filter(
    (row) => row.epoch === undefined || (held.has(keyOf(row)) && newest.get(keyOf(row))?.epoch === row.epoch),
  );
};

/** With one process nobody else opens sessions, and what comes late is told apart by its own numbers. */
export const noFence: SessionFence = async (_tx, rows) => [...rows];

/** What the sender of a row hears that was not stored: nothing, so that its device sends it again over its new session. */
export function refuseSucceeded(): Error {
  return fail('E_UNAVAILABLE', { detail: 'The device has opened another session since.' });
}
