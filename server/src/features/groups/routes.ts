// Routes of groups: what there is, changes, members, why, and the live view.
import type { FastifyRequest } from 'fastify';
import { originOf } from '../../core/audit/audit.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readLimits, readScope } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import type { EventStreams } from '../../core/http/sse.ts';
import { DeviceParams } from '../devices/index.ts';
import { tryExpression } from './explain.ts';
import type { GroupViews } from './live.ts';
import { explainMembership, listGroupsOf, listMembers } from './members.ts';
import {
  DeviceGroups,
  ExplainQuery,
  Explanation,
  Group,
  GroupChange,
  GroupList,
  GroupParams,
  MemberPage,
  MemberQuery,
  Membership,
  MembershipParams,
  NewGroup,
} from './schema.ts';
import {
  type Asking,
  type Changing,
  changeGroup,
  compileGroup,
  type GroupsDeps,
  listGroups,
  makeGroup,
  readGroup,
  removeGroup,
} from './service.ts';

const tags = ['groups'];

function askingOf(request: FastifyRequest): Asking {
  return { tenant: principalOf(request).tenant, within: readLimits(request) };
}

/** Who may change groups sees no more of their members by that, and picks devices that he may see. */
async function changingOf(request: FastifyRequest): Promise<Changing> {
  const { tenant, name } = principalOf(request);
  const within = readLimits(request, 'groups.read');
  const seen = await readScope(request, 'devices.read');
  return { tenant, within, seen, name, origin: originOf(request) };
}

/** What the routes need. */
export interface GroupRoutes {
  readonly deps: GroupsDeps;
  readonly views: GroupViews;
  readonly streams: EventStreams;
}

/** Registers the routes. */
export function registerGroupRoutes(app: HttpApp, parts: GroupRoutes): void {
  registerReads(app, parts);
  registerChanges(app, parts);
  registerDeviceReads(app, parts);
}

function registerReads(app: HttpApp, { deps, views, streams }: GroupRoutes): void {
  const config = { permission: 'groups.read', scope: 'list' } as const;
  app.get(
    '/api/v1/groups',
    {
      config,
      schema: {
        summary: 'List groups by name, with the number of their members',
        tags,
        response: { 200: GroupList },
      },
    },
    async (request) => ({ groups: await listGroups(deps, askingOf(request)) }),
  );
  app.get(
    '/api/v1/groups/events',
    {
      config,
      schema: {
        summary: 'Watch groups (server-sent events: group with id and count, removed with the id)',
        tags,
      },
    },
    async (request, reply) => {
      const asking = askingOf(request);
      await views.add(streams.open(request, reply), asking);
    },
  );
  app.get(
    '/api/v1/groups/:id',
    { config, schema: { summary: 'Show a group', tags, params: GroupParams, response: { 200: Group } } },
    (request) => readGroup(deps, askingOf(request), request.params.id),
  );
  app.get(
    '/api/v1/groups/:id/members',
    {
      config,
      schema: {
        summary: 'List members of a group by host name',
        tags,
        params: GroupParams,
        querystring: MemberQuery,
        response: { 200: MemberPage },
      },
    },
    (request) => listMembers(deps, askingOf(request), { id: request.params.id, ...request.query }),
  );
}

function registerChanges(app: HttpApp, { deps, views }: GroupRoutes): void {
  const config = { permission: 'groups.write', scope: 'organization' } as const;
  app.post(
    '/api/v1/groups',
    { config, schema: { summary: 'Make a group', tags, body: NewGroup, response: { 201: Group } } },
    async (request, reply) => {
      const by = await changingOf(request);
      const group = await makeGroup(deps, by, request.body);
      views.changed(by.tenant);
      return reply.code(201).send(group);
    },
  );
  app.patch(
    '/api/v1/groups/:id',
    {
      config,
      schema: {
        summary: 'Change a group, pick devices for it or leave them out',
        tags,
        params: GroupParams,
        body: GroupChange,
        response: { 200: Group },
      },
    },
    async (request) => {
      const by = await changingOf(request);
      const group = await changeGroup(deps, by, { id: request.params.id, change: request.body });
      views.changed(by.tenant);
      return group;
    },
  );
  app.delete(
    '/api/v1/groups/:id',
    { config, schema: { summary: 'Remove a group', tags, params: GroupParams } },
    async (request, reply) => {
      const by = await changingOf(request);
      await removeGroup(deps, by, request.params.id);
      views.changed(by.tenant);
      return reply.code(204).send();
    },
  );
}

function registerDeviceReads(app: HttpApp, { deps }: GroupRoutes): void {
  app.get(
    '/api/v1/devices/:id/groups',
    {
      config: { permission: 'groups.read', scope: 'device' },
      schema: {
        summary: 'List the groups of a device',
        tags,
        params: DeviceParams,
        response: { 200: DeviceGroups },
      },
    },
    (request) => listGroupsOf(deps, principalOf(request).tenant, request.params.id),
  );
  app.get(
    '/api/v1/devices/:id/groups/:group',
    {
      config: { permission: 'groups.read', scope: 'device' },
      schema: {
        summary: 'Show whether a device is a member of a group, and why',
        tags,
        params: MembershipParams,
        response: { 200: Membership },
      },
    },
    (request) => {
      const { id, group } = request.params;
      return explainMembership(deps, principalOf(request).tenant, { device: id, group });
    },
  );
  app.get(
    '/api/v1/devices/:id/explain',
    {
      config: { permission: 'devices.read', scope: 'device' },
      schema: {
        summary: 'Try an expression on a device, with the values it reads',
        tags,
        params: DeviceParams,
        querystring: ExplainQuery,
        response: { 200: Explanation },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      const expression = compileGroup(request.query.on);
      const { idx } = await deps.devices.find(tenant, request.params.id);
      return tryExpression(deps.fleet, { tenant, idx }, expression);
    },
  );
}
