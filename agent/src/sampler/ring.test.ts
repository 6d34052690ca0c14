// Tests of what is kept: durable files, the ring on disk with torn, flipped and full disks, and the hours made out of it.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type Block,
  type Chunk,
  decodeChunk,
  encodeBlock,
  findMetric,
  findMetricById,
} from '@muster/protocol';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createStorage, isDiskFull, type Storage } from '../platform/storage.ts';
import { createBlockWindow } from './block-window.ts';
import { createChunks, type HourChunk } from './chunks.ts';
import { createHour } from './hour.ts';
import { BLOCK_SAMPLES, HOUR_MS, MAX_WAITING_BLOCKS, RING_KEEP_MS, SEGMENT_MS } from './limits.ts';
import { createRing, type Ring } from './ring.ts';
import { frameBlock, parseSegment } from './ring-segment.ts';
import { createSeriesTable, type SeriesTable } from './series-table.ts';

const deflate = (bytes: Uint8Array) => deflateRawSync(bytes);
const inflate = (bytes: Uint8Array, maxOutputLength: number) => inflateRawSync(bytes, { maxOutputLength });
const STEP_MS = 10_000;
const start = Date.UTC(2026, 10, 22, 12);
const busy = findMetric('system.cpu.busy').id;

/** A block of that many samples of cpu.busy; `seed` makes its values tell blocks apart. */
function blockOf(fromMs: number, count = BLOCK_SAMPLES, seed = 0): Block {
  const values = Array.from({ length: count }, (_, index) => ((seed * 37 + index * 7) % 1000) / 1000);
  return { fromMs, count, series: [{ metricId: busy, instance: '', values }] };
}

async function readAll(
  ring: Pick<Ring, 'read'>,
  fromMs = 0,
  toMs = Number.MAX_SAFE_INTEGER,
): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const block of ring.read(fromMs, toMs)) blocks.push(block);
  return blocks;
}

/** A disk of that many bytes: beyond it, writing fails as a full disk does. */
function limitStorage(storage: Storage, disk: { freeBytes: number }): Storage {
  return {
    ...storage,
    async append(path, bytes, options) {
      if (bytes.length > disk.freeBytes)
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      disk.freeBytes -= bytes.length;
      await storage.append(path, bytes, options);
    },
  };
}

async function openRing(t: Test, change: { storage?: Storage; maxBytes?: number; folder?: string } = {}) {
  // a second testdir of a test would empty the first
  const root = change.storage === undefined ? t.testdir() : t.testdirName;
  const storage = change.storage ?? createStorage(root);
  const options = { folder: 'ring', deflate, inflate, ...change, storage };
  const ring = createRing(options);
  const newestMs = await ring.open();
  async function reopen() {
    const again = createRing(options);
    return { ring: again, newestMs: await again.open() };
  }
  const files = () => readdirSync(join(root, 'ring')).map((name) => join(root, 'ring', name));
  return { ring, newestMs, reopen, files, root };
}

t.test('files are appended, cut and replaced, readable by their owner only', async (t) => {
  const root = join(t.testdir(), 'state');
  const storage = createStorage(root);
  t.equal(await storage.readRange('a/log', 0, 10), null);
  t.equal(await storage.size('a/log'), null);
  t.same(await storage.list('a'), []);
  await Promise.all(
    ['one', 'two', 'three'].map((text) => storage.append('a/log', Buffer.from(text), { sync: true })),
  );
  t.equal(String(await storage.readRange('a/log', 0, 100)), 'onetwothree', 'in the order of the calls');
  t.equal(String(await storage.readRange('a/log', 3, 3)), 'two');
  t.equal((await storage.readRange('a/log', 100, 5))?.length, 0);
  await storage.truncate('a/log', 3);
  t.equal(await storage.size('a/log'), 3);
  t.equal(statSync(join(root, 'a/log')).mode & 0o777, 0o600);
  t.equal(statSync(join(root, 'a')).mode & 0o777, 0o700);

  await Promise.all(
    Array.from({ length: 20 }, (_, index) => storage.writeAtomic('b.json', Buffer.from(`text ${index}`))),
  );
  t.equal(readFileSync(join(root, 'b.json'), 'utf8'), 'text 19', 'the last writer wins, whole');
  t.equal(statSync(join(root, 'b.json')).mode & 0o777, 0o600);
  mkdirSync(join(root, 'folder/inside'), { recursive: true });
  await t.rejects(storage.writeAtomic('folder', Buffer.from('x')));
  t.same(readdirSync(root), ['a', 'b.json', 'folder'], 'a failed replacement leaves nothing behind');
  await storage.writeAtomic('b.json', Buffer.from('again'));
  t.equal(readFileSync(join(root, 'b.json'), 'utf8'), 'again', 'and does not hold up the next');
  await storage.remove('b.json');
  await storage.remove('b.json');
  t.equal(await storage.size('b.json'), null);

  const error = await createStorage('/dev')
    .append('full', Buffer.from('x'))
    .catch((cause: unknown) => cause);
  t.ok(isDiskFull(error), 'a disk that is really full says so');
});

t.test('whatever is damaged in a segment, every other block is found', async (t) => {
  const blocks = fc.array(fc.integer({ min: 1, max: BLOCK_SAMPLES }), { minLength: 1, maxLength: 6 });
  const frames = (counts: number[]) =>
    counts.map((count, index) =>
      Buffer.from(frameBlock(encodeBlock(blockOf(start + index * 300_000, count, index), deflate))),
    );
  fc.assert(
    fc.property(blocks, fc.nat(), fc.nat({ max: 7 }), fc.nat(), (counts, place, bit, cut) => {
      const whole = Buffer.concat(frames(counts));
      const all = parseSegment(whole);
      if (all.blocks.length !== counts.length || all.damagedPlaces !== 0 || all.goodBytes !== whole.length)
        return false;
      // one flipped bit loses the block it stands in, and no other
      const flipped = Buffer.from(whole);
      const at = place % whole.length;
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      const { blocks: left, damagedPlaces, goodBytes } = parseSegment(flipped);
      const isLastHit = at >= whole.length - (frames(counts).at(-1)?.length ?? 0);
      if (left.length !== counts.length - 1) return false;
      if (isLastHit ? damagedPlaces !== 0 || goodBytes > at : damagedPlaces !== 1) return false;
      // a torn tail loses what is behind the cut
      const torn = whole.subarray(0, cut % whole.length);
      const ends = frames(counts).map((_, index, all) => Buffer.concat(all.slice(0, index + 1)).length);
      return parseSegment(torn).blocks.length === ends.filter((end) => end <= torn.length).length;
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => parseSegment(bytes).blocks.length === 0),
  );
  t.pass('300 segments with a flipped bit and a torn tail each');
});

t.test('blocks come back in order, over restarts, segments and by range', async (t) => {
  const { ring, newestMs, reopen, files } = await openRing(t);
  t.equal(newestMs, null);
  const blocks = Array.from({ length: 150 }, (_, index) =>
    blockOf(start + index * 300_000, BLOCK_SAMPLES, index),
  );
  for (const block of blocks.slice(0, 100)) await ring.append(block);
  const second = await reopen();
  t.equal(second.newestMs, start + 100 * 300_000);
  await Promise.all(blocks.slice(100).map((block) => second.ring.append(block)));
  t.same(await readAll(second.ring), blocks);
  t.equal(files().length, 3, 'a new segment every six hours');
  t.ok(second.ring.status().writes < 5, 'what waits for one segment is written at once');
  const some = await readAll(second.ring, start + SEGMENT_MS - 1, start + SEGMENT_MS + 1);
  t.same(
    some.map(({ fromMs }) => fromMs),
    [start + SEGMENT_MS - 300_000, start + SEGMENT_MS],
  );
  t.same(await readAll(second.ring, 0, start), []);
  const { sizeBytes, trouble, damagedPlaces } = second.ring.status();
  t.equal(
    sizeBytes,
    files().reduce((sum, path) => sum + statSync(path).size, 0),
  );
  t.same({ trouble, damagedPlaces }, { trouble: null, damagedPlaces: 0 });
});

t.test('a torn tail is cut once; damage in the middle stays, is stepped over and counted', async (t) => {
  const { ring, reopen, files, root } = await openRing(t);
  const blocks = Array.from({ length: 10 }, (_, index) =>
    blockOf(start + index * 300_000, BLOCK_SAMPLES, index),
  );
  for (const block of blocks) await ring.append(block);
  const [path = ''] = files();
  const size = statSync(path).size;
  truncateSync(path, size - 5);
  writeFileSync(join(root, 'ring', 'notes.txt'), 'not ours');
  const torn = await reopen();
  t.equal(torn.newestMs, start + 9 * 300_000);
  t.ok(torn.ring.status().cutBytes > 0);
  const whole = statSync(path).size;
  await torn.ring.append(blocks[9] ?? blockOf(0));
  t.same(await readAll(torn.ring), blocks, 'goes on behind the cut');

  const bytes = readFileSync(path);
  bytes[Math.floor(whole / 2)] = (bytes[Math.floor(whole / 2)] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
  const damaged = await reopen();
  t.equal(damaged.ring.status().cutBytes, 0);
  t.equal(damaged.ring.status().damagedPlaces, 1);
  t.equal((await readAll(damaged.ring)).length, 9);
  t.equal(statSync(path).size, size, 'nothing behind the damage is lost');

  const garbage = await openRing(t, { folder: 'other' });
  mkdirSync(join(garbage.root, 'other'));
  writeFileSync(join(garbage.root, 'other', `00000007-${start}.seg`), 'garbage');
  const from = await garbage.reopen();
  t.equal(from.newestMs, null);
  await from.ring.append(blockOf(start));
  t.same(await readAll(from.ring), [blockOf(start)]);
});

t.test('a power cut while a block is written costs that block at most, whatever is left of it', async (t) => {
  const real = createStorage(t.testdir());
  const appends: unknown[] = [];
  const storage: Storage = {
    ...real,
    async append(path, bytes, options) {
      await real.append(path, bytes, options);
      appends.push(options?.sync);
    },
  };
  const { ring, reopen, files } = await openRing(t, { storage });
  const blocks = Array.from({ length: 4 }, (_, index) =>
    blockOf(start + index * 300_000, BLOCK_SAMPLES, index),
  );
  for (const block of blocks) await ring.append(block);
  t.same(
    appends,
    [true, true, true, true],
    'a block is on disk before the next one is begun, one write each',
  );
  const [path = ''] = files();
  const whole = readFileSync(path);
  const last = frameBlock(encodeBlock(blocks[3] ?? blockOf(0), deflate)).length;
  const kept = whole.length - last;
  /** What a file system may leave of a write: a part of its bytes; all of its length, in part as zeros; both out of order. */
  const leftover = fc.record({
    at: fc.nat(last - 1),
    form: fc.constantFrom('short' as const, 'zeros behind' as const, 'zeros before' as const),
  });
  await fc.assert(
    fc.asyncProperty(leftover, async ({ at, form }) => {
      const bytes = Buffer.from(form === 'short' ? whole.subarray(0, kept + at) : whole);
      if (form === 'zeros behind') bytes.fill(0, kept + at);
      if (form === 'zeros before') bytes.fill(0, kept, kept + at + 1);
      // Where the lost bytes were zeros, nothing is lost.
      fc.pre(!bytes.equals(whole));
      writeFileSync(path, bytes);
      const after = await reopen();
      t.same(await readAll(after.ring), blocks.slice(0, 3), 'what was written before is readable');
      t.equal(after.newestMs, start + 3 * 300_000);
      t.equal(statSync(path).size, kept, 'what is left of it is cut');
      await after.ring.append(blocks[3] ?? blockOf(0));
      t.same(await readAll((await reopen()).ring), blocks, 'and the ring goes on there');
      t.ok(readFileSync(path).equals(whole));
    }),
    { numRuns: 100, examples: [[{ at: 0, form: 'short' }], [{ at: 1, form: 'zeros behind' }]] },
  );
});

t.test(
  'a full disk: blocks wait in memory, are readable, bounded, and written when there is room',
  async (t) => {
    const disk = { freeBytes: 400 };
    const storage = limitStorage(createStorage(t.testdir()), disk);
    const { ring } = await openRing(t, { storage });
    const blocks = Array.from({ length: MAX_WAITING_BLOCKS + 10 }, (_, index) =>
      blockOf(start + index * 300_000, 2, index),
    );
    for (const block of blocks.slice(0, 20)) await ring.append(block);
    t.equal(ring.status().trouble, 'full');
    t.ok(ring.status().waitingBlocks > 5);
    t.same(await readAll(ring), blocks.slice(0, 20), 'nothing is missing');
    disk.freeBytes = 1e6;
    await ring.append(blocks[20] ?? blockOf(0));
    t.match(ring.status(), { trouble: null, waitingBlocks: 0, droppedBlocks: 0 });
    t.same(await readAll(ring), blocks.slice(0, 21));
    disk.freeBytes = 0;
    for (const block of blocks) await ring.append({ ...block, fromMs: block.fromMs + HOUR_MS * 24 });
    t.match(ring.status(), { trouble: 'full', waitingBlocks: MAX_WAITING_BLOCKS, droppedBlocks: 10 });
    const last = (await readAll(ring)).at(-1);
    t.equal(last?.fromMs, (blocks.at(-1)?.fromMs ?? 0) + HOUR_MS * 24, 'the oldest went');
  },
);

t.test('a disk that fails in any way is survived and reported', async (t) => {
  const fails = async () => {
    throw Object.assign(new Error('broken'), { code: 'EIO' });
  };
  const storage = createStorage(t.testdir());
  const { ring } = await openRing(t, { storage });
  await ring.append(blockOf(start));
  const broken = await openRing(t, { storage: { ...storage, list: fails, append: fails, readRange: fails } });
  t.equal(broken.newestMs, null);
  await broken.ring.append(blockOf(start, 3));
  t.equal(broken.ring.status().trouble, 'EIO');
  t.same(await readAll(broken.ring), [blockOf(start, 3)], 'from memory');
  const unreadable = await openRing(t, { storage: { ...storage, readRange: fails } });
  t.same(await readAll(unreadable.ring), []);
  t.equal(unreadable.ring.status().damagedPlaces, 1);
});

t.test('the ring stays within its size and age, whatever the clock does', async (t) => {
  const small = await openRing(t, { maxBytes: 5_000 });
  for (let index = 0; index < 600; index++)
    await small.ring.append(blockOf(start + index * 1_800_000, BLOCK_SAMPLES, index));
  t.ok(small.ring.status().sizeBytes <= 5_000);
  t.equal(
    small.ring.status().sizeBytes,
    small.files().reduce((sum, path) => sum + statSync(path).size, 0),
  );
  const blocks = await readAll(small.ring);
  t.equal(blocks.at(-1)?.fromMs, start + 599 * 1_800_000);
  t.ok(blocks.length > 10, 'only the oldest go');

  const old = await openRing(t);
  const segments = RING_KEEP_MS / SEGMENT_MS + 20;
  for (let index = 0; index < segments; index++)
    await old.ring.append(blockOf(start + index * SEGMENT_MS, 1));
  t.equal(old.ring.status().segments, RING_KEEP_MS / SEGMENT_MS + 1, '30 days');
  const year = 365 * 24 * HOUR_MS;
  for (let index = 0; index < 12; index++) await old.ring.append(blockOf(start + year + index * 300_000, 1));
  await old.ring.append(blockOf(start + segments * SEGMENT_MS, 1));
  t.ok(old.ring.status().segments >= RING_KEEP_MS / SEGMENT_MS, 'an hour in the wrong year empties nothing');
  chmodSync(old.root, 0o700);
});

const readStep = findMetric('system.disk.io.read').step;

/** Sets three series at one moment, from a number; all are multiples of their step, so that the ring keeps them exactly. */
function setSample(
  table: SeriesTable,
  series: ReturnType<SeriesTable['series']>[],
  slotMs: number,
  seed: number | null,
) {
  table.begin(slotMs);
  if (seed === null) return;
  const [a, b, c] = series;
  if (a && b && c) {
    table.set(a, (seed % 100) / 100);
    table.set(b, seed * readStep);
    if (seed % 3 === 0) table.set(c, seed % 50);
  }
}

function createTable() {
  const table = createSeriesTable();
  const series = [
    table.series('system.cpu.busy'),
    table.series('system.disk.io.read', 'sda'),
    table.series('hw.temperature', 'cpu'),
  ];
  return { table, series };
}

/** The same but for means that the order of adding rounds to the other side. */
function isClose(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  const [left, right] = [decodeChunk(a, inflate), decodeChunk(b, inflate)];
  return left.series.every((one, index) => {
    const other = right.series[index];
    const step = findMetricById(one.metricId)?.step ?? 0;
    return one.mean.every((mean, point) => {
      const isNear = Math.abs((mean ?? -1) - (other?.mean[point] ?? -1)) <= step * 1.001;
      return isNear && one.max[point] === other?.max[point];
    });
  });
}

t.test(
  'an hour fed by samples, by blocks, or by both is the same chunk, with the true means and maxima',
  async (t) => {
    const seeds = fc.array(fc.option(fc.nat({ max: 999 }), { freq: 5 }), {
      minLength: 1,
      maxLength: 400,
      size: 'max',
    });
    fc.assert(
      fc.property(seeds, fc.nat({ max: 300 }), fc.integer({ min: 1, max: 30 }), (values, offset, first) => {
        const { table, series } = createTable();
        const hour = createHour(start);
        const fromBlocks = createHour(start);
        const both = createHour(start);
        const window = createBlockWindow(first);
        const blocks: (Block | null)[] = [];
        for (const [index, seed] of values.entries()) {
          const slotMs = start + (index + offset) * STEP_MS;
          setSample(table, series, slotMs, seed);
          hour.add(slotMs, table);
          if (index % 2 === 0) both.add(slotMs, table);
          if (!window.fits(slotMs)) blocks.push(window.take());
          window.add(slotMs, table);
        }
        blocks.push(window.take(), window.take());
        for (const block of blocks) if (block !== null) fromBlocks.addBlock(block);
        for (const block of blocks) if (block !== null) both.addBlock(block);
        const bytes = hour.encode(deflate);
        const isSame =
          Buffer.compare(fromBlocks.encode(deflate) ?? Buffer.of(), bytes ?? Buffer.of()) === 0 &&
          isClose(both.encode(deflate), bytes);
        // minutes computed once more in the plainest way
        const minutes = new Map<number, number[]>();
        for (const [index, seed] of values.entries()) {
          const minute = Math.floor((index + offset) / 6);
          if (seed !== null && minute < 60)
            minutes.set(minute, [...(minutes.get(minute) ?? []), seed * readStep]);
        }
        if (bytes === null) return isSame && minutes.size === 0;
        const read = decodeChunk(bytes, inflate).series.find(({ instance }) => instance === 'sda');
        const isTrue = read?.mean.every((mean, minute) => {
          const all = minutes.get(minute);
          if (all === undefined) return mean === null && read.max[minute] === null;
          const wanted = all.reduce((sum, one) => sum + one, 0) / all.length;
          return (
            mean !== null &&
            Math.abs(mean - wanted) <= readStep * 0.5001 &&
            read.max[minute] === Math.max(...all)
          );
        });
        return isSame && isTrue === true;
      }),
      { numRuns: 100 },
    );
    t.pass('100 hours');
  },
);

t.test('an hour of noise in every series still fits: what is listed last is left out', async (t) => {
  const table = createSeriesTable();
  const names = ['system.disk.io.read', 'system.disk.io.write'] as const;
  const all = Array.from({ length: 511 }, (_, index) =>
    table.series(names[index % 2] ?? names[0], `sd${index}`),
  );
  const cpu = table.series('system.cpu.busy');
  const hour = createHour(start);
  let seed = 1;
  for (let slotMs = start; slotMs < start + HOUR_MS; slotMs += STEP_MS) {
    table.begin(slotMs);
    for (const one of all) {
      seed = (seed * 48_271) % 0x7fffffff;
      table.set(one, seed * 1_000);
    }
    table.set(cpu, 0.5);
    hour.add(slotMs, table);
  }
  t.equal(table.refused, 0);
  const { series } = decodeChunk(hour.encode(deflate) ?? new Uint8Array(), inflate);
  t.equal(series.length, 256);
  t.equal(series[0]?.metricId, busy, 'the processor is still there');
});

t.test(
  'a full table gives the place of a long gone series to a new one, and its values to nobody',
  async (t) => {
    const table = createSeriesTable(3);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => table.series('system.disk.io.read', name));
    if (!a || !b || !c || !d) throw new Error('four series');
    const hour = createHour(start);
    const step = (slotMs: number, ...values: [typeof a, number][]) => {
      table.begin(slotMs);
      for (const [series, value] of values) table.set(series, value);
      hour.add(slotMs, table);
    };
    step(start, [a, 1_000], [b, 2_000], [c, 3_000], [d, 4_000]);
    t.equal(table.refused, 1);
    for (let slotMs = start + STEP_MS; slotMs < start + HOUR_MS; slotMs += STEP_MS)
      step(slotMs, [b, 2_000], [c, 3_000]);
    step(start + 3 * HOUR_MS, [b, 2_000], [c, 3_000], [d, 4_000]);
    t.equal(table.refused, 0);
    t.equal(table.key(0)?.instance, 'd');
    table.set(a, 1_000);
    t.equal(table.get(0), 4_000);
    const { series } = decodeChunk(hour.encode(deflate) ?? new Uint8Array(), inflate);
    t.same(
      series.map(({ instance, mean }) => [instance, mean[0], mean[59]]),
      [
        ['a', 1_000, null],
        ['b', 2_000, 2_000],
        ['c', 3_000, 3_000],
      ],
    );
    table.set(b, Number.NaN);
    table.set(c, 1e300);
    t.equal(table.get(1), 2_000, 'no number is not a value');
    t.equal(table.get(2), 3_000, 'nor is one that no chunk can hold');
  },
);

/** Decodes what was handed on. */
function show(chunk: HourChunk | null): (Chunk & { closed: boolean }) | null {
  return chunk === null ? null : { ...decodeChunk(chunk.bytes, inflate), closed: chunk.closed };
}

t.test(
  'the open hour is handed on every quarter, closed hours once; after a restart both are whole',
  async (t) => {
    const { ring, reopen } = await openRing(t);
    const handed: HourChunk[] = [];
    const { table, series } = createTable();
    const create = (from: Ring) =>
      createChunks({ ring: from, deflate, phase: 0.2, onChunk: (chunk) => handed.push(chunk) });
    let chunks = create(ring);
    const window = createBlockWindow();
    await chunks.resume(start, null);
    const sample = async (index: number) => {
      const slotMs = start + index * STEP_MS;
      setSample(table, series, slotMs, index);
      if (!window.fits(slotMs)) await ring.append(window.take() ?? blockOf(0));
      window.add(slotMs, table);
      chunks.add(slotMs, table);
    };
    for (let index = 0; index < 360 + 100; index++) await sample(index);
    const times = handed.map(
      ({ fromMs, closed }) => `${(fromMs - start) / HOUR_MS} ${closed ? 'closed' : 'open'}`,
    );
    t.same(times, ['0 open', '0 open', '0 open', '0 open', '0 closed', '1 open']);
    const closed = show(handed[4] ?? null);
    t.equal(closed?.count, 60);
    t.ok(closed?.series.every(({ mean }) => mean.every((value) => value !== null)));

    const again = await reopen();
    handed.length = 0;
    chunks = create(again.ring);
    await chunks.resume(start + 460 * STEP_MS, again.newestMs);
    t.equal(show(chunks.openHour())?.count, 15, 'as far as the ring was written');
    for (let index = 460; index < 620; index++) await sample(index);
    await chunks.settle();
    t.notOk(
      handed.some(({ closed }) => closed),
      'an hour that was handed on before is not handed on again',
    );
    t.equal(show(handed.at(-1) ?? null)?.count, 34);
    const rebuilt = show(await chunks.rebuildHour(start));
    t.same(rebuilt, closed, 'an hour of long ago comes from the ring, exactly');
    t.equal(await chunks.rebuildHour(start - HOUR_MS), null);

    handed.length = 0;
    chunks = create(again.ring);
    await chunks.resume(start + 5 * HOUR_MS, again.newestMs);
    setSample(table, series, start + 5 * HOUR_MS, 1);
    chunks.add(start + 5 * HOUR_MS, table);
    chunks.add(start + 5 * HOUR_MS + 900_000, table);
    t.same(
      handed.map(({ fromMs, closed }) => [(fromMs - start) / HOUR_MS, closed]),
      [
        [1, true],
        [5, false],
      ],
      'the hour in which the agent died is closed',
    );
  },
);

t.test('a clock set back takes the earlier hour up again, without counting a sample twice', async (t) => {
  const { ring } = await openRing(t);
  const handed: HourChunk[] = [];
  const { table, series } = createTable();
  const chunks = createChunks({ ring, deflate, phase: 0, onChunk: (chunk) => handed.push(chunk) });
  await chunks.resume(start, null);
  const add = async (slotMs: number, seed: number) => {
    setSample(table, series, slotMs, seed);
    const window = createBlockWindow();
    window.add(slotMs, table);
    await ring.append(window.take() ?? blockOf(0));
    chunks.add(slotMs, table);
  };
  await add(start, 10);
  await add(start + HOUR_MS, 20);
  await add(start + 120_000, 30);
  await chunks.settle();
  const open = show(chunks.openHour());
  t.equal(open?.fromMs, start);
  t.same(open?.series[0]?.mean, [0.1, null, 0.3]);
  await add(start + 2 * HOUR_MS, 40);
  await add(start + 2 * HOUR_MS + 900_000, 50);
  t.same(
    handed.filter(({ closed }) => closed).map(({ fromMs }) => (fromMs - start) / HOUR_MS),
    [0, 1, 0],
  );
});
