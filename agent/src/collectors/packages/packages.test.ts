// Tests of the package list: dpkg, apk, pip and npm from fixtures, their merging, and this very machine.
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBody, packageSourcesSection, packagesSection, writeBody } from '@muster/protocol';
import fc from 'fast-check';
import t from 'tap';
import { createFiles } from '../../platform/files.ts';
import { startProcess } from '../../platform/processes.ts';
import type { CollectContext } from '../collector.ts';
import { createPackageSources } from '../package_sources.ts';
import { createPackages } from '../packages.ts';
import { createDebScanner } from './deb.ts';
import { parsePackageJson } from './npm.ts';
import { parseMetadata } from './pypi.ts';
import { createPackageReader } from './reader.ts';
import type { PackageRow } from './source.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/packages/', import.meta.url));
const DPKG_QUERY = '/usr/bin/dpkg-query';

function contextOf(root: string): CollectContext {
  return { files: createFiles(root), probe: null, now: () => 0 };
}

/** Rows of a root folder as short lines, and what was said of the databases. */
async function collectFrom(root: string) {
  const reader = createPackageReader();
  const context = contextOf(root);
  const outcome = await createPackages(reader).collect(context);
  const sources = await createPackageSources(reader).collect(context);
  checkBody(packagesSection, JSON.parse(writeBody(packagesSection, outcome)));
  checkBody(packageSourcesSection, JSON.parse(writeBody(packageSourcesSection, sources)));
  const rows = outcome.outcome === 'ok' ? outcome.rows : [];
  const found = sources.outcome === 'ok' ? sources.rows.filter(({ state }) => state !== 'no-data') : [];
  return { outcome, rows, found, lines: rows.map(toLine) };
}

function toLine({ ecosystem, name, version, arch, source, size, status }: PackageRow): string {
  return [ecosystem, name, version, arch, source ?? '-', size ?? '-', status].join(' ');
}

/** Rows of a status text that arrives in pieces of that size. */
function scanDeb(text: string, pieceBytes: number): PackageRow[] {
  const scanner = createDebScanner();
  const bytes = Buffer.from(text);
  // One buffer for all pieces, as the reader of files uses its own again.
  const shared = Buffer.alloc(pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const length = bytes.copy(shared, 0, at, at + pieceBytes);
    scanner.push(shared.subarray(0, length));
  }
  scanner.end();
  return scanner.rows();
}

/** Fields as dpkg-query's format writes them, divided by blanks. */
function formatOf(...fields: readonly string[]): string {
  return `${fields.map((field) => `$\{${field}}`).join(' ')}\\n`;
}

async function run(file: string, args: readonly string[]): Promise<string> {
  const end = await startProcess(file, args, { timeoutMs: 30_000, maxOutputBytes: 8 * 1024 * 1024 });
  if (end.outcome !== 'exited') throw new Error(end.reason);
  return end.output.toString('utf8');
}

t.test('dpkg', async (t) => {
  t.test('lists a Debian status file with its unmerged updates', async (t) => {
    const { lines, found } = await collectFrom(join(FIXTURES, 'debian-12'));
    t.strictSame(lines.sort(), [
      'deb adduser 3.134 all - 702464 installed',
      'deb apt 2.6.1 amd64 - 4333568 installed',
      'deb bash 5.2.15-2+b8 amd64 - 7335936 held',
      'deb broken 0.9 all - 12288 half-installed',
      'deb libc6 2.36-9+deb12u14 amd64 glibc 13313024 installed',
      'deb libc6 2.36-9+deb12u14 i386 glibc 13313024 installed',
      'deb libssl3 3.0.19-1~deb12u2 amd64 openssl 6173696 installed',
      'deb login 1:4.13+dfsg1-1+deb12u1 amd64 shadow 2611200 installed',
      'deb oldtool 1:3.2-1 amd64 - 122880 config-files',
      'deb perl-base 5.36.0-7+deb12u2 amd64 perl 7822336 installed',
      'deb zlib1g 1:1.3.1-1 amd64 zlib 172032 installed',
    ]);
    const path = '/var/lib/dpkg/status';
    t.strictSame(found, [{ ecosystem: 'deb', path, state: 'ok', packages: 11, reason: '' }]);
  });

  t.test('lists a distroless image, whose stanzas are files of their own', async (t) => {
    const { lines } = await collectFrom(join(FIXTURES, 'distroless'));
    t.strictSame(lines.sort(), [
      'deb base-files 12.4+deb12u5 amd64 - 349184 installed',
      'deb libssl3 3.0.11-1~deb12u2 amd64 openssl 6166528 installed',
    ]);
  });

  t.test(
    'agrees with dpkg-query on the fixture',
    { skip: !existsSync(DPKG_QUERY) && 'no dpkg here' },
    async (t) => {
      const root = join(FIXTURES, 'debian-12');
      const format = formatOf('Package', 'Version', 'Architecture', 'source:Package');
      const theirs = await run(DPKG_QUERY, ['--admindir', join(root, 'var/lib/dpkg'), '-W', '-f', format]);
      const { rows } = await collectFrom(root);
      const ours = rows.map(
        ({ name, version, arch, source }) => `${name} ${version} ${arch} ${source ?? name}`,
      );
      t.strictSame(ours.sort(), theirs.trim().split('\n').sort());
    },
  );

  t.test('gives the same rows however the file is cut into pieces', async (t) => {
    const value = fc.stringMatching(/^[a-z0-9.+~:-]{1,12}$/);
    const stanza = fc.tuple(value, value, fc.constantFrom('amd64', 'all'), fc.nat(9999));
    const cut = fc.property(
      fc.uniqueArray(stanza, { selector: ([name]) => name, maxLength: 12 }),
      fc.integer({ min: 1, max: 300 }),
      (all, bytes) => {
        const text = all
          .map(
            ([name, version, arch, kib]) =>
              `Package: ${name}\nStatus: install ok installed\nInstalled-Size: ${kib}\nArchitecture: ${arch}\nVersion: ${version}\nDescription: x\n Package: no\n`,
          )
          .join('\n');
        const wanted = all.map(
          ([name, version, arch, kib]) => `deb ${name} ${version} ${arch} - ${kib * 1024} installed`,
        );
        return JSON.stringify(scanDeb(text, bytes).map(toLine)) === JSON.stringify(wanted);
      },
    );
    t.doesNotThrow(() => fc.assert(cut, { numRuns: 200 }));
  });

  t.test('survives lines without end, bytes that are no text, and stanzas without names', async (t) => {
    const rubbish = `${'x'.repeat(300_000)}\nVersion: 1\n\n\u0000\u0001\nPackage:\nVersion: 2\n\nPackage: real\nVersion: 3\nArchitecture: all\n`;
    t.strictSame(scanDeb(rubbish, 65_536).map(toLine), ['deb real 3 all - - installed']);
    const piece = fc.constantFrom(
      'Package: ',
      'Version:',
      'Status: install ok',
      ' installed',
      '\n',
      '\n\n',
      'a',
      'é',
      '\0',
      '\r',
    );
    const mixed = fc.property(
      fc.array(piece, { maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      (pieces, bytes) =>
        scanDeb(pieces.join(''), bytes).every(({ name, status }) => name !== '' && status !== ''),
    );
    t.doesNotThrow(() => fc.assert(mixed, { numRuns: 500 }));
  });

  t.test('a list of too many packages is cut, and says so', async (t) => {
    const many = Array.from(
      { length: 20_005 },
      (_, i) => `Package: p${i}\nVersion: 1\nArchitecture: all\n`,
    ).join('\n');
    const root = t.testdir({ var: { lib: { dpkg: { status: many } } } });
    const { rows, found } = await collectFrom(root);
    t.equal(rows.length, 20_000);
    t.match(found, [{ state: 'ok', packages: 20_000, reason: 'Only the first 20000 packages are listed.' }]);
  });
});

t.test('apk', async (t) => {
  t.test('lists the database of Alpine 3.20', async (t) => {
    const { lines } = await collectFrom(join(FIXTURES, 'alpine-3.20'));
    t.strictSame(lines.sort(), [
      'apk .build-deps 20240610.120000 noarch - 0 installed',
      'apk alpine-baselayout 3.6.5-r0 x86_64 - 315392 installed',
      'apk busybox 1.36.1-r29 x86_64 - 962560 installed',
      'apk ssl_client 1.36.1-r29 x86_64 busybox 28672 installed',
    ]);
  });

  t.test('lists the database of Alpine 3.23, which lies below /usr', async (t) => {
    const { lines, found } = await collectFrom(join(FIXTURES, 'alpine-3.23'));
    t.strictSame(lines.sort(), [
      'apk musl 1.2.5-r21 aarch64 - 724992 installed',
      'apk musl-utils 1.2.5-r21 aarch64 musl 135168 installed',
    ]);
    t.match(found, [{ path: '/usr/lib/apk/db/installed', packages: 2 }]);
  });
});

t.test('pip and npm', async (t) => {
  const root = t.testdir({
    usr: {
      lib: {
        python3: {
          'dist-packages': {
            'PyYAML-6.0.dist-info': {
              METADATA: 'Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\n\nName: not-this\n',
            },
            'lazr.uri-1.0.6.egg-info': {
              'PKG-INFO': 'Metadata-Version: 1.2\nName: lazr.uri\nVersion: 1.0.6\n',
            },
            'perf-0.1.egg-info': 'Metadata-Version: 1.0\nName: perf\nVersion: 0.1\n',
            'torn-2.0-py3.11.egg-info': { other: '' },
            'nameless.egg-info': {},
            yaml: { '__init__.py': '' },
          },
        },
        'python3.12': {
          'site-packages': { 'requests-2.31.0.dist-info': { METADATA: 'Name: requests\nVersion: 2.31.0\n' } },
        },
        python2: { 'dist-packages': { 'old-1.dist-info': { METADATA: 'Name: old\nVersion: 1\n' } } },
        node_modules: {
          npm: { 'package.json': '{"name":"npm","version":"10.8.2"}' },
          '@angular': { cli: { 'package.json': '{"name":"@angular/cli","version":"18.0.1"}' } },
          '.package-lock.json': '{}',
          broken: { 'package.json': '{"name":' },
          empty: {},
        },
      },
      local: {
        lib: {
          'python3.12': { 'site-packages': t.fixture('symlink', '../../../lib/python3.12/site-packages') },
        },
      },
    },
  });

  t.test('list what is installed for the whole system, each once', async (t) => {
    const { lines, found } = await collectFrom(root);
    t.strictSame(lines.sort(), [
      'npm @angular/cli 18.0.1  - - installed',
      'npm npm 10.8.2  - - installed',
      'pypi PyYAML 6.0  - - installed',
      'pypi lazr.uri 1.0.6  - - installed',
      'pypi perf 0.1  - - installed',
      'pypi requests 2.31.0  - - installed',
      'pypi torn 2.0  - - installed',
    ]);
    t.strictSame(
      found.map(({ path, packages }) => `${path} ${packages}`),
      ['/usr/lib/python3/dist-packages 4', '/usr/lib/python3.12/site-packages 1', '/usr/lib/node_modules 2'],
    );
  });

  t.test('take nothing for a package that is none', async (t) => {
    for (const text of [
      '',
      'null',
      '[]',
      '{"name":1,"version":"1"}',
      '{"name":"","version":"1"}',
      '{"name":"x"}',
    ]) {
      t.equal(parsePackageJson(text), null, text);
    }
    t.equal(parseMetadata('Name: only\n'), null);
    t.strictSame(parseMetadata('name: lower\r\nversion: 1\r\n'), { name: 'lower', version: '1' });
  });
});

t.test('all together', async (t) => {
  t.test('a system without any package database has no data, and every ecosystem says so', async (t) => {
    const { outcome } = await collectFrom(t.testdir({}));
    t.match(outcome, { outcome: 'no-data', reason: /dpkg, rpm, apk, pip and npm/ });
    const reader = createPackageReader();
    const sources = await createPackageSources(reader).collect(contextOf(t.testdir({})));
    t.equal(sources.outcome === 'ok' && sources.rows.filter(({ state }) => state === 'no-data').length, 5);
  });

  t.test('a database that is empty is no data, with another reason', async (t) => {
    const { outcome } = await collectFrom(t.testdir({ var: { lib: { dpkg: { status: '' } } } }));
    t.match(outcome, { outcome: 'no-data', reason: 'The package databases list no packages.' });
  });

  t.test('a damaged rpm database hides no deb packages and is named', async (t) => {
    const root = t.testdir({
      var: {
        lib: {
          dpkg: { status: 'Package: a\nVersion: 1\nArchitecture: all\n' },
          rpm: { 'rpmdb.sqlite': 'rubbish '.repeat(100) },
        },
      },
    });
    const { lines, found } = await collectFrom(root);
    t.strictSame(lines, ['deb a 1 all - - installed']);
    t.match(found, [
      { ecosystem: 'deb', state: 'ok' },
      { ecosystem: 'rpm', state: 'error', reason: /damaged/ },
    ]);
  });

  t.test('a database that was read before and is damaged now removes no packages', async (t) => {
    const dpkg = { status: 'Package: a\nVersion: 1\nArchitecture: all\n' };
    const apk = { installed: 'P:b\nV:1\nA:noarch\n\n' };
    const root = t.testdir({ var: { lib: { dpkg, rpm: {} } }, lib: { apk: { db: apk } } });
    const packages = createPackages(createPackageReader());
    const context = contextOf(root);
    const database = join(root, 'lib/apk/db/installed');
    t.match(await packages.collect(context), { outcome: 'ok', rows: { length: 2 } });
    await chmod(database, 0);
    // Root reads it all the same; a folder in its place is refused to everybody.
    if (process.getuid?.() === 0) {
      await rm(database);
      await mkdir(database);
    }
    for (const look of ['first', 'later'])
      t.match(await packages.collect(context), { outcome: 'error', reason: /apk/ }, look);
    await rm(database, { recursive: true });
    t.match(await packages.collect(context), { outcome: 'ok', rows: { length: 1 } }, 'gone is gone');
  });

  t.test('is an error when all there is cannot be read', async (t) => {
    const root = t.testdir({ var: { lib: { rpm: { 'rpmdb.sqlite': 'rubbish '.repeat(100) } } } });
    t.match((await collectFrom(root)).outcome, {
      outcome: 'error',
      reason: /rpmdb\.sqlite: The rpm database is damaged/,
    });
  });

  t.test('the stamp stays while nothing changes and differs after an installation', async (t) => {
    const root = t.testdir({
      var: { lib: { dpkg: { status: 'Package: a\nVersion: 1\nArchitecture: all\n' } } },
    });
    const reader = createPackageReader();
    const packages = createPackages(reader);
    const sources = createPackageSources(reader);
    const context = contextOf(root);
    await packages.collect(context);
    const before = await packages.stamp?.(context);
    t.equal(await packages.stamp?.(context), before);
    await appendFile(join(root, 'var/lib/dpkg/status'), '\nPackage: b\nVersion: 2\nArchitecture: all\n');
    t.not(await packages.stamp?.(context), before);
    const outcome = await sources.collect(context);
    t.match(outcome, { rows: [{ ecosystem: 'deb', packages: 2 }] }, 'the databases are read again');
  });
});

t.test('this machine', async (t) => {
  const { outcome, rows, found } = await collectFrom('/');
  t.not(outcome.outcome, 'error');
  t.equal(
    new Set(rows.map(({ ecosystem, name, arch, version }) => `${ecosystem} ${name} ${arch} ${version}`)).size,
    rows.length,
  );
  t.ok(
    rows.every(({ name, version, size }) => name !== '' && version !== '' && (size === null || size >= 0)),
  );
  t.ok(found.every(({ state, packages }) => state === 'error' || packages > 0));

  t.test(
    'has as many deb packages as dpkg-query counts',
    { skip: !existsSync(DPKG_QUERY) && 'no dpkg here' },
    async (t) => {
      const theirs = (await run(DPKG_QUERY, ['-W', '-f', formatOf('Package', 'Version', 'Architecture')]))
        .trim()
        .split('\n')
        .sort();
      const ours = (await collectFrom('/')).rows
        .filter(({ ecosystem }) => ecosystem === 'deb')
        .map(({ name, version, arch }) => `${name} ${version} ${arch}`);
      t.strictSame(ours.sort(), theirs);
    },
  );
});
