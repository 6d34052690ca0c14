// Measurements of simulated devices: the chunk of an hour as far as it has gone, the same whenever it is asked for.
import { deflateRawSync } from 'node:zlib';
import { type ChunkSeries, encodeChunk, findMetric, type Heartbeat, type MetricName } from '@muster/protocol';
import { createRandom } from './random.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How a value wanders: between `low` and `high`, by at most `step` of that span a minute. */
interface Wander {
  readonly metric: MetricName;
  readonly instance: string;
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** What a simulated device measures. */
const WANDERS: readonly Wander[] = [
  { metric: 'system.cpu.busy', instance: '', low: 0.01, high: 0.6, step: 0.1 },
  { metric: 'system.cpu.load_average.1m', instance: '', low: 0, high: 4, step: 0.1 },
  { metric: 'system.memory.utilization', instance: '', low: 0.2, high: 0.8, step: 0.01 },
  { metric: 'system.linux.memory.available', instance: '', low: 1e9, high: 8e9, step: 0.01 },
  { metric: 'system.disk.io.read', instance: 'sda', low: 0, high: 2e6, step: 0.2 },
  { metric: 'system.disk.io.write', instance: 'sda', low: 0, high: 5e6, step: 0.2 },
  { metric: 'system.disk.busy', instance: 'sda', low: 0, high: 0.3, step: 0.1 },
  { metric: 'system.filesystem.utilization', instance: '/', low: 0.3, high: 0.9, step: 0.001 },
  { metric: 'system.network.io.receive', instance: 'eth0', low: 0, high: 1e6, step: 0.2 },
  { metric: 'system.network.io.transmit', instance: 'eth0', low: 0, high: 5e5, step: 0.2 },
  { metric: 'system.process.count', instance: '', low: 90, high: 160, step: 0.05 },
];

function wander(
  { metric, instance, low, high, step }: Wander,
  count: number,
  random: () => number,
): ChunkSeries {
  const mean: number[] = [];
  const max: number[] = [];
  let at = random();
  for (let minute = 0; minute < count; minute++) {
    at = Math.min(1, Math.max(0, at + (random() - 0.5) * 2 * step));
    const value = low + at * (high - low);
    mean.push(value);
    max.push(value + random() * step * (high - low));
  }
  return { metricId: findMetric(metric).id, instance, mean, max };
}

/** The chunk of the hour of that time, up to its minute; null in an hour's first minute. */
export function makeChunk(index: number, nowMs: number): Uint8Array | null {
  const fromMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const count = Math.floor((nowMs - fromMs) / MINUTE_MS);
  if (count === 0) return null;
  // One generator a series: a longer form of the same hour begins like the shorter one.
  const series = WANDERS.map((one, place) =>
    wander(one, count, createRandom(index * 1_009 + fromMs / HOUR_MS + place)),
  );
  return encodeChunk({ tier: 'minute', fromMs, count, series }, (bytes) => deflateRawSync(bytes));
}

/** The heartbeat of a device. */
export function makeBeat(random: () => number, inventoryDigest: Uint8Array, uptimeS: number): Heartbeat {
  return {
    inventoryDigest,
    uptimeS,
    outboxDepth: 0,
    dropped: 0,
    cpuUsedRatio: random() * 0.6,
    memoryUsedRatio: 0.2 + random() * 0.6,
    swapUsedRatio: null,
    diskUsedRatio: 0.3 + random() * 0.5,
    loadPerCpu: random(),
  };
}
