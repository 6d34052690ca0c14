// What the chunks of the reference load hold: 20 series, an hour of minutes, mean and most of each.
import { deflateRawSync } from 'node:zlib';
import { type ChunkSeries, encodeChunk, findMetric, type MetricName } from '@muster/protocol';
import { createRandom } from '../fleet/random.ts';

const MINUTES = 60;

/** A series that wanders between 0 and `most`, by at most `step` of that a minute. */
interface Wander {
  readonly metric: MetricName;
  readonly instance: string;
  readonly most: number;
  readonly step: number;
}

const WANDERS: readonly Wander[] = [
  { metric: 'system.cpu.busy', instance: '', most: 1, step: 0.05 },
  { metric: 'system.cpu.load_average.1m', instance: '', most: 4, step: 0.05 },
  { metric: 'system.cpu.load_average.5m', instance: '', most: 4, step: 0.01 },
  { metric: 'system.cpu.load_average.15m', instance: '', most: 4, step: 0.005 },
  { metric: 'system.memory.utilization', instance: '', most: 1, step: 0.005 },
  { metric: 'system.linux.memory.available', instance: '', most: 8e9, step: 0.005 },
  { metric: 'system.linux.pressure.cpu.some', instance: '', most: 0.2, step: 0.05 },
  { metric: 'system.linux.pressure.io.some', instance: '', most: 0.2, step: 0.05 },
  { metric: 'system.disk.io.read', instance: 'sda', most: 2e6, step: 0.1 },
  { metric: 'system.disk.io.write', instance: 'sda', most: 5e6, step: 0.1 },
  { metric: 'system.disk.operations.read', instance: 'sda', most: 100, step: 0.1 },
  { metric: 'system.disk.operations.write', instance: 'sda', most: 200, step: 0.1 },
  { metric: 'system.disk.busy', instance: 'sda', most: 0.5, step: 0.05 },
  { metric: 'system.filesystem.utilization', instance: '/', most: 1, step: 0.0005 },
  { metric: 'system.filesystem.utilization', instance: '/var', most: 1, step: 0.0005 },
  { metric: 'system.network.io.receive', instance: 'eth0', most: 1e6, step: 0.1 },
  { metric: 'system.network.io.transmit', instance: 'eth0', most: 5e5, step: 0.1 },
  { metric: 'system.process.count', instance: '', most: 200, step: 0.01 },
  { metric: 'system.process.running', instance: '', most: 8, step: 0.1 },
  { metric: 'system.process.created', instance: '', most: 20, step: 0.1 },
];

/** Numbers in such a chunk: the mean and the most of each minute and series. */
export const NUMBERS_A_CHUNK = WANDERS.length * MINUTES * 2;
/** Samples that the device took for them, one every 10 s and series. */
export const SAMPLES_A_CHUNK = WANDERS.length * MINUTES * 6;

function wander({ metric, instance, most, step }: Wander, random: () => number): ChunkSeries {
  const mean: number[] = [];
  const max: number[] = [];
  let at = random();
  for (let minute = 0; minute < MINUTES; minute++) {
    at = Math.min(1, Math.max(0, at + (random() - 0.5) * 2 * step));
    mean.push(at * most);
    max.push(Math.min(1, at + random() * step) * most);
  }
  return { metricId: findMetric(metric).id, instance, mean, max };
}

/** The chunk of the hour that begins at that time. */
export function makeHour(fromMs: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  const series = WANDERS.map((one) => wander(one, random));
  return encodeChunk({ tier: 'minute', fromMs, count: MINUTES, series }, (bytes) => deflateRawSync(bytes));
}
