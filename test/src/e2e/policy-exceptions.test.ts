// Exceptions on a real device: left alone while the server says that one is for it, repaired when not, and when its time is over with the server gone.
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeAgent } from '../support/agent.ts';
import { makePolicy, signPolicies } from '../support/policies.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

/** What a cycle leaves to the executor. */
interface Report {
  readonly items: readonly { readonly state: string; readonly reason: string }[];
}

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const endIn = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}Z`;

t.test('what is exempt is left alone, by a label, and until its end without a server', async (t) => {
  // Whatever bears the agent's name is its own, and not touched.
  const folder = mkdtempSync(join(tmpdir(), 'exempt-'));
  const deny = mkdtempSync(join(tmpdir(), 'denied-'));
  t.teardown(() => {
    for (const one of [folder, deny]) rmSync(one, { recursive: true, force: true });
  });
  const path = join(folder, 'file');
  writeFileSync(path, 'a file of a throw-away folder\n');
  chmodSync(path, 0o640);
  const server = await prepareServer(t);
  await server.start();
  const agent = await makeAgent(t);
  const { output } = await agent.tryEnroll(server.url, await server.enrollmentToken(1));
  const [id = ''] = /dev_[a-z2-7]{26}/.exec(output) ?? [];
  const label = async (labels: object) => {
    const { status, text } = await server.call(`/api/v1/devices/${id}`, {
      method: 'PATCH',
      body: { labels },
    });
    if (status !== 200) throw new Error(text);
  };
  const apply = async (on: string, end: string) => {
    const rules = [{ id: 'mode', title: 'Not for everybody', file: { path, mode: '0600' } }];
    const exceptions = [{ rule: 'mode', on, reason: 'It is old.', approvedBy: 'anna', until: end }];
    const body = await signPolicies(server, [makePolicy('files', { mode: 'enforce', rules, exceptions })]);
    const { status, text } = await server.call('/api/v1/policies/sets', { method: 'POST', body });
    if (status !== 201) throw new Error(text);
  };
  const report = async () => (await agent.readState<Report>(`executor/${id}/policies/report.json`))?.items[0];

  await label({ env: 'old' });
  await apply('label("env") == "old"', endIn(3_600_000));
  const running = agent.start('--deny-dir', deny);
  const left = await until('it is exempt', async () => {
    const item = await report();
    return item?.state === 'exempt' ? item : undefined;
  });
  t.match(left.reason, /^Exempt until .*Z, approved by anna: It is old\.$/);
  t.equal(modeOf(path), '640');
  await label({ env: 'new' });
  await until('it is repaired where the exception is not for it any more', () => modeOf(path) === '600');

  running.signal('SIGTERM');
  await running.ended;
  chmodSync(path, 0o640);
  await apply(`id == "${id}"`, endIn(15_000));
  agent.start('--deny-dir', deny);
  await until('the set is held', async () => {
    const { body } = await server.call<{ readonly held: { readonly version: number } | null }>(
      `/api/v1/devices/${id}/policies`,
    );
    return body.held?.version === 2;
  });
  await server.stop();
  await until('it is repaired when the time of the exception is over', () => modeOf(path) === '600');
});
