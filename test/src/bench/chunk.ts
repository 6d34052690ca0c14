// Bench of the metric chunk codec on a recorded hour: bytes a number, exactness, time.
import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type Block,
  type Chunk,
  decodeBlock,
  decodeChunk,
  encodeBlock,
  encodeChunk,
  findMetric,
  findMetricById,
  parseSeries,
} from '@muster/protocol';
import { type Bench, type Figure, median } from './bench.ts';

const deflate = (bytes: Uint8Array) => deflateRawSync(bytes, { level: 9 });
const inflate = (bytes: Uint8Array, maxOutputLength: number) => inflateRawSync(bytes, { maxOutputLength });
const recordingPath = new URL('../../../protocol/fixtures/hour.json', import.meta.url);
const SAMPLES_A_POINT = 6;
/** Time is the median of so many runs. */
const RUNS = 50;

/** The recorded hour: 360 samples of 10 s, 57 series of a busy build machine, written as differences in steps. */
function readRecordedHour(): Block {
  const recording = JSON.parse(readFileSync(recordingPath, 'utf8')) as {
    count: number;
    series: Record<string, string>;
  };
  const series = Object.entries(recording.series).map(([name, words]) => {
    const { metric, instance } = parseSeries(name);
    const { id = 0, step = 1 } = findMetric(metric) ?? {};
    let steps = 0;
    const values = words.split(' ').flatMap((word) => {
      const [growth, times = '1'] = word.split('x');
      return Array.from({ length: Number(times) }, () => {
        steps += Number(growth);
        return toValue(steps, step);
      });
    });
    return { metricId: id, instance, values };
  });
  return { fromMs: Date.UTC(2026, 10, 22), count: recording.count, series };
}

/** Steps below one are reciprocals of whole numbers: dividing by those gives the nearest double. */
function toValue(steps: number, step: number): number {
  return step < 1 ? steps / Math.round(1 / step) : steps * step;
}

/** What the agent sends of it: mean and maximum of each minute. */
function toMinutes({ fromMs, count, series }: Block): Chunk {
  const points = count / SAMPLES_A_POINT;
  return {
    tier: 'minute',
    fromMs,
    count: points,
    series: series.map(({ values, ...names }) => {
      const minutes = Array.from({ length: points }, (_, point) =>
        values
          .slice(point * SAMPLES_A_POINT, (point + 1) * SAMPLES_A_POINT)
          .filter((value) => value !== null),
      );
      return {
        ...names,
        mean: minutes.map((minute) => minute.reduce((sum, value) => sum + value, 0) / minute.length),
        max: minutes.map((minute) => Math.max(...minute)),
      };
    }),
  };
}

/** Bytes that a number of the hour's chunk takes; a chunk holds two numbers a point. */
function measureBytesANumber(hour: Block): number {
  const chunk = toMinutes(hour);
  return encodeChunk(chunk, deflate).length / (chunk.series.length * chunk.count * 2);
}

/** Numbers that decoding gives back further away than half a step of their metric. */
function countInexact(chunk: Chunk): number {
  const decoded = decodeChunk(encodeChunk(chunk, deflate), inflate);
  const keyOf = ({ metricId, instance }: Chunk['series'][number]) => `${metricId} ${instance}`;
  const before = new Map(chunk.series.map((one) => [keyOf(one), one]));
  let inexact = 0;
  for (const one of decoded.series) {
    const halfStep = (findMetricById(one.metricId)?.step ?? 0) / 2;
    const wanted = before.get(keyOf(one));
    for (const row of ['mean', 'max'] as const) {
      one[row].forEach((value, at) => {
        const away = Math.abs((value ?? Number.NaN) - (wanted?.[row][at] ?? Number.NaN));
        // A little more for the arithmetic of doubles.
        if (!(away <= halfStep * (1 + 1e-6) + Math.abs(value ?? 0) * 1e-12)) inexact++;
      });
    }
  }
  return inexact;
}

function timeMs(work: () => void): number {
  const runs = Array.from({ length: RUNS }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  });
  return median(runs);
}

/** The same numbers as plain doubles, deflated: what a general tool makes of them. */
function measureDeflatedDoubles(chunk: Chunk): number {
  const numbers = chunk.series.flatMap(({ mean, max }) => [...mean, ...max]).map((value) => value ?? 0);
  return deflate(new Uint8Array(Float64Array.from(numbers).buffer)).length / numbers.length;
}

async function run(): Promise<readonly Figure[]> {
  const hour = readRecordedHour();
  const chunk = toMinutes(hour);
  const moving = { ...hour, series: hour.series.filter(({ values }) => new Set(values).size > 1) };
  const bytes = encodeChunk(chunk, deflate);
  const block = encodeBlock(hour, deflate);
  const again = encodeBlock(decodeBlock(block, inflate), deflate);
  const raw = { what: 'doubles, deflated', value: measureDeflatedDoubles(chunk) };
  return [
    {
      name: 'a number (mean or maximum) of the hour',
      unit: 'B',
      value: measureBytesANumber(hour),
      atMost: 1,
      raw,
      note: `${chunk.series.length} series, ${bytes.length} bytes; published: Gorilla 1.37, Netdata 0.6 bytes a sample`,
    },
    { name: 'the same, moving series only', unit: 'B', value: measureBytesANumber(moving), atMost: 1 },
    {
      name: 'a raw 10 s sample in the ring',
      unit: 'B',
      value: block.length / (hour.series.length * hour.count),
      atMost: 1,
    },
    { name: 'numbers further off than half a step', unit: '', value: countInexact(chunk), atMost: 0 },
    {
      name: 'blocks of raw samples not given back exactly',
      unit: '',
      value: Buffer.compare(Buffer.from(again), Buffer.from(block)) === 0 ? 0 : 1,
      atMost: 0,
    },
    { name: 'encoding the hour', unit: 'ms', value: timeMs(() => void encodeChunk(chunk, deflate)) },
    { name: 'decoding the hour', unit: 'ms', value: timeMs(() => void decodeChunk(bytes, inflate)) },
  ];
}

export const chunk: Bench = { id: 'chunk', says: 'bytes, exactness and time of a metric chunk', run };
