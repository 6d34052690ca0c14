// Leases on a real PostgreSQL: two holders, one that stands still, and a transaction under way while another takes over.
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from './clock.ts';
import { createPool, type RawSql } from './db/pool.ts';
import { inTransaction } from './db/transaction.ts';
import { readInstance } from './instance.ts';
import { createLeaseKeeper, type LeaseKeeper } from './lease.ts';
import { silentLog } from './log.ts';
import { createTestClock, type TestClock } from './testing/clock.ts';
import { openTestDatabase } from './testing/database.ts';
import { until } from './testing/until.ts';

/** Times of these tests, ms: a lease whose holder stands still is over soon, one that is renewed is not. */
const times = { leaseMs: 1_000, graceMs: 500, renewMs: 50, lookMs: 20 };
const allTimes = {
  usual: times,
  quick: { leaseMs: 100, graceMs: 50, renewMs: 20, lookMs: 10 },
  /** Renewed as usual, and nobody takes it for a renewal that came late, however slow the machine is. */
  patient: { ...times, graceMs: 3_600_000 },
  /** Where nothing that is tested comes about by the end of a lease, however slow the machine is. */
  long: { ...times, leaseMs: 3_600_000 },
};

const { sql, address } = await openTestDatabase(t, { max: 8 });
await sql`CREATE TABLE note (text text)`;

let serial = 0;

/** A keeper in a "process" of its own: a pool and a clock of its own. */
function createProcess(
  t: { teardown(work: () => Promise<void>): unknown },
  wish: {
    name: string;
    instance?: string;
    present?: () => readonly string[];
    clock?: TestClock;
    pace?: keyof typeof allTimes;
  },
) {
  serial += 1;
  const holder = `process ${serial}`;
  const pool = createPool({ address, max: 8 });
  const events: string[] = [];
  const keeper = createLeaseKeeper({
    sql: pool.sql,
    clock: wish.clock ?? systemClock,
    log: silentLog,
    name: wish.name,
    instance: wish.instance ?? `folder of ${holder}`,
    holder,
    present: wish.present ?? (() => []),
    onTaken: ({ token }) => events.push(`taken ${token}`),
    onLost: ({ token }) => events.push(`lost ${token}`),
    times: allTimes[wish.pace ?? 'usual'],
  });
  t.teardown(async () => {
    await keeper.stop();
    await pool.close(1_000);
  });
  return { keeper, holder, pool, events };
}

async function note(keeper: LeaseKeeper, text: string): Promise<void> {
  await keeper.fenced((tx) => write(tx, text));
}

async function write(tx: RawSql, text: string): Promise<void> {
  await tx`INSERT INTO note (text) VALUES (${text})`;
}

async function readNotes(name: string): Promise<string[]> {
  const rows = await sql<
    { text: string }[]
  >`SELECT text FROM note WHERE text LIKE ${`${name} %`} ORDER BY text`;
  return rows.map(({ text }) => text);
}

t.test('one holds it, the other takes it when it is given up', async (t) => {
  const a = createProcess(t, { name: 'a', pace: 'patient' });
  const b = createProcess(t, { name: 'a', pace: 'patient' });
  t.equal(a.keeper.current(), undefined, 'nothing before the start');
  await t.rejects(note(a.keeper, 'a 0'), { code: 'E_FENCED_OUT', retryable: true });
  await a.keeper.start();
  await b.keeper.start();
  t.same([a.keeper.current(), b.keeper.current()], [{ name: 'a', token: 1 }, undefined]);
  // Renewed all the while: it stays where it is for longer than it is valid.
  const [first] = await sql`SELECT clock_timestamp() AS now`;
  await until('twice its time has passed, and it is valid', async () => {
    const [row] = await sql`
      SELECT clock_timestamp() > ${first?.now} + ${2 * (times.leaseMs + times.graceMs)} * interval '1 ms'
        AND valid_until > clock_timestamp() AS is_so FROM lease WHERE name = 'a'`;
    return row?.is_so === true;
  });
  t.same([a.events, b.events], [['taken 1'], []]);
  await note(a.keeper, 'a 1');
  await a.keeper.stop();
  t.equal(a.keeper.current(), undefined);
  await t.rejects(note(a.keeper, 'a 2'), { code: 'E_FENCED_OUT' });
  await until('the other has it', () => b.keeper.current()?.token === 2);
  await note(b.keeper, 'a 3');
  t.same(await readNotes('a'), ['a 1', 'a 3']);
  t.same([a.events, b.events], [['taken 1'], ['taken 2']], 'who gives up has lost nothing');
  await b.keeper.stop();
  const c = createProcess(t, { name: 'a' });
  await c.keeper.start();
  t.equal(c.keeper.current()?.token, 3, 'given up, it is taken at once');
});

t.test('many that start together: one has it', async (t) => {
  const all = Array.from({ length: 6 }, () => createProcess(t, { name: 'b', pace: 'long' }));
  await Promise.all(all.map(({ keeper }) => keeper.start()));
  t.same(
    all.flatMap(({ events }) => events),
    ['taken 1'],
  );
});

t.test('a holder that stands still is succeeded, and changes nothing any more', async (t) => {
  const clock = createTestClock();
  const a = createProcess(t, { name: 'c', clock });
  const b = createProcess(t, { name: 'c' });
  await a.keeper.start();
  await b.keeper.start();
  // Its clock does not move, so it never renews.
  await until('the other has it', () => b.keeper.current()?.token === 2);
  t.same(a.keeper.current(), { name: 'c', token: 1 }, 'it does not know');
  await t.rejects(note(a.keeper, 'c 1'), { code: 'E_FENCED_OUT' });
  t.same(a.events, ['taken 1', 'lost 1'], 'its first transaction tells it');
  await note(b.keeper, 'c 2');
  t.same(await readNotes('c'), ['c 2']);
  await clock.advance(60_000);
  t.same(a.events, ['taken 1', 'lost 1'], 'and it tries no second time');
});

t.test('a holder that stands still learns of it from its next renewal too', async (t) => {
  const clock = createTestClock();
  const a = createProcess(t, { name: 'd', clock });
  const b = createProcess(t, { name: 'd' });
  await a.keeper.start();
  await b.keeper.start();
  await until('the other has it', () => b.keeper.current()?.token === 2);
  a.keeper.look();
  await until('it knows', () => a.events.includes('lost 1'));
  t.equal(a.keeper.current(), undefined);
});

t.test('a successor waits for the transactions that began before, and lets none begin after', async (t) => {
  const clock = createTestClock();
  const folder = 'one folder';
  const a = createProcess(t, { name: 'e', clock, instance: folder });
  const b = createProcess(t, { name: 'e', instance: folder });
  await a.keeper.start();
  const [goOn, underWay] = [createSignal(), createSignal()];
  const slow = a.keeper.fenced(async (tx) => {
    underWay.give();
    await goOn.given;
    await write(tx, 'e 1');
  });
  await underWay.given;
  // While work is under way it can be renewed: the lock of a transaction stands only against a takeover.
  const before = await readUntil('e');
  a.keeper.look();
  await until('it was renewed', async () => (await readUntil('e')) !== before);
  // The holder is gone from the bus, so it is taken at once; but not before that transaction has ended.
  const taking = b.keeper.start();
  await until('the takeover waits', async () => {
    const rows =
      await sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE lease%'
      AND datname = current_database()`;
    return rows.length > 0;
  });
  t.same([b.keeper.current(), await readNotes('e')], [undefined, []]);
  const late = note(a.keeper, 'e 2').then(
    () => 'committed',
    (error: { code: string }) => error.code,
  );
  goOn.give();
  await slow;
  await taking;
  t.equal(b.keeper.current()?.token, 2);
  const second = await late;
  const notes = await readNotes('e');
  t.same(notes, second === 'committed' ? ['e 1', 'e 2'] : ['e 1'], `what was committed is there: ${second}`);
  await t.rejects(note(a.keeper, 'e 3'), { code: 'E_FENCED_OUT' });
  t.same(await readNotes('e'), notes);
});

t.test(
  'a process of the same folder that is not there any more is succeeded at once, others are not',
  async (t) => {
    const clock = createTestClock();
    const folder = 'another folder';
    const present: string[] = [];
    const one = { name: 'f', clock, pace: 'long' } as const;
    const a = createProcess(t, { ...one, instance: folder });
    present.push(a.holder);
    const b = createProcess(t, { ...one, instance: folder, present: () => present });
    const stranger = createProcess(t, one);
    await a.keeper.start();
    await stranger.keeper.start();
    await b.keeper.start();
    t.equal(b.keeper.current(), undefined, 'it is there');
    present.length = 0;
    b.keeper.look();
    stranger.keeper.look();
    await until('it is taken', () => b.keeper.current()?.token === 2);
    t.equal(stranger.keeper.current(), undefined, 'whoever does not see it has to wait');
  },
);

t.test('a copy of a data folder has another name where a database may be shared', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-instance-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const [first, moved, copy] = ['first', 'moved', 'copy'].map((name) => join(folder, name));
  if (first === undefined || moved === undefined || copy === undefined) throw new Error('there are three');
  await mkdir(first);
  const read = (dataDir: string) => readInstance(dataDir, { isShared: true });
  const name = await read(first);
  t.match(name, /^[0-9a-f]{32}$/);
  t.equal(await read(first), name, 'every worker has the same');
  await cp(first, copy, { recursive: true, preserveTimestamps: true });
  t.not(await read(copy), name, 'else each would take the lease from the other at once, without end');
  await rename(first, moved);
  t.equal(await read(moved), name, 'a folder that was moved is the same one');
  const alone = (dataDir: string) => readInstance(dataDir, { isShared: false });
  t.equal(await alone(copy), await alone(moved), 'its own database came with it');
});

t.test('after a time without a database its holder comes first', async (t) => {
  const [clockA, clockB] = [createTestClock(), createTestClock()];
  const a = createProcess(t, { name: 'g', clock: clockA, pace: 'long' });
  const b = createProcess(t, { name: 'g', clock: clockB, pace: 'long' });
  await a.keeper.start();
  await b.keeper.start();
  // As after such a time: it ended long ago, by the clock of the database, and the other asks first.
  await sql`UPDATE lease SET valid_until = clock_timestamp() - interval '1 hour' WHERE name = 'g'`;
  b.keeper.look();
  await clockB.advance(0);
  await until('it has looked', () => b.pool.statements() >= 2);
  t.equal(b.keeper.current(), undefined, 'it gives its holder time to renew it');
  a.keeper.look();
  await until('it was renewed', async () => {
    const [row] = await sql`SELECT valid_until > clock_timestamp() AS valid FROM lease WHERE name = 'g'`;
    return row?.valid === true;
  });
  // Asked while it still looks it does not look twice.
  await until('it has looked', () => {
    b.keeper.look();
    return b.pool.statements() >= 3;
  });
  t.same([a.keeper.current()?.token, b.keeper.current()], [1, undefined]);
});

t.test('a lost answer does not hold up a second start, nor a failure of the database the loop', async (t) => {
  const a = createProcess(t, { name: 'h' });
  await sql`INSERT INTO lease VALUES ('h', 7, ${`folder of ${a.holder}`}, ${a.holder}, clock_timestamp() + interval '1 hour')`;
  await sql`ALTER TABLE lease RENAME TO lease_away`;
  await a.keeper.start();
  t.equal(a.keeper.current(), undefined);
  await sql`ALTER TABLE lease_away RENAME TO lease`;
  await until('it took what it had taken', () => a.keeper.current()?.token === 8);
  t.same(a.events, ['taken 8']);
});

t.test("the guard works in a transaction of one's own, and a failure of the work is passed on", async (t) => {
  const a = createProcess(t, { name: 'i' });
  await a.keeper.start();
  await inTransaction(a.pool.sql, async (tx) => {
    await a.keeper.guard(tx);
    await write(tx, 'i 1');
  });
  await t.rejects(
    a.keeper.fenced(async (tx) => {
      await write(tx, 'i 2');
      throw new Error('no');
    }),
    { message: 'no' },
  );
  t.same(await readNotes('i'), ['i 1']);
  t.same(a.keeper.current()?.token, 1);
});

t.test(
  'whoever stands still and when: nobody writes under a token after another wrote under a higher one',
  async (t) => {
    await sql`CREATE TABLE stroke (id bigint GENERATED ALWAYS AS IDENTITY, token int)`;
    const all = Array.from({ length: 6 }, () => {
      const clock = createTestClock();
      return { ...createProcess(t, { name: 'j', clock, pace: 'quick' }), clock };
    });
    let isOver = false;
    // Each that has written once stands still: its clock, and with it its renewals. The writing goes on.
    const still = new Set<(typeof all)[number]>();
    const writers = all.map(async (one) => {
      const { keeper, events } = one;
      await keeper.start();
      while (!isOver) {
        const token = keeper.current()?.token;
        const work = async (tx: RawSql) => {
          await tx`INSERT INTO stroke (token) VALUES (${token ?? 0})`;
          await tx`SELECT pg_sleep(0.003)`;
        };
        if (token === undefined) await new Promise((next) => setTimeout(next, 2));
        else
          await keeper.fenced(work).then(
            () => void still.add(one),
            (error: { code: string }) => void events.push(error.code),
          );
      }
    });
    const hasTaken = ({ events }: { events: readonly string[] }) =>
      events.some((event) => event.startsWith('taken'));
    await until('all have held it, and most have written', async () => {
      for (const one of all) if (!still.has(one)) await one.clock.advance(10);
      // On a busy machine one may lose it before it has written.
      return all.every(hasTaken) && still.size >= 4;
    });
    const isRefused = ({ events }: { events: readonly string[] }) => events.includes('E_FENCED_OUT');
    await until('one that stood still was refused', () => [...still].some(isRefused));
    isOver = true;
    await Promise.all(writers);
    const rows = await sql<{ token: number; first: number; last: number }[]>`
    SELECT token, min(id)::int AS first, max(id)::int AS last FROM stroke GROUP BY token ORDER BY token`;
    t.ok(rows.length >= 4, `${rows.length} have written`);
    t.same(
      rows.filter(({ first }, index) => first < (rows[index - 1]?.last ?? 0)),
      [],
      'each began after the last stroke of the one before',
    );
  },
);

/** The end of a lease's validity, to be compared. */
async function readUntil(name: string): Promise<string> {
  const [row] = await sql<
    { until: string }[]
  >`SELECT valid_until::text AS until FROM lease WHERE name = ${name}`;
  return row?.until ?? '';
}

function createSignal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
