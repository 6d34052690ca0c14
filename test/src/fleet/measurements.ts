// Measurements of simulated devices: the chunk of an hour as far as it has gone, the same whenever it is asked for.
import { deflateRawSync } from 'node:zlib';
import { type ChunkSeries, encodeChunk, findMetric, type Heartbeat, type MetricName } from '@muster/protocol';
import { createRandom } from './random.ts';

export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Chunks that are kept, because many devices share a course; about 2 KB each. */
const MAX_KEPT = 4_096;

/** How a value wanders: between `low` and `high`, by at most `step` of that span a minute. */
interface Wander {
  readonly metric: MetricName;
  readonly instance: string;
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** What a simulated device measures, 20 series of MW-1; filesystems stand at a place of their own because they may fill. */
// biome-ignore format: one series a line is easier to compare
const WANDERS: readonly Wander[] = [
  { metric: 'system.cpu.busy', instance: '', low: 0.01, high: 0.6, step: 0.1 },
  { metric: 'system.cpu.utilization', instance: 'user', low: 0.01, high: 0.5, step: 0.1 },
  { metric: 'system.cpu.utilization', instance: 'system', low: 0.01, high: 0.2, step: 0.1 },
  { metric: 'system.cpu.utilization', instance: 'iowait', low: 0, high: 0.1, step: 0.1 },
  { metric: 'system.cpu.load_average.1m', instance: '', low: 0, high: 4, step: 0.1 },
  { metric: 'system.cpu.load_average.5m', instance: '', low: 0, high: 3, step: 0.03 },
  { metric: 'system.memory.utilization', instance: '', low: 0.2, high: 0.8, step: 0.01 },
  { metric: 'system.linux.memory.available', instance: '', low: 1e9, high: 8e9, step: 0.01 },
  { metric: 'system.linux.pressure.cpu.some', instance: '', low: 0, high: 0.2, step: 0.1 },
  { metric: 'system.linux.pressure.io.some', instance: '', low: 0, high: 0.1, step: 0.1 },
  { metric: 'system.disk.io.read', instance: 'vda', low: 0, high: 2e6, step: 0.2 },
  { metric: 'system.disk.io.write', instance: 'vda', low: 0, high: 5e6, step: 0.2 },
  { metric: 'system.disk.busy', instance: 'vda', low: 0, high: 0.3, step: 0.1 },
  { metric: 'system.filesystem.utilization', instance: '/', low: 0.3, high: 0.8, step: 0.001 },
  { metric: 'system.network.io.receive', instance: 'eth0', low: 0, high: 1e6, step: 0.2 },
  { metric: 'system.network.io.transmit', instance: 'eth0', low: 0, high: 5e5, step: 0.2 },
  { metric: 'system.network.packets.receive', instance: 'eth0', low: 0, high: 900, step: 0.2 },
  { metric: 'system.network.packets.transmit', instance: 'eth0', low: 0, high: 600, step: 0.2 },
  { metric: 'system.process.count', instance: '', low: 90, high: 160, step: 0.05 },
  { metric: 'muster.agent.memory', instance: '', low: 46e6, high: 52e6, step: 0.01 },
];

/** Where a series begins, and what moves it; every hour begins at the same place, so that a disk does not empty at full hours. */
interface Draws {
  readonly start: number;
  readonly random: () => number;
}

/** One generator a series: a longer form of the same hour begins like the shorter one. */
function drawsOf(course: number, fromMs: number, place: number): Draws {
  const start = createRandom(course * 1_009 + place)();
  return { start, random: createRandom(course * 1_009 + fromMs / HOUR_MS + place) };
}

function wander(
  { metric, instance, low, high, step }: Wander,
  count: number,
  { start, random }: Draws,
): ChunkSeries {
  const mean: number[] = [];
  const max: number[] = [];
  let at = start;
  for (let minute = 0; minute < count; minute++) {
    at = Math.min(1, Math.max(0, at + (random() - 0.5) * 2 * step));
    const value = low + at * (high - low);
    mean.push(value);
    max.push(value + random() * step * (high - low));
  }
  return { metricId: findMetric(metric).id, instance, mean, max };
}

/** A filesystem that fills: its share in use at a moment, 0…1. */
export interface Filling {
  usedAt(atMs: number): number;
}

/** What is asked for: one course of measurements, one hour, as far as it has gone. */
export interface ChunkWish {
  readonly course: number;
  readonly fromMs: number;
  /** 1 to 60. */
  readonly count: number;
  readonly filling?: Filling | null;
}

function encode({ course, fromMs, count, filling }: ChunkWish): Uint8Array {
  const series = WANDERS.map((one, place) => {
    const made = wander(one, count, drawsOf(course, fromMs, place));
    if (one.metric !== 'system.filesystem.utilization' || !filling) return made;
    const used = made.mean.map((_, minute) => filling.usedAt(fromMs + minute * MINUTE_MS));
    return { ...made, mean: used, max: used };
  });
  return encodeChunk({ tier: 'minute', fromMs, count, series }, (bytes) => deflateRawSync(bytes));
}

/** Chunks; those of a shared course are made once. */
export function createChunkMaker(): (wish: ChunkWish) => Uint8Array {
  const kept = new Map<string, Uint8Array>();
  return (wish) => {
    if (wish.filling) return encode(wish);
    const key = `${wish.course} ${wish.fromMs} ${wish.count}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const chunk = encode(wish);
    // The next minute has other chunks.
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, chunk);
    return chunk;
  };
}

/** What a heartbeat says of a minute whose chunk tells the same: who looks at both should not wonder. */
export function levelsOf(
  { course, atMs, filling }: { course: number; atMs: number; filling: Filling | null },
  processors: number,
): Partial<Heartbeat> {
  const fromMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
  const count = Math.floor((atMs - fromMs) / MINUTE_MS) + 1;
  const at = (metric: MetricName) => {
    const place = WANDERS.findIndex((one) => one.metric === metric);
    const one = WANDERS[place];
    return one === undefined ? 0 : (wander(one, count, drawsOf(course, fromMs, place)).mean.at(-1) ?? 0);
  };
  return {
    cpuUsedRatio: at('system.cpu.busy'),
    memoryUsedRatio: at('system.memory.utilization'),
    diskUsedRatio: filling?.usedAt(atMs) ?? at('system.filesystem.utilization'),
    loadPerCpu: at('system.cpu.load_average.1m') / processors,
  };
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
