// Tests of the rpm databases: real ones of all three forms, an unmerged log, damage, and a fresh one where rpm is installed.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { createFiles, type Files } from '../../platform/files.ts';
import { startProcess } from '../../platform/processes.ts';
import { rpmSource } from './rpm.ts';
import { parseSourceName } from './rpm-header.ts';
import type { SourceResult } from './source.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/rpm/', import.meta.url));
const RPM = '/usr/bin/rpm';
const RPMBUILD = '/usr/bin/rpmbuild';
const SQLITE = '/usr/bin/sqlite3';
const QUERY =
  '%{NAME}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\t%|ARCH?{%{ARCH}}:{}|\\t%|LONGSIZE?{%{LONGSIZE}}:{}|\\t%|SOURCERPM?{%{SOURCERPM}}:{}|\\n';

/** The unpacked fixtures, by name. */
const databases = new Map(
  ['plain.sqlite', 'wal.sqlite-wal', 'ndb.Packages.db', 'bdb.Packages'].map((name) => [
    name,
    gunzipSync(readFileSync(join(FIXTURES, `${name}.gz`))),
  ]),
);

function bytesOf(name: string): Buffer {
  const bytes = databases.get(name);
  if (bytes === undefined) throw new Error(`no fixture ${name}`);
  return Buffer.from(bytes);
}

/** What rpm itself listed, in the form of our rows. */
function parseExpected(text: string): string[] {
  const lines = text.trim().split('\n');
  return lines
    .map((line) => {
      const [name = '', version, arch, size, file = ''] = line.split('\t');
      const source = parseSourceName(file);
      return [name, version, arch, size, source === name ? '-' : (source ?? '-')].join(' ');
    })
    .sort();
}

function linesOf(result: SourceResult | undefined): string[] {
  if (result?.outcome.outcome !== 'ok') return [`${result?.outcome.outcome}: ${result?.outcome.reason}`];
  return result.outcome.rows
    .map(({ name, version, arch, size, source }) => [name, version, arch, size, source ?? '-'].join(' '))
    .sort();
}

/** Reads a database that lies in memory at the path of a device. */
async function readDatabase(path: string, contents: Readonly<Record<string, Buffer>>): Promise<SourceResult> {
  const [result] = await rpmSource.read(createMemoryFiles(contents));
  if (result === undefined) throw new Error(`nothing found at ${path}`);
  return result;
}

/** Files in memory, so that hundreds of damaged databases need no disk. */
function createMemoryFiles(contents: Readonly<Record<string, Buffer>>): Files {
  const real = createFiles('/nonexistent');
  return {
    ...real,
    async readRange(path, offset, room) {
      const bytes = contents[path]?.subarray(
        offset,
        offset + (typeof room === 'number' ? room : room.length),
      );
      if (bytes === undefined || typeof room === 'number') return bytes ?? null;
      room.set(bytes);
      return room.subarray(0, bytes.length);
    },
    stat: async (path) => {
      const bytes = contents[path];
      return bytes === undefined
        ? null
        : Object.assign(Object.create(null), { size: bytes.length, mtimeMs: 1, ctimeMs: 1, ino: 1 });
    },
  };
}

const PATHS = {
  'plain.sqlite': '/var/lib/rpm/rpmdb.sqlite',
  'ndb.Packages.db': '/usr/lib/sysimage/rpm/Packages.db',
  'bdb.Packages': '/var/lib/rpm/Packages',
} as const;

const expected = parseExpected(readFileSync(join(FIXTURES, 'expected.tsv'), 'utf8'));

t.test('a real database', async (t) => {
  for (const [name, path] of Object.entries(PATHS)) {
    t.test(`${name} is listed as rpm lists it`, async (t) => {
      const root = t.testdir({});
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), bytesOf(name));
      const [result] = await rpmSource.read(createFiles(root));
      t.equal(result?.path, path);
      t.strictSame(linesOf(result), expected);
      t.equal(result?.note, '');
    });
  }

  t.test('with an unmerged log is read as of the newest commit', async (t) => {
    const path = PATHS['plain.sqlite'];
    const log = bytesOf('wal.sqlite-wal');
    const wanted = parseExpected(readFileSync(join(FIXTURES, 'expected-wal.tsv'), 'utf8'));
    t.not(wanted.length, expected.length);
    const result = await readDatabase(path, { [path]: bytesOf('plain.sqlite'), [`${path}-wal`]: log });
    t.strictSame(linesOf(result), wanted);

    t.test(
      'a torn last frame, a foreign salt and rubbish behind it end the log as they do for SQLite',
      async (t) => {
        const pageBytes = log.readUInt32BE(8);
        const frames = (log.length - 32) / (24 + pageBytes);
        const lastFrame = 32 + (frames - 1) * (24 + pageBytes);
        const torn = Buffer.from(log);
        torn[lastFrame + 100] = (torn[lastFrame + 100] ?? 0) ^ 1;
        const uncommitted = await readDatabase(path, {
          [path]: bytesOf('plain.sqlite'),
          [`${path}-wal`]: torn,
        });
        // The last commit is gone, the ones before it stand.
        t.ok(linesOf(uncommitted).length >= wanted.length - 1);
        t.notOk(linesOf(uncommitted).some((line) => line.startsWith('many-12 ')));
        const stale = Buffer.from(log);
        stale.writeUInt32BE(7, 16);
        const ignored = await readDatabase(path, { [path]: bytesOf('plain.sqlite'), [`${path}-wal`]: stale });
        t.strictSame(linesOf(ignored), expected, 'a log with a wrong sum in its header counts for nothing');
        const longer = Buffer.concat([log, log.subarray(32, 32 + 24 + pageBytes)]);
        const cut = await readDatabase(path, { [path]: bytesOf('plain.sqlite'), [`${path}-wal`]: longer });
        t.strictSame(linesOf(cut), wanted);
      },
    );
  });

  t.test('is taken from the newest form and place there is', async (t) => {
    const all = {
      [PATHS['plain.sqlite']]: bytesOf('plain.sqlite'),
      [PATHS['bdb.Packages']]: bytesOf('bdb.Packages'),
    };
    t.equal((await readDatabase('', all)).path, PATHS['plain.sqlite']);
    const both = { ...all, [PATHS['ndb.Packages.db']]: bytesOf('ndb.Packages.db') };
    t.equal((await readDatabase('', both)).path, PATHS['ndb.Packages.db']);
    t.strictSame(await rpmSource.read(createMemoryFiles({})), []);
  });

  t.test('that changes at every look is an error, not a mixture', async (t) => {
    const path = PATHS['plain.sqlite'];
    const files = createMemoryFiles({ [path]: bytesOf('plain.sqlite') });
    let time = 0;
    const [result] = await rpmSource.read({
      ...files,
      async stat(of) {
        const facts = await files.stat(of);
        return facts === null ? null : Object.assign(facts, { mtimeMs: time++ });
      },
    });
    t.match(result?.outcome, { outcome: 'error', reason: /changed while it was read/ });
  });
});

t.test('a damaged database', async (t) => {
  t.test('never hangs, throws or invents columns, whatever bytes are changed', async (t) => {
    for (const [name, path] of Object.entries(PATHS)) {
      const whole = bytesOf(name);
      const change = fc.tuple(
        fc.oneof(fc.nat(600), fc.nat(whole.length - 1)),
        fc.constantFrom(0, 1, 0x7f, 0x80, 0xff),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { minLength: 1, maxLength: 40 }),
          fc.option(fc.nat(whole.length)),
          async (changes, cutAt) => {
            const bytes = Buffer.from(cutAt === null ? whole : whole.subarray(0, cutAt));
            for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
            const [result] = await rpmSource.read(createMemoryFiles({ [path]: bytes }));
            if (result === undefined) return bytes.length === 0;
            if (result.outcome.outcome !== 'ok')
              return result.outcome.outcome === 'error' && result.outcome.reason.length < 200;
            return result.outcome.rows.every(
              ({ name: pkg, version }) => typeof pkg === 'string' && typeof version === 'string',
            );
          },
        ),
        { numRuns: 150 },
      );
    }
    t.pass('150 variants of each form');
  });

  t.test('whose pages form a ring ends with an error', async (t) => {
    const path = PATHS['plain.sqlite'];
    const bytes = bytesOf('plain.sqlite');
    const pageBytes = bytes.readUInt16BE(16);
    // Every interior page of a table points at itself; every overflow page names itself as the next.
    for (let page = 1; page < bytes.length / pageBytes; page++) {
      const at = page * pageBytes;
      if (bytes[at] === 5) bytes.writeUInt32BE(page + 1, at + 8);
      else if (bytes[at] === 0) bytes.writeUInt32BE(page + 1, at);
    }
    const result = await readDatabase(path, { [path]: bytes });
    t.match(result.outcome, { outcome: 'error', reason: /ring|deeper/ });
    const hash = bytesOf('bdb.Packages');
    for (let at = 4096; at < hash.length; at += 4096) hash.writeUInt32LE(at / 4096, at + 16);
    t.match((await readDatabase('', { [PATHS['bdb.Packages']]: hash })).outcome, {
      outcome: 'error',
      reason: /ring/,
    });
  });

  t.test('with one damaged header lists the others and says how many are missing', async (t) => {
    const path = PATHS['ndb.Packages.db'];
    const bytes = bytesOf('ndb.Packages.db');
    // The header of the first slot: an index longer than its place.
    const blob = bytes.readUInt32LE(32 + 8) * 16;
    bytes.writeUInt32BE(0xffff_ffff, blob + 16);
    const result = await readDatabase(path, { [path]: bytes });
    t.equal(linesOf(result).length, expected.length - 1);
    t.match(result.note, /^1 damaged/);
  });

  t.test('of another kind is named as such', async (t) => {
    const cases = [
      [PATHS['plain.sqlite'], Buffer.alloc(50), /too short/],
      [PATHS['plain.sqlite'], Buffer.alloc(5000, 'x'), /not an SQLite database/],
      [PATHS['ndb.Packages.db'], Buffer.alloc(5000, 'x'), /not an rpm database/],
      [PATHS['bdb.Packages'], Buffer.alloc(5000, 'x'), /not a Berkeley DB hash/],
    ] as const;
    for (const [path, bytes, reason] of cases) {
      t.match((await readDatabase(path, { [path]: bytes })).outcome, { outcome: 'error', reason });
    }
  });
});

t.test('the source of a package is named by its file', async (t) => {
  t.equal(parseSourceName('glibc-2.34-60.el9.src.rpm'), 'glibc');
  t.equal(parseSourceName('java-17-openjdk-17.0.9-1.nosrc.rpm'), 'java-17-openjdk');
  for (const none of ['(none)', '', 'x.src.rpm', 'glibc-2.34-60.el9.x86_64.rpm'])
    t.equal(parseSourceName(none), null, none);
});

const hasTools = process.getuid?.() === 0 && existsSync(RPM) && existsSync(RPMBUILD) && existsSync(SQLITE);

t.test(
  'a fresh database of many packages is listed as rpm lists it',
  { skip: !hasTools && 'no root with rpm, rpmbuild and sqlite3 here' },
  async (t) => {
    const work = t.testdir({});
    const root = join(work, 'root');
    const dbpath = '/var/lib/rpm';
    const start = async (file: string, args: readonly string[]) => {
      const end = await startProcess(file, args, { timeoutMs: 90_000, maxOutputBytes: 8 * 1024 * 1024 });
      if (end.outcome === 'failed' || end.exitCode !== 0) throw new Error(`${file}: ${JSON.stringify(end)}`);
      return end.output.toString('utf8');
    };
    // 150 packages in one build: some hundred leaves below an interior page, most headers on overflow pages.
    const numbers = Array.from({ length: 150 }, (_, i) => i + 100);
    const spec = [
      'Name: all\nVersion: 1\nRelease: 1\nSummary: All\nLicense: None\nBuildArch: noarch\n%description\nAll.',
      ...numbers.map(
        (i) =>
          `%package -n one-${i}\nSummary: One\nVersion: 1.${i}\n${i % 4 === 0 ? `Epoch: ${i % 7}\n` : ''}%description -n one-${i}\n${'Words. '.repeat((i * 37) % 2000)}\n%files -n one-${i}\n`,
      ),
    ].join('\n');
    await writeFile(join(work, 'all.spec'), spec);
    await mkdir(root);
    await start(RPMBUILD, ['--define', `_topdir ${work}`, '-bb', join(work, 'all.spec')]);
    const rpm = (...args: readonly string[]) => start(RPM, ['--root', root, '--dbpath', dbpath, ...args]);
    await rpm('--initdb');
    await rpm(
      '-i',
      '--nodeps',
      ...numbers.map((i) => join(work, `RPMS/noarch/one-${i}-1.${i}-1.noarch.rpm`)),
    );
    const wanted = parseExpected(await rpm('-qa', '--qf', QUERY));
    t.equal(wanted.length, 150);

    const files = createFiles(root);
    t.strictSame(linesOf((await rpmSource.read(files))[0]), wanted);

    // Small pages make the tree three levels deep and every header an overflow chain.
    const database = join(root, dbpath, 'rpmdb.sqlite');
    await start(SQLITE, [database, 'PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM;']);
    t.strictSame(linesOf((await rpmSource.read(files))[0]), wanted);
    await rpm('-e', 'one-100', 'one-249');
    t.strictSame(linesOf((await rpmSource.read(files))[0]), parseExpected(await rpm('-qa', '--qf', QUERY)));
  },
);
