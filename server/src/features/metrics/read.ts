// Reads the points of a range: fetches chunks, decodes them a few at a time, and lets other work run between.
import { type Chunk, findMetricById, formatSeries, type Metric } from '@muster/protocol';
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { openChunk } from './decode.ts';
import { DECODE_SLICE, MAX_RANGE_BYTES } from './limits.ts';
import { createCollector, type RangePlan, type RangeSeries } from './range.ts';
import { type DeviceRef, readHours, readMinutes, readNewest, type StoredChunk } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Chunks of a plan. One statement. @throws MusterError E_RANGE when there is more than one request may read. */
async function readChunks(sql: RawSql, device: DeviceRef, plan: RangePlan): Promise<StoredChunk[]> {
  const alignMs = plan.tier === 'minute' ? HOUR_MS : DAY_MS;
  const span = {
    from: new Date(Math.floor(plan.fromMs / alignMs) * alignMs),
    to: new Date(plan.toMs),
    maxBytes: MAX_RANGE_BYTES,
  };
  const rows =
    plan.tier === 'minute' ? await readMinutes(sql, device, span) : await readHours(sql, device, span);
  if (rows.some(({ chunk }) => chunk === null)) {
    throw fail('E_RANGE', {
      detail: 'The device measured more in this range than one answer can be made of; ask for a shorter one.',
    });
  }
  return rows;
}

/** Points of a plan. */
export async function readRange(sql: RawSql, device: DeviceRef, plan: RangePlan): Promise<RangeSeries[]> {
  const collector = createCollector(plan);
  for await (const chunk of openAll(await readChunks(sql, device, plan))) collector.add(chunk);
  return collector.finish();
}

/** Decodes in order. Where a day has both its roll-up and its minutes, the minutes are newer and count alone. */
async function* openAll(rows: readonly StoredChunk[]): AsyncGenerator<Chunk> {
  const chunks: Chunk[] = [];
  for (const [at, row] of rows.entries()) {
    if (at % DECODE_SLICE === DECODE_SLICE - 1) await new Promise((resolve) => setImmediate(resolve));
    const chunk = row.chunk === null ? null : openChunk(row.chunk);
    if (chunk !== null) chunks.push(chunk);
  }
  const dayOf = ({ fromMs }: Chunk) => Math.floor(fromMs / DAY_MS);
  const byMinutes = new Set(chunks.filter(({ tier }) => tier === 'minute').map(dayOf));
  for (const chunk of chunks) if (chunk.tier === 'minute' || !byMinutes.has(dayOf(chunk))) yield chunk;
}

/** Series of the newest two hours that there are. */
export async function readNewestSeries(sql: RawSql, device: DeviceRef) {
  return listSeries(await readNewest(sql, device, 2));
}

/** Series of a range. */
export async function readSeries(sql: RawSql, device: DeviceRef, plan: RangePlan) {
  return listSeries(await readChunks(sql, device, plan));
}

async function listSeries(rows: readonly StoredChunk[]) {
  const found = new Map<string, { metric: Metric; instance: string }>();
  for await (const chunk of openAll(rows)) {
    for (const { metricId, instance } of chunk.series) {
      const metric = findMetricById(metricId);
      if (metric !== undefined) found.set(`${metricId}/${instance}`, { metric, instance });
    }
  }
  return [...found.values()]
    .sort((a, b) => a.metric.id - b.metric.id || (a.instance < b.instance ? -1 : 1))
    .map(({ metric, instance }) => ({
      series: formatSeries({ metric: metric.name, instance }),
      metric: metric.name,
      instance,
      unit: metric.unit,
      description: metric.description,
    }));
}
