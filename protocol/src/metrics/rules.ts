// What a threshold rule says, and the rules every device has unless it is given others: its agent judges by them, the console draws them.
import type { MetricName } from './catalog.ts';

/** How bad a crossed threshold is. */
export type Severity = 'warning' | 'critical';

/** A threshold with duration and hysteresis on every matching series. */
export interface ThresholdRule {
  /** `^[a-z][a-z0-9_]{0,47}$`; one alert is open a rule and series. */
  readonly name: string;
  readonly metric: MetricName;
  /** Instance the rule is for; a `*` at the end stands for any rest, `*` alone for all. Absent: all. */
  readonly instance?: string;
  /** Side on which a value is bad. */
  readonly bad: 'above' | 'below';
  /** A value beyond it is bad, in the unit of the metric; times the number of processors where `perProcessor`. */
  readonly threshold: number;
  /** A value must come back to it before the alert clears; on the good side of the threshold. */
  readonly clearAt: number;
  /** How long values must be bad without a break before the alert fires, ms. */
  readonly forMs: number;
  /** How long values must be good without a break before the alert clears, ms. */
  readonly clearForMs: number;
  readonly severity: Severity;
  /** Threshold and clearAt are for one processor. Absent: false. */
  readonly perProcessor?: boolean;
}

const MINUTE_MS = 60_000;

/** Rules that fit most machines. Durations keep a backup, an upgrade or a build from raising an alert. */
// biome-ignore format: one rule a line is easier to compare
export const defaultRules: readonly ThresholdRule[] = [
  // A quarter of an hour without idling is no build and no backup any more.
  { name: 'cpu_busy', metric: 'system.cpu.busy', bad: 'above', threshold: 0.95, clearAt: 0.85, forMs: 15 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'warning' },
  // Threads queue: four for each processor over ten minutes.
  { name: 'load_high', metric: 'system.cpu.load_average.5m', bad: 'above', threshold: 4, clearAt: 2, perProcessor: true, forMs: 10 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'warning' },
  // Little is left for caches, and the next program may not fit.
  { name: 'memory_low', metric: 'system.memory.utilization', bad: 'above', threshold: 0.92, clearAt: 0.88, forMs: 10 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'warning' },
  // The kernel is about to end programs.
  { name: 'memory_exhausted', metric: 'system.memory.utilization', bad: 'above', threshold: 0.98, clearAt: 0.95, forMs: 2 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'critical' },
  // swap in use harms nobody; tasks that all wait for memory do
  { name: 'memory_thrashing', metric: 'system.linux.pressure.memory.full', bad: 'above', threshold: 0.1, clearAt: 0.02, forMs: 2 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'critical' },
  // What does not fit now cannot be moved out either.
  { name: 'swap_full', metric: 'system.paging.utilization', bad: 'above', threshold: 0.9, clearAt: 0.8, forMs: 10 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'warning' },
  // Nothing gets on because all wait for disks.
  { name: 'io_stalled', metric: 'system.linux.pressure.io.full', bad: 'above', threshold: 0.6, clearAt: 0.3, forMs: 10 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'warning' },
  // Time to clean up or to grow it before something stops.
  { name: 'disk_filling', metric: 'system.filesystem.utilization', bad: 'above', threshold: 0.85, clearAt: 0.82, forMs: 5 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'warning' },
  // Logs, databases and updates fail next.
  { name: 'disk_full', metric: 'system.filesystem.utilization', bad: 'above', threshold: 0.95, clearAt: 0.92, forMs: 2 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'critical' },
  // No file can be made, however much room is left.
  { name: 'inodes_full', metric: 'system.filesystem.inodes.utilization', bad: 'above', threshold: 0.95, clearAt: 0.92, forMs: 5 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'critical' },
  // Fans or dust; the processor soon slows itself down.
  { name: 'temperature_high', metric: 'hw.temperature', bad: 'above', threshold: 90, clearAt: 80, forMs: 5 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'warning' },
  // Close to where hardware switches itself off.
  { name: 'temperature_critical', metric: 'hw.temperature', bad: 'above', threshold: 100, clearAt: 90, forMs: 2 * MINUTE_MS, clearForMs: 5 * MINUTE_MS, severity: 'critical' },
];

/** True when the rule watches that instance. */
export function watchesInstance(rule: ThresholdRule, instance: string): boolean {
  const pattern = rule.instance ?? '*';
  if (!pattern.endsWith('*')) return pattern === instance;
  return instance.startsWith(pattern.slice(0, -1));
}
