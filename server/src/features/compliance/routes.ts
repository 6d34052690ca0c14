// Routes of compliance: shares, how they moved, and the items behind them.
import { withMappedErrors } from '../../core/db/failures.ts';
import { PageOf, toPage } from '../../core/http/paging.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readScope } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { DeviceParams } from '../devices/index.ts';
import { byRule, readDeviceCursor, readRuleCursor, worstFirst } from './cursors.ts';
import type { ComplianceDeps } from './deps.ts';
import { listRules, readShares, readTrend } from './reading.ts';
import {
  ComplianceQuery,
  ComplianceView,
  DeviceCompliance,
  DeviceItemsQuery,
  RuleItem,
  RuleItemsQuery,
  TrendQuery,
  TrendView,
} from './schema.ts';
import { NOT_REPORTING, nameState, stateNames } from './standing.ts';
import { selectDevice } from './store-devices.ts';
import { type StandingRow, selectOfDevice, selectOfRule } from './store-lists.ts';

const tags = ['compliance'];
const reading = { permission: 'devices.read', scope: 'list' } as const;

const toState = (name: (typeof stateNames)[number] | undefined) =>
  name === undefined ? null : stateNames.indexOf(name);

function viewItem({ item, mode, state, isSilent, since, code, found, wanted, reason, done }: StandingRow) {
  return {
    ...{ item, code, found, wanted, reason, done: done ?? [] },
    mode: mode === 1 ? ('enforce' as const) : ('audit' as const),
    state: nameState(isSilent ? NOT_REPORTING : state),
    since: since.toISOString(),
  };
}

/** Registers the routes. */
export function registerComplianceRoutes(app: HttpApp, deps: ComplianceDeps): void {
  registerShares(app, deps);
  registerOfRule(app, deps);
  registerOfDevice(app, deps);
}

function registerShares(app: HttpApp, deps: ComplianceDeps): void {
  app.get(
    '/api/v1/compliance',
    {
      config: reading,
      schema: {
        summary: 'Count what of the devices complies, now or at a moment',
        tags,
        querystring: ComplianceQuery,
        response: { 200: ComplianceView },
      },
    },
    async (request) => {
      const { policy, at } = request.query;
      const within = await readScope(request);
      return readShares(deps, { tenant: principalOf(request).tenant, policy, within }, at);
    },
  );
  app.get(
    '/api/v1/compliance/trend',
    {
      config: reading,
      schema: {
        summary: 'Show how the share of what complies moved',
        tags,
        querystring: TrendQuery,
        response: { 200: TrendView },
      },
    },
    async (request) => {
      const { policy, rule, days } = request.query;
      const within = await readScope(request);
      return readTrend(deps, { tenant: principalOf(request).tenant, policy, rule, within }, days);
    },
  );
}

function registerOfRule(app: HttpApp, { sql, devices }: ComplianceDeps): void {
  app.get(
    '/api/v1/compliance/items',
    {
      config: reading,
      schema: {
        summary: 'List how the items of a rule stand on devices, worst first',
        tags,
        querystring: RuleItemsQuery,
        response: { 200: PageOf(RuleItem) },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { policy, rule, state, limit, cursor } = request.query;
      const after = readRuleCursor(cursor);
      const within = await readScope(request);
      const rows = await withMappedErrors(() =>
        selectOfRule(
          sql,
          { tenant, policy, rule },
          { within, state: toState(state), after, limit: limit + 1 },
        ),
      );
      const page = toPage(rows, limit, {
        keyset: byRule,
        keyOf: (row) => [row.ruleId, row.state, row.idx],
      });
      const names = await devices.name(
        tenant,
        page.items.map(({ idx }) => idx),
      );
      const items = page.items.map((row) => {
        const { id: deviceId = '', hostname = '' } = names.get(row.idx) ?? {};
        return { deviceId, hostname, ...viewItem(row) };
      });
      return { items, next: page.next };
    },
  );
}

function registerOfDevice(app: HttpApp, { sql, devices, policies }: ComplianceDeps): void {
  app.get(
    '/api/v1/devices/:id/compliance',
    {
      config: { permission: 'devices.read', scope: 'device' },
      schema: {
        summary: 'List how the items of a device stand, worst first',
        tags,
        params: DeviceParams,
        querystring: DeviceItemsQuery,
        response: { 200: DeviceCompliance },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { state, limit, cursor } = request.query;
      const { idx } = await devices.find(tenant, request.params.id);
      const after = readDeviceCursor(cursor);
      const [device, rows] = await withMappedErrors(() =>
        Promise.all([
          selectDevice(sql, tenant, idx),
          selectOfDevice(sql, { tenant, idx }, { state: toState(state), after, limit: limit + 1 }),
        ]),
      );
      const page = toPage(rows, limit, { keyset: worstFirst, keyOf: (row) => [row.state, row.item] });
      const rules = listRules(await policies.present());
      const items = page.items.map((row) => {
        const { policy, rule } = row;
        const { title = null, severity = null, remediation = null } = rules.get(`${policy}/${rule}`) ?? {};
        return { ...{ policy, rule, title, severity, remediation }, ...viewItem(row) };
      });
      return {
        reportedAt: device === undefined || device.seq === 0 ? null : device.at.toISOString(),
        silentSince: device?.silentSince?.toISOString() ?? null,
        ...{ items, next: page.next },
      };
    },
  );
}
