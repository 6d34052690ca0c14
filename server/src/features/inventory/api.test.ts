// Tests what the API answers about stored inventory: rows, history, software, and how many statements that takes.
import { compareVersions, type Ecosystem, encodeLiveFrame } from '@muster/protocol';
import { compileExpression, fitsSoftware, type SoftwareAsked } from '@muster/protocol/language';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { until } from '../../core/testing/until.ts';
import { createHandlers } from '../../gateway/handlers.ts';
import { createDeviceNames, createFleetRows } from '../devices/index.ts';
import { createFleet } from '../fleet/index.ts';
import { compareStates } from './compare.ts';
import { createFactReader, createInventory, createSoftwareReader } from './index.ts';
import { createTestApi, createTestConnections } from './testing/api.ts';
import { createTestDevice, report, type TestDevice, type TestPackage } from './testing/device.ts';
import { addDevices, createTenants } from './testing/fleet.ts';

const START = Date.parse('2026-11-01T00:00:00.000Z');
const HOUR = 3_600_000;
const at = (hours: number) => new Date(START + hours * HOUR).toISOString();

async function openApi(t: Test, count: number) {
  const database = await openTestDatabase(t);
  const { sql } = database;
  await createTenants(sql, [1, 2]);
  const refs = await addDevices(sql, 1, count);
  const clock = { ...systemClock, nowMs: START, now: () => clock.nowMs };
  const connections = createTestConnections();
  // As the composition wires them.
  const source = { ...createFleetRows(sql), facts: createFactReader(sql) };
  const fleet = createFleet({ source, software: createSoftwareReader(sql), clock, log: silentLog });
  t.teardown(() => fleet.stop());
  const inventory = createInventory({
    sql,
    clock,
    log: silentLog,
    devices: createDeviceNames(sql),
    connections,
    changed(all) {
      for (const { tenant, idx } of all) fleet.note('inventory', tenant, idx);
    },
  });
  const handlers = createHandlers();
  inventory.register(handlers.routes);
  await inventory.start();
  t.teardown(() => inventory.stop());
  const api = await createTestApi(t, (app) => inventory.serve(app));
  const devices = refs.map(createTestDevice);
  /** Reports of some devices, all at once. */
  const reportAll = (some: readonly TestDevice[] = devices) =>
    Promise.all(some.map((device) => report(handlers, device)));
  /** Statements of one request. */
  const cost = async (url: string) => {
    const before = database.statements();
    const { status } = await api.get(url);
    t.equal(status, 200, url);
    return database.statements() - before;
  };
  return { ...database, fleet, inventory, handlers, api, refs, devices, clock, connections, reportAll, cost };
}

function first<T>(list: readonly T[], place = 0): T {
  const found = list[place];
  if (found === undefined) throw new Error(`there is no element ${place}`);
  return found;
}

t.test('a device over time', async (t) => {
  const { api, devices, clock, reportAll, refs } = await openApi(t, 2);
  const device = first(devices);
  const url = `/api/v1/devices/${first(refs).deviceId}`;
  const user = (username: string, shell: string) => ({
    uid: username.length,
    gid: 1,
    username,
    shell,
    directory: `/home/${username}`,
    description: '<script>x</script>',
    interactive: true,
  });

  t.match(
    (await api.get(`${url}/inventory`)).body,
    { storedAt: null, confirmedAt: null, sections: [] },
    'before its first report there is nothing',
  );
  device.set('os_version', [{ name: 'Debian GNU/Linux', version: '12', platform: 'debian' }], START);
  device.set('users', [user('root', '/bin/bash'), user('anna', '/bin/sh')], START);
  device.setPackages(
    [
      { name: 'bash', version: '5.1' },
      { name: 'curl', version: '7' },
      { name: 'zlib1g', version: '1', status: 'config-files' },
    ],
    START,
  );
  await reportAll([device]);
  clock.nowMs = START + 10 * HOUR;
  device.set('users', [user('root', '/bin/zsh'), user('bert', '/bin/sh')], START + 5 * HOUR);
  device.setPackages(
    [
      { name: 'bash', version: '5.2' },
      { name: 'dash', version: '0.5' },
      { name: 'zlib1g', version: '1', status: 'config-files' },
    ],
    START + 6 * HOUR,
  );
  await reportAll([device]);
  clock.nowMs = START + 20 * HOUR;
  device.remove('os_version');
  device.set(
    'users',
    '{"section":"users","outcome":"error","reason":"permission denied","columns":[],"rows":[]}',
    START + 15 * HOUR,
  );
  device.setPackages(null, START + 18 * HOUR);
  await reportAll([device]);

  await t.test('shows its sections now and then', async (t) => {
    const now = (await api.get(`${url}/inventory`)).body;
    t.match(now, {
      storedAt: at(20),
      confirmedAt: null,
      sections: [
        {
          name: 'users',
          title: 'Users',
          outcome: 'error',
          reason: 'permission denied',
          rowCount: 0,
          since: at(15),
          until: null,
        },
      ],
    });
    const then = (await api.get(`${url}/inventory?at=${at(7)}`)).body;
    t.match(then, {
      sections: [
        { name: 'os_version', outcome: 'ok', rowCount: 1, since: at(0), until: at(20), source: /os-release/ },
        { name: 'packages', outcome: 'ok', rowCount: 2, since: at(6), until: at(18) },
        { name: 'users', outcome: 'ok', rowCount: 2, since: at(5), until: at(15) },
      ],
    });
    t.match((await api.get(`${url}/inventory?at=2020-01-01T00:00:00Z`)).body, { sections: [] });
    t.match(
      await api.get(`${url}/inventory/os_version`),
      { status: 404, body: { code: 'E_NOT_FOUND' } },
      'a section that vanished is not there',
    );
    t.match((await api.get(`${url}/inventory/os_version?at=${at(1)}`)).body, {
      items: [{ name: 'Debian GNU/Linux', version: '12', build: null }],
      next: null,
    });
    t.match((await api.get(`${url}/inventory/packages?at=${at(1)}`)).body, {
      rowCount: 3,
      items: [{ name: 'bash' }, { name: 'curl' }, { name: 'zlib1g', status: 'config-files' }],
    });
    t.match(await api.get(`${url}/inventory?at=yesterday`), { status: 400 });
    t.match(await api.get(`${url}/inventory`, 2), { status: 404 }, 'another organization does not see it');
  });

  await t.test('pages through rows and packages', async (t) => {
    const one = (await api.get(`${url}/inventory/users?at=${at(1)}&limit=1`)).body as {
      items: unknown[];
      next: string;
    };
    const two = (await api.get(`${url}/inventory/users?at=${at(1)}&limit=1&cursor=${one.next}`)).body as {
      items: unknown[];
      next: null;
    };
    t.match([...one.items, ...two.items], [{ username: 'anna' }, { username: 'root' }]);
    t.equal(two.next, null);
    t.match(
      await api.get(`${url}/inventory/users?at=${at(6)}&limit=1&cursor=${one.next}`),
      { status: 400, body: { code: 'E_CURSOR' } },
      'not from one content into another',
    );
    const page = (await api.get(`${url}/software?at=${at(1)}&limit=2`)).body as {
      items: unknown[];
      next: string;
    };
    t.match(page.items, [{ name: 'bash', version: '5.1', ecosystem: 'deb' }, { name: 'curl' }]);
    t.match((await api.get(`${url}/software?at=${at(1)}&limit=2&cursor=${page.next}`)).body, {
      items: [{ name: 'zlib1g' }],
      next: null,
    });
    t.match((await api.get(`${url}/software?at=${at(7)}&prefix=D&fields=name,version`)).body, {
      items: [{ name: 'dash', version: '0.5' }],
    });
    t.match((await api.get(`${url}/software`)).body, { items: [], next: null });
  });

  await t.test('tells what changed when', async (t) => {
    const { items } = (await api.get(`${url}/timeline`)).body as {
      items: { at: string; section: string; kind: string }[];
    };
    t.same(
      items.map((item) => [item.at, item.section, item.kind]),
      [
        [at(20), 'os_version', 'vanished'],
        [at(18), 'packages', 'vanished'],
        [at(15), 'users', 'changed'],
        [at(6), 'packages', 'changed'],
        [at(5), 'users', 'changed'],
        [at(0), 'users', 'first'],
        [at(0), 'packages', 'first'],
        [at(0), 'os_version', 'first'],
      ],
    );
    t.match(
      items[2],
      { beforeOutcome: 'ok', afterOutcome: 'error', added: 0, removed: 0, changed: 0, rows: [] },
      'what could not be read has not vanished',
    );
    t.match(items[3], {
      changed: 1,
      added: 1,
      removed: 1,
      rows: [
        {
          change: 'changed',
          row: { name: 'bash' },
          values: [{ column: 'version', before: '5.1', after: '5.2' }],
        },
        { change: 'removed', row: { name: 'curl' } },
        { change: 'added', row: { name: 'dash' } },
      ],
    });
    t.match(items[4], {
      changed: 1,
      added: 1,
      removed: 1,
      rows: [
        { change: 'removed', row: { username: 'anna' } },
        { change: 'added', row: { username: 'bert' } },
        {
          change: 'changed',
          row: { username: 'root' },
          values: [{ column: 'shell', before: '/bin/bash', after: '/bin/zsh' }],
        },
      ],
    });
    const paged: unknown[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page = (await api.get(`${url}/timeline?limit=3${next === '' ? '' : `&cursor=${next}`}`)).body as {
        items: unknown[];
        next: string | null;
      };
      paged.push(...page.items);
      next = page.next;
    }
    t.same(paged, items, 'pages join without gap or double');
    const middle = (await api.get(`${url}/timeline?from=${at(5)}&to=${at(15)}`)).body as {
      items: { at: string }[];
    };
    t.same(
      middle.items.map((item) => item.at),
      [at(6), at(5)],
      'from is included, to is not',
    );
  });

  await t.test('compares two times and two devices', async (t) => {
    const { items } = (await api.get(`${url}/diff?from=${at(1)}&to=${at(7)}`)).body as {
      items: { section: string }[];
    };
    t.match(items, [
      { section: 'users', changed: 1, added: 1, removed: 1 },
      { section: 'packages', added: 1, removed: 1, changed: 1 },
    ]);
    t.match((await api.get(`${url}/diff?from=${at(1)}&to=${at(7)}&section=packages`)).body, {
      items: [{ section: 'packages' }],
    });
    t.same((await api.get(`${url}/diff?from=${at(7)}&to=${at(8)}`)).body, { items: [] }, 'nothing changed');
    t.match((await api.get(`${url}/diff?from=${at(1)}`)).body, {
      items: [
        { section: 'os_version', removed: 1, afterOutcome: null },
        { section: 'users' },
        { section: 'packages', removed: 2 },
      ],
    });
    const other = first(devices, 1);
    other.setPackages([{ name: 'bash', version: '5.1' }], START);
    await reportAll([other]);
    t.match((await api.get(`${url}/diff?from=${at(1)}&with=${first(refs, 1).deviceId}`)).body, {
      items: [
        { section: 'os_version' },
        { section: 'users' },
        { section: 'packages', removed: 2, added: 0, changed: 0 },
      ],
    });
  });
});

t.test('rows are compared by what they are', async (t) => {
  const section = { name: 'mounts', key: ['path'] };
  const state = (...rows: (string | number | null)[][]) => ({ columns: ['path', 'size'], rows });
  const compare = (before: ReturnType<typeof state> | null, after: ReturnType<typeof state> | null) =>
    compareStates(section, { before, after }, 10);
  t.match(compare(state(['/', 1]), state(['/', 2])), { changed: 1, added: 0, removed: 0 });
  t.match(
    compare(state(['/', 1], ['/', 1]), state(['/', 1])),
    { changed: 0, added: 0, removed: 1 },
    'doubled rows are counted',
  );
  t.match(compare(null, state(['/', 1])), { added: 1 });
  t.match(
    compare({ columns: ['path'], rows: [['/']] }, state(['/', null])),
    { changed: 0, added: 0, removed: 0 },
    'a new empty column is no change',
  );
  const hostile = { columns: ['path', 'constructor'], rows: [['/', 'x']] };
  t.match(compareStates(section, { before: state(['/', 1]), after: hostile }, 10), {
    changed: 1,
    rows: [{ values: [{ column: 'constructor', before: null, after: 'x' }, { column: 'size' }] }],
  });
  const row = fc.tuple(fc.constantFrom('/', '/home', '/var'), fc.constantFrom(1, 2, null));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), fc.array(row, { maxLength: 6 }), (before, after) => {
      const found = compareStates(section, { before: state(...before), after: state(...after) }, 100);
      return (
        after.length - before.length === found.added - found.removed &&
        found.rows.length === found.added + found.removed + found.changed
      );
    }),
  );
});

t.test('who has what', async (t) => {
  const { api, devices, reportAll, cost, inventory, sql, handlers, fleet, statements } = await openApi(t, 60);
  const versions = ['1.0', '1.0~rc1', '1:0.9', '1.0-1', '1.0-1+deb12u1', '1.10', '1.9'];
  const rows = (place: number): TestPackage[] => [
    { name: 'openssl', version: first(versions, place % versions.length) },
    ...(place % 2 === 0 ? [{ name: 'openssl', version: '1.10', arch: 'i386' }] : []),
    ...(place % 3 === 0 ? [{ name: 'openssl', version: '24.0', ecosystem: 'pypi', arch: '' }] : []),
    { name: 'openssl-removed', version: '1', status: 'config-files' },
    ...Array.from({ length: 30 }, (_, i) => ({ name: `filler-${i}`, version: `${place % 5}` })),
  ];
  const last = first(devices, 59);
  for (const device of devices) {
    device.setPackages(device === last ? null : rows(device.session.idx));
    device.set('os_version', [
      { name: 'Debian GNU/Linux', version: '12', platform: 'debian', arch: 'x86_64' },
    ]);
    device.set('memory_info', [{ memory_total: 1_000_000_000 * device.session.idx }]);
    device.set('cpu_info', [
      { device_id: 'CPU0', model: 'Some', logical_processors: 4 },
      { device_id: 'CPU1', model: 'Some', logical_processors: 4 },
    ]);
  }
  await reportAll();
  const lists = devices.slice(0, 59).map((device) => rows(device.session.idx));

  await t.test('with any version, in the order of its ecosystem', async (t) => {
    const compare = { lt: [-1], le: [-1, 0], eq: [0], ge: [0, 1], gt: [1] } as const;
    for (const [op, signs] of Object.entries(compare)) {
      for (const version of ['1.0', '1.9', '1:0', '24']) {
        for (const ecosystem of ['deb', 'pypi', undefined] as const) {
          const fits = (row: TestPackage) => {
            const own = (row.ecosystem ?? 'deb') as Ecosystem;
            const signsOf: readonly number[] = signs;
            return (
              row.name === 'openssl' &&
              (ecosystem ?? own) === own &&
              signsOf.includes(compareVersions(own, row.version, version))
            );
          };
          const expected = lists.flatMap((list, idx) => (list.some(fits) ? [idx] : []));
          const found: string[] = [];
          let next: string | null = '';
          while (next !== null) {
            const query = `name=openssl&op=${op}&version=${encodeURIComponent(version)}&limit=20${ecosystem ? `&ecosystem=${ecosystem}` : ''}${next ? `&cursor=${next}` : ''}`;
            const { body, status } = await api.get(`/api/v1/software?${query}`);
            t.equal(status, 200);
            const page = body as { devices: number; items: { hostname: string }[]; next: string | null };
            if (page.devices !== expected.length)
              t.fail(`${query} counts ${page.devices} instead of ${expected.length}`);
            found.push(...page.items.map((item) => item.hostname));
            next = page.next;
          }
          t.same(
            found,
            expected.map((idx) => `host-${idx}`),
            `${ecosystem ?? 'any'} ${op} ${version}`,
          );
        }
      }
    }
  });

  await t.test('expressions about packages mean the same, and follow what devices report', async (t) => {
    const installed = lists.map((list) =>
      list
        .filter(({ status }) => status === undefined)
        .map(({ name, version, ecosystem = 'deb' }) => ({
          name,
          version,
          ecosystem: ecosystem as Ecosystem,
        })),
    );
    const holders = (asked: SoftwareAsked) =>
      installed.flatMap((list, idx) => (list.some((one) => fitsSoftware(asked, one)) ? [idx] : []));
    const on = (text: string) => compileExpression(text, { for: 'server' });
    const found = async (text: string) => [...(await fleet.select(1, { expression: on(text) })).idxs];
    fleet.start();
    for (const by of ['<', '<=', '==', '!=', '>=', '>'])
      for (const version of ['1.0', '1.9', '1:0', '24']) {
        const text = `software("openssl").version ${by} "${version}"`;
        const [asked] = on(text).software.values();
        t.same(await found(text), holders(asked ?? { name: '' }), text);
      }
    t.same(await found('software("openssl-removed") || software("OpenSSL") || software("none")'), []);
    t.equal((await found('!software("openssl")')).length, 1, 'one has reported no packages');
    // A database takes no U+0000, and one question must not hold up the others.
    for (const text of ['software("a\\u0000b")', 'software("a").version < "1\\000"'])
      t.throws(() => on(text), { code: 'E_EXPRESSION' }, text);
    t.same(await found('software("\\u200b")'), [], 'whatever else is asked is answered');
    const before = statements();
    await found('software("openssl").version < "1.9" && software("filler-3").version == "2"');
    const first = statements() - before;
    await found('software("filler-3").version == "2" && software("openssl").version < "1.9"');
    t.ok(first <= 6 && statements() - before === first, 'what was answered is not asked again');

    const old = on('software("openssl").version < "1.0"');
    const members = new Set<number>();
    fleet.watch(1, old, ({ joined, left }) => {
      for (const idx of left) members.delete(idx);
      for (const idx of joined) members.add(idx);
    });
    await until('the watch has its members', () => members.size > 0);
    const [some = -1] = members;
    const device = devices[some];
    device?.setPackages([{ name: 'openssl', version: '1.10' }], START + HOUR);
    await reportAll(devices.slice(some, some + 1));
    t.notOk((await found(old.text)).includes(some), 'who asks then sees it');
    await until('the watch hears of it', () => !members.has(some));
    t.same(
      [...members].toSorted((a, b) => a - b),
      await found(old.text),
    );
    device?.setPackages(rows(some), START + 2 * HOUR);
    await reportAll(devices.slice(some, some + 1));
    await until('and of the next', () => members.has(some));
  });

  await t.test('counts versions and names', async (t) => {
    const { body } = await api.get('/api/v1/software?name=openssl&limit=2');
    const all = body as {
      devices: number;
      versions: { ecosystem: string; version: string; arch: string; devices: number }[];
    };
    t.equal(all.devices, 59);
    for (const found of all.versions) {
      const same = (row: TestPackage) =>
        (row.ecosystem ?? 'deb') === found.ecosystem &&
        row.version === found.version &&
        (row.arch ?? 'amd64') === found.arch;
      t.equal(
        found.devices,
        lists.filter((list) => list.some((row) => row.name === 'openssl' && same(row))).length,
        JSON.stringify(found),
      );
    }
    t.same(
      all.versions
        .filter(({ ecosystem, arch }) => ecosystem === 'deb' && arch === 'amd64')
        .map(({ version }) => version),
      ['1:0.9', '1.10', '1.9', '1.0-1+deb12u1', '1.0-1', '1.0', '1.0~rc1'],
      'newest first',
    );
    t.match((await api.get('/api/v1/software/names?prefix=OPEN')).body, {
      items: [
        { name: 'openssl', ecosystem: 'deb', versions: 7, devices: 59 },
        { name: 'openssl', ecosystem: 'pypi', versions: 1, devices: 20 },
      ],
      next: null,
    });
    const names: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page = (await api.get(`/api/v1/software/names?limit=4${next ? `&cursor=${next}` : ''}`)).body as {
        items: { name: string }[];
        next: string | null;
      };
      names.push(...page.items.map(({ name }) => name));
      next = page.next;
    }
    t.equal(names.length, 32, 'every name once, also over pages');
    t.same(names, names.toSorted());
    for (const name of ["'; DROP TABLE package; --", '%', '日本']) {
      t.match((await api.get(`/api/v1/software?name=${encodeURIComponent(name)}`)).body, {
        devices: 0,
        items: [],
        versions: [],
      });
      t.match((await api.get(`/api/v1/software/names?prefix=${encodeURIComponent(name)}`)).body, {
        items: [],
      });
    }
    t.match(
      (await api.get('/api/v1/software?name=openssl', 2)).body,
      { devices: 0, items: [] },
      'another organization has none of it',
    );
    t.match(await api.get('/api/v1/software'), { status: 400, body: { code: 'E_VALIDATION' } });
  });

  await t.test('in as many statements for a few devices as for all', async (t) => {
    const id = first(devices).session.deviceId;
    for (const path of [
      'inventory',
      'inventory/os_version',
      'inventory/packages',
      'software',
      'timeline',
      'diff?from=2026-10-01T00:00:00Z',
    ]) {
      t.ok((await cost(`/api/v1/devices/${id}/${path}`)) <= 8, path);
    }
    t.equal(
      await cost('/api/v1/software?name=openssl&limit=2'),
      await cost('/api/v1/software?name=openssl&limit=500'),
    );
    t.equal(await cost('/api/v1/software/names?limit=1'), await cost('/api/v1/software/names?limit=500'));
    const summaries = await inventory.summaries(
      1,
      devices.map((device) => device.session.idx),
    );
    t.match(summaries.get(7), {
      osName: 'Debian GNU/Linux',
      osVersion: '12',
      arch: 'x86_64',
      cpuModel: 'Some',
      cpuSockets: 2,
      cpuThreads: 8,
      memoryBytes: 7_000_000_000,
      packages: rows(7).length - 1,
      kernel: null,
    });
    t.equal(summaries.get(59)?.packages, null, 'a device without a list has no number');
    t.equal(
      (await inventory.summaries(1, [1_000])).get(1_000)?.osName,
      null,
      'nor has one that never reported',
    );
  });

  await t.test('without the devices that are gone', async (t) => {
    await inventory.forget(1, 0);
    t.match((await api.get('/api/v1/software?name=openssl&limit=1')).body, {
      devices: 58,
      items: [{ hostname: 'host-1' }],
    });
    t.equal((await sql`SELECT 1 FROM device_slice WHERE idx = 0 AND valid_to = 'infinity'`).length, 0);
    t.equal((await sql`SELECT 1 FROM device_inventory WHERE idx = 0`).length, 0);
    await report(handlers, first(devices));
    t.match(
      (await api.get('/api/v1/software?name=openssl&limit=1')).body,
      { devices: 59 },
      'one that reports all the same is there again',
    );
  });
});

t.test('a live section is asked of the device itself', async (t) => {
  const { api, connections, devices, handlers, refs } = await openApi(t, 1);
  const url = `/api/v1/devices/${first(refs).deviceId}/live`;
  t.match(await api.get(`${url}/processes`), {
    status: 503,
    body: { code: 'E_DEVICE_OFFLINE' },
  });
  t.match(await api.get(`${url}/os_version`), { status: 404 }, 'a slice is no live section');
  const { session } = first(devices);
  connections.add(session);
  const asked = api.get(`${url}/processes`);
  const { id, name } = await session.next('live.get');
  t.equal(name, 'processes');
  const text = Buffer.from(
    '{"section":"processes","outcome":"no-data","reason":"<b>none</b>","columns":[],"rows":[]}',
  );
  await handlers.frame('live')?.(
    session,
    encodeLiveFrame({ id, encoding: 'raw', rawBytes: text.length, data: text }),
  );
  t.match(await asked, {
    status: 200,
    body: { name: 'processes', outcome: 'no-data', reason: '<b>none</b>', items: [] },
  });
  t.match((await api.get('/api/v1/sections')).body, {
    items: [{ name: 'os_version', columns: [{ name: 'name', type: 'text', required: true }] }],
  });
});
