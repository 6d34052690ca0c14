// Routes of devices: list, one, labels, decisions, and the stream of changes.
import { type Crypto, isMusterError } from '@muster/protocol';
import type { FastifyRequest } from 'fastify';
import { originOf } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { createDoubts } from '../../core/db/doubts.ts';
import type { AdminDb } from '../../core/db/pool.ts';
import { parseFields, sendItem, sendPage } from '../../core/http/fields.ts';
import { type Principal, principalOf, requireProof } from '../../core/http/permission.ts';
import { readLimits } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import type { Fleet, Grouped } from '../fleet/index.ts';
import { type DeviceRow, selectDevice } from './admin-store.ts';
import { findPage } from './list.ts';
import {
  Device,
  DeviceChange,
  DeviceDecision,
  type DeviceFacts,
  DeviceItemQuery,
  DevicePage,
  DeviceParams,
  DeviceQuery,
} from './schema.ts';
import { changeLabels, decide, requireDevice, toDevice } from './service.ts';

/** What the routes need. */
export interface DeviceRoutesDeps {
  readonly db: AdminDb;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly fleet: Pick<Fleet, 'page' | 'isReady' | 'doubt'>;
  /** A device changed, for live views and the fleet index. */
  changed(tenant: number, idx: number): void;
  /** Refuses who is limited a change of labels that decide what somebody may touch; which of them do. */
  checkLabels(principal: Principal, keys: readonly string[]): Promise<readonly string[]>;
  /** Facts of the inventory by device number, in a fixed number of statements. */
  facts(tenant: number, idxs: readonly number[]): Promise<ReadonlyMap<number, DeviceFacts>>;
  /** Members of a group. @throws MusterError E_NOT_FOUND */
  members(tenant: number, group: string): Promise<Grouped>;
  /** A device was retired: its session ends, and nothing counts its facts any more. */
  retired(tenant: number, idx: number): Promise<void>;
}

/** Shows devices as the API does. */
interface Show {
  /** The facts cost a fixed number of statements, and only where they are wanted. */
  all(tenant: number, rows: readonly DeviceRow[], withFacts: boolean): Promise<Device[]>;
  one(tenant: number, row: DeviceRow): Promise<Device>;
}

function createShow({ clock, crypto, facts: readFacts }: DeviceRoutesDeps): Show {
  async function all(tenant: number, rows: readonly DeviceRow[], withFacts: boolean): Promise<Device[]> {
    const idxs = rows.map((row) => row.idx);
    const facts = withFacts ? await readFacts(tenant, idxs) : new Map<number, DeviceFacts>();
    const nowMs = clock.now();
    return rows.map((row) => toDevice(row, { nowMs, crypto, facts: facts.get(row.idx) ?? null }));
  }

  return {
    all,
    async one(tenant, row) {
      const [device] = await all(tenant, [row], true);
      if (device === undefined) throw fail('E_NOT_FOUND');
      return device;
    },
  };
}

/** Registers the routes. */
export function registerDeviceRoutes(app: HttpApp, deps: DeviceRoutesDeps): void {
  const show = createShow(deps);
  registerReads(app, deps, show);
  registerChanges(app, deps, show);
}

/** Members of the group that is asked for, of those that the caller may see as such. @throws MusterError E_FORBIDDEN, E_NOT_FOUND */
async function findGroup(
  request: FastifyRequest,
  { members }: DeviceRoutesDeps,
  id: string | undefined,
): Promise<Grouped | undefined> {
  if (id === undefined) return undefined;
  const { tenant, permissions } = principalOf(request);
  if (!permissions.has('groups.read'))
    throw fail('E_FORBIDDEN', { detail: 'To list a group needs the permission groups.read.' });
  return { ...(await members(tenant, id)), seen: readLimits(request, 'groups.read') };
}

function registerReads(app: HttpApp, deps: DeviceRoutesDeps, show: Show): void {
  app.get(
    '/api/v1/devices',
    {
      config: { permission: 'devices.read', scope: 'list' },
      schema: {
        summary: 'List devices, by host name if nothing else is said',
        tags: ['devices'],
        querystring: DeviceQuery,
        response: { 200: DevicePage },
      },
    },
    async (request, reply) => {
      const selected = parseFields(request.query.fields, Device);
      const { tenant } = principalOf(request);
      const group = await findGroup(request, deps, request.query.group);
      const asker = { tenant, within: readLimits(request), group };
      const { rows, next, count } = await findPage(deps, asker, request.query);
      const items = await show.all(tenant, rows, selected?.includes('facts') ?? true);
      return sendPage(reply, { items, next, count }, selected);
    },
  );

  app.get(
    '/api/v1/devices/:id',
    {
      config: { permission: 'devices.read', scope: 'device' },
      schema: {
        summary: 'Show a device',
        tags: ['devices'],
        params: DeviceParams,
        querystring: DeviceItemQuery,
        response: { 200: Device },
      },
    },
    async (request, reply) => {
      const selected = parseFields(request.query.fields, Device);
      const { tenant } = principalOf(request);
      const row = await requireDevice(deps.db, tenant, request.params.id);
      return sendItem(reply, await show.one(tenant, row), selected);
    },
  );
}

/** Where a device stands. */
interface Place {
  readonly tenant: number;
  readonly id: string;
}

/** Decisions that may be asked for at a time because their answers were lost. */
const MAX_DOUBTS = 1_000;

/** What a lost database did not answer may have been committed all the same; of a device that is retired more follows. */
function createOrDoubt({ db, clock, fleet, retired }: DeviceRoutesDeps) {
  const doubts = createDoubts<Place>({
    ...{ clock, max: MAX_DOUBTS, keyOf: ({ tenant, id }) => `${tenant}/${id}` },
    async takeUp(places) {
      const gone: Place[] = [];
      for (const place of places) {
        const row = await selectDevice(db, place.tenant, place.id);
        if (row?.state !== 'retired') continue;
        await retired(place.tenant, row.idx);
        gone.push(place);
      }
      return gone;
    },
  });
  return {
    async run<T>(work: () => Promise<T>, place?: Place): Promise<T> {
      try {
        return await (place === undefined ? work() : doubts.during(place, work));
      } catch (error) {
        if (isMusterError(error, 'E_UNAVAILABLE')) fleet.doubt();
        throw error;
      }
    },
    stop: () => doubts.stop(),
  };
}

function registerChanges(app: HttpApp, deps: DeviceRoutesDeps, show: Show): void {
  const { db, clock } = deps;
  const orDoubt = createOrDoubt(deps);
  app.addHook('onClose', async () => orDoubt.stop());

  app.patch(
    '/api/v1/devices/:id',
    {
      config: { permission: 'devices.write', scope: 'device' },
      schema: {
        summary: 'Set and remove labels of a device',
        tags: ['devices'],
        params: DeviceParams,
        body: DeviceChange,
        response: { 200: Device },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { tenant } = principal;
      const deciding = await deps.checkLabels(principal, Object.keys(request.body.labels));
      if (deciding.length > 0) requireProof(principal, clock.now());
      const place = { tenant, id: request.params.id };
      const change = { changes: request.body.labels, origin: originOf(request) };
      const row = await orDoubt.run(() => changeLabels(db, place, change));
      deps.changed(tenant, row.idx);
      return show.one(tenant, row);
    },
  );

  app.post(
    '/api/v1/devices/:id/decisions',
    {
      config: { permission: 'devices.write', scope: 'device', stepUp: true },
      schema: {
        summary: 'Approve, release or retire a device',
        tags: ['devices'],
        params: DeviceParams,
        body: DeviceDecision,
        response: { 200: Device },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const { decision } = request.body;
      const place = { tenant, id: request.params.id };
      const row = await orDoubt.run(async () => {
        const decided = await decide(db, place, { decision, clock, origin: originOf(request) });
        if (decided.state === 'retired') await deps.retired(tenant, decided.idx);
        return decided;
      }, place);
      deps.changed(tenant, row.idx);
      return show.one(tenant, row);
    },
  );
}
