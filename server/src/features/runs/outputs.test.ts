// Tests what stands beside a job: equal outputs once, devices that are left out, another try for some, holding, budgets.
import type { RunState } from '@muster/protocol';
import t, { type Test } from 'tap';
import { until } from '../../core/testing/until.ts';
import { makeCommand, signCommand } from './testing/documents.ts';
import { openStage, type Stage } from './testing/stage.ts';

const whole: readonly RunState[] = ['accepted', 'running', 'succeeded'];

async function order(
  stage: Stage,
  t: Test,
  change: Parameters<typeof makeCommand>[1] = {},
  rest: object = {},
) {
  const command = makeCommand(stage, change);
  const { status, body } = await stage.call('POST', '/jobs', {
    envelope: signCommand(stage, command),
    ...rest,
  });
  t.equal(status, 201, JSON.stringify(body));
  return command.cmdId;
}

const counted = (stage: Stage, id: string, counts: object) =>
  until(
    `job ${id} has ${JSON.stringify(counts)}`,
    async () => (await stage.call('GET', `/jobs/${id}`)).body,
    (job) => JSON.stringify(job.counts) === JSON.stringify(counts),
  );

/** Four devices that answer with an end and an output each. */
async function openAnswers(t: Test, ends: readonly (readonly [RunState, string])[]) {
  const stage = await openStage(t, { devices: ends.length });
  const sessions = ends.map((_, idx) => stage.connect(idx));
  const id = await order(stage, t);
  for (const [idx, [end, output]] of ends.entries()) {
    const session = sessions[idx];
    if (session === undefined) throw new Error('no session');
    await stage.report(session, { cmdId: id }, end === 'refused' ? [end] : ['accepted', 'running', end], {
      output,
    });
  }
  return { stage, id };
}

t.test('equal outputs are one, searchable, and lead to the devices that printed them', async (t) => {
  const { stage, id } = await openAnswers(t, [
    ['succeeded', 'up to date\n'],
    ['succeeded', 'up to date\n'],
    ['succeeded', 'up to date\n'],
    ['failed', `${'x'.repeat(3_000)} no space left on device\n`],
  ]);
  await counted(stage, id, { succeeded: 3, failed: 1 });
  const all = (await stage.call('GET', `/jobs/${id}/outputs`)).body;
  t.match(all, { outputs: 2, devices: 4 });
  t.match(all.groups, [
    { devices: 3, hostname: 'host-0', text: 'up to date\n' },
    { devices: 1, hostname: 'host-3', sizeBytes: 3_025 },
  ]);
  const found = (await stage.call('GET', `/jobs/${id}/outputs?q=no%20space&bytes=256`)).body;
  t.equal(found.groups.length, 1);
  t.match(found.groups[0].text, /^x+ no space left/, 'what stands around the hit');
  t.ok(found.groups[0].text.length <= 256);
  t.equal((await stage.call('GET', `/jobs/${id}/outputs?q=nowhere`)).body.groups.length, 0);
  const runs = (await stage.call('GET', `/jobs/${id}/runs?output=${all.groups[0].outputSha256}&limit=2`))
    .body;
  t.same(
    runs.runs.map(({ hostname }: { hostname: string }) => hostname),
    ['host-0', 'host-1'],
  );
  const rest = await stage.call(
    'GET',
    `/jobs/${id}/runs?output=${all.groups[0].outputSha256}&limit=2&after=${runs.next}`,
  );
  t.match(rest.body, { runs: [{ hostname: 'host-2', state: 'succeeded' }], next: null });
});

t.test('another try is for those whose runs failed, without devices that take no commands', async (t) => {
  const { stage, id } = await openAnswers(t, [
    ['succeeded', ''],
    ['failed', ''],
    ['refused', ''],
    ['failed', ''],
  ]);
  await counted(stage, id, { succeeded: 1, failed: 2, refused: 1 });
  await stage.sql`UPDATE device SET state = 'quarantined' WHERE idx = 3`;
  const wish = { job: id, states: ['failed', 'refused'] };
  const { status, body } = await stage.call('POST', '/targets', wish);
  t.equal(status, 201, JSON.stringify(body));
  t.match(body, { count: 2, excludedCount: 1, excluded: [{ hostname: 'host-3', why: 'quarantined' }] });
  t.same(body.devices.map(({ hostname }: { hostname: string }) => hostname).toSorted(), ['host-1', 'host-2']);
  t.equal((await stage.call('POST', '/targets', { job: id })).status, 400, 'it must say which');
  t.equal((await stage.call('POST', '/targets', { ...wish, on: 'true' })).status, 400);
  const named = { devices: ['host-0', 'host-3'], skipInactive: true };
  t.match((await stage.call('POST', '/targets', named)).body, {
    count: 1,
    excluded: [{ hostname: 'host-3', why: 'quarantined' }],
  });
  stage.fleet.note('device', 1, 3);
  t.match((await stage.call('POST', '/targets', { on: 'id != ""' })).body, {
    count: 3,
    excluded: [{ why: 'quarantined' }],
  });
});

t.test('a person holds a job and goes on; what a device has goes on meanwhile', async (t) => {
  const stage = await openStage(t, { devices: 2 });
  const first = stage.connect(0);
  const id = await order(stage, t, {}, { options: { concurrency: 1 } });
  t.match((await stage.call('POST', `/jobs/${id}/hold`, { reason: 'Wait for the backup.' })).body, {
    state: 'held',
    held: 'Wait for the backup.',
  });
  stage.obey(stage.connect(1), () => whole);
  await stage.report(first, { cmdId: id }, whole);
  await counted(stage, id, { queued: 1, succeeded: 1 });
  t.match((await stage.call('POST', `/jobs/${id}/hold`, { reason: 'Again.' })).body, { code: 'E_JOB_STATE' });
  t.equal((await stage.call('POST', `/jobs/${id}/continue`)).body.state, 'running');
  await counted(stage, id, { succeeded: 2 });
});

t.test('budgets say what is used, and the list of jobs is filtered by kind and requester', async (t) => {
  const stage = await openStage(t, { devices: 3 });
  const id = await order(stage, t);
  await order(stage, t, { kind: 'power.reboot', args: { delayMs: 0, message: '' } });
  const { budgets } = (await stage.call('GET', '/budgets?signer=anna')).body;
  t.match(budgets, [
    { class: 'privileged', signer: { used: 6, most: 1_000_000 }, organization: { used: 6 } },
    { class: 'destructive', signer: { used: 0, most: 25 } },
  ]);
  t.match((await stage.call('GET', '/budgets')).body.budgets[0], { signer: { used: 0 } });
  const kinds = async (query: string) =>
    (await stage.call('GET', `/jobs?${query}`)).body.jobs.map(({ kind }: { kind: string }) => kind);
  t.same(await kinds('kind=service.*'), ['service.restart']);
  t.same(await kinds('kind=power.reboot&requester=anna'), ['power.reboot']);
  t.same(await kinds('requester=ben'), []);
  t.match((await stage.call('GET', '/jobs?kind=service.restart')).body.jobs, [{ id }]);
});
