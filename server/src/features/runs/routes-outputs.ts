// Routes beside jobs: what their runs have printed, equal outputs once, and how much of the budgets is used.
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readScope } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { DeviceNames } from '../devices/index.ts';
import type { Jobs } from './jobs.ts';
import { BUDGET_MS, budgets, DESTRUCTIVE_BUDGET_MS } from './limits.ts';
import { JobParams } from './schema.ts';
import { BudgetList, BudgetQuery, type BudgetView, OutputList, OutputQuery } from './schema-outputs.ts';
import { seeJob } from './scope.ts';
import { selectSpent } from './store.ts';
import { countOutputs, selectOutputs } from './store-outputs.ts';

/** What the routes need. */
export interface OutputRoutesDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly names: DeviceNames;
}

const config = { permission: 'jobs.read', scope: 'list' } as const;
const tags = ['jobs'];

/** Registers the routes. */
export function registerOutputRoutes(app: HttpApp, { sql, clock, jobs, names }: OutputRoutesDeps): void {
  app.get(
    '/api/v1/jobs/:id/outputs',
    {
      config,
      schema: {
        summary: 'List what the runs of a job have printed; equal outputs are one',
        tags,
        params: JobParams,
        querystring: OutputQuery,
        response: { 200: OutputList },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { q: text, bytes, limit } = request.query;
      const scope = await readScope(request);
      const { job } = await seeJob(sql, await jobs.find(tenant, request.params.id), scope);
      const [totals, rows] = await Promise.all([
        withMappedErrors(() => countOutputs(sql, job, scope)),
        withMappedErrors(() => selectOutputs(sql, job, { text, bytes, limit, scope })),
      ]);
      const devices = await names.name(
        tenant,
        rows.map(({ idx }) => idx),
      );
      return {
        ...totals,
        groups: rows.map((row) => ({
          outputSha256: row.hash.toString('base64url'),
          devices: row.devices,
          deviceId: devices.get(row.idx)?.id ?? '',
          hostname: devices.get(row.idx)?.hostname ?? '',
          truncated: row.truncated,
          sizeBytes: row.sizeBytes,
          text: row.body.toString('utf8'),
        })),
      };
    },
  );

  app.get(
    '/api/v1/budgets',
    {
      config: { permission: 'jobs.read', scope: 'organization' },
      schema: {
        summary: 'Show how many devices a signer and the organization may still reach',
        tags,
        querystring: BudgetQuery,
        response: { 200: BudgetList },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { signer } = request.query;
      const view = async (commandClass: BudgetView['class'], overMs: number): Promise<BudgetView> => {
        const since = new Date(clock.now() - overMs);
        const spent = await withMappedErrors(() =>
          selectSpent(sql, tenant, { commandClass, requester: signer, since }),
        );
        const most = budgets[commandClass];
        return {
          class: commandClass,
          overMs,
          signer: { most: most.signer, used: spent.signer },
          organization: { most: most.organization, used: spent.organization },
        };
      };
      return {
        budgets: await Promise.all([
          view('privileged', BUDGET_MS),
          view('destructive', DESTRUCTIVE_BUDGET_MS),
        ]),
      };
    },
  );
}
