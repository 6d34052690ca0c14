// Which charts a device has, and which of its series each of them draws.
import { defaultRules, type MetricName, type ThresholdRule, watchesInstance } from '@muster/protocol';
import { peakOf } from './describe.ts';

/** A chart of related series. */
export interface Panel {
  readonly key: string;
  /** Drawn in this order. */
  readonly metrics: readonly MetricName[];
  /** Drawn from 0 to 1 whatever the values, so that a share looks like one. */
  readonly isShare?: true;
}

/** Lines of one chart: more than these cannot be told apart. */
const MAX_LINES = 6;

/** All of them, in the order in which one looks for trouble. */
export const panels = [
  { key: 'cpu', metrics: ['system.cpu.busy'], isShare: true },
  { key: 'memory', metrics: ['system.memory.utilization', 'system.paging.utilization'], isShare: true },
  { key: 'load', metrics: ['system.cpu.load_average.1m', 'system.cpu.load_average.5m'] },
  {
    key: 'pressure',
    metrics: [
      'system.linux.pressure.cpu.some',
      'system.linux.pressure.memory.some',
      'system.linux.pressure.io.some',
    ],
  },
  { key: 'filesystems', metrics: ['system.filesystem.utilization'], isShare: true },
  { key: 'disk', metrics: ['system.disk.io.read', 'system.disk.io.write'] },
  { key: 'diskBusy', metrics: ['system.disk.busy'], isShare: true },
  { key: 'network', metrics: ['system.network.io.receive', 'system.network.io.transmit'] },
  { key: 'temperature', metrics: ['hw.temperature'] },
  { key: 'processes', metrics: ['system.process.count'] },
  { key: 'agent', metrics: ['muster.agent.memory'] },
] as const satisfies readonly Panel[];

/** Every metric of the panels, for one request. */
export const panelMetrics: readonly string[] = panels.flatMap(({ metrics }) => metrics);

/** A series as the API gives it. */
export interface MetricSeries {
  readonly series: string;
  readonly metric: string;
  readonly instance: string;
  readonly unit: string;
  readonly mean: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}

/** The series of a chart: the busiest where there are more than it can show; instances where nothing ever happens are left out. */
export function pickSeries<One extends MetricSeries>(series: readonly One[], panel: Panel): One[] {
  const found = panel.metrics.flatMap((metric) => series.filter((one) => one.metric === metric));
  const hasInstances = found.some(({ instance }) => instance !== '');
  const shown = hasInstances ? found.filter(({ max }) => peakOf(max) > 0) : found;
  if (shown.length <= MAX_LINES) return shown;
  const busiest = new Set(shown.toSorted((a, b) => peakOf(b.max) - peakOf(a.max)).slice(0, MAX_LINES));
  return shown.filter((one) => busiest.has(one));
}

/** A value beyond which something is wrong. */
export interface Limit {
  readonly value: number;
  readonly severity: ThresholdRule['severity'];
  readonly rule: string;
}

/** The limits of the rules that watch the series of a chart; those for one processor need how many there are. */
export function findLimits(
  series: readonly Pick<MetricSeries, 'metric' | 'instance'>[],
  processors: number | null,
): Limit[] {
  return defaultRules.flatMap((rule) => {
    const isWatched = series.some((one) => one.metric === rule.metric && watchesInstance(rule, one.instance));
    if (!isWatched || (rule.perProcessor === true && processors === null)) return [];
    const value = rule.perProcessor === true ? rule.threshold * (processors ?? 1) : rule.threshold;
    return [{ value, severity: rule.severity, rule: rule.name }];
  });
}
