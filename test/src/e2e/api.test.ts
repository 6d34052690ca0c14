// Every documented route of a real server: who may call it, what a wrong call gets, what a list answers.
import { encodeHeartbeat, FRAME } from '@muster/protocol';
import { allPermissions } from '@muster/server';
import t, { type Test } from 'tap';
import { enrollDevice, openDevice, quietBeat, type SimulatedDevice, type Wire } from '../fleet/device.ts';
import { watchFrames } from '../support/caused.ts';
import { makeExisting } from '../support/existing.ts';
import { reportAll } from '../support/report.ts';
import { type ApiDocument, ask, findFaults, listRoutes, type Route } from '../support/routes.ts';
import { type Answer, startTestServer } from '../support/server.ts';
import { storeChunk } from '../support/stored-chunk.ts';
import { FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

const MANY = 60;
const BEATS = 1_000;
/** Too long a text where policies are handed in, and elsewhere, characters. */
const LONG_POLICIES = 16 * 1024 * 1024;
const LONG_OTHERS = 300_000;
/** Longer than anything gathers before it is written, ms. */
const GATHER_MS = 150;

const server = await startTestServer(t, { flags: ['--webhook-reach', 'local'] });
const { url, running } = server;
const { body: document } = await server.call<ApiDocument>('/api/v1/openapi.json', { token: null });
const routes = listRoutes(document);
const closedRoutes = routes.filter(({ isPublic }) => !isPublic);
const admin = { authorization: `Bearer ${await server.apiToken(allPermissions)}` };
const json = { ...admin, 'content-type': 'application/json' };
const devices: SimulatedDevice[] = [];
const wires: Wire[] = [];

t.teardown(() => {
  for (const { socket } of wires) socket.terminate();
});

/** Enrolls and connects devices until there are that many, each with inventory, an alert and a chunk. */
async function growTo(count: number): Promise<void> {
  const token = await server.enrollmentToken({ uses: 100 });
  while (devices.length < count) {
    const hostname = `host-${String(devices.length).padStart(3, '0')}`;
    const device = await enrollDevice(url, token, { hostname });
    const wire = await openDevice(url, device);
    devices.push(device);
    wires.push(wire);
    await reportAll(wire, hostname);
  }
  await until('all are online', async () => {
    const { body } = await server.call('/api/v1/devices?limit=500');
    return body.items?.filter(({ presence }) => presence === 'online').length === count;
  });
}

/** Sends the call and checks that a problem document of that status and code comes back. */
async function isProblem(
  t: Test,
  call: Parameters<typeof ask>[1],
  expected: { status: number; code: string },
) {
  const what = `${call.method} ${call.path.slice(0, 80)} gets ${expected.code}`;
  const { status, headers, text } = await ask(url, call);
  const found = { ...parse(text), answered: status, form: headers['content-type'] };
  const type = `urn:muster:error:${expected.code}`;
  const rest = {
    type,
    title: /\S{3}/,
    instance: /^urn:muster:request:\S+$/,
    form: 'application/problem+json',
  };
  t.match(found, { ...expected, ...rest, answered: expected.status }, what);
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}

/** What signing in needs; a setup link is the one secret by which anything is made, and the host makes it. */
const signInRoutes = [
  'DELETE /api/v1/session',
  'GET /api/v1/session',
  'GET /api/v1/signin/oidc/{id}/callback',
  'GET /api/v1/signin/oidc/{id}/start',
  'POST /api/v1/setup',
  'POST /api/v1/setup/oidc/{id}',
  'POST /api/v1/setup/options',
  'POST /api/v1/signin/passkey/finish',
  'POST /api/v1/signin/passkey/options',
  'POST /api/v1/signin/password',
];

/** Files of the console: what a browser asks for, which is no part of the API. */
const filesOfPages = ['GET /assets/*', 'GET /docs/*', 'GET /icon.svg', 'GET /theme.js'];

/** Routes the router really has; HEAD comes with each GET. What ends with `*` it prints as one, wherever it begins. */
function countPrinted(): number {
  const methods = running.app.printRoutes({ commonPrefix: false }).matchAll(/\(([A-Z, ]+)\)/g);
  return [...methods].flatMap(([, names = '']) => names.split(', ')).filter((name) => name !== 'HEAD').length;
}

t.test(
  'without a sign-in there are four addresses and the ways to sign in, and none of them makes anything',
  async (t) => {
    const open = routes
      .filter(({ isPublic }) => isPublic)
      .map(({ method, pattern }) => `${method} ${pattern}`);
    t.same(
      open.toSorted(),
      [...signInRoutes, 'GET /api/v1/openapi.json', 'GET /healthz', 'GET /metrics', 'GET /readyz'].toSorted(),
    );
    t.match(document, { openapi: '3.1.0' });
    t.ok(routes.length > 25);
    const documented = new Set(routes.map(({ method, pattern }) => `${method} ${pattern}`));
    const registered = running.routes
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
    const outside = registered.filter((route) => !documented.has(route));
    t.same(outside.toSorted(), filesOfPages, 'and nothing else stands outside of the document');
    const printed = new Set(filesOfPages.map((file) => file.replace(/\/\w+\/\*$/, ' *')));
    t.equal(countPrinted(), documented.size + printed.size, 'nor is it in the router alone');
    for (const [at, { method, path }] of closedRoutes.entries()) {
      // Failed sign-ins are counted by address.
      const from = `127.0.1.${2 + Math.floor(at / 10)}`;
      await isProblem(t, { method, path, from }, { status: 401, code: 'E_SIGNED_OUT' });
    }
    const tries = ['register', 'users', 'api-tokens', 'tokens', 'login', 'admin', 'restore'];
    for (const name of tries) await isProblem(t, { method: 'POST', path: `/api/v1/${name}` }, missing);
  },
);

const missing = { status: 404, code: 'E_NOT_FOUND' };

t.test('a token without the permission gets no route, one that is wrong is no token', async (t) => {
  const nobody = { authorization: `Bearer ${await server.apiToken([])}` };
  for (const { method, path } of closedRoutes)
    await isProblem(t, { method, path, headers: nobody }, { status: 403, code: 'E_FORBIDDEN' });
  const { authorization } = admin;
  const forged = [
    `${authorization.slice(0, -1)}${authorization.endsWith('A') ? 'B' : 'A'}`,
    authorization.replace('Bearer', 'Basic'),
    `${authorization} x`,
    'Bearer',
    `Bearer ${'x'.repeat(4_000)}`,
    `Bearer mat1.${'a'.repeat(26)}.${"'".repeat(43)}`,
  ];
  for (const text of forged) {
    const call = { method: 'GET', path: '/api/v1/devices', headers: { authorization: text } };
    await isProblem(t, { ...call, from: '127.0.0.9' }, { status: 401, code: 'E_SIGNED_OUT' });
  }
});

t.test('who tries tokens is slowed down, and nobody else with him', async (t) => {
  const path = '/api/v1/devices';
  const call = { method: 'GET', path, headers: { authorization: 'Bearer x' }, from: '127.0.0.10' };
  const statuses = new Map<number, number>();
  for (let attempt = 0; attempt < 25; attempt++) {
    const { status } = await ask(url, call);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  t.same([...statuses], [[401, 20], [429, 5]]); // biome-ignore format: pairs
  t.equal((await ask(url, { method: 'GET', path, headers: admin, from: '127.0.0.10' })).status, 200);
});

t.test('a query that does not fit gets a problem that names the field', async (t) => {
  const withQuery = closedRoutes.filter(({ query }) => query.length > 0);
  t.ok(withQuery.length >= 12);
  for (const route of withQuery) {
    const path = `${route.path}${route.path.includes('?') ? '&' : '?'}nonsense=1`;
    await isProblem(t, { method: route.method, path, headers: admin }, { status: 400, code: 'E_VALIDATION' });
  }
  const paged = withQuery.filter(({ query }) => query.includes('cursor'));
  for (const { path } of paged) {
    const join = path.includes('?') ? '&' : '?';
    for (const wrong of [
      'limit=0',
      'limit=501',
      'limit=x',
      'limit=1.5',
      'cursor=%00',
      `cursor=${'x'.repeat(1_025)}`,
    ])
      await isProblem(t, { method: 'GET', path: path + join + wrong, headers: admin }, invalid);
  }
  for (const { pattern, method } of closedRoutes.filter(({ pattern }) => pattern.endsWith('/{id}'))) {
    const path = pattern.replace('{id}', 'x%27%3BDROP');
    await isProblem(t, { method, path, headers: admin }, invalid);
  }
});

const invalid = { status: 400, code: 'E_VALIDATION' };

t.test('a wrong path, method, body or media type each gets its own code', async (t) => {
  const page = await ask(url, { method: 'GET', path: '/' });
  t.match(page, { status: 200, headers: { 'content-type': /^text\/html/ } }, 'the console opens there');
  await isProblem(t, { method: 'POST', path: '/', headers: json, body: '{}' }, missing);
  for (const path of [
    '/api',
    '/api/v1',
    '/api/v2/devices',
    '/api/v1/devices/x/y/z',
    '/..%2f..%2fetc/passwd',
    '/assets/..%2f..%2fpackage.json',
    '/docs/..%2f..%2fpackage.json',
    '/assets/nothing.js',
    '/keys/signer.pem',
  ])
    await isProblem(t, { method: 'GET', path, headers: admin }, missing);
  const patterns = new Set(routes.map(({ pattern }) => pattern));
  for (const pattern of patterns) {
    const ofPattern = routes.filter((route) => route.pattern === pattern);
    const path = ofPattern[0]?.path ?? '';
    if (ofPattern.some(({ method }) => method === 'PUT')) continue;
    await isProblem(t, { method: 'PUT', path, headers: admin }, { status: 405, code: 'E_METHOD' });
  }
  // A body of bytes is no JSON: its route has a test of its own.
  const takers = routes.filter(({ takesBody, method }) => takesBody && method !== 'PUT');
  t.ok(takers.length >= 13 && takers.every(({ method }) => method === 'POST' || method === 'PATCH'));
  for (const { method, path } of takers) {
    const long = JSON.stringify({
      labels: { a: 'x'.repeat(path.startsWith('/api/v1/policies/') ? LONG_POLICIES : LONG_OTHERS) },
    });
    await isProblem(t, { method, path, headers: json, body: long }, { status: 413, code: 'E_SIZE' });
    const xml = { ...admin, 'content-type': 'application/xml' };
    await isProblem(t, { method, path, headers: xml, body: '<a/>' }, { status: 415, code: 'E_MEDIA_TYPE' });
    for (const body of ['', '{', '{"a":1,}', '\u0000'])
      await isProblem(t, { method, path, headers: json, body }, { status: 400, code: 'E_JSON' });
    for (const body of ['{"nonsense":1}', '[]', 'null', '"x"'])
      await isProblem(t, { method, path, headers: json, body }, invalid);
  }
});

t.test('each readable route answers as its schema says', async (t) => {
  await growTo(MANY);
  const streams = ['/metrics/live', '/events', '/live/{section}', '/body', '/file', '/export'];
  const addressOf = await makeExisting(
    server,
    devices.map(({ id }) => id),
  );
  // A token is nobody who could look at an account of his own; signin.test.ts does.
  const ofPersons = ({ pattern }: Route) => pattern.split('/')[3] === 'me';
  const readable = closedRoutes.filter(
    (route) =>
      route.method === 'GET' && !ofPersons(route) && !streams.some((end) => route.pattern.endsWith(end)),
  );
  t.ok(readable.length >= 45);
  for (const route of readable) {
    const path = addressOf(route);
    const { body, status, text } = await server.call<object>(path);
    t.equal(status, 200, `${path} ${status === 200 ? '' : text}`);
    t.same(route.answer && findFaults(running, route.answer, body), [], `${route.pattern} fits its schema`);
  }
  const answer = routes.find(({ pattern }) => pattern === '/api/v1/devices')?.answer ?? {};
  t.not(
    findFaults(running, answer, { items: [{ id: 1 }], next: null }).length,
    0,
    'a wrong answer would be seen',
  );
  for (const path of ['/api/v1/devices', '/api/v1/alerts', '/api/v1/software?name=openssl']) {
    const { body } = await server.call(path);
    t.equal(body.items?.length, MANY, `${path} has all of them`);
  }
  t.match((await server.call<object>('/api/v1/top')).body, { online: MANY });
});

t.test('a thousand heartbeats are no statement', async (t) => {
  t.equal(running.gateway.counts().sessions, MANY);
  const caused: [kind: number, text: string][] = [];
  watchFrames((kind, text) => void caused.push([kind, text]));
  const causedBy = (kind: number) => caused.filter(([of]) => of === kind).map(([, text]) => text);
  const { frames: before } = running.gateway.counts();
  for (let beat = 0; beat < BEATS; beat++)
    wires[beat % wires.length]?.socket.send(
      encodeHeartbeat({ ...quietBeat, uptimeS: beat, cpuUsedRatio: 0.5 }),
    );
  await until('all have arrived', () => running.gateway.counts().frames - before >= BEATS);
  t.equal(running.gateway.counts().frames - before, BEATS);
  await pause(GATHER_MS);
  const [wire] = wires;
  if (wire === undefined) throw new Error('no device is connected');
  await storeChunk(wire, 3);
  t.not(causedBy(FRAME.chunk).length, 0, 'what a chunk causes is seen');
  t.same(causedBy(FRAME.heartbeat), [], 'what heartbeats cause is nothing');
  const { body } = await server.call(`/api/v1/devices/${devices[0]?.id}/metrics/latest`);
  t.match(body, { cpuUsedRatio: 0.5 }, 'and yet the newest value is shown');
});

t.test('what operators read needs no token and tells no names', async (t) => {
  t.equal(devices.length, MANY);
  const secrets = [...devices.map(({ id }) => id), 'host-', 'dev_', 'org_', server.dataDir];
  for (const [path, form] of [
    ['/healthz', /^\{"state":"alive"\}$/],
    ['/readyz', /^\{"state":"ready"\}$/],
    ['/metrics', /^muster_database_up 1$/m],
  ] as const) {
    const { status, text } = await ask(url, { method: 'GET', path });
    t.equal(status, 200);
    t.match(text, form);
    t.same(
      secrets.filter((secret) => text.includes(secret)),
      [],
      path,
    );
  }
});

t.test('fields are selected by name, in one item and in lists', async (t) => {
  const { body } = await server.call('/api/v1/devices?fields=hostname,id&limit=2');
  t.same(body.items?.map((item) => Object.keys(item)), [['hostname', 'id'], ['hostname', 'id']]); // biome-ignore format: pairs
  const one = await server.call<object>(`/api/v1/devices/${devices[0]?.id}?fields=hostname`);
  t.same(one.body, { hostname: 'host-000' });
  for (const fields of ['nonsense', 'id,nonsense', '__proto__', 'constructor'])
    await isProblem(
      t,
      { method: 'GET', path: `/api/v1/devices?fields=${fields}`, headers: admin },
      unknownField,
    );
  await isProblem(t, { method: 'GET', path: '/api/v1/devices?fields=', headers: admin }, invalid);
});

/** Lists, with a query that finds something, a field of their items, and one that no item has. */
const lists: readonly (readonly [string, string])[] = [
  ['/api/v1/devices?', 'hostname'],
  ['/api/v1/enrollment-tokens?', 'name'],
  ['/api/v1/alerts?', 'rule'],
  ['/api/v1/sections?', 'title'],
  ['/api/v1/software?name=openssl&', 'hostname'],
  ['/api/v1/software/names?', 'name'],
  ['/api/v1/top?', 'cpuUsedRatio'],
  ['/api/v1/devices/{id}/inventory/os_version?', 'name'],
  ['/api/v1/devices/{id}/software?', 'version'],
  ['/api/v1/devices/{id}/timeline?', 'section'],
  ['/api/v1/devices/{id}/diff?from=2020-01-01T00:00:00Z&', 'section'],
  ['/api/v1/devices/{id}/metrics/series?', 'series'],
];

t.test('every list gives only the fields asked for, and all else of the answer', async (t) => {
  for (const [pattern, field] of lists) {
    const path = pattern.replace('{id}', devices[0]?.id ?? '');
    const whole = await server.call<Record<string, object[]>>(path);
    const { body } = await server.call<Record<string, object[]>>(`${path}fields=${field}`);
    t.ok((whole.body.items?.length ?? 0) > 0, `${path} finds something`);
    const expected = whole.body.items?.map((item) => ({ [field]: new Map(Object.entries(item)).get(field) }));
    if (!path.includes('/top')) t.same(body.items, expected, path);
    t.same(new Set(body.items?.flatMap(Object.keys)), new Set([field]));
    t.same(Object.keys(body), Object.keys(whole.body));
    await isProblem(t, { method: 'GET', path: `${path}fields=nonsense`, headers: admin }, unknownField);
  }
});

t.test('devices are found by the beginning of their id', async (t) => {
  const id = devices[1]?.id ?? '';
  const find = async (start: string) =>
    (await server.call(`/api/v1/devices?id=${start}&fields=id&limit=500`)).body.items?.map((one) => one.id);
  t.same(await find(id), [id]);
  t.same(await find(id.slice(0, 14)), [id], 'the beginning is enough');
  t.equal((await find('dev_'))?.length, devices.length);
  t.same(await find(`${id.slice(0, -1)}${id.endsWith('a') ? 'b' : 'a'}`), []);
  for (const wrong of ['dev', 'host', 'dev_%25', 'dev_A', `${id}a`])
    await isProblem(t, { method: 'GET', path: `/api/v1/devices?id=${wrong}`, headers: admin }, invalid);
});

const unknownField = { status: 400, code: 'E_FIELDS' };

t.test('pages show each device once, in order, while others enroll before and behind', async (t) => {
  const token = await server.enrollmentToken({ uses: 40 });
  const seen: string[] = [];
  let added = 0;
  for (let path: string | null = '/api/v1/devices?limit=7'; path !== null; ) {
    const { body }: Answer = await server.call(path);
    seen.push(...(body.items ?? []).map(({ hostname }) => String(hostname)));
    path = body.next == null ? null : `/api/v1/devices?limit=7&cursor=${body.next}`;
    for (const hostname of [`aaa-${added}`, `host-030-${added}`, `zzz-${added}`])
      if (added < 12) await enrollDevice(url, token, { hostname });
    added++;
  }
  t.equal(new Set(seen).size, seen.length, 'none twice');
  t.same(seen, seen.toSorted(), 'in order');
  for (let at = 0; at < MANY; at++) t.ok(seen.includes(`host-${String(at).padStart(3, '0')}`), `host ${at}`);
  t.ok(seen.includes('zzz-0'), 'one that enrolled behind the page is met');
  t.notOk(seen.includes('aaa-0'), 'one that enrolled before it is not');
  const { body } = await server.call('/api/v1/devices?limit=1');
  const path = `/api/v1/software/names?cursor=${body.next}`;
  await isProblem(t, { method: 'GET', path, headers: admin }, { status: 400, code: 'E_CURSOR' });
});

t.test('who has a package: the devices in the order in which they enrolled, over all pages', async (t) => {
  const hostname = 'aaa-the-last';
  const last = await enrollDevice(url, await server.enrollmentToken(), { hostname });
  const wire = await openDevice(url, last);
  wires.push(wire);
  await reportAll(wire, hostname);
  const found: string[] = [];
  for (let path: string | null = '/api/v1/software?name=openssl&limit=25'; path !== null; ) {
    const { body }: Answer = await server.call(path);
    found.push(...(body.items ?? []).map((item) => String(item.id)));
    path = body.next == null ? null : `/api/v1/software?name=openssl&limit=25&cursor=${body.next}`;
  }
  t.same(
    found,
    [...devices, last].map(({ id }) => id),
  );
});
