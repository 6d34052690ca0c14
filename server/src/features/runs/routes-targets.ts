// Routes of targets: which devices somebody means, exactly, before he signs.

import type { FastifyRequest } from 'fastify';
import type { Connections } from '../../core/agents/session.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readLimits, readScope } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import type { TargetSource } from '../devices/index.ts';
import type { Jobs } from './jobs.ts';
import {
  type ExcludedView,
  SnapshotDevices,
  SnapshotDevicesQuery,
  SnapshotIds,
  SnapshotIdsQuery,
  SnapshotParams,
  SnapshotView,
  TargetBody,
  type TargetView,
} from './schema.ts';
import type { Snapshot, Snapshots, TargetWish } from './targets.ts';

/** What the routes need. */
export interface TargetRoutesDeps {
  readonly snapshots: Snapshots;
  readonly devices: TargetSource;
  readonly connections: Connections;
  readonly jobs: Pick<Jobs, 'idxsIn'>;
}

/** Devices shown together with a new snapshot. */
const FIRST_DEVICES = 25;
const config = { permission: 'jobs.read', scope: 'list' } as const;
const tags = ['jobs'];

/** Where the page after an id begins: the first id that is greater. */
function placeAfter(ids: readonly string[], after: string | undefined): number {
  if (after === undefined) return 0;
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] ?? '') <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nextOf(ids: readonly string[], end: number): string | null {
  return end < ids.length ? (ids[end - 1] ?? null) : null;
}

/** A page of a snapshot's devices as they are now. */
async function showDevices(
  { devices, connections }: TargetRoutesDeps,
  { tenant, idxs }: Snapshot,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<TargetView[]> {
  const page = [...idxs.subarray(from, to)];
  const found = await devices.byIdx(tenant, page);
  return page.flatMap((idx) => {
    const device = found.get(idx);
    if (device === undefined) return [];
    const { id, hostname, fingerprint } = device;
    return [
      { id, hostname, fingerprint, state: connections.find(tenant, idx) ? 'online' : 'offline' } as const,
    ];
  });
}

/** What is left out, as far as it is shown. */
async function showExcluded(
  { devices }: TargetRoutesDeps,
  { tenant, excluded }: Snapshot,
): Promise<ExcludedView[]> {
  const first = excluded.slice(0, FIRST_DEVICES);
  if (first.length === 0) return [];
  const found = await devices.byIdx(
    tenant,
    first.map(({ idx }) => idx),
  );
  return first.flatMap(({ idx, why }) => {
    const device = found.get(idx);
    return device === undefined ? [] : [{ id: device.id, hostname: device.hostname, why }];
  });
}

async function toWish({ jobs }: TargetRoutesDeps, tenant: number, body: TargetBody): Promise<TargetWish> {
  const { on, devices, job, states, skipInactive = false } = body;
  if ([on, devices, job].filter((one) => one !== undefined).length !== 1)
    throw fail('E_VALIDATION', { detail: 'Give either an expression, devices, or a job with states.' });
  if (on !== undefined) return { on };
  if (devices !== undefined) return { devices, skipsInactive: skipInactive };
  if (job === undefined || states === undefined)
    throw fail('E_VALIDATION', { detail: 'Say in which states the runs of the job are.' });
  return { idxs: await jobs.idxsIn(tenant, job, states) };
}

/** A snapshot all of which the caller sees. @throws MusterError E_SNAPSHOT */
async function findSnapshot(
  { snapshots }: TargetRoutesDeps,
  request: FastifyRequest<{ Params: { readonly snapshot: string } }>,
): Promise<Snapshot> {
  const snapshot = snapshots.find(principalOf(request).tenant, request.params.snapshot);
  const scope = await readScope(request);
  if (scope !== null && !snapshot.idxs.every((idx) => scope.has(idx))) throw fail('E_SNAPSHOT');
  return snapshot;
}

/** Registers the routes. */
export function registerTargetRoutes(app: HttpApp, deps: TargetRoutesDeps): void {
  const { snapshots, connections } = deps;
  app.post(
    '/api/v1/targets',
    {
      config,
      schema: {
        summary: 'Find the devices that are meant',
        tags,
        body: TargetBody,
        response: { 201: SnapshotView },
      },
    },
    async (request, reply) => {
      const { tenant } = principalOf(request);
      const seen = { within: readLimits(request), scope: await readScope(request) };
      const snapshot = await snapshots.make(tenant, await toWish(deps, tenant, request.body), seen);
      const count = snapshot.ids.length;
      const online = snapshot.idxs.reduce((sum, idx) => sum + (connections.find(tenant, idx) ? 1 : 0), 0);
      return reply.code(201).send({
        snapshot: snapshot.id,
        count,
        root: snapshot.tree.root,
        online,
        offline: count - online,
        isDeviceOnly: snapshot.isDeviceOnly,
        devices: await showDevices(deps, snapshot, { from: 0, to: FIRST_DEVICES }),
        excludedCount: snapshot.excluded.length,
        excluded: await showExcluded(deps, snapshot),
        expiresAt: new Date(snapshot.expiresMs).toISOString(),
      });
    },
  );

  app.get(
    '/api/v1/targets/:snapshot/ids',
    {
      config,
      schema: {
        summary: 'List the ids of a snapshot, for the hash tree that is signed',
        tags,
        params: SnapshotParams,
        querystring: SnapshotIdsQuery,
        response: { 200: SnapshotIds },
      },
    },
    async (request) => {
      const { ids } = await findSnapshot(deps, request);
      const from = placeAfter(ids, request.query.after);
      const end = from + request.query.limit;
      return { ids: ids.slice(from, end), next: nextOf(ids, end) };
    },
  );

  app.get(
    '/api/v1/targets/:snapshot/devices',
    {
      config,
      schema: {
        summary: 'List the devices of a snapshot',
        tags,
        params: SnapshotParams,
        querystring: SnapshotDevicesQuery,
        response: { 200: SnapshotDevices },
      },
    },
    async (request) => {
      const snapshot = await findSnapshot(deps, request);
      const from = placeAfter(snapshot.ids, request.query.after);
      const to = from + request.query.limit;
      return { devices: await showDevices(deps, snapshot, { from, to }), next: nextOf(snapshot.ids, to) };
    },
  );
}
