// Routes of permissions, roles, who holds them, and of disabling persons.
import { originOf } from '../../core/audit/audit.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { giveRole, setDisabled, takeRole } from './holders.ts';
import { type PersonsDeps, readPerson } from './persons.ts';
import { changeRole, listPermissions, listRoles, makeRole, removeRole } from './roles.ts';
import { Person, PersonParams } from './schema.ts';
import {
  NewPersonRole,
  NewRole,
  PermissionList,
  PersonChange,
  PersonRoleParams,
  Role,
  RoleList,
  RoleParams,
} from './schema-roles.ts';

const tags = ['access'];
const read = { permission: 'persons.read', scope: 'organization' } as const;
const write = { permission: 'roles.write', scope: 'organization', stepUp: true } as const;

/** Who asks, as the services of roles take him. */
export function doerOf(request: Parameters<typeof originOf>[0] & Parameters<typeof principalOf>[0]) {
  return { principal: principalOf(request), origin: originOf(request) };
}

/** Registers the routes. */
export function registerRoleRoutes(app: HttpApp, deps: PersonsDeps): void {
  const { sql } = deps;
  app.get(
    '/api/v1/permissions',
    {
      config: read,
      schema: { summary: 'List permissions', tags, response: { 200: PermissionList } },
    },
    () => ({ items: listPermissions(), next: null }),
  );
  app.get(
    '/api/v1/roles',
    { config: read, schema: { summary: 'List roles', tags, response: { 200: RoleList } } },
    async (request) => ({ items: await listRoles(sql, principalOf(request).tenant), next: null }),
  );
  app.post(
    '/api/v1/roles',
    {
      config: write,
      schema: { summary: 'Make a role', tags, body: NewRole, response: { 201: Role } },
    },
    async (request, reply) => reply.code(201).send(await makeRole(sql, doerOf(request), request.body)),
  );
  app.put(
    '/api/v1/roles/:id',
    {
      config: write,
      schema: {
        summary: 'Change a role of your own for all who hold it',
        tags,
        params: RoleParams,
        body: NewRole,
        response: { 200: Role },
      },
    },
    (request) => changeRole(sql, doerOf(request), { ...request.body, id: request.params.id }),
  );
  app.delete(
    '/api/v1/roles/:id',
    {
      config: write,
      schema: {
        summary: 'Delete a role that nobody holds',
        tags,
        params: RoleParams,
        response: { 200: Role },
      },
    },
    (request) => removeRole(sql, doerOf(request), request.params.id),
  );
  registerHolders(app, deps);
}

function registerHolders(app: HttpApp, deps: PersonsDeps): void {
  const { sql, clock } = deps;
  app.put(
    '/api/v1/persons/:id/roles/:role',
    {
      config: write,
      schema: {
        summary: 'Give a person a role, or change its limit',
        tags,
        params: PersonRoleParams,
        body: NewPersonRole,
        response: { 200: Person },
      },
    },
    async (request) => {
      const doer = doerOf(request);
      const { tenant } = doer.principal;
      const { id, role } = request.params;
      const { handle } = await readPerson(deps, tenant, id);
      const { where = null } = request.body;
      await giveRole(sql, doer, { person: id, personName: handle, role, where });
      return readPerson(deps, tenant, id);
    },
  );
  app.delete(
    '/api/v1/persons/:id/roles/:role',
    {
      config: write,
      schema: {
        summary: 'Take a role from a person',
        tags,
        params: PersonRoleParams,
        response: { 200: Person },
      },
    },
    async (request) => {
      const doer = doerOf(request);
      const { tenant } = doer.principal;
      const { id, role } = request.params;
      const { handle } = await readPerson(deps, tenant, id);
      await takeRole(sql, doer, { person: id, personName: handle, role });
      return readPerson(deps, tenant, id);
    },
  );
  app.patch(
    '/api/v1/persons/:id',
    {
      config: write,
      schema: {
        summary: 'Disable a person with his tokens and sessions, or let him be again',
        tags,
        params: PersonParams,
        body: PersonChange,
        response: { 200: Person },
      },
    },
    async (request) => {
      const doer = doerOf(request);
      const { tenant } = doer.principal;
      const { id } = request.params;
      const { handle } = await readPerson(deps, tenant, id);
      const at = request.body.disabled ? new Date(clock.now()) : null;
      const { endSignIn } = deps;
      await setDisabled(sql, doer, { id, name: handle, at, ...(endSignIn && { endSignIn }) });
      return readPerson(deps, tenant, id);
    },
  );
}
