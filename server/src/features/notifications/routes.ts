// Routes of notifications: ways, rules and pauses.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { originOf } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { principalOf } from '../../core/http/permission.ts';
import { readLimits } from '../../core/http/scope.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import type { NotificationDeps } from './deps.ts';
import { readReaches } from './reach.ts';
import {
  MadeWay,
  NewPause,
  NewWay,
  Pause,
  PauseList,
  PauseParams,
  Rule,
  RuleBody,
  RuleList,
  RuleParams,
  Way,
  WayChange,
  WayList,
  WayParams,
} from './schema.ts';
import {
  type Changing,
  changeWay,
  makePause,
  makeWay,
  putRuleBody,
  removePause,
  removeRule,
  removeWay,
  testWay,
  toPause,
  toRule,
  toWay,
} from './service.ts';
import { selectPauses, selectRules, selectWays } from './store.ts';

const tags = ['notifications'];
export const read = { permission: 'notifications.read', scope: 'organization' } as const;
/** Whoever keeps alerts from being told, or sends them elsewhere, is there himself. */
export const write = { permission: 'notifications.write', scope: 'organization', stepUp: true } as const;

/** What is sent, and the log of it, names alerts of every device: nobody is told by that of what he may not see. @throws MusterError E_FORBIDDEN */
export async function requireAlerts(request: FastifyRequest): Promise<void> {
  if (readLimits(request, 'alerts.read') !== null)
    throw fail('E_FORBIDDEN', {
      detail: 'This tells of alerts; it needs the permission alerts.read for the whole organization.',
    });
}

/** Who asks for a change. */
export function changingOf(request: Pick<FastifyRequest, 'principal' | 'ip' | 'id'>): Changing {
  const { name = '', person = null } = request.principal ?? {};
  return { name, person, origin: originOf(request) };
}

/** What the routes need. */
export interface NotificationRoutes {
  readonly deps: NotificationDeps;
  /** There is something to do for the sender. */
  wake(): void;
}

/** Registers the routes. */
export function registerNotificationRoutes(app: HttpApp, parts: NotificationRoutes): void {
  registerWays(app, parts);
  registerRules(app, parts);
  registerPauses(app, parts);
}

function registerWays(app: HttpApp, { deps, wake }: NotificationRoutes): void {
  app.get(
    '/api/v1/notifications/ways',
    { config: read, schema: { summary: 'List ways for messages', tags, response: { 200: WayList } } },
    async (request) => {
      const rows = await withMappedErrors(() => selectWays(deps.sql, principalOf(request).tenant));
      const { mail } = deps;
      return { ways: rows.map(toWay), mail: { configured: mail !== null, from: mail?.from ?? '' } };
    },
  );
  app.post(
    '/api/v1/notifications/ways',
    {
      config: write,
      schema: { summary: 'Make a way for messages', tags, body: NewWay, response: { 201: MadeWay } },
    },
    async (request, reply) => reply.code(201).send(await makeWay(deps, changingOf(request), request.body)),
  );
  app.patch(
    '/api/v1/notifications/ways/:id',
    {
      config: write,
      preHandler: requireAlerts,
      schema: { summary: 'Change a way', tags, params: WayParams, body: WayChange, response: { 200: Way } },
    },
    (request) => changeWay(deps, changingOf(request), { id: request.params.id, wanted: request.body }),
  );
  app.delete(
    '/api/v1/notifications/ways/:id',
    { config: write, schema: { summary: 'Remove a way', tags, params: WayParams } },
    async (request, reply) => {
      await removeWay(deps, changingOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
  app.post(
    '/api/v1/notifications/ways/:id/test',
    {
      config: write,
      schema: {
        summary: 'Send a trial message; the log says what became of it',
        tags,
        params: WayParams,
        response: { 202: Type.Object({ message: Type.String({ description: 'Message id.' }) }) },
      },
    },
    async (request, reply) => {
      const message = await testWay(deps, changingOf(request), request.params.id);
      wake();
      return reply.code(202).send({ message });
    },
  );
}

function registerRules(app: HttpApp, { deps, wake }: NotificationRoutes): void {
  app.get(
    '/api/v1/notifications/rules',
    {
      config: read,
      schema: { summary: 'List which alerts go which ways', tags, response: { 200: RuleList } },
    },
    async (request) => {
      const rows = await withMappedErrors(() => selectRules(deps.sql, principalOf(request).tenant));
      const reaches = await readReaches(deps, rows);
      return { rules: rows.map((row) => toRule(row, reaches.of(row))) };
    },
  );
  app.post(
    '/api/v1/notifications/rules',
    {
      config: write,
      preHandler: requireAlerts,
      schema: { summary: 'Make a rule', tags, body: RuleBody, response: { 201: Rule } },
    },
    async (request, reply) =>
      reply.code(201).send(await putRuleBody(deps, changingOf(request), { id: null, body: request.body })),
  );
  app.put(
    '/api/v1/notifications/rules/:id',
    {
      config: write,
      preHandler: requireAlerts,
      schema: { summary: 'Change a rule', tags, params: RuleParams, body: RuleBody, response: { 200: Rule } },
    },
    async (request) => {
      const rule = await putRuleBody(deps, changingOf(request), {
        id: request.params.id,
        body: request.body,
      });
      wake();
      return rule;
    },
  );
  app.delete(
    '/api/v1/notifications/rules/:id',
    { config: write, schema: { summary: 'Remove a rule', tags, params: RuleParams } },
    async (request, reply) => {
      await removeRule(deps, changingOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
}

function registerPauses(app: HttpApp, { deps, wake }: NotificationRoutes): void {
  app.get(
    '/api/v1/notifications/pauses',
    {
      config: read,
      schema: { summary: 'List pauses that are not over', tags, response: { 200: PauseList } },
    },
    async (request) => {
      const now = new Date(deps.clock.now());
      const rows = await withMappedErrors(() => selectPauses(deps.sql, principalOf(request).tenant, now));
      return { pauses: rows.map(toPause) };
    },
  );
  app.post(
    '/api/v1/notifications/pauses',
    {
      config: write,
      schema: {
        summary: 'Tell nothing of some devices for a while',
        tags,
        body: NewPause,
        response: { 201: Pause },
      },
    },
    async (request, reply) => reply.code(201).send(await makePause(deps, changingOf(request), request.body)),
  );
  app.delete(
    '/api/v1/notifications/pauses/:id',
    { config: write, schema: { summary: 'End a pause', tags, params: PauseParams } },
    async (request, reply) => {
      await removePause(deps, changingOf(request), request.params.id);
      wake();
      return reply.code(204).send();
    },
  );
}
