// Proves against a real database that reports are stored once and in order, that history never overlaps, and that the counts are the rows.
import t from 'tap';
import { listPartitions } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { fail } from '../../errors.ts';
import { fenceSessions } from '../devices/index.ts';
import { createIngest } from './ingest.ts';
import { KEPT_MS, SILENT_AFTER_MS } from './limits.ts';
import { createTurnstile } from './order.ts';
import { withMonths } from './settle.ts';
import { endDevice } from './silence.ts';
import { nameState } from './standing.ts';
import { createSweep } from './sweep.ts';
import { openStage, readCounters, readState, recount, START_MS, says } from './testing/stage.ts';

t.setTimeout(240_000);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Hours from the start, as read from what is stored. */
const hours = (date: Date) => (date.getTime() - START_MS) / HOUR_MS;

async function show(sql: RawSql) {
  const { open, past } = await readState(sql);
  return {
    open: open.map(({ idx, policy, rule, state, since }) => [
      idx,
      `${policy}/${rule}`,
      nameState(state),
      hours(since),
    ]),
    past: past.map(({ idx, policy, rule, state, since, until }) => [
      idx,
      `${policy}/${rule}`,
      nameState(state),
      hours(since),
      hours(until),
    ]),
  };
}

/** The counts, those of nothing left out. */
async function counts(sql: RawSql) {
  const rows = await sql<{ policy: string; rule: string; mode: number; state: number; count: number }[]>`
    SELECT policy, rule, mode, state, count FROM compliance_count JOIN compliance_rule USING (tenant, rule_id)
    WHERE count <> 0 ORDER BY policy, rule, mode, state`;
  return rows.map(({ policy, rule, mode, state, count }) => [
    `${policy}/${rule}`,
    mode === 1 ? 'enforce' : 'audit',
    nameState(state),
    count,
  ]);
}

t.test('what a device says becomes how its items stand, and how they stood', async (t) => {
  const { sql, time, tell, answers } = await openStage(t, 3);
  const sinceMs = START_MS - 5 * HOUR_MS;
  await tell(0, {
    seq: 1,
    reset: true,
    items: [says('ssh', 0, { sinceMs }), says('ssh', 1, { sinceMs, state: 'drifted', found: 'yes' })],
  });
  await tell(1, { seq: 4, items: [says('ssh', 0, { sinceMs: START_MS - 2 * KEPT_MS, mode: 'enforce' })] });
  t.same(answers, [
    { type: 'ack', seqs: [1] },
    { type: 'ack', seqs: [4] },
  ]);
  t.same(await show(sql), {
    open: [
      [0, 'ssh/r0', 'compliant', -5],
      [0, 'ssh/r1', 'drifted', -5],
      [1, 'ssh/r0', 'compliant', -KEPT_MS / HOUR_MS],
    ],
    past: [],
  });
  t.same(await counts(sql), [
    ['ssh/r0', 'audit', 'compliant', 1],
    ['ssh/r0', 'enforce', 'compliant', 1],
    ['ssh/r1', 'audit', 'drifted', 1],
  ]);

  time.nowMs = START_MS + 3 * HOUR_MS;
  // Before what it said last it cannot have begun: until then it was said to be otherwise.
  await tell(0, { seq: 2, items: [says('ssh', 1, { sinceMs: sinceMs, state: 'repaired' })] });
  time.nowMs = START_MS + 4 * HOUR_MS;
  await tell(0, { seq: 3, gone: [says('ssh', 0, { sinceMs }).item, 'sysctl.never.heard'] });
  t.same(await show(sql), {
    open: [
      [0, 'ssh/r1', 'repaired', 0],
      [1, 'ssh/r0', 'compliant', -KEPT_MS / HOUR_MS],
    ],
    past: [
      [0, 'ssh/r0', 'compliant', -5, 4],
      [0, 'ssh/r1', 'drifted', -5, 0],
    ],
  });

  const before = await readState(sql);
  for (const seq of [1, 2, 3])
    await tell(0, { seq, reset: true, items: [says('base', 0, { sinceMs, state: 'error' })] });
  t.same(await readState(sql), before, 'an older number, or the same again, changes nothing');
  t.same(answers.at(-1), { type: 'ack', seqs: [3] }, 'and is acknowledged, so that it does not come again');

  time.nowMs = START_MS + 5 * HOUR_MS;
  // It begins where it had ended, not where the device would have it.
  await tell(0, { seq: 5, items: [says('ssh', 0, { sinceMs, state: 'drifted' })] });
  t.same((await show(sql)).open[0], [0, 'ssh/r0', 'drifted', 4]);
});

t.test('whoever begins anew is taken at his word, and what he names again goes on', async (t) => {
  const { sql, time, tell } = await openStage(t, 1);
  const sinceMs = START_MS - HOUR_MS;
  const item = (at: number) => says('ssh', at, { sinceMs });
  await tell(0, { seq: 1, items: [item(0), item(1), item(2)] });
  time.nowMs += HOUR_MS;
  await Promise.all([
    tell(0, { seq: 2, reset: true, items: [item(0), says('ssh', 1, { sinceMs, state: 'error' })] }),
    tell(0, { seq: 3, items: [item(2)] }),
  ]);
  t.same(await show(sql), {
    open: [
      [0, 'ssh/r0', 'compliant', -1],
      [0, 'ssh/r1', 'error', 0],
      [0, 'ssh/r2', 'compliant', 1],
    ],
    past: [
      [0, 'ssh/r1', 'compliant', -1, 0],
      [0, 'ssh/r2', 'compliant', -1, 1],
    ],
  });
  time.nowMs += HOUR_MS;
  await tell(0, { seq: 4, set: null, items: [item(0)] });
  t.same((await show(sql)).open, [], 'without a set nothing is decided');
  t.same(await counts(sql), []);
});

t.test('another rule decides about the item: the one before does no more', async (t) => {
  const { sql, time, tell } = await openStage(t, 1);
  const one = says('ssh', 0, { sinceMs: START_MS, state: 'drifted' });
  await tell(0, { seq: 1, items: [one] });
  await sql`INSERT INTO compliance_rule (tenant, policy, rule, item) VALUES (1, 'other', 'rule', ${one.item})`;
  time.nowMs += HOUR_MS;
  await tell(0, { seq: 2, items: [{ ...one, policy: 'other', rule: 'rule' }] });
  t.same(await show(sql), { open: [[0, 'other/rule', 'drifted', 0]], past: [] });
  t.same(await counts(sql), [['other/rule', 'audit', 'drifted', 1]]);
  time.nowMs += HOUR_MS;
  await tell(0, { seq: 3, items: [{ ...one, policy: 'made-up', rule: 'rule' }] });
  t.same(await show(sql), { open: [], past: [[0, 'other/rule', 'drifted', 0, 2]] });
  t.same(
    [...(await sql<{ policy: string }[]>`SELECT policy FROM compliance_rule ORDER BY policy`)],
    [{ policy: 'other' }, { policy: 'ssh' }],
    'a device makes up no rules',
  );
});

t.test('of another organization nothing is learned', async (t) => {
  const { sql, connect, tell } = await openStage(t, 1);
  connect(0, { tenant: 2 });
  await tell(0, { seq: 1, items: [says('ssh', 0, { sinceMs: START_MS })] });
  t.same((await readState(sql)).open, []);
  t.same(await sql`SELECT 1 FROM compliance_rule`, []);
});

t.test('the older session of a device stores nothing, and is not answered', async (t) => {
  const { sql, connect, tell, answers } = await openStage(t, 1, { fence: fenceSessions });
  await sql`UPDATE device SET epoch = 2 WHERE tenant = 1`;
  connect(0, { epoch: 1 });
  await tell(0, { seq: 1, items: [says('ssh', 0, { sinceMs: START_MS })] });
  t.same([(await readState(sql)).devices, answers], [[], []]);
  connect(0, { epoch: 2 });
  await tell(0, { seq: 1, items: [says('ssh', 0, { sinceMs: START_MS })] });
  t.same((await show(sql)).open, [[0, 'ssh/r0', 'compliant', 0]]);
});

t.test('a report that was put off lets none of its session pass that came after it', async (t) => {
  const { pass } = createTurnstile();
  const session = {};
  const stored: number[] = [];
  const store = (seq: number) => pass(session, seq, async () => void stored.push(seq));
  const putOff = (seq: number) =>
    pass(session, seq, async () => {
      throw fail('E_BUSY');
    });
  await store(1);
  await t.rejects(putOff(2), { code: 'E_BUSY' });
  await t.rejects(store(3), { code: 'E_UNAVAILABLE', retryable: true });
  await t.rejects(store(4), { code: 'E_UNAVAILABLE' });
  await store(2);
  await t.rejects(store(4), { code: 'E_UNAVAILABLE' }, 'the third has not come again');
  await pass({}, 9, async () => void stored.push(9));
  await store(3);
  await store(4);
  t.same(stored, [1, 2, 9, 3, 4]);
  await t.rejects(putOff(5), { code: 'E_BUSY' });
  const refused = pass(session, 5, async () => {
    throw fail('E_QUOTA');
  });
  await t.rejects(refused, { code: 'E_QUOTA' });
  await store(6);
  t.equal(stored.at(-1), 6, 'what will never be stored holds up nobody');
});

t.test('a batch costs the same number of statements, however many devices and items', async (t) => {
  const { tell, statements, time } = await openStage(t, 90);
  const report = (seq: number, state: 'compliant' | 'drifted') => ({
    seq,
    items: [0, 1, 2].map((at) => says('ssh', at, { sinceMs: time.nowMs, state })),
  });
  await tell(0, report(1, 'compliant'));
  time.nowMs += HOUR_MS;
  // With it the month comes into being.
  await tell(0, report(2, 'drifted'));
  const cost = async (work: () => Promise<unknown>) => {
    const before = statements();
    await work();
    return statements() - before;
  };
  time.nowMs += HOUR_MS;
  const one = await cost(() => tell(0, report(3, 'compliant')));
  const all = Array.from({ length: 89 }, (_, at) => at + 1);
  await Promise.all(all.map((idx) => tell(idx, report(1, 'compliant'))));
  time.nowMs += HOUR_MS;
  const many = await cost(() => Promise.all(all.map((idx) => tell(idx, report(2, 'drifted')))));
  t.equal(many, one);
  t.equal(
    await cost(() => tell(0, { seq: 4 })),
    4,
    'one without a change writes one row: begin, hold, write, commit',
  );
});

t.test('who says nothing for two days does not report, until he does again', async (t) => {
  const { sql, deps, time, tell } = await openStage(t, 3);
  const sweep = createSweep(deps);
  const sinceMs = START_MS;
  await tell(0, {
    seq: 1,
    items: [says('ssh', 0, { sinceMs }), says('ssh', 1, { sinceMs, state: 'not-applicable' })],
  });
  await tell(1, { seq: 1, items: [says('ssh', 0, { sinceMs })] });
  await tell(2, { seq: 1, set: null });
  time.nowMs += SILENT_AFTER_MS;
  t.equal(await sweep.run(), 0, 'not a moment too early');
  await tell(1, { seq: 2 });
  time.nowMs += HOUR_MS;
  t.equal(await sweep.run(), 1, 'and not who holds no policies');
  t.equal(await sweep.run(), 0);
  t.same(await counts(sql), [
    ['ssh/r0', 'audit', 'compliant', 1],
    ['ssh/r0', 'audit', 'not-reporting', 1],
    ['ssh/r1', 'audit', 'not-applicable', 1],
  ]);
  time.nowMs += DAY_MS;
  await tell(0, {
    seq: 2,
    items: [says('ssh', 0, { sinceMs: time.nowMs - 30 * HOUR_MS, state: 'drifted' })],
  });
  t.same(await counts(sql), [
    ['ssh/r0', 'audit', 'drifted', 1],
    ['ssh/r0', 'audit', 'compliant', 1],
    ['ssh/r1', 'audit', 'not-applicable', 1],
  ]);
  t.same((await show(sql)).past, [
    [0, '/', 'not-reporting', 48, 73],
    [0, 'ssh/r0', 'compliant', 0, 43],
  ]);
});

t.test('what is told late of a silence that is over changes nothing of how it was counted', async (t) => {
  const { sql, deps, time, tell } = await openStage(t, 1);
  await tell(0, { seq: 1, items: [says('ssh', 0, { sinceMs: START_MS })] });
  time.nowMs += SILENT_AFTER_MS + 10 * HOUR_MS;
  t.equal(await createSweep(deps).run(), 1);
  // Both were written down while nobody could be told: by the first it reports again, the second comes after it.
  const items = [says('ssh', 0, { sinceMs: START_MS + 53 * HOUR_MS, state: 'drifted' })];
  await tell(0, { seq: 2 }, START_MS + 51 * HOUR_MS);
  await tell(0, { seq: 3, items }, START_MS + 53 * HOUR_MS);
  t.same((await show(sql)).open, [[0, 'ssh/r0', 'drifted', 58]]);
  for (const hour of [47, 49, 52, 54, 57, 59]) {
    const moment = new Date(START_MS + hour * HOUR_MS);
    t.same(await readCounters(sql, moment), await recount(sql, moment), `${hour} hours on`);
  }
});

t.test('a retired device counts no more, and nothing it says changes that', async (t) => {
  const { sql, time, tell } = await openStage(t, 2);
  const items = [says('ssh', 0, { sinceMs: START_MS })];
  await tell(0, { seq: 1, items });
  await tell(1, { seq: 1, items });
  time.nowMs += HOUR_MS;
  for (const idx of [0, 0])
    await withMonths(sql, (months) =>
      inTransaction(sql, (tx) => endDevice(tx, { tenant: 1, idx }, { now: new Date(time.nowMs), months })),
    );
  await tell(0, { seq: 2, items });
  t.same(await show(sql), {
    open: [[1, 'ssh/r0', 'compliant', 0]],
    past: [[0, 'ssh/r0', 'compliant', 0, 1]],
  });
  t.same(await counts(sql), [['ssh/r0', 'audit', 'compliant', 1]]);
});

t.test(
  'months are made when they are needed and ahead of time, and dropped when they are too old',
  async (t) => {
    const { sql, deps, time, tell } = await openStage(t, 1);
    const names = async () => (await listPartitions(sql, 'compliance_past')).map(({ day }) => day);
    t.same(await names(), []);
    const sweep = createSweep(deps);
    await sweep.run();
    t.same(await names(), ['2027-05-01', '2027-06-01']);
    // A device that comes back tells of months ago.
    const months = (count: number) => START_MS - count * 31 * DAY_MS;
    await tell(0, { seq: 1, items: [says('ssh', 0, { sinceMs: months(6), state: 'drifted' })] }, months(5));
    await tell(0, { seq: 2, items: [says('ssh', 0, { sinceMs: months(3) })] }, months(2));
    t.same(await names(), ['2027-02-01', '2027-05-01', '2027-06-01']);
    t.equal((await readState(sql)).past.length, 1);
    time.nowMs = Date.UTC(2028, 3, 1);
    await sweep.run();
    t.same(await names(), ['2027-02-01', '2027-05-01', '2027-06-01', '2028-04-01', '2028-05-01']);
    time.nowMs = Date.UTC(2028, 3, 10);
    await sweep.run();
    t.same(await names(), ['2027-05-01', '2027-06-01', '2028-04-01', '2028-05-01']);
    t.same(
      (await readState(sql)).past.filter(({ ruleId }) => ruleId !== 0),
      [],
    );
  },
);

t.test('two writers and a sweep at once wait for each other in one order only', async (t) => {
  const { sql, deps, time, connect, tell } = await openStage(t, 40, { max: 12 });
  const other = createIngest(deps);
  t.teardown(() => other.stop());
  const sweep = createSweep(deps);
  await sweep.run();
  const states = ['compliant', 'drifted', 'error', 'repaired'] as const;
  for (let round = 1; round <= 12; round++) {
    time.nowMs += HOUR_MS;
    const idxs = Array.from({ length: 40 }, (_, at) => (round % 2 === 0 ? at : 39 - at));
    const told = idxs.map((idx) => {
      const items = ['ssh', 'base'].flatMap((policy) =>
        [0, 1, 2].map((at) =>
          says(policy, at, { sinceMs: time.nowMs, state: states[(idx + round + at) % 4] ?? 'error' }),
        ),
      );
      const telling = { seq: round, items: idx % 2 === 0 ? items : items.toReversed() };
      if (idx % 2 === 0) return tell(idx, telling);
      const at = new Date(time.nowMs).toISOString();
      const message = { set: 'S'.repeat(43), reset: false, gone: [], ...telling, at };
      return other.take(connect(idx), { type: 'policy.report', ...message });
    });
    await Promise.all([...told, sweep.run()]);
  }
  const { devices } = await readState(sql);
  t.same(new Set(devices.map(({ seq }) => seq)), new Set([12]));
  const [sum] = await sql<{ count: number }[]>`SELECT sum(count)::integer AS count FROM compliance_count`;
  t.equal(sum?.count, 240, 'each item is counted once');
  const [found] = await sql<{ deadlocks: number }[]>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`;
  t.equal(found?.deadlocks, 0);
});
