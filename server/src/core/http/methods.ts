// Tells "no such address" from "not with this method", which the router does not.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fail } from '../../errors.ts';
import type { RouteEntry } from './permission.ts';
import { sendProblem } from './problem.ts';

/** Answers an address as a page for people; null: it is none. */
export type PageAnswer = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | null;

/**
 * Answers what no route takes: E_METHOD with an allow header where another method would do, else the page for people that
 * it may be, else E_NOT_FOUND.
 */
export function createNotFound(routes: readonly RouteEntry[], page: PageAnswer = () => null) {
  const patterns = new Map<string, RegExp>();
  return async function notFound(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = request.url.split('?')[0] ?? '/';
    const allowed = routes
      .filter(({ url }) => patternOf(patterns, url).test(path))
      .map(({ method }) => method);
    // With this method too: the route took it, and there is no such file.
    if (allowed.length === 0 || allowed.includes(request.method))
      return page(request, reply) ?? sendProblem(fail('E_NOT_FOUND'), request, reply);
    reply.header('allow', [...new Set(allowed)].sort().join(', '));
    return sendProblem(fail('E_METHOD'), request, reply);
  };
}

/** `/devices/:id/*` as an expression. */
function patternOf(patterns: Map<string, RegExp>, url: string): RegExp {
  const known = patterns.get(url);
  if (known) return known;
  const source = url
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll(/:[A-Za-z0-9_]+/g, '[^/]+');
  const pattern = new RegExp(`^${source}$`);
  patterns.set(url, pattern);
  return pattern;
}
