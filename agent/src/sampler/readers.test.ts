// Tests of the readers: scanning, three recorded systems, counters that restart, absent sources, and this very machine.
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { loadavg, uptime } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  createProcSource,
  type FilesystemSpace,
  MAX_PROC_BYTES,
  type ProcSource,
} from '../platform/linux/proc-reader.ts';
import { MAX_DISKS, MAX_NAMES } from './limits.ts';
import type { Moment } from './reader.ts';
import { countProcessors, subtractModes } from './readers/cpu.ts';
import { parseMounts } from './readers/filesystems.ts';
import { createReaders } from './readers/index.ts';
import { createNames } from './readers/names.ts';
import { findSensors } from './readers/temperatures.ts';
import { createScan, nextLine, readNumber, rewind, skipField, skipPast, takeText } from './scan.ts';
import { createSeriesTable, type SeriesTable, toText } from './series-table.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/sampler/', import.meta.url));
const space: FilesystemSpace = {
  totalBytes: 1000,
  freeBytes: 400,
  availableBytes: 300,
  inodes: 100,
  inodesFree: 25,
};

/** For readers under test, no file takes any time. */
const stillClock = { monotonic: () => 0 };

/** Values by the text `metric instance`, those without instance by the metric. */
function listValues(table: SeriesTable): Map<string, number> {
  const values = new Map<string, number>();
  for (let slot = 0; slot < table.size; slot++) {
    const key = table.key(slot);
    const value = table.get(slot);
    if (key !== undefined && !Number.isNaN(value)) values.set(toText(key).trim(), value);
  }
  return values;
}

/** Readers over a recorded system that can be moved to its second moment, ten seconds later. */
function openSystem(
  t: Test,
  name: string,
  instead: Partial<Pick<ProcSource, 'readSpace'>> = { readSpace: () => space },
) {
  const root = t.testdir();
  cpSync(join(fixtures, name, 'before'), root, { recursive: true, verbatimSymlinks: true });
  const source = createProcSource(root, instead);
  const table = createSeriesTable();
  const faults: string[] = [];
  const reader = createReaders({ source, table, clock: stillClock, outboxDepth: () => 7 }, (name) =>
    faults.push(name),
  );
  let number = 0;
  t.teardown(() => reader.close());

  function read(change: Partial<Moment> = {}) {
    const moment = { atMs: 1_700_000_000_000 + number * 10_000, elapsedS: 10, number, slow: true, ...change };
    reader.read(moment);
    number++;
    return listValues(table);
  }
  return {
    root,
    source,
    table,
    faults,
    first: () => read({ elapsedS: Number.NaN }),
    read,
    /** Writes into the same files, which stay open as those of /proc do. */
    pass() {
      const after = join(fixtures, name, 'after');
      for (const entry of readdirSync(after, { recursive: true, withFileTypes: true })) {
        const path = join(entry.path, entry.name);
        if (entry.isFile()) writeFileSync(join(root, path.slice(after.length)), readFileSync(path));
      }
    },
    write: (path: string, text: string) => writeFileSync(join(root, path), text),
  };
}

/** Instances of a metric that have a value. */
function instancesOf(values: Map<string, number>, metric: string): string[] {
  return [...values.keys()]
    .filter((key) => key.startsWith(`${metric} `))
    .map((key) => key.slice(metric.length + 1));
}

t.test('scan reads numbers, fields and lines like split does', async (t) => {
  const field = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 40 }).map(String),
    fc.integer({ min: -100_000, max: -1 }).map(String),
    fc.integer({ min: 0, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
    fc.stringMatching(/^[a-z_]{1,8}$/),
  );
  const gap = fc.constantFrom(' ', '   ', '\t');
  const text = fc.array(fc.array(fc.tuple(gap, field), { maxLength: 6 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(text, (lines) => {
      const bytes = Buffer.from(
        lines.map((line) => line.map(([space, one]) => space + one).join('')).join('\n'),
      );
      const scan = createScan();
      rewind(scan, bytes, bytes.length);
      for (const line of lines) {
        for (const [, one] of line) {
          const value = readNumber(scan);
          if (/^[a-z_]/.test(one)) {
            if (!Number.isNaN(value)) return false;
            skipField(scan);
          } else if (Math.abs(value - Number(one)) > Math.abs(Number(one)) * 1e-15) return false;
        }
        if (!Number.isNaN(readNumber(scan))) return false;
        nextLine(scan);
      }
      return true;
    }),
  );
  const scan = createScan();
  rewind(scan, Buffer.from('total=5 x'), 7);
  t.ok(takeText(scan, Buffer.from('total')), 'takes the text that stands there');
  t.notOk(takeText(scan, Buffer.from('=5 x')), 'never looks behind the end');
  t.ok(skipPast(scan, 0x3d));
  t.equal(readNumber(scan), 5);
  t.notOk(skipPast(scan, 0x3d), 'stops at the end');
  t.notOk(nextLine(scan));
});

t.test('names are found by their bytes, and forgotten before there are too many', async (t) => {
  const learned: string[] = [];
  const names = createNames((name) => {
    learned.push(name);
    return { name };
  });
  const scan = createScan();
  const find = (name: string) => {
    const bytes = Buffer.from(name);
    rewind(scan, bytes, bytes.length);
    return names.find(scan, 0, bytes.length).name;
  };
  for (let round = 0; round < 3; round++) {
    for (const name of ['sda', 'sdb', 'sd', 'nvme0n1', 'ü']) t.equal(find(name), name);
  }
  t.same(learned, ['sda', 'sdb', 'sd', 'nvme0n1', 'ü'], 'each is learned once');
  for (let index = 0; index < 2 * MAX_NAMES; index++) find(`veth${index}`);
  t.equal(find('sda'), 'sda');
  t.equal(learned.length, 5 + 2 * MAX_NAMES + 1, 'sda was forgotten and learned again');
});

t.test('a Raspberry Pi: no pressure, one sensor, a memory card and wireless', async (t) => {
  const system = openSystem(t, 'raspberry-pi');
  const first = system.first();
  t.notOk(first.has('system.cpu.busy'), 'the first sample has no rates');
  t.notOk([...first.keys()].some((key) => key.startsWith('system.disk') || key.startsWith('system.network')));
  t.equal(first.get('system.cpu.load_average.1m'), 0.52);
  system.pass();
  const values = system.read();
  const near = (key: string, wanted: number) =>
    t.ok(
      Math.abs((values.get(key) ?? Number.NaN) - wanted) < Math.abs(wanted) * 1e-9 + 1e-12,
      `${key} is ${wanted}, not ${values.get(key)}`,
    );
  near('system.cpu.busy', 0.055);
  near('system.cpu.utilization user', 0.0375);
  near('system.cpu.utilization iowait', 15 / 4000);
  t.equal(values.get('system.cpu.utilization steal'), 0);
  near('system.process.created', 3.5);
  t.equal(values.get('system.process.running'), 2);
  t.equal(values.get('system.process.blocked'), 1);
  t.equal(values.get('system.process.count'), 5);
  near('system.cpu.load_average.15m', 0.34);
  near('system.uptime', 95022.34);
  t.equal(values.get('system.memory.usage used'), (3885396 - 2914432) * 1024);
  t.equal(values.get('system.memory.usage cached'), 2341120 * 1024, 'Cached, not SwapCached');
  t.equal(values.get('system.memory.usage slab'), 143620 * 1024);
  near('system.memory.utilization', (3885396 - 2914432) / 3885396);
  near('system.paging.utilization', 25600 / 102396);
  t.same(instancesOf(values, 'system.disk.busy'), ['mmcblk0'], 'no partitions, no ram, no loop');
  near('system.disk.io.read mmcblk0', (1600 * 512) / 10);
  near('system.disk.io.write mmcblk0', (4096 * 512) / 10);
  near('system.disk.operations.read mmcblk0', 2);
  near('system.disk.operations.write mmcblk0', 5);
  near('system.disk.busy mmcblk0', 0.025);
  t.same(instancesOf(values, 'system.network.io.receive'), ['wlan0'], 'an unused interface has no series');
  near('system.network.io.receive wlan0', 12_500);
  near('system.network.io.transmit wlan0', 5_000);
  near('system.network.dropped.receive wlan0', 2);
  t.equal(values.get('system.network.errors.receive wlan0'), 0);
  t.same(instancesOf(values, 'hw.temperature'), ['cpu-thermal'], 'the same sensor is not shown twice');
  near('hw.temperature cpu-thermal', 49.173);
  t.same(instancesOf(values, 'system.filesystem.usage'), ['/', '/boot/firmware']);
  t.equal(values.get('system.filesystem.usage /'), 600);
  near('system.filesystem.utilization /', 600 / 900);
  near('system.filesystem.inodes.utilization /', 0.75);
  t.notOk(
    [...values.keys()].some((key) => key.includes('pressure')),
    'no pressure files, no series',
  );
  t.equal(values.get('muster.agent.outbox'), 7);
  t.ok((values.get('muster.agent.memory') ?? 0) > 1e7);
  t.same(system.faults, []);
  t.equal(countProcessors(system.source), 4);
});

t.test('a big server: bounded disks, no copies of traffic, only local filesystems', async (t) => {
  const asked: string[] = [];
  const readSpace = (path: string) => {
    asked.push(path);
    return path === '/boot/efi' ? { ...space, inodes: 0 } : space;
  };
  const system = openSystem(t, 'big-server', { readSpace });
  system.first();
  system.pass();
  const values = system.read({ slow: false });
  const busy = instancesOf(values, 'system.disk.busy');
  t.equal(busy.length, MAX_DISKS);
  t.same(busy.slice(0, 3), ['nvme0n1', 'nvme1n1', 'sda'], 'NVMe with several paths is a disk');
  t.notOk(busy.some((name) => /^(?:dm-|md|sr|loop)|\d$/.test(name) && !name.startsWith('nvme')));
  t.equal(values.get('system.disk.busy sda'), 0.04);
  t.same(instancesOf(values, 'system.network.io.receive'), ['eno1', 'eno2', 'wg0']);
  t.equal(values.get('system.network.io.receive eno1'), 12_500_000);
  t.equal(values.get('system.network.errors.receive eno1'), 0.5);
  t.ok(Math.abs((values.get('system.cpu.busy') ?? 0) - 0.51) < 1e-9);
  t.equal(countProcessors(system.source), 128);
  t.equal(values.get('system.process.running'), 57, 'read behind the long line of interrupts');
  t.equal(values.get('system.linux.pressure.cpu.some'), 0.15);
  t.equal(values.get('system.linux.pressure.io.full'), 0.025);
  t.notOk(values.has('system.linux.pressure.cpu.full'), 'means nothing for a whole system');
  t.equal(values.get('system.paging.utilization'), 0, 'swap that is there and unused is a true zero');
  const local = ['/', '/boot', '/boot/efi', '/home', '/srv/big data', '/tank', '/tank/vm'];
  t.same(instancesOf(values, 'system.filesystem.usage'), local);
  t.same(asked, local, 'nothing else was ever asked, and nothing again before the next slow moment');
  t.notOk(
    values.has('system.filesystem.inodes.utilization /boot/efi'),
    'no fixed number of inodes, no share',
  );
  t.same(instancesOf(values, 'hw.temperature').sort(), [
    'coretemp coretemp.0 Package id 0',
    'coretemp coretemp.1 Package id 1',
    'drivetemp temp1',
    'nct6798 SYSTIN',
    'nvme nvme0 Composite',
    'nvme nvme0 Sensor 1',
    'nvme nvme1 Composite',
    'x86_pkg_temp',
    'x86_pkg_temp #2',
  ]);
  t.same(
    findSensors(system.source)
      .filter(({ slow }) => slow)
      .map(({ name }) => name),
    ['nvme nvme0 Composite', 'nvme nvme0 Sensor 1', 'nvme nvme1 Composite', 'drivetemp temp1'],
    'sensors inside of disks are read rarely',
  );
  t.equal(system.table.refused, 0);
});

t.test('a Debian virtual machine: its only interface and disk, no sensor, no swap', async (t) => {
  const system = openSystem(t, 'debian-vm');
  system.first();
  system.pass();
  const values = system.read();
  t.same(instancesOf(values, 'system.network.io.receive'), ['eth0']);
  t.same(instancesOf(values, 'system.disk.busy'), ['vda']);
  t.same(instancesOf(values, 'hw.temperature'), []);
  t.notOk(values.has('system.paging.usage'), 'no swap, no series');
  t.ok(values.has('system.linux.pressure.memory.full'));
  t.same(instancesOf(values, 'system.filesystem.usage'), ['/']);
});

t.test('a counter that restarts, wraps around or was away is a gap, never a rate', async (t) => {
  const system = openSystem(t, 'raspberry-pi');
  const diskstats = (reads: number) =>
    ` 179 0 mmcblk0 ${reads} 0 ${reads * 8} 0 100 0 800 0 0 500 500 0 0 0 0 0 0\n`;
  const netdev = (bytes: number) => `h\nh\n wlan0: ${bytes} 10 0 0 0 0 0 0 500 5 0 0 0 0 0 0\n`;
  const step = (reads: number, bytes: number, change: Partial<Moment> = {}) => {
    system.write('proc/diskstats', diskstats(reads));
    system.write('proc/net/dev', netdev(bytes));
    const values = system.read(change);
    return [values.get('system.disk.operations.read mmcblk0'), values.get('system.network.io.receive wlan0')];
  };
  step(1000, 1000);
  t.same(step(1100, 2000), [10, 100]);
  t.same(step(50, 2 ** 32 - 1000), [undefined, (2 ** 32 - 3000) / 10], 'the disk restarted');
  t.same(step(60, 1000), [1, undefined], 'a counter of 32 bits wrapped');
  t.same(step(70, 2000), [1, 100]);
  t.same(step(80, 3000, { elapsedS: Number.NaN }), [undefined, undefined], 'after a gap there is no rate');
  t.same(step(90, 4000), [1, 100]);
  system.write('proc/diskstats', '');
  system.write('proc/net/dev', 'h\nh\n');
  system.read();
  t.same(step(1000, 99_000), [undefined, undefined], 'what was away for a sample begins anew');
  t.same(step(1010, 99_100), [1, 10]);

  const grown = new Float64Array(8);
  const modes = (...values: number[]) => Float64Array.from([...values, 0, 0, 0, 0, 0, 0, 0, 0].slice(0, 8));
  t.equal(subtractModes(modes(110, 0, 10, 880), modes(100, 0, 0, 800), grown), 100);
  t.equal(
    subtractModes(modes(110, 0, 10, 799), modes(100, 0, 0, 800), grown),
    20,
    'idle may step back a little',
  );
  t.equal(grown[3], 0);
  t.ok(Number.isNaN(subtractModes(modes(10, 0, 1, 8), modes(100, 0, 0, 800), grown)), 'user may not');
  t.ok(Number.isNaN(subtractModes(modes(1), modes(1), grown)), 'no time passed');
});

t.test('what is absent, unplugged, damaged or late has no value, and comes back', async (t) => {
  const empty = createSeriesTable();
  const nothing = createReaders(
    { source: createProcSource(t.testdir()), table: empty, clock: stillClock, outboxDepth: () => null },
    (name) => t.fail(`${name} has a fault`),
  );
  for (let number = 0; number < 3; number++) nothing.read({ atMs: 0, elapsedS: 10, number, slow: true });
  t.same([...listValues(empty).keys()].sort(), ['muster.agent.cpu', 'muster.agent.memory']);

  const system = openSystem(t, 'raspberry-pi');
  system.first();
  for (const path of ['proc/stat', 'proc/diskstats', 'proc/net/dev', 'proc/meminfo', 'proc/loadavg']) {
    system.write(path, '\n\0\xff garbage cpu -5 \n : \n\n');
  }
  t.equal(system.read().get('system.memory.utilization'), undefined);
  system.pass();
  system.read();
  t.ok(system.read().has('system.memory.utilization'), 'is there again with the next whole file');
  const temperature = 'sys/class/thermal/thermal_zone0/temp';
  rmSync(join(system.root, temperature));
  mkdirSync(join(system.root, temperature));
  t.ok(system.read().has('hw.temperature cpu-thermal'), 'the open file still answers');
  t.same(system.faults, []);

  const faults: string[] = [];
  const broken = createReaders(
    { source: system.source, table: empty, clock: stillClock, outboxDepth: () => null },
    (name, error) => faults.push(`${name}: ${error instanceof Error ? error.message : ''}`),
    {
      bad: () => ({
        read() {
          throw new TypeError('a bug');
        },
        close() {},
      }),
      good: ({ table }) => ({ read: () => table.set(table.series('system.uptime'), 5), close() {} }),
    },
  );
  broken.read({ atMs: 0, elapsedS: 10, number: 0, slow: true });
  broken.read({ atMs: 0, elapsedS: 10, number: 1, slow: true });
  t.same(faults, ['bad: a bug'], 'a reader with a fault is left out, once');
  t.equal(listValues(empty).get('system.uptime'), 5, 'the others go on');
});

t.test('files are opened once, grow the buffer, and are tried rarely while they are absent', async (t) => {
  const root = t.testdir({ small: 'one', big: 'x'.repeat(100_000), huge: 'y'.repeat(MAX_PROC_BYTES + 5) });
  const source = createProcSource(root);
  const small = source.open('small');
  t.equal(small.read(), 3);
  const descriptors = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 50; round++) small.read();
  t.equal(readdirSync('/proc/self/fd').length, descriptors);
  const big = source.open('big', { single: true });
  t.equal(big.read(), 100_000);
  t.equal(source.bytes.toString('utf8', 99_990, 100_000), 'x'.repeat(10));
  t.equal(source.open('huge').read(), MAX_PROC_BYTES, 'is cut');
  t.equal(small.read(), 3, 'reads shorter files into the larger buffer');
  const late = source.open('late');
  t.equal(late.read(), -1);
  writeFileSync(join(root, 'late'), 'now');
  t.equal(late.read(), -1, 'the next read is skipped');
  t.equal(late.read(), 3);
  appendFileSync(join(root, 'late'), ' and more');
  t.equal(late.read(), 12);
  for (const file of [small, big, late]) file.close();
  t.equal(source.readText('absent'), null);
  t.equal(source.readLink('small'), null);
  t.same(source.list('absent'), []);
  t.equal(source.readLinkCount('absent'), -1);
  t.equal(source.readSpace('absent'), null);
});

t.test('mounts: any text is survived, each filesystem is there once', async (t) => {
  const line = fc
    .record({
      device: fc.constantFrom('8:1', '8:2', '0:50', '0:51'),
      path: fc.constantFrom('/', '/a', '/a/b', '/srv\\040x', '/home'),
      optional: fc.constantFrom('', 'shared:1 ', 'shared:1 master:2 '),
      type: fc.constantFrom('ext4', 'xfs', 'btrfs', 'nfs4', 'tmpfs', 'fuse.sshfs', 'overlay'),
      from: fc.constantFrom('/dev/sda1', '/dev/sdb1', 'tank', 'filer:/x'),
    })
    .map(
      ({ device, path, optional, type, from }) =>
        `1 0 ${device} / ${path} rw ${optional}- ${type} ${from} rw`,
    );
  const text = fc.array(fc.oneof(line, fc.string({ unit: 'binary', maxLength: 60 })), { maxLength: 12 });
  fc.assert(
    fc.property(text, (lines) => {
      const found = parseMounts(lines.join('\n'));
      const isOnce = (values: string[]) => new Set(values).size === values.length;
      return (
        isOnce(found.map(({ identity }) => identity)) &&
        isOnce(found.map(({ path }) => path)) &&
        found.every(
          ({ type, path }) => /^(?:ext4|xfs|btrfs)$/.test(type) || (type === 'overlay' && path === '/'),
        )
      );
    }),
  );
  const mounts = readFileSync(join(fixtures, 'big-server/before/proc/self/mountinfo'), 'utf8');
  const identities = parseMounts(mounts).map(({ identity }) => identity);
  t.equal(new Set(identities).size, identities.length);
  const rootOnly = parseMounts('1 0 0:50 / / rw - overlay overlay rw\n2 1 0:51 / /x rw - overlay overlay rw');
  t.same(
    rootOnly.map(({ path }) => path),
    ['/'],
    'in a container its own root counts, and no other overlay',
  );
});

t.test(
  'on this machine values are true, in range, without processes and without garbage that piles up',
  async (t) => {
    const table = createSeriesTable();
    const source = createProcSource();
    const reader = createReaders({ source, table, clock: stillClock, outboxDepth: () => 0 }, (name, error) =>
      t.fail(name, { error }),
    );
    t.teardown(() => reader.close());
    const childFaults = () => readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[8];
    const faultsBefore = childFaults();
    let number = 0;
    const read = (elapsedS: number) =>
      reader.read({ atMs: Date.now(), elapsedS, number: number++, slow: true });
    read(Number.NaN);
    const beganMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    read((performance.now() - beganMs) / 1000);
    const values = listValues(table);
    const value = (key: string) => values.get(key) ?? Number.NaN;
    for (const [key, one] of values) {
      t.ok(one >= 0, `${key} is not negative`);
      if (/utilization|busy|pressure/.test(key)) t.ok(one <= 1, `${key} is a ratio`);
    }
    const working = ['user', 'nice', 'system', 'interrupt', 'softirq', 'steal'];
    const sum = working.reduce((all, mode) => all + value(`system.cpu.utilization ${mode}`), 0);
    t.ok(Math.abs(sum - value('system.cpu.busy')) < 1e-9, 'the working modes make up busy');
    t.ok(sum + value('system.cpu.utilization iowait') <= 1 + 1e-9);
    /** Holds what was read against the machine as it is; another look where that has changed in between. */
    function nearNow(key: string, within: number, readNow: () => number) {
      let [ours, theirs] = [value(key), readNow()];
      for (let more = 0; more < 20 && !(Math.abs(ours - theirs) < within); more++) {
        read(1);
        [ours, theirs] = [listValues(table).get(key) ?? Number.NaN, readNow()];
      }
      t.ok(Math.abs(ours - theirs) < within, `${key}: ${ours}, ${theirs}`);
    }
    nearNow('system.uptime', 10, uptime);
    nearNow('system.cpu.load_average.15m', 1, () => loadavg()[2] ?? 0);
    // Processes, not threads.
    const isProcess = (name: string) => /^\d+$/.test(name);
    nearNow('system.process.count', 30, () => readdirSync('/proc').filter(isProcess).length);
    if (values.has('system.filesystem.utilization /'))
      nearNow('system.filesystem.utilization /', 0.01, () => {
        const { blocks, bfree, bavail } = statfsSync('/');
        return (blocks - bfree) / (blocks - bfree + bavail);
      });
    for (const key of [
      'system.cpu.busy',
      'system.memory.utilization',
      'system.cpu.load_average.1m',
      'system.process.created',
      'muster.agent.cpu',
    ])
      t.ok(values.has(key), `${key} is there`);

    for (let round = 0; round < 50; round++) read(1);
    const descriptors = readdirSync('/proc/self/fd').length;
    const heapBefore = process.memoryUsage().heapUsed;
    for (let round = 0; round < 200; round++) read(1);
    const perSample = (process.memoryUsage().heapUsed - heapBefore) / 200;
    t.ok(perSample < 64 * 1024, `${Math.round(perSample)} bytes of garbage a sample`);
    t.equal(readdirSync('/proc/self/fd').length, descriptors, 'no file is opened again and again');
    t.equal(childFaults(), faultsBefore, 'no child ever ran');
  },
);
