// Tests of the metric chunk codec: exactness, size on a recorded hour, and what it refuses to write.
import { readFileSync } from 'node:fs';
import { constants, deflateRawSync, inflateRawSync, crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  createSource,
  fromZigzag,
  readSplit,
  type Sink,
  toZigzag,
  writeSplit,
  writeVarint,
} from './chunk/bytes.ts';
import { crc32 } from './chunk/crc32.ts';
import { HEADER_BYTES } from './chunk/header.ts';
import { fromSteps, MAX_STEPS, scaleOf, toSteps } from './chunk/quantize.ts';
import { compareSeries } from './chunk/table.ts';
import {
  type Block,
  type Chunk,
  type ChunkSeries,
  chunkTiers,
  decodeBlock,
  decodeChunk,
  encodeBlock,
  encodeChunk,
  readChunkHeader,
} from './chunk.ts';
import { MAX_CHUNK_BYTES, MAX_CHUNK_SERIES } from './limits.ts';
import { findMetric, findMetricById, type MetricName, metrics } from './metrics/catalog.ts';
import { parseSeries, toInstance } from './metrics/series.ts';

const deflate = (bytes: Uint8Array) => deflateRawSync(bytes, { level: constants.Z_BEST_COMPRESSION });
const inflate = (bytes: Uint8Array, maxOutputLength: number) => inflateRawSync(bytes, { maxOutputLength });
/** Leaves bytes as they are, so that a test can look at them and change them. */
const store = (bytes: Uint8Array) => bytes;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const fromMs = Date.UTC(2026, 10, 22);

/** A series of a chunk whose maxima are its means. */
function flat(name: MetricName, instance: string, mean: readonly (number | null)[]): ChunkSeries {
  return { metricId: findMetric(name).id, instance, mean, max: mean };
}

function chunkOf(series: readonly ChunkSeries[], count = series[0]?.mean.length ?? 0): Chunk {
  return { tier: 'minute', fromMs, count, series };
}

const small = chunkOf([
  flat('system.disk.io.read', 'sda', [1000, null, 3000, 3000, 3000, 3000, 5000]),
  flat('system.cpu.busy', '', [0.5, 0.25, 0.125, 0.5, null, null, 1]),
  {
    ...flat('system.uptime', '', [10, 70, 130, 190, 250, 310, 370]),
    max: [60, 120, 180, 240, 300, 360, 420],
  },
]);

/** What decoding a chunk of whole steps must give: the same, with its series in order. */
function sorted(chunk: Chunk): Chunk {
  return { ...chunk, series: chunk.series.toSorted(compareSeries) };
}

function stepOf(metricId: number): number {
  return findMetricById(metricId)?.step ?? Number.NaN;
}

/** Decoded values are whole steps, and the nearest ones to what went in. */
function checkNearest(t: Test, decoded: Chunk, chunk: Chunk): void {
  const expected = sorted(chunk);
  t.same(
    decoded.series.map(({ metricId, instance }) => [metricId, instance]),
    expected.series.map(({ metricId, instance }) => [metricId, instance]),
  );
  for (const [i, { metricId, mean, max }] of decoded.series.entries()) {
    const step = stepOf(metricId);
    const before = [...(expected.series[i]?.mean ?? []), ...(expected.series[i]?.max ?? [])];
    const wrong = [...mean, ...max].filter((value, at) => {
      const input = before[at] ?? Number.NaN;
      const isWhole =
        value !== null &&
        (step < 1 ? Number(value.toFixed(-Math.log10(step))) === value : value % step === 0);
      return !isWhole || !(Math.abs(value - input) <= (step / 2) * 1.000001);
    });
    t.same(wrong, [], `series ${metricId}`);
  }
}

const anySeries = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...metrics), fc.string({ unit: 'binary', maxLength: 12 })), {
    minLength: 1,
    maxLength: 8,
    selector: ([metric, name]) => `${metric.id} ${metric.label === '' ? '' : toInstance(`x${name}`)}`,
  })
  .map((list) =>
    list.map(([{ id, label, step }, name]) => ({
      id,
      step,
      instance: label === '' ? '' : toInstance(`x${name}`),
    })),
  );

/** Steps as they come in life: nothing, noise, levels, counters, gaps, and the largest there may be. */
const anySteps = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: -5, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: -1_000_000, max: 1_000_000_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(MAX_STEPS, -MAX_STEPS) },
  { weight: 2, arbitrary: fc.constant(null) },
);

const anyChunk: fc.Arbitrary<Chunk> = fc
  .tuple(fc.constantFrom('minute', 'hour'), fc.nat(20_000), anySeries, fc.integer({ min: 1, max: 24 }))
  .chain(([tier, days, names, count]) =>
    fc
      .array(fc.tuple(fc.array(anySteps, { minLength: count, maxLength: count }), fc.nat(3)), {
        minLength: names.length,
        maxLength: names.length,
      })
      .map((rows) => ({
        tier,
        fromMs: days * DAY_MS,
        count,
        series: names.map(({ id, instance, step }, i): ChunkSeries => {
          const [steps, above] = rows[i] ?? [[], 0];
          const scale = scaleOf(Math.round(Math.log10(step)));
          const toValue = (n: number | null) => (n === null ? null : fromSteps(n, scale));
          const top = steps.map((n) => (n === null ? null : Math.min(MAX_STEPS, n + above)));
          return { metricId: id, instance, mean: steps.map(toValue), max: top.map(toValue) };
        }),
      })),
  );

interface Recording {
  readonly count: number;
  readonly series: Readonly<Record<string, string>>;
}

/** The recorded hour as raw 10 s values. */
function readRecording(): Block {
  const text = readFileSync(new URL('../fixtures/hour.json', import.meta.url), 'utf8');
  const recording: Recording = JSON.parse(text);
  const series = Object.entries(recording.series).map(([name, packed]) => {
    const { metric, instance } = parseSeries(name);
    const { id, step } = findMetric(metric) ?? { id: 0, step: 1 };
    const scale = scaleOf(Math.round(Math.log10(step)));
    const values: number[] = [];
    let steps = 0;
    for (const word of packed.split(' ')) {
      const [growth = '', times = '1'] = word.split('x');
      for (let i = 0; i < Number(times); i++) {
        steps += Number(growth);
        values.push(fromSteps(steps, scale));
      }
    }
    return { metricId: id, instance, values };
  });
  return { fromMs, count: recording.count, series };
}

/** The hour the agent sends: mean and maximum of each six samples. */
function toMinutes(block: Block): Chunk {
  const count = block.count / 6;
  const series = block.series.map(({ values, ...names }) => {
    const groups = Array.from({ length: count }, (_, i) =>
      values.slice(i * 6, i * 6 + 6).filter((v) => v !== null),
    );
    const mean = groups.map((group) => group.reduce((sum, v) => sum + v, 0) / group.length);
    return { ...names, mean, max: groups.map((group) => Math.max(...group)) };
  });
  return { tier: 'minute', fromMs, count, series };
}

t.test('a recorded hour takes less than a byte a sample, and comes back exactly', async (t) => {
  const block = readRecording();
  const chunk = toMinutes(block);
  const moving = block.series.filter(({ values }) => new Set(values).size > 1);
  t.equal(block.count, 360);
  t.ok(moving.length >= 35, `${moving.length} of ${block.series.length} series move`);

  const blockBytes = encodeBlock(block, deflate);
  t.same(decodeBlock(blockBytes, inflate).series, block.series.toSorted(compareSeries));
  const chunkBytes = encodeChunk(chunk, deflate);
  checkNearest(t, decodeChunk(chunkBytes, inflate), chunk);

  const samples = block.series.length * block.count;
  const points = chunk.series.length * chunk.count;
  const moves = { ...block, series: moving };
  const movingBlock = encodeBlock(moves, deflate).length;
  const movingChunk = encodeChunk(toMinutes(moves), deflate).length;
  const parts = Array.from({ length: 12 }, (_, i) => ({
    fromMs: fromMs + i * 300_000,
    count: 30,
    series: block.series.map((one) => ({ ...one, values: one.values.slice(i * 30, i * 30 + 30) })),
  }));
  const ringBytes = parts.reduce((sum, part) => sum + encodeBlock(part, deflate).length, 0);
  const figures = {
    'raw 10 s samples, bytes each': blockBytes.length / samples,
    'raw 10 s samples of series that move, bytes each': movingBlock / (moving.length * block.count),
    'ring in blocks of 5 minutes, bytes a sample': ringBytes / samples,
    'chunk of minutes, bytes a 10 s sample it stands for': chunkBytes.length / samples,
    'chunk of minutes, bytes a stored number': chunkBytes.length / (2 * points),
    'chunk of minutes, series that move, bytes a stored number':
      movingChunk / (2 * moving.length * chunk.count),
    'chunk of minutes, bytes a point of mean and maximum': chunkBytes.length / points,
  };
  for (const [what, bytes] of Object.entries(figures)) {
    t.ok(bytes <= (what.includes('point of') ? 2 : 1), `${what}: ${bytes.toFixed(3)}`);
  }
});

t.test('any chunk of whole steps comes back exactly', async (t) => {
  fc.assert(
    fc.property(anyChunk, (chunk) => {
      t.same(decodeChunk(encodeChunk(chunk, deflate), inflate), sorted(chunk));
    }),
    { numRuns: 300, examples: [[chunkOf([flat('system.cpu.busy', '', [null, null])])]] },
  );
});

t.test('any block comes back exactly, and is not taken for a chunk', async (t) => {
  fc.assert(
    fc.property(anyChunk, (chunk) => {
      const series = sorted(chunk).series.map(({ mean, max: _, ...names }) => ({ ...names, values: mean }));
      const block = { fromMs: chunk.fromMs + 10_000, count: chunk.count, series };
      t.same(decodeBlock(encodeBlock(block, deflate), inflate), block);
    }),
    { numRuns: 100 },
  );
  const block = { fromMs, count: 1, series: [{ metricId: 90, instance: '', values: [1] }] };
  t.throws(() => decodeChunk(encodeBlock(block, deflate), inflate), { code: 'E_CHUNK' });
  t.throws(() => decodeBlock(encodeChunk(small, deflate), inflate), { code: 'E_CHUNK' });
});

t.test('the header says what the gateway needs, without inflating', async (t) => {
  const bytes = encodeChunk(small, deflate);
  t.match(readChunkHeader(bytes), {
    tier: 'minute',
    fromMs,
    toMs: fromMs + 7 * 60_000,
    stepMs: 60_000,
    count: 7,
    seriesCount: 3,
  });
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  t.same(
    readChunkHeader(shifted.subarray(3)),
    readChunkHeader(bytes),
    'a view into a frame is read at its offset',
  );
});

t.test('the form of version 1 does not change', async (t) => {
  const golden = [
    'c70101008030026b60ea0000070003002a0000007d2969cd49569235', // header
    '0200037364610127320001003c9d6efa0100006412f97f02f90101ed04010006000006167a0002020206',
  ].join('');
  const bytes = encodeChunk(small, store);
  t.equal(Buffer.from(bytes).toString('hex'), golden);
  t.same(decodeChunk(Buffer.from(golden, 'hex'), store), sorted(small));
});

t.test('what cannot be written exactly is refused', async (t) => {
  const uptime = flat('system.uptime', '', [1, 2]);
  const cases: Readonly<Record<string, Chunk>> = {
    NaN: chunkOf([flat('system.uptime', '', [Number.NaN])]),
    infinity: chunkOf([flat('system.uptime', '', [Number.NEGATIVE_INFINITY])]),
    'too many steps': chunkOf([flat('system.uptime', '', [2 ** 50])]),
    'an unknown metric': chunkOf([{ ...uptime, metricId: 65_000 }]),
    'an instance where there is none': chunkOf([{ ...uptime, instance: 'sda' }]),
    'no instance where there must be one': chunkOf([{ ...uptime, metricId: 40 }]),
    'a series twice': chunkOf([uptime, uptime]),
    'rows that are too short': { ...chunkOf([uptime]), count: 3 },
    'maxima that are too short': chunkOf([{ ...uptime, max: [1] }]),
    'a maximum below its mean': chunkOf([{ ...uptime, max: [1, 0] }]),
    'a maximum without a mean': chunkOf([{ ...uptime, mean: [1, null] }]),
    'a mean without a maximum': chunkOf([{ ...uptime, mean: [1, 0], max: [1, null] }]),
    'no series': chunkOf([]),
    'no points': chunkOf([flat('system.uptime', '', [])]),
    'too many points': chunkOf([flat('system.uptime', '', new Array(61).fill(1))]),
    'a fraction of a point': { ...chunkOf([uptime]), count: 1.5 },
    'a start within the hour': { ...chunkOf([uptime]), fromMs: fromMs + 60_000 },
    'a start before 1970': { ...chunkOf([uptime]), fromMs: -HOUR_MS },
    'a start after 2106': { ...chunkOf([uptime]), fromMs: 2 ** 32 * 1000 },
    'a day that begins at one': { ...chunkOf([uptime]), tier: 'hour', fromMs: fromMs + HOUR_MS },
  };
  for (const [what, chunk] of Object.entries(cases))
    t.throws(() => encodeChunk(chunk, deflate), { code: 'E_CHUNK' }, what);

  const many = Array.from({ length: MAX_CHUNK_SERIES + 1 }, (_, i) => flat('system.disk.busy', `d${i}`, [0]));
  t.throws(() => encodeChunk(chunkOf(many), deflate), { code: 'E_SIZE' });
  const noise = (i: number, j: number) =>
    crc32(Uint8Array.of(i, i >> 8, j)) * 2 ** 16 + (crc32(Uint8Array.of(j, i)) >>> 16);
  const large = many.slice(1).map(({ instance }, i) =>
    flat(
      'system.filesystem.usage',
      instance,
      Array.from({ length: 60 }, (_, j) => noise(i, j) * 1_000_000),
    ),
  );
  t.throws(() => encodeChunk(chunkOf(large), deflate), { code: 'E_SIZE' });
  const room = MAX_CHUNK_BYTES - HEADER_BYTES;
  t.equal(encodeChunk(chunkOf([uptime]), () => new Uint8Array(room)).length, MAX_CHUNK_BYTES);
  t.throws(() => encodeChunk(chunkOf([uptime]), () => new Uint8Array(room + 1)), { code: 'E_SIZE' });
  t.ok(
    encodeChunk(chunkOf([flat('system.uptime', '', [2 ** 50 - 1, 1 - 2 ** 50])]), deflate),
    'the most that fits',
  );
});

t.test('a mean that is larger than its maximum only by floating point is no fault', async (t) => {
  const mean = (0.0005 + 0.0005 + 0.0005) / 3 + 1e-18;
  const chunk = chunkOf([{ ...flat('system.cpu.busy', '', [mean]), max: [0.0004999999999999] }]);
  t.same(decodeChunk(encodeChunk(chunk, deflate), inflate).series[0]?.max, [0.001]);
});

/** Varints after each other. */
function bytesOf(...numbers: readonly number[]): Sink {
  const bytes: Sink = [];
  for (const number of numbers) writeVarint(bytes, number);
  return bytes;
}

t.test('numbers of every size survive varints, zigzag and rounding', async (t) => {
  const safe = fc.oneof(
    fc.maxSafeNat(),
    fc.nat(300),
    fc.constantFrom(127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER),
  );
  fc.assert(
    fc.property(safe, (value) => {
      t.equal(createSource(Uint8Array.from(bytesOf(value))).varint(), value);
      const split = { low: [], high: [] };
      writeSplit(split, value);
      t.equal(
        readSplit(createSource(Uint8Array.from(split.low)), createSource(Uint8Array.from(split.high))),
        value,
      );
    }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
      (value) => fromZigzag(toZigzag(value)) === value,
    ),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: -MAX_STEPS, max: MAX_STEPS }),
      fc.integer({ min: -6, max: 9 }),
      (steps, exponent) =>
        Object.is(toSteps(fromSteps(steps, scaleOf(exponent)), scaleOf(exponent)), steps + 0),
    ),
  );
  for (const wrong of [[], [0x80], [...new Array(7).fill(0xff), 0x7f], [...new Array(8).fill(0x80), 0]]) {
    t.throws(() => createSource(Uint8Array.from(wrong)).varint(), { code: 'E_CHUNK' });
  }
  t.throws(() => createSource(Uint8Array.of(1, 2)).take(3), { code: 'E_CHUNK' });
  t.equal(fromSteps(123, scaleOf(-3)), 0.123);
  t.ok(Object.is(toSteps(-0.0001, scaleOf(-3)), 0), 'no negative zero');
});

t.test('the checksum is the usual CRC-32 and can be continued', async (t) => {
  const text = new TextEncoder().encode('123456789');
  t.equal(crc32(text), 0xcbf43926);
  t.equal(crc32(text.subarray(4), crc32(text.subarray(0, 4))), 0xcbf43926);
  t.equal(crc32(new Uint8Array()), 0);
  // Of every length around a multiple of four, at every place of a buffer, against another implementation.
  const noise = Uint8Array.from({ length: 48 }, (_, at) => (at * 197 + 31) & 0xff);
  for (let from = 0; from < 8; from++)
    for (let to = from; to <= noise.length; to++) {
      const part = noise.subarray(from, to);
      if (crc32(part, 7) !== zlibCrc32(part, 7)) t.fail(`differs for ${from} to ${to}`);
    }
});

t.test('tiers have their own numbers, and their chunks fit the limits', async (t) => {
  const tiers = Object.values(chunkTiers);
  t.equal(new Set(tiers.map((tier) => tier.id)).size, tiers.length);
  for (const tier of tiers) t.ok(tier.alignMs % 1000 === 0 && tier.maxCount * tier.stepMs >= tier.alignMs);
});
