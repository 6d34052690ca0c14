// The metric chunk codec: series of measured values to a few bytes each, and back exactly to the stated resolution.
//
// values → whole numbers of steps (quantize) → differences from what was to be expected (row) → zigzag, run lengths, varints
// → one stream of first bytes and one of high bytes (bytes) → table of series in front (table) → deflate → header (header).
import { createSource, type Sink, type SplitSink, writeVarint } from './chunk/bytes.ts';
import { crc32 } from './chunk/crc32.ts';
import {
  type ChunkHeader,
  type ChunkTierName,
  checkSpan,
  chunkTiers,
  HEADER_BYTES,
  joinChunk,
  readChunkHeader,
} from './chunk/header.ts';
import { exponentOf, fromSteps, type Scale, scaleOf, toSteps } from './chunk/quantize.ts';
import {
  checkSteps,
  planRow,
  type Row,
  type RowPlan,
  type RowStreams,
  readRow,
  writeCodes,
} from './chunk/row.ts';
import { compareSeries, readTable, type SeriesHead, writeTable } from './chunk/table.ts';
import { fail } from './errors.ts';
import { MAX_CHUNK_BYTES } from './limits.ts';
import { findMetricById } from './metrics/catalog.ts';

export { type ChunkHeader, type ChunkTierName, chunkTiers, readChunkHeader } from './chunk/header.ts';

/** Raw deflate (RFC 1951), handed in: zlib in Node, a library in a browser. */
export type Deflate = (bytes: Uint8Array) => Uint8Array;
/** Raw inflate. Must throw, whatever it likes, rather than give more than `maxBytes`. */
export type Inflate = (bytes: Uint8Array, maxBytes: number) => Uint8Array;

/** One series of a chunk. */
export interface ChunkSeries {
  /** Number of the metric in the catalog; one that is not there comes from a newer agent. */
  readonly metricId: number;
  /** '' exactly where the metric has no instances. */
  readonly instance: string;
  /** Mean of each interval in the unit of the metric; null is a gap. */
  readonly mean: readonly (number | null)[];
  /** Largest value of each interval, never below the mean; null exactly where the mean is. */
  readonly max: readonly (number | null)[];
}

/** What is sent and stored: an hour of minutes, or a day of hours. */
export interface Chunk {
  readonly tier: 'minute' | 'hour';
  /** Start of the first interval, ms since 1970 UTC: a full hour, for tier `hour` a full day. */
  readonly fromMs: number;
  /** Points of each series; an open hour has fewer than 60. */
  readonly count: number;
  /** At least one, in any order; decoding gives them by metric id, then instance. */
  readonly series: readonly ChunkSeries[];
}

/** One series of a block. */
export interface BlockSeries {
  readonly metricId: number;
  readonly instance: string;
  /** One value every 10 s in the unit of the metric; null is a gap. */
  readonly values: readonly (number | null)[];
}

/** What the agent's own ring keeps: raw samples of 10 s, at most an hour of them. */
export interface Block {
  /** Time of the first sample, ms since 1970 UTC, a multiple of 10 s. */
  readonly fromMs: number;
  /** Samples of each series. */
  readonly count: number;
  readonly series: readonly BlockSeries[];
}

/** A chunk or a block on its way: the rows of a block stand in `mean`, and its `max` is empty. */
interface Frame {
  readonly tier: ChunkTierName;
  readonly fromMs: number;
  readonly count: number;
  readonly series: readonly ChunkSeries[];
}

/** A series with its rows ready to be written. */
interface PlannedSeries {
  readonly head: SeriesHead;
  readonly rows: readonly RowPlan[];
}

/**
 * Writes a chunk. Values are rounded to the step of their metric; everything else is kept exactly.
 * @throws MusterError E_CHUNK for a value that is not finite, an unknown metric or wrong instance, a series that stands twice,
 * rows of another length than `count`, a maximum below its mean; E_SIZE for more than MAX_CHUNK_SERIES or MAX_CHUNK_BYTES.
 */
export function encodeChunk(chunk: Chunk, deflate: Deflate): Uint8Array {
  return encodeFrame(chunk, deflate);
}

/** Writes a block of raw samples. @throws MusterError as encodeChunk does. */
export function encodeBlock(block: Block, deflate: Deflate): Uint8Array {
  const series = block.series.map(({ values, ...names }) => ({ ...names, mean: values, max: [] }));
  return encodeFrame({ tier: 'sample', fromMs: block.fromMs, count: block.count, series }, deflate);
}

/** Reads what encodeChunk wrote. @throws MusterError E_CHUNK or E_SIZE, whatever the bytes are. */
export function decodeChunk(bytes: Uint8Array, inflate: Inflate): Chunk {
  const { tier, fromMs, count, series } = decodeFrame(bytes, inflate);
  if (tier === 'sample') throw fail('E_CHUNK');
  return { tier, fromMs, count, series };
}

/** Reads what encodeBlock wrote. @throws MusterError E_CHUNK or E_SIZE, whatever the bytes are. */
export function decodeBlock(bytes: Uint8Array, inflate: Inflate): Block {
  const { tier, fromMs, count, series } = decodeFrame(bytes, inflate);
  if (tier !== 'sample') throw fail('E_CHUNK');
  return { fromMs, count, series: series.map(({ mean, max: _, ...names }) => ({ ...names, values: mean })) };
}

function encodeFrame(frame: Frame, deflate: Deflate): Uint8Array {
  const { tier, fromMs, count } = frame;
  const header = { tier, fromMs, count, seriesCount: frame.series.length };
  checkSpan(header);
  const planned = frame.series
    .map((one) => planSeries(one, frame))
    .sort((a, b) => compareSeries(a.head, b.head));
  const raw: Sink = [];
  writeTable(
    raw,
    planned.map((one) => one.head),
  );
  const codes: SplitSink = { low: [], high: [] };
  for (const { rows } of planned) for (const row of rows) writeCodes(codes, row.codes);
  writeVarint(raw, codes.low.length);
  const body = Uint8Array.from([...raw, ...codes.low, ...codes.high]);
  const bytes = joinChunk({ ...header, rawBytes: body.length, rawCrc: crc32(body) }, deflate(body));
  if (bytes.length > MAX_CHUNK_BYTES) throw fail('E_SIZE');
  return bytes;
}

function planSeries(series: ChunkSeries, frame: Frame): PlannedSeries {
  const { metricId, instance } = series;
  const metric = findMetricById(metricId);
  if (metric === undefined) throw fail('E_CHUNK', { detail: `Metric ${metricId} is not in the catalog.` });
  const exponent = exponentOf(metric.step);
  const scale = scaleOf(exponent);
  const meanSteps = quantizeRow(series.mean, frame.count, scale);
  const mean = planRow(meanSteps);
  if (!chunkTiers[frame.tier].hasMax)
    return { head: { metricId, instance, exponent, mean, max: NO_MAX }, rows: [mean] };
  const max = planRow(measureDistances(meanSteps, quantizeRow(series.max, frame.count, scale)));
  return { head: { metricId, instance, exponent, mean, max }, rows: [mean, max] };
}

/** How the maxima stand in the table where the tier has none. */
const NO_MAX = { mode: 'constant', base: 0 } as const;

function quantizeRow(values: Row, count: number, scale: Scale): Row {
  if (values.length !== count)
    throw fail('E_CHUNK', { detail: `A series of a metric chunk needs ${count} points.` });
  return values.map((value) => (value === null ? null : toSteps(value, scale)));
}

/** Distance of each maximum from its mean, gaps left out. */
function measureDistances(mean: Row, max: Row): number[] {
  const distances: number[] = [];
  for (const [i, steps] of mean.entries()) {
    const top = max[i];
    if (steps === null && top === null) continue;
    // One step below is what rounding may do to a mean and a maximum that are equal but for floating point.
    if (steps === null || typeof top !== 'number' || top < steps - 1) {
      throw fail('E_CHUNK', {
        detail: 'A maximum of a metric chunk is below its mean, or only one of them is a gap.',
      });
    }
    distances.push(Math.max(0, top - steps));
  }
  return distances;
}

function decodeFrame(bytes: Uint8Array, inflate: Inflate): Frame {
  const header = readChunkHeader(bytes);
  const from = createSource(readBody(bytes, header, inflate));
  const heads = readTable(from, header.seriesCount);
  const low = createSource(from.take(from.varint()));
  const high = createSource(from.take(from.left()));
  const series = heads.map((head) => readSeries(head, header, { low, high }));
  if (low.left() + high.left() > 0) throw fail('E_CHUNK');
  return { tier: header.tier, fromMs: header.fromMs, count: header.count, series };
}

function readBody(bytes: Uint8Array, header: ChunkHeader, inflate: Inflate): Uint8Array {
  let body: Uint8Array;
  try {
    body = inflate(bytes.subarray(HEADER_BYTES), header.rawBytes);
  } catch (cause) {
    throw fail('E_CHUNK', { cause });
  }
  if (body.length !== header.rawBytes || crc32(body) !== header.rawCrc) throw fail('E_CHUNK');
  return body;
}

function readSeries(head: SeriesHead, header: ChunkHeader, streams: RowStreams): ChunkSeries {
  const { metricId, instance } = head;
  const scale = scaleOf(head.exponent);
  const steps = readRow({ ...head.mean, length: header.count }, streams);
  const mean = steps.map((value) => (value === null ? null : fromSteps(value, scale)));
  if (!chunkTiers[header.tier].hasMax) {
    if (head.max.mode !== NO_MAX.mode || head.max.base !== NO_MAX.base) throw fail('E_CHUNK');
    return { metricId, instance, mean, max: [] };
  }
  const length = steps.filter((value) => value !== null).length;
  const distances = readRow({ ...head.max, length }, streams);
  return { metricId, instance, mean, max: addDistances(steps, distances, scale) };
}

/** Means and distances to maxima. @throws MusterError E_CHUNK for a distance that is a gap or negative. */
function addDistances(steps: Row, distances: Row, scale: Scale): (number | null)[] {
  let at = 0;
  return steps.map((value) => {
    if (value === null) return null;
    const distance = distances[at++];
    if (typeof distance !== 'number' || distance < 0) throw fail('E_CHUNK');
    return fromSteps(checkSteps(value + distance), scale);
  });
}
