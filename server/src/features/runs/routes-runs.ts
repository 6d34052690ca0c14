// Routes of runs: what became of a job on each device, results, outputs, fetched files.
import { Readable } from 'node:stream';
import type { Crypto } from '@muster/protocol';
import type { FastifyRequest } from 'fastify';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readScope, requireSeen } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import type { DeviceNames, TargetSource } from '../devices/index.ts';
import { readFile } from './files.ts';
import { idxsOf, runOf } from './job.ts';
import type { Jobs } from './jobs.ts';
import { BLOCK_DEVICES } from './limits.ts';
import { loadBlocks } from './read-job.ts';
import { isGenuine, toEnvelope } from './results.ts';
import { JobParams, RunList, RunParams, RunQuery, type RunSummary, RunView } from './schema.ts';
import { seeJob } from './scope.ts';
import { blockOf } from './states.ts';
import { selectFile } from './store-files.ts';
import { selectIdxsByOutput } from './store-outputs.ts';
import { type RunNote, selectNotes, selectRun } from './store-runs.ts';

/** What the routes need. */
export interface RunRoutesDeps {
  readonly sql: RawSql;
  readonly crypto: Crypto;
  readonly jobs: Jobs;
  readonly names: DeviceNames;
  readonly devices: TargetSource;
}

const config = { permission: 'jobs.read', scope: 'list' } as const;
const tags = ['jobs'];

/** States in which nothing is wrong: what an earlier state said (waiting for content, for a window) is over. */
const UNREMARKABLE: ReadonlySet<RunSummary['state']> = new Set(['queued', 'offered', 'accepted', 'running']);

/** A run as lists show it. */
function toSummary(
  state: RunSummary['state'],
  device: { readonly id: string; readonly hostname: string } | undefined,
  note: RunNote | undefined,
): RunSummary {
  const isOver = UNREMARKABLE.has(state);
  return {
    deviceId: device?.id ?? '',
    hostname: device?.hostname ?? '',
    state,
    code: isOver ? null : (note?.code ?? null),
    message: isOver ? '' : (note?.message ?? ''),
    exit: note?.exit ?? null,
    outputSha256: note?.output == null ? null : Buffer.from(note.output).toString('base64url'),
    at: note?.at.toISOString() ?? null,
  };
}

/** Registers the routes. */
export function registerRunRoutes(app: HttpApp, deps: RunRoutesDeps): void {
  const { sql, jobs, names } = deps;
  app.get(
    '/api/v1/jobs/:id/runs',
    {
      config,
      schema: {
        summary: 'List the runs of a job',
        tags,
        params: JobParams,
        querystring: RunQuery,
        response: { 200: RunList },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { state = null, output, after, limit } = request.query;
      const from = after === undefined ? 0 : after + 1;
      const found = await jobs.find(tenant, request.params.id);
      const scope = await readScope(request);
      // Each block has at least one of them, so as many blocks as there are rows on a page are enough, and one more.
      const loaded = await loadBlocks(sql, found, {
        ...(scope === null ? { from, state } : { from: 0, state: null }),
        limit: output === undefined && scope === null ? limit + 1 : found.targets,
      });
      const { job } = await seeJob(sql, loaded, scope);
      const withOutput =
        output === undefined
          ? null
          : await withMappedErrors(() =>
              selectIdxsByOutput(sql, job, { hash: output, from, limit: limit + 1, scope }),
            );
      const runs: { idx: number; state: RunSummary['state'] }[] = [];
      for (const idx of withOutput ?? idxsOf(job, (one) => state === null || one === state, from)) {
        const now = runOf(job, idx);
        if (now === undefined) continue;
        runs.push({ idx, state: now });
        if (runs.length > limit) break;
      }
      const shown = runs.slice(0, limit);
      const idxs = shown.map(({ idx }) => idx);
      const devices = await names.name(tenant, idxs);
      const notes = await withMappedErrors(() => selectNotes(sql, job, idxs));
      const noteOf = new Map(notes.map((note) => [note.idx, note]));
      return {
        runs: shown.map((run) => toSummary(run.state, devices.get(run.idx), noteOf.get(run.idx))),
        next: runs.length > limit ? String(shown.at(-1)?.idx ?? '') : null,
      };
    },
  );
  registerOne(app, deps);
}

/** A request for one run. */
type RunRequest = FastifyRequest<{ Params: { readonly id: string; readonly deviceId: string } }>;

/** The run of a device in a job. */
async function findRun({ sql, jobs, names }: RunRoutesDeps, request: RunRequest) {
  const { tenant } = principalOf(request);
  const { id, deviceId } = request.params;
  const found = await jobs.find(tenant, id);
  const { idx } = await names.find(tenant, deviceId);
  // Whoever does not see the device learns neither of it nor of the job.
  await requireSeen(request, idx);
  const page = { from: blockOf(idx) * BLOCK_DEVICES, state: null, limit: 1 };
  const job = await loadBlocks(sql, found, page);
  const state = runOf(job, idx);
  if (state === undefined) throw fail('E_NOT_FOUND', { detail: 'The job does not mean that device.' });
  return { job, idx, state };
}

function registerOne(app: HttpApp, deps: RunRoutesDeps): void {
  const { sql, names, devices, crypto } = deps;
  app.get(
    '/api/v1/jobs/:id/runs/:deviceId',
    {
      config,
      schema: {
        summary: 'Show a run with its result and output',
        tags,
        params: RunParams,
        response: { 200: RunView },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { job, idx, state } = await findRun(deps, request);
      const device = (await names.name(tenant, [idx])).get(idx);
      const note = await withMappedErrors(() => selectRun(sql, job, idx));
      const result = note === undefined ? null : toEnvelope(note, job, device?.id ?? '');
      const key = result === null ? null : await devices.key(tenant, idx);
      return {
        ...toSummary(state, device, note),
        result:
          result === null ? null : { ...result, signatures: result.signatures.map((one) => ({ ...one })) },
        isGenuine: result === null || key === null ? null : isGenuine(result, key, crypto),
        output: note?.body?.toString('utf8') ?? null,
        truncated: note?.truncated ?? false,
      };
    },
  );

  app.get(
    '/api/v1/jobs/:id/runs/:deviceId/file',
    {
      config,
      schema: { summary: 'Read the file that a run has fetched', tags, params: RunParams },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const { job, idx } = await findRun(deps, request);
      const ref = { tenant, job: job.number, idx };
      const file = await withMappedErrors(() => selectFile(sql, ref));
      if (file?.complete !== true) throw fail('E_NOT_FOUND', { detail: 'The file is not here yet.' });
      return reply
        .type('application/octet-stream')
        .header('content-length', file.sizeBytes)
        .header('content-disposition', `attachment; filename="${request.params.deviceId}"`)
        .send(Readable.from(readFile(sql, ref)) as never);
    },
  );
}
