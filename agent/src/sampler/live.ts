// Live streams: while somebody looks, readers of their own sample faster; the ten-second samples do not notice.
import { findMetric, formatSeries } from '@muster/protocol';
import type { Clock } from '../platform/clock.ts';
import { MAX_LIVE_STREAMS } from './limits.ts';
import type { Reader } from './reader.ts';
import { createSeriesTable, type SeriesTable, type SeriesValues } from './series-table.ts';
import { type After, createTicker } from './ticker.ts';

/** One sample of a stream. */
export interface LiveValues {
  /** ms since 1970. */
  readonly atMs: number;
  /** Series that have a value, rounded to the step of their metric. */
  readonly values: readonly { readonly series: string; readonly value: number }[];
}

/** What live streams need. */
export interface LiveOptions {
  readonly clock: Clock;
  readonly after: After;
  /** Makes readers over a table of their own. */
  createReaders(table: SeriesTable): Reader;
}

/** The nearest multiple of a step that is a power of ten, without the dirt of floating point. */
export function roundToStep(value: number, step: number): number {
  if (step >= 1) return Math.round(value / step) * step;
  const stepsPerUnit = Math.round(1 / step);
  return Math.round(value * stepsPerUnit) / stepsPerUnit;
}

/** What a message says of the current values. */
function toLiveValues(values: SeriesValues, atMs: number): LiveValues {
  const list: { series: string; value: number }[] = [];
  for (let slot = 0; slot < values.size; slot++) {
    const value = values.get(slot);
    const key = values.key(slot);
    const step = key && findMetric(key.metric)?.step;
    if (key === undefined || step === undefined || Number.isNaN(value)) continue;
    list.push({ series: formatSeries(key), value: roundToStep(value, step) });
  }
  return { atMs, values: list };
}

/** Makes the streams. */
export function createLive({ clock, after, createReaders }: LiveOptions) {
  const stops: (() => void)[] = [];

  /**
   * Samples every `everyMs` for `untilMs`, or until the answer is called. The first sample comes one interval after the call,
   * because rates need two readings. With MAX_LIVE_STREAMS running, the oldest is stopped.
   */
  function startLive(everyMs: number, untilMs: number, onSample: (sample: LiveValues) => void): () => void {
    const table = createSeriesTable();
    const reader = createReaders(table);
    const endMs = clock.monotonic() + untilMs;
    let number = 0;
    const ticker = createTicker({
      clock,
      after,
      everyMs,
      onTick({ slotMs, elapsedMs, isBase }) {
        reader.read({ atMs: slotMs, elapsedS: elapsedMs / 1000, number: number++, slow: isBase });
        if (isBase) return;
        onSample(toLiveValues(table, slotMs));
        if (clock.monotonic() >= endMs) stop();
      },
    });

    function stop() {
      const at = stops.indexOf(stop);
      if (at < 0) return;
      stops.splice(at, 1);
      ticker.stop();
      reader.close();
    }

    if (stops.length >= MAX_LIVE_STREAMS) stops[0]?.();
    stops.push(stop);
    ticker.start();
    return stop;
  }

  return {
    startLive,
    stopAll() {
      for (const stop of [...stops]) stop();
    },
  };
}
