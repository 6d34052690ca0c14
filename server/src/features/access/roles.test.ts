// Roles over the API on a real database: nobody gives what he has not, tokens follow their person, an admin is always left.
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { createHttp } from '../../core/http/server.ts';
import { describeSite } from '../../core/http/site.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { holdTransaction } from '../../core/testing/held-transaction.ts';
import { createTenants } from '../inventory/testing/fleet.ts';
import { readGrants } from './holders.ts';
import { allPermissions, authenticate, findPerson, makeApiToken, registerAccessRoutes } from './index.ts';
import { permissionsOf } from './permissions.ts';
import { upsertSigners } from './store-persons.ts';
import { lockAdmins } from './store-roles.ts';

const HOUR_MS = 3_600_000;
const TEST_ONLY = 'label("env") == "test"';

interface Answer {
  readonly status: number;
  // What a route answers is looked at by the test.
  readonly body: never;
}

/** The routes over a database in which Anna came first. */
async function start(t: Test) {
  const { sql, address } = await openTestDatabase(t, { max: 4 });
  await createTenants(sql, [1, 2]);
  let made = 0;
  const newPersonId = () => `per_${'a'.repeat(25)}${'abcdefg'[made++] ?? 'z'}`;
  const signer = (id: string, roles: string[]) => ({ id, name: id, roles, keys: [] });
  const signers = [signer('anna', ['technician']), signer('berta', ['technician', 'approver'])];
  await upsertSigners(sql, 1, { signers, newPersonId });
  await upsertSigners(sql, 2, { signers: [signer('zoe', [])], newPersonId });
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions: new Set(allPermissions),
    authenticate: (request) => authenticate(sql, request.headers.authorization),
    now: () => Date.now(),
  });
  const trust = () => ({ signers: [] }) as never;
  const site = describeSite('https://muster.example');
  registerAccessRoutes(app, { sql, clock: systemClock, org: 'org_x', site, trust });
  await app.ready();
  t.teardown(() => app.close());
  async function call(token: string, route: string, payload?: object): Promise<Answer> {
    const [method = 'GET', url = ''] = route.split(' ');
    const response = await app.inject({
      method: method as 'GET',
      url: `/api/v1${url}`,
      headers: { authorization: `Bearer ${token}` },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, body: response.json() as never };
  }
  async function hostToken(tenant: number, person: string | null): Promise<string> {
    const request = { tenant, name: 'host', permissions: ['*'] as const, expiresInMs: HOUR_MS, person };
    return makeApiToken(sql, systemClock, request);
  }
  const idOf = async (handle: string) => (await findPerson(sql, 1, handle)) ?? '';
  return { sql, address, call, hostToken, idOf };
}

t.test('who is there first is the admin; signers begin with the roles that fit', async (t) => {
  const { sql, call, hostToken, idOf } = await start(t);
  const [anna, berta] = [await idOf('anna'), await idOf('berta')];
  t.equal(await findPerson(sql, 1, null), anna, 'a token of the host is the admin’s');
  const admin = await hostToken(1, anna);
  t.match(await call(admin, 'GET /whoami'), {
    body: {
      via: 'token',
      token: { permissions: [...allPermissions] },
      grants: { length: allPermissions.length },
    },
  });
  t.match(await call(admin, 'GET /persons'), {
    body: {
      items: [
        { handle: 'anna', roles: [{ role: 'admin', where: null }, { role: 'technician' }], disabledAt: null },
        { handle: 'berta', roles: [{ role: 'approver' }, { role: 'technician' }] },
      ],
    },
  });
  const bertas = new Set([...permissionsOf('technician'), ...permissionsOf('approver')]);
  t.same(new Set((await readGrants(sql, 1, berta)).map(({ permission }) => permission)), bertas);
  t.same(await readGrants(sql, 2, berta), [], 'nothing in another organization');
  t.match(await call(admin, 'GET /roles'), {
    body: {
      items: [
        { id: 'admin', isBuiltIn: true, holders: 1 },
        { id: 'technician', holders: 2 },
      ],
    },
  });
  t.match(await call(admin, 'GET /permissions'), {
    body: { items: [{ id: 'devices.read', reach: 'devices' }] },
  });
  t.match(await call(await hostToken(1, berta), 'GET /roles'), { status: 403 });
});

t.test('a token allows what its maker and its person both may, and follows the person', async (t) => {
  const { call, hostToken, idOf } = await start(t);
  const [anna, berta] = [await idOf('anna'), await idOf('berta')];
  const admin = await hostToken(1, anna);
  const made = await call(admin, `POST /persons/${berta}/tokens`, { name: 'x' });
  t.match(made, { status: 201, body: { permissions: [...allPermissions] } });
  const { token } = made.body as { token: string };
  const permissionsNow = async () => {
    const { body } = await call(token, 'GET /whoami');
    const { grants } = body as { grants: { permission: string; where: string | null }[] };
    return new Map(grants.map(({ permission, where }) => [permission, where]));
  };
  t.ok((await permissionsNow()).has('jobs.approve'));
  t.notOk((await permissionsNow()).has('persons.write'), 'she is no admin');
  t.match(await call(admin, `DELETE /persons/${berta}/roles/approver`), { status: 200 });
  t.notOk((await permissionsNow()).has('jobs.approve'), 'at once');
  t.match(await call(admin, `PUT /persons/${berta}/roles/technician`, { where: TEST_ONLY }), {
    body: { roles: [{ role: 'technician', where: TEST_ONLY }] },
  });
  const limited = await permissionsNow();
  t.equal(limited.get('jobs.write'), TEST_ONLY);
  t.equal(limited.get('trust.read'), null, 'what is about no device and harmless stays');
  t.notOk(limited.has('content.write'), 'what is about the organization is gone');
  const own = await call(admin, `POST /persons/${anna}/tokens`, {
    name: 'y',
    permissions: ['devices.read', 'persons.read'],
    where: 'os.family == "debian"',
  });
  t.match(own, { body: { permissions: ['devices.read'] } }, 'a token can be limited further');
  t.match(await call(admin, `POST /persons/${anna}/tokens`, { name: 'z', where: 'os.famly == "debian"' }), {
    status: 400,
    body: { code: 'E_EXPRESSION' },
  });
  t.match(
    await call(admin, `POST /persons/${anna}/tokens`, { name: 'z', where: 'virtual && !group("web")' }),
    {
      status: 400,
      body: { code: 'E_EXPRESSION', detail: /^What somebody may do is not limited by groups, .*\n1:19 \| / },
    },
  );
  t.match(await call(admin, `PATCH /persons/${berta}`, { disabled: true }), {
    body: { disabledAt: /^\d{4}/ },
  });
  t.match(await call(token, 'GET /whoami'), { status: 401 }, 'nobody acts for her');
  t.match(await call(admin, `PATCH /persons/${berta}`, { disabled: false }), { body: { disabledAt: null } });
  t.match(await call(token, 'GET /whoami'), { status: 200 });
});

t.test('nobody gives what he has not', async (t) => {
  const { sql, call, hostToken, idOf } = await start(t);
  const [anna, berta] = [await idOf('anna'), await idOf('berta')];
  const admin = await hostToken(1, anna);
  const test = { permission: 'jobs.write', where: TEST_ONLY };
  const wish = {
    name: 'Head of test',
    grants: [
      ...['persons.read', 'roles.write', 'persons.write', 'devices.read', 'trust.read'].map((permission) => ({
        permission,
      })),
      test,
    ],
  };
  const made = await call(admin, 'POST /roles', wish);
  t.match(made, { status: 201, body: { name: 'Head of test', isBuiltIn: false, grants: { length: 6 } } });
  const { id: role } = made.body as { id: string };
  t.match(await call(admin, 'POST /roles', wish), { status: 409, body: { detail: /that name/ } });
  for (const grant of [
    { permission: 'no.such' },
    { permission: 'persons.read', where: TEST_ONLY },
    { permission: 'devices.read', kinds: ['script.run'] },
  ])
    t.match(await call(admin, 'POST /roles', { name: 'n', grants: [grant] }), {
      status: 400,
      body: { code: 'E_VALIDATION' },
    });
  const limits = Array.from({ length: 17 }, (_, at) => ({
    permission: 'devices.read',
    where: `id == "${at}"`,
  }));
  t.match(await call(admin, 'POST /roles', { name: 'many', grants: limits }), {
    status: 400,
    body: { code: 'E_VALIDATION', detail: /at most 16 limits/ },
  });
  t.match(await call(admin, 'POST /persons', { name: 'Carl', roles: [role] }), {
    status: 201,
    body: { handle: 'carl', roles: [{ role, name: 'Head of test' }] },
  });
  const carl = await idOf('carl');
  const head = await hostToken(1, carl);

  t.match(await call(head, 'POST /persons', { name: 'Dora', roles: ['viewer'] }), {
    status: 403,
    body: { code: 'E_FORBIDDEN', detail: /inventory\.read/ },
  });
  t.equal(await findPerson(sql, 1, 'dora').catch(() => 'none'), 'none', 'nor is the person made');
  t.match(await call(head, `PUT /persons/${berta}/roles/admin`, {}), { status: 403 });
  t.match(await call(head, `PUT /persons/${carl}/roles/technician`, { where: TEST_ONLY }), {
    status: 403,
    body: { detail: /devices\.write/ },
  });
  const narrowed = await call(head, 'POST /roles', {
    name: 'Orders',
    grants: [{ permission: 'jobs.write', kinds: ['script.run'] }, { permission: 'devices.read' }],
  });
  t.match(narrowed, {
    status: 201,
    body: {
      grants: [
        { permission: 'jobs.write', where: TEST_ONLY, kinds: ['script.run'] },
        { permission: 'devices.read', where: null },
      ],
    },
  });
  t.match(await call(head, 'POST /roles', { name: 'More', grants: [{ permission: 'halts.write' }] }), {
    status: 403,
    body: { detail: /halts\.write/ },
  });
  const { id: orders } = narrowed.body as { id: string };
  t.match(await call(head, `PUT /persons/${berta}/roles/${orders}`, {}), { status: 200 });
  t.match(await call(head, `PATCH /persons/${anna}`, { disabled: true }), { status: 403 }, 'nor the admin');
  t.match(await call(head, `DELETE /persons/${anna}/roles/admin`), { status: 403 });
  t.match(
    await call(head, `PUT /roles/${role}`, {
      name: 'Head',
      grants: [...wish.grants, { permission: 'halts.write' }],
    }),
    { status: 403 },
    'nor himself',
  );
  t.match(
    await call(head, `PUT /roles/${role}`, {
      ...wish,
      grants: [...wish.grants, { permission: 'jobs.write' }],
    }),
    { body: { grants: { length: 6 } } },
    'what is asked for wider becomes as narrow as his own',
  );
  t.match(await call(admin, `DELETE /roles/${orders}`), { status: 409, body: { detail: /Somebody has/ } });
  t.match(await call(admin, `DELETE /persons/${berta}/roles/${orders}`), { status: 200 });
  t.match(await call(admin, `DELETE /roles/${orders}`), { status: 200 });
  t.match(await call(admin, `DELETE /roles/${orders}`), { status: 404 });
  const zoe = (await findPerson(sql, 2, 'zoe')) ?? '';
  t.match(await call(admin, `PUT /persons/${zoe}/roles/viewer`, {}), { status: 404 }, 'nor elsewhere');
  t.match(await call(await hostToken(2, zoe), `DELETE /roles/${role}`), { status: 404 });
  t.match(await call(await hostToken(2, zoe), `PUT /persons/${zoe}/roles/${role}`, {}), { status: 404 });
});

t.test('an admin without a limit is always left, also when two go at once', async (t) => {
  const { call, hostToken, idOf } = await start(t);
  const [anna, berta] = [await idOf('anna'), await idOf('berta')];
  const admin = await hostToken(1, anna);
  const last = { status: 409, body: { code: 'E_CONFLICT', detail: /last admin/ } };
  t.match(await call(admin, `DELETE /persons/${anna}/roles/admin`), last);
  t.match(await call(admin, `PATCH /persons/${anna}`, { disabled: true }), last);
  t.match(await call(admin, `PUT /persons/${anna}/roles/admin`, { where: TEST_ONLY }), last);
  t.match(await call(admin, `PUT /persons/${berta}/roles/admin`, {}), { status: 200 });
  const other = await hostToken(1, berta);
  const both = await Promise.all([
    call(admin, `DELETE /persons/${anna}/roles/admin`),
    call(other, `DELETE /persons/${berta}/roles/admin`),
  ]);
  t.same(both.map(({ status }) => status).sort(), [200, 409]);
  const nobodys = await hostToken(1, null);
  t.match(await call(nobodys, 'GET /whoami'), {
    body: { person: null, grants: { length: allPermissions.length } },
  });
});

t.test(
  'a role is judged as it is when it is given, and a person is made with all of his or not at all',
  async (t) => {
    const { sql, address, call, hostToken, idOf } = await start(t);
    const [anna, berta] = [await idOf('anna'), await idOf('berta')];
    const admin = await hostToken(1, anna);
    const grants = ['persons.write', 'persons.read', 'roles.write'].map((permission) => ({ permission }));
    const made = await call(admin, 'POST /roles', { name: 'Small', grants });
    const { id: role } = made.body as { id: string };
    t.match(await call(admin, 'POST /persons', { name: 'Carl', roles: [role] }), { status: 201 });
    const carl = await hostToken(1, await idOf('carl'));

    const widen = await holdTransaction(t, address, async (tx) => {
      await lockAdmins(tx, 1);
      await tx`INSERT INTO role_grant (role, position, permission) VALUES (${role}, 9, 'halts.write')`;
    });
    const giving = call(carl, `PUT /persons/${berta}/roles/${role}`, {});
    await widen.commitOnceWaitedFor();
    t.match(await giving, { status: 403, body: { detail: /halts\.write/ } });

    const nobodys = await hostToken(1, null);
    await sql`DELETE FROM person_role WHERE role = 'admin'`;
    t.match(await call(nobodys, 'POST /persons', { name: 'Dora', roles: ['viewer'] }), { status: 409 });
    t.equal(await findPerson(sql, 1, 'dora').catch(() => 'none'), 'none');
    t.match(await call(nobodys, 'POST /persons', { name: 'Dora', roles: ['admin'] }), { status: 201 });
  },
);
