// Proves that whatever devices say, in whatever order, all ways to count agree with a plain model, now and at each moment of the past.
import fc from 'fast-check';
import t from 'tap';
import { inTransaction } from '../../core/db/transaction.ts';
import { FINE_KEPT_MS } from './limits.ts';
import { withMonths } from './settle.ts';
import { endDevice } from './silence.ts';
import { noCounts, stateNames } from './standing.ts';
import { type CountRow, countItems, countItemsThen, readCounters } from './store-counts.ts';
import { createSweep } from './sweep.ts';
import { openStage, readState, recount, START_MS, says, type Telling } from './testing/stage.ts';

t.setTimeout(280_000);

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DEVICES = 3;

const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);

/** As {@link recount} has it. */
function sum(rows: readonly CountRow[]) {
  const counts = new Map<string, ReturnType<typeof noCounts>>();
  for (const { policy, rule, state, count } of rows) {
    const sums = counts.get(`${policy}/${rule}`) ?? noCounts();
    sums[stateNames[state] ?? 'error'] += count;
    counts.set(`${policy}/${rule}`, sums);
  }
  return new Map([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const item = fc.record({
  policy: fc.constantFrom('ssh', 'base'),
  at: fc.nat({ max: 2 }),
  state: fc.constantFrom('compliant', 'drifted', 'repaired', 'error', 'not-applicable', 'exempt'),
  mode: fc.constantFrom('audit', 'enforce'),
  code: fc.constantFrom(null, 'E_ONE'),
  agoMinutes: fc.nat({ max: 6_000 }),
} as const);

const report = fc.record({
  kind: fc.constant('report'),
  idx: fc.nat({ max: DEVICES - 1 }),
  agoMinutes: fc.oneof(fc.constant(0), fc.nat({ max: 4_000 })),
  reset: fc.oneof({ arbitrary: fc.constant(false), weight: 6 }, fc.constant(true)),
  isHeld: fc.oneof({ arbitrary: fc.constant(true), weight: 10 }, fc.constant(false)),
  items: fc.uniqueArray(item, { maxLength: 5, selector: ({ policy, at }) => `${policy}/${at}` }),
  gone: fc.array(fc.record({ policy: fc.constantFrom('ssh', 'base'), at: fc.nat({ max: 2 }) }), {
    maxLength: 1,
  }),
  /** An older number, as when it comes twice. */
  isOld: fc.oneof({ arbitrary: fc.constant(false), weight: 8 }, fc.constant(true)),
} as const);

const step = fc.oneof(
  { arbitrary: fc.array(report, { minLength: 1, maxLength: 6 }), weight: 8 },
  { arbitrary: fc.record({ kind: fc.constant('sweep') } as const), weight: 3 },
  {
    arbitrary: fc.record({ kind: fc.constant('retire'), idx: fc.nat({ max: DEVICES - 1 }) } as const),
    weight: 1,
  },
);

/** How items stand, as a person would note it: the last word about each, by device. */
function createModel() {
  const stands = new Map<string, string>();
  const lastSeq = new Map<number, number>();
  const retired = new Set<number>();
  return {
    stands,
    retire(idx: number): void {
      retired.add(idx);
      for (const key of [...stands.keys()]) if (key.startsWith(`${idx} `)) stands.delete(key);
    },
    tell(
      idx: number,
      { seq, reset, set, items, gone }: Required<Pick<Telling, 'seq' | 'reset' | 'set' | 'items' | 'gone'>>,
    ): void {
      if (retired.has(idx) || seq <= (lastSeq.get(idx) ?? 0)) return;
      lastSeq.set(idx, seq);
      if (reset || set === null)
        for (const key of [...stands.keys()]) if (key.startsWith(`${idx} `)) stands.delete(key);
      for (const { item, state, mode, code } of set === null ? [] : items)
        stands.set(`${idx} ${item}`, `${state} ${mode} ${code}`);
      for (const item of gone) stands.delete(`${idx} ${item}`);
    },
  };
}

t.test('whatever is said, history, counters and counts of some devices are one', async (t) => {
  const { sql, deps, time, tell, connect } = await openStage(t, DEVICES);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat({ max: 80 }), step), { minLength: 4, maxLength: 14 }),
      async (steps) => {
        for (const table of ['', '_device', '_past', '_count', '_change'])
          await sql`DELETE FROM ${sql(`compliance${table}`)}`;
        time.nowMs = START_MS;
        for (let idx = 0; idx < DEVICES; idx++) connect(idx);
        const sweep = createSweep(deps);
        const seqs = new Map<number, number>();
        const model = createModel();
        for (const [hoursOn, what] of steps) {
          time.nowMs += hoursOn * HOUR_MS + 7 * MINUTE_MS;
          if (!Array.isArray(what)) {
            if (what.kind === 'sweep') await sweep.run();
            else
              await withMonths(sql, (months) =>
                inTransaction(sql, (tx) =>
                  endDevice(tx, { tenant: 1, idx: what.idx }, { now: new Date(time.nowMs), months }),
                ),
              );
            if (what.kind === 'retire') model.retire(what.idx);
            continue;
          }
          await Promise.all(
            what.map(({ idx, agoMinutes, isHeld, isOld, items, gone, reset }) => {
              const seq = isOld ? Math.max(1, (seqs.get(idx) ?? 1) - 1) : (seqs.get(idx) ?? 0) + 1;
              if (!isOld) seqs.set(idx, seq);
              const atMs = time.nowMs - agoMinutes * MINUTE_MS;
              const told = items.map(({ agoMinutes: before, policy, at, ...rest }) =>
                says(policy, at, { ...rest, sinceMs: atMs - before * MINUTE_MS }),
              );
              const telling = {
                ...{ seq, reset, set: isHeld ? 'S'.repeat(43) : null, items: told },
                gone: gone.map(({ policy, at }) => says(policy, at, { sinceMs: 0 }).item),
              };
              model.tell(idx, telling);
              return tell(idx, telling, atMs);
            }),
          );
        }
        await check(model.stands);
      },
    ),
    { numRuns: 60 },
  );

  async function check(stands: ReadonlyMap<string, string>): Promise<void> {
    const { open, past } = await readState(sql);
    const found = open.map(({ idx, item: name, state, mode, code }): [string, string] => [
      `${idx} ${name}`,
      `${stateNames[state]} ${mode === 1 ? 'enforce' : 'audit'} ${code}`,
    ]);
    t.strictSame(new Map(found.toSorted(byKey)), new Map([...stands].toSorted(byKey)));
    // No two intervals of an item overlap.
    const all = [...open.map((one) => ({ ...one, until: new Date(8.64e15) })), ...past];
    for (const a of all)
      for (const b of all)
        if (a !== b && a.idx === b.idx && a.item === b.item && a.since < b.until && b.since < a.until)
          t.fail('two intervals overlap', { a, b });
    const everybody = { tenant: 1, within: null };
    const now = new Date(time.nowMs + 1);
    const wanted = await recount(sql, now);
    t.strictSame(sum(await readCounters(sql, { tenant: 1 }, null)), wanted);
    t.strictSame(sum(await countItems(sql, everybody)), wanted);
    const moments = [1, 5, 30, 70, 200, 600]
      .map((hoursAgo) => new Date(Math.floor(time.nowMs / HOUR_MS) * HOUR_MS - hoursAgo * HOUR_MS))
      .toSorted((a, b) => a.getTime() - b.getTime());
    const then = await countItemsThen(sql, everybody, moments);
    for (const moment of moments) {
      const stood = await recount(sql, moment);
      t.strictSame(sum(await readCounters(sql, { tenant: 1 }, moment)), stood);
      t.strictSame(sum(then.filter((row) => row.moment.getTime() === moment.getTime())), stood);
    }
  }
});

t.test('hours of long ago are put together into days, and say the same at each midnight', async (t) => {
  const { sql, deps, time, tell } = await openStage(t, 2);
  const sweep = createSweep(deps);
  const states = ['compliant', 'drifted'] as const;
  for (let seq = 1; seq <= 40; seq++) {
    time.nowMs += 5 * HOUR_MS;
    await tell(seq % 2, {
      seq,
      items: [says('ssh', 0, { sinceMs: time.nowMs, state: states[(seq >> 1) % 2] ?? 'error' })],
    });
  }
  const midnights = Array.from({ length: 8 }, (_, day) => new Date(Date.UTC(2027, 4, 11 + day)));
  const read = () => Promise.all(midnights.map((at) => readCounters(sql, { tenant: 1 }, at).then(sum)));
  const before = await read();
  const rows = async () => (await sql`SELECT 1 FROM compliance_change WHERE state <> 7`).length;
  const many = await rows();
  time.nowMs += FINE_KEPT_MS + 30 * 24 * HOUR_MS;
  await sweep.run();
  t.ok((await rows()) < many);
  const [odd] =
    await sql`SELECT 1 FROM compliance_change WHERE state <> 7 AND hour <> date_trunc('day', hour, 'UTC')
    AND hour < ${new Date(time.nowMs - FINE_KEPT_MS - 24 * HOUR_MS)}`;
  t.equal(odd, undefined);
  t.strictSame(await read(), before);
});
