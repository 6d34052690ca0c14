// Sessions: made at sign-in, read on every request, ended by time, by people, or by a change of what they were opened with.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { fastifyCookie } from '@fastify/cookie';
import { encodeBase64url } from '@muster/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { done, writeAudit } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { type Grant, grantEverywhere, type Principal } from '../../core/http/permission.ts';
import { isLocal } from '../../core/http/piped.ts';
import { SESSION_COOKIE } from '../../core/http/site.ts';
import { newId } from '../../core/ids.ts';
import { grantsOf } from '../access/index.ts';
import type { Owner, SigninDeps, Visitor } from './deps.ts';
import { LIMITED_SESSION_MS, MAX_SESSIONS, SESSION_IDLE_MS, SESSION_MS, USED_WRITE_MS } from './limits.ts';
import {
  insertSession,
  type OpenSession,
  type SignInMethod,
  selectOpenSession,
  updateUsed,
} from './store-sessions.ts';

/** A session in text form: `mss1.<id>.<secret>`; 26 and 43 characters. */
const FORM = /^mss1\.([a-z2-7]{26})\.([A-Za-z0-9_-]{43})$/;
/** Longest name of a browser that is kept, characters. */
const MAX_PROGRAM_CHARS = 300;
/** The permission of every session, and the only one of a limited one. */
const OWN_PERMISSION = 'me.write';

const cookieOptions = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Where a request comes from. */
export function visitorOf(request: FastifyRequest, origin: Visitor['origin']): Visitor {
  const program = (request.headers['user-agent'] ?? '').toWellFormed().slice(0, MAX_PROGRAM_CHARS);
  return { address: request.ip, program, isLocal: isLocal(request.raw), origin };
}

/** What a new session is opened with. */
export interface NewSession extends Owner {
  readonly method: SignInMethod;
  readonly limited: boolean;
  readonly isProven: boolean;
  /** Of the person, by which the audit calls him. */
  readonly handle: string;
}

/** The text of a session that was stored: what its cookie holds, once. */
export async function openSession(
  deps: Pick<SigninDeps, 'clock'>,
  tx: RawSql,
  { session, visitor }: { readonly session: NewSession; readonly visitor: Visitor },
): Promise<string> {
  const { tenant, person, method, limited, isProven, handle } = session;
  const nowMs = deps.clock.now();
  const now = new Date(nowMs);
  const id = newId('ses');
  const secret = encodeBase64url(randomBytes(32));
  await insertSession(
    tx,
    {
      ...{ tenant, person, id, method, limited, secretHash: hash(secret) },
      ...{ address: visitor.address, program: visitor.program, createdAt: now, usedAt: now },
      expiresAt: new Date(nowMs + (limited ? LIMITED_SESSION_MS : SESSION_MS)),
      provenAt: isProven ? now : null,
    },
    { keep: MAX_SESSIONS, unusedSince: new Date(nowMs - SESSION_IDLE_MS) },
  );
  const actor = { kind: 'person' as const, id: person, name: handle, address: visitor.address };
  await writeAudit(
    tx,
    done(
      { ...visitor.origin, actor },
      {
        tenant,
        act: 'session.open',
        subject: { kind: 'session', id, name: '' },
        detail: { method, limited, ...(visitor.isLocal ? { listener: 'console' } : {}) },
      },
    ),
  );
  return `mss1.${id.slice('ses_'.length)}.${secret}`;
}

/** Gives the browser its session. */
export function setSessionCookie(reply: FastifyReply, text: string): void {
  const cookie = fastifyCookie.serialize(SESSION_COOKIE, text, {
    ...cookieOptions,
    maxAge: SESSION_MS / 1_000,
  });
  reply.header('set-cookie', cookie).header('cache-control', 'no-store');
}

/** Takes it back. */
export function clearSessionCookie(reply: FastifyReply): void {
  reply.header('set-cookie', fastifyCookie.serialize(SESSION_COOKIE, '', { ...cookieOptions, maxAge: 0 }));
}

/** A request as far as its session goes. */
type Asked = Pick<FastifyRequest, 'headers'> & Partial<Pick<FastifyRequest, 'principal'>>;

/**
 * The session of a request's cookie; null for none in force. A stream asks again and again with the request that opened it, which has
 * its principal since then: nobody uses the session by that, and a page that was left open does not keep it.
 */
export async function readSession(
  sql: RawSql,
  clock: Clock,
  { headers, principal = null }: Asked,
): Promise<OpenSession | null> {
  if (headers.cookie?.includes(SESSION_COOKIE) !== true) return null;
  const [, id, secret] = FORM.exec(fastifyCookie.parse(headers.cookie)[SESSION_COOKIE] ?? '') ?? [];
  if (id === undefined || secret === undefined) return null;
  const row = await withMappedErrors(() => selectOpenSession(sql, `ses_${id}`));
  if (row === undefined || !timingSafeEqual(hash(secret), row.secretHash)) return null;
  const nowMs = clock.now();
  const usedMs = row.usedAt.getTime();
  if (row.expiresAt.getTime() <= nowMs || usedMs + SESSION_IDLE_MS <= nowMs) return null;
  const isUse = principal === null && nowMs - usedMs >= USED_WRITE_MS;
  if (isUse) await withMappedErrors(() => updateUsed(sql, row.id, new Date(nowMs)));
  return row;
}

/** Who stands behind the cookie of a request; null for none in force. */
export async function authenticateSession(
  sql: RawSql,
  clock: Clock,
  request: Asked,
): Promise<Principal | null> {
  const row = await readSession(sql, clock, request);
  return row === null ? null : toPrincipal(row);
}

/** What a session may do now; a limited one nothing but complete the account. */
export function grantsOfSession({ limited, held }: Pick<OpenSession, 'limited' | 'held'>): Grant[] {
  const grants = limited ? [] : grantsOf(held).filter(({ permission }) => permission !== OWN_PERMISSION);
  return [...grants, ...grantEverywhere([OWN_PERMISSION])];
}

function toPrincipal(row: OpenSession): Principal {
  const { tenant, id, name, handle, person } = row;
  const grants = grantsOfSession(row);
  return {
    ...{ tenant, name, handle, person, grants, via: 'session', tokenId: id },
    permissions: new Set(grants.map(({ permission }) => permission)),
    expiresMs: row.expiresAt.getTime(),
    provenMs: row.provenAt?.getTime() ?? null,
  };
}
