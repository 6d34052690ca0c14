// Takes what devices say of their items: stored in batches, each report once, and none before one that came earlier.
import { type PolicyReport, readTimeMs } from '@muster/protocol';
import { toServerTimeMs } from '../../core/agents/device-time.ts';
import type { Session } from '../../core/agents/session.ts';
import { type BatchWriter, createBatchWriter } from '../../core/batch-writer.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { noFence, refuseSucceeded } from '../devices/index.ts';
import type { ComplianceDeps } from './deps.ts';
import { foldReports, type OpenItem, type Report } from './fold.ts';
import { groupBy } from './group.ts';
import { MAX_BATCH_REPORTS, MAX_QUEUED_REPORTS } from './limits.ts';
import { createTurnstile } from './order.ts';
import { createLearnNumbers, type FindNumber } from './rules.ts';
import { type Settled, settle, withMonths } from './settle.ts';
import { type ItemRow, selectItems, type Wanted } from './store.ts';
import { addDevices, type DeviceRef, type DeviceRow, lockDevices } from './store-devices.ts';

/** Takes reports. */
export interface Ingest {
  /** Acknowledged after the commit. */
  take(session: Session, message: PolicyReport): Promise<void>;
  stop(): Promise<void>;
}

/** A report on its way. */
interface Said extends DeviceRef {
  /** Session that it came from. */
  readonly epoch: number;
  readonly report: Report;
  /** The device has opened another session since: it was not stored. */
  isRefused: boolean;
}

const keyOf = ({ tenant, idx }: DeviceRef) => `${tenant}/${idx}`;

/** Makes it. */
export function createIngest(deps: ComplianceDeps): Ingest {
  const { sql, clock, log } = deps;
  const learn = createLearnNumbers(deps);
  const turnstile = createTurnstile();

  async function flush(rows: readonly Said[]): Promise<void> {
    const items = rows.flatMap(({ tenant, report }) => report.items.map((item) => ({ tenant, ...item })));
    const find = await learn(items);
    const unknown = await withMonths(sql, (months) =>
      inTransaction(sql, async (tx) => {
        const kept = await pass(deps, tx, rows);
        const all = kept.length === 0 ? [] : await apply(tx, kept, { find, now: new Date(clock.now()) });
        const settled = all.map((one) => one.settled);
        if (settled.length > 0) await settle(tx, settled, months);
        return all.reduce((sum, one) => sum + one.unknown, 0);
      }),
    );
    if (unknown > 0) log.warn({ items: unknown }, 'devices told of items that no rule names; not kept');
  }

  const writer: BatchWriter<Said> = createBatchWriter({
    ...{ name: 'report of policies', maxQueued: MAX_QUEUED_REPORTS, maxRows: MAX_BATCH_REPORTS },
    ...{ keyOf, flush, clock },
  });
  return {
    take(session, message) {
      // About what it was on the wire.
      const sizeBytes = JSON.stringify(message).length;
      return deps.answerDurable(session, { seq: message.seq, sizeBytes }, () =>
        turnstile.pass(session, message.seq, async () => {
          const { tenant, idx, epoch } = session;
          const row = {
            ...{ tenant, idx, epoch, report: toReport(session, message, clock.now()) },
            isRefused: false,
          };
          await writer.write(row);
          if (row.isRefused) throw refuseSucceeded();
        }),
      );
    },
    stop: () => writer.stop(),
  };
}

/** By the clock of the server. */
function toReport(session: Session, message: PolicyReport, nowMs: number): Report {
  const read = (text: string) => toServerTimeMs(session, readTimeMs(text), nowMs);
  const { seq, set, reset, gone, at } = message;
  const items = message.items.map(({ since, ...item }) => ({ ...item, sinceMs: read(since) }));
  return { seq, set, reset, gone, items, atMs: read(at) };
}

/** The reports that may be stored. */
async function pass(
  { fence = noFence }: ComplianceDeps,
  tx: RawSql,
  all: readonly Said[],
): Promise<readonly Said[]> {
  const kept = await fence(tx, all);
  const isKept = new Set(kept);
  for (const row of all) row.isRefused = !isKept.has(row);
  return kept;
}

/** What the reports make of their devices: up to three statements. */
async function apply(
  tx: RawSql,
  rows: readonly Said[],
  { find, now }: { readonly find: FindNumber; readonly now: Date },
): Promise<{ readonly settled: Settled; readonly unknown: number }[]> {
  const reports = groupBy(rows, keyOf);
  const held = await holdDevices(tx, rows, now);
  const due = held.flatMap((was) => {
    const news = (reports.get(keyOf(was)) ?? []).filter(({ report }) => report.seq > was.seq);
    return was.isOver || news.length === 0 ? [] : [{ was, news: news.map(({ report }) => report) }];
  });
  const wanted = due.map(({ was, news }) => want(was, news)).filter(({ items }) => items.length > 0);
  const items = wanted.length === 0 ? [] : await selectItems(tx, wanted);
  const byDevice = groupBy(items, keyOf);
  return due.map(({ was, news }) => {
    const before = nameItems(byDevice.get(keyOf(was)) ?? []);
    const ruleIdOf = (item: Parameters<FindNumber>[1]) => find(was.tenant, item);
    const facts = { ...was, atMs: was.at.getTime(), endedMs: was.endedAt?.getTime() ?? null };
    const { facts: next, after, ended, unknown } = foldReports({ facts, open: before }, news, ruleIdOf);
    const heardAt = endOf(was, now);
    // What begins after a silence begins after its end.
    const endedMs = was.silentSince === null ? next.endedMs : heardAt.getTime();
    const is = {
      ...was,
      ...{ seq: next.seq, digest: next.digest, at: new Date(next.atMs), heardAt, silentSince: null },
      endedAt: endedMs === null ? null : new Date(endedMs),
    };
    return { settled: { was, is, before, after, ended }, unknown };
  });
}

/** Now, and no earlier than a silence began: the clock of the server may have been set back. */
export function endOf({ silentSince }: DeviceRow, now: Date): Date {
  return silentSince !== null && silentSince > now ? silentSince : now;
}

/** The devices, held; those that are not known are from here on. */
async function holdDevices(tx: RawSql, rows: readonly DeviceRef[], now: Date): Promise<DeviceRow[]> {
  const refs = [
    ...new Map(rows.map(({ tenant, idx }) => [keyOf({ tenant, idx }), { tenant, idx }])).values(),
  ];
  const known = await lockDevices(tx, refs);
  const isKnown = new Set(known.map(keyOf));
  const missing = refs.filter((ref) => !isKnown.has(keyOf(ref)));
  return missing.length === 0 ? known : [...known, ...(await addDevices(tx, missing, now))];
}

/** Items that must be known to apply these: all of them where all may change, also how they are counted. */
function want({ tenant, idx, silentSince }: DeviceRow, reports: readonly Report[]): Wanted {
  const isAll = silentSince !== null || reports.some(({ reset, set }) => reset || set === null);
  if (isAll) return { tenant, idx, items: 'all' };
  const names = reports.flatMap(({ items, gone }) => [...items.map(({ item }) => item), ...gone]);
  return { tenant, idx, items: [...new Set(names)] };
}

/** By name. */
export function nameItems(rows: readonly ItemRow[]): ReadonlyMap<string, OpenItem> {
  return new Map(rows.map(({ tenant: _tenant, idx: _idx, ...item }) => [item.item, item]));
}
