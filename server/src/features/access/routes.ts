// Routes of persons, their keys and tokens, and of who is asking.
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import {
  addKey,
  addPerson,
  addToken,
  describePrincipal,
  endToken,
  listPersons,
  type PersonsDeps,
} from './persons.ts';
import {
  MadePersonToken,
  NewKey,
  NewPerson,
  NewPersonToken,
  Person,
  PersonList,
  PersonParams,
  PersonTokenParams,
  Whoami,
} from './schema.ts';

const tags = ['access'];

/** Registers the routes. */
export function registerAccessRoutes(app: HttpApp, deps: PersonsDeps): void {
  app.get(
    '/api/v1/whoami',
    {
      config: { permission: 'trust.read' },
      schema: { summary: 'Show the token that asks, and whose it is', tags, response: { 200: Whoami } },
    },
    (request) => describePrincipal(deps, principalOf(request)),
  );
  app.get(
    '/api/v1/persons',
    {
      config: { permission: 'persons.read' },
      schema: { summary: 'List persons', tags, response: { 200: PersonList } },
    },
    async (request) => ({ items: await listPersons(deps, principalOf(request).tenant), next: null }),
  );
  app.post(
    '/api/v1/persons',
    {
      config: { permission: 'persons.write' },
      schema: { summary: 'Add a person', tags, body: NewPerson, response: { 201: Person } },
    },
    async (request, reply) =>
      reply.code(201).send(await addPerson(deps, principalOf(request).tenant, request.body)),
  );
  registerKeyRoutes(app, deps);
}

function registerKeyRoutes(app: HttpApp, deps: PersonsDeps): void {
  app.post(
    '/api/v1/persons/:id/keys',
    {
      config: { permission: 'persons.write' },
      schema: {
        summary: 'Register a public key that a person holds',
        tags,
        params: PersonParams,
        body: NewKey,
        response: { 201: Person },
      },
    },
    async (request, reply) => {
      const owner = { tenant: principalOf(request).tenant, person: request.params.id };
      return reply.code(201).send(await addKey(deps, owner, request.body));
    },
  );
  app.post(
    '/api/v1/persons/:id/tokens',
    {
      config: { permission: 'persons.write' },
      schema: {
        summary: 'Make an API token for a person, never stronger than the one that asks',
        tags,
        params: PersonParams,
        body: NewPersonToken,
        response: { 201: MadePersonToken },
      },
    },
    async (request, reply) => {
      const wish = { ...request.body, person: request.params.id };
      return reply.code(201).send(await addToken(deps, principalOf(request), wish));
    },
  );
  app.delete(
    '/api/v1/persons/:id/tokens/:tokenId',
    {
      config: { permission: 'persons.write' },
      schema: {
        summary: 'Revoke a token of a person',
        tags,
        params: PersonTokenParams,
        response: { 200: Person },
      },
    },
    (request) => {
      const { id: person, tokenId: id } = request.params;
      return endToken(deps, { tenant: principalOf(request).tenant, person, id });
    },
  );
}
