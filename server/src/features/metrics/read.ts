// Reads the points of a range: fetches chunks, decodes them a few at a time, and lets other work run between.
import { type Chunk, findMetricById, formatSeries } from '@muster/protocol';
import type { RawSql } from '../../core/db/pool.ts';
import { openChunk } from './decode.ts';
import { DECODE_SLICE, MAX_RANGE_CHUNKS } from './limits.ts';
import { createCollector, type RangePlan, type RangeSeries } from './range.ts';
import { type DeviceRef, readHours, readMinutes, readNewest, type StoredChunk } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A range may begin within a day, and days that wait for their roll-up come as 24 chunks each. */
const SPARE_CHUNKS = 96;

/** Points of a plan. One statement. */
export async function readRange(sql: RawSql, device: DeviceRef, plan: RangePlan): Promise<RangeSeries[]> {
  const alignMs = plan.tier === 'minute' ? HOUR_MS : DAY_MS;
  const span = {
    from: new Date(Math.floor(plan.fromMs / alignMs) * alignMs),
    to: new Date(plan.toMs),
    limit: MAX_RANGE_CHUNKS + SPARE_CHUNKS,
  };
  const rows =
    plan.tier === 'minute' ? await readMinutes(sql, device, span) : await readHours(sql, device, span);
  const collector = createCollector(plan);
  for await (const chunk of openAll(rows)) collector.add(chunk);
  return collector.finish();
}

/** Decodes in order. Where a day has both its roll-up and its minutes, the minutes are newer and count alone. */
async function* openAll(rows: readonly StoredChunk[]): AsyncGenerator<Chunk> {
  const chunks: Chunk[] = [];
  for (const [at, row] of rows.entries()) {
    if (at % DECODE_SLICE === DECODE_SLICE - 1) await new Promise((resolve) => setImmediate(resolve));
    const chunk = openChunk(row.chunk);
    if (chunk !== null) chunks.push(chunk);
  }
  const dayOf = ({ fromMs }: Chunk) => Math.floor(fromMs / DAY_MS);
  const byMinutes = new Set(chunks.filter(({ tier }) => tier === 'minute').map(dayOf));
  for (const chunk of chunks) if (chunk.tier === 'minute' || !byMinutes.has(dayOf(chunk))) yield chunk;
}

/** Series of the newest two hours that there are. One statement. */
export async function readSeries(sql: RawSql, device: DeviceRef) {
  const chunks = (await readNewest(sql, device, 2)).flatMap((row) => openChunk(row.chunk) ?? []);
  const found = new Map(
    chunks.flatMap(({ series }) => series).map((one) => [`${one.metricId}/${one.instance}`, one]),
  );
  return [...found.values()]
    .flatMap(({ metricId, instance }) => {
      const metric = findMetricById(metricId);
      return metric === undefined ? [] : [{ metric, instance }];
    })
    .sort((a, b) => a.metric.id - b.metric.id || (a.instance < b.instance ? -1 : 1))
    .map(({ metric, instance }) => ({
      series: formatSeries({ metric: metric.name, instance }),
      metric: metric.name,
      instance,
      unit: metric.unit,
      description: metric.description,
    }));
}
