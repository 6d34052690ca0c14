// Turns chunks into the points of a chart: which resolution to read, and how points fall into steps.
import {
  type Chunk,
  chunkTiers,
  findMetric,
  findMetricById,
  formatSeries,
  type Metric,
  parseSeries,
  type SeriesKey,
} from '@muster/protocol';
import { fail } from '../../errors.ts';
import { type Point, summarize } from './decode.ts';
import {
  MAX_HOUR_RANGE_DAYS,
  MAX_MINUTE_RANGE_DAYS,
  MAX_RANGE_POINTS,
  MAX_RANGE_VALUES,
  USUAL_RANGE_POINTS,
} from './limits.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Steps that are chosen for who does not say. */
const USUAL_STEPS_MS = [1, 5, 15, 60, 180, 360, 1_440].map((minutes) => minutes * MINUTE_MS);

/** What is asked for. */
export interface RangeQuery {
  /** Series, or names of metrics for all their instances; empty for everything. */
  readonly names: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: as fine as about 400 points allow. */
  readonly stepMs: number | null;
}

/** What is read for it. Points stand at multiples of the step. */
export interface RangePlan {
  readonly tier: 'minute' | 'hour';
  readonly stepMs: number;
  /** First point, and the end behind the last. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  wants(series: SeriesKey): boolean;
}

/** Points of one series. */
export interface RangeSeries extends SeriesKey {
  readonly text: string;
  readonly metricOf: Metric;
  /** Null is a gap. */
  readonly mean: (number | null)[];
  readonly max: (number | null)[];
}

/** Decides how to read. @throws MusterError E_RANGE for a reversed or too large range, a step that does not fit, or no such series. */
export function planRange(query: RangeQuery): RangePlan {
  const { fromMs, toMs } = query;
  if (!(fromMs < toMs))
    throw fail('E_RANGE', { detail: 'The range ends before it begins; correct from and to.' });
  const stepMs =
    query.stepMs ?? USUAL_STEPS_MS.find((step) => (toMs - fromMs) / step <= USUAL_RANGE_POINTS) ?? DAY_MS;
  const isWhole = stepMs % MINUTE_MS === 0 && (stepMs < HOUR_MS || stepMs % HOUR_MS === 0);
  if (!isWhole)
    throw fail('E_RANGE', { detail: 'The step must be whole minutes, from one hour on whole hours.' });
  const start = Math.floor(fromMs / stepMs) * stepMs;
  const count = Math.ceil((toMs - start) / stepMs);
  if (count > MAX_RANGE_POINTS) {
    throw fail('E_RANGE', {
      detail: `The range has more than ${MAX_RANGE_POINTS} points; choose a larger step or a shorter range.`,
    });
  }
  const tier = stepMs < HOUR_MS ? 'minute' : 'hour';
  const maxDays = tier === 'minute' ? MAX_MINUTE_RANGE_DAYS : MAX_HOUR_RANGE_DAYS;
  if (toMs - fromMs > maxDays * DAY_MS) {
    throw fail('E_RANGE', {
      detail: `A range holds at most ${MAX_MINUTE_RANGE_DAYS} days at steps below one hour and ${MAX_HOUR_RANGE_DAYS} days at others.`,
    });
  }
  return {
    tier,
    stepMs,
    fromMs: start,
    toMs: start + count * stepMs,
    count,
    wants: createFilter(query.names),
  };
}

/** True for series that were named, or whose metric was. */
function createFilter(names: readonly string[]): (series: SeriesKey) => boolean {
  if (names.length === 0) return () => true;
  const wanted = new Set(
    names.map((name) => (findMetric(name) === undefined ? formatSeries(parseSeries(name)) : name)),
  );
  return (series) => wanted.has(series.metric) || wanted.has(formatSeries(series));
}

/** Sums of one series while chunks are added. */
interface Sums extends SeriesKey {
  readonly metricOf: Metric;
  readonly sum: Float64Array;
  readonly count: Uint32Array;
  readonly max: Float64Array;
}

/** Collects chunks into the points of a plan. */
export interface Collector {
  /** @throws MusterError E_RANGE when there are more values than one answer holds. */
  add(chunk: Chunk): void;
  /** By metric, then by instance. */
  finish(): RangeSeries[];
}

export function createCollector(plan: RangePlan): Collector {
  const found = new Map<string, Sums>();

  function sumsFor(metric: Metric, instance: string): Sums {
    const key = `${metric.id}/${instance}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    if ((found.size + 1) * plan.count > MAX_RANGE_VALUES) {
      throw fail('E_RANGE', {
        detail: 'The answer would have too many values; name fewer series or choose a larger step.',
      });
    }
    const sums = {
      metric: metric.name,
      instance,
      metricOf: metric,
      sum: new Float64Array(plan.count),
      count: new Uint32Array(plan.count),
      max: new Float64Array(plan.count).fill(Number.NEGATIVE_INFINITY),
    };
    found.set(key, sums);
    return sums;
  }

  return {
    add(chunk) {
      const { stepMs } = chunkTiers[chunk.tier];
      for (const series of chunk.series) {
        const metric = findMetricById(series.metricId);
        // A newer agent measures more than this server can name.
        if (metric === undefined || !plan.wants({ metric: metric.name, instance: series.instance })) continue;
        const sums = sumsFor(metric, series.instance);
        const placeOf = (atMs: number) => Math.floor((atMs - plan.fromMs) / plan.stepMs);
        // An hour of minutes counts as one point where others are hours already, so that a roll-up changes no answer.
        if (plan.tier === 'hour' && chunk.tier === 'minute') {
          addPoint(sums, placeOf(chunk.fromMs), summarize(series));
          continue;
        }
        series.mean.forEach((value, at) => {
          const point = value === null ? null : { mean: value, max: series.max[at] ?? value };
          addPoint(sums, placeOf(chunk.fromMs + at * stepMs), point);
        });
      }
    },
    finish() {
      return [...found.values()]
        .sort((a, b) => a.metricOf.id - b.metricOf.id || (a.instance < b.instance ? -1 : 1))
        .map(({ metric, instance, metricOf, sum, count, max }) => ({
          metric,
          instance,
          metricOf,
          text: formatSeries({ metric, instance }),
          mean: Array.from(count, (times, at) => (times === 0 ? null : round((sum[at] ?? 0) / times))),
          max: Array.from(count, (times, at) => (times === 0 ? null : (max[at] ?? null))),
        }));
    },
  };
}

function addPoint({ sum, count, max }: Sums, place: number, point: Point | null): void {
  if (point === null || place < 0 || place >= sum.length) return;
  sum[place] = (sum[place] ?? 0) + point.mean;
  count[place] = (count[place] ?? 0) + 1;
  max[place] = Math.max(max[place] ?? point.max, point.max);
}

/** Nine significant digits: finer than any metric is measured, without the noise of binary fractions. */
function round(value: number): number {
  return Number(value.toPrecision(9));
}
