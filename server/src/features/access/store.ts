// Statements of the access feature: API tokens.
import type { AuditEvent } from '../../core/audit/audit.ts';
import { insertPending, insertPendingIfChanged } from '../../core/audit/store.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Grant } from '../../core/http/permission.ts';
import { type HeldRole, heldBy } from './store-roles.ts';

/** A token as it is stored: the hash of its secret, never the secret. */
export interface ApiTokenRow {
  readonly tenant: number;
  readonly id: string;
  readonly name: string;
  readonly secretHash: Uint8Array;
  readonly permissions: string[];
  /** Limits besides the list; null: none. */
  readonly grants: readonly Grant[] | null;
  readonly person: string | null;
  readonly expiresAt: Date;
}

/** A token in force. */
export interface FoundTokenRow extends ApiTokenRow {
  /** What its person holds now; null for a token that belongs to nobody. */
  readonly held: readonly HeldRole[] | null;
  /** Handle of that person. */
  readonly handle: string | null;
}

/** A token to be stored. */
export interface NewApiTokenRow extends ApiTokenRow {
  /** Name of the token it was made with; null: made on the host. */
  readonly createdBy: string | null;
}

/** Stores a token with the event. */
export async function insertApiToken(sql: RawSql, row: NewApiTokenRow, event: AuditEvent): Promise<void> {
  await sql`WITH audited AS (${insertPending(sql, event)})
    INSERT INTO api_token (tenant, id, name, secret_hash, permissions, grants, person, expires_at, created_by)
    VALUES (${row.tenant}, ${row.id}, ${row.name}, ${Buffer.from(row.secretHash)}, ${row.permissions},
            ${row.grants === null ? null : JSON.stringify(row.grants)}::text::jsonb, ${row.person}, ${row.expiresAt}, ${row.createdBy})`;
}

/** The token with that id, unless it is revoked or expired, or its person is disabled; what he holds comes with it. */
export async function selectApiToken(sql: RawSql, id: string): Promise<FoundTokenRow | undefined> {
  const rows = await sql<FoundTokenRow[]>`
    SELECT t.tenant, t.id, t.name, t.secret_hash AS "secretHash", t.permissions, t.grants, t.person, person.handle,
      t.expires_at AS "expiresAt", CASE WHEN t.person IS NOT NULL THEN ${heldBy(sql, sql`t.person`)} END AS held
    FROM api_token t LEFT JOIN person ON person.id = t.person
    WHERE t.id = ${id} AND t.revoked_at IS NULL AND t.expires_at > now() AND person.disabled_at IS NULL`;
  return rows[0];
}

/** Revokes a token by id; false when there is none in force. With a person only one of his. */
export async function updateRevoked(
  sql: RawSql,
  { tenant, id, person = null }: { tenant: number; id: string; person?: string | null },
  event: AuditEvent,
): Promise<boolean> {
  const rows = await sql`
    WITH changed AS (
      UPDATE api_token SET revoked_at = now()
      WHERE tenant = ${tenant} AND id = ${id} AND revoked_at IS NULL
        AND (${person}::text IS NULL OR person = ${person}) RETURNING 1
    ), audited AS (${insertPendingIfChanged(sql, event)})
    SELECT FROM changed`;
  return rows.length === 1;
}

/** Revokes every token of a person, with the event that its caller writes; how many. */
export async function revokeTokensOf(tx: RawSql, person: string): Promise<number> {
  const result =
    await tx`UPDATE api_token SET revoked_at = now() WHERE person = ${person} AND revoked_at IS NULL`;
  return result.count;
}
