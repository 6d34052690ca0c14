// Proves saved views against a real database: what somebody keeps is his, what is shared is seen by all, one of a page is the default.
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { createHttp } from '../../core/http/server.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { makePrincipal } from '../../core/testing/principal.ts';
import { registerViewRoutes } from './index.ts';

const known = ['views.own', 'views.write'];

interface View {
  readonly id: string;
  readonly name: string;
  readonly default: boolean;
  readonly own: boolean;
}

async function openViews(t: Test) {
  const { sql } = await openTestDatabase(t);
  for (const tenant of [1, 2])
    await sql`INSERT INTO organization (tenant, id, name) VALUES (${tenant}, ${`org_${tenant}`}, 'Org')`;
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions: new Set(known),
    authenticate: async ({ headers }) => {
      const who = String(headers.who);
      const may = who === 'viewer' ? ['views.own'] : known;
      return makePrincipal(may, { person: `per_${who}`, name: who, tenant: who === 'stranger' ? 2 : 1 });
    },
    now: () => Date.now(),
  });
  registerViewRoutes(app, { sql, clock: systemClock });
  await app.ready();
  t.teardown(() => app.close());
  return {
    sql,
    async ask(who: string, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path = '', payload?: object) {
      const body = payload === undefined ? {} : { payload };
      const answer = await app.inject({ method, url: `/api/v1/views${path}`, headers: { who }, ...body });
      const views: readonly View[] = [];
      return {
        status: answer.statusCode,
        body: answer.body === '' ? { id: '', views } : (answer.json() as View & { views: typeof views }),
      };
    },
  };
}

const wish = {
  page: 'devices',
  name: 'Windows of production',
  search: 'on=os.family%3D%3D%22windows%22&sort=-seen',
};

t.test('views are kept for oneself, and one of a page is the default', async (t) => {
  const { ask, sql } = await openViews(t);
  const { status, body: first } = await ask('anna', 'POST', '', { ...wish, default: true });
  t.match({ status, first }, { status: 201, first: { ...wish, default: true, own: true, shared: false } });
  const { body: second } = await ask('anna', 'POST', '', { ...wish, name: 'Other', default: true });
  const list = async (who: string, path = '?page=devices') =>
    (await ask(who, 'GET', path)).body.views.map((one) => [one.name, one.default, one.own]);
  t.same(await list('anna'), [
    ['Other', true, true],
    [wish.name, false, true],
  ]);
  t.same(await list('anna', '?page=alerts'), []);
  t.same(await list('bob'), [], 'nobody else sees them');
  t.equal((await ask('anna', 'POST', '', wish)).status, 409, 'a name is used once');
  t.equal((await ask('anna', 'PATCH', `/${second.id}`, { name: wish.name })).status, 409);
  t.match(await ask('anna', 'PATCH', `/${second.id}`, { default: false, search: '' }), {
    body: { default: false, search: '', name: 'Other' },
  });
  t.equal((await ask('bob', 'PATCH', `/${first.id}`, { name: 'Mine' })).status, 404);
  t.equal((await ask('bob', 'DELETE', `/${first.id}`)).status, 404);
  t.equal((await ask('anna', 'DELETE', `/${first.id}`)).status, 204);
  t.same(await list('anna'), [['Other', false, true]]);
  const events = (await sql<{ body: string }[]>`SELECT body FROM audit_pending ORDER BY position`).map(
    ({ body }) => JSON.parse(body),
  );
  t.same(
    events.map(({ act, subject, detail }) => [act, subject.id, detail]),
    [
      ['view.make', first.id, { page: 'devices', shared: false, default: true }],
      ['view.make', second.id, { page: 'devices', shared: false, default: true }],
      ['view.change', second.id, { page: 'devices', shared: false, default: false }],
      ['view.remove', first.id, { page: 'devices', shared: false }],
    ],
    'each is in the audit, without what somebody looks for by himself',
  );
  t.equal((await ask('anna', 'POST', '', { ...wish, search: '#' })).status, 400);
});

t.test('a shared view is seen by all of the organization and changed by its maker', async (t) => {
  const { ask, sql } = await openViews(t);
  t.equal(
    (await ask('viewer', 'POST', '', { ...wish, shared: true })).status,
    403,
    'not everybody may share',
  );
  const { body: view } = await ask('anna', 'POST', '', { ...wish, shared: true });
  t.match((await ask('viewer', 'GET')).body.views, [{ name: wish.name, own: false, ownerName: 'anna' }]);
  t.same((await ask('stranger', 'GET')).body.views, [], 'not of another organization');
  t.equal((await ask('viewer', 'PATCH', `/${view.id}`, { name: 'Mine' })).status, 403);
  t.equal((await ask('viewer', 'DELETE', `/${view.id}`)).status, 403);
  t.match(await ask('viewer', 'PATCH', `/${view.id}`, { default: true }), {
    status: 200,
    body: { default: true },
  });
  t.match((await ask('anna', 'GET')).body.views, [{ default: false }], 'a default is one\u2019s own');
  await ask('anna', 'PATCH', `/${view.id}`, { shared: false });
  t.same((await ask('viewer', 'GET')).body.views, []);
  t.same(await sql`SELECT 1 FROM view_default`, [], 'and no page opens with what is not seen');
  await ask('anna', 'PATCH', `/${view.id}`, { shared: true });
  await ask('anna', 'DELETE', `/${view.id}`);
  const acts = await sql<
    { act: string }[]
  >`SELECT body::json ->> 'act' AS act FROM audit_pending ORDER BY position`;
  t.same(
    acts.map(({ act }) => act),
    ['view.make', 'view.default', 'view.change', 'view.change', 'view.remove'],
  );
});
