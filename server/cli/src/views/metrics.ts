// Measurements: one line a series with its small chart, points as a table, and CSV.
import type { MetricRange, MetricSeries, SeriesPage } from '../api/types.ts';
import type { Canvas } from '../output/canvas.ts';
import { csvCell } from '../output/csv.ts';
import { formatMoment } from '../output/moments.ts';
import { drawSparkline, shrink } from '../output/sparkline.ts';
import { drawTable } from '../output/table.ts';
import { formatMetric } from '../output/units.ts';

/** Columns of a small chart: most, and least where the terminal is narrow. */
const CHART_WIDTH = { max: 60, min: 16 } as const;
/** Columns that the other cells of a line take in a usual case. */
const BESIDE_CHART = 60;

/** A line of the history: what people call it, and its points. */
export interface HistoryLine {
  readonly title: string;
  readonly series: MetricSeries;
}

function chartWidth(canvas: Canvas): number {
  if (canvas.width === null) return CHART_WIDTH.max;
  return Math.max(CHART_WIDTH.min, Math.min(CHART_WIDTH.max, canvas.width - BESIDE_CHART));
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}

/** Mean of the means, weighted alike: steps are of one length. */
function meanOf(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** Draws a line a series: last value, mean, peak, and the course of the means. Ratios are drawn from 0 to 1. */
export function drawHistory(lines: readonly HistoryLine[], canvas: Canvas): string {
  const width = chartWidth(canvas);
  return drawTable(
    [
      { title: 'what' },
      { title: 'last', align: 'right' },
      { title: 'mean', align: 'right' },
      { title: 'peak', align: 'right' },
      { title: 'history', whole: true },
    ],
    lines.map(({ title, series: { unit, mean, max } }) => {
      const peaks = known(max);
      const range = unit === '1' ? { min: 0, max: 1 } : { min: 0 };
      return [
        title,
        formatMetric(known(mean).at(-1) ?? null, unit),
        formatMetric(meanOf(mean), unit),
        formatMetric(peaks.length === 0 ? null : peaks.reduce((a, b) => Math.max(a, b)), unit),
        drawSparkline(shrink(mean, width), range),
      ];
    }),
    canvas,
  );
}

/** Times of the points of a range. */
function* timesOf({
  from,
  stepMs,
  count,
}: Pick<MetricRange, 'from' | 'stepMs' | 'count'>): Generator<string> {
  for (let at = 0; at < count; at++) yield new Date(Date.parse(from) + at * stepMs).toISOString();
}

/** Draws every point of a range: mean and peak of each series. */
export function drawPoints(range: MetricRange, canvas: Canvas): string {
  return drawTable(
    [
      { title: 'time', whole: true },
      ...range.series.flatMap(({ series }) => [
        { title: series, asIs: true, align: 'right' as const },
        { title: 'peak', align: 'right' as const },
      ]),
    ],
    [...timesOf(range)].map((time, at) => [
      formatMoment(time),
      ...range.series.flatMap(({ unit, mean, max }) => [
        formatMetric(mean[at] ?? null, unit),
        formatMetric(max[at] ?? null, unit),
      ]),
    ]),
    canvas,
  );
}

/** Draws the series a device has. */
export function drawSeriesList(items: SeriesPage['items'], canvas: Canvas): string {
  return drawTable(
    [{ title: 'series', whole: true }, { title: 'unit' }, { title: 'what' }],
    items.map(({ series, unit, description }) => [series, unit, description]),
    canvas,
  );
}

/** CSV (RFC 4180) as the API writes it: one line a point, mean and maximum of each series; a gap is an empty cell. */
export function* writeCsv(range: MetricRange): Generator<string> {
  const heads = range.series.flatMap(({ series }) => [csvCell(`${series} mean`), csvCell(`${series} max`)]);
  yield `${['time', ...heads].join(',')}\r\n`;
  let at = 0;
  for (const time of timesOf(range)) {
    const values = range.series.flatMap(({ mean, max }) => [mean[at] ?? '', max[at] ?? '']);
    yield `${[time, ...values].join(',')}\r\n`;
    at++;
  }
}
