// Proves that shares, how they moved, and the lists behind them are the rows, for all devices and for some.
import t from 'tap';
import { encodeCursor } from '../../core/http/paging.ts';
import { byRule, readDeviceCursor, readRuleCursor, worstFirst } from './cursors.ts';
import { readShares, readTrend } from './reading.ts';
import { selectOfDevice, selectOfRule } from './store-lists.ts';
import { openStage, START_MS, says } from './testing/stage.ts';

t.setTimeout(240_000);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Devices 0 and 1. */
const two = { has: (idx: number) => idx < 2, bytes: () => Uint8Array.of(0b11) };

/** Three devices: all comply on the first day; one drifts two days later, one is exempt. */
async function openFleet(t: Parameters<typeof openStage>[0]) {
  const stage = await openStage(t, 3);
  for (const idx of [0, 1, 2])
    await stage.tell(idx, {
      seq: 1,
      items: [
        says('ssh', 0, { sinceMs: START_MS, ...(idx === 2 && { state: 'exempt' }) }),
        says('base', 0, { sinceMs: START_MS, mode: 'enforce' }),
      ],
    });
  stage.time.nowMs += 2 * DAY_MS;
  await stage.tell(0, {
    seq: 2,
    items: [
      says('ssh', 0, {
        ...{ sinceMs: stage.time.nowMs, state: 'drifted', code: 'E_WINDOW' },
        ...{ found: 'yes', wanted: 'no', reason: 'No window is open.', done: [] },
      }),
    ],
  });
  return stage;
}

const shortOf = ({ policies }: Awaited<ReturnType<typeof readShares>>) =>
  policies.map(({ policy, met, meant }) => [policy, met, meant]);

t.test('shares of policies and rules, now and then, of all devices and of some', async (t) => {
  const { deps, time } = await openFleet(t);
  const all = { tenant: 1, within: null };
  const now = await readShares(deps, all, undefined);
  t.strictSame(shortOf(now), [
    ['base', 3, 3],
    ['ssh', 1, 2],
  ]);
  t.strictSame([now.at, now.rules], [null, []]);
  t.match(now.policies[1]?.counts, { drifted: 1, compliant: 1, exempt: 1, error: 0, 'not-reporting': 0 });
  const limited = { tenant: 1, within: two };
  t.strictSame(shortOf(await readShares(deps, limited, undefined)), [
    ['base', 2, 2],
    ['ssh', 1, 2],
  ]);

  const yesterday = new Date(time.nowMs - DAY_MS + 1_234_567).toISOString();
  for (const asked of [all, limited]) {
    const then = await readShares(deps, { ...asked, policy: 'ssh' }, yesterday);
    t.equal(then.at, new Date(START_MS + DAY_MS).toISOString(), 'the beginning of that hour');
    t.strictSame(shortOf(then), [['ssh', 2, 2]]);
    t.match(then.rules, [{ met: 2, meant: 2, title: String, severity: String }]);
  }
  const other = await readShares(deps, { tenant: 2, within: null }, undefined);
  t.strictSame(other.policies, [], 'of another organization nothing');
  for (const at of [time.nowMs + HOUR_MS, time.nowMs - 500 * DAY_MS])
    await t.rejects(readShares(deps, all, new Date(at).toISOString()), { code: 'E_VALIDATION' });
});

t.test('a share over time is the same by counters and by rows', async (t) => {
  const { deps, time } = await openFleet(t);
  const everybody = { has: () => true, bytes: () => Uint8Array.of(0xff) };
  for (const policy of [undefined, 'ssh']) {
    const byCounters = await readTrend(deps, { tenant: 1, policy, within: null }, 5);
    const byRows = await readTrend(deps, { tenant: 1, policy, within: everybody }, 5);
    t.strictSame(byCounters, byRows);
  }
  const { points } = await readTrend(deps, { tenant: 1, policy: 'ssh', rule: undefined, within: two }, 5);
  t.equal(points.length, 6);
  t.equal(points.at(-1)?.at, new Date(time.nowMs).toISOString());
  t.strictSame(
    points.map(({ met, meant }) => [met, meant]),
    [
      [0, 0],
      [0, 0],
      [0, 0],
      [2, 2],
      [2, 2],
      [1, 2],
    ],
  );
  await t.rejects(readTrend(deps, { tenant: 1, within: two }, 32), { code: 'E_VALIDATION' });
  t.equal((await readTrend(deps, { tenant: 1, within: null }, 366)).points.length, 367);
});

t.test('the items behind a share, in pages, worst first', async (t) => {
  const { sql } = await openFleet(t);
  const [first] = await selectOfDevice(sql, { tenant: 1, idx: 0 }, { state: null, after: null, limit: 1 });
  t.match(first, { policy: 'ssh', state: 1, code: 'E_WINDOW', found: 'yes', wanted: 'no', isSilent: false });
  const after = { state: first?.state ?? 0, item: first?.item ?? '' };
  const rest = await selectOfDevice(sql, { tenant: 1, idx: 0 }, { state: null, after, limit: 10 });
  t.match(rest, [{ policy: 'base', mode: 1 }]);
  t.equal(rest.length, 1);

  const policy = first?.policy ?? '';
  const rule = { tenant: 1, policy, rule: first?.rule ?? '' };
  const pages = { within: null, state: null, after: null, limit: 10 };
  const all = await selectOfRule(sql, rule, pages);
  t.strictSame(
    all.map(({ idx, state }) => [idx, state]),
    [
      [0, 1],
      [1, 4],
      [2, 6],
    ],
  );
  const [one] = all;
  if (one === undefined) throw new Error('no row');
  t.strictSame(
    (await selectOfRule(sql, rule, { ...pages, after: one, limit: 1 })).map(({ idx }) => idx),
    [1],
  );
  t.equal((await selectOfRule(sql, rule, { ...pages, within: two })).length, 2);
  t.equal((await selectOfRule(sql, rule, { ...pages, state: 6 })).length, 1);

  await sql`UPDATE compliance_device SET silent_since = now() WHERE idx <> 1`;
  const silent = await selectOfRule(sql, rule, { ...pages, state: 7 });
  t.strictSame(
    silent.map(({ idx, isSilent }) => [idx, isSilent]),
    [[0, true]],
    'what does not apply stays so, however silent the device',
  );
  t.equal((await selectOfRule(sql, rule, { ...pages, state: 1 })).length, 0);
});

t.test('a cursor that somebody made up is refused, and reaches no statement', async (t) => {
  t.equal(readRuleCursor(undefined), null);
  t.equal(readDeviceCursor(undefined), null);
  t.strictSame(readRuleCursor(encodeCursor(byRule, [7, 1, 2])), { ruleId: 7, state: 1, idx: 2 });
  t.strictSame(readDeviceCursor(encodeCursor(worstFirst, [1, 'a'])), { state: 1, item: 'a' });
  const rules: readonly [number, number, number][] = [
    [1.5, 0, 0],
    [3e9, 0, 0],
    [-1, 0, 0],
    [1, 8, 0],
    [1, 1e12, 0],
    [1, 0, 2 ** 31],
  ];
  for (const key of rules)
    t.throws(() => readRuleCursor(encodeCursor(byRule, key)), { code: 'E_CURSOR' }, String(key));
  for (const key of [
    [1.5, 'a'],
    [-1, 'a'],
    [99, 'a'],
    [1, 'a\0b'],
  ] as [number, string][])
    t.throws(
      () => readDeviceCursor(encodeCursor(worstFirst, key)),
      { code: 'E_CURSOR' },
      JSON.stringify(key),
    );
  // Words of another alphabet, or of none, are only words.
  const { sql } = await openFleet(t);
  const after = readDeviceCursor(encodeCursor(worstFirst, [1, '\ud800\u202e']));
  t.equal(
    (await selectOfDevice(sql, { tenant: 1, idx: 0 }, { state: null, after, limit: 5 })).length > 0,
    true,
  );
});
