// What stands before every attempt to sign in: how often one may try, and whose session it is.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { originOf } from '../../core/audit/audit.ts';
import { principalOf } from '../../core/http/permission.ts';
import { fail } from '../../errors.ts';
import type { OwnAccount } from './account.ts';
import type { SigninDeps } from './deps.ts';
import { MAX_BEGUN, MAX_TRIES_ACCOUNT, MAX_TRIES_ADDRESS } from './limits.ts';
import { visitorOf } from './sessions.ts';
import { type Tried, triedFrom } from './tries.ts';

/** A request and its reply. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

function count({ tries }: SigninDeps, tried: readonly Tried[], reply: FastifyReply): void {
  const seconds = tries.begin(tried);
  if (seconds === 0) return;
  reply.header('retry-after', seconds);
  throw fail('E_RATE', {
    detail: `Too many attempts; try again in ${Math.ceil(seconds / 60)} minutes, or sign in another way.`,
  });
}

/** Counts the beginning of a sign-in by somebody who is not known yet; what a page can begin is counted apart from the rest. @throws MusterError E_RATE */
export function admitBeginning(
  deps: SigninDeps,
  { request, reply }: Exchange,
  what: 'passkey' | 'provider',
): void {
  count(deps, triedFrom(`begun ${what}`, request.ip, MAX_BEGUN), reply);
}

/** The same for somebody who is signed in: his address counts nothing, for others may have used it up. @throws MusterError E_RATE */
export function admitOwnBeginning(deps: SigninDeps, { request, reply }: Exchange): void {
  count(deps, [{ key: `begun person ${ownOf(request).person}`, max: MAX_BEGUN }], reply);
}

/** Whose attempts count: of who is signed in his own, else those of the name that was given (null: none was) and of the address. */
type Who = { readonly person: string } | { readonly account: string | null };

/** Runs an attempt, which counts unless it succeeds. @throws MusterError E_RATE */
export async function attempt<T>(
  deps: SigninDeps,
  { exchange: { request, reply }, ...who }: Who & { readonly exchange: Exchange },
  work: () => Promise<T>,
): Promise<T> {
  const tried = listTried(request.ip, who);
  count(deps, tried, reply);
  const result = await work();
  deps.tries.succeed(tried);
  return result;
}

function listTried(address: string, who: Who): Tried[] {
  if ('person' in who) return [{ key: `person ${who.person}`, max: MAX_TRIES_ACCOUNT }];
  const tried = triedFrom('address', address, MAX_TRIES_ADDRESS);
  if (who.account === null) return tried;
  return [...tried, { key: `account ${who.account.trim().toLowerCase()}`, max: MAX_TRIES_ACCOUNT }];
}

/** Where a request comes from. */
export function visitor(request: FastifyRequest) {
  return visitorOf(request, originOf(request));
}

/** Whose account it is. For routes about one's own; a token is for programs, which have none. @throws MusterError E_FORBIDDEN */
export function ownOf(request: FastifyRequest): OwnAccount & { readonly tokenId: string } {
  const { via, person, tenant, tokenId, name } = principalOf(request);
  if (via !== 'session' || person === null)
    throw fail('E_FORBIDDEN', { detail: 'This is about the person who is signed in, and a token is none.' });
  return { tenant, person, name, tokenId, session: tokenId, origin: originOf(request) };
}
