// Routes of measurements: ranges, series, latest values, a ranking of devices, and the live stream.
import { Readable } from 'node:stream';
import type { Connections } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { parseFields, sendPage } from '../../core/http/fields.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readScope } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { createEventStreams } from '../../core/http/sse.ts';
import { fail } from '../../errors.ts';
import { type DeviceNames, DeviceParams } from '../devices/index.ts';
import { writeCsv } from './csv.ts';
import type { Freshness } from './freshness.ts';
import type { Latest, LatestValues } from './latest.ts';
import { REFRESH_OLD_MS } from './limits.ts';
import type { LiveStreams } from './live.ts';
import { planRange, type RangePlan, type RangeSeries } from './range.ts';
import { readNewestSeries, readRange, readSeries } from './read.ts';
import {
  type Latest as LatestItem,
  Latest as LatestSchema,
  LiveParameters,
  Range,
  RangeParameters,
  SeriesItem,
  SeriesList,
  SeriesParameters,
  Top,
  TopItem,
  TopParameters,
} from './schema.ts';
import { rankOnline } from './top.ts';

/** What the routes need. */
export interface RouteDeps {
  readonly sql: RawSql;
  readonly devices: DeviceNames;
  readonly latest: Latest;
  readonly live: LiveStreams;
  readonly freshness: Freshness;
  readonly connections: Connections;
  readonly clock: Clock;
}

const config = { permission: 'metrics.read', scope: 'device' } as const;
const tags = ['metrics'];
const HALF_HOUR_MS = 1_800_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Registers the routes. */
export function registerMetricRoutes(app: HttpApp, deps: RouteDeps): void {
  registerRange(app, deps);
  registerSeries(app, deps);
  registerLatest(app, deps);
  registerLive(app, deps);
}

function registerRange(app: HttpApp, { sql, devices, freshness, clock }: RouteDeps): void {
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
      const { series, from, to, stepMs, format, fresh } = request.query;
      const nowMs = clock.now();
      const toMs = to === undefined ? nowMs : Date.parse(to);
      const fromMs = from === undefined ? toMs - HOUR_MS : Date.parse(from);
      const plan = planRange({ names: series ?? [], fromMs, toMs, stepMs: stepMs ?? null });
      const { idx } = await devices.find(tenant, request.params.id);
      if (toMs > nowMs - REFRESH_OLD_MS) {
        // The device sends its open hour every quarter of an hour; who does not wait for it has it with the next look.
        const stored = freshness.refresh(tenant, idx);
        if (fresh) await stored;
      }
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

function registerSeries(app: HttpApp, { sql, devices, clock }: RouteDeps): void {
  app.get(
    '/api/v1/devices/:id/metrics/series',
    {
      config,
      schema: {
        summary: 'List the series a device has',
        tags,
        params: DeviceParams,
        querystring: SeriesParameters,
        response: { 200: SeriesList },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { from, to, fields } = request.query;
      const selected = parseFields(fields, SeriesItem);
      const toMs = to === undefined ? clock.now() : Date.parse(to);
      const fromMs = from === undefined ? toMs - DAY_MS : Date.parse(from);
      const isNewest = from === undefined && to === undefined;
      const plan = planRange({
        names: [],
        fromMs,
        toMs,
        stepMs: toMs - fromMs <= DAY_MS ? HALF_HOUR_MS : DAY_MS,
      });
      const { idx } = await devices.find(tenant, request.params.id);
      const device = { tenant, idx };
      const items = await withMappedErrors(() =>
        isNewest ? readNewestSeries(sql, device) : readSeries(sql, device, plan),
      );
      return sendPage(reply, { items }, selected);
    },
  );
}

function showLatest({ atMs, ...values }: LatestValues): LatestItem {
  return { at: new Date(atMs).toISOString(), ...values };
}

function registerLatest(app: HttpApp, { devices, latest, connections, clock }: RouteDeps): void {
  app.get(
    '/api/v1/devices/:id/metrics/latest',
    {
      config,
      schema: {
        summary: 'Show the latest heartbeat of a device',
        tags,
        params: DeviceParams,
        response: { 200: LatestSchema },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { idx } = await devices.find(tenant, request.params.id);
      const found = latest.get(tenant, idx);
      if (found === null)
        throw fail('E_NOT_FOUND', { detail: 'The device has sent no heartbeat since the server started.' });
      return showLatest(found);
    },
  );

  app.get(
    '/api/v1/top',
    {
      config: { ...config, scope: 'list' },
      schema: {
        summary: 'Rank the connected devices by their latest heartbeats',
        tags,
        querystring: TopParameters,
        response: { 200: Top },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const selected = parseFields(request.query.fields, TopItem);
      const { online, items } = await rankOnline({ latest, connections, devices }, tenant, {
        ...request.query,
        scope: await readScope(request),
      });
      const ranked = {
        at: new Date(clock.now()).toISOString(),
        online,
        items: items.map(({ id, hostname, values }) => ({ id, hostname, ...showLatest(values) })),
      };
      return sendPage(reply, ranked, selected);
    },
  );
}

function registerLive(app: HttpApp, { devices, live, connections, clock }: RouteDeps): void {
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
      if (connections.find(tenant, idx) === undefined) throw fail('E_DEVICE_OFFLINE');
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
