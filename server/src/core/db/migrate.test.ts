// Migrations, the snapshot of what they add up to, and daily partitions, on a real PostgreSQL.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { openTestDatabase } from '../testing/database.ts';
import { type Migration, migrate, migrationsFolder, readMigrations } from './migrate.ts';
import {
  dayOf,
  dropPartitionsBefore,
  ensureDailyPartitions,
  listDays,
  listPartitions,
} from './partitions.ts';
import { createPool, type RawSql } from './pool.ts';
import { readSchema } from './snapshot.ts';

const snapshotPath = join(migrationsFolder, 'schema.snapshot.txt');

t.test('the migrations that ship', async (t) => {
  const { sql, address } = await openTestDatabase(t, { content: 'empty' });
  const migrations = await readMigrations();

  await t.test(
    'are applied once by two processes that start together, then there is nothing to do',
    async (t) => {
      const other = createPool({ address, max: 1 });
      t.teardown(() => other.close(1_000));
      const [first, second] = await Promise.all([migrate(sql, migrations), migrate(other.sql, migrations)]);
      t.equal(first.length + second.length, migrations.length);
      t.same(await migrate(sql, migrations), []);
      const rows = await sql`SELECT version, name, sha256 FROM schema_migration ORDER BY version`;
      t.strictSame(
        rows.map((row) => ({ ...row })),
        migrations.map(({ version, name, sha256 }) => ({ version, name, sha256 })),
      );
    },
  );

  await t.test(
    'add up to the schema in the snapshot (write it anew with MUSTER_WRITE_SNAPSHOT=1)',
    async (t) => {
      const schema = await readSchema(sql);
      if (process.env.MUSTER_WRITE_SNAPSHOT === '1') await writeFile(snapshotPath, schema);
      t.equal(schema, await readFile(snapshotPath, 'utf8'));
    },
  );
});

function makeMigration(version: number, text: string): Migration {
  return { version, name: `step_${version}`, text, sha256: `hash of ${text}` };
}

t.test('the runner', async (t) => {
  const { sql } = await openTestDatabase(t, { content: 'empty' });
  const one = makeMigration(1, 'CREATE TABLE first (a int); CREATE INDEX ON first (a);');
  const two = makeMigration(2, 'CREATE TABLE second (b int)');
  await migrate(sql, [one]);

  await t.test('goes on from where the database is', async (t) => {
    t.same(await migrate(sql, [one, two]), [two]);
  });

  await t.test('refuses a file that changed after it was applied, and touches nothing', async (t) => {
    const changed = makeMigration(1, 'CREATE TABLE other (a int)');
    const three = makeMigration(3, 'CREATE TABLE third (c int)');
    await t.rejects(migrate(sql, [changed, two, three]), {
      code: 'E_MIGRATION',
      message: /0001_step_1 .*other contents/,
    });
    t.notOk(await hasTable(sql, 'third'));
  });

  await t.test('refuses a database that a newer version migrated', async (t) => {
    await t.rejects(migrate(sql, [one]), { code: 'E_DATABASE_NEWER', message: /0002_step_2/ });
  });

  await t.test('refuses a file numbered below one that is applied', async (t) => {
    const late = makeMigration(5, 'SELECT 1');
    await migrate(sql, [one, two, late]);
    await t.rejects(migrate(sql, [one, two, makeMigration(4, 'SELECT 1'), late]), {
      code: 'E_MIGRATION',
      message: /0004_step_4 comes before 5/,
    });
  });

  await t.test('keeps nothing of a file that fails halfway, and names the fault', async (t) => {
    const base = [one, two, makeMigration(5, 'SELECT 1')];
    const broken = makeMigration(6, 'CREATE TABLE half (a int); SELECT nonsense;');
    await t.rejects(migrate(sql, [...base, broken]), {
      code: 'E_MIGRATION',
      message: /0006_step_6 fails: .*nonsense/,
    });
    t.notOk(await hasTable(sql, 'half'));
    t.same(await migrate(sql, [...base, makeMigration(6, 'SELECT 1')]).then((done) => done.length), 1);
  });
});

async function hasTable(sql: RawSql, name: string): Promise<boolean> {
  const [row] = await sql`SELECT to_regclass(${name}) IS NOT NULL AS "isThere"`;
  return row?.isThere === true;
}

t.test('a folder with a wrong name or a number used twice is refused', async (t) => {
  const wrong = t.testdir({
    bad: { 'x.sql': '' },
    twice: { '0001_a.sql': '', '0001_b.sql': '' },
    good: { '0001_a.sql': 'A', 'note.md': '' },
  });
  await t.rejects(readMigrations(join(wrong, 'bad')), { code: 'E_MIGRATION', message: /x\.sql/ });
  await t.rejects(readMigrations(join(wrong, 'twice')), { code: 'E_MIGRATION', message: /0001_b\.sql/ });
  t.match(await readMigrations(join(wrong, 'good')), [
    { version: 1, name: 'a', text: 'A', sha256: /^[0-9a-f]{64}$/ },
  ]);
});

t.test('the snapshot shows every kind of object and no partition', async (t) => {
  const { sql } = await openTestDatabase(t, { content: 'empty' });
  await sql.unsafe(`
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TABLE thing (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL DEFAULT 'x',
      twice int GENERATED ALWAYS AS (1 + 1) STORED, feeling mood CHECK (feeling <> 'bad'));
    CREATE INDEX thing_name ON thing (name) WHERE name <> '';
    ALTER TABLE thing ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON thing USING (id > 0);
    CREATE TABLE event (at timestamptz NOT NULL, thing int REFERENCES thing) PARTITION BY RANGE (at);
    CREATE TABLE event_p20260101 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER before_thing BEFORE INSERT ON thing FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE VIEW names AS SELECT name FROM thing;`);
  const schema = await readSchema(sql);
  for (const part of [
    'table thing row security\n  id integer not null identity always\n  name text collate C not null default',
    '  twice integer generated (1 + 1)',
    '  constraint thing_pkey PRIMARY KEY (id)',
    '  CREATE INDEX thing_name ON thing USING btree (name) WHERE',
    '  policy mine for * using (id > 0)',
    '  CREATE TRIGGER before_thing BEFORE INSERT',
    'table event partition by RANGE (at)\n  at timestamp with time zone not null',
    '  constraint event_thing_fkey FOREIGN KEY (thing) REFERENCES thing(id)',
    'view names\n  name text',
    `type mood enum 'good' 'bad'`,
    'CREATE OR REPLACE FUNCTION public.nothing()',
  ]) {
    t.ok(schema.includes(part), part);
  }
  t.notMatch(schema, /event_p2026/);
});

t.test('daily partitions', async (t) => {
  const { sql, address } = await openTestDatabase(t, { content: 'empty' });
  await sql`CREATE TABLE sample (at timestamptz NOT NULL, v int) PARTITION BY RANGE (at)`;

  await t.test('are made ahead, by several processes at once, and hold their day in UTC', async (t) => {
    const other = createPool({ address, max: 1 });
    t.teardown(() => other.close(1_000));
    await other.sql`SET TimeZone = 'Pacific/Auckland'`;
    const range = { from: '2028-02-28', to: '2028-03-01' };
    await Promise.all([
      ensureDailyPartitions(sql, 'sample', range),
      ensureDailyPartitions(other.sql, 'sample', range),
    ]);
    t.same(
      (await listPartitions(sql, 'sample')).map(({ day }) => day),
      ['2028-02-28', '2028-02-29', '2028-03-01'],
    );
    await sql`INSERT INTO sample VALUES ('2028-02-29 00:00:00Z', 1), ('2028-02-29 23:59:59.999999Z', 2)`;
    t.equal((await sql`SELECT FROM sample_p20280229`).length, 2);
    t.same(await ensureDailyPartitions(sql, 'sample', range), [], 'a second time there is nothing to do');
  });

  await t.test('are dropped whole, with what they hold', async (t) => {
    t.same(await dropPartitionsBefore(sql, 'sample', '2028-03-01'), ['sample_p20280228', 'sample_p20280229']);
    t.equal((await sql`SELECT FROM sample`).length, 0);
    t.same(await dropPartitionsBefore(sql, 'sample', '2028-03-01'), []);
  });

  await t.test('refuse what is no day and a range that makes no sense', async (t) => {
    for (const day of ['2028-2-1', '2028-13-01', "2028-01-01'; DROP TABLE sample; --"]) {
      await t.rejects(dropPartitionsBefore(sql, 'sample', day), { code: 'E_RANGE' });
      await t.rejects(ensureDailyPartitions(sql, 'sample', { from: day, to: day }), { code: 'E_RANGE' });
    }
    await t.rejects(ensureDailyPartitions(sql, 'sample', { from: '2028-01-02', to: '2028-01-01' }), {
      code: 'E_RANGE',
    });
    await t.rejects(ensureDailyPartitions(sql, 'sample', { from: '2028-01-01', to: '2038-01-01' }), {
      code: 'E_RANGE',
    });
  });
});

t.test('days follow each other without gap or double, over leap years and changes of clocks', (t) => {
  const day = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 399 }), (start, count) => {
      const from = dayOf(start);
      const to = dayOf(new Date(start.getTime() + count * 86_400_000));
      const days = listDays(from, to);
      return (
        days.length === count + 1 &&
        days[0] === from &&
        days.at(-1) === to &&
        new Set(days).size === days.length
      );
    }),
  );
  t.end();
});
