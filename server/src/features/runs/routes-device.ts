// Route of one device's runs: what was ordered of it, newest first, over all jobs.
import { type Static, Type } from 'typebox';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { type DeviceNames, DeviceParams } from '../devices/index.ts';
import { runOf } from './job.ts';
import { BLOCK_DEVICES, MAX_LOOKED_JOBS } from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { toJob } from './read-job.ts';
import { RunSummary } from './schema.ts';
import { blockOf, stateOf } from './states.ts';
import { selectJobs } from './store.ts';
import { type DeviceRunRow, selectDeviceRuns } from './store-device.ts';
import { selectNotesOfDevice } from './store-runs.ts';

/** What the route needs. */
export interface DeviceRunsDeps {
  readonly sql: RawSql;
  readonly open: OpenJobs;
  readonly names: DeviceNames;
}

const closed = { additionalProperties: false } as const;

/** A run as the list of a device shows it. */
const DeviceRun = Type.Object(
  {
    job: Type.String({ description: 'Job id: the id of its command.' }),
    kind: Type.String({ description: 'Kind of the command.' }),
    reason: Type.String({ description: 'Why, as it was signed.' }),
    requester: Type.String({ description: 'Signer who asks.' }),
    dryRun: Type.Boolean({ description: 'The device only says what it would do.' }),
    createdAt: Type.String({ format: 'date-time', description: 'When the job was handed in.' }),
    ...Type.Pick(RunSummary, ['state', 'code', 'message', 'exit', 'at']).properties,
  },
  closed,
);
type DeviceRun = Static<typeof DeviceRun>;

const DeviceRunList = Type.Object(
  {
    runs: Type.Array(DeviceRun),
    next: Type.Union([Type.String(), Type.Null()], {
      description: '`after` of the next page, which may be empty and have another; null on the last.',
    }),
  },
  closed,
);
const DeviceRunQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'The `next` of the page before.',
      }),
    ),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 25, description: 'Runs of the page.' }),
  },
  closed,
);

/** Registers the route. */
export function registerDeviceRunRoutes(app: HttpApp, { sql, open, names }: DeviceRunsDeps): void {
  app.get(
    '/api/v1/devices/:id/runs',
    {
      config: { permission: 'jobs.read', scope: 'device' },
      schema: {
        summary: 'List the runs of a device, newest first',
        tags: ['jobs'],
        params: DeviceParams,
        querystring: DeviceRunQuery,
        response: { 200: DeviceRunList },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { after, limit } = request.query;
      const { idx } = await names.find(tenant, request.params.id);
      const { rows, last } = await withMappedErrors(() =>
        selectDeviceRuns(sql, tenant, {
          ...{ before: after ?? null, block: blockOf(idx), at: idx % BLOCK_DEVICES },
          ...{ jobs: MAX_LOOKED_JOBS, limit: limit + 1 },
        }),
      );
      const shown = rows.slice(0, limit);
      const next = rows.length > limit ? (shown.at(-1)?.number ?? null) : last;
      return {
        runs: await describeRuns({ sql, open }, { tenant, idx }, shown),
        next: next === null ? null : String(next),
      };
    },
  );
}

/** Three statements however many runs. What an open job knows in memory is newer than its row. */
async function describeRuns(
  { sql, open }: Pick<DeviceRunsDeps, 'sql' | 'open'>,
  { tenant, idx }: { readonly tenant: number; readonly idx: number },
  rows: readonly DeviceRunRow[],
): Promise<DeviceRun[]> {
  if (rows.length === 0) return [];
  const stored = await withMappedErrors(() =>
    selectJobs(
      sql,
      tenant,
      rows.map(({ id }) => id),
    ),
  );
  const notes = await withMappedErrors(() =>
    selectNotesOfDevice(
      sql,
      { tenant, idx },
      rows.map(({ number }) => number),
    ),
  );
  const jobOf = new Map(stored.map((row) => [row.id, row]));
  const noteOf = new Map(notes.map((note) => [note.job, note]));
  return rows.flatMap(({ id, number, code }) => {
    const row = jobOf.get(id);
    const openJob = open.find(tenant, id);
    const state = (openJob === undefined ? undefined : runOf(openJob, idx)) ?? stateOf(code);
    if (row === undefined || state === undefined) return [];
    const { command, createdMs, kind } = openJob ?? toJob(row, new Map());
    const note = noteOf.get(number);
    return [
      {
        ...{ job: id, kind, reason: command.reason, requester: command.requester, dryRun: command.dryRun },
        createdAt: new Date(createdMs).toISOString(),
        state,
        code: note?.code ?? null,
        message: note?.message ?? '',
        exit: note?.exit ?? null,
        at: note?.at.toISOString() ?? null,
      },
    ];
  });
}
