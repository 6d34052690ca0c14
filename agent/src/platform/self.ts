// What the agent's own process uses, for its self-reported budget.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sleep } from './pause.ts';

/** Use since the start of the process. */
export interface OwnUse {
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

/** Reads it from the runtime. */
export function readOwnUse(): OwnUse {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    pid: process.pid,
    uptimeSeconds: Math.round(process.uptime()),
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapBytes: heapUsed,
  };
}

/** Resolution of the measurement, ms; the delay is what comes on top of it. */
const TICK_MS = 10;

/**
 * 99th percentile of the event loop's delay over the next `durationMs`, ms.
 * Measured only while somebody asks: a lasting monitor would wake an idle agent a hundred times a second.
 */
export async function measureLoopDelayMs(durationMs: number): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: TICK_MS });
  histogram.enable();
  await sleep(durationMs);
  histogram.disable();
  return Math.max(0, histogram.percentile(99) / 1e6 - TICK_MS);
}
