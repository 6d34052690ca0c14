// Routes of sessions: one's own, and for admins those of others.
import { done, originOf, writeAudit } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { principalOf } from '../../core/http/permission.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import { requireNotWeaker } from '../access/index.ts';
import { ownOf } from './admit.ts';
import type { Owner, SigninDeps } from './deps.ts';
import { SESSION_IDLE_MS } from './limits.ts';
import { own, tags } from './routes-parts.ts';
import { PersonParams } from './schema.ts';
import { Ended, PersonSessionParams, type Session, SessionList, SessionParams } from './schema-me.ts';
import { deleteSession, deleteSessions, selectSessions } from './store-sessions.ts';

async function listSessions({ sql, clock }: SigninDeps, owner: Owner, current: string) {
  const nowMs = clock.now();
  const window = { now: new Date(nowMs), unusedSince: new Date(nowMs - SESSION_IDLE_MS) };
  const rows = await withMappedErrors(() => selectSessions(sql, owner, window));
  const items = rows.map(
    ({ id, method, address, program, createdAt, usedAt, expiresAt }): Session => ({
      ...{ id, method, address, program, isCurrent: id === current },
      createdAt: createdAt.toISOString(),
      usedAt: usedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
    }),
  );
  return { items, next: null };
}

type Origin = ReturnType<typeof originOf>;

/** Ends one session. @throws MusterError E_NOT_FOUND */
function endSession(
  { sql }: SigninDeps,
  session: Owner & { readonly id: string },
  origin: Origin,
): Promise<void> {
  const { tenant, id } = session;
  const event = { tenant, act: 'session.close', subject: { kind: 'session', id, name: '' } } as const;
  return withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      if (!(await deleteSession(tx, session)))
        throw fail('E_NOT_FOUND', { detail: 'There is no session with that id.' });
      await writeAudit(tx, done(origin, event));
    }),
  );
}

/** Ends all sessions of a person but one. */
function endSessions(
  { sql }: SigninDeps,
  { tenant, person, keep }: Owner & { readonly keep: string | null },
  origin: Origin,
): Promise<{ ended: number }> {
  return withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      const ended = await deleteSessions(tx, person, keep);
      const subject = { kind: 'person', id: person, name: '' };
      await writeAudit(tx, done(origin, { tenant, act: 'session.close', subject, detail: { ended } }));
      return { ended };
    }),
  );
}

/** Registers those of one's own. Ending them needs no proof: it makes nobody stronger. */
export function registerOwnSessionRoutes(app: HttpApp, deps: SigninDeps): void {
  app.get(
    '/api/v1/me/sessions',
    { config: own, schema: { summary: 'List one\u2019s sessions', tags, response: { 200: SessionList } } },
    (request) => {
      const owner = ownOf(request);
      return listSessions(deps, owner, owner.session);
    },
  );
  app.delete(
    '/api/v1/me/sessions',
    { config: own, schema: { summary: 'End one\u2019s other sessions', tags, response: { 200: Ended } } },
    (request) => {
      const owner = ownOf(request);
      return endSessions(deps, { ...owner, keep: owner.session }, owner.origin);
    },
  );
  app.delete(
    '/api/v1/me/sessions/:id',
    {
      config: own,
      schema: {
        summary: 'End one of one\u2019s sessions',
        tags,
        params: SessionParams,
        response: { 200: SessionList },
      },
    },
    async (request) => {
      const owner = ownOf(request);
      await endSession(deps, { ...owner, id: request.params.id }, owner.origin);
      return listSessions(deps, owner, owner.session);
    },
  );
}

/** Ending those of somebody keeps him out: only for who may do as much, and is there. */
const ending = { permission: 'persons.write', scope: 'organization', stepUp: true } as const;

/** Registers those of others. */
export function registerPersonSessionRoutes(app: HttpApp, deps: SigninDeps): void {
  app.get(
    '/api/v1/persons/:id/sessions',
    {
      config: { permission: 'persons.read', scope: 'organization' },
      schema: {
        summary: 'List the sessions of a person',
        tags,
        params: PersonParams,
        response: { 200: SessionList },
      },
    },
    (request) => {
      const { tenant, tokenId } = principalOf(request);
      return listSessions(deps, { tenant, person: request.params.id }, tokenId);
    },
  );
  app.delete(
    '/api/v1/persons/:id/sessions',
    {
      config: ending,
      schema: {
        summary: 'End all sessions of a person',
        tags,
        params: PersonParams,
        response: { 200: Ended },
      },
    },
    async (request) => {
      const { tenant } = principalOf(request);
      await requireNotWeaker(deps.sql, principalOf(request), request.params.id);
      return endSessions(deps, { tenant, person: request.params.id, keep: null }, originOf(request));
    },
  );
  app.delete(
    '/api/v1/persons/:id/sessions/:sessionId',
    {
      config: ending,
      schema: {
        summary: 'End a session of a person',
        tags,
        params: PersonSessionParams,
        response: { 200: SessionList },
      },
    },
    async (request) => {
      const { tenant, tokenId } = principalOf(request);
      const owner = { tenant, person: request.params.id };
      await requireNotWeaker(deps.sql, principalOf(request), owner.person);
      await endSession(deps, { ...owner, id: request.params.sessionId }, originOf(request));
      return listSessions(deps, owner, tokenId);
    },
  );
}
