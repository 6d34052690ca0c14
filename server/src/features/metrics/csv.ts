// Writes the points of a range as CSV (RFC 4180) that no spreadsheet runs.
import type { RangePlan, RangeSeries } from './range.ts';

/** A text cell. One that a spreadsheet would take for a formula gets an apostrophe in front. */
export function escapeCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line a point: its time, then mean and maximum of each series; a gap is an empty cell. */
export function* writeCsv(
  plan: Pick<RangePlan, 'fromMs' | 'stepMs' | 'count'>,
  series: readonly RangeSeries[],
): Generator<string> {
  const heads = series.flatMap(({ text }) => [escapeCell(`${text} mean`), escapeCell(`${text} max`)]);
  yield `${['time', ...heads].join(',')}\r\n`;
  for (let at = 0; at < plan.count; at++) {
    const time = new Date(plan.fromMs + at * plan.stepMs).toISOString();
    yield `${[time, ...series.flatMap(({ mean, max }) => [mean[at] ?? '', max[at] ?? ''])].join(',')}\r\n`;
  }
}
