// Runs: owns jobs, what became of them on each device, outputs, and fetched files; hands commands out and takes reports.
import { type Crypto, decodeBase64url, encodePiece } from '@muster/protocol';
import { createByteQuota } from '../../core/agents/quota.ts';
import type { AgentRoutes, Connections, Session } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import type { ContentStore } from '../content/index.ts';
import type { DeviceNames, TargetSource } from '../devices/index.ts';
import type { Fleet } from '../fleet/index.ts';
import type { Halts, TrustInForce } from '../halts/index.ts';
import { createDispatcher, type Dispatcher } from './dispatch.ts';
import { createJobEvents } from './events.ts';
import { registerFiles } from './files.ts';
import { runOf } from './job.ts';
import { createJobs } from './jobs.ts';
import { closeSilent, createLife } from './life.ts';
import { MAX_REPORT_BYTES_A_DAY } from './limits.ts';
import { createOpenJobs, type OpenJobs } from './open-jobs.ts';
import { readOpenJobs } from './read-job.ts';
import { registerReports } from './reports.ts';
import { registerDeviceRunRoutes } from './routes-device.ts';
import { registerJobRoutes } from './routes-jobs.ts';
import { registerOutputRoutes } from './routes-outputs.ts';
import { registerRunRoutes } from './routes-runs.ts';
import { registerTargetRoutes } from './routes-targets.ts';
import { createSnapshots } from './targets.ts';
import { createTrees } from './trees.ts';
import { createJobWriter } from './writer.ts';

/** What is handed in. */
export interface RunsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly crypto: Crypto;
  readonly trust: TrustInForce;
  readonly names: DeviceNames;
  readonly devices: TargetSource;
  readonly connections: Connections;
  readonly content: ContentStore;
  readonly halts: Halts;
  /** How jobs are stored when another process may have taken the work over. */
  readonly fenced?: Fenced;
  readonly fleet: Pick<Fleet, 'select'>;
}

/** The feature. */
export interface Runs {
  /** Registers the agents' messages. */
  register(routes: AgentRoutes): void;
  /** Registers the routes of the API. */
  serve(app: HttpApp): void;
  /** Loads the jobs that are not over and goes on with them. */
  start(): Promise<void>;
  /** Stores what waits. */
  stop(): Promise<void>;
  /** The device is retired: its runs end here. */
  forget(tenant: number, idx: number): Promise<void>;
  /** Does what is due now. */
  look(): Promise<void>;
  counts(): { readonly openJobs: number };
}

/** Makes the feature; nothing happens before `start`. */
export function createRuns(deps: RunsDeps): Runs {
  const { sql, clock, log, crypto, trust, connections, content, halts, devices } = deps;
  const open = createOpenJobs();
  const events = createJobEvents(clock);
  const writer = createJobWriter({
    sql,
    ...(deps.fenced === undefined ? {} : { fenced: deps.fenced }),
    clock,
    open,
    changed(job, moved) {
      dispatcher.moved(job, moved);
      events.changed(job, moved);
    },
  });
  const approved = (digest: string) => content.approved(digest);
  const trees = createTrees(devices, open);
  const dispatcher: Dispatcher = createDispatcher({
    open,
    writer,
    connections,
    halts,
    trees,
    clock,
    log,
    content: approved,
  });
  const life = createLife({ open, writer, dispatcher, clock, log });
  const snapshots = createSnapshots({ devices, fleet: deps.fleet, clock });
  const judge = { crypto, trust, now: () => clock.now() };
  const jobs = createJobs({
    ...(deps.fenced === undefined ? {} : { fenced: deps.fenced }),
    ...{ sql, clock, judge, open, writer, dispatcher, life, devices, snapshots, connections, halts },
    content: approved,
  });
  const quota = createByteQuota({ name: 'reports', limitBytes: MAX_REPORT_BYTES_A_DAY, clock, log });
  halts.onChange(() => {
    for (const job of open.all()) if (job.head.state === 'running') dispatcher.begin(job);
  });

  return {
    register(routes) {
      registerReports(routes, { open, writer, dispatcher, events, quota });
      registerFiles(routes, { sql, log, quota });
      routes.message('content.get', (session, { sha256, offset }) =>
        sendPiece({ open, content }, session, { sha256, offset }),
      );
    },
    serve(app) {
      registerTargetRoutes(app, { snapshots, devices, connections, jobs });
      registerJobRoutes(app, { sql, clock, jobs, open, events, trust });
      registerRunRoutes(app, { sql, crypto, jobs, names: deps.names, devices });
      registerDeviceRunRoutes(app, { sql, open, names: deps.names });
      registerOutputRoutes(app, { sql, clock, jobs, names: deps.names });
    },
    async start() {
      for (const job of await withMappedErrors(() => readOpenJobs(sql))) open.add(job);
      await jobs.announceCanceled(trust.tenant);
      life.arm();
    },
    async stop() {
      life.stop();
      dispatcher.stop();
      jobs.stop();
      await writer.stop();
    },
    async forget(tenant, idx) {
      const meant = [...open.of(tenant)].filter((job) => runOf(job, idx) !== undefined);
      const close = closeRetired;
      await Promise.all(meant.map((job) => writer.write({ kind: 'job', job, idx, close })));
    },
    look: () => life.look(),
    counts: () => ({ openJobs: [...open.all()].length }),
  };
}

/** A retired device does not come back: what it was not offered is canceled, of the rest nobody knows. */
function closeRetired(state: Parameters<typeof closeSilent>[0]) {
  return state === 'queued' ? 'canceled' : closeSilent(state);
}

/** A device gets the body of content that a job names which it was offered, and no other. */
async function sendPiece(
  { open, content }: { readonly open: OpenJobs; readonly content: ContentStore },
  session: Session,
  { sha256, offset }: { readonly sha256: string; readonly offset: number },
): Promise<void> {
  const offered = [...open.of(session.tenant)].filter((job) => {
    if (job.options.content.length === 0) return false;
    const state = runOf(job, session.idx);
    return state !== undefined && state !== 'queued';
  });
  const named = [...new Set(offered.flatMap(({ options }) => options.content))];
  const isMeant = (await Promise.all(named.map((digest) => content.isOf(digest, sha256)))).includes(true);
  const piece = isMeant ? await content.piece(sha256, offset) : null;
  if (piece === null) {
    session.send({ type: 'content.none', sha256 });
    return;
  }
  const { sizeBytes: totalBytes, data } = piece;
  session.sendFrame(encodePiece({ sha256: decodeBase64url(sha256), totalBytes, offset, data }));
}
