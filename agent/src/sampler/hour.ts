// One hour of measurements at a minute: running means and maxima, fed by samples as they come or by blocks of the ring.
import {
  type Block,
  type Chunk,
  type ChunkSeries,
  type Deflate,
  encodeChunk,
  findMetric,
  findMetricById,
  isMusterError,
} from '@muster/protocol';
import { HOUR_MS, POINT_EVERY_MS, SAMPLE_EVERY_MS } from './limits.ts';
import { type SeriesValues, toText } from './series-table.ts';

const POINTS = HOUR_MS / POINT_EVERY_MS;
const SAMPLES = HOUR_MS / SAMPLE_EVERY_MS;
/** Where sums, maxima and numbers of values of the minutes stand in a row's one array. */
const MAX_AT = POINTS;
const COUNT_AT = 2 * POINTS;

interface Row {
  readonly metricId: number;
  readonly instance: string;
  readonly numbers: Float64Array;
}

/** The hour. A sample that was taken in once is not taken in again, whichever way it comes. */
export interface Hour {
  readonly fromMs: number;
  add(slotMs: number, values: SeriesValues): void;
  /** Takes in those samples of a block that belong to this hour. */
  addBlock(block: Block): void;
  /**
   * The chunk up to the last minute with a value; null while there is no value. Where it would be larger than MAX_CHUNK_BYTES,
   * the series with the highest metric ids are left out, half of them at a time.
   */
  encode(deflate: Deflate): Uint8Array | null;
}

function addValue(numbers: Float64Array, point: number, value: number) {
  const count = numbers[COUNT_AT + point] ?? 0;
  const most = numbers[MAX_AT + point] ?? 0;
  numbers[point] = (numbers[point] ?? 0) + value;
  numbers[MAX_AT + point] = count === 0 ? value : Math.max(most, value);
  numbers[COUNT_AT + point] = count + 1;
}

function toChunkSeries({ metricId, instance, numbers }: Row, points: number): ChunkSeries {
  const mean: (number | null)[] = [];
  const max: (number | null)[] = [];
  for (let point = 0; point < points; point++) {
    const count = numbers[COUNT_AT + point] ?? 0;
    mean.push(count === 0 ? null : (numbers[point] ?? 0) / count);
    max.push(count === 0 ? null : (numbers[MAX_AT + point] ?? 0));
  }
  return { metricId, instance, mean, max };
}

function encodeFitting(chunk: Chunk, deflate: Deflate): Uint8Array | null {
  if (chunk.series.length === 0) return null;
  try {
    return encodeChunk(chunk, deflate);
  } catch (error) {
    if (!isMusterError(error, 'E_SIZE')) throw error;
    const half = Math.floor(chunk.series.length / 2);
    return encodeFitting({ ...chunk, series: chunk.series.slice(0, half) }, deflate);
  }
}

/** Start of the hour of a time, ms since 1970. */
export function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS) * HOUR_MS;
}

/** Makes an empty hour that begins at `fromMs`. */
export function createHour(fromMs: number): Hour {
  const rows = new Map<string, Row>();
  const bySlot: (Row | undefined)[] = [];
  const isTaken = new Uint8Array(SAMPLES);
  let version = -1;
  let points = 0;

  function rowOf(metricId: number, metric: string, instance: string): Row {
    const text = toText({ metric, instance });
    const known = rows.get(text);
    if (known !== undefined) return known;
    const row = { metricId, instance, numbers: new Float64Array(3 * POINTS) };
    rows.set(text, row);
    return row;
  }

  /** Marks the sample of that time as taken. False when it was already, or belongs to another hour. */
  function take(slotMs: number): boolean {
    const sample = Math.floor((slotMs - fromMs) / SAMPLE_EVERY_MS);
    if (sample < 0 || sample >= SAMPLES || isTaken[sample] === 1) return false;
    isTaken[sample] = 1;
    return true;
  }

  function put(row: Row, slotMs: number, value: number) {
    const point = Math.floor((slotMs - fromMs) / POINT_EVERY_MS);
    points = Math.max(points, point + 1);
    addValue(row.numbers, point, value);
  }

  return {
    fromMs,
    add(slotMs, values) {
      if (!take(slotMs)) return;
      if (values.version !== version) {
        bySlot.length = 0;
        version = values.version;
      }
      for (let slot = 0; slot < values.size; slot++) {
        const value = values.get(slot);
        if (Number.isNaN(value)) continue;
        let row = bySlot[slot];
        if (row === undefined) {
          const key = values.key(slot);
          const metricId = key && findMetric(key.metric)?.id;
          if (key === undefined || metricId === undefined) continue;
          row = rowOf(metricId, key.metric, key.instance);
          bySlot[slot] = row;
        }
        put(row, slotMs, value);
      }
    },
    addBlock(block) {
      for (let index = 0; index < block.count; index++) {
        const slotMs = block.fromMs + index * SAMPLE_EVERY_MS;
        if (!take(slotMs)) continue;
        for (const { metricId, instance, values } of block.series) {
          const metric = findMetricById(metricId);
          const value = values[index];
          if (metric === undefined || typeof value !== 'number') continue;
          put(rowOf(metricId, metric.name, instance), slotMs, value);
        }
      }
    },
    encode(deflate) {
      const series = [...rows.values()].map((row) => toChunkSeries(row, points));
      series.sort((a, b) => a.metricId - b.metricId);
      return encodeFitting({ tier: 'minute', fromMs, count: points, series }, deflate);
    },
  };
}
