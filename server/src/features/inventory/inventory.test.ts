// Tests how offers become stored inventory: against a real database, with agents that speak the real encodings.
import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  decodeBodyFrame,
  decodeHeartbeat,
  encodeBodyFrame,
  encodeBundleFrame,
  encodeLiveFrame,
  findSection,
  joinFrames,
  MAX_SLICE_BYTES,
  PACKAGE_PARTS,
  partOf,
} from '@muster/protocol';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createByteQuota } from '../../core/agents/quota.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { createHandlers, type Handlers } from '../../gateway/handlers.ts';
import { BATCH_WAIT_MS } from '../../timing.ts';
import { createDeviceNames } from '../devices/index.ts';
import { createDigests } from './digests.ts';
import { createInventory } from './index.ts';
import { startAfter } from './intervals.ts';
import { MAX_ASKED_OFFERS, MAX_OFFERS_PER_MINUTE } from './limits.ts';
import { createOffers } from './offers.ts';
import { createTestConnections } from './testing/api.ts';
import { createTestDevice, hashText, report, type TestDevice, type TestPackage } from './testing/device.ts';
import { addDevices, createTenants, type TestRef } from './testing/fleet.ts';
import { createTestSession } from './testing/session.ts';
import { readTimeline } from './timeline.ts';
import type { DeviceChange } from './writer.ts';

/** A clock whose wall time the test sets; timers and monotonic time stay real. */
function createWall(): Clock & { nowMs: number } {
  const wall = { ...systemClock, nowMs: Date.parse('2026-11-22T12:00:00.000Z'), now: () => wall.nowMs };
  return wall;
}

async function openInventory(t: Test, options: { devices?: number; tenants?: number[] } = {}) {
  const database = await openTestDatabase(t);
  const { sql } = database;
  const tenants = options.tenants ?? [1];
  await createTenants(sql, tenants);
  const refs: TestRef[] = [];
  for (const tenant of tenants) refs.push(...(await addDevices(sql, tenant, options.devices ?? 2)));
  const clock = createWall();
  const changes: DeviceChange[] = [];
  const deps = {
    sql,
    clock,
    log: silentLog,
    devices: createDeviceNames(sql),
    connections: createTestConnections(),
    changed: (list: readonly DeviceChange[]) => void changes.push(...list),
  };
  const inventory = createInventory(deps);
  const handlers = createHandlers();
  inventory.register(handlers.routes);
  await inventory.start();
  t.teardown(() => inventory.stop());
  return {
    ...database,
    deps,
    refs,
    clock,
    changes,
    inventory,
    handlers,
    devices: refs.map(createTestDevice),
  };
}

function first<T>(list: readonly T[], at = 0): T {
  const found = list[at];
  if (found === undefined) throw new Error(`there is no element ${at}`);
  return found;
}

const os = (version: string) => [{ name: 'Debian GNU/Linux', version, platform: 'debian' }];
const minutes = (count: number) => count * 60_000;

/** Code with which a handler refuses. */
async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  return 'accepted';
}

t.test('a device reports, changes and repeats itself', async (t) => {
  const { sql, handlers, devices, clock, changes, statements, inventory } = await openInventory(t);
  const device = first(devices);
  const startMs = clock.nowMs;
  device.set('os_version', os('12'), startMs - minutes(5));
  device.set('memory_info', [{ memory_total: 8_000_000_000 }], startMs - minutes(5));
  device.setPackages(
    [
      { name: 'bash', version: '5.2-1' },
      { name: 'zlib1g', version: '1.2' },
    ],
    startMs - minutes(5),
  );
  const wanted = await report(handlers, device);
  t.equal(wanted.length, 2 + 3, 'two slices, two parts and the empty part, each once');
  t.same(first(changes).sections.toSorted(), ['memory_info', 'os_version', 'packages']);

  const before = statements();
  t.same(await report(handlers, device), [], 'an offer of what is stored wants nothing');
  t.equal(statements(), before, 'and costs no statement');

  clock.nowMs += minutes(60);
  device.set('os_version', os('13'), startMs + minutes(10));
  device.remove('memory_info');
  device.setPackages(
    [
      { name: 'bash', version: '5.2-2' },
      { name: 'zlib1g', version: '1.2' },
    ],
    startMs + minutes(20),
  );
  t.equal((await report(handlers, device)).length, 2, 'one slice and one part are new');
  const slices =
    await sql`SELECT name, valid_from AS f, nullif(valid_to, 'infinity') AS u FROM device_slice ORDER BY name, f`;
  t.same(
    slices.map(({ name, f, u }) => [
      name,
      (f.getTime() - startMs) / 60_000,
      u && (u.getTime() - startMs) / 60_000,
    ]),
    [
      ['memory_info', -5, 60],
      ['os_version', -5, 10],
      ['os_version', 10, null],
    ],
    'the late change split the interval where it happened, the missing section ended now',
  );
  const held = await sql`SELECT installed, valid_from AS f FROM device_packages ORDER BY f`;
  t.same(
    held.map(({ installed, f }) => [installed, (f.getTime() - startMs) / 60_000]),
    [
      [2, -5],
      [2, 20],
    ],
  );

  device.setPackages(null);
  await report(handlers, device);
  t.equal(
    (await sql`SELECT 1 FROM device_packages WHERE valid_to = 'infinity'`).length,
    0,
    'a list that is gone has no open interval',
  );
  t.equal((await sql`SELECT 1 FROM package_set WHERE devices <> 0`).length, 0, 'and nobody holds its sets');
  t.same(inventory.counts().offers, 0);
  t.same(inventory.counts().bytes, 0, 'no body is left in memory');
});

t.test(
  'a device that calls itself by another name is listed by it, and can look like no other',
  async (t) => {
    const { sql, handlers, devices, changes, inventory } = await openInventory(t, { devices: 2 });
    const [device, other] = [first(devices), first(devices, 1)];
    const names = async () =>
      (await sql<{ hostname: string }[]>`SELECT hostname FROM device ORDER BY idx`).map(
        (row) => row.hostname,
      );
    const call = async (one: TestDevice, hostname: string) => {
      changes.length = 0;
      one.set('system_info', [{ hostname, hardware_model: 'X1' }]);
      await report(handlers, one);
      return changes.map(({ idx, renamed }) => [idx, renamed]);
    };
    t.same(await names(), ['host-0', 'host-1']);
    t.same(await call(device, 'host-0'), [[0, false]], 'the name it enrolled with is no change');
    t.same(await call(device, 'db-01.example.org'), [[0, true]]);
    t.same(await names(), ['db-01.example.org', 'host-1'], 'of one device only');
    const { changes: told } = await readTimeline(
      sql,
      { tenant: 1, idx: 0 },
      { before: { at: new Date('2100-01-01'), section: '' }, from: new Date(0), limit: 10 },
    );
    t.match(first(told), { section: 'system_info', kind: 'changed' });
    t.match(
      first(first(told).rows),
      { change: 'changed', values: [{ column: 'hostname', before: 'host-0', after: 'db-01.example.org' }] },
      'the timeline says from which name to which',
    );
    t.same(await call(other, 'db-01\u200b.example.org'), [[1, true]]);
    t.equal((await names())[1], 'db-01\ufffd.example.org', 'what cannot be seen shows');
    await call(other, '\u202egro.elpmaxe');
    t.equal((await names())[1], '\ufffdgro.elpmaxe', 'nothing turns the text around it');
    await call(other, `  ${'ä'.repeat(252)}😀x`);
    t.equal((await names())[1], 'ä'.repeat(252), 'long names are cut, never through a character');
    t.same(await call(other, ' \t\n'), [[1, true]], 'controls show as well');
    await call(other, 'host-1');
    t.same(await call(other, '   '), [[1, false]], 'a name of blanks leaves the former one');
    await call(other, 'db-01.example.org');
    t.same(await names(), ['db-01.example.org', 'db-01.example.org'], 'equal names are possible');
    const keys = await sql`SELECT count(DISTINCT id) AS ids, count(DISTINCT device_key) AS keys FROM device`;
    t.match(keys, [{ ids: 2, keys: 2 }], 'id and key, and so the fingerprint, stay their own');
    device.set('system_info', [{ hostname: 'host-1', hardware_model: 'X1' }]);
    await report(handlers, device);
    t.equal((await names())[0], 'host-1', 'content that another device stored names this one as well');
    await inventory.forget(1, 0);
    t.equal((await names())[0], 'host-1', 'a retired device keeps its last name');
  },
);

t.test('devices share content inside an organization and never across', async (t) => {
  const { sql, handlers, devices } = await openInventory(t, { devices: 3, tenants: [1, 2] });
  const rows = Array.from({ length: 200 }, (_, i) => ({ name: `package-${i}`, version: `1.${i}` }));
  for (const device of devices) {
    device.set('os_version', os('12'));
    device.setPackages(rows);
  }
  const wants: number[] = [];
  for (const device of devices) wants.push((await report(handlers, device)).length);
  t.ok(first(wants) > 50, 'the first device of an organization sends everything');
  t.same(
    wants,
    [first(wants), 0, 0, first(wants), 0, 0],
    'the others nothing, but another organization is asked anew',
  );
  t.same(await sql`SELECT DISTINCT tenant, devices FROM package_set ORDER BY 1`, [
    { tenant: 1, devices: 3 },
    { tenant: 2, devices: 3 },
  ]);
  t.same(await sql`SELECT tenant, count(*) FROM package GROUP BY 1 ORDER BY 1`, [
    { tenant: 1, count: 200 },
    { tenant: 2, count: 200 },
  ]);

  // A server that starts again knows what is stored from eight bytes a device.
  const restarted = await openAgain(t, sql);
  const device = first(devices, 4);
  device.session = createTestSession({ tenant: 2, idx: 1, deviceId: 'dev_2_1' });
  restarted.heartbeat(device.session, decodeHeartbeat(device.heartbeat()));
  t.same(device.session.sent, [], 'a heartbeat with the stored digest is not answered');
});

async function openAgain(t: Test, sql: Parameters<typeof createInventory>[0]['sql']): Promise<Handlers> {
  const inventory = createInventory({
    sql,
    clock: systemClock,
    log: silentLog,
    devices: createDeviceNames(sql),
    connections: createTestConnections(),
  });
  const handlers = createHandlers();
  inventory.register(handlers.routes);
  await inventory.start();
  t.teardown(() => inventory.stop());
  return handlers;
}

t.test('a heartbeat costs no statement and asks at most once a minute', async (t) => {
  const { sql, handlers, devices, statements, inventory, deps } = await openInventory(t);
  const device = first(devices);
  device.set('os_version', os('12'));
  const beat = () => handlers.heartbeat(device.session, decodeHeartbeat(device.heartbeat()));
  const before = statements();
  for (let i = 0; i < 1_000; i++) beat();
  t.equal(statements(), before);
  t.same(device.session.sent, [{ type: 'inventory.ask' }], 'an unknown digest is asked for once');
  await report(handlers, device);
  beat();
  t.equal(
    device.session.sent.filter(({ type }) => type === 'inventory.ask').length,
    1,
    'a stored one is not',
  );
  t.equal(inventory.digests.confirmedMs(1, 0), deps.clock.now(), 'and is noted as confirmed');
  handlers.heartbeat(first(devices, 1).session, {
    ...decodeHeartbeat(device.heartbeat()),
    inventoryDigest: new Uint8Array(8),
  });
  t.same(first(devices, 1).session.sent, [], 'a device that has not collected yet is left alone');

  device.set('section_of_tomorrow', [{}]);
  t.same(await report(handlers, device), [], 'a section this server does not know is not wanted');
  t.same(
    await sql`SELECT ignored FROM device_inventory`,
    [{ ignored: ['section_of_tomorrow'] }],
    'but remembered',
  );
  await sql`UPDATE device_inventory SET ignored = '{os_version}'`;
  const later = await openAgain(t, sql);
  device.session = createTestSession(device.session);
  later.heartbeat(device.session, decodeHeartbeat(device.heartbeat()));
  t.same(device.session.sent, [{ type: 'inventory.ask' }], 'a server that has learned it since asks again');
});

t.test('many devices share a transaction and a lookup', async (t) => {
  const { sql, handlers, statements, inventory, clock } = await openInventory(t, { devices: 0 });
  const refs = await addDevices(sql, 1, 110);
  const devices = refs.map(createTestDevice);
  // What comes within a moment is stored together. How much that is must not depend on how fast the machine is.
  let store: () => void = () => undefined;
  const { after } = clock;
  clock.after = (ms, action) => {
    if (ms !== BATCH_WAIT_MS) return after(ms, action);
    const cancel = after(5_000, action);
    store = () => {
      cancel();
      action();
    };
    return cancel;
  };
  const count = async (some: readonly TestDevice[]) => {
    const before = statements();
    let complete = 0;
    const handedIn = () => {
      complete += 1;
      // As many as are asked at a time.
      if (complete === some.length || complete % MAX_ASKED_OFFERS === 0) setImmediate(() => store());
    };
    await Promise.all(some.map((device) => report(handlers, device, handedIn)));
    return statements() - before;
  };
  const fill = (version: string) => {
    for (const device of devices) {
      device.set('os_version', os(version));
      device.set('system_info', [{ hostname: `host-${device.session.idx}-${version}` }]);
      device.setPackages([
        { name: 'bash', version },
        { name: `own-${device.session.idx}`, version },
      ]);
    }
  };
  fill('1');
  const few = await count(devices.slice(0, 10));
  const many = await count(devices.slice(10));
  t.ok(many <= few * 3, `100 devices took ${many} statements where 10 took ${few}`);
  fill('2');
  const changed = await count(devices);
  t.ok(changed <= few * 4, `a change of all 110 took ${changed}`);
  t.equal(inventory.counts().stored, 220);
  t.same(await sql`SELECT count(*) FROM device_slice WHERE valid_to = 'infinity'`, [{ count: 220 }]);
  const holders = await sql`
    SELECT p.version, sum(s.devices) AS devices
    FROM package p JOIN package_set s ON p.id = ANY(s.ids) WHERE p.name = 'bash' GROUP BY 1 ORDER BY 1`;
  t.same(holders, [
    { version: '1', devices: 0 },
    { version: '2', devices: 110 },
  ]);
});

t.test('an interval begins when the device says, within reason', async (t) => {
  const nowMs = 1_000_000;
  t.equal(startAfter(500, null, nowMs), 500, 'a first one whenever the device saw it');
  t.equal(startAfter(nowMs + 5_000, null, nowMs), nowMs, 'not in the future');
  t.equal(startAfter(700, { fromMs: 500, toMs: null }, nowMs), 700, 'a late change splits the open interval');
  t.equal(startAfter(300, { fromMs: 500, toMs: null }, nowMs), 501, 'not before the open one began');
  t.equal(startAfter(300, { fromMs: 100, toMs: 400 }, nowMs), 400, 'not before the closed one ended');
  const interval = fc.record({
    fromMs: fc.integer({ min: 0, max: 1_000 }),
    toMs: fc.option(fc.integer({ min: 1_001, max: 2_000 })),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: -5_000, max: 5_000 }),
      interval,
      fc.integer({ min: 0, max: 3_000 }),
      (since, previous, now) => {
        const start = startAfter(since, previous, now);
        return (
          start >= (previous.toMs ?? previous.fromMs + 1) &&
          start <= Math.max(now, previous.toMs ?? previous.fromMs + 1)
        );
      },
    ),
  );
});

t.test('bodies come together in a bundle, and a broken bundle is refused with its code', async (t) => {
  const { handlers, refs, inventory } = await openInventory(t, { devices: 1 });
  const device = createTestDevice(first(refs));
  device.set('os_version', os('12'));
  device.setPackages([{ name: 'openssl', version: '3.0.14-1' }]);
  await handlers.message('inventory.offer')?.(device.session, device.offer() as never);
  const want = await device.session.next('inventory.want');
  const bundleOf = (raw: Uint8Array, data = deflateRawSync(raw)) =>
    encodeBundleFrame({ encoding: 'deflate', rawBytes: raw.length, data });
  const put = (frame: Uint8Array) => codeOf(() => handlers.frame('bundle')?.(device.session, frame));
  const frames = want.hashes.map((hash) => {
    const data = Buffer.from(device.bodies.get(hash) ?? '');
    const raw = Buffer.from(hash, 'base64url');
    return encodeBodyFrame({ encoding: 'raw', rawBytes: data.length, hash: raw, data });
  });
  const raw = joinFrames(frames);
  t.equal(await put(bundleOf(raw, randomBytes(40))), 'E_SHAPE', 'no deflate stream');
  t.equal(await put(bundleOf(raw.subarray(0, raw.length - 1))), 'E_SHAPE', 'a cut frame');
  t.equal(
    await put(bundleOf(Buffer.alloc(100), deflateRawSync(Buffer.alloc(1_000_000)))),
    'E_SIZE',
    'a bomb',
  );
  t.equal(await put(bundleOf(raw)), 'accepted');
  t.match(await device.session.next('inventory.stored'), { root: device.offer().root });
  await inventory.settle();
});

t.test('what a device may not do', async (t) => {
  const { sql, handlers, refs, inventory } = await openInventory(t, { devices: 3 });
  const offer = (device: TestDevice, change: object) =>
    codeOf(() =>
      handlers.message('inventory.offer')?.(device.session, { ...device.offer(), ...change } as never),
    );
  const put = (device: TestDevice, frame: Uint8Array) =>
    codeOf(() => handlers.frame('body')?.(device.session, frame));
  const fresh = () => {
    const device = createTestDevice(first(refs));
    device.set('os_version', os('12'));
    return device;
  };
  /** Offers that body as a slice and sends it. */
  const send = async (text: string, name = 'os_version') => {
    const device = createTestDevice(first(refs));
    device.set(name, text);
    t.equal(await offer(device, {}), 'accepted');
    return await put(device, device.frame(hashText(text)));
  };
  const body = (change: object) =>
    JSON.stringify({
      section: 'os_version',
      outcome: 'ok',
      reason: '',
      columns: ['name', 'platform'],
      rows: [['Debian', 'debian']],
      ...change,
    });

  await t.test('in an offer', async (t) => {
    const device = fresh();
    const { slices } = device.offer();
    t.equal(
      await offer(device, { root: hashText('other') }),
      'E_HASH',
      'name a root that is not the root of its slices',
    );
    t.equal(await offer(device, { slices: [...slices, ...slices] }), 'E_SCHEMA', 'name a slice twice');
    t.equal(await offer(device, { packages: [hashText('a')] }), 'E_SCHEMA', 'offer one part of 64');
    const impossible = createTestDevice(first(refs));
    impossible.set('os_version', os('12'));
    const since = '2026-19-22T12:00:00.000Z';
    t.equal(
      await offer(impossible, { slices: impossible.offer().slices.map((slice) => ({ ...slice, since })) }),
      'E_RANGE',
      'give a time that does not exist',
    );
    const two = createTestDevice(first(refs));
    two.set('os_version', '{}');
    two.set('users', '{}');
    t.equal(await offer(two, {}), 'E_SCHEMA', 'give one hash to two sections');
    const stray = createTestDevice(first(refs));
    stray.set('os_version', os('12'));
    const [slice] = stray.offer().slices;
    const bent = [{ ...slice, hash: `${slice?.hash.slice(0, 42)}${slice?.hash.endsWith('A') ? 'B' : 'Z'}` }];
    t.match(await offer(stray, { slices: bent }), /^E_(B64|HASH)$/, 'spell a hash with stray bits');
    const eager = fresh();
    for (let i = 0; i < MAX_OFFERS_PER_MINUTE; i++) t.equal(await offer(eager, {}), 'accepted');
    t.equal(await offer(eager, {}), 'E_BUSY', 'offer without end');
    handlers.closed(eager.session, 'refused');
  });

  await t.test('in a body', async (t) => {
    t.equal(await send(body({})), 'accepted', 'the control is accepted');
    await inventory.settle();
    t.equal(await send('{"section":'), 'E_CANON', 'what is no JSON');
    t.equal(await send(`${body({})} `), 'E_CANON', 'another spelling of JSON');
    t.equal(await send(body({}).replace('"reason"', '"outcome":"ok","reason"')), 'E_CANON', 'a key twice');
    t.equal(await send('['.repeat(200_000)), 'E_CANON', 'a bottomless nesting');
    t.equal(await send(body({ section: 'users' })), 'E_SCHEMA', 'the body of another section');
    t.equal(
      await send(body({ columns: ['name'], rows: [['Debian']] })),
      'E_SCHEMA',
      'a missing required column',
    );
    t.equal(await send(body({ rows: [['Debian', 7]] })), 'E_SCHEMA', 'a number for a text');
    t.equal(await send(body({}).replace('"Debian"', 'NaN')), 'E_CANON', 'NaN');
    t.equal(await send(body({ rows: [['De\u0007bian', 'debian']] })), 'E_SCHEMA', 'control characters');
    t.equal(await send(body({ rows: [['De\ud800bian', 'debian']] })), 'E_CANON', 'half a character');
    t.equal(await send(body({ rows: [['x'.repeat(3_000_000), 'debian']] })), 'E_SCHEMA', 'a text of 3 MB');
    t.equal(
      await send(body({ columns: ['name', 'platform', '__proto__'], rows: [['a', 'b', 'c']] })),
      'E_SCHEMA',
      'a column that would replace a prototype',
    );
    t.equal(
      await send(body({ columns: ['name', 'platform', 'Ä'], rows: [['a', 'b', 'c']] })),
      'E_SCHEMA',
      'a column of any name',
    );
  });

  await t.test('in a frame', async (t) => {
    const device = fresh();
    const [slice] = device.offer().slices;
    const hash = slice?.hash ?? '';
    const raw = Buffer.from(device.bodies.get(hash) ?? '');
    t.equal(await put(device, device.frame(hash)), 'E_ORDER', 'a body before any offer');
    const attempts: [string, Parameters<TestDevice['frame']>[1], string][] = [
      [
        'E_HASH',
        { data: deflateRawSync(Buffer.concat([raw.subarray(1), Buffer.from(' ')])) },
        'content with another hash',
      ],
      ['E_SHAPE', { data: randomBytes(50) }, 'what is no deflate stream'],
      [
        'E_SHAPE',
        { data: Buffer.concat([deflateRawSync(raw), randomBytes(9)]) },
        'bytes behind the end of the stream',
      ],
      ['E_SHAPE', { rawBytes: raw.length + 1 }, 'less than announced'],
      [
        'E_SIZE',
        { data: deflateRawSync(Buffer.alloc(100_000_000)), rawBytes: MAX_SLICE_BYTES },
        'a bomb of 100 MB',
      ],
      ['E_SIZE', { rawBytes: 0 }, 'nothing'],
      ['E_SHAPE', { encoding: 'raw', data: raw.subarray(2) }, 'a raw body of another length'],
    ];
    for (const [code, change, what] of attempts) {
      t.equal(await offer(device, {}), 'accepted');
      t.equal(await put(device, device.frame(hash, change)), code, what);
      t.same(
        [inventory.counts().offers, inventory.counts().bytes],
        [0, 0],
        'after which the offer is forgotten',
      );
    }
    t.equal(await offer(device, {}), 'accepted');
    t.equal(
      await put(device, device.frame(hash, { encoding: 'raw', data: raw })),
      'accepted',
      'a raw body is as good',
    );
    // It counts as an offer under way until it is stored.
    t.match(await device.session.next('inventory.stored'), { root: device.offer().root });
    await inventory.settle();
  });

  await t.test('in bodies that are small until they are inflated', async (t) => {
    const device = createTestDevice(first(refs, 1));
    // Unknown columns of a newer agent are taken, so any section can be blown up.
    const blown = (name: string, columns: Readonly<Record<string, unknown>>) =>
      JSON.stringify({
        section: name,
        outcome: 'ok',
        reason: '',
        columns: [...Object.keys(columns), 'more'],
        rows: Array.from({ length: 950 }, () => [...Object.values(columns), 'a'.repeat(4_096)]),
      });
    const sections = {
      os_version: { name: 'Debian', platform: 'debian' },
      memory_info: { memory_total: 1 },
      system_info: { hostname: 'small' },
      kernel_info: { version: '6' },
      virtualization: { virtual_machine: false, container: false },
    };
    for (const [name, columns] of Object.entries(sections)) device.set(name, blown(name, columns));
    t.equal(await offer(device, {}), 'accepted');
    const codes: string[] = [];
    for (const { hash } of device.offer().slices) {
      const frame = device.frame(hash);
      t.ok(frame.length < 20_000, 'little goes over the wire');
      codes.push(await put(device, frame));
    }
    t.same(
      codes,
      ['accepted', 'accepted', 'accepted', 'accepted', 'E_SIZE'],
      'the fifth is not even inflated',
    );
    t.same([inventory.counts().offers, inventory.counts().bytes], [0, 0]);
  });

  await t.test('in packages', async (t) => {
    const put64 = async (rows: readonly TestPackage[], place?: number) => {
      const device = createTestDevice(first(refs));
      device.setPackages(rows);
      const parts = [...device.offer().packages];
      if (place !== undefined) {
        const home = partOf(first(rows).name);
        [parts[home], parts[place]] = [first(parts, place), first(parts, home)];
      }
      return { device, parts };
    };
    const offerParts = async ({ device, parts }: { device: TestDevice; parts: string[] }) => {
      const all = { ...device.offer(), packages: parts };
      const root = hashText(
        parts.map((hash, at) => `packages/${String(at).padStart(2, '0')}=${hash}`).join('\n'),
      );
      const code = await offer(device, { ...all, root });
      if (code !== 'accepted') return code;
      const { hashes } = await device.session.next('inventory.want');
      for (const hash of hashes) {
        const refused = await put(device, device.frame(hash));
        if (refused !== 'accepted') return refused;
      }
      await device.session.next('inventory.stored');
      return 'stored';
    };
    const elsewhere = (partOf('bash') + 1) % PACKAGE_PARTS;
    t.equal(
      await offerParts(await put64([{ name: 'bash', version: '1' }], elsewhere)),
      'E_SCHEMA',
      'a package in the part of another',
    );
    t.equal(await offerParts(await put64([{ name: 'bash', version: '1' }])), 'stored');
    t.equal(
      await offerParts(await put64([{ name: 'bash', version: '1' }], elsewhere)),
      'E_SCHEMA',
      'also when the content is known',
    );
    t.equal(
      await offerParts(await put64([{ name: 'x'.repeat(300), version: '1' }])),
      'E_RANGE',
      'a name of 300 characters',
    );
    t.equal(
      await offerParts(await put64([{ name: 'bash', version: '9'.repeat(300) }])),
      'E_RANGE',
      'a version of 300',
    );
    t.equal(
      await offerParts(await put64([{ name: 'bash', version: '1', ecosystem: 'cobol' }])),
      'E_SCHEMA',
      'an ecosystem without an order',
    );
    const names = [
      "'; DROP TABLE package; --",
      '<script>alert(1)</script>',
      '../../etc/passwd',
      '{1,2}',
      '=cmd|calc',
      '日本語\u202e',
    ];
    t.equal(
      await offerParts(await put64(names.map((name) => ({ name, version: name })))),
      'stored',
      'SQL, HTML and the like are names',
    );
    t.same(
      (await sql`SELECT name FROM package WHERE name <> 'bash' ORDER BY id`)
        .map(({ name }) => name)
        .toSorted(),
      names.toSorted(),
    );
    const swapped = createTestDevice(first(refs));
    swapped.set('os_version', os('12'));
    await report(handlers, swapped);
    const hash = first(swapped.offer().slices).hash;
    const asPart = { device: swapped, parts: Array.from({ length: PACKAGE_PARTS }, () => hash) };
    t.equal(
      await offerParts({ ...asPart, device: createTestDevice(first(refs)) }),
      'E_SCHEMA',
      'a slice offered as a part',
    );
  });
});

t.test('one offer a session, whatever comes between', async (t) => {
  const { sql, handlers, refs, inventory, devices } = await openInventory(t);
  const device = first(devices);
  device.set('os_version', os('1'));
  const old = device.offer();
  const handle = (message: object) => handlers.message('inventory.offer')?.(device.session, message as never);
  await handle(old);
  device.set('os_version', os('2'));
  await handle(device.offer());
  await handlers.frame('body')?.(device.session, device.frame(first(old.slices).hash));
  t.equal(device.session.refused, null, 'a late body of the offer before is dropped');
  await handlers.frame('body')?.(device.session, device.frame(first(device.offer().slices).hash));
  t.equal((await device.session.next('inventory.stored')).root, device.offer().root);
  t.equal((await sql`SELECT 1 FROM slice`).length, 1, 'and is not stored');

  await handlers.frame('body')?.(device.session, device.frame(first(device.offer().slices).hash));
  t.equal(device.session.refused, null, 'and so is one that comes twice');

  device.set('os_version', os('3'));
  await handle(device.offer());
  t.equal(inventory.counts().offers, 1);
  handlers.closed(device.session, 'closed');
  t.same(
    [inventory.counts().offers, inventory.counts().bytes],
    [0, 0],
    'a session that ends leaves nothing behind',
  );

  // An offer that comes while the one before is being stored waits for it.
  device.session = createTestSession(first(refs));
  await handle(device.offer());
  await device.session.next('inventory.want');
  await handlers.frame('body')?.(device.session, device.frame(first(device.offer().slices).hash));
  device.set('os_version', os('4'));
  await handle(device.offer());
  await device.session.next('inventory.stored');
  const want = await device.session.next('inventory.want');
  t.equal(want.root, device.offer().root);
  await handlers.frame('body')?.(device.session, device.frame(first(want.hashes)));
  t.equal((await device.session.next('inventory.stored')).root, device.offer().root);
  const rows =
    await sql`SELECT count(*) FILTER (WHERE valid_to = 'infinity') AS open, count(*) AS all FROM device_slice WHERE idx = 0`;
  t.same(rows, [{ open: 1, all: 3 }]);
});

/** The desk alone: every hash is new, and nothing is stored. */
function createDesk(limitBytes = 1_000_000_000) {
  const stored: string[] = [];
  const clock = Object.assign(createWall(), { elapsedMs: 0, monotonic: () => clock.elapsedMs });
  const offers = createOffers({
    findSlice: findSection,
    lookup: async () => [],
    write: async ({ idx, offer }) => void stored.push(`${idx} ${offer.root}`),
    quota: createByteQuota({ name: 'inventory', limitBytes, clock, log: silentLog }),
    digests: createDigests(),
    clock,
    log: silentLog,
  });
  const device = (idx: number) => createTestDevice({ tenant: 1, idx, deviceId: `dev_1_${idx}` });
  return { offers, clock, stored, device };
}

t.test('of many who come at once few are asked, and the others only for what is new then', async (t) => {
  const { handlers, devices, sql } = await openInventory(t, { devices: MAX_ASKED_OFFERS + 40 });
  const shared = Array.from({ length: 200 }, (_, at) => ({ name: `shared-${at}`, version: '1' }));
  for (const [at, device] of devices.entries()) {
    device.setPackages(shared);
    device.set('os_version', os(String(at)));
  }
  const offers = devices.map(async (device) => {
    await handlers.message('inventory.offer')?.(device.session, device.offer() as never);
  });
  const wantOf = ({ session }: TestDevice) => session.sent.find(({ type }) => type === 'inventory.want');
  const [one, two] = [first(devices), first(devices, 1)];
  const [waits, leaves, comes] = [0, 1, 2].map((at) => first(devices, MAX_ASKED_OFFERS + at));
  if (waits === undefined || leaves === undefined || comes === undefined)
    throw new Error('there are too few');
  await Promise.all(offers.slice(0, MAX_ASKED_OFFERS));
  t.equal(devices.filter(wantOf).length, MAX_ASKED_OFFERS, 'the others wait');

  const answer = async (device: TestDevice) => {
    const { hashes } = await device.session.next('inventory.want');
    for (const hash of hashes) await handlers.frame('body')?.(device.session, device.frame(hash));
    await device.session.next('inventory.stored');
    return hashes.length;
  };
  handlers.closed(leaves.session, 'closed');
  t.ok((await answer(one)) > PACKAGE_PARTS / 2, 'the first brings nearly all parts');
  t.equal(await answer(waits), 1, 'who waited brings what only it has');
  t.equal(wantOf(leaves), undefined, 'who left in the queue is not asked');
  // A place comes free also when its holder leaves.
  handlers.closed(two.session, 'closed');
  t.equal(await answer(comes), 1);
  const rest = devices.filter((device) => ![one, two, waits, leaves, comes].includes(device));
  await Promise.all(rest.map(answer));
  await Promise.all(offers);
  const [row] = await sql<{ stored: number }[]>`SELECT count(*)::int AS stored FROM device_inventory`;
  t.equal(row?.stored, devices.length - 2);
});

t.test('an offer whose bodies do not come is forgotten', async (t) => {
  const { offers, clock, device: make } = createDesk();
  const device = make(0);
  device.set('os_version', os('1'));
  await offers.offer(device.session, device.offer());
  t.equal(offers.counts().offers, 1);
  clock.elapsedMs += 59_000;
  offers.sweep();
  t.equal(offers.counts().offers, 1, 'not before its time');
  clock.elapsedMs += 2_000;
  offers.sweep();
  t.equal(offers.counts().offers, 0);
});

t.test('an offer whose bodies come busily and never end is forgotten as well', async (t) => {
  const { offers, clock, device: make } = createDesk();
  const device = make(0);
  device.setPackages(Array.from({ length: 2_000 }, (_, at) => ({ name: `package-${at}`, version: '1' })));
  await offers.offer(device.session, device.offer());
  const { hashes } = await device.session.next('inventory.want');
  t.equal(hashes.length, 64);
  let sent = 0;
  for (; offers.counts().offers === 1 && sent < hashes.length - 1; sent++) {
    await offers.body(device.session, decodeBodyFrame(device.frame(first(hashes, sent))));
    clock.elapsedMs += 50_000;
    offers.sweep();
  }
  t.equal(sent, 18, 'after a quarter of an hour');
  t.same(offers.counts(), { offers: 0, bytes: 0 });
  await offers.offer(device.session, device.offer());
  t.equal(offers.counts().offers, 1, 'and may be made anew');
});

t.test('bodies that were asked for a moment ago are no fault, though their offer is gone', async (t) => {
  const { offers, clock, device: make } = createDesk(100);
  const device = make(0);
  device.set('os_version', os('1'));
  await offers.offer(device.session, device.offer());
  clock.elapsedMs += 59_000;
  device.setPackages(Array.from({ length: 50 }, (_, at) => ({ name: `package-${at}`, version: '1' })));
  await offers.offer(device.session, device.offer());
  await device.session.next('inventory.want');
  const { hashes } = await device.session.next('inventory.want');
  const bring = (hash: string) => offers.body(device.session, decodeBodyFrame(device.frame(hash)));
  await bring(first(hashes));
  t.equal(offers.counts().offers, 0, 'its share of the day is used up');
  clock.elapsedMs += 2_000;
  offers.sweep();
  for (const hash of hashes) await bring(hash);
  t.equal(device.session.refused, null);
  clock.elapsedMs += 61_000;
  offers.sweep();
  await t.rejects(bring(first(hashes)), { code: 'E_ORDER' }, 'a minute later nothing was asked for');
});

t.test('a device has its share of a day for new inventory', async (t) => {
  const { offers, clock, stored, device: make } = createDesk(100_000);
  const [busy, other] = [make(0), make(300)];
  const change = async (device: TestDevice, version: string) => {
    device.set('os_version', os(version.padEnd(4_000, '.')));
    await offers.offer(device.session, device.offer());
    for (const { hash } of device.offer().slices)
      await offers.body(device.session, decodeBodyFrame(device.frame(hash))).catch(() => undefined);
    await offers.settle();
    clock.elapsedMs += 60_000;
  };
  for (let version = 0; version < 40; version++) await change(busy, String(version));
  const share = Math.floor(100_000 / first([...busy.bodies.values()]).length);
  t.equal(stored.length, share, 'about 4 KB a time, however well they compress');
  t.same(offers.counts(), { offers: 0, bytes: 0 });
  t.equal(busy.session.refused, null, 'its session goes on');
  await change(other, '1');
  t.equal(stored.length, share + 1, 'another device does not notice');
  clock.nowMs += minutes(24 * 60);
  await change(busy, 'next day');
  t.equal(stored.length, share + 2);
});

t.test('content to which nothing refers is deleted after a day, and nothing else ever is', async (t) => {
  const { sql, handlers, devices, clock, inventory } = await openInventory(t, { devices: 3 });
  const [device, other, late] = [first(devices), first(devices, 1), first(devices, 2)];
  const DAY = minutes(24 * 60);
  const counts = async () => {
    const [row] = await sql`SELECT (SELECT count(*) FROM slice) AS slices,
      (SELECT count(*) FROM package_set) AS sets, (SELECT count(*) FROM package) AS packages`;
    return [row?.slices, row?.sets, row?.packages];
  };
  const hold = async (one: TestDevice, version: string, app: string) => {
    clock.nowMs += minutes(10);
    one.set('os_version', os(version), clock.nowMs);
    one.setPackages([{ name: 'app', version: app }], clock.nowMs);
    return await report(handlers, one);
  };
  await hold(device, '11', '1');
  await hold(device, '12', '2');
  await hold(other, '13', '3');
  t.same(await counts(), [3, 4, 3], 'two states and another device; a set without rows is one for all');
  clock.nowMs += 3 * DAY;
  t.equal(await inventory.deleteUnused(), 0);
  clock.nowMs += 3 * DAY;
  t.equal(await inventory.deleteUnused(), 0, 'what only the history refers to stays');

  await sql`DELETE FROM device_slice WHERE valid_to <> 'infinity'`;
  await sql`DELETE FROM device_packages WHERE valid_to <> 'infinity'`;
  t.equal(await inventory.deleteUnused(), 0, 'what nothing refers to is marked');
  clock.nowMs += DAY - minutes(1);
  t.equal(await inventory.deleteUnused(), 0, 'and kept for a day');
  t.equal((await hold(other, '11', '1')).length, 2, 'marked content counts as not known');
  clock.nowMs += minutes(2);
  t.equal(await inventory.deleteUnused(), 0, 'what is stored again is used again');
  await hold(other, '13', '3');
  await sql`DELETE FROM device_slice WHERE valid_to <> 'infinity'`;
  await sql`DELETE FROM device_packages WHERE valid_to <> 'infinity'`;

  // An offer that counts on content which is marked before the offer is stored.
  late.set('os_version', os('11'));
  late.set('memory_info', [{ memory_total: 1 }]);
  late.setPackages([{ name: 'app', version: '1' }]);
  await handlers.message('inventory.offer')?.(late.session, late.offer() as never);
  const { hashes } = await late.session.next('inventory.want');
  t.equal(hashes.length, 1, 'all but one are known');
  await inventory.deleteUnused();
  t.equal((await sql`SELECT FROM slice WHERE unused_since IS NOT NULL`).length, 1);
  await handlers.frame('body')?.(late.session, late.frame(first(hashes)));
  await late.session.next('inventory.stored');
  clock.nowMs += 2 * DAY;
  t.equal(await inventory.deleteUnused(), 0, 'is stored, and its content stays');
  t.same(await sql`SELECT count(*) FROM slice WHERE unused_since IS NOT NULL`, [{ count: 0 }]);

  await inventory.forget(1, late.session.idx);
  await sql`DELETE FROM device_slice WHERE idx = ${late.session.idx}`;
  await sql`DELETE FROM device_packages WHERE idx = ${late.session.idx}`;
  await inventory.deleteUnused();
  clock.nowMs += DAY + minutes(1);
  t.equal(await inventory.deleteUnused(), 3, 'two slices and a set go');
  t.same(await counts(), [2, 3, 3]);
  clock.nowMs += DAY + minutes(1);
  t.equal(await inventory.deleteUnused(), 1, 'and a day later the package that stood in it');
  t.same(await counts(), [2, 3, 2]);
  t.equal((await hold(late, '11', '1')).length, 3, 'who has it again sends it again');
  t.same(await counts(), [4, 4, 3]);
});

t.test('an offer that waited too long is not stored, because what it counts on may be gone', async (t) => {
  const { sql, handlers, devices, clock, inventory } = await openInventory(t);
  const [device, other] = [first(devices), first(devices, 1)];
  device.set('os_version', os('12'));
  const offer = (one: TestDevice) => handlers.message('inventory.offer')?.(one.session, one.offer() as never);
  const answer = (one: TestDevice) =>
    handlers.frame('body')?.(one.session, one.frame(first(one.offer().slices).hash));
  await offer(device);
  Object.assign(clock, { monotonic: () => systemClock.monotonic() + minutes(61) });
  other.set('os_version', os('13'));
  await offer(other);
  await Promise.all([answer(device), answer(other)]);
  await inventory.settle();
  t.same(await sql`SELECT idx FROM device_slice`, [{ idx: other.session.idx }], 'nor does it hold up others');
  t.same(inventory.counts().offers, 0);
  t.equal((await report(handlers, device)).length, 1, 'and is made anew');
});

t.test('a device that makes work holds up nobody else', async (t) => {
  const { handlers, devices, inventory } = await openInventory(t, { devices: 2 });
  const [greedy, modest] = [first(devices), first(devices, 1)];
  const inPart = (part: number, count: number) => {
    const found: TestPackage[] = [];
    for (let at = 0; found.length < count; at++) {
      const name = `package-with-a-name-${part}-${at}`;
      if (partOf(name) === part) found.push({ name, version: `1:${at}.36.1-8+deb12u2` });
    }
    return found;
  };
  greedy.setPackages([0, 1, 2].flatMap((part) => inPart(part, 20_000)));
  modest.set('os_version', os('12'));
  const offer = (device: TestDevice) =>
    handlers.message('inventory.offer')?.(device.session, device.offer() as never);
  await Promise.all([offer(greedy), offer(modest)]);
  const { hashes } = await greedy.session.next('inventory.want');
  const { hashes: few } = await modest.session.next('inventory.want');

  let turnsOfOthers = 0;
  let isCounting = true;
  setImmediate(function count() {
    turnsOfOthers += 1;
    if (isCounting) setImmediate(count);
  });
  const checked = hashes.map((hash) => handlers.frame('body')?.(greedy.session, greedy.frame(hash)));
  await handlers.frame('body')?.(modest.session, modest.frame(first(few)));
  t.ok(
    inventory.counts().bytes > 0 && turnsOfOthers < 60,
    'a small body waits for one large one, not for all',
  );
  await Promise.all(checked);
  t.ok(turnsOfOthers >= 3 * 20, `while 60,000 rows were checked others had ${turnsOfOthers} turns`);
  turnsOfOthers = 0;
  await greedy.session.next('inventory.stored');
  isCounting = false;
  t.ok(turnsOfOthers >= 60, `and ${turnsOfOthers} while they were stored`);
  t.same(await modest.session.next('inventory.stored'), {
    type: 'inventory.stored',
    root: modest.offer().root,
  });
});

t.test('a database that goes away loses and doubles nothing', async (t) => {
  const { sql, handlers, refs, cut } = await openInventory(t, { devices: 30 });
  const devices = refs.map(createTestDevice);
  for (let round = 0; round < 6; round++) {
    for (const device of devices) {
      device.set('os_version', os(`${round}`));
      device.setPackages([
        { name: 'bash', version: `${round}` },
        { name: 'curl', version: `${round % 2}` },
      ]);
    }
    const reports = Promise.all(devices.map((device) => report(handlers, device)));
    const cutting = new Promise<void>((resolve) => {
      setTimeout(() => resolve(cut()), round * 12);
    });
    await Promise.all([reports, cutting]);
    const exact = await sql`
      SELECT s.id FROM package_set s
      WHERE devices <> (SELECT count(*) FROM device_packages d WHERE d.valid_to = 'infinity' AND s.id = ANY(d.parts))`;
    t.same(exact, [], 'counts are exact');
  }
  t.same(await sql`SELECT count(*) FROM device_slice`, [{ count: 30 * 6 }]);
  t.same(await sql`SELECT count(*) FROM device_packages`, [{ count: 30 * 6 }]);
});

t.test('a live question is answered, refused or given up', async (t) => {
  const { handlers, inventory, devices } = await openInventory(t);
  const { session } = first(devices);
  const section = {
    name: 'os_version',
    title: '',
    description: '',
    kind: 'live',
    key: [],
    columns: { name: { type: 'text', description: '' } },
  } as const;
  const text = Buffer.from(
    '{"section":"os_version","outcome":"ok","reason":"","columns":["name"],"rows":[["now"]]}',
  );
  const answer = (id: number, data: Uint8Array) =>
    handlers.frame('live')?.(session, encodeLiveFrame({ id, encoding: 'raw', rawBytes: data.length, data }));
  const asked = inventory.live.ask(session, section);
  const { id } = await session.next('live.get');
  await answer(id + 100, text);
  await answer(id, text);
  t.same((await asked).rows, [['now']]);
  await answer(id, text);
  t.equal(session.refused, null, 'an answer nobody waits for is dropped');
  const lied = inventory.live.ask(session, section);
  const second = await session.next('live.get');
  t.equal(await codeOf(() => answer(second.id, Buffer.from('{"section":"users"}'))), 'E_SCHEMA');
  t.equal(await codeOf(() => lied), 'E_SCHEMA', 'who asked hears of it as well');
  const many = Array.from({ length: 5 }, () => codeOf(() => inventory.live.ask(session, section)));
  t.equal(await many.at(-1), 'E_BUSY', 'a session has four questions at most');
  handlers.closed(session, 'closed');
  t.same(
    new Set(await Promise.all(many.slice(0, 4))),
    new Set(['E_DEVICE_OFFLINE']),
    'the end of the session answers the rest',
  );
});

t.test('counts and intervals stay exact through any sequence of changes', async (t) => {
  const { sql, handlers, refs, clock, inventory } = await openInventory(t, { devices: 4 });
  const names = ['bash', 'curl', 'dash', 'openssl', 'perl', 'zlib1g'];
  const step = fc.record({
    idx: fc.nat({ max: 3 }),
    packages: fc.option(
      fc.array(fc.record({ name: fc.constantFrom(...names), version: fc.constantFrom('1', '2') }), {
        maxLength: 5,
      }),
      { freq: 6 },
    ),
    os: fc.option(fc.constantFrom('11', '12', '13'), { freq: 5 }),
    sinceMs: fc.integer({ min: -50_000, max: 50_000 }),
    passMs: fc.integer({ min: 0, max: 20_000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
      async (rounds) => {
        await sql`TRUNCATE device_inventory, slice, device_slice, package, package_set, device_packages`;
        for (const { tenant, idx } of refs) inventory.digests.set(tenant, idx, null);
        const devices = refs.map(createTestDevice);
        const model = devices.map(() => ({ packages: [] as Past[], os: [] as Past[] }));
        for (const round of rounds) {
          const steps = [...new Map(round.map((one) => [one.idx, one])).values()];
          clock.nowMs += first(steps).passMs;
          await Promise.all(
            steps.map((one) => take(handlers, first(devices, one.idx), { ...one, nowMs: clock.nowMs })),
          );
          for (const one of steps) note(first(model, one.idx), one, clock.nowMs);
          t.same(await readState(sql), describeModel(model));
          t.equal(
            (
              await sql`
          SELECT 1 FROM package_set s
          WHERE devices <> (SELECT count(*) FROM device_packages d WHERE d.valid_to = 'infinity' AND s.id = ANY(d.parts))`
            ).length,
            0,
          );
        }
      },
    ),
    { numRuns: 12 },
  );
});

interface Step {
  readonly packages: readonly TestPackage[] | null;
  readonly os: string | null;
  readonly sinceMs: number;
}
/** A state and when it began; null: nothing. */
interface Past {
  readonly fromMs: number;
  readonly what: string | null;
}

function unique(packages: readonly TestPackage[]): TestPackage[] {
  return [...new Map(packages.map((one) => [`${one.name} ${one.version}`, one])).values()];
}

async function take(handlers: Handlers, device: TestDevice, step: Step & { nowMs: number }): Promise<void> {
  if (step.os === null) device.remove('os_version');
  else device.set('os_version', os(step.os), step.nowMs + step.sinceMs);
  device.setPackages(step.packages === null ? null : unique(step.packages), step.nowMs + step.sinceMs);
  await report(handlers, device);
}

/** The naive model: a list of states, each later than the one before. */
function note(device: { packages: Past[]; os: Past[] }, step: Step, nowMs: number): void {
  const text =
    step.packages === null
      ? null
      : unique(step.packages)
          .map((one) => `${one.name} ${one.version}`)
          .sort()
          .join(',');
  push(device.packages, text, Math.min(nowMs + step.sinceMs, nowMs));
  push(device.os, step.os, step.os === null ? nowMs : Math.min(nowMs + step.sinceMs, nowMs));
}

function push(past: Past[], what: string | null, wishedMs: number): void {
  const last = past.at(-1);
  if ((last?.what ?? null) === what) return;
  const earliest = last === undefined ? Number.NEGATIVE_INFINITY : last.fromMs + (last.what === null ? 0 : 1);
  const fromMs = Math.max(wishedMs, earliest);
  // A state that begins where nothing ended takes its place.
  if (last !== undefined && last.what === null && last.fromMs === fromMs) past.pop();
  past.push({ fromMs, what });
}

/** Intervals of every device as `section from to what`. */
function describeModel(model: readonly { packages: readonly Past[]; os: readonly Past[] }[]): string[] {
  return model
    .flatMap(({ packages, os: systems }, idx) => [
      ...describePast(`${idx} os_version`, systems),
      ...describePast(`${idx} packages`, packages),
    ])
    .sort();
}

function describePast(head: string, past: readonly Past[]): string[] {
  return past.flatMap(({ fromMs, what }, at) =>
    what === null ? [] : [`${head} ${fromMs} ${past[at + 1]?.fromMs ?? 'open'} ${what}`],
  );
}

async function readState(sql: Parameters<typeof createInventory>[0]['sql']): Promise<string[]> {
  const slices = await sql<{ line: string }[]>`
    SELECT concat_ws(' ', idx, name, (extract(epoch FROM valid_from) * 1000)::bigint,
      coalesce((extract(epoch FROM nullif(valid_to, 'infinity')) * 1000)::bigint::text, 'open'), s.facts->>'osVersion') AS line
    FROM device_slice JOIN slice s USING (tenant, hash)`;
  const packages = await sql<{ line: string }[]>`
    SELECT concat_ws(' ', idx, 'packages', (extract(epoch FROM valid_from) * 1000)::bigint,
      coalesce((extract(epoch FROM nullif(valid_to, 'infinity')) * 1000)::bigint::text, 'open'),
      coalesce((SELECT string_agg(p.name || ' ' || p.version, ',' ORDER BY p.name || ' ' || p.version)
        FROM package_set s JOIN package p ON p.id = ANY(s.ids) WHERE s.id = ANY(d.parts)), '')) AS line
    FROM device_packages d`;
  return [...slices, ...packages].map(({ line }) => line).sort();
}
