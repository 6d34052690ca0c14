// Stores what became of some devices that are held: their items, what has ended, and the counts, in one transaction.
import { codeOf } from '../../core/db/failures.ts';
import { type Day, dayOf } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { createTally, type Silence, sumDeltas } from './counting.ts';
import type { EndedItem, OpenItem } from './fold.ts';
import { groupBy } from './group.ts';
import { NOT_REPORTING } from './standing.ts';
import {
  addChanges,
  addCounts,
  type DeltaRow,
  deleteItems,
  ensurePastMonth,
  type ItemRow,
  insertPast,
  type PastRow,
  upsertItems,
} from './store.ts';
import { type DeviceRow, updateDevices } from './store-devices.ts';

/** What became of a device. */
export interface Settled {
  /** As it was when it was held, and as it is from here on. */
  readonly was: DeviceRow;
  readonly is: DeviceRow;
  /** Its items that were asked for, by name, and the same now. */
  readonly before: ReadonlyMap<string, OpenItem>;
  readonly after: ReadonlyMap<string, OpenItem>;
  readonly ended: readonly EndedItem[];
}

/** While it did not report, as known then and now. Where that is over, it is so at the moment it was heard of. */
function silencesOf({ was, is }: Settled): {
  readonly before: Silence | null;
  readonly after: Silence | null;
} {
  const toSilence = (from: Date | null, toMs: number | null) =>
    from === null ? null : { fromMs: from.getTime(), toMs };
  return {
    before: toSilence(was.silentSince, null),
    after: toSilence(
      is.silentSince ?? was.silentSince,
      is.silentSince === null ? is.heardAt.getTime() : null,
    ),
  };
}

/** Stores it: at most six statements, however many devices and items. */
export async function settle(tx: RawSql, all: readonly Settled[], months: Set<Day>): Promise<void> {
  const upserts: ItemRow[] = [];
  const deletes: ItemRow[] = [];
  const past: PastRow[] = [];
  const deltas: DeltaRow[] = [];
  for (const one of all) {
    const { tenant, idx } = one.is;
    for (const [name, item] of one.after)
      if (one.before.get(name) !== item) upserts.push({ tenant, idx, ...item });
    for (const [name, item] of one.before)
      if (one.after.get(name)?.ruleId !== item.ruleId) deletes.push({ tenant, idx, ...item });
    for (const ended of [...one.ended, ...endSilence(one)]) past.push({ tenant, idx, ...ended });
    for (const delta of countChanges(one)) deltas.push({ tenant, ...delta });
  }
  for (const { untilMs } of past) months.add(`${dayOf(new Date(untilMs)).slice(0, 7)}-01`);
  if (deletes.length > 0) await deleteItems(tx, deletes);
  if (upserts.length > 0) await upsertItems(tx, upserts);
  if (past.length > 0) await insertPast(tx, past);
  await updateDevices(
    tx,
    all.map(({ is }) => is),
  );
  // Last: everybody changes these, and whoever holds one keeps others waiting until his transaction ends.
  await storeDeltas(tx, deltas);
}

/** A silence that is over is kept like an item that has ended. */
function endSilence({ was, is }: Settled): EndedItem[] {
  if (was.silentSince === null || is.silentSince !== null) return [];
  const [sinceMs, untilMs] = [was.silentSince.getTime(), is.heardAt.getTime()];
  if (untilMs <= sinceMs) return [];
  return [{ ruleId: 0, state: NOT_REPORTING, mode: 0, code: null, sinceMs, untilMs }];
}

function countChanges(one: Settled) {
  const tally = createTally();
  const { before, after } = silencesOf(one);
  for (const item of one.before.values()) tally.add({ ...item, untilMs: null }, before, -1);
  for (const item of one.after.values()) tally.add({ ...item, untilMs: null }, after, 1);
  for (const item of one.ended) tally.add(item, after, 1);
  return tally.deltas();
}

/** Sums of each organization, in one order for all transactions. */
async function storeDeltas(tx: RawSql, rows: readonly DeltaRow[]): Promise<void> {
  const byTenant = groupBy(rows, ({ tenant }) => tenant);
  const counts = [...byTenant].flatMap(([tenant, some]) =>
    sumDeltas(some).map((count) => ({ tenant, ...count })),
  );
  if (counts.length > 0) await addCounts(tx, counts);
  const changes = [...byTenant].flatMap(([tenant, some]) => {
    const sums = new Map<string, DeltaRow>();
    for (const one of some) {
      const key = `${one.ruleId}/${one.mode}/${one.state}/${one.hourMs}`;
      sums.set(key, { ...one, tenant, delta: one.delta + (sums.get(key)?.delta ?? 0) });
    }
    return [...sums.values()].filter(({ delta }) => delta !== 0);
  });
  if (changes.length > 0) await addChanges(tx, changes);
}

/** No partition takes the row (check_violation). */
const NO_PARTITION = '23514';

/** Runs work that settles; where the month of something that has ended is missing, makes the months and runs it once more. */
export async function withMonths<T>(sql: RawSql, work: (months: Set<Day>) => Promise<T>): Promise<T> {
  const months = new Set<Day>();
  try {
    return await work(months);
  } catch (error) {
    if (codeOf(error) !== NO_PARTITION) throw error;
    for (const month of months) await ensurePastMonth(sql, month);
    return await work(months);
  }
}
