// Statements of the enrollment feature.
import { and, desc, eq, isNull, lt, or } from 'drizzle-orm';
import type { AuditEvent } from '../../core/audit/audit.ts';
import { auditIfChanged } from '../../core/audit/store.ts';
import { texts } from '../../core/db/columns.ts';
import type { AdminDb, RawSql } from '../../core/db/pool.ts';
import type { Judgment } from '../devices/index.ts';
import { enrollmentToken } from './tables.ts';

/** A token as it is read for listing and for spending. */
export type TokenRow = typeof enrollmentToken.$inferSelect;
/** A token as it is written. */
export type NewToken = typeof enrollmentToken.$inferInsert;

/** A place in the list, newest first. */
export interface TokenCursor {
  readonly createdAt: Date;
  readonly id: string;
}

/** Stores a token with the event. */
export async function insertToken(db: AdminDb, token: NewToken, event: AuditEvent): Promise<TokenRow> {
  const changed = db.$with('changed').as(db.insert(enrollmentToken).values(token).returning());
  const audited = db.$with('audited', {}).as(auditIfChanged(event));
  const [row] = await db.with(changed, audited).select().from(changed);
  if (row === undefined) throw new Error('an insert returned no row');
  return row;
}

/** Tokens newest first, after a place. */
export function selectTokens(
  db: AdminDb,
  tenant: number,
  { after, limit }: { readonly after: TokenCursor | null; readonly limit: number },
): Promise<TokenRow[]> {
  const later =
    after === null
      ? undefined
      : or(
          lt(enrollmentToken.createdAt, after.createdAt),
          and(eq(enrollmentToken.createdAt, after.createdAt), lt(enrollmentToken.id, after.id)),
        );
  return db
    .select()
    .from(enrollmentToken)
    .where(and(eq(enrollmentToken.tenant, tenant), later))
    .orderBy(desc(enrollmentToken.createdAt), desc(enrollmentToken.id))
    .limit(limit);
}

/** Revokes a token with the event; undefined when there is none. Revoking twice keeps the first time, and is no second event. */
export async function revokeToken(
  db: AdminDb,
  { tenant, id }: { readonly tenant: number; readonly id: string },
  event: AuditEvent,
): Promise<TokenRow | undefined> {
  const match = and(eq(enrollmentToken.tenant, tenant), eq(enrollmentToken.id, id));
  const update = db
    .update(enrollmentToken)
    .set({ revokedAt: new Date() })
    .where(and(match, isNull(enrollmentToken.revokedAt)))
    .returning();
  const changed = db.$with('changed').as(update);
  const audited = db.$with('audited', {}).as(auditIfChanged(event));
  await db.with(changed, audited).select().from(changed);
  const [row] = await db.select().from(enrollmentToken).where(match);
  return row;
}

/** What of a token never changes, and is needed to check who holds its seed. */
export interface TokenKey {
  readonly publicKey: Uint8Array;
  /** Version of the trust document whose hash stands in the token. */
  readonly trustVersion: number;
}

/** Reads the key of a token, whether or not it can be spent. */
export async function selectTokenKey(sql: RawSql, tenant: number, id: string): Promise<TokenKey | undefined> {
  const rows = await sql<TokenKey[]>`
    SELECT public_key AS "publicKey", trust_version AS "trustVersion"
    FROM enrollment_token WHERE tenant = ${tenant} AND id = ${id}`;
  return rows[0];
}

/**
 * Spends a use for each fresh device, in their order, as far as its token goes; the others get the code that says why not. Locks the
 * tokens that can be spent, in the order of their ids, until the transaction ends: no two spend the same use.
 */
export function spendTokens(sql: RawSql, tenant: number, ids: readonly string[]): Judgment {
  return sql`
    token AS MATERIALIZED (
      SELECT id, auto_approve, labels, revoked_at IS NOT NULL AS revoked, expires_at <= now() AS expired
      FROM enrollment_token WHERE tenant = ${tenant} AND id = ANY(${texts(sql, ids)})
    ), held AS MATERIALIZED (
      SELECT id, uses_left FROM enrollment_token
      WHERE tenant = ${tenant} AND id = ANY(${texts(sql, ids)}) AND id IN (SELECT token_id FROM fresh)
        AND uses_left > 0 AND expires_at > now() AND revoked_at IS NULL
      ORDER BY id FOR NO KEY UPDATE OF enrollment_token
    ), judged AS MATERIALIZED (
      SELECT fresh.at, fresh.token_id, token.labels, CASE WHEN token.auto_approve THEN 'active' ELSE 'pending' END AS state,
        CASE WHEN token.id IS NULL THEN 'E_TOKEN' WHEN token.revoked THEN 'E_TOKEN_REVOKED' WHEN token.expired THEN 'E_TOKEN_EXPIRED'
             WHEN held.id IS NULL OR row_number() OVER (PARTITION BY fresh.token_id ORDER BY fresh.at) > held.uses_left
             THEN 'E_TOKEN_SPENT' END AS code
      FROM fresh LEFT JOIN token ON token.id = fresh.token_id LEFT JOIN held ON held.id = fresh.token_id
    ), spent AS (
      UPDATE enrollment_token SET uses_left = uses_left - used.uses
      FROM (SELECT token_id, count(*)::integer AS uses FROM judged WHERE code IS NULL GROUP BY token_id) AS used
      WHERE tenant = ${tenant} AND id = used.token_id
    )`;
}
