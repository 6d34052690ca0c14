// Long ranges of measurements: asked for in windows the server can answer, and joined again.
import { fail } from '../errors.ts';
import { type Api, take } from './client.ts';
import type { MetricRange, MetricSeries } from './types.ts';

const HOUR_MS = 3_600_000;
/** What one answer holds at most: points of a series, and hours read minute by minute (the server's own limits). */
const MAX_POINTS = 2_000;
const MAX_FINE_HOURS = 384;
/** Values that are kept while windows are joined. */
const MAX_VALUES = 4_000_000;

/** What is asked for. */
export interface RangeRequest {
  readonly id: string;
  /** Series or metric names; empty for all. */
  readonly series: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Time between points; null: the server chooses. */
  readonly stepMs: number | null;
  /** Wait a moment for what the device has measured since it last sent. */
  readonly fresh?: boolean;
}

/** One answer of the server. */
export function readRange(
  api: Api,
  { id, series, fromMs, toMs, stepMs, fresh = false }: RangeRequest,
): Promise<MetricRange> {
  return take(
    api.http.GET('/api/v1/devices/{id}/metrics', {
      params: {
        path: { id },
        query: {
          from: new Date(fromMs).toISOString(),
          to: new Date(toMs).toISOString(),
          ...(series.length === 0 ? {} : { series: [...series] }),
          ...(stepMs === null ? {} : { stepMs }),
          ...(fresh ? { fresh } : {}),
        },
      },
    }),
  );
}

/** The windows of a range, each within the limits of one answer and beginning at a full step. */
export function splitRange({
  fromMs,
  toMs,
  stepMs,
}: Pick<RangeRequest, 'fromMs' | 'toMs'> & { readonly stepMs: number }): {
  fromMs: number;
  toMs: number;
}[] {
  const points =
    stepMs < HOUR_MS ? Math.min(MAX_POINTS, Math.floor((MAX_FINE_HOURS * HOUR_MS) / stepMs)) : MAX_POINTS;
  const windows: { fromMs: number; toMs: number }[] = [];
  const first = Math.floor(fromMs / stepMs) * stepMs;
  for (let at = first; at < toMs; at += points * stepMs)
    windows.push({ fromMs: at, toMs: Math.min(toMs, at + points * stepMs) });
  return windows;
}

/** Joins answers that follow each other; a series that one of them lacks has gaps there. */
export function joinRanges(ranges: readonly MetricRange[]): MetricRange {
  const [first] = ranges;
  if (first === undefined) return { from: new Date(0).toISOString(), stepMs: 60_000, count: 0, series: [] };
  const joined = new Map<string, MetricSeries>();
  let count = 0;
  for (const range of ranges) {
    for (const series of range.series) {
      const present = joined.get(series.series) ?? { ...series, mean: [], max: [] };
      joined.set(series.series, present);
      fill(present, count);
      for (const value of series.mean) present.mean.push(value);
      for (const value of series.max) present.max.push(value);
    }
    count += range.count;
  }
  for (const series of joined.values()) fill(series, count);
  return { ...first, count, series: [...joined.values()] };
}

/** Gaps up to that length. */
function fill({ mean, max }: MetricSeries, length: number): void {
  while (mean.length < length) {
    mean.push(null);
    max.push(null);
  }
}

/**
 * Reads a range of any length at one step.
 * @throws MusterError E_USAGE when it has more values than are kept, or what the server refuses with
 */
export async function readLongRange(
  api: Api,
  request: RangeRequest & { readonly stepMs: number },
  onWindow: (done: number, total: number) => void,
): Promise<MetricRange> {
  const windows = splitRange(request);
  const ranges: MetricRange[] = [];
  let values = 0;
  for (const [at, window] of windows.entries()) {
    onWindow(at, windows.length);
    const range = await readRange(api, { ...request, ...window });
    values += range.count * range.series.length * 2;
    if (values > MAX_VALUES)
      throw fail('E_USAGE', {
        detail: 'The range has too many values; name fewer series or choose a larger --step.',
      });
    ranges.push(range);
  }
  return joinRanges(ranges);
}
