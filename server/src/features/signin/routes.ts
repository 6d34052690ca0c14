// Routes of signing in: the session of this browser, by passkey, by password; and step-up.
import { Type } from 'typebox';
import { done, originOf, writeAudit } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { HttpApp } from '../../core/http/server.ts';
import { admitBeginning, admitOwnBeginning, attempt, ownOf, visitor } from './admit.ts';
import type { SigninDeps } from './deps.ts';
import { beginAssertion } from './passkeys.ts';
import { registerMeRoutes } from './routes-me.ts';
import { registerProviderRoutes } from './routes-oidc.ts';
import { type Answer, createAnswer, open, openSchema, own, tags } from './routes-parts.ts';
import { registerPersonRoutes } from './routes-persons.ts';
import { registerSetupRoutes } from './routes-setup.ts';
import { Assertion, PasswordSignIn, PasswordStepUp, SessionView } from './schema.ts';
import { RequestChallenge } from './schema-passkeys.ts';
import { clearSessionCookie, readSession, setSessionCookie } from './sessions.ts';
import { proveByPasskey, proveByPassword, signInByPasskey, signInByPassword } from './sign-in.ts';
import { deleteSession } from './store-sessions.ts';

/** Registers every route of signing in. */
export function registerSigninRoutes(app: HttpApp, deps: SigninDeps): void {
  const answer = createAnswer(deps);
  registerSessionRoutes(app, deps, answer);
  registerPasskeyRoutes(app, deps, answer);
  registerPasswordRoutes(app, deps, answer);
  registerSetupRoutes(app, deps, answer);
  registerProviderRoutes(app, deps);
  registerMeRoutes(app, deps);
  registerPersonRoutes(app, deps);
}

function registerSessionRoutes(app: HttpApp, deps: SigninDeps, answer: Answer): void {
  app.get(
    '/api/v1/session',
    {
      ...open,
      schema: {
        summary: 'Show who is signed in with this browser, and how one can sign in',
        ...openSchema,
        response: { 200: SessionView },
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return answer.present(request);
    },
  );
  app.delete(
    '/api/v1/session',
    {
      ...open,
      schema: { summary: 'Sign out', ...openSchema, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const row = await readSession(deps.sql, deps.clock, request);
      if (row !== null) {
        const { tenant, id, person, handle } = row;
        const actor = { kind: 'person' as const, id: person, name: handle, address: request.ip };
        const subject = { kind: 'session', id, name: '' };
        const event = done({ ...originOf(request), actor }, { tenant, act: 'session.close', subject });
        await withMappedErrors(() =>
          inTransaction(deps.sql, async (tx) => {
            if (await deleteSession(tx, row)) await writeAudit(tx, event);
          }),
        );
      }
      clearSessionCookie(reply);
      return reply.code(204).send(null);
    },
  );
}

function registerPasskeyRoutes(app: HttpApp, deps: SigninDeps, answer: Answer): void {
  app.post(
    '/api/v1/signin/passkey/options',
    {
      ...open,
      schema: {
        summary: 'Begin to sign in by a passkey',
        ...openSchema,
        response: { 200: RequestChallenge },
      },
    },
    (request, reply) => {
      admitBeginning(deps, { request, reply }, 'passkey');
      return beginAssertion(deps, null, { purpose: 'sign-in', subject: '' });
    },
  );
  app.post(
    '/api/v1/signin/passkey/finish',
    {
      ...open,
      schema: {
        summary: 'Sign in by a passkey',
        ...openSchema,
        body: Assertion,
        response: { 200: SessionView },
      },
    },
    async (request, reply) => {
      const text = await attempt(deps, { exchange: { request, reply }, account: null }, () =>
        signInByPasskey(deps, request.body, visitor(request)),
      );
      setSessionCookie(reply, text);
      return answer.opened(text);
    },
  );
  app.post(
    '/api/v1/session/step-up/options',
    {
      config: own,
      schema: {
        summary: 'Begin to show by a passkey that one is there',
        tags,
        response: { 200: RequestChallenge },
      },
    },
    (request, reply) => {
      admitOwnBeginning(deps, { request, reply });
      const { person } = ownOf(request);
      return beginAssertion(deps, person, { purpose: 'step-up', subject: person });
    },
  );
  app.post(
    '/api/v1/session/step-up/finish',
    {
      config: own,
      schema: {
        summary: 'Show by a passkey that one is there',
        tags,
        body: Assertion,
        response: { 200: SessionView },
      },
    },
    async (request, reply) => {
      const session = ownOf(request);
      const proof = { shown: request.body, visitor: visitor(request) };
      await attempt(deps, { exchange: { request, reply }, person: session.person }, () =>
        proveByPasskey(deps, session, proof),
      );
      return answer.present(request);
    },
  );
}

function registerPasswordRoutes(app: HttpApp, deps: SigninDeps, answer: Answer): void {
  app.post(
    '/api/v1/signin/password',
    {
      ...open,
      schema: {
        summary: 'Sign in by password and one-time code or recovery code',
        ...openSchema,
        body: PasswordSignIn,
        response: { 200: SessionView },
      },
    },
    async (request, reply) => {
      const text = await attempt(deps, { exchange: { request, reply }, account: request.body.name }, () =>
        signInByPassword(deps, request.body, visitor(request)),
      );
      setSessionCookie(reply, text);
      return answer.opened(text);
    },
  );
  app.post(
    '/api/v1/session/step-up/password',
    {
      config: own,
      schema: {
        summary: 'Show by password and code that one is there',
        tags,
        body: PasswordStepUp,
        response: { 200: SessionView },
      },
    },
    async (request, reply) => {
      const session = ownOf(request);
      const proof = { entered: request.body, visitor: visitor(request) };
      await attempt(deps, { exchange: { request, reply }, person: session.person }, () =>
        proveByPassword(deps, session, proof),
      );
      return answer.present(request);
    },
  );
}
