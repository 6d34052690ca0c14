// Routes of jobs: order, list, sign, continue, cancel, watch.
import type { TrustState } from '@muster/protocol';
import type { FastifyRequest } from 'fastify';
import { originOf } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { principalOf } from '../../core/http/permission.ts';
import { checkTargetsOf, followScope, readScope } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { SignedBody } from '../../core/http/signed.ts';
import { createEventStreams } from '../../core/http/sse.ts';
import type { JobPlace } from './audit.ts';
import type { JobEvents } from './events.ts';
import type { Jobs } from './jobs.ts';
import type { OpenJobs } from './open-jobs.ts';
import { toJob } from './read-job.ts';
import { CancelBody, JobBody, JobList, JobParams, JobQuery, JobView } from './schema.ts';
import { seeJob, seeJobs } from './scope.ts';
import { selectJobPage } from './store.ts';
import { toSummary, toView } from './views.ts';

/** What the routes need. */
export interface JobRoutesDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly open: OpenJobs;
  readonly events: JobEvents;
  readonly trust: { current(): TrustState };
}

const read = { permission: 'jobs.read', scope: 'list' } as const;
const write = { permission: 'jobs.write', scope: 'targets' } as const;
const tags = ['jobs'];

/** Registers the routes. */
export function registerJobRoutes(app: HttpApp, deps: JobRoutesDeps): void {
  registerOrders(app, deps);
  registerReads(app, deps);
  registerDecisions(app, deps);
}

function registerOrders(app: HttpApp, { jobs, trust }: JobRoutesDeps): void {
  app.post(
    '/api/v1/jobs',
    {
      config: write,
      schema: {
        summary: 'Order a signed command; the same bytes again give the same job',
        tags,
        body: JobBody,
        response: { 200: JobView, 201: JobView },
      },
    },
    async (request, reply) => {
      const { tenant, name } = principalOf(request);
      const { envelope, content, snapshot, options } = request.body;
      const { job, isNew } = await jobs.order({
        tenant,
        madeBy: name,
        origin: originOf(request),
        check: checkTargetsOf(request),
        envelope,
        snapshot,
        content: content ?? [],
        concurrency: options?.concurrency,
        batches: options?.batches ?? [],
        stopAtFailures: options?.stopAtFailures,
        dedupeKey: options?.dedupeKey,
      });
      return reply.code(isNew ? 201 : 200).send(toView(job, trust.current()));
    },
  );
}

function registerReads(app: HttpApp, { sql, clock, jobs, open, events, trust }: JobRoutesDeps): void {
  app.get(
    '/api/v1/jobs',
    {
      config: read,
      schema: { summary: 'List jobs, newest first', tags, querystring: JobQuery, response: { 200: JobList } },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { state = null, kind = null, requester = null, after = null, limit } = request.query;
      const page = { state, kind, requester, before: after, limit: limit + 1 };
      const scope = await readScope(request);
      const rows = await withMappedErrors(() => selectJobPage(sql, tenant, page));
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const found = shown.map((row) => open.find(tenant, row.id) ?? toJob(row, new Map()));
      const seen = await seeJobs(sql, found, scope);
      return {
        // A page may be short where some of its jobs are not seen; `next` leads on all the same.
        jobs: seen.flatMap((one) => (one === null ? [] : [toSummary(one.job, trust.current())])),
        next: rows.length > limit && last !== undefined ? String(last.number) : null,
      };
    },
  );

  app.get(
    '/api/v1/jobs/:id',
    {
      config: read,
      schema: { summary: 'Show a job', tags, params: JobParams, response: { 200: JobView } },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const found = await jobs.find(tenant, request.params.id);
      const seen = await seeJob(sql, found, await readScope(request));
      return toView(seen.job, trust.current(), seen);
    },
  );

  const streams = createEventStreams(app, clock);
  app.get(
    '/api/v1/jobs/:id/events',
    {
      config: read,
      schema: {
        summary: 'Watch a job (server-sent events: progress, run, output, dropped, end)',
        description:
          'Ends with `end` when every target is final. A reader that is too slow loses lines and is told how many by `dropped`.',
        tags,
        params: JobParams,
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const job = await jobs.find(tenant, request.params.id);
      const seen = await seeJob(sql, job, await readScope(request));
      // Of a job that is over nothing moves any more; of an open one it is looked at each time who may see what.
      const isOver = job.head.endedMs !== null;
      events.watch(isOver ? seen.job : job, streams.open(request, reply), followScope(request));
    },
  );
}

/** Which job, and who decides. */
function placeOf(request: FastifyRequest, id: string): JobPlace {
  const { tenant } = principalOf(request);
  return { tenant, id, origin: originOf(request), check: checkTargetsOf(request) };
}

function registerDecisions(app: HttpApp, { jobs, trust }: JobRoutesDeps): void {
  const response = { 200: JobView };
  app.post(
    '/api/v1/jobs/:id/signatures',
    {
      config: { ...write, permission: 'jobs.approve' },
      schema: { summary: 'Add signatures to a job', tags, params: JobParams, body: SignedBody, response },
    },
    async (request) => {
      return toView(
        await jobs.sign(placeOf(request, request.params.id), request.body.envelope),
        trust.current(),
      );
    },
  );

  app.post(
    '/api/v1/jobs/:id/cancel',
    {
      config: write,
      schema: { summary: 'Cancel a job', tags, params: JobParams, body: CancelBody, response },
    },
    async (request) => {
      return toView(
        await jobs.cancel(placeOf(request, request.params.id), request.body.reason),
        trust.current(),
      );
    },
  );

  app.post(
    '/api/v1/jobs/:id/hold',
    {
      config: write,
      schema: {
        summary: 'Hold a job: devices that have it carry it out, nobody else is offered it',
        tags,
        params: JobParams,
        body: CancelBody,
        response,
      },
    },
    async (request) => {
      return toView(
        await jobs.hold(placeOf(request, request.params.id), request.body.reason),
        trust.current(),
      );
    },
  );

  app.post(
    '/api/v1/jobs/:id/continue',
    {
      config: write,
      schema: { summary: 'Go on with a job that was held', tags, params: JobParams, response },
    },
    async (request) => toView(await jobs.resume(placeOf(request, request.params.id)), trust.current()),
  );
}
