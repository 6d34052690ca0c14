// Proves on a simulated disk that nothing starts against a halt, a cancellation or its time, and what a person may order again.
import { MAX_FETCH_BYTES } from '@muster/protocol/commands';
import t, { type Test } from 'tap';
import { MAX_HELD_BYTES } from './limits.ts';
import {
  ann,
  bob,
  commandOf,
  freshnessOf,
  haltOf,
  newServerKey,
  offerOf,
  runOf,
  sealTrust,
} from './testing/documents.ts';
import { HOUR_MS, interrupted, openScene, PRINT, signal, turn } from './testing/scene.ts';

t.test('what is halted, canceled or late while it is checked is not started', async (t) => {
  for (const kind of ['package.remove', 'service.restart'] as const) {
    const scene = await openScene(t);
    const { gate, started, until, give, fresh, clock, engine, pass } = scene;
    const args = kind === 'package.remove' ? { names: ['curl'] } : { name: 'nginx' };
    const later = new Date(clock.nowMs + HOUR_MS).toISOString();
    const cases: readonly [state: string, code: string, stop: (cmdId: string) => Promise<void>][] = [
      ['canceled', 'E_HALTED', (cmdId) => fresh({ canceled: [cmdId] })],
      ['canceled', 'E_HALTED', (cmdId) => fresh({ halts: [haltOf({ what: 'command', cmdId })] })],
      ['expired', 'E_TIME', async () => pass(HOUR_MS)],
    ];
    for (const [state, code, stop] of cases) {
      let release: () => void = () => undefined;
      gate.wait = new Promise((resolve) => {
        release = resolve;
      });
      const cmdId = await give({ kind, args, notAfter: later });
      for (let n = 0; n < 50; n++) await turn();
      t.ok(engine.isBusy(), 'it is being checked');
      await stop(cmdId);
      release();
      t.equal((await until(cmdId, state)).code, code, `${kind}: ${state}`);
    }
    t.same(started, []);
  }
});

t.test(
  'a run is ordered again only where it could be ordered anew, and one decision starts it once',
  async (t) => {
    const scene = await openScene(t);
    const { started, until, decide, fresh, deny } = scene;
    const cmdId = await interrupted(scene);
    t.equal(started.length, 1);
    deny.push({ kinds: ['process.signal'], reason: 'not here' });
    t.equal((await until(await decide(cmdId, 'again'), 'refused')).code, 'E_LOCAL_DENY');
    deny.length = 0;
    await fresh({ halts: [haltOf({ what: 'kind', kind: 'process.signal' })] });
    t.equal((await until(await decide(cmdId, 'again'), 'refused')).code, 'E_HALTED');
    t.equal(scene.states(cmdId).at(-1), 'waiting-person', 'a halt leaves it waiting');
    t.equal(started.length, 1);
    const other = await openScene(t);
    const again = await interrupted(other, { notAfter: new Date(other.clock.nowMs + HOUR_MS).toISOString() });
    await until(cmdId, 'waiting-person');
    const order = offerOf(
      commandOf(PRINT, { kind: 'run.resolve', args: { command: again, action: 'again' } }),
      [ann],
    );
    await other.engine.take(order);
    await other.until(order.cmdId, 'succeeded');
    for (let n = 0; n < 300; n++) await turn();
    t.equal(other.started.length, 2, 'once more');
    await other.engine.take(order);
    for (let n = 0; n < 300; n++) await turn();
    t.equal(other.started.length, 2, 'the same decision again starts nothing');
    t.equal(other.states(again).filter((state) => state === 'waiting-person').length, 2);
    await other.until(await other.decide(again, 'give-up'), 'succeeded');
    await other.until(again, 'canceled');
    t.equal((await other.until(await other.decide(again, 'again'), 'refused')).code, 'E_NO_RUN');
  },
);

t.test('a run that waits for a person ends when it is canceled, and when its time is over', async (t) => {
  const scene = await openScene(t);
  const { clock, fresh, until, engine, started } = scene;
  const canceled = await interrupted(scene);
  await fresh({ canceled: [canceled] });
  t.equal((await until(canceled, 'canceled')).code, 'E_HALTED');
  const late = await interrupted(scene);
  clock.nowMs += 2 * HOUR_MS;
  await engine.take({ type: 'online' });
  t.equal((await until(late, 'canceled')).code, 'E_TIME');
  const now = { notAfter: new Date(clock.nowMs + HOUR_MS).toISOString() };
  const resolve = await scene.give({ kind: 'run.resolve', args: { command: late, action: 'again' }, ...now });
  t.equal((await until(resolve, 'refused')).code, 'E_NO_RUN');
  t.equal(started.length, 2);
});

t.test('one signer starts nothing again that two had to sign', async (t) => {
  const scene = await openScene(t);
  const { clock, fresh, until, decide, give, engine, started } = scene;
  const wipe = await give({ kind: 'device.wipe', args: {} }, ann, bob);
  await until(wipe, 'deferred');
  clock.nowMs += HOUR_MS / 2;
  await fresh();
  await engine.take({ type: 'online' });
  const state = await Promise.race([until(wipe, 'waiting-person'), until(wipe, 'failed')]);
  t.equal(state.state, 'waiting-person');
  const again = await until(await decide(wipe, 'again'), 'refused');
  t.match(again, { code: 'E_QUORUM', message: /give it up and sign it anew/ });
  await until(await decide(wipe, 'give-up'), 'succeeded');
  await until(wipe, 'canceled');
  t.equal(started.length, 1);
});

t.test('a process that cannot be ended ends the run and not the patience of the device', async (t) => {
  const scene = await openScene(t);
  scene.left.push(4_711);
  const cmdId = await scene.give(signal);
  await scene.until(cmdId, 'running');
  await scene.pass(2_000);
  t.match(await scene.until(cmdId, 'failed'), { code: 'E_INTERRUPTED', message: /cannot be ended/ });
});

/** Decides about a run that waits, with a cut of the power at the N-th place; false when there are not so many places. */
async function decideThroughCut(t: Test, action: 'again' | 'give-up', cutIn: number): Promise<boolean> {
  const scene = await openScene(t);
  const { power, restart, started, states, engine, until } = scene;
  const target = await interrupted(scene);
  const args = { command: target, action };
  const order = offerOf(commandOf(PRINT, { kind: 'run.resolve', args }), [ann]);
  power.cutIn = cutIn;
  // What is cut off in the middle says so, or says nothing ever again.
  await Promise.race([engine.take(order).catch(() => undefined), settle()]);
  await settle();
  const wasCut = power.life > 0;
  power.cutIn = Number.POSITIVE_INFINITY;
  if (wasCut) await restart();
  await scene.fresh();
  await engine.take(order);
  await until(order.cmdId, 'succeeded');
  await settle();
  const isAgain = action === 'again';
  t.equal(started.length, isAgain ? 2 : 1, `${action}, cut at place ${cutIn}: ${started.length} starts`);
  t.equal(states(target).at(-1), isAgain ? 'waiting-person' : 'canceled');
  // However often the server hands the same decision over.
  await engine.take(order);
  await settle();
  t.equal(started.length, isAgain ? 2 : 1, 'the same decision starts nothing more');
  return wasCut;
}

async function settle(): Promise<void> {
  for (let n = 0; n < 300; n++) await turn();
}

t.test('wherever the power fails, a decision of a person is carried out, and once', async (t) => {
  for (const action of ['again', 'give-up'] as const) {
    let places = 0;
    while (await decideThroughCut(t, action, places + 1)) places += 1;
    t.ok(places >= 6, `${action}: cut at ${places} places`);
  }
});

t.test(
  'a word that came before its trust document stops what it names as soon as that is here',
  async (t) => {
    const scene = await openScene(t);
    const { clock, engine, said, until } = scene;
    const at = clock.nowMs + 10;
    const later = { notBefore: new Date(clock.nowMs + HOUR_MS).toISOString() };
    const cmdId = await scene.give({
      ...signal,
      ...later,
      notAfter: new Date(clock.nowMs + 2 * HOUR_MS).toISOString(),
    });
    await until(cmdId, 'deferred');
    // Signed by a key that only version 3 names: nothing of it can be believed yet.
    await engine.take(freshnessOf({ at, canceled: [cmdId], trustVersion: 3, by: newServerKey }));
    await settle();
    t.ok(said.some((one) => one.type === 'alarm' && one.what === 'freshness' && one.code === 'E_NOKEY'));
    t.equal(scene.states(cmdId).at(-1), 'deferred');
    await engine.take({ type: 'trust.chain', trust: [sealTrust(2), sealTrust(3)] });
    t.equal((await until(cmdId, 'canceled')).code, 'E_HALTED');
  },
);

t.test(
  'a word that leads by a day starts an order an hour early at most, and is fresh for its day only',
  async (t) => {
    const scene = await openScene(t);
    const { clock, engine, until, states, started, give, said } = scene;
    const [hour, day] = [HOUR_MS, 24 * HOUR_MS];
    const at = (ms: number) => new Date(clock.nowMs + ms).toISOString();
    const order = await give({ ...signal, notBefore: at(5 * hour), notAfter: at(3 * day) });
    const late = { notBefore: at(-hour), notAfter: at(3 * day) };
    await until(order, 'deferred');
    await engine.take(freshnessOf({ at: clock.nowMs + day }));
    await settle();
    t.equal(states(order).at(-1), 'deferred', 'the server says that its time has come');
    clock.nowMs += 4 * hour - 1;
    await engine.take({ type: 'online' });
    await settle();
    t.same(started, []);
    clock.nowMs += 1;
    await engine.take({ type: 'online' });
    await until(order, 'running');
    t.equal(started.length, 1);
    // No newer word comes: the one that was dated ahead counts from when it came.
    clock.nowMs += day - 4 * hour;
    await until(await give({ ...signal, ...late }), 'running');
    clock.nowMs += 1;
    const stale = await give({ ...signal, ...late });
    await settle();
    t.match(said.at(-1), { type: 'later', cmdId: stale, code: 'E_STALE' });
  },
);

t.test('fetched files that wait for the server hold 256 MiB, then nothing more is fetched', async (t) => {
  t.equal(MAX_HELD_BYTES, 4 * MAX_FETCH_BYTES);
  const fetch = { kind: 'file.fetch', args: { path: '/var/log/syslog' } } as const;
  const held = (count: number, lastBytes: number) => [
    ...Array.from({ length: count }, (_, n) => heldRun(n, MAX_FETCH_BYTES)),
    heldRun(count, lastBytes),
  ];
  // Room for exactly one more of the largest.
  const roomy = await openScene(t, held(3, 0));
  await roomy.until(await roomy.give(fetch), 'running');
  const full = await openScene(t, held(3, 1));
  const refused = await full.until(await full.give(fetch), 'refused');
  t.match(refused, { code: 'E_LIMIT', message: /wait for the server/ });
  t.same(full.started, []);
  await full.engine.take({ type: 'file.done', cmdId: heldRun(3, 1).cmdId });
  await full.until(await full.give(fetch), 'running');
});

/** A run that ended and holds a file for the server. */
function heldRun(n: number, sizeBytes: number) {
  const cmdId = `cmd_${'abcdefgh'.charAt(n).repeat(26)}`;
  const file = { path: `spool/${cmdId}.file/syslog`, sha256: '', sizeBytes };
  const end = { result: '{}', output: '', act: null };
  const step = { n: 3, state: 'succeeded', atMs: Date.now(), code: null, message: '', end } as const;
  return runOf(cmdId, { kind: 'file.fetch', file, steps: [step], notAfterMs: Date.now() + HOUR_MS });
}
