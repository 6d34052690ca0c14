// The database as features see it: types both ways, statement counts, and what an outage looks like from inside.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql as text } from 'drizzle-orm';
import { integer, jsonb, pgTable, timestamp } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { fail } from '../../errors.ts';
import { signalProcess } from '../../platform/process.ts';
import { createBatchWriter } from '../batch-writer.ts';
import { sleep, systemClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { createTestClock } from '../testing/clock.ts';
import { openTestDatabase } from '../testing/database.ts';
import { until } from '../testing/until.ts';
import { formatAddress, parseAddress, withDatabase } from './address.ts';
import * as columns from './columns.ts';
import { type Database, openDatabase } from './database.ts';
import { classifyFailure, codeOf, isConflict, mapDatabaseError, withMappedErrors } from './failures.ts';
import { createHealth } from './health.ts';
import { createPool, openConnection, openSingle } from './pool.ts';
import { readPidFile } from './postmaster.ts';
import { inTransaction } from './transaction.ts';

const { booleans, byteas, cleanText, float8s, int2s, int4s, int8s, jsonbs, texts, timestamps } = columns;

t.test('typed arrays', async (t) => {
  const { sql } = await openTestDatabase(t, { content: 'empty' });

  await t.test('go in and come out unchanged, null, empty and hostile ones too', async (t) => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('NULL', '{', '"', '\\', 'a,b', "'", '\\x00', ''),
    );
    const row = fc.record({
      small: fc.option(fc.integer({ min: -32_768, max: 32_767 })),
      int: fc.option(fc.integer()),
      big: fc.option(fc.maxSafeInteger()),
      real: fc.option(fc.double({ noNaN: true })),
      flag: fc.option(fc.boolean()),
      words: fc.option(hostile.map(cleanText)),
      bytes: fc.option(fc.uint8Array({ maxLength: 40 })),
      at: fc.option(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-01-01'), noInvalidDate: true }),
      ),
      doc: fc.option(
        fc
          .dictionary(fc.string(), fc.oneof(fc.integer(), hostile.map(cleanText), fc.constant(null)))
          .map(cleanDocument),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
        const found = await sql`
          SELECT * FROM unnest(
            ${int2s(
              sql,
              rows.map((r) => r.small),
            )}, ${int4s(
              sql,
              rows.map((r) => r.int),
            )},
            ${int8s(
              sql,
              rows.map((r) => r.big),
            )}, ${float8s(
              sql,
              rows.map((r) => r.real),
            )},
            ${booleans(
              sql,
              rows.map((r) => r.flag),
            )}, ${texts(
              sql,
              rows.map((r) => r.words),
            )},
            ${byteas(
              sql,
              rows.map((r) => r.bytes),
            )}, ${timestamps(
              sql,
              rows.map((r) => r.at),
            )},
            ${jsonbs(
              sql,
              rows.map((r) => r.doc),
            )}
          ) AS r(small, int, big, real, flag, words, bytes, at, doc)`;
        const expected = rows.map((r) => ({ ...r, bytes: r.bytes && Buffer.from(r.bytes) }));
        t.same(
          [...found].map((r) => ({ ...r })),
          expected,
        );
      }),
      { numRuns: 60 },
    );
  });

  await t.test('work as the very first query of a connection and inside a transaction', async (t) => {
    const result = await inTransaction(
      sql,
      (tx) => tx`SELECT unnest(${byteas(tx, [Uint8Array.of(0, 255)])}) AS b`,
    );
    t.same(result[0]?.b, Buffer.from([0, 255]));
  });

  await t.test('come back as arrays, bytes among them', async (t) => {
    const [row] = await sql`
      SELECT ${byteas(sql, [Uint8Array.of(1), null, new Uint8Array()])} AS bytes, '{}'::bytea[] AS none,
        ${int4s(sql, [1, null])} AS ints, count(*) AS n, ${2n ** 40n} AS big FROM generate_series(1, 3)`;
    t.strictSame(
      { ...row },
      {
        bytes: [Buffer.from([1]), null, Buffer.alloc(0)],
        none: [],
        ints: [1, null],
        n: 3,
        big: 2 ** 40,
      },
    );
  });

  await t.test('an int8 beyond 2^53 fails instead of being rounded', async (t) => {
    await t.rejects(sql`SELECT 9007199254740993 AS n`, RangeError);
    t.same((await sql`SELECT 1 AS n`)[0]?.n, 1, 'and the connection goes on');
  });
});

/** Keys and values that PostgreSQL's jsonb keeps: no U+0000, no halves of pairs, no "__proto__". */
function cleanDocument(document: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(document).flatMap(([key, value]) =>
      key === '__proto__' ? [] : [[cleanText(key), value]],
    ),
  );
}

t.test(
  'both clients see the same rows, each with its own types, and every statement is counted',
  async (t) => {
    const { sql, db, statements } = await openTestDatabase(t, { content: 'empty' });
    await sql`CREATE TABLE thing (id int, at timestamptz, doc jsonb)`;
    const thing = pgTable('thing', { id: integer(), at: timestamp({ withTimezone: true }), doc: jsonb() });
    const at = new Date('2026-03-29T01:30:00.123Z');
    await db.insert(thing).values([{ id: 1, at, doc: { a: [1, 'x'] } }]);
    await sql`INSERT INTO thing SELECT * FROM unnest(${int4s(sql, [2])}, ${timestamps(sql, [at])}, ${jsonbs(sql, [{ a: 2 }])})`;
    t.strictSame(await db.select().from(thing).orderBy(thing.id), [
      { id: 1, at, doc: { a: [1, 'x'] } },
      { id: 2, at, doc: { a: 2 } },
    ]);
    t.strictSame(
      [...(await sql`SELECT at, doc FROM thing ORDER BY id`)].map((row) => ({ ...row })),
      [
        { at, doc: { a: [1, 'x'] } },
        { at, doc: { a: 2 } },
      ],
    );
    const before = statements();
    await sleep(systemClock, 20);
    t.equal(statements(), before, 'an idle pool sends nothing');
    await sql`SELECT 1`;
    await db.execute(text`SELECT 1`);
    t.equal(statements() - before, 2);
    await inTransaction(sql, async (tx) => {
      await tx`SELECT 1`;
      await tx`SELECT 2`;
    });
    t.equal(statements() - before, 6, 'begin and commit are statements too');
  },
);

t.test('failures are told apart', async (t) => {
  const { sql, db, address } = await openTestDatabase(t, { content: 'empty' });
  await sql`CREATE TABLE once (id int CONSTRAINT once_id PRIMARY KEY)`;
  await sql`INSERT INTO once VALUES (1)`;
  const doubled = await sql`INSERT INTO once VALUES (1)`.catch((error: unknown) => error);
  t.ok(isConflict(doubled, 'once_id'));
  t.notOk(isConflict(doubled, 'other'));
  t.equal(classifyFailure(doubled), 'fault');
  t.equal(mapDatabaseError(doubled), doubled, 'a fault comes back as it was');
  const refused = fail('E_UNAVAILABLE', { detail: 'The database does not answer.' });
  const held = new Error('Failed query: select 1', { cause: refused });
  t.equal(mapDatabaseError(held), refused, 'what refused a query before it was sent, as drizzle wraps it');
  t.equal(classifyFailure(held), 'gone');
  const wrapped = await db.execute(text`INSERT INTO once VALUES (1)`).catch((error: unknown) => error);
  t.ok(isConflict(wrapped, 'once_id'), 'through drizzle too');
  const timedOut = await inTransaction(sql, async (tx) => {
    await tx`SET LOCAL statement_timeout = 5`;
    await tx`SELECT pg_sleep(10)`;
  }).catch((error: unknown) => error);
  t.equal(classifyFailure(timedOut), 'busy');
  const nowhere = createPool({
    address: { kind: 'socket', folder: '/nonexistent', port: 1, user: 'x', database: 'x' },
  });
  t.teardown(() => nowhere.close(0));
  await t.rejects(
    withMappedErrors(() => nowhere.sql`SELECT 1`),
    { code: 'E_UNAVAILABLE', retryable: true },
  );
  await t.rejects(
    withMappedErrors(() => nowhere.db.execute(text`SELECT 1`)),
    { code: 'E_UNAVAILABLE' },
  );
  const killed = openSingle(address);
  t.teardown(() => killed.end({ timeout: 0 }));
  const [row] = await killed`SELECT pg_backend_pid() AS pid`;
  const dying = killed`SELECT pg_sleep(60)`.catch((error: unknown) => error);
  await sql`SELECT pg_terminate_backend(${row?.pid})`;
  t.equal(classifyFailure(await dying), 'gone');
  for (const other of [new Error('x'), 'text', undefined]) t.equal(classifyFailure(other), 'fault');
  const all = new AggregateError([Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })]);
  t.equal(codeOf(all), 'ECONNREFUSED', 'a name with several addresses');
});

t.test('addresses survive the way through an environment variable', (t) => {
  const socket = {
    kind: 'socket',
    folder: '/a b/ü?#%',
    port: 5432,
    user: 'muster',
    database: 'x_1',
  } as const;
  t.strictSame(parseAddress(formatAddress(socket)), socket);
  t.strictSame(withDatabase(socket, 'y'), { ...socket, database: 'y' });
  const url = parseAddress('postgres://me:p%40ss@db.example:6543/first?sslmode=require');
  t.strictSame(withDatabase(url, 'second'), {
    kind: 'url',
    url: 'postgres://me:p%40ss@db.example:6543/second?sslmode=require',
  });
  t.strictSame(parseAddress(formatAddress(url)), url);
  t.end();
});

t.test('health notices silence, cuts the sockets once it lasts, and sees the return', async (t) => {
  const { address } = await openTestDatabase(t, { content: 'empty' });
  const clock = createTestClock();
  let isUp = true;
  let cuts = 0;
  const gone = { kind: 'socket', folder: '/nonexistent', port: 1, user: 'x', database: 'x' } as const;
  const health = createHealth({
    clock,
    open: () => openConnection(isUp ? address : gone),
    giveUp: () => {
      cuts += 1;
    },
  });
  t.teardown(() => health.stop());
  const seen: string[] = [];
  const forget = health.onChange((state) => seen.push(state));
  t.equal(health.state(), 'unavailable', 'until the first answer');
  await health.start();
  t.equal(health.state(), 'available');
  isUp = false;
  await health.stop();
  await health.start();
  for (let second = 0; second < 30; second += 1) await advanceFor(clock, 1_000);
  t.equal(health.state(), 'unavailable');
  t.equal(cuts, 1);
  isUp = true;
  let pauseMs = 25;
  await until('the return is seen', async () => {
    await advanceFor(clock, 2_000);
    // The clock of the test stands while a real connection is made: its deadline must not pass before a busy machine gets there.
    await sleep(systemClock, pauseMs);
    pauseMs *= 2;
    return health.state() === 'available';
  });
  t.strictSame(seen, ['available', 'unavailable', 'available']);
  forget();
});

t.test('a peer that takes connections and says nothing is asked on one at a time', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-data-'));
  const open = new Set<Socket>();
  let arrived = 0;
  const silent = createServer((socket) => {
    arrived += 1;
    open.add(socket);
    socket.resume().on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => silent.listen(join(folder, '.s.PGSQL.1'), resolve));
  t.teardown(async () => {
    for (const socket of open) socket.destroy();
    silent.close();
    await rm(folder, { recursive: true, force: true });
  });
  const clock = createTestClock();
  const address = { kind: 'socket', folder, port: 1, user: 'x', database: 'x' } as const;
  const health = createHealth({ clock, open: () => openConnection(address), giveUp: () => undefined });
  const started = health.start();
  for (let probes = 0; probes < 5; probes += 1) {
    while (arrived <= probes) await sleep(systemClock, 5);
    await advanceFor(clock, 2_500);
  }
  await started;
  t.equal(health.state(), 'unavailable');
  // The clock stands: no further one comes while what was cut is closed at this end.
  await until(`one of ${arrived} connections is open at most`, () => open.size <= 1);
  const stopped = health.stop();
  await advanceFor(clock, 5_000);
  await stopped;
  while (open.size > 0) await sleep(systemClock, 5);
  t.pass('none is left');
});

/** Moves the clock while real sockets answer. */
async function advanceFor(clock: ReturnType<typeof createTestClock>, ms: number): Promise<void> {
  for (let done = 0; done < ms; done += 250) {
    await clock.advance(250);
    await sleep(systemClock, 5);
  }
}

t.test('an outage of the embedded database', async (t) => {
  const { database, dataDir } = await openReal(t);
  const { sql } = database;
  await sql`CREATE TABLE kept (id int PRIMARY KEY)`;
  const writer = createBatchWriter<number>({
    name: 'kept',
    clock: systemClock,
    maxQueued: 10_000,
    flush: (ids) => sql`INSERT INTO kept SELECT unnest(${int4s(sql, ids)}) ON CONFLICT DO NOTHING`,
  });
  t.teardown(() => writer.stop());

  await t.test('is found on the second start with all that was committed', async (t) => {
    await sql`INSERT INTO kept VALUES (-1)`;
    t.equal(database.health.state(), 'available');
    await t.rejects(openDatabase({ dataDir, databaseUrl: undefined, clock: systemClock, log: silentLog }), {
      code: 'E_DATA_LOCKED',
    });
  });

  await t.test('frozen: rows wait and are stored when it thaws', async (t) => {
    const frozen = await freeze(dataDir);
    const writes = Array.from({ length: 3_000 }, (_, id) => writer.write(id));
    await sleep(systemClock, 200);
    t.equal(writer.size(), 3_000);
    for (const pid of frozen) signalProcess(pid, 'SIGCONT');
    await Promise.all(writes);
    t.equal((await sql`SELECT count(*) AS n FROM kept WHERE id >= 0`)[0]?.n, 3_000);
  });

  await t.test(
    'killed: health says so, rows wait, everything acknowledged is there afterwards',
    async (t) => {
      const changes: string[] = [];
      const forget = database.health.onChange((state) => changes.push(state));
      const acknowledged: number[] = [];
      const write = async (id: number) => {
        await writer.write(id);
        acknowledged.push(id);
      };
      const first = Array.from({ length: 500 }, (_, id) => write(10_000 + id));
      const postmaster = await readPidFile(join(dataDir, 'postgres', 'data'));
      signalProcess(postmaster?.pid ?? 0, 'SIGKILL');
      database.health.suspect();
      const second = Array.from({ length: 2_500 }, (_, id) => write(20_000 + id));
      await Promise.all([...first, ...second]);
      t.equal(acknowledged.length, 3_000);
      // A probe from before may still be counted as one that failed.
      while (database.health.state() !== 'available') await sleep(systemClock, 20);
      t.equal((await sql`SELECT count(*) AS n FROM kept WHERE id >= 10000`)[0]?.n, 3_000);
      forget();
      t.strictSame(
        changes.filter((state, index) => state === changes[index - 1]),
        [],
        'changes alternate',
      );
    },
  );
});

async function openReal(t: Test): Promise<{ database: Database; dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-data-'));
  await chmod(dataDir, 0o755);
  const database = await openDatabase({
    dataDir,
    databaseUrl: undefined,
    clock: systemClock,
    log: silentLog,
  });
  t.teardown(async () => {
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { database, dataDir };
}

/** Stops the postmaster, which makes no more children then, and all that it has; the list misses some while one of them ends. */
async function freeze(dataDir: string): Promise<number[]> {
  const pid = (await readPidFile(join(dataDir, 'postgres', 'data')))?.pid ?? 0;
  signalProcess(pid, 'SIGSTOP');
  const frozen = new Set([pid]);
  for (let before = 0; before !== frozen.size; ) {
    before = frozen.size;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.split(' ').map(Number).filter(Boolean)) {
      signalProcess(child, 'SIGSTOP');
      frozen.add(child);
    }
  }
  return [...frozen];
}

t.test(
  'a database of the admin is used, locked per data folder, and refused when it will not do',
  async (t) => {
    const { address } = await openTestDatabase(t, { content: 'empty' });
    const folder = t.testdir({ migrations: { '0001_one.sql': 'CREATE TABLE one (a int)' } });
    const options = {
      dataDir: join(folder, 'data'),
      clock: systemClock,
      log: silentLog,
      migrationsFolder: join(folder, 'migrations'),
    };
    const url = address.kind === 'url' ? address.url : toUrl(address);
    const database = await openDatabase({ ...options, databaseUrl: url });
    t.equal((await database.sql`SELECT FROM one`).length, 0);
    await t.rejects(openDatabase({ ...options, databaseUrl: url }), { code: 'E_DATA_LOCKED' });
    await database.stop();
    if (address.kind === 'socket') {
      const other = `postgres://muster@localhost/${address.database}?host=${address.folder}`;
      await (await openDatabase({ ...options, databaseUrl: other })).stop();
    }
    const missing = formatAddress(withDatabase({ kind: 'url', url }, 'muster_test_missing'));
    await t.rejects(openDatabase({ ...options, databaseUrl: missing }), {
      code: 'E_DATABASE_URL',
      message: /muster_test_missing/,
    });
    await writeFile(join(folder, 'migrations', '0001_one.sql'), 'CREATE TABLE two (a int)');
    await t.rejects(openDatabase({ ...options, databaseUrl: url }), { code: 'E_MIGRATION' });
    await writeFile(join(folder, 'migrations', '0001_one.sql'), 'CREATE TABLE one (a int)');
    await (await openDatabase({ ...options, databaseUrl: url })).stop();
  },
);

/** A URL names a socket folder in one of two ways. */
function toUrl(address: { folder: string; port: number; user: string; database: string }): string {
  return `postgres://${address.user}@${encodeURIComponent(address.folder)}:${address.port}/${address.database}`;
}
