// Backup and restore: what comes out is what went in, by our own hand and by psql, and damage never gets in.
import { randomBytes } from 'node:crypto';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { openTestDatabase } from '../testing/database.ts';
import { backupDatabase, sortTables } from './backup.ts';
import { byteas, int4s, jsonbs, texts } from './columns.ts';
import { type Migration, migrate } from './migrate.ts';
import { ensureDailyPartitions } from './partitions.ts';
import type { RawSql } from './pool.ts';
import { restoreDatabase } from './restore.ts';
import { readSchema } from './snapshot.ts';

const migrations: Migration[] = [
  {
    version: 1,
    name: 'all',
    sha256: 'one',
    text: `
      CREATE TABLE zone (id int PRIMARY KEY, name text);
      INSERT INTO zone VALUES (0, 'seeded by the migration');
      CREATE TABLE "Odd name" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint REFERENCES "Odd name",
        zone int NOT NULL REFERENCES zone, body bytea, doc jsonb, words text[], twice int GENERATED ALWAYS AS (zone * 2) STORED);
      CREATE TABLE event (at timestamptz NOT NULL, thing bigint NOT NULL REFERENCES "Odd name", note text) PARTITION BY RANGE (at);
    `,
  },
];

/** Text with everything that a text format could trip over. */
const hostile = [
  '\\N',
  '\\.',
  '\\.\n',
  'a\tb\nc\rd',
  '\u2028 \u0085 \v',
  "'; DROP TABLE zone; --",
  'COPY zone (id) FROM stdin;',
  '',
];

async function fill(sql: RawSql): Promise<void> {
  await migrate(sql, migrations);
  await ensureDailyPartitions(sql, 'event', { from: '2026-03-01', to: '2026-03-02' });
  await sql`DELETE FROM zone`;
  await sql`INSERT INTO zone SELECT * FROM unnest(${int4s(
    sql,
    hostile.map((_, id) => id),
  )}, ${texts(sql, hostile)})`;
  await sql`INSERT INTO "Odd name" (parent, zone, body, doc) SELECT NULL, * FROM unnest(${int4s(sql, [0, 1, 2])},
    ${byteas(sql, [Uint8Array.from({ length: 256 }, (_, byte) => byte), new Uint8Array(), null])}, ${jsonbs(sql, [{ a: hostile }, null, []])})`;
  await sql`UPDATE "Odd name" SET parent = 3 WHERE id = 1`;
  await sql`UPDATE "Odd name" SET words = ARRAY['x', NULL, '"', '{']`;
  await sql`INSERT INTO event SELECT timestamptz '2026-03-01 12:00Z' + n * interval '1 minute', 1 + n % 3, repeat('y', n) FROM generate_series(0, 999) n`;
}

async function readAll(sql: RawSql): Promise<unknown> {
  return {
    zone: [...(await sql`SELECT * FROM zone ORDER BY id`)],
    odd: [...(await sql`SELECT * FROM "Odd name" ORDER BY id`)],
    event: [...(await sql`SELECT * FROM event ORDER BY at`)],
    migrations: [...(await sql`SELECT * FROM schema_migration`)],
    schema: await readSchema(sql),
  };
}

t.test(
  'a backup restores into an empty database, everything in it, and work goes on from there',
  async (t) => {
    const from = await openTestDatabase(t, { content: 'empty' });
    await fill(from.sql);
    const path = join(t.testdir(), 'muster.sql.gz');
    const report = await backupDatabase(from.address, path, migrations);
    t.strictSame(report, { tables: 4, rows: hostile.length + 3 + 1_000 + 1 });
    t.equal((await stat(path)).mode & 0o777, 0o600, 'it may hold secrets');

    const to = await openTestDatabase(t, { content: 'empty' });
    await restoreDatabase(to.address, path);
    t.strictSame(await readAll(to.sql), await readAll(from.sql));
    t.same(await migrate(to.sql, migrations), []);
    const [row] = await to.sql`INSERT INTO "Odd name" (zone) VALUES (1) RETURNING id, twice`;
    t.strictSame({ ...row }, { id: 4, twice: 2 }, 'counters go on where they were');
    await t.rejects(restoreDatabase(to.address, path), { code: 'E_NOT_EMPTY' });

    const text = gunzipSync(await readFile(path)).toString('utf8');
    const damaged = {
      'changed.gz': gzipSync(text.replace('repeat', 'x').replace('yyyy', 'yyyz')),
      'cut.gz': gzipSync(text.slice(0, text.length / 2)),
      'truncated.gz': (await readFile(path)).subarray(0, 2_000),
      'without-end.gz': gzipSync(text.replace(/-- sha256.*\nCOMMIT;\n/, '')),
      'foreign.gz': gzipSync('CREATE TABLE mine (a int);\n'),
      'plain.gz': Buffer.from('no gzip'),
    };
    const empty = await openTestDatabase(t, { content: 'empty' });
    const folder = t.testdir();
    for (const [name, bytes] of Object.entries(damaged)) {
      await writeFile(join(folder, name), bytes);
      await t.rejects(restoreDatabase(empty.address, join(folder, name)), { code: 'E_BACKUP' }, name);
      t.equal(
        (await empty.sql`SELECT FROM pg_tables WHERE schemaname = 'public'`).length,
        0,
        `${name} left nothing`,
      );
    }
    await t.rejects(restoreDatabase(empty.address, join(folder, 'missing.gz')), { code: 'E_BACKUP' });
  },
);

t.test('the file is plain SQL in an order that psql can follow', async (t) => {
  const from = await openTestDatabase(t, { content: 'empty' });
  await fill(from.sql);
  const path = join(t.testdir(), 'muster.sql.gz');
  await backupDatabase(from.address, path, migrations);
  const lines = gunzipSync(await readFile(path))
    .toString('utf8')
    .split('\n');
  const copies = lines.filter((line) => /^COPY \S.* FROM stdin;$/.test(line) && !line.includes('\t'));
  t.same(
    copies.map((line) => /^COPY "([^"]+)" \(/.exec(line)?.[1]),
    ['schema_migration', 'zone', 'Odd name', 'event'],
  );
  t.notOk(
    copies.some((line) => line.includes('twice')),
    'generated columns make themselves',
  );
  t.same(lines.slice(-3), [lines.at(-3), 'COMMIT;', '']);
  t.match(lines.at(-3), /^-- sha256/);
});

t.test('a backup that cannot be made leaves the last one alone', async (t) => {
  const from = await openTestDatabase(t, { content: 'empty' });
  await fill(from.sql);
  const folder = t.testdir({ 'old.gz': 'the last one' });
  const other = [{ version: 1, name: 'all', sha256: 'two', text: '' }];
  await t.rejects(backupDatabase(from.address, join(folder, 'old.gz'), other), { code: 'E_BACKUP' });
  t.equal(await readFile(join(folder, 'old.gz'), 'utf8'), 'the last one');
  await t.rejects(stat(join(folder, 'old.gz.part')), { code: 'ENOENT' });
  await t.rejects(backupDatabase(from.address, join(folder, 'no', 'folder.gz'), migrations), {
    code: 'E_BACKUP',
  });
  await from.sql`UPDATE "Odd name" SET body = ${randomBytes(3_000_000)} WHERE id = 1`;
  await symlink('/dev/full', join(folder, 'full.gz.part'));
  await t.rejects(backupDatabase(from.address, join(folder, 'full.gz'), migrations), {
    code: 'E_BACKUP',
    cause: { code: 'ENOSPC' },
  });
  const gone = { kind: 'socket', folder: '/nonexistent', port: 1, user: 'x', database: 'x' } as const;
  await t.rejects(backupDatabase(gone, join(folder, 'x.gz'), migrations), { code: 'E_UNAVAILABLE' });
});

t.test('tables follow those they refer to', (t) => {
  const tables = [1, 2, 3, 4].map((oid) => ({ oid }));
  const references = [
    { from: 1, to: 3 },
    { from: 3, to: 4 },
    { from: 2, to: 1 },
  ];
  t.same(
    sortTables(tables, references).map(({ oid }) => oid),
    [4, 3, 1, 2],
  );
  t.throws(() => sortTables(tables, [...references, { from: 4, to: 2 }]), /circle/);
  t.end();
});
