// Tests of the whole sampler over simulated time: hours in seconds, clock jumps, sleep, restarts, full disks, live streams.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type Block,
  decodeChunk,
  findMetric,
  type MetricName,
  parseSeries,
  type ThresholdRule,
} from '@muster/protocol';
import t, { type Test } from 'tap';
import { createProcSource } from '../platform/linux/proc-reader.ts';
import { createStorage, type Storage } from '../platform/storage.ts';
import type { AlertEvent } from './alert-state.ts';
import type { HourChunk } from './chunks.ts';
import { HOUR_MS, MAX_LIVE_STREAMS, SAMPLE_EVERY_MS } from './limits.ts';
import { type LiveValues, roundToStep } from './live.ts';
import { createRecorder, type RecorderOptions } from './recorder.ts';
import { createTicker, type Tick } from './ticker.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/sampler/', import.meta.url));
const start = Date.UTC(2026, 10, 22, 12);
const deflate = (bytes: Uint8Array) => deflateRawSync(bytes);
const inflate = (bytes: Uint8Array, maxOutputLength: number) => inflateRawSync(bytes, { maxOutputLength });

/** Clocks and timers that only move when told to. */
function createTime(nowMs = start) {
  let wallMs = nowMs;
  let monotonicMs = 5_000;
  let timers: { atMs: number; work: () => void }[] = [];
  const time = {
    clock: { now: () => wallMs, monotonic: () => monotonicMs },
    after(delayMs: number, work: () => void) {
      const timer = { atMs: monotonicMs + delayMs, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    pass(ms: number) {
      const untilMs = monotonicMs + ms;
      for (;;) {
        const [next] = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers = timers.filter((one) => one !== next);
        const stepMs = Math.max(0, next.atMs - monotonicMs);
        wallMs += stepMs;
        monotonicMs += stepMs;
        next.work();
      }
      wallMs += untilMs - monotonicMs;
      monotonicMs = untilMs;
    },
    /** The wall clock is set. */
    set(byMs: number) {
      wallMs += byMs;
    },
    /** Everything stands still for that long but the wall clock, as in suspend. */
    sleep(ms: number) {
      wallMs += ms;
    },
    /** The process stands still while both clocks go on. */
    stall(ms: number) {
      wallMs += ms;
      monotonicMs += ms;
    },
    waiting: () => timers.length,
  };
  return time;
}

/** A recorder over the files of a Raspberry Pi, whose counters grow with the simulated clock. */
function setUp(t: Test, change: Partial<RecorderOptions> & { nowMs?: number } = {}) {
  const root = t.testdir();
  cpSync(join(fixtures, 'raspberry-pi', 'before'), root, { recursive: true, verbatimSymlinks: true });
  const time = createTime(change.nowMs);
  const chunks: HourChunk[] = [];
  const alerts: AlertEvent[] = [];
  const troubles: string[] = [];
  let appends = 0;
  let replaced = 0;
  const real = createStorage(join(root, 'state'));
  const storage: Storage = {
    ...real,
    append(path, bytes) {
      appends++;
      return real.append(path, bytes);
    },
    writeAtomic(path, bytes) {
      replaced++;
      return real.writeAtomic(path, bytes);
    },
  };
  const proc = createProcSource(root, {
    readSpace: () => ({ totalBytes: 1e9, freeBytes: 4e8, availableBytes: 4e8, inodes: 100, inodesFree: 50 }),
  });
  const options: RecorderOptions = {
    clock: time.clock,
    after: (delayMs, then) =>
      time.after(delayMs, () => {
        work(time.clock.monotonic());
        then();
      }),
    source: proc,
    storage,
    deflate,
    inflate,
    random: () => 0.999,
    outboxDepth: () => 3,
    onChunk: (chunk) => {
      chunks.push(chunk);
    },
    onAlert: (event) => {
      alerts.push(event);
    },
    onTrouble: (what, _error, name) => troubles.push(`${what} ${name}`.trim()),
    ...change,
  };
  /** Writes what the counters of the machine are after that time at half load. */
  function work(upMs: number) {
    const ticks = Math.floor(upMs / 10);
    writeFileSync(
      join(root, 'proc/stat'),
      `cpu ${ticks} 0 ${ticks} ${2 * ticks} 0 0 0 0 0 0\nctxt 1\nprocesses ${ticks}\n`,
    );
    writeFileSync(join(root, 'proc/net/dev'), `h\nh\n wlan0: ${upMs} 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0\n`);
  }
  async function settle() {
    for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    root,
    time,
    chunks,
    alerts,
    troubles,
    create: (again: Partial<RecorderOptions> = {}) => createRecorder({ ...options, ...again }),
    settle,
    writes: () => ({ appends, replaced }),
    /** Lets time pass in steps of ten seconds, and the disk keep up. */
    async run(ms: number) {
      for (let done = 0; done < ms; done += SAMPLE_EVERY_MS) {
        time.pass(Math.min(SAMPLE_EVERY_MS, ms - done));
        if (done % 300_000 === 0) await settle();
      }
      await settle();
    },
  };
}

async function readRing(recorder: ReturnType<typeof createRecorder>): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const block of recorder.readRing(0, Number.MAX_SAFE_INTEGER)) blocks.push(block);
  return blocks;
}

/** All samples of a metric as [ms after start, value]. */
function listSamples(blocks: readonly Block[], metric: MetricName): [number, number | null][] {
  const { id } = findMetric(metric);
  return blocks.flatMap(({ fromMs, series }) =>
    (series.find(({ metricId }) => metricId === id)?.values ?? []).map(
      (value, index): [number, number | null] => [fromMs + index * SAMPLE_EVERY_MS - start, value],
    ),
  );
}

t.test('ticks stand on multiples of the interval, and say when time did not pass as it should', async (t) => {
  const time = createTime(start + 3_000);
  const ticks: Tick[] = [];
  const ticker = createTicker({ ...time, everyMs: 10_000, onTick: (tick) => ticks.push(tick) });
  const take = () => ticks.splice(0).map(({ slotMs, elapsedMs }) => [slotMs - start, elapsedMs]);
  ticker.start();
  t.match(ticks.splice(0), [{ isBase: true, elapsedMs: Number.NaN }]);
  time.pass(30_000);
  t.same(take(), [
    [10_000, 7_000],
    [20_000, 10_000],
    [30_000, 10_000],
  ]);
  time.set(400);
  time.pass(6_600);
  time.pass(10_000);
  t.same(
    take(),
    [
      [40_000, 10_000],
      [50_000, 9_600],
    ],
    'a clock that is slewed changes nothing',
  );
  time.sleep(3_600_000);
  time.pass(10_000);
  const [woken] = take();
  t.same(woken, [3_660_000, Number.NaN], 'sleep is a gap');
  time.pass(10_000);
  take();
  time.stall(25_000);
  time.pass(0);
  t.ok(Number.isNaN(take()[0]?.[1]), 'a stopped process is a gap');
  time.pass(60_000);
  const [lastSlot] = take().at(-1) ?? [];
  time.set(-7_000);
  time.pass(20_000);
  const afterSet = take();
  t.ok(Number.isNaN(afterSet[0]?.[1]), 'a clock set back is a gap');
  t.same(
    afterSet.map(([slot]) => slot),
    [(lastSlot ?? 0) + 10_000],
    'no multiple twice',
  );
  time.set(-86_400_000);
  time.pass(10_000);
  t.ok((take()[0]?.[0] ?? 0) < 0, 'goes on at the time the clock says now');
  ticker.stop();
  time.pass(100_000);
  t.same(take(), []);
  t.equal(time.waiting(), 0);
});

t.test('an hour: exact values, twelve writes, five chunks, nothing else', async (t) => {
  const { run, create, chunks, writes, troubles, alerts, time } = setUp(t);
  const recorder = create();
  await recorder.start();
  t.match(
    recorder.latest(),
    { cpuUsedRatio: null, loadPerCpu: 0.52 / 4, uptimeS: 95012.34 },
    'gauges are there at once',
  );
  await run(HOUR_MS + 900_000);
  t.same(troubles, []);
  t.same(alerts, []);
  t.ok(writes().appends <= 15, `${writes().appends} writes in an hour and a quarter`);
  t.equal(writes().replaced, 0);
  const handed = chunks.map(
    ({ fromMs, closed }) => `${(fromMs - start) / HOUR_MS} ${closed ? 'closed' : 'open'}`,
  );
  t.same(handed, ['0 open', '0 open', '0 open', '0 closed', '1 open', '1 open']);
  const closed = chunks.find((chunk) => chunk.closed);
  const hour = decodeChunk(closed?.bytes ?? new Uint8Array(), inflate);
  t.equal(hour.count, 60);
  const find = (metric: MetricName) => hour.series.find(({ metricId }) => metricId === findMetric(metric).id);
  t.ok(find('system.cpu.busy')?.mean.every((value) => value === 0.5));
  t.ok(find('system.network.io.receive')?.max.every((value) => value === 1_000));
  t.match(recorder.latest(), { cpuUsedRatio: 0.5, diskUsedRatio: 0.6, swapUsedRatio: 25600 / 102396 });
  await recorder.stop();
  t.equal(time.waiting(), 0, 'nothing goes on afterwards');
  const busy = listSamples(await readRing(recorder), 'system.cpu.busy');
  t.equal(busy.length, 450, 'every sample is on disk');
  t.same(
    busy.map(([at]) => at),
    Array.from({ length: 450 }, (_, index) => (index + 1) * SAMPLE_EVERY_MS),
  );
});

t.test('after a restart the open hour is whole and hours of before can be had again', async (t) => {
  const { run, create, chunks, time } = setUp(t);
  const first = create();
  await first.start();
  await run(40 * 60_000);
  await first.stop();
  time.stall(20_000);
  const second = create();
  await second.start();
  await run(10 * 60_000);
  const open = second.openHour();
  const hour = decodeChunk(open?.bytes ?? new Uint8Array(), inflate);
  t.match({ count: hour.count, fromMs: hour.fromMs }, { count: 51, fromMs: start });
  const busy = hour.series.find(({ metricId }) => metricId === 1);
  t.ok(
    busy?.mean.slice(1).every((value) => value === 0.5),
    'without a hole',
  );
  await run(HOUR_MS);
  const rebuilt = await second.rebuildHour(start);
  // means of what the ring rounded may differ by a step, as the agent's own use does here
  const steady = (chunk: HourChunk | null | undefined) =>
    decodeChunk(chunk?.bytes ?? new Uint8Array(), inflate).series.filter(({ metricId }) => metricId < 100);
  t.same(steady(rebuilt), steady(chunks.find((chunk) => chunk.closed)));
  t.equal((await second.rebuildHour(start + HOUR_MS))?.closed, false);
  t.equal(await second.rebuildHour(start - 5 * HOUR_MS), null);
  await second.stop();
});

t.test('sleep, a stopped process and a clock that is set leave gaps, never wrong rates', async (t) => {
  const { run, create, time } = setUp(t);
  const recorder = create();
  await recorder.start();
  await run(60_000);
  time.sleep(600_000);
  await run(60_000);
  time.stall(120_000);
  await run(60_000);
  time.set(86_400_000);
  await run(60_000);
  time.set(-86_400_000);
  await run(60_000);
  await recorder.stop();
  const blocks = await readRing(recorder);
  for (const [metric, wanted] of [
    ['system.cpu.busy', 0.5],
    ['system.network.io.receive', 1_000],
  ] as const) {
    const values = listSamples(blocks, metric).map(([, value]) => value);
    t.ok(
      values.filter((value) => value !== null).every((value) => value === wanted),
      `${metric} is true wherever it is`,
    );
    t.ok(values.filter((value) => value !== null).length >= 20);
    t.ok(values.filter((value) => value === null).length >= 3, 'and a gap where nobody knows');
  }
  const times = listSamples(blocks, 'system.cpu.load_average.1m').map(([at]) => at);
  t.notOk(
    times.some((at) => at > 70_000 && at < 660_000),
    'nothing was made up for the time asleep',
  );
  t.ok(times.some((at) => at > 86_400_000));
});

t.test('a chunk nobody takes and a clock from beyond 2106 are survived', async (t) => {
  const { run, create, time, troubles } = setUp(t);
  const recorder = create({
    onChunk: async () => {
      throw new Error('outbox full');
    },
  });
  await recorder.start();
  await run(20 * 60_000);
  t.same(troubles, ['chunk']);
  time.set(100 * 365 * 24 * HOUR_MS);
  await run(60_000);
  t.ok(recorder.latest().cpuUsedRatio === 0.5, 'samples go on');
  time.set(-100 * 365 * 24 * HOUR_MS);
  await run(60_000);
  const rebuilt = await recorder.rebuildHour(start);
  t.equal(decodeChunk(rebuilt?.bytes ?? new Uint8Array(), inflate).count, 23);
  await recorder.stop();
  t.same(
    troubles.slice(1).filter((what) => what !== 'chunk'),
    [],
  );
});

const hot: ThresholdRule = {
  name: 'hot',
  metric: 'hw.temperature',
  bad: 'above',
  threshold: 60,
  clearAt: 50,
  forMs: 20_000,
  clearForMs: 20_000,
  severity: 'warning',
};

t.test(
  'an alert is told, then written down; it brings the ring forward and does not fire again after a restart',
  async (t) => {
    let isRefused = true;
    const told: AlertEvent[] = [];
    const { root, run, create, writes, troubles } = setUp(t, { rules: [hot] });
    const onAlert = async (event: AlertEvent) => {
      if (isRefused) throw new Error('outbox full');
      told.push(event);
    };
    const heat = (milli: number) =>
      writeFileSync(join(root, 'sys/class/thermal/thermal_zone0/temp'), `${milli}\n`);
    const first = create({ onAlert });
    await first.start();
    await run(60_000);
    heat(70_000);
    await run(40_000);
    t.same(told, []);
    t.ok(troubles.length > 0 && troubles.every((what) => what === 'alert'));
    t.equal(writes().appends, 1, 'the samples up to the alert are on disk at once');
    t.equal(writes().replaced, 0, 'nothing is written down that was not told');
    isRefused = false;
    await run(20_000);
    t.match(told, [
      {
        rule: 'hot',
        state: 'firing',
        value: 70,
        threshold: 60,
        sinceMs: start + 70_000,
        atMs: start + 90_000,
      },
    ]);
    t.same(parseSeries(told[0]?.series ?? ''), { metric: 'hw.temperature', instance: 'cpu-thermal' });
    t.equal(writes().replaced, 1);
    await first.stop();
    t.match(readFileSync(join(root, 'state/alerts.json'), 'utf8'), /"firing"/);
    const second = create({ onAlert });
    await second.start();
    await run(60_000);
    t.equal(told.length, 1, 'not again');
    heat(40_000);
    await run(60_000);
    t.match(told[1], { state: 'cleared', value: 40, sinceMs: start + 70_000 });
    t.equal(told.length, 2);
    await second.stop();
  },
);

t.test('a disk that takes nothing stops neither samples nor chunks nor alerts', async (t) => {
  const fails = async () => {
    throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  };
  const base = createStorage(t.testdirName);
  const storage = { ...base, append: fails, writeAtomic: fails, readRange: fails, list: fails };
  const { root, run, create, chunks, alerts, troubles } = setUp(t, { rules: [hot], storage });
  writeFileSync(join(root, 'sys/class/thermal/thermal_zone0/temp'), '80000\n');
  const recorder = create();
  await recorder.start();
  await run(HOUR_MS);
  t.equal(recorder.status().ring.trouble, 'full');
  t.ok(recorder.status().ring.waitingBlocks >= 12);
  t.ok(chunks.length >= 3);
  t.equal(alerts.length, 1);
  t.ok(troubles.includes('alert-file'));
  const rebuilt = await recorder.rebuildHour(start);
  t.ok(decodeChunk(rebuilt?.bytes ?? new Uint8Array(), inflate).count >= 59, 'from memory');
  await recorder.stop();
});

t.test('live streams sample faster with readers of their own and end by themselves', async (t) => {
  const { create, time, run } = setUp(t);
  const recorder = create();
  await recorder.start();
  await run(30_000);
  const seen: LiveValues[] = [];
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  recorder.startLive(1_000, 5_000, (sample) => seen.push(sample));
  t.ok(descriptors() > before);
  time.pass(20_000);
  t.equal(seen.length, 5);
  t.equal(descriptors(), before, 'and close their files');
  const rates = seen.map(
    ({ values }) =>
      values.find(({ series }) => series === 'system.network.io.receive{interface=wlan0}')?.value,
  );
  t.same(rates, [1_000, 1_000, 1_000, 1_000, 1_000], 'rates of one second');
  t.same(
    seen.map(({ atMs }) => atMs - start),
    [31_000, 32_000, 33_000, 34_000, 35_000],
  );
  t.ok(
    seen[0]?.values.every(({ series, value }) => parseSeries(series).metric !== '' && Number.isFinite(value)),
  );

  const counts = Array.from({ length: MAX_LIVE_STREAMS + 1 }, () => 0);
  const stops = counts.map((_, index) =>
    recorder.startLive(1_000, 60_000, () => {
      counts[index] = (counts[index] ?? 0) + 1;
    }),
  );
  time.pass(3_000);
  t.same(counts, [0, 3, 3, 3, 3], 'one more than allowed ends the oldest');
  for (const stop of [...stops, ...stops]) stop();
  time.pass(5_000);
  t.same(counts, [0, 3, 3, 3, 3]);
  await run(30_000);
  await recorder.stop();
  t.equal(time.waiting(), 0);
  t.equal(roundToStep(0.123456, 0.001), 0.123);
  t.equal(roundToStep(1_234_567, 1_000), 1_235_000);
});
