// Statements of the enrollment feature.
import { and, desc, eq, isNull, lt, or } from 'drizzle-orm';
import type { AdminDb, RawSql, RawTransaction } from '../../core/db/pool.ts';
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

/** Stores a token. */
export async function insertToken(db: AdminDb, token: NewToken): Promise<TokenRow> {
  const [row] = await db.insert(enrollmentToken).values(token).returning();
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

/** Revokes a token; undefined when there is none. Revoking twice keeps the first time. */
export async function revokeToken(db: AdminDb, tenant: number, id: string): Promise<TokenRow | undefined> {
  const match = and(eq(enrollmentToken.tenant, tenant), eq(enrollmentToken.id, id));
  await db
    .update(enrollmentToken)
    .set({ revokedAt: new Date() })
    .where(and(match, isNull(enrollmentToken.revokedAt)));
  const [row] = await db.select().from(enrollmentToken).where(match);
  return row;
}

/** What an enrollment needs of its token. */
export interface SpendableToken {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly usesLeft: number;
  readonly autoApprove: boolean;
  readonly labels: Record<string, string>;
  readonly trustVersion: number;
  readonly expired: boolean;
  readonly revoked: boolean;
}

/** Reads a token for the check of its signature; nothing is spent. */
export async function selectForEnrollment(
  sql: RawSql,
  tenant: number,
  id: string,
): Promise<SpendableToken | undefined> {
  const rows = await sql<SpendableToken[]>`
    SELECT id, public_key AS "publicKey", uses_left AS "usesLeft", auto_approve AS "autoApprove", labels,
           trust_version AS "trustVersion", expires_at <= now() AS expired, revoked_at IS NOT NULL AS revoked
    FROM enrollment_token WHERE tenant = ${tenant} AND id = ${id}`;
  return rows[0];
}

/** Spends one use; false when there is none left, or the token ended meanwhile. Holds the row until the transaction ends. */
export async function spendUse(tx: RawTransaction, tenant: number, id: string): Promise<boolean> {
  const result = await tx`
    UPDATE enrollment_token SET uses_left = uses_left - 1
    WHERE tenant = ${tenant} AND id = ${id} AND uses_left > 0 AND expires_at > now() AND revoked_at IS NULL`;
  return result.count === 1;
}
