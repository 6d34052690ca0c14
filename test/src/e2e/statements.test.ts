// Every GET route of a real server costs the same statements whether there is little or much of what it answers about.
import { encodeLiveFrame, findSection, writeBody } from '@muster/protocol';
import t, { type Test } from 'tap';
import { withDatabase } from '../bench/commands-house.ts';
import { type DeviceWire, openDevice, type SimulatedDevice } from '../fleet/device.ts';
import { createOrders } from '../support/orders.ts';
import { type ApiDocument, listRoutes } from '../support/routes.ts';
import { makeFolder, startTestServer, type TestServer } from '../support/server.ts';
import { copyOriginals, createStock, type StockSize, stockId, stockJobId } from '../support/stock.ts';
import { FILE_PATIENCE_MS, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

/** With the second size a job has more than one block of 1,024 devices, and most lists have more than a page. */
const FEW: StockSize = { devices: 20, things: 20, keyed: 4 };
const MANY: StockSize = { devices: 1_100, things: 200, keyed: 40 };
/** The server also works on its own: the least of so many calls is the route's. The first may find code and caches cold. */
const CALLS = 4;
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
}

const stock = createStock();

type Addresses = (place: Place) => readonly string[];

const device = `/devices/${stockId(0)}`;
const todayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const today = new Date(todayMs).toISOString();
const later = new Date(todayMs + 3 * DAY_MS).toISOString();
const ofJobs = ({ openJob, endedJob }: Place, rest: string) =>
  [openJob, endedJob].map((id) => `/jobs/${id}${rest}`);

/** Routes whose answers are about many; all pages as long as they can be. */
const lists: Readonly<Record<string, Addresses>> = {
  '/persons': () => ['/persons'],
  '/devices': () =>
    [
      '',
      '&sort=-seen',
      '&state=active',
      '&hostname=host-',
      '&id=dev_q',
      `&on=${encodeURIComponent('os.name != ""')}`,
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
    `/alerts?limit=500&device=${stockId(0)}`,
  ],
  '/top': () => ['/top?limit=500', '/top?limit=500&sort=name'],
  '/content': () => ['/content'],
  '/halts': () => ['/halts'],
  '/targets/{snapshot}/ids': ({ snapshot }) => [`/targets/${snapshot}/ids`],
  '/targets/{snapshot}/devices': ({ snapshot }) => [`/targets/${snapshot}/devices?limit=1000`],
  '/jobs': () => ['/jobs?limit=500', '/jobs?limit=500&state=done'],
  '/jobs/{id}/runs': (place) => ofJobs(place, '/runs?limit=1000'),
};

/** Routes whose answers are about one thing, of which there may be many. */
const things: Readonly<Record<string, Addresses>> = {
  '/whoami': () => ['/whoami'],
  '/trust': () => ['/trust'],
  '/trust/chain': () => ['/trust/chain'],
  '/sections': () => ['/sections'],
  '/devices/{id}': () => [device],
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
  '/content/{digest}': ({ content }) => [`/content/${content}`],
  '/jobs/{id}': (place) => ofJobs(place, ''),
  '/jobs/{id}/runs/{deviceId}': (place) => ofJobs(place, `/runs/${stockId(0)}`),
  '/jobs/{id}/runs/{deviceId}/file': ({ endedJob }) => [`/jobs/${endedJob}/runs/${stockId(0)}/file`],
};

/** Routes that are not measured, and why. */
const others: Readonly<Record<string, string>> = {
  '/openapi.json': 'fixed text',
  '/healthz': 'asks nothing',
  '/readyz': 'what the probe found',
  '/metrics': 'counters of the process',
  '/events': 'a stream that does not end',
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

/** Fills the database of a server that is not asked anything, and starts one on it, which reads it. */
async function startWith(size: StockSize): Promise<TestServer> {
  const filled = await startTestServer(t, { dataDir, flags });
  await withDatabase(dataDir, (sql) => stock.growTo(sql, size));
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
  return { openJob, endedJob: stockJobId(to - 1), content, snapshot };
}

interface Cost {
  readonly statements: number;
  readonly chars: number;
}

interface Measured {
  readonly server: TestServer;
  readonly place: Place;
  /** What was enough before: a call that takes no more is the last. */
  readonly known?: ReadonlyMap<string, Cost>;
}

/** The least that each address took, by route and place in its list: addresses name other jobs the next time. */
async function measure(t: Test, { server, place, known }: Measured): Promise<Map<string, Cost>> {
  const costs = new Map<string, Cost>();
  for (const [pattern, addresses] of Object.entries({ ...lists, ...things })) {
    for (const [at, path] of addresses(place).entries()) {
      const name = `${pattern} (${at})`;
      const enough = known?.get(name)?.statements ?? -1;
      let least = Number.POSITIVE_INFINITY;
      let chars = 0;
      for (let call = 0; call < CALLS && least > enough; call++) {
        const before = server.running.database.statements();
        const { status, text } = await server.call(`/api/v1${path}`);
        least = Math.min(least, server.running.database.statements() - before);
        if (status !== 200) t.fail(`${path} answered ${status}: ${text}`);
        chars = text.length;
      }
      costs.set(name, { statements: least, chars });
    }
  }
  return costs;
}

t.test('a route costs the same statements for little and for much', async (t) => {
  const small = await startWith(FEW);
  const document = await small.call<ApiDocument>('/api/v1/openapi.json', { token: null });
  const found = listRoutes(document.body).filter(({ method }) => method === 'GET');
  t.same(
    Object.keys({ ...lists, ...things, ...others }).sort(),
    found.map(({ pattern }) => pattern.replace('/api/v1', '')).sort(),
    'a new route is one of these tables',
  );
  const few = await measure(t, { server: small, place: await order(small, FEW, 0) });
  await small.stop();
  const large = await startWith(MANY);
  const many = await measure(t, { server: large, place: await order(large, MANY, FEW.things), known: few });
  for (const [name, { statements, chars }] of many) {
    const before = few.get(name) ?? { statements: Number.NaN, chars: 0 };
    t.equal(statements, before.statements, name);
    t.ok(statements <= MOST, `${name} takes ${statements}`);
    const [pattern = ''] = name.split(' ');
    if (pattern in lists)
      t.ok(chars >= before.chars * GROWTH, `${name} is about more: ${before.chars} → ${chars}`);
  }
});
