// Every route of a real server × every built-in role × within and outside of a limit × no, dead and foreign credentials, against a table.
import { allPermissions, makeApiToken, systemClock } from '@muster/server';
import t, { type Test } from 'tap';
import { type AccessRow, accessRows } from '../support/access-table.ts';
import { knock } from '../support/knock.ts';
import { buildWorld } from '../support/scoped-world.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const ROLES = ['admin', 'technician', 'approver', 'security', 'auditor', 'viewer'];
const WITHIN = 'label("site") == "in"';
const NOBODY = 'a'.repeat(26);
/** Codes by which somebody is turned away before a route does anything. */
const REFUSALS = new Set(['E_SIGNED_OUT', 'E_FORBIDDEN', 'E_STEP_UP', 'E_RATE']);

const world = await buildWorld(t, {
  labels: [{ site: 'in' }, { site: 'out' }],
  expressions: ['id != ""', 'label("site") == "out"'],
});
const { server, devices, jobs, orders } = world;
const { routes, database } = server.running;
const [inside, outside] = devices;
if (inside === undefined || outside === undefined) throw new Error('there are no devices');
const jobOf = (on: string, isOver: boolean) =>
  jobs.find((job) => job.on === on && job.isOver === isOver)?.id ?? '';
const [shared, sharedOver, hidden] = [
  jobOf('id != ""', false),
  jobOf('id != ""', true),
  jobOf('label("site") == "out"', false),
];
const group = await server.call<{ id: string }>('/api/v1/groups', {
  method: 'POST',
  body: { name: 'All', expression: 'id != ""' },
});
const { snapshot } = await orders.find('id != ""');

/** What an address names: something within the limit, or outside of it. */
interface Place {
  readonly device: string;
  readonly job: string;
}

const prefixes: Readonly<Record<string, string>> = {
  'enrollment-tokens': 'tok',
  halts: 'hlt',
  persons: 'per',
  roles: 'rol',
};

/** An address of the route. Nothing there is changed by it: ids of what can be changed exist nowhere. */
function addressOf(url: string, { device, job }: Place): string {
  const [, , , subject = ''] = url.split('/');
  const id =
    subject === 'devices' ? device : subject === 'jobs' ? job : `${prefixes[subject] ?? 'x'}_${NOBODY}`;
  const query: Readonly<Record<string, string>> = {
    '/api/v1/software': '?name=openssl',
    '/api/v1/devices/:id/explain': '?on=true',
  };
  const path = url
    .replace(':id', subject === 'groups' ? group.body.id : id)
    .replace(':deviceId', device)
    .replace(':section', 'os_version')
    .replace(':snapshot', snapshot)
    .replace(':digest', 'A'.repeat(43))
    .replace(':tokenId', `tok_${NOBODY}`)
    .replace(':role', 'viewer')
    .replace(':group', group.body.id)
    .replace(/:\w+/, `x_${NOBODY}`)
    .replace('*', 'x');
  return path + (query[url] ?? '');
}

/** Bodies that change nothing; whoever is let in is told what is wrong with an empty one. */
const bodies: Readonly<Record<string, object>> = {
  'PATCH /api/v1/devices/:id': { labels: { nothing: null } },
  'POST /api/v1/devices/:id/decisions': { decision: 'release' },
  'POST /api/v1/jobs/:id/cancel': { reason: 'A test.' },
  'POST /api/v1/jobs/:id/hold': { reason: 'A test.' },
  'POST /api/v1/jobs/:id/signatures': { envelope: orders.sign(await orders.find('id != ""')).envelope },
};

let calls = 0;

/** Calls a route. */
async function call(route: string, place: Place, token: string | null, isFailing = false) {
  const [method = '', url = ''] = route.split(' ');
  if (isFailing) calls += 1;
  const body = method === 'GET' || method === 'DELETE' ? undefined : (bodies[route] ?? {});
  return knock(server.url, {
    method,
    path: addressOf(url, place),
    token,
    body,
    // Failed sign-ins are counted by address.
    ...(isFailing ? { from: `127.0.${1 + (calls >> 4)}.1` } : {}),
  });
}

const here: Place = { device: inside.id, job: shared };
/** Decisions are made about a job that is over, so that who may make them changes nothing. */
const placeFor = ({ scope }: AccessRow): Place => (scope === 'targets' ? { ...here, job: sharedOver } : here);

/** Nothing of the hidden device may stand in an answer. */
function namesHidden(text: string): boolean {
  return [outside?.id, outside?.hostname].some((name) => name !== undefined && text.includes(name));
}

t.test('every route has a row that says what it states itself', (t) => {
  const stated = routes
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url, permission, scope, stepUp }) =>
      [`${method} ${url}`, permission ?? 'public', scope ?? '', stepUp].join(' | '),
    );
  const said = accessRows.map(({ route, permission, scope, needsProof }) =>
    [route, permission, scope, needsProof].join(' | '),
  );
  t.same([...new Set(stated)].sort(), said.sort(), 'a route without a row, or another one than its row says');
  t.end();
});

/** Routes that answer sessions only: whoever signs in has them, and no token; the tests of signing in look at them. */
const isForSessions = ({ permission }: AccessRow) => permission === 'me.write';

t.test('each role is let in where the table says, and nowhere else', async (t) => {
  const seen = { in: 0, out: 0 };
  for (const role of ROLES) {
    const token = await world.tokenOf(role);
    for (const row of accessRows) {
      if (isForSessions(row)) continue;
      const { code } = await call(row.route, placeFor(row), token);
      const isIn = !REFUSALS.has(code);
      const isMeant = row.permission === 'public' || row.roles.has(role);
      if (isIn !== isMeant) t.fail(`${role} calls ${row.route}: ${code}`);
      seen[isIn ? 'in' : 'out'] += 1;
    }
  }
  t.ok(seen.in > 200 && seen.out > 200, `let in ${seen.in} times, turned away ${seen.out} times`);
});

t.test('with a limit to some devices there is nothing outside of it', async (t) => {
  for (const role of ROLES) {
    const token = await world.tokenOf(role, WITHIN);
    for (const row of accessRows.filter((one) => one.permission !== 'public' && !isForSessions(one)))
      await checkLimited(t, { role, row, token });
  }
});

interface Limited {
  readonly role: string;
  readonly row: AccessRow;
  readonly token: string;
}

async function checkLimited(t: Test, { role, row, token }: Limited): Promise<void> {
  const { route, scope, limited } = row;
  const isMeant = row.roles.has(role) && limited !== 'gone';
  const found = await call(route, placeFor(row), token);
  const isIn = !REFUSALS.has(found.code) && found.code !== 'E_SCOPE';
  // An order over both devices is one of which a target is outside; a snapshot of both is not shown.
  if (isIn !== isMeant) t.fail(`${role} within a limit calls ${route}: ${found.code}`);
  if (namesHidden(found.text)) t.fail(`${role} within a limit is shown the other device by ${route}`);
  if (!isMeant) return;
  const there = { device: outside?.id ?? '', job: hidden };
  const isAboutJob = route.includes('/jobs/:id');
  if (scope !== 'device' && !isAboutJob) return;
  const other = await call(route, there, token);
  const expected = scope === 'targets' ? 'E_SCOPE' : 'E_NOT_FOUND';
  if (other.code !== expected) t.fail(`${role} within a limit calls ${route} outside: ${other.code}`);
  if (namesHidden(other.text)) t.fail(`${role} within a limit is told of the other device by ${route}`);
}

t.test('nobody gets in with nothing, with what has ended, or with what is nobody’s', async (t) => {
  const { sql } = database;
  const make = (tenant: number) =>
    makeApiToken(sql, systemClock, {
      tenant,
      name: 'x',
      permissions: allPermissions,
      expiresInMs: 3_600_000,
    });
  const [expired, revoked] = [await make(1), await make(1)];
  const idOf = (token: string) => `tok_${token.split('.')[1]}`;
  await sql`UPDATE api_token SET expires_at = now() - interval '1 second' WHERE id = ${idOf(expired)}`;
  await sql`UPDATE api_token SET revoked_at = now() WHERE id = ${idOf(revoked)}`;
  for (const [what, token] of [
    ['nothing', null],
    ['an expired token', expired],
    ['a revoked token', revoked],
    ['a token of other secret', `${expired.slice(0, -4)}AAAA`],
  ] as const) {
    for (const { route } of accessRows.filter(({ permission }) => permission !== 'public')) {
      const { code } = await call(route, here, token, true);
      if (code !== 'E_SIGNED_OUT') t.fail(`with ${what} ${route}: ${code}`);
    }
  }
  await sql`INSERT INTO organization (tenant, id, name) OVERRIDING SYSTEM VALUE VALUES (77, ${`org_${NOBODY}`}, 'Other')`;
  const foreign = await make(77);
  for (const row of accessRows.filter(({ scope }) => ['device', 'list', 'targets'].includes(scope))) {
    const { code, text } = await call(row.route, here, foreign);
    if (row.scope === 'device' || row.route.includes('/jobs/:id'))
      t.match(code, /E_NOT_FOUND|E_VALIDATION/, `${row.route} finds nothing of others`);
    if (text.includes(inside.id) || text.includes(inside.hostname)) t.fail(`${row.route} shows others`);
  }
  t.pass('all were tried');
});

t.test('names of what is outside find nothing', async (t) => {
  const token = await world.tokenOf('technician', WITHIN);
  const get = async (path: string) =>
    (await server.call(`/api/v1${path}`, { token })).body as Record<string, unknown>;
  const at = (hostname: string) => encodeURIComponent(`hostname == "${hostname}" || id == "${outside.id}"`);
  t.match(await get(`/devices?on=${at(outside.hostname)}`), { items: [], count: 0 });
  t.match(await get('/devices'), { items: [{ id: inside.id }], count: 1 });
  t.match(await get(`/alerts?device=${outside.id}`), { code: 'E_NOT_FOUND' });
  t.match(await get('/alerts'), { items: [{ deviceId: inside.id }] });
  await checkAlerts(t, token);
  t.match(await get(`/devices/${inside.id}/diff?with=${outside.id}`), { code: 'E_NOT_FOUND' });
  t.match(await get(`/software?name=only-on-${outside.hostname}`), { devices: 0, versions: [], items: [] });
  t.match(await get('/software?name=openssl'), {
    devices: 1,
    versions: [{ devices: 1 }],
    items: [{ id: inside.id }],
  });
  t.match(await get('/software/names?prefix=only'), {
    items: [{ name: `only-on-${inside.hostname}`, devices: 1 }],
  });
  for (const job of [shared, sharedOver]) {
    t.match(await get(`/jobs/${job}`), { targets: 1, envelope: null, command: { targets: { count: 1 } } });
    t.match(await get(`/jobs/${job}/runs`), { runs: [{ deviceId: inside.id }], next: null });
    t.match(await get(`/jobs/${job}/runs/${outside.id}`), { code: 'E_NOT_FOUND' });
  }
  const list = (await get('/jobs')) as { jobs: { id: string; targets: number }[] };
  t.same(new Set(list.jobs.map(({ id }) => id)), new Set([shared, sharedOver]));
  t.ok(list.jobs.every(({ targets }) => targets === 1));
  const named = await server.call('/api/v1/targets', {
    method: 'POST',
    token,
    body: { devices: [outside.hostname] },
  });
  t.match(named.body, { code: 'E_DEVICE_NAME' });
  const all = await server.call('/api/v1/targets', { method: 'POST', token, body: { on: 'id != ""' } });
  t.match(all.body, { count: 1, devices: [{ id: inside.id }] });
  for (const [labels, code] of [
    [{ site: 'out' }, 'E_FORBIDDEN'],
    [{ floor: '3' }, undefined],
  ] as const) {
    const path = `/api/v1/devices/${inside.id}`;
    const { body } = await server.call<{ code?: string }>(path, { method: 'PATCH', token, body: { labels } });
    t.equal(body.code, code, 'labels that limits name are not for who is limited');
  }
  const both = await orders.find('id != ""');
  const { envelope } = orders.sign(both);
  const order = { envelope, snapshot: both.snapshot };
  const refused = await server.call('/api/v1/jobs', { method: 'POST', token, body: order });
  t.match(refused, { status: 403, body: { code: 'E_SCOPE', detail: /^1 of 2 targets/ } });
});

/** Alerts outside are neither shown nor had, by whom they may be acknowledged within. */
async function checkAlerts(t: Test, token: string): Promise<void> {
  const all = await server.call<{ items: { id: number; deviceId: string }[] }>('/api/v1/alerts');
  const idOf = (device: string) => all.body.items.find(({ deviceId }) => deviceId === device)?.id ?? 0;
  const [own, other] = [idOf(inside?.id ?? ''), idOf(outside?.id ?? '')];
  t.ok(own > 0 && other > 0);
  const post = (act: string, body: object, as = token) =>
    server.call<{ code?: string }>(`/api/v1/alerts/${act}`, { method: 'POST', token: as, body });
  t.match((await server.call(`/api/v1/alerts/${other}`, { token })).body, { code: 'E_NOT_FOUND' });
  t.match((await post('acknowledge', { alerts: [other] })).body, { code: 'E_NOT_FOUND' });
  t.match((await post('acknowledge', { alerts: [own, other] })).body, {
    items: [{ id: own, acknowledged: { isYours: true } }],
    refused: [{ id: other, code: 'E_NOT_FOUND' }],
  });
  const viewer = await world.tokenOf('viewer');
  t.match((await server.call(`/api/v1/alerts/${other}`, { token: viewer })).body, { acknowledged: null });
  t.match((await post('give-back', { alerts: [{ id: own }] }, viewer)).body, { code: 'E_FORBIDDEN' });
  t.match((await post('give-back', { alerts: [{ id: own }, { id: other }] })).body, {
    items: [{ id: own, acknowledged: null }],
    refused: [{ id: other, code: 'E_NOT_FOUND' }],
  });
}

t.test('a stream tells of what is within, and ends when what one may changes', async (t) => {
  const { body: person } = await server.call<{ id: string }>('/api/v1/persons', {
    method: 'POST',
    body: { name: 'Watcher', roles: ['viewer'] },
  });
  const roles = `/api/v1/persons/${person.id}/roles/viewer`;
  await server.call(roles, { method: 'PUT', body: { where: WITHIN } });
  const made = await server.call<{ token: string }>(`/api/v1/persons/${person.id}/tokens`, {
    method: 'POST',
    body: { name: 'x' },
  });
  const stream = await knock(server.url, {
    ...{ method: 'GET', path: '/api/v1/events', token: made.body.token, body: undefined },
    keeps: true,
  });
  const label = (id: string, color: string) =>
    server.call(`/api/v1/devices/${id}`, { method: 'PATCH', body: { labels: { color } } });
  await label(outside.id, 'red');
  await label(inside.id, 'blue');
  await stream.until(inside.id);
  t.notOk(namesHidden(stream.received()), 'nothing of the other device');
  await server.call(roles, { method: 'PUT', body: { where: 'label("site") == "elsewhere"' } });
  await stream.ended;
  t.pass('it ends');
});
