// Sign-ins that are under way at a provider: each is known to one browser, by a cookie, and ends with its first return.
import { randomBytes } from 'node:crypto';
import { fastifyCookie } from '@fastify/cookie';
import { encodeBase64url } from '@muster/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import { fail } from '../../errors.ts';
import type { OwnAccount } from './account.ts';
import { FLOW_MS, MAX_FLOWS, MAX_OPEN_EACH } from './limits.ts';
import { createPool } from './pool.ts';
import type { ProviderFlow } from './provider.ts';

/** What is done with who comes back. */
export type FlowPurpose =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'setup'; readonly secret: string; readonly name: string | undefined }
  | { readonly kind: 'link' | 'step-up'; readonly own: OwnAccount };

/** A sign-in under way. */
export interface Flow {
  readonly purpose: FlowPurpose;
  readonly flow: ProviderFlow;
  /** Path of the console where the person goes on. */
  readonly next: string;
}

/**
 * Lax, unlike the session's: the way back begins at another site. It proves only that this browser began, and a page of another site
 * that makes it begin gets nothing but a person signed in as himself.
 */
const FLOW_COOKIE = '__Host-muster-flow';
const options = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const;

/** Whose it is; null: nobody is known yet. */
function ownerOf(purpose: FlowPurpose): string | null {
  if (purpose.kind === 'sign-in') return null;
  return purpose.kind === 'setup' ? `setup ${purpose.secret}` : `person ${purpose.own.person}`;
}

/** Makes the list of this process. */
export function createFlows(clock: Clock) {
  const pool = createPool<Flow>(clock, { lifeMs: FLOW_MS, max: MAX_FLOWS, maxEach: MAX_OPEN_EACH });
  return {
    /** Remembers it, and gives the browser its cookie. */
    begin(reply: FastifyReply, flow: Flow): void {
      const key = encodeBase64url(randomBytes(32));
      pool.keep(key, flow, ownerOf(flow.purpose));
      const cookie = fastifyCookie.serialize(FLOW_COOKIE, key, { ...options, maxAge: FLOW_MS / 1_000 });
      reply.header('set-cookie', cookie);
    },
    /** The flow that this browser began. @throws MusterError E_CHALLENGE */
    take({ headers }: FastifyRequest, reply: FastifyReply): Flow {
      const found = pool.take(fastifyCookie.parse(headers.cookie ?? '')[FLOW_COOKIE] ?? '');
      reply.header('set-cookie', fastifyCookie.serialize(FLOW_COOKIE, '', { ...options, maxAge: 0 }));
      if (found === undefined) throw fail('E_CHALLENGE');
      return found;
    },
  };
}
