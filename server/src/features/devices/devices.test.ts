// Proves the routes of devices against a real database: labels by key, and what a list is narrowed by.

import { compileExpression } from '@muster/protocol/language';
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { nodeCrypto } from '../../core/crypto.ts';
import { createHttp } from '../../core/http/server.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { makePrincipal } from '../../core/testing/principal.ts';
import { until } from '../../core/testing/until.ts';
import { fail } from '../../errors.ts';
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
    readonly state?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly count?: number | null;
    readonly next?: string | null;
    readonly items?: readonly { readonly id: string; readonly hostname?: string }[];
  };
}

const GROUP = `grp_${'a'.repeat(26)}`;

async function openDevices(t: Test, devices = 20) {
  const { sql, db, statements } = await openTestDatabase(t, { max: 8 });
  await createTenants(sql, [1, 2]);
  const refs = [...(await addDevices(sql, 1, devices)), ...(await addDevices(sql, 2, 1))];
  const permissions = new Set(['devices.read', 'devices.write', 'groups.read']);
  const [changed, retired]: [number[], number[]] = [[], []];
  const source = { ...createFleetRows(sql), facts: createFactReader(sql) };
  const fleet = createFleet({ source, clock: systemClock, log: silentLog });
  t.teardown(() => fleet.stop());
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions,
    authenticate: async ({ headers }) => {
      const { proven, groups } = headers;
      const known = makePrincipal(groups === 'none' ? ['devices.read'] : permissions);
      const grants = known.grants.map((grant) =>
        grant.permission === 'groups.read' && typeof groups === 'string'
          ? { ...grant, where: groups }
          : grant,
      );
      const principal = { ...known, grants };
      return proven === undefined ? principal : { ...principal, via: 'session', provenMs: Number(proven) };
    },
    now: () => Date.now(),
  });
  registerDeviceRoutes(app, {
    db,
    clock: systemClock,
    crypto: nodeCrypto,
    fleet,
    checkLabels: async (_principal, keys) => keys.filter((key) => key === 'scope'),
    changed(tenant, idx) {
      changed.push(idx);
      fleet.note('device', tenant, idx);
    },
    facts: async () => new Map(),
    async members(_tenant, id) {
      if (id !== GROUP) throw fail('E_NOT_FOUND');
      return {
        expression: compileExpression('label("env") == "prod"', { for: 'server' }),
        picked: [7, 9_999],
      };
    },
    async retired(_tenant, idx) {
      retired.push(idx);
      if (retired.length < 3) throw fail('E_UNAVAILABLE');
    },
  });
  await app.ready();
  t.teardown(() => app.close());
  const idOf = (at: number) => refs[at]?.deviceId ?? '';
  /** `proven`: it is a session, whose person was there at that time, ms since 1970. */
  const askAs = async (
    headers: { readonly proven?: string; readonly groups?: string },
    method: 'GET' | 'PATCH' | 'POST',
    url: string,
    payload?: object,
  ): Promise<Answer> => {
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    return { status: answer.statusCode, body: answer.json() };
  };
  const ask = (method: 'GET' | 'PATCH' | 'POST', url: string, payload?: object) =>
    askAs({}, method, url, payload);
  const label = (at: number, labels: object) => ask('PATCH', `/api/v1/devices/${idOf(at)}`, { labels });
  return { sql, statements, fleet, idOf, ask, askAs, label, changed, retired };
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

t.test('what follows from a retirement whose answer was lost is done all the same', async (t) => {
  const { ask, idOf, retired, sql } = await openDevices(t, 3);
  const retire = () => ask('POST', `/api/v1/devices/${idOf(1)}/decisions`, { decision: 'retire' });
  t.match(await retire(), { status: 503, body: { code: 'E_UNAVAILABLE' } });
  t.match(await sql`SELECT idx FROM device WHERE state = 'retired'`, [{ idx: 1 }]);
  await until('it is done', () => retired.length >= 3);
  t.same(retired, [1, 1, 1], 'until it is done');
  t.match(await retire(), { status: 200, body: { state: 'retired' } }, 'and whoever asks again is told');
});

t.test(
  'a list is narrowed by an expression, ordered as one likes, counted exactly, in few statements',
  async (t) => {
    const { ask, label, sql, statements, fleet } = await openDevices(t, 250);
    const list = (query: string) => ask('GET', `/api/v1/devices?${query}`);
    const names = async (query: string) =>
      ((await list(`fields=hostname&${query}`)).body.items ?? []).map(({ hostname }) => hostname);
    const first = await list('limit=3');
    t.match(first.body, {
      count: null,
      items: [{ hostname: 'host-0' }, { hostname: 'host-1' }, { hostname: 'host-10' }],
    });
    fleet.start();
    await until('the index is built', () => fleet.isReady());
    t.match((await list(`limit=1&cursor=${first.body.next}`)).body, {
      count: 250,
      items: [{ hostname: 'host-100' }],
    });
    t.same(await names('limit=2&sort=-hostname'), ['host-99', 'host-98']);
    t.same(await names('limit=2&sort=-hostname&hostname=host-19'), ['host-199', 'host-198']);
    t.match((await list('hostname=host-19&limit=1')).body, { count: 11 });

    for (const at of [3, 30, 200]) t.equal((await label(at, { env: 'prod' })).status, 200);
    const prod = `on=${encodeURIComponent('label("env") == "prod"')}`;
    t.match((await list(prod)).body, { count: 3, next: null }, 'who changes something and asks then sees it');
    t.same(await names(prod), ['host-200', 'host-3', 'host-30']);
    await label(30, { env: 'test' });
    t.same(await names(prod), ['host-200', 'host-3']);

    const at = (day: number) => new Date(Date.UTC(2026, 0, day)).toISOString();
    await sql`UPDATE device SET last_seen_at = ${at(2)} WHERE tenant = 1 AND idx = 7`;
    await sql`UPDATE device SET last_seen_at = ${at(3)} WHERE tenant = 1 AND idx = 8`;
    await sql`UPDATE device SET last_seen_at = ${at(1)}, online = true WHERE tenant = 1 AND idx = 9`;
    for (const idx of [7, 8, 9]) fleet.note('device', 1, idx);
    t.same(
      await names('sort=-seen&limit=3'),
      ['host-9', 'host-8', 'host-7'],
      'whoever is online is seen now',
    );
    t.same(
      (await names('sort=seen&limit=500')).slice(-3),
      ['host-7', 'host-8', 'host-9'],
      'never connected comes first',
    );

    for (const sort of ['hostname', '-hostname', 'id', '-id', 'seen', '-seen']) {
      const found: (string | undefined)[] = [];
      for (let cursor = ''; ; ) {
        const { status, body } = await list(`fields=id&limit=99&sort=${sort}${cursor}`);
        t.match([status, body.count], [200, 250]);
        found.push(...(body.items ?? []).map(({ id }) => id));
        if (body.next == null) break;
        cursor = `&cursor=${body.next}`;
      }
      t.equal(new Set(found).size, 250, `${sort}: every device once`);
      t.equal(found.length, 250);
      const { body } = await list(`limit=1&sort=${sort}`);
      t.match(await list(`sort=${sort.startsWith('-') ? sort.slice(1) : `-${sort}`}&cursor=${body.next}`), {
        ...{ status: 400, body: { code: 'E_CURSOR' } },
      });
    }

    const count = async (query: string) => {
      const before = statements();
      await list(query);
      return statements() - before;
    };
    const few = [await count(`${prod}&fields=id&limit=1`), await count('sort=-seen&fields=id&limit=1')];
    await addDevices(sql, 1, 3_000);
    for (let idx = 250; idx < 3_250; idx++) fleet.note('device', 1, idx);
    t.match((await list('limit=1')).body, { count: 3_250 });
    const many = [await count(`${prod}&fields=id&limit=500`), await count('sort=-seen&fields=id&limit=500')];
    t.same(
      [few, many],
      [
        [1, 1],
        [1, 1],
      ],
      'a statement a page, however many devices and rows',
    );

    t.match(await list(`on=${encodeURIComponent('os.famly == "x"')}`), {
      status: 400,
      body: { code: 'E_EXPRESSION' },
    });
    t.match(await list('sort=labels'), { status: 400, body: { code: 'E_VALIDATION' } });
    t.match(await list(`on=${encodeURIComponent('true')}&limit=1`), { body: { count: 3_250 } });
    await fleet.stop();
    fleet.note('device', 1, 1);
    t.match(await list(prod), { status: 503, body: { code: 'E_INDEX' } }, 'rather none than an old one');
  },
);

t.test('what lets a device in or out, or into another scope, needs somebody who is there', async (t) => {
  const { askAs, idOf } = await openDevices(t, 2);
  const [long, now] = [{ proven: String(Date.now() - 11 * 60_000) }, { proven: String(Date.now()) }];
  const path = `/api/v1/devices/${idOf(0)}`;
  const needsProof = { status: 401, body: { code: 'E_STEP_UP' } };
  t.match(await askAs(long, 'POST', `${path}/decisions`, { decision: 'retire' }), needsProof);
  t.match(await askAs(long, 'PATCH', path, { labels: { scope: 'x' } }), needsProof);
  t.match(await askAs(long, 'PATCH', path, { labels: { floor: '3' } }), { status: 200 }, 'any other label');
  t.match(await askAs(now, 'PATCH', path, { labels: { scope: 'x' } }), { status: 200 });
  t.match(
    await askAs({}, 'PATCH', path, { labels: { scope: 'y' } }),
    { status: 200 },
    'a token is a program',
  );
  t.match(await askAs(now, 'POST', `${path}/decisions`, { decision: 'release' }), { status: 409 });
});

t.test('a list of a group has its members, of those that one may see as such', async (t) => {
  const { ask, askAs, label, fleet } = await openDevices(t, 20);
  fleet.start();
  await until('the index is built', () => fleet.isReady());
  for (const at of [3, 11]) await label(at, { env: 'prod' });
  const url = `/api/v1/devices?fields=hostname&group=${GROUP}`;
  const names = ({ body }: Answer) => body.items?.map(({ hostname }) => hostname);
  t.same(names(await ask('GET', url)), ['host-11', 'host-3', 'host-7'], 'by the expression, and picked');
  t.match((await ask('GET', `${url}&on=${encodeURIComponent('label("env") != "prod"')}`)).body, { count: 1 });
  t.match((await ask('GET', `${url}&hostname=host-1`)).body, { count: 1 });
  t.same(
    names(await askAs({ groups: 'label("env") == "prod"' }, 'GET', url)),
    ['host-11', 'host-3'],
    'whoever sees members of some devices only learns of no other',
  );
  t.match(await askAs({ groups: 'none' }, 'GET', url), { status: 403, body: { code: 'E_FORBIDDEN' } });
  t.match(await ask('GET', `${url.slice(0, -1)}b`), { status: 404 });
});

t.test('a device that has not reported yet is found by the name that the list shows', async (t) => {
  const { ask, fleet, sql } = await openDevices(t, 12);
  const found = async (query: string) => (await ask('GET', `/api/v1/devices?${query}`)).body.items?.length;
  t.equal(await found('hostname=host-1'), 3, 'while the index is being built');
  fleet.start();
  await until('the index is built', () => fleet.isReady());
  const on = (text: string) => `on=${encodeURIComponent(text)}`;
  t.equal(await found(on('hostname.contains("ost-1")')), 3);
  t.equal(await found('hostname=host-1'), 3);
  t.equal(await found(on('hostname == "host-7"')), 1);
  await sql`UPDATE device SET hostname = 'gate' WHERE tenant = 1 AND idx = 7`;
  fleet.note('device', 1, 7);
  t.equal(await found(on('hostname == "gate"')), 1, 'and by its new one');
  t.equal(await found(on('hostname == "host-7"')), 0);
});
