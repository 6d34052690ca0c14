// Tests that damaged and deceptive chunks end in a code, never in another error and never in unbounded memory.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  type Chunk,
  type ChunkTierName,
  decodeBlock,
  decodeChunk,
  encodeChunk,
  type Inflate,
} from '../chunk.ts';
import { isMusterError } from '../errors.ts';
import { MAX_CHUNK_BYTES, MAX_CHUNK_RAW_BYTES, MAX_CHUNK_SERIES } from '../limits.ts';
import { type Sink, toZigzag, writeVarint } from './bytes.ts';
import { crc32 } from './crc32.ts';
import { HEADER_BYTES, joinChunk } from './header.ts';
import { MAX_STEPS } from './quantize.ts';

const deflate = (bytes: Uint8Array) => deflateRawSync(bytes);
const inflate: Inflate = (bytes, maxOutputLength) => inflateRawSync(bytes, { maxOutputLength });
/** Leaves bytes as they are, so that a test can look at them and change them. */
const store = (bytes: Uint8Array) => bytes;

const fromMs = Date.UTC(2026, 10, 22);

/** Three series with gaps, runs, two-byte numbers and maxima above the means. */
const small: Chunk = {
  tier: 'minute',
  fromMs,
  count: 7,
  series: [
    {
      metricId: 1,
      instance: '',
      mean: [0.5, 0.25, 0.125, 0.5, null, null, 1],
      max: [0.5, 0.25, 0.5, 0.5, null, null, 1],
    },
    {
      metricId: 40,
      instance: 'sda',
      mean: [1000, null, 3000, 3000, 3000, 3000, 5000],
      max: [9000, null, 3000, 3000, 3000, 3000, 5000],
    },
    {
      metricId: 90,
      instance: '',
      mean: [10, 70, 130, 190, 250, 310, 370],
      max: [60, 120, 180, 240, 300, 360, 420],
    },
  ],
};

/** Asserts that reading either works or fails with a code, and gives the code. */
function readAnyhow(bytes: Uint8Array, expand: Inflate = inflate): string {
  try {
    decodeChunk(bytes, expand);
    return 'read';
  } catch (error) {
    if (isMusterError(error, 'E_CHUNK') || isMusterError(error, 'E_SIZE')) return error.code;
    throw error;
  }
}

t.test('every flipped bit, every cut and every appended byte is found', async (t) => {
  const bytes = encodeChunk(small, deflate);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (readAnyhow(damaged) === 'read') t.fail(`bit ${bit}`);
  }
  for (let length = 0; length < bytes.length; length++) {
    if (readAnyhow(bytes.subarray(0, length)) !== 'E_CHUNK') t.fail(`cut to ${length}`);
  }
  t.equal(readAnyhow(Uint8Array.of(...bytes, 0)), 'E_CHUNK');
  t.equal(readAnyhow(new Uint8Array(MAX_CHUNK_BYTES)), 'E_CHUNK');
  t.equal(readAnyhow(new Uint8Array(MAX_CHUNK_BYTES + 1)), 'E_SIZE');
});

interface Seal {
  readonly tier?: ChunkTierName;
  readonly count?: number;
  readonly seriesCount?: number;
  readonly rawBytes?: number;
  readonly rawCrc?: number;
  readonly fromMs?: number;
}

/** A chunk with that body and correct checksums, as somebody with a device key could make it. */
function seal(body: Uint8Array, fields: Seal = {}): Uint8Array {
  const usual = {
    tier: 'minute',
    fromMs,
    count: 7,
    seriesCount: 3,
    rawBytes: body.length,
    rawCrc: crc32(body),
  } as const;
  return joinChunk({ ...usual, ...fields }, body);
}

t.test('bodies made to deceive, with correct checksums, are refused or read, never worse', async (t) => {
  const raw = encodeChunk(small, store).subarray(HEADER_BYTES);
  t.equal(readAnyhow(seal(raw), store), 'read');
  const outcomes = new Set<string>();
  const edit = fc.record({ at: fc.nat(raw.length - 1), byte: fc.nat(255), drop: fc.nat(2), add: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const body = [...raw];
      for (const { at, byte, drop, add } of edits)
        body.splice(at, drop, ...new Array<number>(add).fill(byte));
      outcomes.add(readAnyhow(seal(Uint8Array.from(body)), store));
    }),
    { numRuns: 5_000 },
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 1, max: 512 }),
      fc.nat(60),
      (body, seriesCount, count) => {
        outcomes.add(readAnyhow(seal(body, { seriesCount, count: count + 1 }), store));
      },
    ),
    { numRuns: 2_000 },
  );
  t.same([...outcomes].toSorted(), ['E_CHUNK', 'read']);
});

t.test('headers made to deceive, with correct checksums, are refused', async (t) => {
  const raw = encodeChunk(small, store).subarray(HEADER_BYTES);
  const cases: readonly (readonly [string, Seal])[] = [
    ['E_CHUNK', { rawBytes: MAX_CHUNK_RAW_BYTES }],
    ['E_SIZE', { rawBytes: MAX_CHUNK_RAW_BYTES + 1 }],
    ['E_CHUNK', { seriesCount: MAX_CHUNK_SERIES }],
    ['E_SIZE', { seriesCount: MAX_CHUNK_SERIES + 1 }],
    ['E_CHUNK', { seriesCount: 0 }],
    ['E_CHUNK', { seriesCount: 2 }],
    ['E_CHUNK', { seriesCount: 4 }],
    ['E_CHUNK', { count: 0 }],
    ['E_CHUNK', { count: 6 }],
    ['E_CHUNK', { count: 8 }],
    ['E_CHUNK', { count: 61 }],
    ['E_CHUNK', { fromMs: fromMs + 1000 }],
    ['E_CHUNK', { rawBytes: raw.length + 1 }],
    ['E_CHUNK', { rawCrc: 1 }],
    ['E_CHUNK', { tier: 'sample' }],
  ];
  for (const [code, fields] of cases)
    t.equal(readAnyhow(seal(raw, fields), store), code, JSON.stringify(fields));
  for (const [at, value] of [
    [0, 0],
    [1, 2],
    [2, 9],
    [3, 1],
    [8, 1],
  ] as const) {
    const bytes = seal(raw);
    bytes[at] = value;
    const view = new DataView(bytes.buffer);
    view.setUint32(24, crc32(bytes.subarray(HEADER_BYTES), crc32(bytes.subarray(0, 24))), true);
    t.equal(readAnyhow(bytes, store), 'E_CHUNK', `byte ${at}`);
  }
});

t.test('an inflate that fails, lies or meets a bomb does no harm', async (t) => {
  const bytes = encodeChunk(small, deflate);
  t.throws(
    () =>
      decodeChunk(bytes, () => {
        throw new TypeError('no');
      }),
    { code: 'E_CHUNK', cause: { message: 'no' } },
  );
  t.equal(
    readAnyhow(bytes, () => new Uint8Array(5)),
    'E_CHUNK',
  );
  const bomb = deflate(new Uint8Array(64 * 1024 * 1024));
  const header = { tier: 'minute', fromMs, count: 7, seriesCount: 3, rawBytes: 500, rawCrc: 0 } as const;
  t.equal(readAnyhow(joinChunk(header, bomb)), 'E_CHUNK', `${bomb.length} bytes of bomb`);
  t.equal(readAnyhow(joinChunk({ ...header, rawBytes: 0 }, bomb)), 'E_CHUNK');
});

/** Varints after each other. */
function bytesOf(...numbers: readonly number[]): Sink {
  const bytes: Sink = [];
  for (const number of numbers) writeVarint(bytes, number);
  return bytes;
}

/** A body of one series: table fields, then the two streams. */
function craft(parts: {
  names?: Sink;
  id?: number;
  place?: number;
  form?: number;
  bases?: readonly number[];
  low?: Sink;
  high?: Sink;
}) {
  const {
    names = bytesOf(1, 0),
    id = 90,
    place = 0,
    form = 0x60,
    bases = [0, 0],
    low = [2, 2],
    high = [],
  } = parts;
  return Uint8Array.from([
    ...names,
    ...bytesOf(id, place),
    form,
    ...bytesOf(...bases, low.length),
    ...low,
    ...high,
  ]);
}

function checkCrafted(t: Test, what: string, expected: string, body: Uint8Array, fields: Seal = {}): void {
  t.equal(readAnyhow(seal(body, { seriesCount: 1, count: 1, ...fields }), store), expected, what);
}

t.test('each rule of the body has a case that breaks only it', async (t) => {
  const huge = toZigzag(MAX_STEPS + 1);
  checkCrafted(t, 'the pattern the others deviate from', 'read', craft({}));
  checkCrafted(t, 'a metric of a newer agent', 'read', craft({ id: 60_000 }));
  checkCrafted(
    t,
    'its instance with a control character',
    'E_CHUNK',
    craft({ id: 60_000, names: [1, 1, 10] }),
  );
  checkCrafted(t, 'metric 0', 'E_CHUNK', craft({ id: 0 }));
  checkCrafted(t, 'a metric number over 65535', 'E_CHUNK', craft({ id: 65_536 }));
  checkCrafted(t, 'an instance for a metric without', 'E_CHUNK', craft({ names: [1, 1, 65] }));
  checkCrafted(t, 'more names than series', 'E_CHUNK', craft({ names: bytesOf(2, 0, 0) }));
  checkCrafted(
    t,
    'a name that is too long',
    'E_CHUNK',
    craft({ names: [...bytesOf(1, 385), ...new Array(385).fill(65)] }),
  );
  checkCrafted(t, 'a name longer than the body', 'E_CHUNK', craft({ names: bytesOf(1, 200) }));
  checkCrafted(t, 'a name that is not UTF-8', 'E_CHUNK', craft({ id: 40, names: [1, 1, 0xff] }));
  checkCrafted(t, 'a name that does not exist', 'E_CHUNK', craft({ place: 1 }));
  checkCrafted(t, 'a base out of range', 'E_CHUNK', craft({ bases: [huge, 0] }));
  checkCrafted(t, 'a number out of range', 'E_CHUNK', craft({ low: [0x83, 2], high: bytesOf(2 ** 44) }));
  checkCrafted(t, 'a maximum out of range', 'E_CHUNK', craft({ bases: [toZigzag(MAX_STEPS), 1 * 2] }));
  checkCrafted(t, 'a maximum below the mean', 'E_CHUNK', craft({ bases: [0, toZigzag(-1)] }));
  checkCrafted(t, 'a maximum that is a gap', 'E_CHUNK', craft({ low: [2, 1, 0] }));
  checkCrafted(t, 'a gap', 'read', craft({ low: [1, 0] }));
  checkCrafted(t, 'a run longer than the row', 'E_CHUNK', craft({ low: [1, 1, 2] }));
  checkCrafted(t, 'a run of zeros longer than the row', 'E_CHUNK', craft({ low: [0, 0, 2] }));
  checkCrafted(t, 'a first byte nobody reads', 'E_CHUNK', craft({ low: [2, 2, 2] }));
  checkCrafted(t, 'a high byte nobody reads', 'E_CHUNK', craft({ high: [1] }));
  checkCrafted(
    t,
    'a varint without an end',
    'E_CHUNK',
    craft({ low: [0x80, 2], high: new Array(8).fill(0x80) }),
  );
  checkCrafted(t, 'a varint over 2^53', 'E_CHUNK', craft({ low: [0x80, 2], high: bytesOf(2 ** 53 - 1) }));
  checkCrafted(
    t,
    'a long varint over 2^53',
    'E_CHUNK',
    craft({ low: [0x80, 2], high: [...new Array(7).fill(0xff), 0x7f] }),
  );
  const block = { tier: 'sample' } as const;
  t.same(
    decodeBlock(seal(craft({ form: 0x6c, low: [2] }), { ...block, seriesCount: 1, count: 1 }), store)
      .series[0]?.values,
    [0],
  );
  for (const body of [craft({ low: [2] }), craft({ form: 0x6c, bases: [0, 2], low: [2] })]) {
    t.throws(() => decodeBlock(seal(body, { ...block, seriesCount: 1, count: 1 }), store), {
      code: 'E_CHUNK',
    });
  }
});
