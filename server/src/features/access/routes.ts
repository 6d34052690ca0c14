// Routes of persons, their keys and tokens, and of who is asking.
import { type AuditOrigin, originOf } from '../../core/audit/audit.ts';
import { type Principal, principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import { requireNotWeaker } from './holders.ts';
import { makePerson } from './new-person.ts';
import {
  addKey,
  addToken,
  describePrincipal,
  endToken,
  listPersons,
  type PersonsDeps,
  readPerson,
  removeKey,
} from './persons.ts';
import { doerOf, registerRoleRoutes } from './routes-roles.ts';
import {
  MadePersonToken,
  NewKey,
  NewOwnKey,
  NewPerson,
  NewPersonToken,
  OwnKeyParams,
  Person,
  PersonList,
  PersonParams,
  PersonTokenParams,
  Whoami,
} from './schema.ts';

const tags = ['access'];
const write = { permission: 'persons.write', scope: 'organization', stepUp: true } as const;
const writeOwn = { permission: 'me.write', scope: 'own', stepUp: true } as const;

/** Registers the routes. */
export function registerAccessRoutes(app: HttpApp, deps: PersonsDeps): void {
  app.get(
    '/api/v1/whoami',
    {
      config: { permission: 'trust.read', scope: 'own' },
      schema: { summary: 'Show the token that asks, and whose it is', tags, response: { 200: Whoami } },
    },
    (request) => describePrincipal(deps, principalOf(request)),
  );
  app.get(
    '/api/v1/persons',
    {
      config: { permission: 'persons.read', scope: 'organization' },
      schema: { summary: 'List persons', tags, response: { 200: PersonList } },
    },
    async (request) => ({ items: await listPersons(deps, principalOf(request).tenant), next: null }),
  );
  app.post(
    '/api/v1/persons',
    {
      config: write,
      schema: { summary: 'Add a person', tags, body: NewPerson, response: { 201: Person } },
    },
    async (request, reply) => {
      const doer = doerOf(request);
      const { id } = await makePerson(deps, doer, request.body);
      return reply.code(201).send(await readPerson(deps, doer.principal.tenant, id));
    },
  );
  registerOwnKeys(app, deps);
  registerKeyRoutes(app, deps);
  registerRoleRoutes(app, deps);
}

/** Everybody may say which passkey he wants to sign with: it counts for nothing until the root key says so. */
function registerOwnKeys(app: HttpApp, deps: PersonsDeps): void {
  app.post(
    '/api/v1/me/keys',
    {
      config: writeOwn,
      schema: {
        summary: 'Register a passkey of one\u2019s own to sign with',
        tags,
        body: NewOwnKey,
        response: { 201: Whoami },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      await addKey(deps, ownerOf(principal, originOf(request)), request.body);
      return reply.code(201).send(await describePrincipal(deps, principal));
    },
  );
  app.delete(
    '/api/v1/me/keys/:id',
    {
      config: writeOwn,
      schema: {
        summary: 'Remove a key of one\u2019s own that the trust document does not name',
        tags,
        params: OwnKeyParams,
        response: { 200: Whoami },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      await removeKey(deps, ownerOf(principal, originOf(request)), request.params.id);
      return describePrincipal(deps, principal);
    },
  );
}

/** Whose keys they are. @throws MusterError E_FORBIDDEN for a token */
function ownerOf({ tenant, person, via }: Principal, origin: AuditOrigin) {
  if (via !== 'session' || person === null)
    throw fail('E_FORBIDDEN', {
      detail: 'This is about the person who is signed in, and a token is none.',
    });
  return { tenant, person, origin };
}

function registerKeyRoutes(app: HttpApp, deps: PersonsDeps): void {
  app.post(
    '/api/v1/persons/:id/keys',
    {
      config: write,
      schema: {
        summary: 'Register a public key that a person holds',
        tags,
        params: PersonParams,
        body: NewKey,
        response: { 201: Person },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const owner = { tenant: principal.tenant, person: request.params.id, origin: originOf(request) };
      // A key that counts as somebody's is a way to become that person once the root trusts it.
      await requireNotWeaker(deps.sql, principal, owner.person);
      return reply.code(201).send(await addKey(deps, owner, request.body));
    },
  );
  app.post(
    '/api/v1/persons/:id/tokens',
    {
      config: write,
      schema: {
        summary: 'Make an API token for a person, never stronger than the one that asks',
        tags,
        params: PersonParams,
        body: NewPersonToken,
        response: { 201: MadePersonToken },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const wish = { ...request.body, person: request.params.id, origin: originOf(request) };
      // What is done with it stands in the audit under that person's id. One's own is never stronger than what makes it.
      if (wish.person !== principal.person) await requireNotWeaker(deps.sql, principal, wish.person);
      return reply.code(201).send(await addToken(deps, principal, wish));
    },
  );
  app.delete(
    '/api/v1/persons/:id/tokens/:tokenId',
    {
      config: write,
      schema: {
        summary: 'Revoke a token of a person',
        tags,
        params: PersonTokenParams,
        response: { 200: Person },
      },
    },
    async (request) => {
      const { id: person, tokenId: id } = request.params;
      const { tenant } = principalOf(request);
      await requireNotWeaker(deps.sql, principalOf(request), person);
      return endToken(deps, { tenant, person, id, origin: originOf(request) });
    },
  );
}
