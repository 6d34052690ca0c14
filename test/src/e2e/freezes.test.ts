// A freeze at work on a real device: what people order waits for its end or is refused, with nobody to ask, and an emergency goes past it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { makeAgent } from '../support/agent.ts';
import { createOrders } from '../support/orders.ts';
import { makePolicy, signPolicies } from '../support/policies.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const HOUR_MS = 3_600_000;
const second = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** A process of this test that does nothing; when it started, as the kernel says. */
function startVictim() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  t.teardown(() => child.kill('SIGKILL'));
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  return { child, args: { pid, startTicks: Number(fields.split(' ')[19]), signal: 'TERM' } };
}

t.test('a device in a freeze changes nothing that people order, but in an emergency', async (t) => {
  const server = await prepareServer(t);
  await server.start();
  const agent = await makeAgent(t);
  const { output } = await agent.tryEnroll(server.url, await server.enrollmentToken(1));
  const [id = ''] = /dev_[a-z2-7]{26}/.exec(output) ?? [];
  const nowMs = Date.now();
  const freeze = {
    ...{ from: second(nowMs - HOUR_MS), to: second(nowMs + 2 * HOUR_MS) },
    ...{ reason: 'The year is being closed.', all: true },
  };
  const apply = async (freezes: readonly object[]) => {
    const body = await signPolicies(server, [makePolicy('year-end', { mode: 'audit', freezes })]);
    t.equal((await server.call('/api/v1/policies/sets', { method: 'POST', body })).status, 201);
    await until('the device holds it', async () => {
      const held = await agent.readState<{ held: { version: number } | null }>(
        `executor/${id}/policies/state.json`,
      );
      const { body } = await server.call<{ set: { version: number } }>('/api/v1/policies/set');
      return held?.held?.version === body.set.version;
    });
  };
  agent.start();
  await apply([freeze]);
  const { child, args } = startVictim();
  const orders = await createOrders(server);
  const run = async (job: string, state: string) => {
    type Body = { runs: readonly { state: string; code: string | null; message: string }[] };
    return until(`it is ${state}`, async () => {
      const [found] = (await server.call<Body>(`/api/v1/jobs/${job}/runs`)).body.runs;
      return found?.state === state ? found : undefined;
    });
  };
  const on = `id == "${id}"`;
  const signal = { kind: 'process.signal', args } as const;
  const late = new Date(nowMs + 3 * HOUR_MS).toISOString();

  const refused = await run(await orders.order(on, signal), 'refused');
  t.match(refused, { code: 'E_FREEZE', message: /^Frozen until .*by year-end: The year is being closed\./ });
  await run(await orders.order(on, { ...signal, dryRun: true }), 'succeeded');
  await run(await orders.order(on), 'succeeded');
  const waiting = await orders.order(on, { ...signal, notAfter: late });
  t.match(await run(waiting, 'deferred'), { code: 'E_FREEZE', message: /It waits\.$/ });
  t.equal(child.exitCode ?? child.signalCode, null, 'nothing has ended it');

  await run(await orders.order(on, { ...signal, emergency: true }), 'succeeded');
  await until('the emergency has ended it', () => child.signalCode === 'SIGTERM');
  await apply([]);
  // The process is not there any more: what had waited began, and found nothing to do.
  await until('what had waited goes on', async () => {
    type Body = { runs: readonly { state: string }[] };
    const [found] = (await server.call<Body>(`/api/v1/jobs/${waiting}/runs`)).body.runs;
    return found?.state !== 'deferred';
  });
});
