// Opens stored chunks, and makes the day of hours out of a day of minutes.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type Chunk,
  type ChunkSeries,
  decodeChunk,
  encodeChunk,
  findMetricById,
  isMusterError,
  MAX_CHUNK_SERIES,
} from '@muster/protocol';

const HOUR_MS = 3_600_000;
const HOURS = 24;

function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return inflateRawSync(bytes, { maxOutputLength: maxBytes });
}

function deflate(bytes: Uint8Array): Uint8Array {
  return deflateRawSync(bytes, { level: 9 });
}

/** A chunk; null for one whose checksums are right and whose contents are not, which only a hostile device makes. */
export function openChunk(bytes: Uint8Array): Chunk | null {
  try {
    return decodeChunk(bytes, inflate);
  } catch (error) {
    if (isMusterError(error)) return null;
    throw error;
  }
}

/** Mean and maximum of one interval. */
export interface Point {
  readonly mean: number;
  readonly max: number;
}

/** Mean of the means and maximum of the maxima; null where every minute is a gap. */
export function summarize({ mean, max }: Pick<ChunkSeries, 'mean' | 'max'>): Point | null {
  let sum = 0;
  let count = 0;
  let highest = Number.NEGATIVE_INFINITY;
  mean.forEach((value, at) => {
    if (value === null) return;
    sum += value;
    count += 1;
    highest = Math.max(highest, max[at] ?? value);
  });
  return count === 0 ? null : { mean: sum / count, max: highest };
}

/** Points of one series through a day. */
interface Day {
  readonly metricId: number;
  readonly instance: string;
  readonly points: (Point | null)[];
}

/** One chunk of tier `hour` from the minutes of that day; null when they hold nothing that this build knows. */
export function rollUp(dayMs: number, hours: readonly Chunk[]): Uint8Array | null {
  const days = new Map<string, Day>();
  for (const { fromMs, series } of hours) {
    const hour = (fromMs - dayMs) / HOUR_MS;
    for (const one of series) {
      // A metric of a newer agent cannot be encoded here: its step is not known.
      if (findMetricById(one.metricId) === undefined) continue;
      const key = `${one.metricId}/${one.instance}`;
      const day = days.get(key) ?? {
        metricId: one.metricId,
        instance: one.instance,
        points: Array<Point | null>(HOURS).fill(null),
      };
      days.set(key, day);
      day.points[hour] = summarize(one);
    }
  }
  const series = [...days.values()].filter(({ points }) => points.some((point) => point !== null));
  return series.length === 0 ? null : encodeDay(dayMs, series.slice(0, MAX_CHUNK_SERIES));
}

function encodeDay(dayMs: number, days: readonly Day[]): Uint8Array | null {
  const series = days.map(({ metricId, instance, points }) => ({
    metricId,
    instance,
    mean: points.map((point) => point?.mean ?? null),
    max: points.map((point) => point?.max ?? null),
  }));
  try {
    return encodeChunk({ tier: 'hour', fromMs: dayMs, count: HOURS, series }, deflate);
  } catch (error) {
    // Only a hostile device sends numbers that can be read and not be written: it has no roll-up, and holds up nobody else's.
    if (isMusterError(error)) return null;
    throw error;
  }
}
