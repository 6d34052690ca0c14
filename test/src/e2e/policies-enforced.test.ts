// Policies at work on a real device: repaired by its own executor, repaired again with the server gone, and never while its owner says no.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeAgent } from '../support/agent.ts';
import { makePolicy, signPolicies } from '../support/policies.ts';
import { executorProgram, startNode } from '../support/processes.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

/** What a cycle leaves to the executor. */
interface Report {
  readonly items: readonly { readonly item: string; readonly state: string; readonly code: string }[];
}

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

t.test('a device repairs what people signed, by itself, with the server gone too', async (t) => {
  // Whatever bears the agent's name is its own, and not touched.
  const folder = mkdtempSync(join(tmpdir(), 'enforced-'));
  const own = mkdtempSync(join(tmpdir(), 'denied-'));
  t.teardown(() => {
    for (const one of [folder, own]) rmSync(one, { recursive: true, force: true });
  });
  const [kept, watched, deny] = [join(folder, 'kept'), join(folder, 'watched'), join(own, 'deny')];
  for (const path of [kept, watched]) {
    writeFileSync(path, 'a file of a throw-away folder\n');
    chmodSync(path, 0o640);
  }
  mkdirSync(deny);
  const server = await prepareServer(t);
  await server.start();
  const agent = await makeAgent(t);
  const { output } = await agent.tryEnroll(server.url, await server.enrollmentToken(1));
  const [id = ''] = /dev_[a-z2-7]{26}/.exec(output) ?? [];
  const executor = `executor/${id}/policies`;
  /** Makes the next cycle of a stopped agent due then. */
  function setDue(inMs = 0): void {
    const path = join(agent.stateDir, executor, 'cycle.json');
    writeFileSync(path, JSON.stringify({ dueAtMs: Date.now() + inMs, failures: 0, running: null }));
  }

  const rule = (mode: string, path: string) => ({
    ...{ id: mode, title: 'Not for everybody', mode },
    file: { path, mode: '0600' },
  });
  const rules = [rule('enforce', kept), rule('audit', watched)];
  const body = await signPolicies(server, [makePolicy('files', { mode: 'enforce', rules })]);
  t.equal((await server.call('/api/v1/policies/sets', { method: 'POST', body })).status, 201);
  let running = agent.start('--deny-dir', deny);
  await until('the file is repaired', () => modeOf(kept) === '600');
  t.equal(modeOf(watched), '640', 'what is only looked at stays');
  const report = await until('its report', () => agent.readState<Report>(`${executor}/report.json`));
  t.match(
    report.items.map(({ item, state, code }) => [item, state, code]),
    [
      [`file.${kept}`, 'repaired', ''],
      [`file.${watched}`, 'drifted', ''],
    ],
  );

  const known = await until('the server knows it', async () => {
    const { body } = await server.call<{ items: readonly object[] }>(`/api/v1/devices/${id}/compliance`);
    return body.items.length === 2 ? body : undefined;
  });
  t.match(known.items, [
    { state: 'drifted', rule: 'audit', title: 'Not for everybody', mode: 'audit' },
    { state: 'repaired', rule: 'enforce', mode: 'enforce' },
  ]);
  const share = await server.call<{ policies: readonly object[] }>('/api/v1/compliance?policy=files');
  t.match(share.body.policies, [{ policy: 'files', met: 1, meant: 2 }]);

  running.signal('SIGTERM');
  await running.ended;
  await server.stop();
  chmodSync(kept, 0o666);
  setDue();
  running = agent.start('--deny-dir', deny);
  await until('it is repaired with no server', () => modeOf(kept) === '600');

  running.signal('SIGTERM');
  await running.ended;
  chmodSync(kept, 0o640);
  writeFileSync(join(deny, 'policies.json'), JSON.stringify({ kinds: ['policy.*'], reason: 'Only looks.' }));
  setDue();
  running = agent.start('--deny-dir', deny);
  const isSeen = async () =>
    (await agent.readState<Report>(`${executor}/report.json`))?.items.find(
      ({ item }) => item === `file.${kept}`,
    )?.code === 'E_LOCAL_DENY';
  await until('its owner is heard', isSeen);
  t.equal(modeOf(kept), '640', 'and obeyed');
  const apply = startNode(
    t,
    executorProgram('policy', 'apply', '--json', '--state-dir', agent.stateDir, '--deny-dir', deny),
  );
  t.equal(await apply.ended, 1, 'also by a person on the device');

  running.signal('SIGTERM');
  await running.ended;
  rmSync(join(deny, 'policies.json'));
  setDue(3_000_000);
  running = agent.start('--deny-dir', deny);
  let mode = 0o640;
  const isNoticed = () => {
    if (modeOf(kept) === '600') return true;
    // The core may not watch yet.
    chmodSync(kept, mode);
    mode = mode === 0o640 ? 0o644 : 0o640;
    return false;
  };
  chmodSync(kept, mode);
  await until('a change is noticed long before the cycle of the hour', isNoticed);
});
