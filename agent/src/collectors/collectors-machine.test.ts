// Tests of all slice collectors together: on this machine, on nothing at all, and on hostile content.
import { join } from 'node:path';
import { checkBody, sliceSections } from '@muster/protocol';
import fc from 'fast-check';
import t from 'tap';
import { readAddresses } from '../platform/addresses.ts';
import { createFiles, type Files } from '../platform/files.ts';
import type { CollectContext } from './collector.ts';
import { collectors } from './index.ts';
import { findFault, writeBodies } from './runner/bodies.ts';
import { contextAt, contextOf, readBody, readText, SYSTEMS } from './testing/readings.ts';

/** Packages have databases and tests of their own. */
const slices = collectors.filter(
  ({ section }) => section.kind === 'slice' && !section.name.startsWith('package'),
);
const here: CollectContext = { ...contextAt('/'), addresses: readAddresses };

/** Sections that every Linux system has rows for, the machine that runs the tests included. */
const ALWAYS = [
  'os_version',
  'system_info',
  'cpu_info',
  'memory_info',
  'kernel_info',
  'mounts',
  'interface_details',
  'interface_addresses',
  'virtualization',
  'users',
  'groups',
  'pending_reboot',
  'time_settings',
];

t.test('every slice section but packages has one collector here', async (t) => {
  const wanted = sliceSections.map(({ name }) => name).filter((name) => !name.startsWith('package'));
  t.same(slices.map(({ section }) => section.name).sort(), wanted.sort());
  for (const { section, everyMs, timeoutMs } of slices) {
    t.ok(everyMs >= 60_000 && timeoutMs >= 1_000 && timeoutMs < everyMs, section.name);
  }
});

t.test('this machine', async (t) => {
  t.test('gives facts of the right types, or says that it has none', async (t) => {
    for (const { section, collect } of slices) {
      const body = await readBody({ section, collect }, here);
      t.not(body.outcome, 'error', section.name);
      if (ALWAYS.includes(section.name))
        t.ok(body.outcome === 'ok' && body.rows.length > 0, `${section.name} has rows`);
      if (body.outcome === 'no-data') t.match(body.reason, /\w.*\.$/, `${section.name} says why`);
    }
  });

  t.test('gives the same text twice, so that nothing volatile is in it', async (t) => {
    for (const { section, collect } of slices) {
      const read = () => readText({ section, collect }, here);
      let [before, after] = [await read(), await read()];
      // The machine itself may change once in between: a mount, an interface, its clock. What is volatile differs each time.
      for (let more = 0; more < 5 && before !== after; more++) [before, after] = [after, await read()];
      t.equal(after, before, section.name);
    }
  });

  t.test('has values within their ranges', async (t) => {
    const read = async (name: string) => {
      const collector = slices.find(({ section }) => section.name === name);
      if (collector === undefined) throw new Error(name);
      const body = await readBody(collector, here);
      return body.rows.map((row) => new Map(body.columns.map((column, at) => [column, row[at] ?? null])));
    };
    const [memory] = await read('memory_info');
    t.ok(Number(memory?.get('memory_total')) > 64 * 1024 * 1024);
    const processors = (await read('cpu_info')).reduce(
      (sum, row) => sum + Number(row.get('logical_processors')),
      0,
    );
    t.ok(processors >= 1 && processors <= 4096);
    const [kernel] = await read('kernel_info');
    t.match(kernel?.get('version'), /^\d+\.\d+/);
    const bootTime = kernel?.get('boot_time') ?? null;
    if (bootTime !== null) t.ok(Date.parse(String(bootTime)) <= Date.now());
    t.ok(
      (await read('users')).some((row) => row.get('uid') === 0),
      'root is there',
    );
    t.ok((await read('interface_details')).some((row) => row.get('type') === 'loopback'));
    for (const row of await read('interface_details')) t.ok(Number(row.get('mtu') ?? 68) >= 68);
    const roots = (await read('mounts')).filter((row) => row.get('path') === '/');
    t.equal(roots.length, 1);
    for (const row of await read('block_devices')) t.ok(Number(row.get('size') ?? 1) > 0);
    for (const row of await read('mounts')) t.ok(Number(row.get('size') ?? 1) > 0);
    const [os] = await read('os_version');
    t.match(os?.get('arch'), /^\w+$/);
  });
});

t.test('the recorded systems give the same text on every machine that reads them', async (t) => {
  for (const system of SYSTEMS) {
    for (const collector of slices) {
      const text = await readText(collector, contextOf(system));
      t.equal(await readText(collector, contextOf(system)), text, `${system} ${collector.section.name}`);
      checkBody(collector.section, JSON.parse(text));
    }
  }
});

t.test('a system without any of the files has no data, and says so', async (t) => {
  const empty = contextAt(t.testdir());
  for (const collector of slices) {
    const body = await readBody(collector, empty);
    // Clocks have values by definition: a system that says nothing is on UTC.
    if (collector.section.name === 'time_settings') continue;
    t.equal(body.outcome, 'no-data', collector.section.name);
    t.match(body.reason, /\w.*\.$/);
    await collector.stamp?.(empty);
  }
});

const HOSTILE = [
  '\u0000\u0001\u001b[31m',
  '<img src=x onerror=alert(1)>',
  "'; DROP TABLE device; --",
  'NaN',
  '-1',
  '1e999',
  '99999999999999999999',
  '\ud800',
  '\u202etxt.exe',
  '../../../../etc/shadow',
  '__proto__',
  'constructor',
  '\n\n\n',
  ':::::::::',
  '[Install]\nAlias=\n',
];

/** Files of a recorded system whose texts, names and links were tampered with. */
function tamper(files: Files, choose: () => number): Files {
  const bad = () => HOSTILE[choose() % HOSTILE.length] ?? '';
  const harm = (text: string) => {
    const at = choose() % (text.length + 1);
    return choose() % 3 === 0 ? text : `${text.slice(0, at)}${bad()}${text.slice(at + (choose() % 5))}`;
  };
  return {
    ...files,
    readText: async (path, maxBytes) => {
      const text = await files.readText(path, maxBytes);
      return text === null ? null : harm(text);
    },
    list: async (path) => [...(await files.list(path)), ...(choose() % 2 === 0 ? [bad()] : [])],
    readLink: async (path) => {
      const link = await files.readLink(path);
      return link === null ? null : harm(link);
    },
  };
}

t.test('hostile content', async (t) => {
  t.test('tampered files give a body that a server takes', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...SYSTEMS),
      fc.array(fc.nat(1_000_000), { minLength: 50, maxLength: 50 }),
      async (system, numbers) => {
        let at = 0;
        const context = contextOf(system);
        const files = tamper(context.files, () => numbers[at++ % numbers.length] ?? 0);
        for (const collector of slices) {
          const outcome = await collector.collect({ ...context, files });
          const faults = writeBodies(collector.section, outcome).map((text) =>
            findFault(collector.section, text),
          );
          if (faults.some((fault) => fault !== null))
            throw new Error(`${collector.section.name}: ${faults.join(' ')}`);
        }
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  t.test('ten megabytes in every file stay bounded', async (t) => {
    const huge = `${'x'.repeat(10_000_000)}\n`;
    const context = contextOf('fedora40-server');
    const endless: Files = {
      ...context.files,
      readText: async (path, maxBytes = 1024 * 1024) =>
        (await context.files.readText(path)) === null ? null : huge.slice(0, maxBytes),
    };
    for (const collector of slices) {
      const outcome = await collector.collect({ ...context, files: endless });
      for (const text of writeBodies(collector.section, outcome)) {
        t.equal(findFault(collector.section, text), null, collector.section.name);
        t.ok(text.length < 4 * 1024 * 1024);
      }
    }
  });

  t.test('a hundred thousand accounts become an error of their own', async (t) => {
    const line = (i: number) => `u${i}:x:${i}:${i}::/:/bin/sh`;
    const passwd = Array.from({ length: 60_000 }, (_, i) => line(i)).join('\n');
    const context = contextAt(t.testdir({ etc: { passwd } }));
    const users = slices.find(({ section }) => section.name === 'users');
    if (users === undefined) throw new Error('users');
    const [text] = writeBodies(users.section, await users.collect(context));
    t.match(text, /"outcome":"error","reason":"There are more than 20000 rows/);
  });
});

t.test('the reader of files', async (t) => {
  const folder = t.testdir({
    small: 'first\nsecond\n',
    large: 'é'.repeat(200_000),
    empty: '',
    folder: { b: '', a: '' },
    link: t.fixture('symlink', 'small'),
    loop: t.fixture('symlink', 'loop'),
  });
  const files = createFiles(folder);

  t.test('reads texts whole and cut', async (t) => {
    t.equal(await files.readText('/small'), 'first\nsecond\n');
    t.equal(await files.readText('/large'), 'é'.repeat(200_000));
    t.equal((await files.readText('/large', 100_000))?.length, 50_000);
    t.equal(await files.readText('/small', 3), 'fir');
    t.equal(await files.readText('/empty'), '');
    t.equal(new TextDecoder().decode((await files.readRange('/small', 6, 100)) ?? undefined), 'second\n');
  });

  t.test('answers null for what is absent, a folder, a loop or no valid name', async (t) => {
    for (const path of ['/absent', '/folder', '/loop', '/small/below', '/a\u0000b', `/${'x'.repeat(5000)}`]) {
      t.equal(await files.readText(path), null);
      t.equal(await files.readRange(path, 0, 1), null);
      t.equal(await files.readLink(path), path === '/loop' ? 'loop' : null);
      t.same(await files.list(path), path === '/folder' ? ['a', 'b'] : []);
      t.equal(await files.readPieces(path, () => undefined), false);
    }
    t.equal(await files.stat('/absent'), null);
    t.equal(await files.statFilesystem('/absent'), null);
    t.equal((await files.stat('/link'))?.size, 13, 'links are followed');
    t.ok(((await files.statFilesystem('/'))?.blocks ?? 0) > 0);
  });

  t.test('gives big files in pieces', async (t) => {
    let bytes = 0;
    let pieces = 0;
    const read = await files.readPieces('/large', (piece) => {
      pieces++;
      bytes += piece.length;
    });
    t.same([read, bytes, pieces > 1], [true, 400_000, true]);
  });

  t.test('does not wait for a pipe that nobody writes to', async (t) => {
    const { spawnSync } = await import('node:child_process');
    spawnSync('mkfifo', [join(folder, 'pipe')]);
    t.equal(await files.readText('/pipe'), '');
  });

  t.test('reads files of the kernel, which state no size', async (t) => {
    t.match(await createFiles('/').readText('/proc/self/status'), /^Name:/);
    t.equal(await createFiles('/').readText('/proc/self/mem', 10), null);
  });
});
