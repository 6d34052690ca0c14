// Signed policies on a real device: fetched, verified and held by its executor, resolved without a server, and never taken back by one.
import t from 'tap';
import { makeAgent } from '../support/agent.ts';
import { makePolicy, signPolicies } from '../support/policies.ts';
import { executorProgram, startNode } from '../support/processes.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

interface HeldView {
  readonly held: { readonly version: number; readonly digest: string; readonly policies: number } | null;
  readonly isCurrent: boolean;
  readonly code: string | null;
}

/** A policy about a parameter that every kernel has, so that no program is needed to look at it. */
const about = (name: string, on: string) =>
  makePolicy(name, {
    on,
    rules: [
      { id: 'r', title: 'R', sysctl: { key: 'kernel.ostype', value: name === 'here' ? 'Linux' : 'Other' } },
    ],
  });

t.test(
  'a device holds what people signed, also when the server is gone or shows something older',
  async (t) => {
    const server = await prepareServer(t);
    await server.start();
    const agent = await makeAgent(t);
    const { output } = await agent.tryEnroll(server.url, await server.enrollmentToken(1));
    const [id = ''] = /dev_[a-z2-7]{26}/.exec(output) ?? [];
    const apply = async (...policies: Parameters<typeof signPolicies>[1]) => {
      const body = await signPolicies(server, policies);
      const { status, text } = await server.call('/api/v1/policies/sets', { method: 'POST', body });
      if (status !== 200 && status !== 201) throw new Error(text);
    };
    const view = async () => (await server.call<HeldView>(`/api/v1/devices/${id}/policies`)).body;
    const held = (version: number) =>
      until(`set ${version} is held`, async () => {
        const { held: set, isCurrent, code } = await view();
        return set?.version === version && isCurrent && code === null ? set : undefined;
      });
    /** What the device says about itself, with no server. */
    async function check(): Promise<{ code: number | string; items: Record<string, unknown>[] }> {
      const program = startNode(
        t,
        executorProgram('policy', 'check', '--json', '--state-dir', agent.stateDir),
      );
      const code = await program.ended;
      const lines = program.output().split('\n');
      if (!lines.some((line) => /^By policy set 1\.\d+, resolved on this device at /.test(line)))
        t.fail(program.output());
      return { code, items: JSON.parse(lines.find((line) => line.startsWith('{')) ?? '').items };
    }

    t.match(await view(), { held: null, isCurrent: false, code: null });
    const nothing = startNode(t, executorProgram('policy', 'check', '--state-dir', agent.stateDir));
    t.equal(await nothing.ended, 1);
    t.match(nothing.output(), /This device holds no policies/);
    const first = agent.start();
    await apply(about('here', 'os.family != "none"'), about('elsewhere', 'label("role") == "web"'));
    t.match(await held(1), { policies: 2 });
    t.match(await check(), {
      code: 0,
      items: [{ item: 'sysctl.kernel.ostype', state: 'compliant', rule: { policy: 'here' } }],
    });

    const label = { method: 'PATCH', body: { labels: { role: 'web' } } } as const;
    t.equal((await server.call(`/api/v1/devices/${id}`, label)).status, 200);
    await until('its label brings the other', async () => (await check()).code === 1);
    t.match(
      (await check()).items,
      [{ rule: { policy: 'elsewhere' }, state: 'drifted' }],
      'which two policies want otherwise',
    );

    first.signal('SIGTERM');
    await first.ended;
    await apply(about('here', 'os.family != "none"'));
    t.match(await view(), { held: { version: 1 }, isCurrent: false }, 'an agent that is off is behind');
    agent.start();
    t.match(await held(2), { policies: 1 });
    t.match((await check()).items, [{ rule: { policy: 'here' } }]);

    // Whoever owns the database can take the newest set away, and no more than that.
    await server.stop();
    await server.start();
    await server.query((sql) => sql`DELETE FROM policy_set WHERE version = 2`);
    await server.stop();
    t.match(await check(), { code: 0, items: [{ rule: { policy: 'here' } }] }, 'with no server');
    await server.start();
    const told = await until('the device refuses the older set', async () => {
      const now = await view();
      return now.code === null ? undefined : now;
    });
    t.match(told, { held: { version: 2 }, code: 'E_ROLLBACK' });
    t.match(await check(), { code: 0, items: [{ rule: { policy: 'here' } }] });
  },
);
