// How far a caller reaches: the devices that the limits of his grants mean, for lists, single devices, orders and streams.
import { compileExpression, type Expression } from '@muster/protocol/language';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fail } from '../../errors.ts';
import { MAX_COMPILED_LIMITS } from '../../limits.ts';
import { type Grant, type Principal, principalOf } from './permission.ts';

/** Devices, as they were when asked. */
export interface DeviceSet {
  has(idx: number): boolean;
  /** Device `idx` is bit `idx & 7` of byte `idx >> 3`, as `get_bit` of PostgreSQL counts. */
  bytes(): Uint8Array;
}

/** Where limits are judged. */
export interface Scopes {
  /**
   * Devices for which one of the expressions holds, with all that was noted before; `isCertain` for what has effects.
   * @throws MusterError E_INDEX
   */
  within(tenant: number, limits: readonly Expression[], isCertain: boolean): Promise<DeviceSet>;
  /** The same as of this moment, for streams; nobody while it cannot be told. */
  now(tenant: number, limits: readonly Expression[]): DeviceSet;
  /** The device with that id. @throws MusterError E_NOT_FOUND */
  find(tenant: number, id: string): Promise<{ readonly idx: number }>;
}

declare module 'fastify' {
  interface FastifyInstance {
    scopes: Scopes;
  }
}

const compiled = new Map<string, Expression>();

function compile(where: string): Expression {
  const known = compiled.get(where);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED_LIMITS) compiled.clear();
  const expression = compileExpression(where, { for: 'server' });
  compiled.set(where, expression);
  return expression;
}

/** Limits of these grants, any of which is enough; null: one of them is without. */
function limitsOf(grants: readonly Grant[]): readonly Expression[] | null {
  const limits: Expression[] = [];
  for (const { where } of grants) {
    if (where === null) return null;
    limits.push(compile(where));
  }
  return limits;
}

function grantsFor(request: FastifyRequest, permission = request.routeOptions.config.permission): Grant[] {
  return principalOf(request).grants.filter((one) => one.permission === permission);
}

/**
 * Limits of the caller for the route's permission, or for another one of which its answer tells; null: every device. For questions that
 * the fleet index answers as a whole.
 */
export function readLimits(request: FastifyRequest, permission?: string): readonly Expression[] | null {
  return limitsOf(grantsFor(request, permission));
}

/** Devices that the caller reaches by the route's permission, or by another one; null: every device. @throws MusterError E_INDEX */
export async function readScope(request: FastifyRequest, permission?: string): Promise<DeviceSet | null> {
  const limits = readLimits(request, permission);
  if (limits === null) return null;
  // What is changed must not rest on facts that are in doubt.
  return request.server.scopes.within(principalOf(request).tenant, limits, request.method !== 'GET');
}

/** For a device that a request names beside its address. @throws MusterError E_NOT_FOUND for one outside, as if it did not exist; E_INDEX */
export async function requireSeen(request: FastifyRequest, idx: number): Promise<void> {
  if ((await readScope(request))?.has(idx) === false) throw fail('E_NOT_FOUND', { detail: NO_DEVICE });
}

/** The same, asked again and again as long as a stream is open. */
export function followScope(request: FastifyRequest): () => DeviceSet | null {
  const limits = readLimits(request);
  const { tenant } = principalOf(request);
  return () => (limits === null ? null : request.server.scopes.now(tenant, limits));
}

/** What an order is, as far as grants can be limited to it. */
export interface Ordered {
  readonly kind: string;
  /** Digests of the content that it names. */
  readonly contents: readonly string[];
}

/** Refuses an order of which a target is outside. @throws MusterError E_SCOPE naming how many, E_INDEX */
export type CheckTargets = (order: Ordered, idxs: Iterable<number>) => Promise<void>;

/** The check for the caller and the route's permission. */
export function checkTargetsOf(request: FastifyRequest): CheckTargets {
  const { tenant } = principalOf(request);
  return async ({ kind, contents }, idxs) => {
    const fitting = grantsFor(request).filter(
      (grant) =>
        (grant.kinds?.includes(kind) ?? true) &&
        (grant.contents === null ||
          (contents.length > 0 && contents.every((one) => grant.contents?.includes(one)))),
    );
    if (fitting.length === 0)
      throw fail('E_SCOPE', { detail: `Your roles do not allow ${kind} with this content on any device.` });
    const limits = limitsOf(fitting);
    if (limits === null) return;
    const set = await request.server.scopes.within(tenant, limits, true);
    let [targets, outside] = [0, 0];
    for (const idx of idxs) {
      targets += 1;
      if (!set.has(idx)) outside += 1;
    }
    if (outside > 0)
      throw fail('E_SCOPE', {
        detail: `${outside} of ${targets} targets are outside of what your roles allow for ${kind}.`,
      });
  };
}

/** Refuses requests about a single device outside of the caller's scope, as if it did not exist. */
export function guardDevices(app: FastifyInstance, scopes: Scopes | undefined): void {
  app.decorate('scopes', scopes ?? nowhere);
  app.addHook('preHandler', async (request) => {
    if (request.principal === null || request.routeOptions.config.scope !== 'device') return;
    if (!(await isDeviceInScope(request))) throw fail('E_NOT_FOUND', { detail: NO_DEVICE });
  });
}

const NO_DEVICE = 'There is no device with that id.';

/** Without an index nobody who is limited reaches anything. */
const nowhere: Scopes = {
  within: async () => ({ has: () => false, bytes: () => new Uint8Array(0) }),
  now: () => ({ has: () => false, bytes: () => new Uint8Array(0) }),
  find: async () => {
    throw fail('E_NOT_FOUND', { detail: NO_DEVICE });
  },
};

async function isDeviceInScope(request: FastifyRequest): Promise<boolean> {
  if (readLimits(request) === null) return true;
  const { params } = request;
  const id = typeof params === 'object' && params !== null && 'id' in params ? String(params.id) : '';
  const { idx } = await request.server.scopes.find(principalOf(request).tenant, id);
  return (await readScope(request))?.has(idx) ?? true;
}

/**
 * True when a stream that was opened by this request may go on for whoever stands behind it now: what he may is what he might then,
 * and the device is still his. @throws MusterError E_INDEX
 */
export async function mayGoOn(request: FastifyRequest, now: Principal | null): Promise<boolean> {
  const { permission, scope } = request.routeOptions.config;
  if (permission === undefined || now === null || !now.permissions.has(permission)) return false;
  const before = grantsFor(request, permission);
  const after = now.grants.filter((one) => one.permission === permission);
  if (JSON.stringify(before) !== JSON.stringify(after)) return false;
  return scope !== 'device' || (await isDeviceInScope(request));
}
