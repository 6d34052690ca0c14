// When a device looks at its policies, and what the core hears of it: on a simulated disk, with a unit that the test ends as it likes.
import t from 'tap';
import type { FromExecutor } from '../local/messages.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../testing/simulated-disk.ts';
import type { ItemReport } from './cycle.ts';
import { createCycleFiles, writeReport } from './cycle-files.ts';
import { nextPlace, openCycles, placeWithin } from './cycles.ts';
import { WANTED_PATH } from './held.ts';
import {
  CYCLE_EVERY_MS,
  CYCLE_RETRY_FIRST_MS,
  CYCLE_RETRY_LAST_MS,
  SOON_MS,
  STILL_HERE_MS,
  UNIT_START_MS,
  WATCHED_EVERY_MS,
} from './limits.ts';
import { createTelling } from './telling.ts';

const DEVICE = `dev_${'a'.repeat(26)}`;
/** Midnight of a day. */
const DAY = Date.parse('2026-11-24T00:00:00Z');
const log = { warn: () => undefined };
const SET = 'S'.repeat(43);

const itemOf = (item: string, change: Partial<ItemReport> = {}): ItemReport => ({
  ...{ item, kind: 'sysctl', mode: 'enforce', rule: { policy: 'p', id: 'r' }, state: 'compliant', code: '' },
  ...{ wanted: '1', found: '1', done: [], reason: '', sinceMs: DAY, ...change },
});

/** The disk of a device on which something is held, and what lives in one executor after the other. */
function createDevice(simulated: SimulatedDisk = createSimulatedDisk({ random: Math.random })) {
  const { disk } = simulated;
  const said: Extract<FromExecutor, { type: 'policy.items' }>[] = [];
  const faults: unknown[] = [];
  const started: string[] = [];
  const at = {
    nowMs: DAY,
    isAlive: false,
    canStart: true,
    isListening: true,
    refreshed: 0,
    asked: 0,
    opensAtMs: null as number | null,
  };
  const files = createCycleFiles(disk);
  const isHeld = async () => {
    at.asked += 1;
    return (await disk.size(WANTED_PATH)) !== null;
  };
  const fatal = (error: unknown) => void faults.push(error);
  const openTelling = () =>
    createTelling({
      ...{ files, isHeld, fatal, log, now: () => at.nowMs },
      send(message) {
        if (at.isListening && message.type === 'policy.items') said.push(message);
        return at.isListening;
      },
    });
  return {
    ...{ simulated, disk, files, said, faults, started, at, openTelling },
    async hold() {
      await disk.makeFolder('policies');
      const file = await disk.open(WANTED_PATH);
      await file.append(Buffer.from('{}'));
      await file.close();
    },
    /** What a unit leaves. */
    report: (id: string, items: readonly ItemReport[], set = SET) =>
      writeReport(disk, { id, set, atMs: at.nowMs, items }),
    open: (telling = openTelling()) =>
      openCycles({
        ...{ files, isHeld, fatal, log, deviceId: DEVICE, now: () => at.nowMs, over: () => telling.tell() },
        nextOpening: async () => at.opensAtMs,
        async refresh() {
          at.refreshed += 1;
        },
        unit: {
          async start(id) {
            if (!at.canStart) throw new Error('there is no room for a process');
            started.push(id);
          },
          isAlive: async () => at.isAlive,
        },
      }),
  };
}

t.test('each device has its place in the hour, and a fleet is spread over it', (t) => {
  const places = Array.from({ length: 2_000 }, (_, n) => placeWithin(`dev_${n}`, CYCLE_EVERY_MS));
  const sixths = Array.from(
    { length: 6 },
    (_, n) => places.filter((one) => Math.floor((one * 6) / CYCLE_EVERY_MS) === n).length,
  );
  t.ok(
    sixths.every((count) => count > 230 && count < 440),
    `of 2,000 devices: ${sixths}`,
  );
  const place = placeWithin(DEVICE, CYCLE_EVERY_MS);
  t.equal(nextPlace(DEVICE, DAY), DAY + place);
  t.equal(nextPlace(DEVICE, DAY + place), DAY + place + CYCLE_EVERY_MS, 'never the present moment');
  t.equal(nextPlace(DEVICE, DAY + place - 1), DAY + place);
  t.end();
});

t.test('a device looks soon after its policies change, and then once an hour', async (t) => {
  const device = createDevice();
  const cycles = await device.open();
  await cycles.look();
  t.equal(cycles.waitMs(), null, 'nothing is held');
  await device.hold();
  await cycles.changed();
  const soonMs = cycles.waitMs() ?? Infinity;
  t.ok(soonMs <= SOON_MS, `in ${soonMs} ms`);
  t.same(device.started, []);
  device.at.nowMs += SOON_MS;
  await cycles.look();
  t.equal(device.started.length, 1);
  t.equal(device.at.refreshed, 1, 'after it was resolved anew');
  t.ok(cycles.isBusy());
  await cycles.look();
  t.equal(device.started.length, 1, 'while it works there is no other');
  await device.report(device.started[0] ?? '', [itemOf('sysctl.a')]);
  await cycles.look();
  t.notOk(cycles.isBusy());
  t.match(await device.files.schedule(), {
    dueAtMs: nextPlace(DEVICE, device.at.nowMs),
    failures: 0,
    running: null,
  });
  device.at.nowMs += CYCLE_EVERY_MS;
  await cycles.look();
  t.equal(device.started.length, 2);
  t.not(device.started[0], device.started[1]);
  cycles.close();
  t.same(device.faults, []);
});

t.test('a window that opens within the hour makes a cycle due', async (t) => {
  const device = createDevice();
  await device.hold();
  const cycles = await device.open();
  await cycles.look();
  device.at.nowMs += SOON_MS;
  device.at.opensAtMs = device.at.nowMs + 1_000;
  await cycles.look();
  t.equal(
    (await device.files.schedule())?.dueAtMs,
    device.at.opensAtMs + placeWithin(DEVICE, SOON_MS),
    'not all devices of a fleet in the same second',
  );
  await device.report(device.started[0] ?? '', []);
  await cycles.look();
  device.at.nowMs = device.at.opensAtMs + SOON_MS;
  device.at.opensAtMs += 7 * 86_400_000;
  await cycles.look();
  t.equal(device.started.length, 2);
  t.equal(
    (await device.files.schedule())?.dueAtMs,
    nextPlace(DEVICE, device.at.nowMs),
    'one of next week changes nothing',
  );
  cycles.close();
  t.same(device.faults, []);
});

t.test('what changes while a cycle works makes another one soon', async (t) => {
  const device = createDevice();
  await device.hold();
  const cycles = await device.open();
  await cycles.look();
  device.at.nowMs += SOON_MS;
  await cycles.look();
  await cycles.changed();
  await device.report(device.started[0] ?? '', []);
  await cycles.look();
  device.at.nowMs += SOON_MS;
  await cycles.look();
  t.equal(device.started.length, 2);
  cycles.close();
});

t.test('a change in what is watched makes a cycle due at once, but not in quick succession', async (t) => {
  const device = createDevice();
  // The place of the hour is far.
  device.at.nowMs = nextPlace(DEVICE, DAY) + 60_000;
  let cycles = await device.open();
  await cycles.noticed();
  t.equal(cycles.waitMs(), null, 'nothing is held');
  await device.hold();
  await cycles.look();
  device.at.nowMs += SOON_MS;
  await cycles.look();
  await cycles.noticed();
  await device.report(device.started[0] ?? '', []);
  await cycles.look();
  t.equal((await device.files.schedule())?.dueAtMs, device.at.nowMs + WATCHED_EVERY_MS);
  cycles.close();
  cycles = await device.open();
  device.at.nowMs += WATCHED_EVERY_MS - 1;
  await cycles.noticed();
  await cycles.look();
  t.equal(device.started.length, 1, 'nor by another executor');
  device.at.nowMs += 1;
  await cycles.look();
  t.equal(device.started.length, 2);
  await device.report(device.started[1] ?? '', []);
  await cycles.look();
  device.at.nowMs -= 86_400_000;
  await cycles.noticed();
  await cycles.look();
  t.equal(device.started.length, 3, 'a clock that is set back keeps nothing waiting');
  cycles.close();
  t.same(device.faults, []);
});

t.test('a core that says the same without end costs one look', async (t) => {
  const device = createDevice();
  await device.hold();
  const telling = device.openTelling();
  const cycles = await device.open(telling);
  await cycles.look();
  device.at.asked = 0;
  const words = Array.from({ length: 10_000 }, () => cycles.noticed());
  await Promise.all(words);
  t.equal(device.at.asked, 1, 'of changes');
  device.at.nowMs += SOON_MS;
  await cycles.look();
  await device.report(device.started[0] ?? '', [itemOf('a'), itemOf('b')]);
  await cycles.look();
  const [message] = device.said;
  let written = 0;
  const { setTold } = device.files;
  device.files.setTold = async (told) => {
    written += 1;
    await setTold(told);
  };
  await Promise.all(Array.from({ length: 10_000 }, () => telling.confirmed(message?.n ?? 0)));
  t.equal(written, 1, 'of what it has');
  t.equal(telling.isBusy(), false);
  cycles.close();
  t.same(device.faults, []);
});

t.test('texts are cut to whole characters, and steer no terminal', async (t) => {
  const device = createDevice();
  await device.hold();
  const telling = device.openTelling();
  const cycles = await device.open(telling);
  await cycles.look();
  device.at.nowMs += SOON_MS;
  await cycles.look();
  const found = `${'a'.repeat(511)}\u{1f600}`;
  await device.report(device.started[0] ?? '', [itemOf('a', { found, reason: 'x\u001b[2Jy\u009b31mz' })]);
  await cycles.look();
  const [item] = device.said[0]?.body.items ?? [];
  t.equal(item?.found.isWellFormed(), true);
  t.equal(item?.found.length, 512);
  t.equal(item?.reason, 'x [2Jy 31mz');
  cycles.close();
});

t.test('a unit outlives its executor; one that dies without a word is tried again, ever later', async (t) => {
  const device = createDevice();
  await device.hold();
  let cycles = await device.open();
  await cycles.look();
  device.at.nowMs += SOON_MS;
  await cycles.look();
  cycles.close();
  device.at.isAlive = true;
  cycles = await device.open();
  device.at.nowMs += 2 * UNIT_START_MS;
  await cycles.look();
  t.equal(device.started.length, 1, 'the next executor waits for it');
  t.ok(cycles.isBusy());
  device.at.isAlive = false;
  const pauses: number[] = [];
  for (let tries = 0; tries < 9; tries++) {
    await cycles.look();
    const { dueAtMs, failures, running } = (await device.files.schedule()) ?? {};
    t.same([failures, running], [tries + 1, null]);
    pauses.push((dueAtMs ?? 0) - device.at.nowMs);
    device.at.nowMs = dueAtMs ?? 0;
    await cycles.look();
    t.equal(device.started.length, tries + 2);
    device.at.nowMs += UNIT_START_MS;
  }
  t.same(
    pauses.slice(0, 3),
    [1, 2, 4].map((factor) => factor * CYCLE_RETRY_FIRST_MS),
  );
  t.equal(pauses.at(-1), CYCLE_RETRY_LAST_MS);
  await device.report(device.started.at(-1) ?? '', []);
  await cycles.look();
  t.match(await device.files.schedule(), { failures: 0, running: null }, 'one that ends well ends that');
  device.at.canStart = false;
  device.at.nowMs += CYCLE_EVERY_MS;
  await cycles.look();
  t.match(
    await device.files.schedule(),
    { failures: 1, running: null },
    'so does one that cannot be started',
  );
  cycles.close();
  t.same(device.faults, []);
});

t.test('a clock that is set back, and a damaged schedule, put nothing off', async (t) => {
  const device = createDevice();
  await device.hold();
  await device.files.setSchedule({ dueAtMs: DAY + 400 * 86_400_000, failures: 0, running: null });
  const cycles = await device.open();
  await cycles.look();
  t.ok((cycles.waitMs() ?? Infinity) <= SOON_MS);
  cycles.close();
  device.simulated.damage('policies', (bytes) => bytes.map((byte) => byte ^ 1));
  const next = await device.open();
  await next.look();
  t.ok((next.waitMs() ?? Infinity) <= SOON_MS);
  next.close();
  t.same(device.faults, []);
});

t.test('a disk without room puts a cycle off, and ends nothing', async (t) => {
  const device = createDevice();
  await device.hold();
  const cycles = await device.open();
  await cycles.look();
  device.at.nowMs += SOON_MS;
  device.simulated.setRoom(device.simulated.usedBytes());
  await cycles.look();
  t.same(device.started, [], 'what could not be written down is not begun');
  t.equal(Math.round((cycles.waitMs() ?? 0) / CYCLE_RETRY_FIRST_MS), 1);
  device.simulated.setRoom(Number.MAX_SAFE_INTEGER);
  device.at.nowMs += CYCLE_RETRY_FIRST_MS;
  await cycles.look();
  t.equal(device.started.length, 1);
  cycles.close();
  t.same(device.faults, []);
});

t.test('the core hears what changed, in parts, and nothing twice that it has confirmed', async (t) => {
  const device = createDevice();
  await device.hold();
  const many = Array.from({ length: 450 }, (_, n) => itemOf(`sysctl.${n}`));
  await device.report('1', many);
  const telling = device.openTelling();
  await telling.tell();
  for (let answered = 0; answered < device.said.length; answered++)
    await telling.confirmed(device.said[answered]?.n ?? 0);
  t.same(
    device.said.map(({ body }) => body.items.length),
    [200, 200, 50],
  );
  t.same(
    device.said.map(({ body }) => body.reset),
    [true, false, false],
    'the first of all begins anew',
  );
  t.equal(new Set(device.said.flatMap(({ body }) => body.items.map(({ item }) => item))).size, 450);
  t.match(device.said[0]?.body, { set: SET, items: [{ policy: 'p', rule: 'r', code: null }] });

  device.said.length = 0;
  const later = device.openTelling();
  await later.tell();
  t.same(device.said, [], 'nothing changed');
  await device.report('2', [
    itemOf('sysctl.0', { state: 'drifted', code: 'E_LOCAL_DENY', reason: 'No.\nNever.', sinceMs: DAY + 1 }),
    ...many.slice(1, -2),
  ]);
  await later.tell();
  await later.tell();
  const [first, again] = device.said;
  t.same(first?.body, again?.body, 'told again until it is confirmed');
  t.match(first?.body, {
    ...{ reset: false, gone: ['sysctl.448', 'sysctl.449'] },
    items: [{ item: 'sysctl.0', state: 'drifted', code: 'E_LOCAL_DENY', reason: 'No. Never.' }],
  });
  t.equal(first?.body.items.length, 1);
  await later.confirmed(first?.n ?? 0);
  t.equal((await device.files.told())?.items['sysctl.0'] === undefined, false);
  await later.confirmed(again?.n ?? 0);
  await later.tell();
  t.equal(device.said.length, 2, 'confirmed is confirmed');
  device.at.nowMs += STILL_HERE_MS;
  await later.tell();
  t.match(
    device.said[2]?.body,
    { items: [], gone: [], reset: false, set: SET },
    'it says once a day that it still looks',
  );
  await later.confirmed(device.said[2]?.n ?? 0);
  const other = 'T'.repeat(43);
  await device.report('3', many.slice(0, 3), other);
  await later.tell();
  t.match(
    device.said[3]?.body,
    { set: other, gone: { length: 200 } },
    'by another set, and what is no more in parts too',
  );
  t.same(device.faults, []);
});

t.test(
  'what nobody confirmed is told to the next core; what was told and is lost is told anew',
  async (t) => {
    const device = createDevice();
    await device.hold();
    await device.report('1', [itemOf('sysctl.a')]);
    device.at.isListening = false;
    const telling = device.openTelling();
    await telling.tell();
    t.notOk(telling.isBusy(), 'nobody listens, so nobody waits');
    device.at.isListening = true;
    await telling.tell();
    t.ok(telling.isBusy());
    await telling.confirmed(99);
    t.equal(await device.files.told(), null, 'another number confirms nothing');
    await telling.confirmed(device.said[0]?.n ?? 0);
    t.notOk(telling.isBusy());
    await device.disk.remove('policies/told.json');
    await telling.tell();
    t.match(device.said[1]?.body, { reset: true, items: [{ item: 'sysctl.a' }] });
    await telling.confirmed(device.said[1]?.n ?? 0);
    await device.disk.remove(WANTED_PATH);
    await telling.tell();
    t.match(device.said[2]?.body, { set: null, items: [], gone: ['sysctl.a'] }, 'nothing is held any more');
    await telling.confirmed(device.said[2]?.n ?? 0);
    await telling.tell();
    t.equal(device.said.length, 3);
    t.same(device.faults, []);
  },
);

t.test(
  'wherever the power fails, the schedule and what was told are the old ones or the new ones',
  async (t) => {
    for (let cut = 0; cut < 60; cut++) {
      let simulated = createSimulatedDisk({ random: Math.random });
      const device = createDevice(simulated);
      await device.hold();
      await device.disk.dirsync('policies');
      await device.report('1', [itemOf('sysctl.a')]);
      const telling = device.openTelling();
      await telling.tell();
      // A disk without power answers nothing any more.
      void telling.confirmed(device.said[0]?.n ?? 0);
      for (let step = 0; step < cut; step++) await Promise.resolve();
      simulated = simulated.cutPower();
      const next = createDevice(simulated);
      await next.hold();
      const told = await next.files.told();
      const report = await next.files.report();
      t.ok(report === null || report.items.length === 1);
      if (told !== null) t.same(Object.keys(told.items), ['sysctl.a']);
      if (report === null) continue;
      await next.openTelling().tell();
      t.equal(next.said.length, told === null ? 1 : 0, 'what is not written down as told is told');
    }
  },
);
