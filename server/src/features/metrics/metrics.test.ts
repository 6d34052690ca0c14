// Tests measurements from the chunk frame to the chart: against a real database, with the real codec, over real HTTP where it streams.
import { deflateRawSync } from 'node:zlib';
import {
  type Chunk,
  decodeHeartbeat,
  encodeChunk,
  encodeChunkFrame,
  encodeHeartbeat,
  findMetric,
} from '@muster/protocol';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createAnswerDurable } from '../../core/agents/durable.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { createTestClock } from '../../core/testing/clock.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { createHandlers } from '../../gateway/handlers.ts';
import { MIN_DURABLE_BYTES } from '../../limits.ts';
import { createDeviceNames } from '../devices/index.ts';
import { createTestApi, createTestConnections } from '../inventory/testing/api.ts';
import { addDevices, createTenants } from '../inventory/testing/fleet.ts';
import { createTestSession } from '../inventory/testing/session.ts';
import { escapeCell } from './csv.ts';
import { createMetrics } from './index.ts';
import { REFRESH_WAIT_MS } from './limits.ts';
import { createLiveStreams } from './live.ts';
import { planRange } from './range.ts';
import { ensureRollupMonth, storeRollups } from './store.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const NOON = Date.parse('2026-11-22T12:00:00.000Z');

/** What a device may send in a day here. */
const QUOTA_BYTES = 2 * 1024 * 1024;

async function openMetrics(t: Test, count = 2) {
  const database = await openTestDatabase(t);
  const { sql } = database;
  await createTenants(sql, [1, 2]);
  const refs = await addDevices(sql, 1, count);
  const clock = {
    ...systemClock,
    nowMs: NOON,
    now: () => clock.nowMs,
    /** A device is waited for as long as a busy machine takes. */
    after(ms: number, action: () => void) {
      if (ms !== REFRESH_WAIT_MS) return systemClock.after(ms, action);
      const timer = setTimeout(action, 60_000).unref();
      return () => clearTimeout(timer);
    },
  };
  const connections = createTestConnections();
  const retention = { minuteDays: 31, hourDays: 400 };
  const devices = createDeviceNames(sql);
  const deps = { sql, clock, log: silentLog, devices, connections, retention };
  const answerDurable = createAnswerDurable(deps, QUOTA_BYTES);
  const metrics = createMetrics({ ...deps, answerDurable });
  const handlers = createHandlers();
  metrics.register(handlers.routes);
  await metrics.start();
  t.teardown(() => metrics.stop());
  const api = await createTestApi(t, (app) => metrics.serve(app));
  const sessions = refs.map(createTestSession);
  /** Sends a chunk; resolves when it is answered. */
  const send = async (place: number, seq: number, bytes: Uint8Array) =>
    await handlers.frame('chunk')?.(first(sessions, place), encodeChunkFrame({ seq, chunk: bytes }));
  const url = (place = 0) => `/api/v1/devices/${first(refs, place).deviceId}/metrics`;
  return { ...database, refs, clock, connections, metrics, handlers, api, sessions, send, url };
}

function first<T>(list: readonly T[], place = 0): T {
  const found = list[place];
  if (found === undefined) throw new Error(`there is no element ${place}`);
  return found;
}

type Values = readonly (number | null)[];

/** A chunk of minutes with these series; the maxima are the means and a bit. */
function encode(fromMs: number, series: Record<string, Values>, tier: Chunk['tier'] = 'minute'): Uint8Array {
  const rows = Object.entries(series).map(([name, mean]) => {
    const [, metric = '', instance = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(name) ?? [];
    return {
      metricId: findMetric(metric)?.id ?? 0,
      instance,
      mean,
      max: mean.map((value) => (value === null ? null : value + 0.1)),
    };
  });
  return encodeChunk({ tier, fromMs, count: Object.values(series)[0]?.length ?? 0, series: rows }, (bytes) =>
    deflateRawSync(bytes),
  );
}

const busy = 'system.cpu.busy';
const flat = (value: number, count = 60): Values => Array<number>(count).fill(value);

interface RangeBody {
  from: string;
  stepMs: number;
  count: number;
  series: { series: string; mean: (number | null)[]; max: (number | null)[]; unit: string }[];
}

t.test('chunks are stored once, newest wins, and answered after the commit', async (t) => {
  const { send, sql, sessions, api, url, metrics } = await openMetrics(t);
  const { sent } = first(sessions);
  await send(0, 1, encode(NOON - HOUR, { [busy]: flat(0.1) }));
  t.same(sent, [{ type: 'ack', seqs: [1] }]);
  await send(0, 2, encode(NOON, { [busy]: flat(0.2, 1) }));
  await send(0, 4, encode(NOON, { [busy]: flat(0.4, 2) }));
  await send(0, 3, encode(NOON, { [busy]: flat(0.3, 1) }));
  t.same(
    await sql`SELECT seq, points FROM metric_chunk ORDER BY starts_at`,
    [
      { seq: 1, points: 60 },
      { seq: 4, points: 2 },
    ],
    'an older open hour does not come back',
  );
  await Promise.all([9, 5, 7].map((seq) => send(0, seq, encode(NOON, { [busy]: flat(seq / 10, 1) }))));
  t.same(
    await sql`SELECT max(seq) AS seq, count(*) FROM metric_chunk`,
    [{ seq: 9, count: 2 }],
    'also within one batch',
  );
  t.same(
    sent.flatMap((message) => (message.type === 'ack' ? message.seqs : [])).toSorted(),
    [1, 2, 3, 4, 5, 7, 9],
    'all of them are acknowledged',
  );
  t.match((await api.get(`${url()}?from=2026-11-22T11:00:00Z&to=2026-11-22T12:00:00Z`)).body, {
    count: 60,
    stepMs: MINUTE,
    series: [{ series: busy, unit: '1', mean: flat(0.1) }],
  });
  t.equal(metrics.counts().stored, 7);
});

t.test('a device that sends more than a day can have is told, and no other notices', async (t) => {
  const { send, sql, sessions } = await openMetrics(t);
  const chunk = encode(NOON - HOUR, { [busy]: flat(0.1) });
  const fitting = QUOTA_BYTES / MIN_DURABLE_BYTES;
  await Promise.all(Array.from({ length: fitting + 50 }, (_, at) => send(0, at + 1, chunk)));
  const { sent } = first(sessions);
  t.equal(sent.filter(({ type }) => type === 'ack').length, fitting);
  const refused = sent.flatMap((one) => (one.type === 'nack' ? [one.code] : []));
  t.same(refused, Array<string>(50).fill('E_QUOTA'));
  t.equal(first(sessions).refused, null, 'its session goes on');
  t.same(
    await sql`SELECT max(seq) AS seq FROM metric_chunk`,
    [{ seq: fitting }],
    'what is over is not stored',
  );
  await send(1, 1, chunk);
  t.same(first(sessions, 1).sent, [{ type: 'ack', seqs: [1] }]);
});

t.test('a chunk that can never be stored gets its code', async (t) => {
  const { send, sql, sessions, refs, handlers } = await openMetrics(t);
  const good = encode(NOON - HOUR, { [busy]: flat(0.1) });
  const damaged = Uint8Array.from(good);
  damaged[30] = (damaged[30] ?? 0) ^ 1;
  const dayAgo = Math.floor((NOON - DAY) / DAY) * DAY;
  const cases: [string, Uint8Array, string][] = [
    ['E_CHUNK', damaged, 'a flipped bit'],
    ['E_CHUNK', good.subarray(0, good.length - 1), 'a cut chunk'],
    ['E_CHUNK', Buffer.from('no chunk at all, whatever its length'), 'something else'],
    ['E_CHUNK', encode(dayAgo, { [busy]: flat(0.1, 24) }, 'hour'), 'hours, which only the server makes'],
    ['E_CHUNK_TIME', encode(NOON + HOUR, { [busy]: flat(0.1) }), 'the future'],
    ['E_CHUNK_TIME', encode(NOON + HOUR, { [busy]: flat(0.1, 3) }), 'an hour and three minutes ahead'],
    ['E_CHUNK_TIME', encode(NOON - 365 * DAY, { [busy]: flat(0.1) }), 'a clock a year off'],
  ];
  for (const [at, [code, bytes, what]] of cases.entries()) {
    await send(0, at + 1, bytes);
    t.match(first(sessions).sent.at(-1), { type: 'nack', seq: at + 1, code }, what);
  }
  await send(0, 50, encode(NOON + HOUR, { [busy]: flat(0.1, 2) }));
  t.match(first(sessions).sent.at(-1), { type: 'ack' }, 'a clock that is an hour ahead is taken');
  await send(0, 51, good);
  t.match(first(sessions).sent.at(-1), { type: 'ack' }, 'and the session goes on');
  t.same(await sql`SELECT count(*) FROM metric_chunk`, [{ count: 2 }]);
  const session = createTestSession(first(refs));
  await t.rejects(async () => handlers.frame('chunk')?.(session, new Uint8Array(5)), { code: 'E_SHAPE' });
});

t.test('a thousand devices share statements, and old days get their partitions', async (t) => {
  const { send, sql, statements, handlers, sessions, metrics } = await openMetrics(t, 1_000);
  const chunk = encode(NOON - HOUR, { [busy]: flat(0.1) });
  const before = statements();
  await Promise.all(sessions.map((_, place) => send(place, 1, chunk)));
  t.ok(statements() - before <= 10, `1,000 chunks took ${statements() - before} statements`);
  t.same(await sql`SELECT count(*) FROM metric_chunk`, [{ count: 1_000 }]);
  for (let days = 0; days <= 30; days += 6)
    await send(0, 100 + days, encode(NOON - HOUR - days * DAY, { [busy]: flat(0.2) }));
  t.same(
    await sql`SELECT count(*) FROM metric_chunk`,
    [{ count: 1_005 }],
    'a device that was away back-fills',
  );

  const beat = decodeHeartbeat(
    encodeHeartbeat({
      inventoryDigest: new Uint8Array(8),
      uptimeS: 77,
      outboxDepth: 1,
      dropped: 2,
      cpuUsedRatio: 0.1234,
      memoryUsedRatio: null,
      swapUsedRatio: 0,
      diskUsedRatio: 1,
      loadPerCpu: 3.21,
    }),
  );
  const quiet = statements();
  for (const session of sessions) handlers.heartbeat(session, beat);
  t.equal(statements(), quiet, 'a heartbeat costs no statement');
  t.same(metrics.latest(1, 999), {
    atMs: NOON,
    uptimeS: 77,
    outboxDepth: 1,
    dropped: 2,
    cpuUsedRatio: 0.1234,
    memoryUsedRatio: null,
    swapUsedRatio: 0,
    diskUsedRatio: 1,
    loadPerCpu: 3.21,
  });
  t.equal(metrics.latest(1, 1_000), null);
  t.equal(metrics.latest(9, 0), null);
});

t.test('a range is what was measured', async (t) => {
  const { send, api, url, sessions, connections, statements } = await openMetrics(t);
  connections.add(first(sessions));
  const disk = (name: string) => `system.disk.io.read{${name}}`;
  const gaps = Array.from({ length: 60 }, (_, at) => (at % 10 === 3 ? null : at / 100));
  await send(
    0,
    1,
    encode(NOON - 2 * HOUR, { [busy]: gaps, [disk('sda')]: flat(1_000), [disk('sdb')]: flat(2_000) }),
  );
  await send(
    0,
    2,
    encode(NOON - HOUR, {
      [busy]: flat(0.5),
      'system.filesystem.utilization{=HYPERLINK("http://x","y")}': flat(0.7),
    }),
  );
  const get = async (query: string) => (await api.get(`${url()}?${query}`)).body as RangeBody;
  const span = 'from=2026-11-22T10:00:00Z&to=2026-11-22T12:00:00Z';

  const minutes = await get(`${span}&series=${busy}&stepMs=60000`);
  t.same(first(minutes.series).mean, [...gaps, ...flat(0.5)]);
  t.same(first(minutes.series).max.slice(0, 4), [0.1, 0.11, 0.12, null]);
  const steps = await get(`${span}&series=${busy}&stepMs=600000`);
  t.equal(steps.count, 12);
  t.same(first(steps.series).mean.slice(5), [0.546666667, ...flat(0.5, 6)], 'the mean of what is there');
  t.equal(first(steps.series).max[5], 0.69, 'and the maximum of the maxima');
  const shifted = await get(`from=2026-11-22T10:07:30Z&to=2026-11-22T10:12:00Z&series=${busy}&stepMs=300000`);
  t.match(shifted, { from: '2026-11-22T10:05:00.000Z', count: 2 }, 'points stand at multiples of the step');
  t.same(
    (await get(`${span}&series=system.disk.io.read`)).series.map(({ series }) => series),
    ['system.disk.io.read{device=sda}', 'system.disk.io.read{device=sdb}'],
    'a metric names all its instances',
  );
  t.same(
    (
      await get(`${span}&series=${busy}&series=${encodeURIComponent('system.disk.io.read{device=sdb}')}`)
    ).series.map(({ series }) => series),
    [busy, 'system.disk.io.read{device=sdb}'],
  );
  t.equal((await get(span)).series.length, 4, 'nothing named is everything');
  t.same(
    (await get('from=2026-11-01T00:00:00Z&to=2026-11-01T01:00:00Z')).series,
    [],
    'nothing measured is no series',
  );
  t.same(
    first(sessions).sent.filter(({ type }) => type === 'metrics.get'),
    [{ type: 'metrics.get' }],
    'who looks at now has the open hour sent, once',
  );

  const csv = await api.get(`${url()}?${span}&stepMs=3600000&format=csv`);
  t.match(csv.headers, { 'content-type': 'text/csv; charset=utf-8' });
  const [head = '', line = ''] = csv.text.split('\r\n');
  t.match(head, /^time,system\.cpu\.busy mean,system\.cpu\.busy max,/);
  t.match(head, /"system\.filesystem\.utilization\{mountpoint==HYPERLINK\(""http:\/\/x"",""y""\)\} mean"/);
  t.match(
    line,
    /^2026-11-22T10:00:00\.000Z,0\.296666667,0\.69,1000,1000,2000,2000,,$/,
    'gaps are empty cells',
  );
  for (const text of ['=1+1', '+1', '-1', '@x', '\tx'])
    t.equal(escapeCell(text).startsWith("'"), true, JSON.stringify(text));
  t.equal(escapeCell('a,"b"'), '"a,""b"""');

  t.match((await api.get(`${url()}/series`)).body, {
    items: [{ series: busy, unit: '1' }, {}, {}, { instance: '=HYPERLINK("http://x","y")' }],
  });
  const before = statements();
  await get(`${span}&stepMs=60000`);
  t.equal(statements() - before, 2, 'one for the device, one for its chunks');

  const refused = async (query: string) => (await api.get(`${url()}?${query}`)).body as { code: string };
  for (const query of [
    'from=2026-11-22T12:00:00Z&to=2026-11-22T11:00:00Z',
    `${span}&stepMs=61000`,
    `${span}&stepMs=5400000`,
    'from=2026-01-01T00:00:00Z&stepMs=60000',
    'from=1970-01-01T00:00:00Z&stepMs=3600000',
    `${span}&series=nonsense`,
    `${span}&series=system.disk.io.read{disk=sda}`,
    'from=2026-10-20T00:00:00Z&stepMs=1800000',
  ]) {
    t.match(await refused(query), { code: 'E_RANGE' }, query);
  }
  t.match(await refused(`${span}&stepMs=1`), { code: 'E_VALIDATION' });
  t.match(await api.get(`${url()}?${span}`, 2), { status: 404 }, 'another organization sees nothing');
});

t.test('a plan never reads more than it may', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400 * DAY }),
      fc.integer({ min: 1, max: 400 * DAY }),
      (from, length) => {
        const plan = planRange({ names: [], fromMs: from, toMs: from + length, stepMs: null });
        return (
          plan.count <= 2_000 &&
          plan.fromMs <= from &&
          plan.toMs >= from + length &&
          plan.fromMs % plan.stepMs === 0
        );
      },
    ),
  );
  t.pass('whatever the range');
});

t.test('a day of minutes becomes hours, once or again', async (t) => {
  const { send, sql, api, url, clock, metrics } = await openMetrics(t);
  const day = Math.floor(NOON / DAY) * DAY - DAY;
  const value = (hour: number, minute: number) => Math.round(((hour * 7 + minute * 3) % 90) * 10) / 1_000;
  for (let hour = 0; hour < 24; hour++) {
    if (hour === 5) continue;
    const minutes = Array.from({ length: 60 }, (_, minute) =>
      hour === 7 && minute < 30 ? null : value(hour, minute),
    );
    await send(0, hour + 1, encode(day + hour * HOUR, { [busy]: minutes }));
  }
  const hours = async () => {
    const query = `from=${new Date(day).toISOString()}&to=${new Date(day + DAY).toISOString()}&stepMs=3600000&series=${busy}`;
    return first(((await api.get(`${url()}?${query}`)).body as RangeBody).series);
  };
  const naive = Array.from({ length: 24 }, (_, hour) => {
    const minutes = Array.from({ length: 60 }, (_, minute) => minute).filter(
      (minute) => hour !== 7 || minute >= 30,
    );
    return hour === 5 ? null : minutes.reduce((sum, minute) => sum + value(hour, minute), 0) / minutes.length;
  });
  const near = (a: number | null | undefined, b: number | null | undefined) =>
    a === null || b === null ? a === b : Math.abs((a ?? 9) - (b ?? 0)) <= 0.0006;
  const before = await hours();
  t.ok(
    before.mean.every((mean, hour) => near(mean, naive[hour])),
    'from minutes',
  );
  clock.nowMs = Math.floor(NOON / DAY) * DAY + 30 * MINUTE;
  t.equal(await metrics.sweep(), 0, 'not while the last hour may still come');
  clock.nowMs = NOON;
  t.equal(await metrics.sweep(), 1);
  t.equal(await metrics.sweep(), 0, 'once');
  t.same(await sql`SELECT count(*) FROM metric_rollup`, [{ count: 1 }]);
  await sql`CREATE TABLE kept AS TABLE metric_chunk`;
  await sql`DELETE FROM metric_chunk`;
  const rolled = await hours();
  t.ok(
    rolled.mean.every((mean, hour) => near(mean, naive[hour])),
    'from hours alone, to the resolution of the metric',
  );
  t.ok(rolled.max.every((max, hour) => near(max, before.max[hour])));
  await sql`INSERT INTO metric_chunk SELECT * FROM kept`;

  await send(0, 100, encode(day + 5 * HOUR, { [busy]: flat(0.555) }));
  t.ok(near((await hours()).mean[5], 0.555), 'a late hour shows at once');
  t.equal(await metrics.sweep(), 1, 'and is rolled up again');
  t.ok(near((await hours()).mean[5], 0.555));
  t.same(await sql`SELECT count(*) FROM metric_due WHERE day < '2026-11-22'`, [{ count: 0 }]);

  clock.nowMs = NOON + 45 * DAY;
  await metrics.sweep();
  t.same(await sql`SELECT count(*) FROM metric_chunk`, [{ count: 0 }], 'minutes are dropped with their days');
  t.ok(near((await hours()).mean[5], 0.555), 'hours stay');
  clock.nowMs = NOON + 450 * DAY;
  await metrics.sweep();
  t.same(await sql`SELECT count(*) FROM metric_rollup`, [{ count: 0 }], 'until their time has come too');
});

t.test('a chunk that arrives while its day is rolled up is not lost', async (t) => {
  const { send, sql, metrics } = await openMetrics(t);
  const day = Math.floor(NOON / DAY) * DAY - DAY;
  await send(0, 1, encode(day, { [busy]: flat(0.1) }));
  await sql`UPDATE metric_due SET version = 7`;
  // What the sweep read before the update is old now; it must leave the day due.
  await ensureRollupMonth(sql, '2026-11-21');
  await storeRollups(sql, [{ tenant: 1, idx: 0, day: '2026-11-21', version: 6, chunk: new Uint8Array([1]) }]);
  t.same(await sql`SELECT version FROM metric_due`, [{ version: 7 }]);
  t.same(await sql`SELECT count(*) FROM metric_rollup`, [{ count: 0 }]);
  await send(0, 2, encode(day + HOUR, { [busy]: flat(0.1) }));
  const [due] = await sql<{ version: number }[]>`SELECT version FROM metric_due`;
  t.not(due?.version, 7, 'every late chunk changes the version');
  t.equal(await metrics.sweep(), 1);
  await send(0, 3, encode(day, { [busy]: flat(0.3) }));
  const [again] = await sql<{ version: number }[]>`SELECT version FROM metric_due`;
  t.not(again?.version, due?.version, 'no version comes back');
  t.equal(await metrics.sweep(), 1);
  await send(0, 3, encode(day, { [busy]: flat(0.3) }));
  await send(0, 1, encode(day, { [busy]: flat(0.1) }));
  t.same(await sql`SELECT 1 FROM metric_due`, [], 'what is sent again makes no work');
});

t.test('a roll-up changes no answer', async (t) => {
  const { send, api, url, metrics, sql } = await openMetrics(t);
  const midnight = Math.floor(NOON / DAY) * DAY;
  // One day that will be rolled up and one that is not over; hours of few minutes weigh as much as full ones.
  await send(0, 1, encode(midnight - DAY, { [busy]: flat(0.1) }));
  await send(0, 2, encode(midnight - DAY + HOUR, { [busy]: [0.9, null, null] }));
  await send(0, 3, encode(midnight, { [busy]: flat(0.2) }));
  const whole = `from=${new Date(midnight - DAY).toISOString()}&to=${new Date(midnight + DAY).toISOString()}&stepMs=${31 * DAY}`;
  const read = async () => first(((await api.get(`${url()}?${whole}`)).body as RangeBody).series);
  const before = await read();
  t.equal(
    before.mean.find((mean) => mean !== null),
    0.4,
  );
  t.equal(await metrics.sweep(), 1);
  t.same(await sql`SELECT count(*) FROM metric_rollup`, [{ count: 1 }]);
  t.same(await read(), before);
  t.same((await api.get(`${url()}/series?from=2026-11-20T00:00:00Z`)).body, {
    items: [
      {
        series: busy,
        metric: busy,
        instance: '',
        unit: '1',
        description: findMetric(busy)?.description,
      },
    ],
  });
  t.match((await api.get(`${url()}/series?from=2026-11-22T01:00:00Z`)).body, { items: [] });
});

t.test('a partition that somebody else dropped is made again', async (t) => {
  const { send, sql, sessions } = await openMetrics(t);
  await send(0, 1, encode(NOON, { [busy]: flat(0.1, 1) }));
  await sql`DROP TABLE metric_chunk_p20261122`;
  await send(0, 2, encode(NOON, { [busy]: flat(0.2, 1) }));
  t.match(first(sessions).sent.at(-1), { type: 'ack', seqs: [2] });
  t.same(await sql`SELECT seq FROM metric_chunk`, [{ seq: 2 }]);
});

t.test('who looks at now can wait for the device', async (t) => {
  const { send, api, url, sessions, connections, handlers } = await openMetrics(t);
  const session = first(sessions);
  const now = 'from=2026-11-22T11:00:00Z&to=2026-11-22T12:30:00Z&fresh=true';
  t.match(await api.get(`${url()}?${now}`), { status: 200 }, 'an offline device is not waited for');
  connections.add(session);
  const answers = [api.get(`${url()}?${now}`), api.get(`${url()}?${now}`)];
  await session.next('metrics.get');
  await send(0, 1, encode(NOON - 5 * HOUR, { [busy]: flat(0.1) }));
  await send(0, 2, encode(NOON - HOUR, { [busy]: flat(0.2) }));
  for (const answer of answers)
    t.match(
      (await answer).body,
      { series: [{ series: busy, mean: flat(0.2) }] },
      'the newest chunk is in the answer',
    );
  t.match(await api.get(`${url()}?${now}`), { status: 200 }, 'asked just now, it is not asked again');
  t.equal(session.sent.filter(({ type }) => type === 'metrics.get').length, 1);

  const gone = first(sessions, 1);
  connections.add(gone);
  const waiting = api.get(`${url(1)}?${now}`);
  await gone.next('metrics.get');
  connections.remove(gone);
  handlers.closed(gone, 'closed');
  t.match(await waiting, { status: 200, body: { series: [] } }, 'a device that leaves is not waited for');
});

t.test('connected devices are ranked from memory', async (t) => {
  const { api, refs, connections, sessions, handlers, statements } = await openMetrics(t, 40);
  const cpu = (place: number) => (place === 7 ? null : ((place * 17) % 40) / 100);
  for (const [place, session] of sessions.entries()) {
    if (place !== 3) connections.add(session);
    const beat = { inventoryDigest: new Uint8Array(8), uptimeS: place, outboxDepth: 0, dropped: 0 };
    const ratios = { memoryUsedRatio: 0.5, swapUsedRatio: null, diskUsedRatio: place / 100, loadPerCpu: 1 };
    handlers.heartbeat(session, { ...beat, ...ratios, cpuUsedRatio: cpu(place) });
  }
  interface TopBody {
    online: number;
    items: { id: string; hostname: string; cpuUsedRatio: number | null; diskUsedRatio: number }[];
  }
  const top = async (query: string) => (await api.get(`/api/v1/top?${query}`)).body as TopBody;
  const before = statements();
  const busiest = await top('sort=cpu&limit=500');
  t.equal(statements() - before, 1, 'the names');
  t.equal(busiest.online, 39, 'one is offline');
  const placeOf = (id: string) => refs.findIndex(({ deviceId }) => deviceId === id);
  t.same(
    busiest.items.map(({ id }) => placeOf(id)),
    refs
      .map((_, place) => place)
      .filter((place) => place !== 3)
      .toSorted((a, b) => (cpu(b) ?? -1) - (cpu(a) ?? -1) || a - b),
    'highest first, no data last',
  );
  t.match((await top('sort=disk&limit=2')).items, [{ hostname: 'host-39' }, { hostname: 'host-38' }]);
  t.match((await top('sort=name&limit=3')).items, [
    { hostname: 'host-0' },
    { hostname: 'host-1' },
    { hostname: 'host-10' },
  ]);
  t.same((await api.get('/api/v1/top', 2)).body, { at: new Date(NOON).toISOString(), online: 0, items: [] });
  t.match(await api.get('/api/v1/top?sort=color'), { status: 400, body: { code: 'E_VALIDATION' } });
});

t.test('a hostile chunk harms nobody else', async (t) => {
  const { send, api, url, sql, metrics, clock } = await openMetrics(t);
  const good = encode(NOON - DAY, { [busy]: flat(0.1) });
  await send(0, 1, good);
  await send(1, 1, good);
  // Right on the outside, wrong within: only who owns the device can make it.
  await sql`UPDATE metric_chunk SET chunk = decode('00', 'hex') WHERE idx = 1`;
  t.match(await api.get(`${url(1)}?from=2026-11-21T00:00:00Z`), { status: 200, body: { series: [] } });
  t.match(await api.get(`${url(1)}/series`), { status: 200, body: { items: [] } });
  clock.nowMs = NOON + DAY;
  t.equal(await metrics.sweep(), 2);
  t.same(await sql`SELECT idx FROM metric_rollup`, [{ idx: 0 }]);
});

t.test('viewers share a stream', async (t) => {
  const clock = createTestClock();
  const connections = createTestConnections();
  const live = createLiveStreams({ connections, clock });
  const device = { tenant: 1, idx: 0, deviceId: 'dev' };
  const session = createTestSession(device);
  const look = (everyMs: number) => {
    const seen: string[] = [];
    const end = live.watch(device, {
      everyMs,
      sample: ({ at }) => void seen.push(at),
      online: (isOnline) => void seen.push(isOnline ? 'online' : 'offline'),
    });
    return { seen, end };
  };
  const slow = look(5_000);
  t.same(slow.seen, ['offline'], 'a device that is away says so');
  connections.add(session);
  live.opened(session);
  t.match(session.sent, [{ type: 'live.start', id: 1, everyMs: 5_000, untilMs: 300_000 }]);
  const fast = look(1_000);
  t.match(
    session.sent.at(-1),
    { type: 'live.start', id: 1, everyMs: 1_000 },
    'the fastest viewer sets the pace',
  );
  const sample = (at: string, id = 1) =>
    live.sample(session, { type: 'live.sample', id, at, values: [{ series: busy, value: 0.5 }] });
  for (const second of ['1', '2', '3', '4', '5', '6']) {
    sample(second);
    await clock.advance(1_000);
  }
  sample('stray', 99);
  t.same(fast.seen, ['online', '1', '2', '3', '4', '5', '6']);
  t.same(slow.seen, ['offline', 'online', '1', '5'], 'a slower one gets fewer');
  await clock.advance(240_000);
  t.match(session.sent.at(-1), { type: 'live.start', id: 1 }, 'it is asked for again before it ends');
  fast.end();
  t.match(session.sent.at(-1), { type: 'live.start', everyMs: 5_000 }, 'and slows down');
  live.closed(session);
  t.equal(slow.seen.at(-1), 'offline');
  const again = createTestSession(device);
  live.opened(again);
  live.closed(session);
  t.equal(slow.seen.at(-1), 'online', 'the late end of a replaced session changes nothing');
  t.match(again.sent, [{ type: 'live.start', everyMs: 5_000 }]);
  slow.end();
  slow.end();
  t.match(again.sent.at(-1), { type: 'live.stop' }, 'nobody looks any more');
  t.equal(live.count(), 0);
  t.equal(clock.pending(), 0, 'and no timer is left');
});

t.test('the live stream over HTTP', async (t) => {
  const { api, url, connections, sessions, handlers } = await openMetrics(t);
  const session = first(sessions);
  connections.add(session);
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const abort = new AbortController();
  const watch = (signal: AbortSignal) =>
    fetch(`${address}${url()}/live?everyMs=1000`, { headers: { 'x-tenant': '1' }, signal });
  const response = await watch(abort.signal);
  t.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const { id } = await session.next('live.start');
  const other = new AbortController();
  const second = await watch(other.signal);
  await handlers.message('live.sample')?.(session, {
    type: 'live.sample',
    id,
    at: '2026-11-22T12:00:00.000Z',
    values: [{ series: busy, value: 0.25 }],
  } as never);
  for (const { body } of [response, second]) {
    let text = '';
    const reader = body?.getReader();
    while (!text.includes('event: sample'))
      text += Buffer.from((await reader?.read())?.value ?? []).toString();
    t.match(
      text,
      /event: state\ndata: \{"online":true\}\n\nevent: sample\ndata: \{"at":"2026-11-22T12:00:00\.000Z","values":\{"system\.cpu\.busy":0\.25\}\}/,
    );
  }
  t.equal(session.sent.filter(({ type }) => type === 'live.start').length, 1, 'one stream for both');
  other.abort();
  abort.abort();
  await session.next('live.stop');
  connections.remove(session);
  t.match(await api.get(`${url()}/live`), { status: 503, body: { code: 'E_DEVICE_OFFLINE' } }, 'offline');
  t.match(await api.get(`${url()}/live?everyMs=10`), { status: 400 });
  t.match(await api.get(`${url()}/latest`), { status: 404, body: { code: 'E_NOT_FOUND' } });
});
