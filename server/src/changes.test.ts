// Proves the stream of changes over a real HTTP server: gathered, per tenant, and free while nobody listens.

import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createChanges } from './changes.ts';
import { systemClock } from './core/clock.ts';
import { createHttp } from './core/http/server.ts';
import { silentLog } from './core/log.ts';
import { makePrincipal } from './core/testing/principal.ts';

async function open(t: Tap) {
  const asked: number[][] = [];
  const devices = {
    find: async () => ({ idx: 0 }),
    findAll: async () => new Map(),
    async name(_tenant: number, idxs: readonly number[]) {
      asked.push([...idxs]);
      return new Map(idxs.map((idx) => [idx, { id: `dev_${idx}`, hostname: `web-${idx}` }]));
    },
  };
  const changes = createChanges({ clock: systemClock, log: silentLog, devices });
  const permissions = new Set(['devices.read']);
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions,
    authenticate: async ({ headers }) => makePrincipal(permissions, { tenant: Number(headers.tenant) }),
    now: () => Date.now(),
  });
  changes.serve(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  async function listen(tenant: number) {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/events`, {
      headers: { tenant: String(tenant) },
    });
    const reader = response.body?.getReader();
    let text = '';
    return async (wanted: string) => {
      while (!text.includes(wanted)) {
        const piece = await reader?.read();
        if (piece === undefined || piece.done) throw new Error(`the stream ended with: ${text}`);
        text += new TextDecoder().decode(piece.value);
      }
      return text;
    };
  }
  return { changes, listen, asked };
}

type Tap = Pick<typeof t, 'teardown'>;

t.test('changes are gathered and told by name, once a device', async (t) => {
  const { changes, listen, asked } = await open(t);
  changes.note('device', 1, 5);
  const until = await listen(1);
  await until('retry');
  for (let i = 0; i < 100; i++) changes.note('device', 1, i % 2);
  changes.note('alerts', 1, 7);
  const text = await until('event: alerts');
  t.match(
    text,
    'event: device\ndata: {"devices":[{"id":"dev_0","hostname":"web-0"},{"id":"dev_1","hostname":"web-1"}]}',
  );
  t.same(asked, [[0, 1], [7]], 'a lookup a kind, and none for what nobody was there to hear');
});

t.test('a storm is one event, and another organization hears nothing of it', async (t) => {
  const { changes, listen, asked } = await open(t);
  const [own, other] = [await listen(1), await listen(2)];
  await Promise.all([own('retry'), other('retry')]);
  for (let idx = 0; idx < 5_000; idx++) changes.note('inventory', 1, idx);
  changes.note('device', 2, 1);
  t.match(await own('event: inventory'), '{"many":5000}');
  t.notMatch(await other('event: device'), 'inventory');
  t.same(asked, [[1]]);
});
