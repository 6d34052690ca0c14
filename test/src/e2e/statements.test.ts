// Every GET route of a real server costs the same statements whether there is little or much of what it answers about.
import { encodeLiveFrame, findSection, writeBody } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import t, { type Test } from 'tap';
import { withDatabase } from '../bench/commands-house.ts';
import { type DeviceWire, openDevice, type SimulatedDevice } from '../fleet/device.ts';
import { accessRows } from '../support/access-table.ts';
import { watchRequests } from '../support/caused.ts';
import { crypto } from '../support/crypto.ts';
import { createOrders } from '../support/orders.ts';
import { makePolicy, signPolicies } from '../support/policies.ts';
import { type Call, makeFolder, startTestServer, type TestServer } from '../support/server.ts';
import { copyOriginals, createStock, type StockSize, stockId, stockJobId } from '../support/stock.ts';
import { keeper, keeperCookie, keepMore, keptId } from '../support/stock-kept.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

/** With the second size a job has more than one block of 1,024 devices, and most lists have more than a page. */
const FEW: StockSize = { devices: 20, things: 20, keyed: 4 };
const MANY: StockSize = { devices: 1_100, things: 200, keyed: 40 };
/** The most that one route may take. */
const MOST = 12;
/** An answer about many is at least that much longer, else it was not about them. */
const GROWTH = 1.2;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the addresses name. */
interface Place {
  readonly openJob: string;
  readonly endedJob: string;
  readonly content: string;
  readonly snapshot: string;
  /** Digest of the newest revision of a policy. */
  readonly policy: string;
  /** A token that is limited to devices of a label, which all of them have. */
  readonly limited: string;
}

const stock = createStock();

type Addresses = (place: Place) => readonly string[];

const device = `/devices/${stockId(0)}`;
const group = `/groups/${keptId('grp', 0)}`;
/** Each of the stock's devices fits; many parts, each with a value. */
const expression = encodeURIComponent(
  Array.from({ length: 20 }, (_, at) => `(os.name == "Linux ${at}" || label("site") == "fra")`).join(' && '),
);
const todayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const today = new Date(todayMs).toISOString();
const later = new Date(todayMs + 3 * DAY_MS).toISOString();
const ofJobs = ({ openJob, endedJob }: Place, rest: string) =>
  [openJob, endedJob].map((id) => `/jobs/${id}${rest}`);

/** Routes whose answers are about many; all pages as long as they can be. */
const lists: Readonly<Record<string, Addresses>> = {
  '/persons': () => ['/persons'],
  '/persons/{id}/account': () => [`/persons/${keeper}/account`],
  '/persons/{id}/sessions': () => [`/persons/${keeper}/sessions`],
  '/me': () => ['/me'],
  '/me/passkeys': () => ['/me/passkeys'],
  '/me/sessions': () => ['/me/sessions'],
  '/views': () => ['/views', '/views?page=devices'],
  '/notifications/ways': () => ['/notifications/ways'],
  '/notifications/rules': () => ['/notifications/rules'],
  '/notifications/pauses': () => ['/notifications/pauses'],
  '/notifications/messages': () => [
    '/notifications/messages?limit=500',
    '/notifications/messages?limit=500&state=sent',
  ],
  '/groups': () => ['/groups'],
  '/groups/{id}/members': () => [0, 1].map((at) => `/groups/${keptId('grp', at)}/members?limit=500`),
  '/devices/{id}/groups': () => [`${device}/groups`],
  '/devices': () =>
    [
      '',
      '&sort=-seen',
      '&state=active',
      '&hostname=host-',
      '&id=dev_q',
      `&on=${encodeURIComponent('os.name != ""')}`,
      `&group=${keptId('grp', 0)}`,
    ].map((query) => `/devices?limit=500${query}`),
  '/enrollment-tokens': () => ['/enrollment-tokens?limit=500'],
  '/devices/{id}/inventory': () => [`${device}/inventory`],
  '/devices/{id}/inventory/{section}': () =>
    ['users', 'packages'].map((name) => `${device}/inventory/${name}?limit=500`),
  '/devices/{id}/software': () => [`${device}/software?limit=500`],
  '/devices/{id}/timeline': () => [`${device}/timeline?limit=100`],
  '/devices/{id}/metrics': () => [
    `${device}/metrics?from=${today}&to=${later}&stepMs=1800000`,
    `${device}/metrics?from=${today}&to=${later}&stepMs=1800000&format=csv`,
  ],
  '/software': () => ['/software?name=common&limit=500'],
  '/software/names': () => ['/software/names?limit=500'],
  '/alerts': () => [
    '/alerts?limit=500',
    '/alerts?limit=500&state=open',
    '/alerts?limit=500&state=open&acknowledged=false',
    `/alerts?limit=500&device=${stockId(0)}`,
  ],
  '/top': () => ['/top?limit=500', '/top?limit=500&sort=name'],
  '/policies': () => ['/policies'],
  '/compliance/items': () => ['/compliance/items?policy=policy-0&rule=rule-0&limit=500'],
  '/devices/{id}/compliance': () => [`${device}/compliance?limit=500`],
  '/policies/set': () => ['/policies/set'],
  '/content': () => ['/content'],
  '/halts': () => ['/halts'],
  '/targets/{snapshot}/ids': ({ snapshot }) => [`/targets/${snapshot}/ids`],
  '/targets/{snapshot}/devices': ({ snapshot }) => [`/targets/${snapshot}/devices?limit=1000`],
  '/jobs': () => ['/jobs?limit=500', '/jobs?limit=500&state=done'],
  '/jobs/{id}/runs': (place) => ofJobs(place, '/runs?limit=1000'),
  '/jobs/{id}/outputs': ({ endedJob }) => [
    `/jobs/${endedJob}/outputs?limit=200`,
    `/jobs/${endedJob}/outputs?limit=200&q=done`,
  ],
  '/devices/{id}/runs': () => [`${device}/runs?limit=100`],
};

/** Routes whose answers are about one thing, of which there may be many. */
const things: Readonly<Record<string, Addresses>> = {
  '/whoami': () => ['/whoami'],
  '/session': () => ['/session'],
  '/me/recovery-codes': () => ['/me/recovery-codes'],
  '/checks': () => ['/checks'],
  '/budgets': () => ['/budgets', '/budgets?signer=admin'],
  '/roles': () => ['/roles'],
  '/permissions': () => ['/permissions'],
  '/audit': () => ['/audit?limit=500', '/audit?limit=500&act=job.order'],
  '/audit/checkpoint': () => ['/audit/checkpoint'],
  '/audit/consistency': () => ['/audit/consistency?from=1&to=1'],
  '/alerts/{id}': () => ['/alerts/1'],
  '/notifications/messages/{id}': () => [`/notifications/messages/${keptId('nms', 0)}`],
  '/trust': () => ['/trust'],
  '/trust/chain': () => ['/trust/chain'],
  '/sections': () => ['/sections'],
  '/devices/{id}': () => [device],
  '/devices/presence': () => [
    '/devices/presence',
    '/devices/presence?range=30d',
    `/devices/presence?on=${expression}`,
  ],
  '/groups/{id}': () => [group],
  '/devices/{id}/groups/{group}': () => [0, 1].map((at) => `${device}/groups/${keptId('grp', at)}`),
  '/devices/{id}/explain': () => [`${device}/explain?on=${expression}`],
  '/devices/{id}/diff': () => [
    `${device}/diff?from=${new Date(stock.sinceMs + 600_000).toISOString()}`,
    `${device}/diff?with=${stockId(1)}`,
  ],
  '/devices/{id}/live/{section}': () => [`${device}/live/processes`],
  '/devices/{id}/metrics/series': () => [
    `${device}/metrics/series`,
    `${device}/metrics/series?from=${today}`,
  ],
  '/devices/{id}/metrics/latest': () => [`${device}/metrics/latest`],
  '/compliance': () => ['/compliance', '/compliance?policy=policy-0'],
  '/compliance/trend': () => ['/compliance/trend', '/compliance/trend?policy=policy-0&days=31'],
  '/devices/{id}/policies': () => [`${device}/policies`],
  '/policies/rollout': () => ['/policies/rollout'],
  '/policies/{name}/revisions': () => ['/policies/policy-0/revisions'],
  '/policies/{name}/revisions/{digest}': ({ policy }) => [`/policies/policy-0/revisions/${policy}`],
  '/policies/{name}/diff': ({ policy }) => [`/policies/policy-0/diff?from=${policy}&to=${policy}`],
  '/content/{digest}': ({ content }) => [`/content/${content}`],
  '/jobs/{id}': (place) => ofJobs(place, ''),
  '/jobs/{id}/runs/{deviceId}': (place) => ofJobs(place, `/runs/${stockId(0)}`),
  '/jobs/{id}/runs/{deviceId}/file': ({ endedJob }) => [`/jobs/${endedJob}/runs/${stockId(0)}/file`],
};

/** Routes that are not measured, and why. */
const others: Readonly<Record<string, string>> = {
  '/openapi.json': 'fixed text',
  '/audit/export': 'as many reads as there are pages',
  '/healthz': 'asks nothing',
  '/readyz': 'what the probe found',
  '/metrics': 'counters of the process',
  '/icon.svg': 'a file',
  '/theme.js': 'a file',
  '/assets/*': 'files',
  '/docs/*': 'files',
  '/signin/oidc/{id}/start': 'leads to a provider, and there is none',
  '/signin/oidc/{id}/callback': 'asks a provider, and there is none',
  '/events': 'a stream that does not end',
  '/groups/events': 'a stream that does not end',
  '/devices/{id}/metrics/live': 'a stream that does not end',
  '/jobs/{id}/events': 'a stream that ends with its job',
  '/content/{digest}/body': 'bytes: as many reads as there are pieces',
};

/** Answers when somebody looks at a live section, until the session ends. */
async function answerLive(wire: DeviceWire): Promise<void> {
  for (let message = await wire.next(); message !== null; message = await wire.next()) {
    if (message.type !== 'live.get') continue;
    const section = findSection(message.name);
    if (section === undefined) throw new Error(`there is no section ${message.name}`);
    const data = Buffer.from(writeBody(section, { outcome: 'no-data', reason: 'A test.' }));
    const frame = { id: message.id, encoding: 'raw', rawBytes: data.length, data } as const;
    wire.socket.send(encodeLiveFrame(frame));
  }
}

const dataDir = await makeFolder(t, 'server');
const flags = ['--tls', 'off', '--handshakes-per-second', '1000', '--handshake-burst', '1000'];
const connected: SimulatedDevice[] = [];
let kept = 0;

/** Fills the database of a server that is not asked anything, and starts one on it, which reads it. */
async function startWith(size: StockSize): Promise<TestServer> {
  const filled = await startTestServer(t, { dataDir, flags });
  await withDatabase(dataDir, async (sql) => {
    await stock.growTo(sql, size);
    await keepMore(sql, { from: kept, to: size.things });
  });
  kept = size.things;
  await filled.stop();
  const server = await startTestServer(t, { dataDir, flags });
  for (const [idx, keys] of stock.keys.entries()) {
    connected[idx] ??= { id: stockId(idx), keys, epoch: 0 };
    const wire = await openDevice(server.url, connected[idx]);
    if (idx === 0) void answerLive(wire);
  }
  await until('the server has read its devices', async () => {
    const { body } = await server.call<{ count: number | null }>('/api/v1/devices?limit=1&fields=id');
    return body.count === size.devices;
  });
  return server;
}

/** Orders something for later, so that the job stays open, and adds jobs that are over. */
async function order(server: TestServer, { things: to }: StockSize, from: number): Promise<Place> {
  const orders = await createOrders(server);
  const notBefore = new Date(Date.now() + HOUR_MS / 2).toISOString();
  const openJob = await orders.order('id != ""', { notBefore });
  const content = await orders.addContent(Buffer.from(`content of ${to}`));
  await withDatabase(dataDir, (sql) => copyOriginals(sql, { jobId: openJob, content, from, to }));
  const { snapshot } = await orders.find('id != ""');
  const [policy, limited] = [await applyPolicies(server, to), await limitToken(server)];
  return { openJob, endedJob: stockJobId(to - 1), content, snapshot, policy, limited };
}

/** Puts so many policies in force; the digest of the first. */
async function applyPolicies(server: TestServer, count: number): Promise<string> {
  const wanted = Array.from({ length: count }, (_, at) => makePolicy(`policy-${at}`, { priority: count }));
  const body = await signPolicies(server, wanted);
  const { status, text } = await server.call('/api/v1/policies/sets', {
    ...{ method: 'POST', body: { ...body, waves: { shares: [50, 100], soakSeconds: 3_600, tolerance: 5 } } },
  });
  if (status !== 201) throw new Error(text);
  const [first] = body.policies;
  return first === undefined ? '' : documentDigest(first, crypto);
}

/** A token of the first admin that reaches devices of a label only, which all of them have. */
async function limitToken(server: TestServer): Promise<string> {
  const { body } = await server.call('/api/v1/persons');
  const admin = body.items?.find(({ handle }) => handle === 'admin')?.id;
  const wish = { method: 'POST', body: { name: 'limited', where: 'label("site") == "fra"' } };
  const made = await server.call<{ token?: string }>(`/api/v1/persons/${admin}/tokens`, wish);
  if (made.body.token === undefined) throw new Error(`no token: ${made.text}`);
  return made.body.token;
}

interface Cost {
  /** Texts of the statements of the request. */
  readonly statements: readonly string[];
  readonly chars: number;
}

interface Measured {
  readonly server: TestServer;
  readonly place: Place;
}

/** Routes that answer whoever is limited to some devices; to the others his limit says nothing. */
const limitable = new Set(
  accessRows
    .filter(({ scope, limited }) => scope !== 'own' && (limited === 'clamped' || limited === 'kept'))
    .map(({ route }) => nameRoute(route.replace('GET ', ''))),
);

/** A pattern of the server as the tables write it. */
function nameRoute(url: string): string {
  return url.replace('/api/v1', '').replaceAll(/:(\w+)/g, '{$1}');
}

/** Who asks: everything is asked by one who may everything and by one with a limit, what is about oneself by a session. */
function listCallers(pattern: string, { limited }: Place): readonly (readonly [string, Call])[] {
  if (pattern === '/session' || /^\/me\b/.test(pattern))
    return [['session', { token: null, cookie: keeperCookie }]];
  return [['token', {}], ...(limitable.has(pattern) ? [['limited', { token: limited }] as const] : [])];
}

/** What each address takes, by route, place in its list and caller: addresses name other jobs the next time. */
async function measure(t: Test, { server, place }: Measured): Promise<Map<string, Cost>> {
  const requests = watchRequests(server.running.app.server);
  const costs = new Map<string, Cost>();
  for (const [pattern, addresses] of Object.entries({ ...lists, ...things })) {
    for (const [at, path] of addresses(place).entries()) {
      for (const [who, how] of listCallers(pattern, place)) {
        const { status, text } = await server.call(`/api/v1${path}`, how);
        if (status !== 200) t.fail(`${path} answered ${status}: ${text}`);
        const request = requests.at(-1);
        if (request?.url !== `/api/v1${path}`) throw new Error(`${path} is not what the server was asked`);
        costs.set(`${pattern} (${at}) ${who}`, { statements: request.statements, chars: text.length });
      }
    }
  }
  return costs;
}

t.test('a route costs the same statements for little and for much', async (t) => {
  const small = await startWith(FEW);
  const found = small.running.routes.filter(({ method }) => method === 'GET');
  t.same(
    Object.keys({ ...lists, ...things, ...others }).sort(),
    [...new Set(found.map(({ url }) => nameRoute(url)))].sort(),
    'a new route is in one of these tables',
  );
  const few = await measure(t, { server: small, place: await order(small, FEW, 0) });
  // Whose session it is, and what he may, are one statement.
  t.equal(few.get('/session (0) session')?.statements.length, 1, 'a session is one statement');
  t.equal(few.get('/me/sessions (0) session')?.statements.length, 2, 'and one for what is asked');
  await small.stop();
  const large = await startWith(MANY);
  const many = await measure(t, { server: large, place: await order(large, MANY, FEW.things) });
  for (const [name, { statements, chars }] of many) {
    const before = few.get(name) ?? { statements: [], chars: Number.NaN };
    // Their number: a large list may be better read by another statement.
    t.equal(statements.length, before.statements.length, name, { few: before.statements, many: statements });
    t.ok(statements.length <= MOST, `${name} takes ${statements.length}`);
    const [pattern = ''] = name.split(' ');
    if (pattern in lists)
      t.ok(chars >= before.chars * GROWTH, `${name} is about more: ${before.chars} → ${chars}`);
  }
});
