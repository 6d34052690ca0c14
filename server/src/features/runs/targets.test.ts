// Tests which devices an expression or a name means: real inventory, real rows of devices, one question for all of them.
import t, { type Test } from 'tap';
import { silentLog } from '../../core/log.ts';
import { createHandlers } from '../../gateway/handlers.ts';
import { createDeviceNames } from '../devices/index.ts';
import { createFactReader, createInventory } from '../inventory/index.ts';
import { createTestConnections } from '../inventory/testing/api.ts';
import { createTestDevice, report } from '../inventory/testing/device.ts';
import { makeCommand, signCommand } from './testing/documents.ts';
import { openStage } from './testing/stage.ts';

const systems = [
  { platform: 'debian', major: 12, arch: 'x86_64' },
  { platform: 'ubuntu', major: 24, arch: 'aarch64' },
  { platform: 'rocky', major: 9, arch: 'x86_64' },
  { platform: 'debian', major: 13, arch: 'x86_64' },
];

/** Five devices: four that have reported, of two of them labels are known; the last has said nothing. */
async function openFleet(t: Test) {
  const stage = await openStage(t, { devices: 5 });
  const { sql, clock, fleet } = stage;
  const inventory = createInventory({
    ...{ sql, clock, log: silentLog, devices: createDeviceNames(sql), connections: createTestConnections() },
    changed(all) {
      for (const { tenant, idx } of all) fleet.note('inventory', tenant, idx);
    },
  });
  const handlers = createHandlers();
  inventory.register(handlers.routes);
  await inventory.start();
  stage.facts = createFactReader(sql);
  t.teardown(() => inventory.stop());
  await Promise.all(
    systems.map(async ({ platform, major, arch }, idx) => {
      const device = createTestDevice({ tenant: 1, idx, deviceId: stage.devices[idx]?.id ?? '' });
      device.set('os_version', [{ name: platform, version: `${major}`, platform, major, minor: 1, arch }]);
      device.set('memory_info', [{ memory_total: (idx + 1) * 1e9, memory_free: 1e8 }]);
      await report(handlers, device);
    }),
  );
  /** Changes devices behind the features' backs, and says so. */
  const change = async (idxs: readonly number[], to: object) => {
    await sql`UPDATE device SET ${sql(to)} WHERE tenant = 1 AND idx IN ${sql(idxs)}`;
    for (const idx of idxs) fleet.note('device', 1, idx);
  };
  await change([1, 2], { labels: { env: 'prod' } });
  const find = async (on: string) => {
    const { status, body } = await stage.call('POST', '/targets', { on });
    if (status !== 201) return body.code;
    return body.devices.map(({ hostname }: { hostname: string }) => hostname).toSorted();
  };
  return { ...stage, find, change };
}

t.test(
  'an expression means the devices it holds for, and costs the same for any number of them',
  async (t) => {
    const { find, change, connect, call, database } = await openFleet(t);
    t.same(await find('os.family == "debian"'), ['host-0', 'host-1', 'host-3']);
    t.same(await find('os.family == "debian" && version(os.version) >= version("13")'), ['host-1', 'host-3']);
    t.same(await find('arch == "x86_64" && memory.bytes > 2000000000'), ['host-2', 'host-3']);
    t.same(await find('label("env") == "prod"'), ['host-1', 'host-2']);
    t.same(await find('!has(os.name)'), ['host-4'], 'what a device has not said is absent');
    connect(4);
    await change([4], { online: true, last_seen_at: new Date() });
    t.same(await find('presence == "online"'), ['host-4']);
    t.equal(await find('presence == "missing"'), 'E_NO_TARGETS');
    t.equal(await find('os.family == '), 'E_EXPRESSION');
    t.match((await call('POST', '/targets', { on: 'os.family == "rhel"' })).body, {
      isDeviceOnly: true,
      online: 0,
      offline: 1,
    });
    t.match((await call('POST', '/targets', { on: 'state == "active"' })).body, {
      isDeviceOnly: false,
      online: 1,
      offline: 4,
    });
    await change([0], { state: 'retired' });
    t.same(await find('os.family == "debian"'), ['host-1', 'host-3'], 'a retired device is nobody’s target');
    const before = database.statements();
    await find('os.family == "debian" && label("env") != "test"');
    t.equal(database.statements() - before, 1, 'the devices that are shown first');
  },
);

t.test('devices are named by id, by the only beginning of one, or by host name', async (t) => {
  const { call, devices, sql } = await openFleet(t);
  const name = async (...words: string[]) => {
    const { status, body } = await call('POST', '/targets', { devices: words });
    return status === 201 ? body.count : body.code;
  };
  const [first, second] = devices;
  t.equal(await name(first?.id ?? '', 'host-1'), 2);
  t.equal(await name('host-1', second?.id ?? ''), 1, 'named twice is one');
  t.equal(await name('host-9'), 'E_DEVICE_NAME');
  t.equal(await name('dev_'), 'E_DEVICE_NAME', 'a beginning of many ids');
  t.equal(await name((first?.id ?? '').slice(0, 8)), 1);
  await sql`UPDATE device SET hostname = 'host-1' WHERE idx = 2`;
  const twins = await call('POST', '/targets', { devices: ['host-1'] });
  t.match(twins.body, { code: 'E_DEVICE_NAME', detail: /dev_.*dev_/ });
  await sql`UPDATE device SET state = 'quarantined' WHERE idx = 3`;
  t.equal(await name('host-3'), 'E_DEVICE_STATE');
  t.equal((await call('POST', '/targets', { devices: ['host-0'], on: 'true' })).status, 400);
  t.match((await call('GET', `/targets/snp_${'a'.repeat(26)}/ids`)).body, { code: 'E_SNAPSHOT' });
});

t.test('a job shows the expression by which the server found its devices, and no other words', async (t) => {
  const stage = await openFleet(t);
  const { call } = stage;
  const snapshotOf = async (wish: object) => (await call('POST', '/targets', wish)).body;
  const orderBy = async (snapshot: string | undefined, change: Parameters<typeof makeCommand>[1] = {}) => {
    const envelope = signCommand(stage, makeCommand(stage, change));
    const options = { on: 'label("env") == "test"' };
    const made = await call('POST', '/jobs', {
      envelope,
      options,
      ...(snapshot !== undefined && { snapshot }),
    });
    t.equal(made.status, 201, JSON.stringify(made.body));
    return (await call('GET', `/jobs/${made.body.id}`)).body.options.on;
  };
  const all = await snapshotOf({ on: 'id != ""' });
  t.equal(all.count, 5);
  t.equal(await orderBy(all.snapshot), 'id != ""', 'not what was handed in');
  t.equal(await orderBy(undefined), null);
  t.equal(await orderBy(`snp_${'a'.repeat(26)}`), null, 'a snapshot that is gone');
  t.equal(
    await orderBy((await snapshotOf({ on: 'label("env") == "prod"' })).snapshot),
    null,
    'of other devices',
  );
  const named = await snapshotOf({ devices: stage.devices.map(({ id }) => id) });
  t.equal(await orderBy(named.snapshot), null, 'found by name');
  const targets = { root: all.root, count: all.count };
  t.equal(await orderBy(all.snapshot, { targets }), 'id != ""', 'a tree');
});
