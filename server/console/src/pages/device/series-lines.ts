// Lines of a chart out of series of the API or of the live stream, with names for people.
import { findMetric, parseSeries } from '@muster/protocol';
import type { LiveColumns } from '../../charts/live-columns.ts';
import type { MetricSeries } from '../../charts/panels.ts';
import type { ChartLine } from '../../charts/plot.ts';
import type { MetricRange } from './types.ts';

/** Times of the points of a range, s since 1970. */
export function timesOf({ from, stepMs, count }: Pick<MetricRange, 'from' | 'stepMs' | 'count'>): number[] {
  const firstMs = Date.parse(from);
  return Array.from({ length: count }, (_, at) => (firstMs + at * stepMs) / 1_000);
}

/** Live values in the form of a range: each value is its own mean and maximum. */
export function toSeries({ values }: LiveColumns): MetricSeries[] {
  return [...values].flatMap(([series, column]) => {
    const { metric, instance } = parseSeries(series);
    const unit = findMetric(metric)?.unit;
    return unit === undefined ? [] : [{ series, metric, instance, unit, mean: column, max: column }];
  });
}

/** A line a series. `word` says what a metric is called within its chart; empty: its instance says enough. */
export function toLines(series: readonly MetricSeries[], word: (metric: string) => string): ChartLine[] {
  return series.map(({ metric, instance, mean, max }) => ({
    label: [instance, word(metric)].filter((part) => part !== '').join(' '),
    values: mean,
    ...(mean === max ? {} : { peaks: max }),
  }));
}
