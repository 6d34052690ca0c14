// Routes of measurements: ranges, series, latest values, and the live stream.
import { Readable } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { createEventStreams } from '../../core/http/sse.ts';
import { fail } from '../../errors.ts';
import { type DeviceNames, DeviceParams } from '../devices/index.ts';
import { writeCsv } from './csv.ts';
import type { Latest } from './latest.ts';
import type { LiveStreams } from './live.ts';
import { planRange, type RangePlan, type RangeSeries } from './range.ts';
import { readRange, readSeries } from './read.ts';
import { LatestItem, LiveParameters, Range, RangeParameters, SeriesList } from './schema.ts';

/** What the routes need. */
export interface RouteDeps {
  readonly sql: RawSql;
  readonly devices: DeviceNames;
  readonly latest: Latest;
  readonly live: LiveStreams;
  readonly clock: Clock;
}

const config = { permission: 'metrics.read' };
const tags = ['metrics'];
const HOUR_MS = 3_600_000;
/** A range that ends so near to now wants the open hour, ms. */
const FRESH_MS = 15 * 60_000;

/** Registers the routes. */
export function registerMetricRoutes(app: HttpApp, deps: RouteDeps): void {
  registerRange(app, deps);
  registerOverview(app, deps);
  registerLive(app, deps);
}

function registerRange(app: HttpApp, { sql, devices, live, clock }: RouteDeps): void {
  app.get(
    '/api/v1/devices/:id/metrics',
    {
      config,
      schema: {
        summary: 'Read measurements of a device',
        tags,
        params: DeviceParams,
        querystring: RangeParameters,
        response: { 200: Range },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { series, from, to, stepMs, format } = request.query;
      const nowMs = clock.now();
      const toMs = to === undefined ? nowMs : Date.parse(to);
      const fromMs = from === undefined ? toMs - HOUR_MS : Date.parse(from);
      const plan = planRange({ names: series ?? [], fromMs, toMs, stepMs: stepMs ?? null });
      const { idx } = await devices.find(tenant, request.params.id);
      // The device sends its open hour every quarter of an hour; who looks at it now will have it with the next look.
      if (toMs > nowMs - FRESH_MS) live.refresh(tenant, idx);
      const found = await withMappedErrors(() => readRange(sql, { tenant, idx }, plan));
      if (format === 'csv') {
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', `attachment; filename="${request.params.id}.csv"`)
          .send(Readable.from(writeCsv(plan, found)) as never);
      }
      return showRange(plan, found);
    },
  );
}

function showRange(plan: RangePlan, series: readonly RangeSeries[]): Range {
  return {
    from: new Date(plan.fromMs).toISOString(),
    stepMs: plan.stepMs,
    count: plan.count,
    series: series.map(({ text, metric, instance, metricOf, mean, max }) => ({
      series: text,
      metric,
      instance,
      unit: metricOf.unit,
      mean,
      max,
    })),
  };
}

function registerOverview(app: HttpApp, { sql, devices, latest }: RouteDeps): void {
  app.get(
    '/api/v1/devices/:id/metrics/series',
    {
      config,
      schema: {
        summary: 'List the series a device has',
        tags,
        params: DeviceParams,
        response: { 200: SeriesList },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { idx } = await devices.find(tenant, request.params.id);
      return { items: await withMappedErrors(() => readSeries(sql, { tenant, idx })) };
    },
  );

  app.get(
    '/api/v1/devices/:id/metrics/latest',
    {
      config,
      schema: {
        summary: 'Show the latest heartbeat of a device',
        tags,
        params: DeviceParams,
        response: { 200: LatestItem },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { idx } = await devices.find(tenant, request.params.id);
      const found = latest.get(tenant, idx);
      if (found === null)
        throw fail('E_NOT_FOUND', { detail: 'The device has sent no heartbeat since the server started.' });
      const { atMs, ...values } = found;
      return { at: new Date(atMs).toISOString(), ...values };
    },
  );
}

function registerLive(app: HttpApp, { devices, live, clock }: RouteDeps): void {
  const streams = createEventStreams(app, clock);
  app.get(
    '/api/v1/devices/:id/metrics/live',
    {
      config,
      schema: {
        summary: 'Watch measurements of a device as they are made (server-sent events: state, sample)',
        tags,
        params: DeviceParams,
        querystring: LiveParameters,
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { idx } = await devices.find(tenant, request.params.id);
      const stream = streams.open(request, reply);
      const end = live.watch(
        { tenant, idx },
        {
          everyMs: request.query.everyMs,
          sample: (sample) => void stream.send({ event: 'sample', data: sample }),
          online: (online) => void stream.send({ event: 'state', data: { online } }),
        },
      );
      void stream.closed.then(end);
    },
  );
}
