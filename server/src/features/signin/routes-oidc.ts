// Routes of signing in by a provider of OpenID Connect: on the way there by a page's request, back by the browser itself.
import { isMusterError } from '@muster/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { HttpApp } from '../../core/http/server.ts';
import { fail } from '../../errors.ts';
import { attempt, ownOf } from './admit.ts';
import type { SigninDeps } from './deps.ts';
import { readLink } from './links.ts';
import { open, openSchema, own, tags } from './routes-parts.ts';
import { CallbackQuery, Next, ProviderParams, Redirect, SetupOidc } from './schema.ts';
import { createWays, type Ways } from './ways.ts';

/** Registers them, also where no provider is configured: then there is none with that id. */
export function registerProviderRoutes(app: HttpApp, deps: SigninDeps): void {
  const ways = createWays(deps);
  const { begin, takeUp } = ways;
  app.get(
    '/api/v1/signin/oidc/:id/start',
    {
      ...open,
      schema: {
        summary: 'Go to a provider to sign in',
        ...openSchema,
        params: ProviderParams,
        querystring: Next,
        response: { 302: Type.Null() },
      },
    },
    async (request, reply) => {
      const { next } = request.query;
      const wish = { id: request.params.id, purpose: { kind: 'sign-in' }, next } as const;
      const work = async () => {
        refuseForeignStart(request);
        return begin({ request, reply }, wish);
      };
      return redirect(reply, await orPage(deps, { request, next }, work));
    },
  );
  app.get(
    '/api/v1/signin/oidc/:id/callback',
    {
      ...open,
      schema: {
        summary: 'Come back from a provider',
        ...openSchema,
        params: ProviderParams,
        querystring: CallbackQuery,
        response: { 302: Type.Null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const work = async () => {
        const { next, finish } = takeUp({ request, reply }, id);
        return orPage(deps, { request, next }, finish);
      };
      return redirect(reply, await orPage(deps, { request, next: undefined }, work));
    },
  );
  registerBeginnings(app, deps, ways);
}

/** Those by which a page begins: it goes on by itself. */
function registerBeginnings(app: HttpApp, deps: SigninDeps, { begin }: Ways): void {
  app.post(
    '/api/v1/setup/oidc/:id',
    {
      ...open,
      schema: {
        summary: 'Spend a setup link by an account of a provider',
        ...openSchema,
        params: ProviderParams,
        body: SetupOidc,
        response: { 200: Redirect },
      },
    },
    async (request, reply) => {
      const { secret, name, next } = request.body;
      const exchange = { request, reply };
      await attempt(deps, { exchange, account: null }, () => readLink(deps, secret));
      const purpose = { kind: 'setup', secret, name } as const;
      return { url: await begin(exchange, { id: request.params.id, purpose, next }) };
    },
  );
  for (const [url, kind, config, summary] of [
    ['/api/v1/me/oidc/:id', 'link', { ...own, stepUp: true }, 'Link an account of a provider'],
    ['/api/v1/session/step-up/oidc/:id', 'step-up', own, 'Show at a provider that one is there'],
  ] as const)
    app.post(
      url,
      { config, schema: { summary, tags, params: ProviderParams, body: Next, response: { 200: Redirect } } },
      async (request, reply) => {
        const purpose = { kind, own: ownOf(request) } as const;
        const { next } = request.body;
        return { url: await begin({ request, reply }, { id: request.params.id, purpose, next }) };
      },
    );
}

/** A page of another site makes a browser ask for any address, as for a picture; only somebody who goes there, or our page, begins. @throws MusterError E_ORIGIN */
function refuseForeignStart({ headers }: FastifyRequest): void {
  const from = headers['sec-fetch-site'];
  if (from !== undefined && from !== 'same-origin' && from !== 'none') throw fail('E_ORIGIN');
}

function redirect(reply: FastifyReply, url: string): FastifyReply {
  return reply.header('cache-control', 'no-store').redirect(url, 302);
}

/** A browser on its way, and the path of the console where it wanted to go. */
interface Underway {
  readonly request: FastifyRequest;
  readonly next: string | undefined;
}

/** Where the work leads, or the page that says what went wrong and goes on from there: nobody reads JSON in a browser. */
async function orPage(
  { site }: SigninDeps,
  { request: { log }, next }: Underway,
  work: () => Promise<string>,
): Promise<string> {
  try {
    return await work();
  } catch (err) {
    const code = isMusterError(err) ? err.code : 'E_INTERNAL';
    if (code === 'E_PROVIDER' || code === 'E_INTERNAL')
      log.warn({ err }, 'signing in at the provider failed');
    const search = new URLSearchParams({
      error: code,
      ...(next === undefined || next === '/' ? {} : { next }),
    });
    return `${site.url}/sign-in?${search}`;
  }
}
