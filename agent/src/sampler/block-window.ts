// Collects samples for one block of the ring, in rows that are used again for the next one.
import { type Block, type BlockSeries, findMetric, type SeriesKey } from '@muster/protocol';
import { BLOCK_SAMPLES, SAMPLE_EVERY_MS } from './limits.ts';
import type { SeriesValues } from './series-table.ts';

/** Values of one slot. */
interface Row {
  key: SeriesKey;
  readonly values: Float64Array;
}

/** Samples since the last block. */
export interface BlockWindow {
  /** False when a sample of that time lies before the last one or too far behind the first: take the block first. */
  fits(slotMs: number): boolean;
  add(slotMs: number, values: SeriesValues): void;
  /** The block so far, and an empty window; null when there is no value at all. */
  take(): Block | null;
}

function toSeries(row: Row, count: number): BlockSeries | null {
  let isEmpty = true;
  const values: (number | null)[] = [];
  for (let index = 0; index < count; index++) {
    const value = row.values[index] ?? Number.NaN;
    const isGap = Number.isNaN(value);
    values.push(isGap ? null : value);
    isEmpty &&= isGap;
  }
  const { metric, instance } = row.key;
  const metricId = findMetric(metric)?.id;
  return isEmpty || metricId === undefined ? null : { metricId, instance, values };
}

/** Makes an empty window. `firstSamples` shortens the first block, so that not all machines on one disk array write together. */
export function createBlockWindow(firstSamples = BLOCK_SAMPLES): BlockWindow {
  const rows: Row[] = [];
  let version = -1;
  let samples = firstSamples;
  let fromMs = Number.NaN;
  let count = 0;

  /** Gives each slot its row. A slot that went to another series holds nothing: it was idle for far longer than a block. */
  function matchRows(values: SeriesValues) {
    version = values.version;
    for (let slot = 0; slot < values.size; slot++) {
      const key = values.key(slot);
      const row = rows[slot];
      if (key === undefined) continue;
      if (row === undefined) rows[slot] = { key, values: new Float64Array(BLOCK_SAMPLES).fill(Number.NaN) };
      else row.key = key;
    }
  }

  return {
    fits(slotMs) {
      if (count === 0) return true;
      const index = (slotMs - fromMs) / SAMPLE_EVERY_MS;
      return index >= count && index < samples;
    },
    add(slotMs, values) {
      if (values.version !== version) matchRows(values);
      if (count === 0) fromMs = slotMs;
      const index = (slotMs - fromMs) / SAMPLE_EVERY_MS;
      for (const [slot, row] of rows.entries()) row.values[index] = values.get(slot);
      count = index + 1;
    },
    take() {
      const series = rows.map((row) => toSeries(row, count)).filter((one) => one !== null);
      const block = series.length === 0 ? null : { fromMs, count, series };
      for (const row of rows) row.values.fill(Number.NaN);
      count = 0;
      samples = BLOCK_SAMPLES;
      return block;
    },
  };
}
