// What keeps an outage from doing harm: transactions that end with their connection, sessions that are fenced, questions that are refused.
import { sql as text } from 'drizzle-orm';
import t from 'tap';
import { AWAY_PROBES } from '../../limits.ts';
import { DB_LOST_MS, DB_PROBE_DOWN_MS } from '../../timing.ts';
import { sleep, systemClock } from '../clock.ts';
import { createTestClock } from '../testing/clock.ts';
import { openTestDatabase } from '../testing/database.ts';
import { until } from '../testing/until.ts';
import { cutLost, endOldSessions } from './fence.ts';
import { createHealth } from './health.ts';
import { createPool, openConnection, type RawSql } from './pool.ts';
import { inTransaction } from './transaction.ts';

async function pidOf(sql: RawSql): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return row?.pid ?? 0;
}

t.test('a transaction that loses its connection between two statements stores nothing', async (t) => {
  const { sql } = await openTestDatabase(t, { content: 'empty' });
  await sql`CREATE TABLE kept (id int PRIMARY KEY)`;
  for (const waits of [true, false]) {
    const work = inTransaction(sql, async (tx) => {
      await tx`INSERT INTO kept VALUES (1)`;
      const pid = await pidOf(tx);
      await sql.unsafe(`SELECT pg_terminate_backend(${pid}, 5000)`);
      // The loss may have been heard of before the next statement, or not.
      if (waits) await sleep(systemClock, 100);
      await tx`INSERT INTO kept VALUES (2)`;
      await tx`INSERT INTO kept VALUES (3)`;
    });
    await t.rejects(work, { message: /./ });
    t.same(await sql`SELECT id FROM kept`, [], 'neither what came before nor what came after');
    await inTransaction(sql, (tx) => tx`INSERT INTO kept VALUES (4)`.then(() => undefined));
    t.same([...(await sql`DELETE FROM kept RETURNING id`)], [{ id: 4 }], 'the next one works');
  }
});

t.test('rows of a statement that failed or was cut off are in no other result', async (t) => {
  const { sql, db, address } = await openTestDatabase(t, { content: 'empty' });
  const one = async () => [...(await sql<{ x: number }[]>`SELECT 7 AS x`)];
  await t.rejects(async () => await sql`SELECT 1 / (50 - g) AS x FROM generate_series(1, 100) AS g`, {
    code: '22012',
  });
  t.strictSame(await one(), [{ x: 7 }], 'after an error among rows');
  const other = openConnection(address);
  t.teardown(() => other.sql.end({ timeout: 1 }));
  for (let round = 0; round < 5; round += 1) {
    const slow = sql`SELECT repeat('x', 9000) AS slow, pg_sleep(0.01) FROM generate_series(1, 10000)`;
    const failed = t.rejects(async () => await slow);
    const isSlow = other.sql`query LIKE '%AS slow%' AND state = 'active' AND pid <> pg_backend_pid()
      AND datname = current_database()`;
    await until('it is at work', async () => {
      return (await other.sql`SELECT 1 FROM pg_stat_activity WHERE ${isSlow}`).length === 1;
    });
    // Some rows have come.
    await sleep(systemClock, 100);
    await other.sql`SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE ${isSlow}`;
    await failed;
    t.strictSame(await one(), [{ x: 7 }], 'after a loss among rows');
    t.equal((await db.execute(text`SELECT 1 AS y`)).length, 1);
  }
});

t.test('transactions in a row, failed ones among them, and many at once over one connection', async (t) => {
  const { sql, statements } = await openTestDatabase(t, { content: 'empty' });
  await sql`CREATE TABLE kept (id int PRIMARY KEY)`;
  const add = (id: number) => inTransaction(sql, (tx) => tx`INSERT INTO kept VALUES (${id})`);
  await add(1);
  const before = statements();
  await add(2);
  t.equal(statements() - before, 3, 'BEGIN, the statement, COMMIT');
  await t.rejects(add(2), { code: '23505' });
  const ends = await Promise.allSettled([3, 4, 2, 5, 6].map(add));
  t.same(
    ends.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  );
  t.same(
    (await sql<{ id: number }[]>`SELECT id FROM kept ORDER BY id`).map(({ id }) => id),
    [1, 2, 3, 4, 5, 6],
  );
});

t.test('a statement that goes past the transaction it is part of fails in tests', async (t) => {
  const { sql } = await openTestDatabase(t, { content: 'empty' });
  await t.rejects(
    inTransaction(sql, async () => void (await sql`SELECT 1`)),
    { message: /must go through it/ },
  );
  t.equal((await sql`SELECT 1 AS one`)[0]?.one, 1, 'outside it works');
});

t.test('sessions from before an outage are ended, and with them what they had begun', async (t) => {
  const { sql, address } = await openTestDatabase(t, { content: 'empty' });
  await sql`CREATE TABLE kept (id int PRIMARY KEY)`;
  const name = `fence ${process.pid}`;
  const [old, other] = [createPool({ address, name }), createPool({ address, name: `${name} other` })];
  const fence = openConnection(address, name);
  t.teardown(async () => {
    await Promise.all([old.close(1_000), other.close(1_000), fence.sql.end({ timeout: 1 })]);
  });
  const pid = await pidOf(other.sql);
  const begun = old.sql`INSERT INTO kept SELECT 1 FROM pg_sleep(60)`;
  const failed = t.rejects(begun, { code: /^(?:57P01|CONNECTION_CLOSED)$/ });
  const isActive = async () => {
    const [row] =
      await sql`SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = ${name} AND state = 'active'`;
    return row?.n === 1;
  };
  await until('the old statement is at work', isActive);
  // On a busy machine one takes longer to end than is waited for at a time; then it is asked again.
  await until('they are ended', () => endOldSessions(fence.sql, [name]));
  t.equal(await isActive(), false, 'when it says so, it is so');
  await failed;
  t.same(await sql`SELECT id FROM kept`, []);
  t.equal(await pidOf(other.sql), pid, 'sessions of others live on');
});

t.test('what the database works on is not taken as lost', async (t) => {
  const { address } = await openTestDatabase(t, { content: 'empty' });
  const name = `lost ${process.pid}`;
  const pool = createPool({ address, name });
  const asks = openConnection(address, name);
  t.teardown(async () => {
    await Promise.all([pool.close(1_000), asks.sql.end({ timeout: 1 })]);
  });
  t.equal(pool.countUnanswered(0), 0);
  // It lasts until it is let go: one that ended by itself could do so while it is looked at.
  const holds = openConnection(address);
  t.teardown(() => holds.sql.end({ timeout: 1 }));
  await holds.sql`SELECT pg_advisory_lock(1)`;
  const slow = pool.sql`SELECT pg_advisory_lock(1) IS NOT NULL AS waited`;
  const answer = slow.then((rows) => rows[0]?.waited);
  await until('a statement has no answer for too long', () => pool.countUnanswered(DB_LOST_MS) > 0);
  await cutLost(pool, asks.sql, name);
  await holds.sql`SELECT pg_advisory_unlock(1)`;
  t.equal(await answer, true, 'it is answered in its own time');
  t.equal(pool.countUnanswered(0), 0);
  // The same with the database working on nothing of that name: as if it had never heard of the statement.
  const unheard = pool.sql`SELECT pg_sleep(30)`;
  const cut = t.rejects(unheard, { code: 'CONNECTION_CLOSED' });
  await until('a statement has no answer for too long', () => pool.countUnanswered(DB_LOST_MS) > 0);
  await cutLost(pool, asks.sql, 'nobody');
  await cut;
});

t.test(
  'the database is away after probes that failed in a row, and well once old sessions are gone',
  async (t) => {
    const { address } = await openTestDatabase(t, { content: 'empty' });
    const pool = createPool({ address });
    const { sql } = pool;
    t.teardown(() => pool.close(1_000));
    const gone = { kind: 'socket', folder: '/nonexistent', port: 1, user: 'x', database: 'x' } as const;
    const clock = createTestClock();
    let isUp = true;
    let hasOld = true;
    const health = createHealth({
      clock,
      open: () => openConnection(isUp ? address : gone),
      giveUp: () => undefined,
      returned: async () => !hasOld,
    });
    t.teardown(async () => {
      const stopped = health.stop();
      await clock.advance(5_000);
      await stopped;
    });
    pool.watchAway(() => health.isAway());
    await health.start();
    t.equal(health.state(), 'available');
    isUp = false;
    await health.stop();
    const failing = health.start();
    await until('a probe has failed', () => health.state() === 'unavailable');
    await failing;
    t.equal(health.isAway(), false, `${AWAY_PROBES} have to fail`);
    t.equal((await sql`SELECT 1 AS one`)[0]?.one, 1);
    await until('it is away', async () => {
      await clock.advance(100);
      return health.isAway();
    });
    await t.rejects(async () => await sql`SELECT 1`, { code: 'E_UNAVAILABLE' });
    await t.rejects(
      inTransaction(sql, async () => undefined),
      { code: 'E_UNAVAILABLE' },
    );
    isUp = true;
    for (let probes = 0; probes < 20; probes += 1) {
      await clock.advance(100);
      await sleep(systemClock, 10);
    }
    t.equal(health.isAway(), true, 'sessions from before are left');
    hasOld = false;
    let pauseMs = 25;
    await until('it is there again', async () => {
      await clock.advance(DB_PROBE_DOWN_MS);
      // This clock stands while a real connection is made: its deadline must not pass before a busy machine gets there.
      await sleep(systemClock, pauseMs);
      pauseMs *= 1.5;
      return health.state() === 'available';
    });
    t.equal(health.isAway(), false);
    t.equal((await sql`SELECT 1 AS one`)[0]?.one, 1);
  },
);
