// Statements of the access feature: API tokens.
import type { RawSql } from '../../core/db/pool.ts';

/** A token as it is stored: the hash of its secret, never the secret. */
export interface ApiTokenRow {
  readonly tenant: number;
  readonly id: string;
  readonly name: string;
  readonly secretHash: Uint8Array;
  readonly permissions: string[];
  readonly person: string | null;
  readonly expiresAt: Date;
}

/** A token to be stored. */
export interface NewApiTokenRow extends ApiTokenRow {
  /** Name of the token it was made with; null: made on the host. */
  readonly createdBy: string | null;
}

/** Stores a token. */
export async function insertApiToken(sql: RawSql, row: NewApiTokenRow): Promise<void> {
  await sql`INSERT INTO api_token (tenant, id, name, secret_hash, permissions, person, expires_at, created_by)
    VALUES (${row.tenant}, ${row.id}, ${row.name}, ${Buffer.from(row.secretHash)}, ${row.permissions},
            ${row.person}, ${row.expiresAt}, ${row.createdBy})`;
}

/** The token with that id, unless it is revoked or expired. */
export async function selectApiToken(sql: RawSql, id: string): Promise<ApiTokenRow | undefined> {
  const rows = await sql<ApiTokenRow[]>`
    SELECT tenant, id, name, secret_hash AS "secretHash", permissions, person, expires_at AS "expiresAt"
    FROM api_token WHERE id = ${id} AND revoked_at IS NULL AND expires_at > now()`;
  return rows[0];
}

/** Revokes a token by id; false when there is none in force. With a person only one of his. */
export async function updateRevoked(
  sql: RawSql,
  { tenant, id, person = null }: { tenant: number; id: string; person?: string | null },
): Promise<boolean> {
  const result = await sql`
    UPDATE api_token SET revoked_at = now()
    WHERE tenant = ${tenant} AND id = ${id} AND revoked_at IS NULL
      AND (${person}::text IS NULL OR person = ${person})`;
  return result.count === 1;
}
