// Proves waves: who is inside, what becomes of orders, when a rollout goes on and when it holds, against the real database and index.
import t, { type Test } from 'tap';
import type { Session } from '../../core/agents/session.ts';
import { fromServer } from '../../core/audit/audit.ts';
import { systemClock } from '../../core/clock.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { until } from '../../core/testing/until.ts';
import { createDeviceNames, createFleetRows } from '../devices/index.ts';
import { createFleet } from '../fleet/index.ts';
import { createFactReader } from '../inventory/index.ts';
import { addDevices, createTenants } from '../inventory/testing/fleet.ts';
import { createDelivery } from './delivery.ts';
import { POLICIES_CAPABILITY } from './limits.ts';
import { createReadPresent } from './present.ts';
import {
  advance,
  type Beginning,
  beginRollout,
  type Health,
  isInside,
  judgeWave,
  placeOf,
  type Rollout,
} from './rollout.ts';
import { createRolloutService } from './rollout-service.ts';
import { createRolloutSweep } from './rollout-sweep.ts';
import { createPoliciesService } from './service.ts';
import { selectSetDigest } from './store.ts';
import { selectRollout } from './store-rollout.ts';
import { upsertStates } from './store-states.ts';
import { createApply, createTestTrust, makeTestPolicy as make } from './testing/signing.ts';

t.setTimeout(240_000);

const now = new Date('2026-11-24T10:00:00Z');
const later = (minutes: number) => now.getTime() + minutes * 60_000;
const order = { shares: [100, 1_000, 10_000], soakS: 600, tolerance: 500, firstOn: '' };
const beginning: Beginning = {
  ...{ set: { epoch: 1, version: 2, digest: 'two' }, previous: 'one', order, salt: 7, by: 'anna', now },
  first: Uint8Array.of(0b100),
};
const begun = (change: Partial<Rollout> = {}): Rollout => {
  const rollout = beginRollout(null, beginning);
  if (rollout === null) throw new Error('there is none');
  return { ...rollout, ...change };
};
const listInside = (rollout: Rollout, devices = 20_000) =>
  Array.from({ length: devices }, (_, idx) => idx).filter((idx) => isInside(rollout, idx));

function isWithin(some: readonly number[], all: readonly number[]): boolean {
  const held = new Set(all);
  return some.every((one) => held.has(one));
}

t.test('a share is that share of the fleet, evenly, and only grows', (t) => {
  for (const salt of [0, 7, 2 ** 31 - 1]) {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let idx = 0; idx < 20_000; idx++) {
      const at = Math.floor(placeOf(salt, idx) / 1_000);
      tenths[at] = (tenths[at] ?? 0) + 1;
    }
    t.ok(Math.min(...tenths) > 1_800 && Math.max(...tenths) < 2_200, `salt ${salt}: ${tenths.join()}`);
  }
  const waves = [0, 1, 2].map((wave) => listInside(begun({ wave })));
  t.ok(waves[0]?.includes(2), 'who goes first is inside from the start');
  t.notOk(waves[0]?.includes(3));
  for (const [at, inside] of waves.entries()) t.ok(isWithin(inside, waves[at + 1] ?? inside), `wave ${at}`);
  t.equal(waves[2]?.length, 20_000);
  t.equal(listInside(begun({ state: 'done' })).length, 20_000);
  t.not(listInside(begun({ salt: 8 })).join(), waves[0]?.join(), 'another rollout, other devices');
  t.end();
});

t.test('a set that comes while another one is on its way takes over', (t) => {
  const unfinished = begun({ wave: 1, state: 'held' });
  const set = { epoch: 1, version: 3, digest: 'three' };
  const next = { ...beginning, set, previous: 'two', first: Uint8Array.of(0, 1), salt: 99 };
  const taken = beginRollout(unfinished, { ...next, order: null });
  t.match(taken, { base: 'one', shares: [1_000, 10_000], salt: 7, wave: 0, state: 'running', soakS: 600 });
  t.same(taken?.first, Uint8Array.of(0b100, 1), 'both go first');
  t.ok(isWithin(listInside(unfinished), listInside(taken as Rollout)));
  const other = { ...order, shares: [500, 2_000, 10_000] };
  t.same(beginRollout(unfinished, { ...next, order: other })?.shares, [1_000, 2_000, 10_000]);
  t.match(beginRollout(unfinished, { ...next, order: { ...order, shares: [10_000] } }), {
    shares: [1_000, 10_000],
  });
  t.equal(beginRollout(null, { ...next, order: null }), null, 'without an order all are told at once');
  t.equal(beginRollout(begun({ state: 'done' }), { ...next, order: null }), null);
  t.equal(beginRollout(begun({ epoch: 0 }), { ...next, order: null }), null, 'of another epoch');
  t.match(beginRollout(begun({ state: 'done' }), next), { base: 'two', salt: 99, shares: order.shares });
  t.match(beginRollout(null, { ...next, order: { ...order, shares: [10_000] } }), { state: 'done' });
  t.end();
});

const well: Health = {
  inside: { known: 40, troubled: 0 },
  outside: { known: 400, troubled: 0 },
  kinds: { refused: 0, error: 0, critical: 0, gone: 0 },
  ...{ told: 40, online: 40, holders: 40, settled: 40 },
};

t.test('it goes on after the soak, waits, or holds', (t) => {
  const rollout = begun();
  const judge = (change: Partial<Health>, minutes = 11) =>
    judgeWave(rollout, { ...well, ...change }, later(minutes));
  t.same(judge({}), { next: 'advance' });
  t.same(judge({}, 9), { next: 'wait', why: 'soak' });
  t.same(judge({ online: 0, holders: 0, settled: 0 }), { next: 'wait', why: 'nobody' });
  t.same(judge({ settled: 35 }), { next: 'wait', why: 'unsettled' });
  t.same(judge({ settled: 36 }), { next: 'advance' });
  t.same(judge({ holders: 0, settled: 0 }), { next: 'advance' }, 'none of them holds policies at all');
  t.same(judge({ told: 0, online: 0 }, 0), { next: 'advance' }, 'a wave without a device');
  t.same(judge({ inside: { known: 40, troubled: 3 } }, 0), { next: 'hold' }, 'before the soak is over too');
  t.same(judge({ inside: { known: 40, troubled: 2 } }), { next: 'advance' }, 'what is tolerated');
  const everywhere = { inside: { known: 40, troubled: 20 }, outside: { known: 400, troubled: 190 } };
  t.same(judge(everywhere), { next: 'advance' }, 'what troubles everybody is not the set');
  t.match(advance(rollout, now, ''), { wave: 1, state: 'running' });
  t.match(advance(begun({ wave: 1 }), now, ''), { wave: 2, state: 'done' });
  t.end();
});

const DEVICES = 40;

async function openStage(t: Test) {
  const { sql } = await openTestDatabase(t);
  await createTenants(sql, [1]);
  await addDevices(sql, 1, DEVICES);
  await sql`UPDATE device SET online = true, last_seen_at = now()`;
  const index = createFleet({
    ...{ clock: systemClock, log: silentLog },
    source: { ...createFleetRows(sql), facts: createFactReader(sql) },
  });
  index.start();
  t.teardown(() => index.stop());
  const signing = createTestTrust();
  const base = {
    sql,
    clock: systemClock,
    log: silentLog,
    crypto: nodeCrypto,
    trust: signing.trust,
    fleet: index,
  };
  const readPresent = createReadPresent(base);
  const delivery = createDelivery(base, readPresent);
  t.teardown(() => delivery.stop());
  const deps = { ...base, devices: createDeviceNames(sql) };
  const service = createPoliciesService(deps, { readPresent, delivery });
  const troubled = { erring: [] as number[], critical: [] as number[] };
  const sources = { erring: async () => troubled.erring, critical: async () => troubled.critical };
  const inForce = () => selectSetDigest(sql, 1, 1);
  const changed = () => delivery.renew();
  const sweep = createRolloutSweep({ ...base, tenant: 1, inForce, changed });
  t.teardown(() => sweep.stop());
  const rollouts = createRolloutService({ ...base, sources: () => sources, changed }, inForce);
  delivery.start();
  const sent = Array.from({ length: DEVICES }, () => [] as string[]);
  const sessions = sent.map((heard, idx) => ({
    ...{ tenant: 1, idx, epoch: 1, capability: POLICIES_CAPABILITY, clockOffsetMs: 0, open: true },
    send: (message: { type: string; envelope: { payload: string } }) => {
      if (message.type === 'policy.set') heard.push(message.envelope.payload);
    },
  })) as unknown as Session[];
  for (const session of sessions) delivery.opened(session);
  /** Numbers of devices that were told the set last that is in force now. */
  async function listTold(): Promise<number[]> {
    const { set } = await service.present();
    const { payload } = JSON.parse(set?.row.envelope ?? '{}');
    return sent.flatMap((heard, idx) => (heard.at(-1) === payload ? [idx] : []));
  }
  const stored = async () => {
    const rollout = await selectRollout(sql, 1);
    if (rollout === null) throw new Error('no rollout is stored');
    return rollout;
  };
  /** Time has gone by. */
  const age = (minutes: number) =>
    sql`UPDATE policy_rollout SET wave_at = wave_at - ${`${minutes} minutes`}::text::interval`;
  let seq = 0;
  /** Devices say that they hold the set in force, or why not. */
  async function say(idxs: readonly number[], code: string | null = null): Promise<void> {
    const { set } = await service.present();
    if (set === null) throw new Error('no set is in force');
    const { epoch, version, digest } = set.row;
    const held = { epoch, version, digest, policies: 1, unsigned: 0 };
    seq += 1;
    const at = new Date();
    await upsertStates(
      sql,
      idxs.map((idx) => ({ tenant: 1, idx, held, code, seq, at })),
      at,
    );
  }
  const apply = createApply(service, signing);
  return { sql, index, service, sweep, sources, rollouts, troubled, apply, listTold, stored, age, say, sent };
}

const waves = { shares: [10, 50, 100], soakSeconds: 600, tolerance: 5 };
const all = Array.from({ length: DEVICES }, (_, idx) => idx);
const same = (wanted: readonly number[]) => (told: readonly number[]) => told.join() === wanted.join();

t.test(
  'a set goes out to those first, then in waves, and a correction goes to those that have it',
  async (t) => {
    const { service, sweep, sources, apply, listTold, stored, age, say, rollouts, sql } = await openStage(t);
    await apply([make('one', 1)]);
    await until('all are told the first set', listTold, same(all));
    t.equal(await rollouts.read(), null);
    await apply([make('one', 2)], { ...waves, first: 'hostname == "host-3" || hostname == "host-5"' });
    const first = await stored();
    const inside = (rollout: Rollout) => all.filter((idx) => isInside(rollout, idx));
    await until('those inside are told', listTold, same(inside(first)));
    t.ok(inside(first).length < DEVICES / 2 && inside(first).length >= 2, `${inside(first)}`);
    t.same(await sweep.run(sources), { next: 'wait', why: 'soak' });
    await age(11);
    await say(inside(first));
    t.match(await rollouts.read(), { state: 'running', wave: 1, share: 10, now: { waitsFor: null } });
    t.same(await sweep.run(sources), { next: 'advance' });
    const second = await stored();
    t.match(second, { wave: 1, state: 'running', changedBy: '' });
    await until('more are told', listTold, same(inside(second)));
    await apply([make('one', 3)]);
    const third = await stored();
    t.match(third, { base: first.base, shares: [5_000, 10_000], wave: 0, state: 'running' });
    await until('the next set goes to the same', listTold, same(inside(second)));
    const { digest } = third;
    await t.rejects(rollouts.step({ digest: first.digest, step: 'next' }, fromServer), {
      code: 'E_PLAN_MOVED',
    });
    await rollouts.step({ digest, step: 'finish' }, fromServer);
    await until('all are told', listTold, same(all));
    await t.rejects(rollouts.step({ digest, step: 'hold' }, fromServer), { code: 'E_CONFLICT' });
    t.equal(await sweep.run(sources), null);
    t.equal((await service.present()).set?.row.version, 3);
    const acts = await sql<{ act: string }[]>`
    SELECT body::json ->> 'act' AS act FROM audit_pending ORDER BY position`;
    t.same(
      acts.map(({ act }) => act),
      ['policy.apply', 'policy.apply', 'rollout.next', 'policy.apply', 'rollout.finish'],
    );
  },
);

t.test('trouble inside holds it, until a person lets it go on', async (t) => {
  const { sweep, sources, apply, stored, age, say, rollouts, troubled, listTold } = await openStage(t);
  await apply([make('one', 1)]);
  await apply([make('one', 2)], waves);
  const rollout = await stored();
  const inside = all.filter((idx) => isInside(rollout, idx));
  await until('those inside are told', listTold, same(inside));
  await age(11);
  t.same(await sweep.run(sources), { next: 'advance' }, 'nobody says that it holds policies');
  const wide = await stored();
  const told = all.filter((idx) => isInside(wide, idx));
  await age(11);
  await say(told.slice(1));
  await say(told.slice(0, 1), 'E_POLICY');
  const quarter = Math.ceil(told.length / 4);
  troubled.erring = told.slice(0, quarter);
  troubled.critical = all.filter((idx) => !told.includes(idx)).slice(-1);
  t.same(await sweep.run(sources), { next: 'hold' });
  t.match(await stored(), {
    state: 'held',
    trouble: {
      inside: { troubled: quarter },
      outside: { troubled: 1 },
      kinds: { refused: 1, error: quarter },
    },
  });
  t.equal(await sweep.run(sources), null, 'nothing goes on by itself');
  await until('the others keep what they hold', listTold, same(told));
  const { digest } = wide;
  await t.rejects(rollouts.step({ digest, step: 'hold' }, fromServer), { code: 'E_CONFLICT' });
  troubled.erring = [];
  t.match(await rollouts.step({ digest, step: 'resume' }, fromServer), { state: 'running', trouble: null });
  t.same(
    await sweep.run(sources),
    { next: 'wait', why: 'soak' },
    'what was refused before does not count again',
  );
  t.match(await rollouts.step({ digest, step: 'hold' }, fromServer), { state: 'held', trouble: null });
  t.match(await rollouts.step({ digest, step: 'next' }, fromServer), { state: 'done', share: 100 });
  await until('all are told', listTold, same(all));
});

t.test('orders that make no sense are refused, and nothing comes into force', async (t) => {
  const { apply, service } = await openStage(t);
  for (const shares of [
    [10, 10, 100],
    [50, 10, 100],
    [1, 10],
  ])
    await t.rejects(apply([make('one', 1)], { ...waves, shares }), { code: 'E_VALIDATION' }, shares.join());
  await t.rejects(apply([make('one', 1)], { ...waves, first: 'hostnam == "a"' }), { code: 'E_EXPRESSION' });
  t.equal((await service.present()).set, null);
});
