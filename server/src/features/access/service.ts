// API tokens: made on the host or by somebody who holds one, checked on every request, stored as a hash only.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { encodeBase64url } from '@muster/protocol';
import { type AuditOrigin, done, fromHost } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { type Grant, grantEverywhere, type Principal } from '../../core/http/permission.ts';
import { newId } from '../../core/ids.ts';
import { intersectGrants } from './grants.ts';
import { grantsOf } from './holders.ts';
import { MAX_REMEMBERED } from './limits.ts';
import { remembering } from './memo.ts';
import { type EVERY_PERMISSION, type Permission, readPermissions } from './permissions.ts';
import { insertApiToken, selectApiToken, updateRevoked } from './store.ts';
import type { HeldRole } from './store-roles.ts';

/** What a new token may do, and for how long. */
export interface ApiTokenRequest {
  readonly tenant: number;
  readonly name: string;
  readonly permissions: readonly (Permission | typeof EVERY_PERMISSION)[];
  /** What it may do where it is limited besides; absent: the permissions everywhere. */
  readonly grants?: readonly Grant[];
  readonly expiresInMs: number;
  /** Its maker's own end, which it never outlives, ms since 1970. Absent: made on the host. */
  readonly notAfterMs?: number;
  /** Id of the person it belongs to. Absent or null: nobody. */
  readonly person?: string | null;
  /** Name of the token it is made with. Absent or null: made on the host. */
  readonly createdBy?: string | null;
  /** Who makes it. Absent: somebody on the host. */
  readonly origin?: AuditOrigin;
}

/** A token in text form: `mat1.<id>.<secret>`; 26 and 43 characters. */
const FORM = /^mat1\.([a-z2-7]{26})\.([A-Za-z0-9_-]{43})$/;

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Makes a token; the text is returned once and nowhere stored. */
export async function makeApiToken(sql: RawSql, clock: Clock, request: ApiTokenRequest): Promise<string> {
  const id = newId('tok');
  const secret = encodeBase64url(randomBytes(32));
  const { tenant, name, person = null, createdBy = null, origin = fromHost } = request;
  const endsMs = Math.min(clock.now() + request.expiresInMs, request.notAfterMs ?? Number.POSITIVE_INFINITY);
  const row = {
    ...{ tenant, id, name, person, createdBy },
    secretHash: hash(secret),
    permissions: [...request.permissions],
    grants: request.grants?.some(isLimited) === true ? request.grants : null,
    expiresAt: new Date(endsMs),
  };
  const event = done(origin, {
    ...{ tenant, act: 'token.make', subject: { kind: 'token', id, name } },
    detail: { person, permissions: row.permissions, expiresAt: row.expiresAt.toISOString() },
  });
  await withMappedErrors(() => insertApiToken(sql, row, event));
  return `mat1.${id.slice('tok_'.length)}.${secret}`;
}

function isLimited({ where, kinds, contents }: Grant): boolean {
  return where !== null || kinds !== null || contents !== null;
}

/** The id in the text of a token. */
export function tokenIdOf(text: string): string {
  return `tok_${FORM.exec(text)?.[1] ?? ''}`;
}

/** Ends a token, given by its text or the id in it; false when it is none in force. */
export function revokeApiToken(sql: RawSql, tenant: number, token: string): Promise<boolean> {
  const id = `tok_${(FORM.exec(token)?.[1] ?? token).replace(/^tok_/, '')}`;
  const event = done(fromHost, { tenant, act: 'token.revoke', subject: { kind: 'token', id, name: '' } });
  return withMappedErrors(() => updateRevoked(sql, { tenant, id }, event));
}

/** A token never allows more than its person may do now. */
const grantsOfToken = remembering(
  ({ own, held }: { readonly own: readonly Grant[]; readonly held: readonly HeldRole[] }): readonly Grant[] =>
    intersectGrants(own, grantsOf(held)),
  MAX_REMEMBERED,
);

/** Who stands behind an `Authorization: Bearer …` header; null for anything that is not a token in force. */
export async function authenticate(sql: RawSql, header: string | undefined): Promise<Principal | null> {
  const [scheme, text, ...rest] = (header ?? '').split(' ');
  const parts = scheme?.toLowerCase() === 'bearer' && rest.length === 0 ? FORM.exec(text ?? '') : null;
  const [, id, secret] = parts ?? [];
  if (id === undefined || secret === undefined) return null;
  const row = await withMappedErrors(() => selectApiToken(sql, `tok_${id}`));
  if (row === undefined || !timingSafeEqual(hash(secret), row.secretHash)) return null;
  const own = row.grants ?? grantEverywhere(readPermissions(row.permissions));
  const grants = row.held === null ? own : grantsOfToken({ own, held: row.held });
  return {
    tenant: row.tenant,
    via: 'token',
    tokenId: row.id,
    name: row.name,
    permissions: new Set(grants.map(({ permission }) => permission)),
    grants,
    person: row.person,
    handle: row.handle,
    expiresMs: row.expiresAt.getTime(),
    provenMs: null,
  };
}
