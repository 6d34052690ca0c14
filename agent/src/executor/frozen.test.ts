// Proves that what people order waits for the end of a freeze, is refused where it cannot, and goes past one as an emergency.
import type { Command } from '@muster/protocol/commands';
import t from 'tap';
import { findFrozenRun } from './frozen.ts';
import { ann, bob, policyOf, policySetOf } from './testing/documents.ts';
import { HOUR_MS, interrupted, openScene, signal, turn } from './testing/scene.ts';

type Scene = Awaited<ReturnType<typeof openScene>>;
type Change = Partial<Command>;

const second = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const still = async () => {
  for (let n = 0; n < 300; n++) await turn();
};

let version = 0;

/** Puts a set in force on the device: one policy with those freezes, or none at all. */
async function hold({ said, engine }: Scene, freezes: readonly object[] | null): Promise<void> {
  version += 1;
  const policy = freezes === null ? null : policyOf('still', { freezes }, { version });
  const { envelope, digest } = policySetOf(version, policy === null ? [] : [policy]);
  const isHeld = () =>
    said.some((one) => one.type === 'policies' && one.held?.digest === digest && one.code === null);
  await engine.take({ type: 'policy.set', envelope, selected: [] });
  for (let tries = 0; tries < 5_000 && !isHeld(); tries++) {
    const isWanted = said.some((one) => one.type === 'policy.want' && one.digest === policy?.digest);
    if (isWanted && policy !== null) await engine.take({ type: 'policy.put', envelope: policy.envelope });
    await turn();
  }
  if (!isHeld()) throw new Error(JSON.stringify(said.slice(-3)));
}

/** A freeze from an hour ago for two hours from now. */
function freezeOf({ clock }: Scene, change: object = {}) {
  const from = second(clock.nowMs - HOUR_MS);
  const to = second(clock.nowMs + 2 * HOUR_MS);
  return { from, to, reason: 'The year is being closed.', all: true, ...change };
}

const until = ({ clock }: Scene, hours: number): Change => ({
  ...signal,
  notAfter: new Date(clock.nowMs + hours * HOUR_MS).toISOString(),
});

t.test('what changes a device waits for the end of a freeze, and starts by itself then', async (t) => {
  const scene = await openScene(t);
  await hold(scene, [freezeOf(scene)]);
  const cmdId = await scene.give(until(scene, 3));
  const told = await scene.until(cmdId, 'deferred');
  t.equal(told.code, 'E_FREEZE');
  t.match(told.message, /^Frozen until .*Z by still: The year is being closed\. It waits\.$/);
  await still();
  t.same(scene.started, []);
  await scene.pass(2 * HOUR_MS);
  await scene.fresh();
  await scene.until(cmdId, 'waiting-person');
  t.equal(scene.started.length, 1, 'it was started after the freeze');
});

t.test('what is over before the freeze is refused, and what only looks is not asked', async (t) => {
  const scene = await openScene(t);
  await hold(scene, [freezeOf(scene)]);
  const late = await scene.until(await scene.give(until(scene, 1)), 'refused');
  t.equal(late.code, 'E_FREEZE');
  t.match(late.message, /order it for later, or as an emergency, which two sign in hardened mode\.$/);
  await scene.until(await scene.give({ ...until(scene, 1), dryRun: true }), 'succeeded');
  t.same(scene.started, []);
  await scene.until(await scene.give({ kind: 'inventory.refresh', args: {} }), 'running');
  t.not(scene.started.length, 0, 'a kind that changes nothing');
});

t.test('an emergency goes past a freeze with two signatures, and not with one', async (t) => {
  const scene = await openScene(t);
  await hold(scene, [freezeOf(scene)]);
  const order = { ...until(scene, 1), emergency: true } as const;
  t.equal((await scene.until(await scene.give(order), 'refused')).code, 'E_QUORUM');
  t.same(scene.started, []);
  await scene.until(await scene.give(order, ann, bob), 'waiting-person');
  t.equal(scene.started.length, 1);
});

t.test('a freeze that is for its own policy, over, or taken out of force holds no command', async (t) => {
  const scene = await openScene(t);
  await hold(scene, [freezeOf(scene, { all: false })]);
  await scene.until(await scene.give(until(scene, 3)), 'waiting-person');
  const before = { from: second(scene.clock.nowMs - 2 * HOUR_MS), to: second(scene.clock.nowMs - HOUR_MS) };
  await hold(scene, [freezeOf(scene, before)]);
  await scene.until(await scene.give(until(scene, 3)), 'waiting-person');
  await hold(scene, [freezeOf(scene)]);
  const cmdId = await scene.give(until(scene, 3));
  await scene.until(cmdId, 'deferred');
  t.equal(scene.started.length, 2);
  await hold(scene, null);
  await scene.until(cmdId, 'waiting-person');
  t.equal(scene.started.length, 3, 'the end of the freeze itself has it looked at');
});

t.test('a freeze holds what a person orders again, and after a restart of the executor', async (t) => {
  const scene = await openScene(t);
  const cmdId = await interrupted(scene, until(scene, 3));
  await hold(scene, [freezeOf(scene)]);
  await scene.restart();
  await scene.until(await scene.decide(cmdId, 'again'), 'succeeded');
  await still();
  t.equal(scene.started.length, 1, 'it waits although it was decided');
  await scene.pass(2 * HOUR_MS);
  await scene.fresh();
  for (let tries = 0; tries < 5_000 && scene.started.length < 2; tries++) await turn();
  t.equal(scene.started.length, 2);
});

t.test('the last of several freezes is told, and each moment is asked by itself', async (t) => {
  const run = { kind: 'package.remove', dryRun: false, notAfterMs: 10_000 } as const;
  const freeze = (from: number, to: number, policy: string) => ({
    ...{ policy, from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    ...{ reason: 'r.', all: true },
  });
  const freezes = [freeze(1_000, 3_000, 'a'), freeze(2_000, 5_000, 'b')];
  const at = (clockMs: number) => findFrozenRun(run, false, { freezes, clockMs });
  t.equal(at(999), null);
  t.match(at(1_000), { is: 'waiting', forMs: 2_000, message: /by a:/ });
  t.match(at(2_000), { is: 'waiting', forMs: 3_000, message: /by b:/ });
  t.equal(at(5_000), null);
  t.equal(findFrozenRun(run, true, { freezes, clockMs: 2_000 }), null, 'an emergency');
});
