// What a crew counts and measures: counters, durations, reasons, and the process's own load.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createHistogram, type Histogram } from '../histogram.ts';
import {
  type CounterName,
  type FleetStats,
  type LatencyName,
  latencyNames,
  type ProcessStats,
  zeroCounters,
} from '../stats.ts';

/** Reasons that are kept apart. */
const MAX_REASONS = 50;

/** Counts of one process. */
export interface Tally {
  count(name: CounterName, by: number): void;
  measure(name: LatencyName, ms: number): void;
  note(reason: string): void;
  /** Everything so far; the delay of the event loop since the last look. */
  read(): Pick<FleetStats, 'counters' | 'latencies' | 'reasons' | 'processes'>;
  stop(): void;
}

function eachLatency<T>(make: (name: LatencyName) => T): Record<LatencyName, T> {
  return Object.fromEntries(latencyNames.map((name) => [name, make(name)])) as Record<LatencyName, T>;
}

/** Makes it, at zero. */
export function createTally(): Tally {
  const counters = zeroCounters();
  const histograms: Record<LatencyName, Histogram> = eachLatency(() => createHistogram());
  const reasons: Record<string, number> = {};
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();

  function readProcess(): ProcessStats {
    const { user, system } = process.cpuUsage();
    const own = {
      pid: process.pid,
      residentBytes: process.memoryUsage().rss,
      cpuMs: (user + system) / 1_000,
      delayP99Ms: delay.percentile(99) / 1e6,
      delayMaxMs: delay.max / 1e6,
    };
    delay.reset();
    return own;
  }

  return {
    count(name, by) {
      counters[name] += by;
    },
    measure: (name, ms) => histograms[name].add(ms),
    note(reason) {
      if (reasons[reason] === undefined && Object.keys(reasons).length >= MAX_REASONS) return;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    },
    read: () => ({
      counters: { ...counters },
      latencies: eachLatency((name) => histograms[name].buckets()),
      reasons: { ...reasons },
      processes: [readProcess()],
    }),
    stop: () => delay.disable(),
  };
}
