// Metrics: owns chunks of measurements and their roll-ups; stores what devices encode, reads ranges, and shares live streams.
import type { AnswerDurable } from '../../core/agents/durable.ts';
import type { AgentRoutes, Connections } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { type Fenced, unfenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import type { DeviceNames, SessionFence } from '../devices/index.ts';
import { createFreshness } from './freshness.ts';
import { createIngest } from './ingest.ts';
import { createLatest, type LatestValues } from './latest.ts';
import { createLiveStreams } from './live.ts';
import { registerMetricRoutes } from './routes.ts';
import { createSweep } from './sweep.ts';

export type { LatestValues } from './latest.ts';

/** What is handed in. */
export interface MetricsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly devices: DeviceNames;
  readonly connections: Connections;
  /** How roll-ups are stored when another process may have taken the work over. */
  readonly fenced?: Fenced;
  readonly answerDurable: AnswerDurable;
  /** With several processes: refuses what the older session of a device brings. */
  readonly fence?: SessionFence;
  /** Called for each chunk that this process stored; says it to the controller's `stored`. */
  announceStored?(device: { readonly tenant: number; readonly idx: number }, toMs: number): void;
  /** Days for which minutes and hours are kept. */
  readonly retention: { readonly minuteDays: number; readonly hourDays: number };
}

/** The feature. */
export interface Metrics {
  /** Registers the agents' messages: what is handled where the socket is, and what is handled at the controller. */
  register(here: AgentRoutes, controller?: AgentRoutes): void;
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
  /** At the controller: makes partitions and begins to sweep. */
  start(): Promise<void>;
  /** Stores what waits. */
  stop(): Promise<void>;
  /** At the controller: a chunk of that device, up to that time, is in the database. */
  stored(device: { readonly tenant: number; readonly idx: number }, toMs: number): void;
  /** Values of the latest heartbeat, for lists; null when none has come since the server started. No statement. */
  latest(tenant: number, idx: number): LatestValues | null;
  /** Looks after partitions, retention and roll-ups now; resolves with the days of devices that were rolled up. */
  sweep(): Promise<number>;
  counts(): { readonly stored: number; readonly batches: number; readonly streams: number };
}

/** Makes the feature; nothing happens before `start`. */
export function createMetrics(deps: MetricsDeps): Metrics {
  const { sql, clock, log, retention } = deps;
  const freshness = createFreshness(deps);
  const stored: Metrics['stored'] = (device, toMs) => freshness.stored(device, { toMs });
  const ingest = createIngest({
    sql,
    clock,
    retentionDays: retention.minuteDays,
    answerDurable: deps.answerDurable,
    ...(deps.fence === undefined ? {} : { fence: deps.fence }),
    stored: (session, { toMs }) => (deps.announceStored ?? stored)(session, toMs),
  });
  const latest = createLatest();
  const live = createLiveStreams(deps);
  const sweep = createSweep({
    sql,
    fenced: deps.fenced ?? unfenced(sql),
    clock,
    log,
    retention,
    days: ingest.days,
  });
  return {
    register(here, controller = here) {
      here.frame('chunk', (session, frame) => ingest.take(session, frame));
      controller.message('live.sample', (session, message) => live.sample(session, message));
      controller.heartbeat((session, beat) =>
        latest.note(session.tenant, session.idx, { beat, nowMs: clock.now() }),
      );
      controller.opened((session) => live.opened(session));
      controller.closed((session) => {
        live.closed(session);
        freshness.closed(session);
      });
    },
    serve: (app) => registerMetricRoutes(app, { ...deps, latest, live, freshness }),
    start: () => sweep.start(),
    async stop() {
      live.stop();
      await sweep.stop();
      await ingest.stop();
    },
    stored,
    latest: (tenant, idx) => latest.get(tenant, idx),
    sweep: () => sweep.run(),
    counts: () => ({ ...ingest.counts(), streams: live.count() }),
  };
}
