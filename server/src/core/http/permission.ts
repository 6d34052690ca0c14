// No route without a permission: each states one or that it is public, and nobody gets past that.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fail } from '../../errors.ts';
import { MAX_AUTH_FAILURES_PER_MINUTE, MAX_SIGNING_IN } from '../../limits.ts';

/** Who makes a request. */
export interface Principal {
  readonly tenant: number;
  /** Id of the API token. */
  readonly tokenId: string;
  /** Name of the token. */
  readonly name: string;
  readonly permissions: ReadonlySet<string>;
  /** Id of the person whose token it is; null for one that belongs to nobody, as those made on the host before there were persons. */
  readonly person: string | null;
  /** When the token ends, ms since 1970. */
  readonly expiresMs: number;
}

/** A registered route and what it needs. */
export interface RouteEntry {
  readonly method: string;
  readonly url: string;
  /** Undefined for a public one. */
  readonly permission: string | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The permission the caller must hold. */
    permission?: string;
    /** Anybody may call it, without signing in. */
    public?: boolean;
  }
  interface FastifyRequest {
    /** Who signed in; null on public routes. */
    principal: Principal | null;
  }
}

export interface PermissionOptions {
  /** Every permission there is; a route that names another one stops the start. */
  readonly permissions: ReadonlySet<string>;
  /** Who stands behind the request, or null. Throws only when that cannot be found out. */
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | null>;
}

/**
 * Makes the rule hold for all routes registered after it. Throws E_ROUTE at registration of a route that states
 * nothing, both, or a permission that does not exist. Returns the list that fills as routes are registered.
 */
export function requirePermissions(app: FastifyInstance, options: PermissionOptions): RouteEntry[] {
  const routes: RouteEntry[] = [];
  const countFailure = app.createRateLimit({ max: MAX_AUTH_FAILURES_PER_MINUTE, timeWindow: 60_000 });
  let signingIn = 0;
  async function signIn(request: FastifyRequest): Promise<Principal | null> {
    if (signingIn >= MAX_SIGNING_IN)
      throw fail('E_BUSY', { detail: 'Too many requests wait for the database.' });
    signingIn += 1;
    try {
      return await options.authenticate(request);
    } finally {
      signingIn -= 1;
    }
  }
  app.decorateRequest('principal', null);
  app.addHook('onRoute', ({ method, url, config }) => {
    checkStatement({ url, config: config ?? {} }, options.permissions);
    for (const one of [method].flat()) routes.push({ method: one, url, permission: config?.permission });
  });
  app.addHook('onRequest', async (request, reply) => {
    // Not found: the answer is the same for everybody.
    if (request.is404 || request.routeOptions.config.public) return;
    const { permission } = request.routeOptions.config;
    const principal = await signIn(request);
    if (!principal) {
      const count = await countFailure(request);
      if (count.isAllowed || !count.isExceeded) throw fail('E_SIGNED_OUT');
      reply.header('retry-after', count.ttlInSeconds);
      throw fail('E_RATE');
    }
    if (permission === undefined || !principal.permissions.has(permission)) {
      throw fail('E_FORBIDDEN', { detail: `This needs the permission ${permission ?? 'of nobody'}.` });
    }
    request.principal = principal;
  });
  return routes;
}

/** Who signed in. For handlers of routes with a permission; throws E_SIGNED_OUT on a public one. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw fail('E_SIGNED_OUT');
  return request.principal;
}

interface Statement {
  readonly url: string;
  readonly config: { permission?: string; public?: boolean };
}

function checkStatement({ url, config }: Statement, permissions: ReadonlySet<string>): void {
  const states = [config.permission !== undefined, config.public === true].filter(Boolean).length;
  if (states !== 1)
    throw fail('E_ROUTE', { detail: `The route ${url} must state either a permission or public: true.` });
  if (config.permission === undefined || permissions.has(config.permission)) return;
  throw fail('E_ROUTE', {
    detail: `The route ${url} names the permission ${config.permission}, which does not exist.`,
  });
}
