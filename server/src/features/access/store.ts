// Statements of the access feature: API tokens.
import type { RawSql } from '../../core/db/pool.ts';

/** A token as it is stored: the hash of its secret, never the secret. */
export interface ApiTokenRow {
  readonly tenant: number;
  readonly id: string;
  readonly name: string;
  readonly secretHash: Uint8Array;
  readonly permissions: string[];
  readonly expiresAt: Date;
}

/** Stores a token. */
export async function insertApiToken(sql: RawSql, row: ApiTokenRow): Promise<void> {
  await sql`INSERT INTO api_token (tenant, id, name, secret_hash, permissions, expires_at)
    VALUES (${row.tenant}, ${row.id}, ${row.name}, ${Buffer.from(row.secretHash)}, ${row.permissions}, ${row.expiresAt})`;
}

/** The token with that id, unless it is revoked or expired. */
export async function selectApiToken(sql: RawSql, id: string): Promise<ApiTokenRow | undefined> {
  const rows = await sql<ApiTokenRow[]>`
    SELECT tenant, id, name, secret_hash AS "secretHash", permissions, expires_at AS "expiresAt"
    FROM api_token WHERE id = ${id} AND revoked_at IS NULL AND expires_at > now()`;
  return rows[0];
}

/** Revokes a token by id; false when there is none in force. */
export async function updateRevoked(sql: RawSql, tenant: number, id: string): Promise<boolean> {
  const result =
    await sql`UPDATE api_token SET revoked_at = now() WHERE tenant = ${tenant} AND id = ${id} AND revoked_at IS NULL`;
  return result.count === 1;
}
