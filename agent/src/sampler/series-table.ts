// The values of one moment, one place a series; places keep their number, so that ring and chunks need no names.
import { findMetric, MAX_CHUNK_SERIES, type MetricName, type SeriesKey, toInstance } from '@muster/protocol';
import { MAX_VALUE_STEPS, SERIES_IDLE_MS } from './limits.ts';

/** A series that a reader writes. Made once, so that a sample makes neither strings nor objects. */
export interface Series extends SeriesKey {
  readonly metric: MetricName;
  /** Values beyond it, either sign, are no data. */
  readonly most: number;
  /** Its place while the table keeps it for this series; -1 before the first value. */
  slot: number;
}

/** What ring, chunks, thresholds and live streams read. */
export interface SeriesValues {
  /** Places taken so far; every slot is below. */
  readonly size: number;
  /** Grows whenever a slot gets a series, so that readers know when to look at the keys again. */
  readonly version: number;
  /** Current value of a slot in the unit of the catalog; NaN says "no data". */
  get(slot: number): number;
  /** Series of a slot; undefined for a slot not taken. */
  key(slot: number): SeriesKey | undefined;
}

/** What the readers of /proc write. */
export interface SeriesTable extends SeriesValues {
  /** Starts a moment: no series has a value. */
  begin(atMs: number): void;
  /** Names a series; it takes a place with its first value. */
  series(metric: MetricName, instance?: string): Series;
  /** Sets a value. NaN is no data, and so is a series that finds no place. */
  set(series: Series, value: number): void;
  /** Series that had a value at this moment but found no place. */
  readonly refused: number;
}

/** Makes an empty table of at most `capacity` series. */
export function createSeriesTable(capacity = MAX_CHUNK_SERIES): SeriesTable {
  const values = new Float64Array(capacity).fill(Number.NaN);
  /** When a slot last had a value; one idle for SERIES_IDLE_MS has nothing left in ring block and open hour. */
  const usedAt = new Float64Array(capacity);
  const owners: Series[] = [];
  const slots = new Map<string, number>();
  let nowMs = 0;
  let version = 0;
  let refused = 0;

  function findPlace(): number {
    if (owners.length < capacity) return owners.length;
    let oldest = 0;
    for (let slot = 1; slot < capacity; slot++) {
      if ((usedAt[slot] ?? 0) < (usedAt[oldest] ?? 0)) oldest = slot;
    }
    return nowMs - (usedAt[oldest] ?? nowMs) >= SERIES_IDLE_MS ? oldest : -1;
  }

  /** Gives the series its place; -1 when all are taken. */
  function take(series: Series): number {
    const text = toText(series);
    const known = slots.get(text);
    const slot = known ?? findPlace();
    series.slot = slot;
    if (slot < 0) return slot;
    const before = owners[slot];
    owners[slot] = series;
    if (known !== undefined) return slot;
    if (before !== undefined) slots.delete(toText(before));
    slots.set(text, slot);
    version++;
    return slot;
  }

  return {
    get size() {
      return owners.length;
    },
    get version() {
      return version;
    },
    get refused() {
      return refused;
    },
    get: (slot) => values[slot] ?? Number.NaN,
    key: (slot) => owners[slot],
    begin(atMs) {
      nowMs = atMs;
      refused = 0;
      values.fill(Number.NaN);
    },
    series: (metric, instance = '') => ({
      metric,
      most: findMetric(metric).step * MAX_VALUE_STEPS,
      instance: instance === '' ? '' : toInstance(instance),
      slot: -1,
    }),
    set(series, value) {
      if (!(Math.abs(value) <= series.most)) return;
      const slot = series.slot >= 0 && owners[series.slot] === series ? series.slot : take(series);
      if (slot < 0) {
        refused++;
        return;
      }
      values[slot] = value;
      usedAt[slot] = nowMs;
    },
  };
}

/** Text of a key for maps of this process; a metric's name never holds a space. */
export function toText(key: SeriesKey): string {
  return `${key.metric} ${key.instance}`;
}
