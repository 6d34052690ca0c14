// Proves the routes of devices against a real database: labels by key, and what a list is narrowed by.
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import { createHttp } from '../../core/http/server.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { createFleet } from '../fleet/index.ts';
import { createFactReader } from '../inventory/index.ts';
import { addDevices, createTenants } from '../inventory/testing/fleet.ts';
import { createFleetRows } from './index.ts';
import { registerDeviceRoutes } from './routes.ts';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly detail?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly items?: readonly { readonly id: string; readonly hostname?: string }[];
  };
}

async function openDevices(t: Test) {
  const { sql, db, statements } = await openTestDatabase(t, { max: 8 });
  await createTenants(sql, [1, 2]);
  const refs = [...(await addDevices(sql, 1, 20)), ...(await addDevices(sql, 2, 1))];
  const permissions = new Set(['devices.read', 'devices.write']);
  const changed: number[] = [];
  const source = { ...createFleetRows(sql), facts: createFactReader(sql) };
  const fleet = createFleet({ source, clock: systemClock, log: silentLog });
  t.teardown(() => fleet.stop());
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions,
    authenticate: async () => ({
      tenant: 1,
      tokenId: 'tok_x',
      name: 'x',
      permissions,
      person: null,
      expiresMs: Number.MAX_SAFE_INTEGER,
    }),
  });
  registerDeviceRoutes(app, {
    db,
    clock: systemClock,
    crypto: nodeCrypto,
    fleet,
    changed(tenant, idx) {
      changed.push(idx);
      fleet.note('device', tenant, idx);
    },
    facts: async () => new Map(),
    retired: async () => undefined,
  });
  await app.ready();
  t.teardown(() => app.close());
  const idOf = (at: number) => refs[at]?.deviceId ?? '';
  const ask = async (method: 'GET' | 'PATCH', url: string, payload?: object): Promise<Answer> => {
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
    return { status: answer.statusCode, body: answer.json() };
  };
  const label = (at: number, labels: object) => ask('PATCH', `/api/v1/devices/${idOf(at)}`, { labels });
  return { sql, statements, fleet, idOf, ask, label, changed };
}

t.test('labels are set and removed by key, whoever else does so at the same time', async (t) => {
  const { label, changed, sql, idOf, ask } = await openDevices(t);
  t.match(await label(0, { role: 'web', env: 'prod' }), { status: 200, body: { labels: { role: 'web' } } });
  t.same((await label(0, { role: null, floor: '3', never: null })).body.labels, { env: 'prod', floor: '3' });
  t.same((await label(0, {})).body.labels, { env: 'prod', floor: '3' }, 'no change is none');
  t.same(changed, [0, 0, 0], 'live views are told');
  t.same(await sql`SELECT idx FROM device WHERE labels <> '{}'`, [{ idx: 0 }], 'of that device only');

  await Promise.all(Array.from({ length: 30 }, (_, at) => label(1, { [`key-${at}`]: String(at) })));
  await Promise.all(
    Array.from({ length: 30 }, (_, at) => label(1, at % 2 ? { [`key-${at}`]: null } : { more: 'x' })),
  );
  const { labels = {} } = (await ask('GET', `/api/v1/devices/${idOf(1)}`)).body;
  t.equal(Object.keys(labels).length, 16, 'none of sixty changes undid another');

  const many = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`k${at}`, 'x']));
  t.equal((await label(2, many)).status, 200);
  t.match(await label(2, { one: 'more' }), { status: 409, body: { code: 'E_CONFLICT' } });
  t.equal((await label(2, { one: 'more', k0: null })).status, 200, 'one for another');
  for (const wrong of [{ Role: 'x' }, { role: 7 }, { role: 'a\u0007' }, { role: 'x'.repeat(129) }])
    t.match(await label(0, wrong), { status: 400, body: { code: 'E_VALIDATION' } });
  t.match(await label(20, { role: 'web' }), { status: 404 }, 'a device of another organization');
  t.match(await label(0, { role: "'); DROP TABLE device;--", quote: '"\\' }), {
    body: { labels: { role: "'); DROP TABLE device;--", quote: '"\\' } },
  });
});
