// Views: owns saved views of lists, one's own and shared ones, and which of them a page opens with.
import type { FastifyRequest } from 'fastify';
import { originOf } from '../../core/audit/audit.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { NewView, View, ViewChange, ViewList, ViewParams, ViewQuery } from './schema.ts';
import { type Caller, changeView, listViews, removeView, saveView, type ViewsDeps } from './service.ts';

const tags = ['views'];

function callerOf(
  request: Pick<FastifyRequest, 'principal' | 'ip' | 'id'> & Parameters<typeof principalOf>[0],
): Caller {
  const { tenant, person, tokenId, name, permissions } = principalOf(request);
  const mayShare = permissions.has('views.write');
  return { tenant, owner: person ?? tokenId, name, mayShare, origin: originOf(request) };
}

/** Registers the routes. */
export function registerViewRoutes(app: HttpApp, deps: ViewsDeps): void {
  const config = { permission: 'views.own', scope: 'own' } as const;
  app.get(
    '/api/v1/views',
    {
      config,
      schema: {
        summary: 'List saved views: one\u2019s own, then those that others share',
        tags,
        querystring: ViewQuery,
        response: { 200: ViewList },
      },
    },
    async (request) => ({ views: await listViews(deps, callerOf(request), request.query.page) }),
  );
  app.post(
    '/api/v1/views',
    { config, schema: { summary: 'Save a view', tags, body: NewView, response: { 201: View } } },
    async (request, reply) => reply.code(201).send(await saveView(deps, callerOf(request), request.body)),
  );
  app.patch(
    '/api/v1/views/:id',
    {
      config,
      schema: {
        summary: 'Change a view of one\u2019s own, or let a page open with a shared one',
        tags,
        params: ViewParams,
        body: ViewChange,
        response: { 200: View },
      },
    },
    (request) => changeView(deps, callerOf(request), { id: request.params.id, change: request.body }),
  );
  app.delete(
    '/api/v1/views/:id',
    { config, schema: { summary: 'Remove a view of one\u2019s own', tags, params: ViewParams } },
    async (request, reply) => {
      await removeView(deps, callerOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
