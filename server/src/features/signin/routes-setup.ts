// Routes that spend setup links. Without the secret of a link they do nothing, also on a server that nobody has set up.
import type { HttpApp } from '../../core/http/server.ts';
import { attempt, visitor } from './admit.ts';
import type { SigninDeps } from './deps.ts';
import { type Answer, open, openSchema } from './routes-parts.ts';
import { SessionView, Setup, SetupSecret, SetupView } from './schema.ts';
import { setSessionCookie } from './sessions.ts';
import { beginSetup, finishSetup } from './setup.ts';
import { listMethods } from './view.ts';

/** Registers them. */
export function registerSetupRoutes(app: HttpApp, deps: SigninDeps, answer: Answer): void {
  app.post(
    '/api/v1/setup/options',
    {
      ...open,
      schema: {
        summary: 'Show whom a setup link is for, and begin to register a passkey',
        ...openSchema,
        body: SetupSecret,
        response: { 200: SetupView },
      },
    },
    async (request, reply) => {
      const begun = await attempt(deps, { exchange: { request, reply }, account: null }, () =>
        beginSetup(deps, request.body.secret),
      );
      return { ...begun, methods: listMethods(deps) };
    },
  );
  app.post(
    '/api/v1/setup',
    {
      ...open,
      schema: {
        summary: 'Spend a setup link: register a passkey or a password, and be signed in',
        ...openSchema,
        body: Setup,
        response: { 200: SessionView },
      },
    },
    async (request, reply) => {
      const text = await attempt(deps, { exchange: { request, reply }, account: null }, () =>
        finishSetup(deps, request.body, visitor(request)),
      );
      setSessionCookie(reply, text);
      return answer.opened(text);
    },
  );
}
