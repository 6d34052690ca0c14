// The counters of one device: what they were in the sample before, and where their rates go.
import type { MetricName } from '@muster/protocol';
import { type Moment, toRate } from '../reader.ts';
import type { SeriesTable } from '../series-table.ts';

/** One counter: its metric, and what a growth per second is divided by to give the metric's unit. */
export interface Counter {
  readonly metric: MetricName;
  /** 1 where absent. */
  readonly perUnit?: number;
  /** Largest sensible value, as 1 for a share of time; none where absent. */
  readonly most?: number;
}

/** Counters of one device between two samples. */
export interface Counters {
  /** Readings of this sample, in the order of the list; the reader writes them here. */
  readonly now: Float64Array;
  /** Writes the rates and keeps the readings for the next sample. */
  write(moment: Moment): void;
}

/** Makes the counters of one device. Series appear with their first rate, never before. */
export function createCounters(table: SeriesTable, instance: string, list: readonly Counter[]): Counters {
  const counters = list.map(({ metric, perUnit = 1, most = Number.POSITIVE_INFINITY }) => ({
    series: table.series(metric, instance),
    perUnit,
    most,
  }));
  const now = new Float64Array(list.length);
  const before = new Float64Array(list.length).fill(Number.NaN);
  let lastNumber = Number.NaN;
  return {
    now,
    write({ number, elapsedS }) {
      // a device that was away for a sample may have come back with its counters restarted
      const steady = lastNumber === number - 1;
      for (let index = 0; index < counters.length; index++) {
        const counter = counters[index];
        if (!steady || counter === undefined) break;
        const rate = toRate(now[index] ?? Number.NaN, before[index] ?? Number.NaN, elapsedS);
        table.set(counter.series, Math.min(counter.most, rate / counter.perUnit));
      }
      before.set(now);
      lastNumber = number;
    },
  };
}
