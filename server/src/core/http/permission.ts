// No route without a permission and a scope: each states both or that it is public, and nobody gets past that.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fail } from '../../errors.ts';
import { MAX_AUTH_FAILURES_PER_MINUTE, MAX_SIGNING_IN } from '../../limits.ts';
import { STEP_UP_MS } from '../../timing.ts';

/** A permission, and where it holds. */
export interface Grant {
  readonly permission: string;
  /** Expression over devices; null: every device, and what is about no device. */
  readonly where: string | null;
  /** Kinds of command that may be ordered; null: all. */
  readonly kinds: readonly string[] | null;
  /** Digests of signed content that may be ordered; null: any, and none. */
  readonly contents: readonly string[] | null;
}

/** Who makes a request. */
export interface Principal {
  readonly tenant: number;
  /** How he signed in. */
  readonly via: 'token' | 'session';
  /** Id of the API token, or of the session. */
  readonly tokenId: string;
  /** Name of the token, or of the person whose session it is. */
  readonly name: string;
  /** The permissions of the grants. */
  readonly permissions: ReadonlySet<string>;
  readonly grants: readonly Grant[];
  /** Id of the person whose token or session it is; null for a token that belongs to nobody, as those made on the host before there were persons. */
  readonly person: string | null;
  /** Handle of that person, by which he is written down; null without one. A token's name is whatever its maker chose. */
  readonly handle: string | null;
  /** When the token or session ends, ms since 1970. */
  readonly expiresMs: number;
  /** When the person last proved to be there, ms since 1970; null for tokens. */
  readonly provenMs: number | null;
}

/**
 * What a route is about: `organization`: nothing about single devices; `list`: the handler clamps rows and counts to the scope;
 * `device`: `:id` names a device, and one outside the scope is not found; `targets`: an order, every target of which must be in the
 * scope for that kind and content; `own`: only what belongs to the caller.
 */
export type RouteScope = 'organization' | 'list' | 'device' | 'targets' | 'own';

const routeScopes: ReadonlySet<string> = new Set<RouteScope>([
  'organization',
  'list',
  'device',
  'targets',
  'own',
]);

/** A registered route and what it needs. */
export interface RouteEntry {
  readonly method: string;
  readonly url: string;
  /** Undefined for a public one. */
  readonly permission: string | undefined;
  /** Undefined for a public one. */
  readonly scope: RouteScope | undefined;
  readonly stepUp: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The permission the caller must hold. */
    permission?: string;
    /** What the route is about; stated with every permission. */
    scope?: RouteScope;
    /** A session must have proven lately that its person is there. */
    stepUp?: boolean;
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
  /** The time, ms since 1970. */
  readonly now: () => number;
}

/**
 * Makes the rule hold for all routes registered after it. Throws E_ROUTE at registration of a route that states
 * nothing, both, no scope, or a permission that does not exist. Returns the list that fills as routes are registered.
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
    const { permission, scope, stepUp = false } = config ?? {};
    for (const one of [method].flat()) routes.push({ method: one, url, permission, scope, stepUp });
  });
  app.addHook('onRequest', async (request, reply) => {
    // Not found: the answer is the same for everybody.
    if (request.is404 || request.routeOptions.config.public) return;
    const principal = await signIn(request);
    if (!principal) {
      const count = await countFailure(request);
      if (count.isAllowed || !count.isExceeded) throw fail('E_SIGNED_OUT');
      reply.header('retry-after', count.ttlInSeconds);
      throw fail('E_RATE');
    }
    // Known from here on, so that a refusal can say whom it concerned.
    request.principal = principal;
    checkGrants(principal, request.routeOptions.config);
    if (request.routeOptions.config.stepUp) requireProof(principal, options.now());
  });
  return routes;
}

/** Grants of these permissions without any limit. */
export function grantEverywhere(permissions: Iterable<string>): Grant[] {
  return Array.from(permissions, (permission) => ({ permission, where: null, kinds: null, contents: null }));
}

/** Who signed in. For handlers of routes with a permission; throws E_SIGNED_OUT on a public one. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw fail('E_SIGNED_OUT');
  return request.principal;
}

/** The permission must be held; for what is about the organization as a whole, without a limit to some devices. */
function checkGrants(principal: Principal, { permission, scope }: Statement['config']): void {
  if (permission === undefined || !principal.permissions.has(permission)) {
    throw fail('E_FORBIDDEN', { detail: `This needs the permission ${permission ?? 'of nobody'}.` });
  }
  if (scope !== 'organization') return;
  const isWhole = principal.grants.some((grant) => grant.permission === permission && grant.where === null);
  if (!isWhole)
    throw fail('E_FORBIDDEN', {
      detail: `This needs the permission ${permission} for the whole organization; yours holds for some devices.`,
    });
}

/** A privileged act by session needs a person who is there; tokens are made for programs. For routes of which only some acts are. @throws MusterError E_STEP_UP */
export function requireProof({ via, provenMs }: Principal, nowMs: number): void {
  if (via === 'session' && (provenMs === null || nowMs - provenMs > STEP_UP_MS)) throw fail('E_STEP_UP');
}

interface Statement {
  readonly url: string;
  readonly config: {
    readonly permission?: string;
    readonly public?: boolean;
    readonly scope?: string;
  };
}

function checkStatement({ url, config }: Statement, permissions: ReadonlySet<string>): void {
  const states = [config.permission !== undefined, config.public === true].filter(Boolean).length;
  if (states !== 1)
    throw fail('E_ROUTE', { detail: `The route ${url} must state either a permission or public: true.` });
  if (config.permission === undefined) return;
  if (!permissions.has(config.permission))
    throw fail('E_ROUTE', {
      detail: `The route ${url} names the permission ${config.permission}, which does not exist.`,
    });
  if (config.scope !== undefined && routeScopes.has(config.scope)) return;
  throw fail('E_ROUTE', {
    detail: `The route ${url} must state its scope: ${[...routeScopes].join(', ')}.`,
  });
}
