// Devices of which nothing is heard any more: those that fall silent, and those that were retired.
import { dayOf } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { OpenItem } from './fold.ts';
import { groupBy } from './group.ts';
import { endOf, nameItems } from './ingest.ts';
import { SILENT_AFTER_MS, SILENT_BATCH } from './limits.ts';
import { type Settled, settle } from './settle.ts';
import { selectItems } from './store.ts';
import { addDevices, type DeviceRef, type DeviceRow, lockDevices, lockSilent } from './store-devices.ts';

const keyOf = ({ tenant, idx }: DeviceRef) => `${tenant}/${idx}`;

/** All items of devices that are held, by name. */
async function readAll(tx: RawSql, devices: readonly DeviceRow[]) {
  const rows = await selectItems(
    tx,
    devices.map(({ tenant, idx }) => ({ tenant, idx, items: 'all' })),
  );
  const byDevice = groupBy(rows, keyOf);
  return (device: DeviceRef): ReadonlyMap<string, OpenItem> => nameItems(byDevice.get(keyOf(device)) ?? []);
}

/** Some devices that have said nothing for too long do not report from here on; resolves with how many. In a transaction. */
export async function silenceSome(
  tx: RawSql,
  { tenant, nowMs }: { readonly tenant: number; readonly nowMs: number },
): Promise<number> {
  const before = new Date(nowMs - SILENT_AFTER_MS);
  const held = await lockSilent(tx, { tenant, before, limit: SILENT_BATCH });
  if (held.length === 0) return 0;
  const itemsOf = await readAll(tx, held);
  const all = held.map((was): Settled => {
    const items = itemsOf(was);
    const silentSince = new Date(was.heardAt.getTime() + SILENT_AFTER_MS);
    return { was, is: { ...was, silentSince }, before: items, after: items, ended: [] };
  });
  await settle(tx, all, new Set());
  return held.length;
}

/** The device was retired: it has no items any more, and what it may still say changes nothing. Its history stays. In a transaction. */
export async function endDevice(
  tx: RawSql,
  ref: DeviceRef,
  { now, months }: { readonly now: Date; readonly months: Set<string> },
): Promise<void> {
  const known = await lockDevices(tx, [ref]);
  const [was] = known.length > 0 ? known : await addDevices(tx, [ref], now);
  if (was === undefined || was.isOver) return;
  const before = (await readAll(tx, [was]))(was);
  const heardAt = endOf(was, now);
  const untilMs = heardAt.getTime();
  const ended = [...before.values()].flatMap(({ ruleId, state, mode, code, sinceMs }) =>
    sinceMs < untilMs ? [{ ruleId, state, mode, code, sinceMs, untilMs }] : [],
  );
  months.add(`${dayOf(heardAt).slice(0, 7)}-01`);
  const is = { ...was, heardAt, digest: null, silentSince: null, isOver: true };
  await settle(tx, [{ was, is, before, after: new Map(), ended }], months);
}
