// Tests jobs from the order to the last result: real database, real signatures, devices that answer as they are told.

import type { RunState } from '@muster/protocol';
import { buildTargetTree, holdsProof } from '@muster/protocol/commands';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { nodeCrypto } from '../../core/crypto.ts';
import { until } from '../../core/testing/until.ts';
import { makeCommand, newTestId, signCommand } from './testing/documents.ts';
import { openStage, type Stage } from './testing/stage.ts';
import { buildTree } from './tree.ts';

const whole: readonly RunState[] = ['accepted', 'running', 'succeeded'];
const _DEADLINE_MS = 20_000;

const jobOf = async (stage: Stage, id: string) => (await stage.call('GET', `/jobs/${id}`)).body;
const ended = (stage: Stage, id: string) =>
  until(
    `job ${id} is over`,
    () => jobOf(stage, id),
    ({ endedAt }) => endedAt !== null,
  );

async function order(
  stage: Stage,
  t: Test,
  change: Parameters<typeof makeCommand>[1] = {},
  rest: object = {},
) {
  const command = makeCommand(stage, change);
  const envelope = signCommand(stage, command);
  const { status, body } = await stage.call('POST', '/jobs', { envelope, ...rest });
  t.equal(status, 201, JSON.stringify(body));
  return { id: command.cmdId, command, envelope };
}

t.test('the flat tree has the root and the proofs of the one that devices check', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 70 }), async (count) => {
      const ids = Array.from({ length: count }, (_, n) => `dev_${String(n).padStart(4, '0')}`);
      const idxs = Int32Array.from(ids, (_, n) => (n * 37) % 101);
      const tree = await buildTree(ids, idxs);
      const other = buildTargetTree(ids, nodeCrypto);
      t.equal(tree.root, other.root);
      for (const [at, idx] of idxs.entries()) t.same(tree.proof(idx), other.proof(at));
      t.throws(() => tree.proof(9_999), { code: 'E_TARGET' });
    }),
    { numRuns: 20 },
  );
});

t.test(
  'an order reaches connected devices at once, others when they come, and every target ends',
  async (t) => {
    const stage = await openStage(t, { devices: 3 });
    const here = stage.connect(0);
    stage.obey(here, () => whole);
    const { id, envelope } = await order(stage, t);
    await until(
      'the first has ended',
      () => jobOf(stage, id),
      ({ counts }) => counts.succeeded === 1,
    );
    t.same((await jobOf(stage, id)).counts, { succeeded: 1, queued: 2 });
    const old = stage.connect(1, 1);
    const late = stage.connect(1);
    stage.obey(late, () => ['refused']);
    stage.obey(stage.connect(2), () => ['accepted', 'running', 'failed']);
    const job = await ended(stage, id);
    t.match(job, {
      state: 'done',
      counts: { succeeded: 1, refused: 1, failed: 1 },
      targets: 3,
      needed: 1,
      signers: ['anna'],
    });
    t.notOk(
      old.sent.some(({ type }) => type === 'run.offer'),
      'an old agent is offered nothing',
    );
    const { body } = await stage.call('GET', `/jobs/${id}/runs`);
    t.match(body, {
      runs: [{ state: 'succeeded', exit: 0 }, { state: 'refused', code: 'E_LOCAL_DENY' }, {}],
      next: null,
    });
    const again = await stage.call('POST', '/jobs', { envelope });
    t.match(again, { status: 200, body: { id } }, 'the same bytes are the same job');
    const types = here.sent.map(({ type }) => type);
    t.equal(types[0], 'freshness', 'the word of now comes before any offer');
    t.equal(types.filter((type) => type === 'ack').length, 3);
  },
);

t.test(
  'output is stored once however many printed it, results are verified when they are read',
  async (t) => {
    const stage = await openStage(t, { devices: 3 });
    const { id } = await order(stage, t);
    for (const idx of [0, 1, 2]) {
      const session = stage.connect(idx);
      const offer = await session.next('run.offer');
      await stage.report(session, offer, whole, { output: 'ünïcode\n' });
    }
    await ended(stage, id);
    t.match(await stage.sql`SELECT count(*) AS count FROM blob`, [{ count: 1 }]);
    const device = stage.devices[1];
    const { body } = await stage.call('GET', `/jobs/${id}/runs/${device?.id}`);
    t.match(body, {
      state: 'succeeded',
      output: 'ünïcode\n',
      isGenuine: true,
      truncated: true,
      message: 'It succeeded.',
    });
    await stage.sql`UPDATE job_exception SET payload = ${Buffer.from('{}')} WHERE idx = 1`;
    t.match((await stage.call('GET', `/jobs/${id}/runs/${device?.id}`)).body, { isGenuine: false });
  },
);

t.test('an order whose answer was lost is taken up when the same bytes come again', async (t) => {
  const stage = await openStage(t, { devices: 1 });
  // Another server on the same database stores it: to this one it is an order of which it has heard no end.
  const other = await stage.again();
  const body = { envelope: signCommand(stage, makeCommand(stage)) };
  const session = stage.connect(0);
  t.match(await other.call('POST', '/jobs', body), { status: 201 });
  t.match(await stage.call('POST', '/jobs', body), { status: 200 });
  const offer = await session.next('run.offer');
  await stage.report(session, offer, whole);
  await ended(stage, offer.cmdId);
  t.match(await stage.sql`SELECT count(*) AS count FROM job`, [{ count: 1 }], 'it is stored once');
});

t.test('what is wrong with an order is told early, each with its code', async (t) => {
  const stage = await openStage(t, { devices: 2 });
  const cases: [string, object, (readonly ('anna' | 'ben' | 'cleo')[])?][] = [
    ['E_SCHEMA', { args: { unit: 'x' } }],
    ['E_SCHEMA', { kind: 'no.such' }],
    ['E_ROLE', { requester: 'ben' }],
    ['E_ROLE', { requester: 'cleo' }, ['cleo']],
    ['E_TRUST', { trustVersion: 4 }],
    ['E_ORG', { org: `org_${'b'.repeat(26)}` }],
    ['E_EXPRESSION', { bound: 'os.family ==' }],
    ['E_EXPRESSION', { bound: 'presence == "online"' }],
    ['E_TIME', { notAfter: new Date(Date.now() - 1).toISOString() }],
    ['E_SNAPSHOT', { targets: { root: 'A'.repeat(43), count: 2 } }],
    ['E_BLAST', { kind: 'device.wipe', args: {}, targets: { root: 'A'.repeat(43), count: 2 } }],
    ['E_CONTENT', { kind: 'file.put', args: { content: 'A'.repeat(43) } }],
  ];
  for (const [code, change, who] of cases) {
    const envelope = signCommand(stage, makeCommand(stage, change), who);
    t.match((await stage.call('POST', '/jobs', { envelope })).body, { code }, code);
  }
  const command = makeCommand(stage);
  const [first] = 'list' in command.targets ? command.targets.list : [];
  const renamed = { ...command, targets: { list: [{ ...first, hostname: 'other' }] } };
  const wrong = signCommand(stage, renamed as typeof command);
  t.match((await stage.call('POST', '/jobs', { envelope: wrong })).body, { code: 'E_TARGET' });
  const { id } = await order(stage, t);
  const reused = signCommand(stage, makeCommand(stage, { cmdId: id, reason: 'Another.' }));
  t.match((await stage.call('POST', '/jobs', { envelope: reused })).body, { code: 'E_REPLAY' });
  await order(stage, t, {}, { options: { dedupeKey: 'nightly' } });
  const twice = { envelope: signCommand(stage, makeCommand(stage)), options: { dedupeKey: 'nightly' } };
  t.match(await stage.call('POST', '/jobs', twice), { status: 409, body: { code: 'E_DUPLICATE' } });
  t.equal((await stage.call('GET', '/jobs')).body.jobs.length, 2, 'what was refused left nothing');
});

t.test('a destructive command waits for its second signature, and has a budget', async (t) => {
  const stage = await openStage(t, { devices: 2 });
  const session = stage.connect(0);
  const wipe = { kind: 'device.wipe', args: {}, notAfter: new Date(Date.now() + 3_600_000).toISOString() };
  const { id, command, envelope } = await order(stage, t, wipe);
  t.match(await jobOf(stage, id), { state: 'awaiting-signatures', needed: 2, class: 'destructive' });
  const same = { envelope: signCommand(stage, command, ['anna']) };
  t.match((await stage.call('POST', `/jobs/${id}/signatures`, same)).body, { state: 'awaiting-signatures' });
  const other = { envelope: signCommand(stage, { ...command, reason: 'Else.' }, ['ben']) };
  t.match((await stage.call('POST', `/jobs/${id}/signatures`, other)).body, { code: 'E_REPLAY' });
  t.notOk(session.sent.some(({ type }) => type === 'run.offer'));
  const second = { envelope: signCommand(stage, command, ['ben']) };
  const signed = await stage.call('POST', `/jobs/${id}/signatures`, second);
  t.match(signed.body, { state: 'running', signers: ['anna', 'ben'] });
  const offer = await session.next('run.offer');
  t.equal(offer.envelope.signatures.length, 2);
  t.equal(offer.envelope.payload, envelope.payload, 'the bytes are those that were signed');
  await stage.sql`UPDATE job SET targets = 25`;
  const more = { envelope: signCommand(stage, makeCommand(stage, wipe)) };
  t.match(await stage.call('POST', '/jobs', more), { status: 429, body: { code: 'E_BUDGET' } });
});

t.test('many devices by tree: a constant number of statements, each with its proof', async (t) => {
  const stage = await openStage(t, { devices: 2_500 });
  const { statements } = stage.database;
  // Its statements are none of an order.
  await until('the index is built', () => stage.fleet.isReady());
  async function orderFor(count: number) {
    const devices = stage.devices.slice(0, count).map(({ id }) => id);
    const wish = count > 1_000 ? { on: 'id != ""' } : { devices };
    const found = await stage.call('POST', '/targets', wish);
    t.match(found, { status: 201, body: { count: count > 1_000 ? 2_500 : count, isDeviceOnly: true } });
    const { snapshot, root, count: found_ } = found.body;
    const command = makeCommand(stage, { targets: { root, count: found_ } });
    const body = { envelope: signCommand(stage, command), snapshot };
    const before = statements();
    const { status } = await stage.call('POST', '/jobs', body);
    t.equal(status, 201);
    return { id: command.cmdId, used: statements() - before, root, snapshot };
  }
  const few = await orderFor(30);
  const many = await orderFor(2_500);
  t.equal(many.used, few.used, `${many.used} statements`);
  const ids = (await stage.call('GET', `/targets/${many.snapshot}/ids?limit=2000`)).body;
  const rest = (await stage.call('GET', `/targets/${many.snapshot}/ids?after=${ids.next}`)).body;
  t.equal(
    buildTargetTree([...ids.ids, ...rest.ids], nodeCrypto).root,
    many.root,
    'a client computes the root itself',
  );
  const session = stage.connect(7);
  const offers = [await session.next('run.offer'), await session.next('run.offer')];
  const proof = offers.find(({ cmdId }) => cmdId === many.id)?.proof;
  const holds = (idx: number, own: typeof proof) =>
    own != null &&
    holdsProof({
      deviceId: stage.devices[idx]?.id ?? '',
      root: many.root,
      count: 2_500,
      proof: own,
      crypto: nodeCrypto,
    });
  t.ok(holds(7, proof));
  t.notOk(holds(8, proof));
  const runs = (await stage.call('GET', `/jobs/${many.id}/runs?limit=1000`)).body;
  t.equal(runs.runs.length, 1_000);
  t.match((await stage.call('GET', `/jobs/${many.id}/runs?state=offered`)).body, {
    runs: [{ state: 'offered' }],
    next: null,
  });
  // After a restart the tree is built again from what is stored.
  await stage.stop();
  const next = await stage.again();
  const later = next.connect(8);
  const offered = [await later.next('run.offer'), await later.next('run.offer')];
  t.ok(holds(8, offered.find(({ cmdId }) => cmdId === many.id)?.proof));
});

t.test('reports of a run: late, repeated and jumping ones, and the circle of interruptions', async (t) => {
  const stage = await openStage(t, { devices: 1 });
  const { id } = await order(stage, t, {
    kind: 'process.signal',
    args: { pid: 12, startTicks: 7, signal: 'TERM' },
  });
  const session = stage.connect(0);
  const offer = await session.next('run.offer');
  const state = async () => (await stage.call('GET', `/jobs/${id}/runs`)).body.runs[0].state;
  const say = (one: RunState, n: number, rest = {}) => stage.report(session, offer, [one], { n, ...rest });
  await say('running', 2);
  t.equal(await state(), 'running', 'a lost report does not hold up the next');
  await say('accepted', 1);
  t.equal(await state(), 'running');
  await say('interrupted', 3);
  await say('running', 4);
  await say('interrupted', 3);
  t.equal(await state(), 'running', 'an older report of the circle changes nothing');
  await stage.stop();
  const next = await stage.again();
  const again = next.connect(0);
  await next.report(again, offer, ['interrupted'], { n: 3 });
  const shown = (await next.call('GET', `/jobs/${id}/runs`)).body.runs[0];
  t.equal(shown.state, 'running', 'nor after a restart');
  await next.report(again, offer, ['succeeded'], { n: 5 });
  await next.report(again, offer, ['succeeded'], { n: 5 });
  t.match(await ended(next, id), { counts: { succeeded: 1 } });
  t.equal(again.sent.filter(({ type }) => type === 'ack').length, 3, 'each is acknowledged');
  await next.report(again, { cmdId: newTestId('cmd') }, ['accepted']);
  t.match(again.sent.at(-1), { type: 'nack', code: 'E_TARGET' });
});

t.test(
  'time passes: scheduled begins, queued expires, silent becomes unknown, unknown is amended',
  async (t) => {
    const stage = await openStage(t, { devices: 3 });
    const session = stage.connect(0);
    const nowMs = Date.now();
    const iso = (ms: number) => new Date(nowMs + ms).toISOString();
    const { id } = await order(stage, t, { notBefore: iso(60_000), notAfter: iso(3_600_000) });
    t.match(await jobOf(stage, id), { state: 'scheduled', counts: { queued: 3 } });
    stage.clock.nowMs = nowMs + 61_000;
    await stage.runs.look();
    const offer = await session.next('run.offer');
    stage.clock.nowMs = nowMs + 3_600_001;
    await stage.runs.look();
    t.match(await jobOf(stage, id), { state: 'running', counts: { expired: 2, offered: 1 } });
    t.equal((await session.next('run.offer')).cmdId, id, 'what was offered is asked for');
    stage.clock.nowMs = nowMs + 3_600_001 + 86_400_000;
    await stage.runs.look();
    t.match(await jobOf(stage, id), { state: 'done', counts: { expired: 2, unknown: 1 } });
    await stage.report(session, offer, ['succeeded'], { n: 3 });
    t.match((await jobOf(stage, id)).counts, { expired: 2, succeeded: 1 });
    t.match((await stage.call('GET', `/jobs/${id}/runs?state=succeeded`)).body, { runs: [{ exit: 0 }] });
    const empty = await order(stage, t, {
      notBefore: iso(95_000_000),
      notAfter: iso(96_000_000),
    });
    stage.clock.nowMs = nowMs + 96_000_001;
    await stage.runs.look();
    t.match(await jobOf(stage, empty.id), { state: 'expired', counts: { expired: 3 } });
  },
);

t.test('concurrency, batches, and a stop at failures that a person goes on from', async (t) => {
  const stage = await openStage(t, { devices: 10 });
  const sessions = stage.devices.map(({ idx }) => stage.connect(idx));
  const offered = () => sessions.filter(({ sent }) => sent.some(({ type }) => type === 'run.offer')).length;
  const limited = await order(stage, t, {}, { options: { concurrency: 3 } });
  await until('three are offered', offered, (count) => count === 3);
  t.match((await jobOf(stage, limited.id)).counts, { offered: 3, queued: 7 });
  for (const session of sessions) stage.obey(session, ({ cmdId }) => (cmdId === limited.id ? whole : []));
  t.match((await ended(stage, limited.id)).counts, { succeeded: 10 });

  const options = { batches: [20, 50], stopAtFailures: 4 };
  const staged = await order(stage, t, {}, { options });
  const mine = () =>
    sessions.filter(({ sent }) => sent.some((one) => one.type === 'run.offer' && one.cmdId === staged.id));
  await until('a fifth is offered', mine, ({ length }) => length === 2);
  for (const session of mine()) await stage.report(session, { cmdId: staged.id }, whole);
  const second = await until('half are offered', mine, ({ length }) => length === 5);
  for (const session of second.slice(0, 5))
    await stage.report(session, { cmdId: staged.id }, ['accepted', 'running', 'failed']);
  const rest = await until('all are offered', mine, ({ length }) => length === 10);
  t.match((await jobOf(stage, staged.id)).counts, { succeeded: 2, failed: 3, offered: 5 });
  for (const session of rest)
    await stage.report(session, { cmdId: staged.id }, ['accepted', 'running', 'failed']);
  await ended(stage, staged.id);

  const held = await order(stage, t, {}, { options: { concurrency: 2, stopAtFailures: 2 } });
  for (const session of sessions) stage.obey(session, ({ cmdId }) => (cmdId === held.id ? ['refused'] : []));
  const stopped = await until(
    'it is held',
    () => jobOf(stage, held.id),
    ({ state }) => state === 'held',
  );
  t.match(stopped, { counts: { queued: Number }, held: /failure/ });
  t.match((await stage.call('POST', `/jobs/${held.id}/continue`)).body, { state: 'running' });
  const again = await until(
    'it is held again',
    () => jobOf(stage, held.id),
    ({ state }) => state === 'held',
  );
  t.ok(again.counts.refused >= 4 && again.counts.refused < 10);
  t.match((await stage.call('POST', `/jobs/${held.id}/cancel`, { reason: 'Enough.' })).body, {
    state: 'canceled',
  });
  t.match(await ended(stage, held.id), { state: 'canceled', held: 'Enough.' });
  t.match(await stage.call('POST', `/jobs/${held.id}/continue`), {
    status: 409,
    body: { code: 'E_JOB_STATE' },
  });
});

t.test('a window of sixteen offers a device; answers make room', async (t) => {
  const stage = await openStage(t, { devices: 1 });
  const session = stage.connect(0);
  for (let n = 0; n < 20; n++) await order(stage, t);
  const offers = () => session.sent.filter(({ type }) => type === 'run.offer');
  await until(
    'the first are offered',
    () => offers().length,
    (count) => count >= 16,
  );
  stage.obey(session, () => whole);
  await until(
    'all are over',
    async () => (await stage.call('GET', '/jobs?state=done')).body.jobs.length,
    (n) => n === 20,
  );
});

t.test('retired devices leave no open run', async (t) => {
  const stage = await openStage(t, { devices: 3 });
  const session = stage.connect(0);
  const { id } = await order(stage, t);
  await session.next('run.offer');
  for (const idx of [0, 1]) await stage.runs.forget(1, idx);
  t.match((await jobOf(stage, id)).counts, { unknown: 1, canceled: 1, queued: 1 });
});

t.test('the runs of one device over all jobs, newest first, page by page', async (t) => {
  const stage = await openStage(t, { devices: 2 });
  const [first, second] = stage.devices;
  const session = stage.connect(0);
  stage.obey(session, () => whole);
  const old = await order(stage, t, { reason: 'first of all' });
  await until(
    'the device is done with it',
    () => stage.call('GET', `/jobs/${old.id}/runs/${first?.id}`),
    ({ body }) => body.state === 'succeeded',
  );
  await stage.call('POST', `/jobs/${old.id}/cancel`, { reason: 'enough' });
  const later = await order(stage, t, {
    targets: {
      list: stage.devices.slice(0, 1).map(({ id, hostname, fingerprint }) => ({ id, hostname, fingerprint })),
    },
  });
  const page = async (device: typeof first, query = '') =>
    (await stage.call('GET', `/devices/${device?.id}/runs${query}`)).body;
  const all = await until(
    'both are done',
    () => page(first),
    ({ runs }) => runs.every(({ state }: { state: string }) => state === 'succeeded'),
  );
  t.match(all, {
    runs: [
      { job: later.id, exit: 0 },
      { job: old.id, reason: 'first of all' },
    ],
    next: null,
  });
  const newest = await page(first, '?limit=1');
  t.match(newest.runs, [{ job: later.id }]);
  t.match((await page(first, `?limit=1&after=${newest.next}`)).runs, [{ job: old.id }]);
  t.match(await page(second), { runs: [{ job: old.id, state: 'canceled' }], next: null });
  t.equal((await stage.call('GET', `/devices/dev_${'a'.repeat(26)}/runs`)).status, 404);
});
