// Proves presence over time against a real database: samples at the clock's moments, counted within what one may see, swept, with gaps.
import { deflateRawSync } from 'node:zlib';
import { compileExpression } from '@muster/protocol/language';
import fc from 'fast-check';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { timestamps } from '../../core/db/columns.ts';
import { createPool } from '../../core/db/pool.ts';
import { createHttp } from '../../core/http/server.ts';
import type { Fenced } from '../../core/lease.ts';
import { silentLog } from '../../core/log.ts';
import { createTestClock } from '../../core/testing/clock.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { makePrincipal } from '../../core/testing/principal.ts';
import { until } from '../../core/testing/until.ts';
import { fail } from '../../errors.ts';
import { createFleetRows } from '../devices/index.ts';
import { createFleet } from '../fleet/index.ts';
import { addDevices, createTenants } from '../inventory/testing/fleet.ts';
import { createPresence } from './index.ts';
import { MAX_SET_BYTES, MAX_WAITING_READS } from './limits.ts';
import { createReader } from './read.ts';
import { countSet, countShared, packSet, unpackSet } from './sets.ts';

const HOUR_MS = 3_600_000;
const QUARTER_MS = HOUR_MS / 4;
const DAY_MS = 24 * HOUR_MS;
const NOON_MS = Date.UTC(2026, 5, 10, 12);

interface Sample {
  readonly at: string;
  readonly online: number | null;
  readonly offline: number | null;
  readonly missing: number | null;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly code?: string; readonly everyMs: number; readonly samples: readonly Sample[] };
}

/** A database with devices, the index over them, and the feature; the clock stands a while after noon. */
async function openPresence(t: Test, devices: number, startMs = NOON_MS + 90_000) {
  const { sql, address, statements } = await openTestDatabase(t, { max: 8 });
  // Looks of the test are not counted with the statements of the feature.
  const looks = createPool({ address, max: 1 });
  t.teardown(() => looks.close(1_000));
  await createTenants(sql, [1, 2]);
  const refs = [...(await addDevices(sql, 1, devices)), ...(await addDevices(sql, 2, 3))];
  const clock = createTestClock(startMs);
  const wall = { ...systemClock, now: clock.now };
  const source = { ...createFleetRows(sql), facts: async () => new Map() };
  const fleet = createFleet({ source, clock: wall, log: silentLog });
  t.teardown(() => fleet.stop());
  fleet.start();
  await until('the index is built', () => fleet.isReady());
  const warned: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warned.push(line) });
  function make(fenced?: Fenced) {
    const presence = createPresence({
      ...{ sql, clock, log, tenant: 1, fleet },
      ...(fenced === undefined ? {} : { fenced }),
    });
    t.teardown(() => presence.stop());
    return presence;
  }
  const presence = make();
  const permissions = ['devices.read'];
  const { app } = await createHttp({
    scopes: { ...fleet.scopes, find: async () => ({ idx: 0 }) },
    log: silentLog,
    tls: undefined,
    permissions: new Set(permissions),
    authenticate: async ({ headers: { where } }) => {
      const all = makePrincipal(permissions);
      return typeof where === 'string'
        ? { ...all, grants: all.grants.map((grant) => ({ ...grant, where })) }
        : all;
    },
    now: clock.now,
  });
  presence.serve(app);
  await app.ready();
  t.teardown(() => app.close());

  async function change(at: number, columns: Readonly<Record<string, unknown>>): Promise<void> {
    const { idx = -1, deviceId = '' } = refs[at] ?? {};
    await sql`UPDATE device SET ${sql(columns)} WHERE id = ${deviceId}`;
    fleet.note('device', 1, idx);
  }
  async function ask(query = '', where?: string): Promise<Answer> {
    const headers = where === undefined ? {} : { where };
    const answer = await app.inject({ url: `/api/v1/devices/presence${query}`, headers });
    return { status: answer.statusCode, body: answer.json() };
  }
  const rows = () => sql<{ at: Date; online: number }[]>`SELECT at, online FROM presence_sample ORDER BY at`;
  /** Moves the clock to the next moment and waits for its sample. */
  async function sampleNext(): Promise<void> {
    await clock.advance(QUARTER_MS - (clock.now() % QUARTER_MS));
    const at = new Date(clock.now());
    const find = () => looks.sql`SELECT 1 FROM presence_sample WHERE tenant = 1 AND at = ${at}`;
    await until('the sample is stored', async () => (await find()).length > 0);
    await until('the next is waited for', () => clock.pending() > 0);
  }
  return { sql, statements, clock, warned, make, presence, change, ask, rows, sampleNext };
}

const label = (env: string) => `label("env") == "${env}"`;
const plain = ({ online, offline, missing }: Sample) => [online, offline, missing];
const lastOf = ({ body }: Answer) =>
  plain(body.samples.at(-1) ?? { at: '', online: -1, offline: -1, missing: -1 });

t.test('each quarter of an hour there is a sample, and who reads it counts what he may see', async (t) => {
  const { presence, change, ask, rows, sampleNext, sql, clock, warned, statements } = await openPresence(
    t,
    40,
  );
  const online = { online: true, last_seen_at: new Date(NOON_MS - HOUR_MS) };
  await change(0, online);
  await change(1, online);
  await change(2, { last_seen_at: new Date(NOON_MS - DAY_MS) });
  await change(3, { last_seen_at: new Date(NOON_MS - 40 * DAY_MS) });
  await change(4, { state: 'retired', last_seen_at: new Date(NOON_MS - DAY_MS) });
  await sql`UPDATE device SET labels = '{"env":"prod"}' WHERE tenant = 1 AND idx IN (0, 2)`;
  for (const at of [0, 2]) await change(at, { platform: 'linux' });
  presence.start();
  t.same(await rows(), [], 'noon has passed too long ago');
  const before = statements();
  await sampleNext();
  t.ok(statements() - before < 12, 'a sample is one statement, whatever the number of devices');
  t.same(
    (await rows()).map(({ at }) => at.getTime()),
    [NOON_MS + QUARTER_MS],
  );

  t.same(lastOf(await ask()), [2, 1, 1], 'who never connected, or is retired, is in none');
  t.same(lastOf(await ask('', label('prod'))), [1, 1, 0], 'a limited reader counts his devices');
  t.same(lastOf(await ask(`?on=${encodeURIComponent(label('prod'))}`)), [1, 1, 0]);
  t.same(lastOf(await ask('', label('nobody'))), [0, 0, 0]);
  t.same(
    lastOf(await ask(`?on=${encodeURIComponent('presence == "missing"')}`, label('prod'))),
    [0, 0, 0],
    'an expression finds nothing outside of his limits',
  );
  t.match(await ask('?on=nonsense+is'), { status: 400, body: { code: 'E_EXPRESSION' } });
  t.same(lastOf(await ask('', 'id != ""')), [2, 1, 1], 'the sets say what the counts say');

  await change(1, { online: false, last_seen_at: new Date(clock.now()) });
  await sampleNext();
  t.same(lastOf(await ask()), [1, 2, 1]);

  await sql`ALTER TABLE presence_sample RENAME TO away`;
  await until('it gives the moment up', async () => {
    // While it is being stored nothing waits, and time stands: else it would run past the next moment.
    if (clock.pending() > 0) await clock.advance(10_000);
    return warned.length > 0;
  });
  t.match(warned[0], /presence was not sampled/);
  t.equal(warned.length, 1, 'once, however often it was tried');
  await sql`ALTER TABLE away RENAME TO presence_sample`;
  await until('the next is waited for', () => clock.pending() > 0);
  await sampleNext();
  const { body } = await ask();
  t.equal(body.everyMs, QUARTER_MS);
  t.equal(body.samples.length, 97);
  t.same(
    body.samples.slice(-4).map((sample) => [sample.at, ...plain(sample)]),
    [
      ['2026-06-10T12:15:00.000Z', 2, 1, 1],
      ['2026-06-10T12:30:00.000Z', 1, 2, 1],
      ['2026-06-10T12:45:00.000Z', null, null, null],
      ['2026-06-10T13:00:00.000Z', 1, 2, 1],
    ],
    'a moment without a sample is a gap',
  );
  const limited = (await ask('', label('prod'))).body.samples;
  t.same(limited.slice(-2).map(plain), [
    [null, null, null],
    [1, 1, 0],
  ]);

  const month = await ask('?range=30d');
  t.match(month.body, { everyMs: 3 * HOUR_MS });
  t.same(
    month.body.samples.slice(-1).map(({ at }) => at),
    ['2026-06-10T12:15:00.000Z'],
    'of three hours the first sample stands for all',
  );
  await presence.stop();
  await clock.advance(QUARTER_MS + 60_000);
  t.equal((await ask()).body.samples.at(-1)?.at, '2026-06-10T13:00:00.000Z', 'a moment to come is no gap');
});

t.test('who takes over takes no second sample of a moment, nor one that is not his any more', async (t) => {
  const { make, presence, change, rows, clock, warned } = await openPresence(t, 5, NOON_MS + 10_000);
  presence.start();
  await until('noon is sampled', async () => (await rows()).length === 1);
  await presence.stop();
  await change(0, { online: true });
  const next = make();
  next.start();
  await until('he waits for the next moment', () => clock.pending() > 0);
  t.same(await rows(), [{ at: new Date(NOON_MS), online: 0 }], 'noon is as the one before has seen it');
  const former = make(async () => {
    throw fail('E_FENCED_OUT');
  });
  former.start();
  await next.stop();
  await clock.advance(QUARTER_MS);
  await former.stop();
  t.equal((await rows()).length, 1, 'a former controller stores nothing');
  t.same(warned, [], 'and there is nothing to complain about');
});

t.test('samples thin out with age, and each stretch keeps its first', async (t) => {
  const { presence, rows, sampleNext, sql, ask } = await openPresence(t, 5);
  const nextMs = NOON_MS + QUARTER_MS;
  const lost = NOON_MS - 30 * DAY_MS;
  const all = Array.from({ length: 100 * 96 }, (_, back) => nextMs - (back + 1) * QUARTER_MS)
    // The server was away at one of the moments that would have stayed.
    .filter((at) => at !== lost);
  const set = await packSet(new Uint8Array(0));
  await sql`INSERT INTO presence_sample
    SELECT 1, at, 7, 8, 9, ${set}, ${set}, ${set} FROM unnest(${timestamps(
      sql,
      all.map((at) => new Date(at)),
    )}) AS at`;
  await sql`INSERT INTO presence_sample SELECT 2, at, online, offline, missing, online_set, offline_set, missing_set
    FROM presence_sample WHERE at < ${new Date(nextMs - 95 * DAY_MS)}`;
  const foreign = async () => (await sql`SELECT 1 FROM presence_sample WHERE tenant = 2`).length;
  const others = await foreign();
  presence.start();
  await sampleNext();
  const firstOf = new Map<number, number>();
  for (const at of all.toReversed()) {
    const stretch = Math.floor(at / (3 * HOUR_MS));
    if (!firstOf.has(stretch)) firstOf.set(stretch, at);
  }
  const kept = [nextMs, ...all]
    .filter(
      (at) =>
        at >= nextMs - 2 * DAY_MS ||
        (at >= nextMs - 90 * DAY_MS && firstOf.get(Math.floor(at / (3 * HOUR_MS))) === at),
    )
    .toSorted((a, b) => a - b);
  const own = (await rows()).length - others;
  t.equal(own, kept.length);
  const found = await sql<{ at: Date }[]>`SELECT at FROM presence_sample WHERE tenant = 1 ORDER BY at`;
  t.same(
    found.map(({ at }) => at.getTime()),
    kept,
  );
  t.ok(kept.includes(lost + QUARTER_MS), 'where the first was missing, the next stays');
  t.equal(await foreign(), others, 'of this organization only');
  const month = await ask('?range=30d');
  t.equal(month.body.samples.length, 241);
  t.same(
    month.body.samples.filter(({ online }) => online === null),
    [],
    'and the course of a month is whole',
  );
});

t.test('a packed set says the same, and what two sets share is counted exactly', async () => {
  const devices = fc.uniqueArray(fc.nat({ max: 3_000 }), { maxLength: 400 });
  const toSet = (list: readonly number[]) => {
    const set = new Uint8Array(Math.ceil((Math.max(-1, ...list) + 1) / 8));
    for (const idx of list) set[idx >> 3] = (set[idx >> 3] ?? 0) | (1 << (idx & 7));
    return set;
  };
  await fc.assert(
    fc.asyncProperty(devices, devices, async (some, others) => {
      const set = await unpackSet(await packSet(toSet(some)));
      const both = some.filter((idx) => others.includes(idx)).length;
      return countSet(set) === some.length && countShared(set, toSet(others)) === both;
    }),
    { numRuns: 200 },
  );
});

t.test(
  'what is larger than a set may be is cut before it is packed, and refused when it is inflated',
  async (t) => {
    const set = new Uint8Array(MAX_SET_BYTES + 1).fill(255);
    t.equal((await unpackSet(await packSet(set))).length, MAX_SET_BYTES);
    await t.rejects(unpackSet(deflateRawSync(set)), { code: 'ERR_BUFFER_TOO_LARGE' });
  },
);

t.test(
  'so many reads wait for one whose sets are inflated; more are refused, and then taken again',
  async (t) => {
    const { sql } = await openTestDatabase(t, { max: 2 });
    let open: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      open = resolve;
    });
    const sets = async () => {
      await held;
      return [new Uint8Array(0)];
    };
    const read = createReader({ sql, clock: createTestClock(NOON_MS), fleet: { sets } });
    const on = compileExpression(label('prod'), { for: 'server' });
    const wish = { tenant: 1, within: null, on, range: '24h' } as const;
    const waiting = Array.from({ length: MAX_WAITING_READS }, () => read(wish));
    for (const _ of [1, 2]) await t.rejects(read(wish), { code: 'E_BUSY' });
    t.match(await read({ ...wish, on: null }), { everyMs: QUARTER_MS }, 'who may see all waits for nobody');
    open();
    t.equal((await Promise.all(waiting)).length, MAX_WAITING_READS);
    t.match(await read(wish), { everyMs: QUARTER_MS });
  },
);
