// Takes a sample every ten seconds and hands it on; answers the latest values, and faster streams while somebody looks.
import type { Heartbeat, MetricName } from '@muster/protocol';
import type { Clock } from '../platform/clock.ts';
import type { ProcSource } from '../platform/linux/proc-reader.ts';
import { SAMPLE_EVERY_MS, SLOW_EVERY_MS } from './limits.ts';
import { createLive } from './live.ts';
import { createReaders, type OnReaderFault } from './readers/index.ts';
import { createSeriesTable, type SeriesTable, type SeriesValues } from './series-table.ts';
import { type After, createTicker, type Tick } from './ticker.ts';

/** One sample. `values` is used again for the next one. */
export interface Sample {
  /** The multiple of ten seconds it stands for, ms since 1970. */
  readonly slotMs: number;
  /** Monotonic time since the sample before, ms; NaN after a gap. */
  readonly elapsedMs: number;
  readonly values: SeriesValues;
}

/** What a heartbeat says of the current state; null is no data. */
export type Latest = Pick<
  Heartbeat,
  'cpuUsedRatio' | 'memoryUsedRatio' | 'swapUsedRatio' | 'diskUsedRatio' | 'loadPerCpu' | 'uptimeS'
>;

/** What the sampler needs. */
export interface SamplerOptions {
  readonly clock: Clock;
  readonly after: After;
  readonly source: ProcSource;
  readonly processors: number;
  outboxDepth(): number | null;
  onSample(sample: Sample): void;
  onReaderFault: OnReaderFault;
}

/** Largest value of a metric over its instances; null without any. */
function findLargest(values: SeriesValues, metric: MetricName): number | null {
  let largest = Number.NaN;
  for (let slot = 0; slot < values.size; slot++) {
    const value = values.get(slot);
    if (Number.isNaN(value) || values.key(slot)?.metric !== metric) continue;
    largest = Number.isNaN(largest) ? value : Math.max(largest, value);
  }
  return Number.isNaN(largest) ? null : largest;
}

function toLatest(values: SeriesValues, processors: number): Latest {
  const load = findLargest(values, 'system.cpu.load_average.1m');
  return {
    cpuUsedRatio: findLargest(values, 'system.cpu.busy'),
    memoryUsedRatio: findLargest(values, 'system.memory.utilization'),
    swapUsedRatio: findLargest(values, 'system.paging.utilization'),
    diskUsedRatio: findLargest(values, 'system.filesystem.utilization'),
    loadPerCpu: load === null ? null : load / processors,
    uptimeS: findLargest(values, 'system.uptime') ?? 0,
  };
}

/** Makes the sampler; nothing is read before `start`. */
export function createSampler(options: SamplerOptions) {
  const { clock, after, source, processors, outboxDepth, onSample, onReaderFault } = options;
  const create = (into: SeriesTable) =>
    createReaders({ source, clock, table: into, outboxDepth }, onReaderFault);
  const table = createSeriesTable();
  const reader = create(table);
  const live = createLive({ clock, after, createReaders: create });
  const ticker = createTicker({ clock, after, everyMs: SAMPLE_EVERY_MS, onTick });
  let number = 0;

  function onTick({ slotMs, elapsedMs, isBase }: Tick) {
    const slow = isBase || slotMs % SLOW_EVERY_MS === 0 || Number.isNaN(elapsedMs);
    reader.read({ atMs: slotMs, elapsedS: elapsedMs / 1000, number: number++, slow });
    if (!isBase) onSample({ slotMs, elapsedMs, values: table });
  }

  return {
    start: () => ticker.start(),
    stop() {
      ticker.stop();
      live.stopAll();
      reader.close();
    },
    /** Values of the last sample for a heartbeat. Load and memory are there at once, CPU with the first sample. */
    latest: () => toLatest(table, processors),
    startLive: live.startLive,
    /** Series of the last sample that found no place in the table. */
    refusedSeries: () => table.refused,
  };
}
