// Statements of passkeys and of identities at providers.
import type { RawSql } from '../../core/db/pool.ts';

/** A passkey as it is stored. */
export interface PasskeyRow {
  readonly tenant: number;
  readonly id: string;
  readonly person: string;
  /** Credential id. */
  readonly credential: Uint8Array;
  /** COSE. */
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: string[];
  readonly name: string;
  readonly synced: boolean;
  readonly createdAt: Date;
  readonly usedAt: Date | null;
}

/** The passkey of a credential. */
export async function selectPasskey(
  sql: RawSql,
  tenant: number,
  credential: Uint8Array,
): Promise<PasskeyRow | undefined> {
  const rows = await sql<PasskeyRow[]>`
    SELECT tenant, id, person, credential, public_key AS "publicKey", counter, transports, name, synced,
      created_at AS "createdAt", used_at AS "usedAt"
    FROM passkey WHERE tenant = ${tenant} AND credential = ${Buffer.from(credential)}`;
  return rows[0];
}

/** Passkeys of a person, oldest first. */
export function selectPasskeys(sql: RawSql, person: string): Promise<PasskeyRow[]> {
  return sql<PasskeyRow[]>`
    SELECT tenant, id, person, credential, public_key AS "publicKey", counter, transports, name, synced,
      created_at AS "createdAt", used_at AS "usedAt"
    FROM passkey WHERE person = ${person} ORDER BY created_at, id`;
}

/** Stores a passkey; a credential that is known is a unique violation of `passkey_credential_key`. */
export async function insertPasskey(
  tx: RawSql,
  row: Omit<PasskeyRow, 'createdAt' | 'usedAt'>,
): Promise<void> {
  await tx`INSERT INTO passkey (tenant, id, person, credential, public_key, counter, transports, name, synced)
    VALUES (${row.tenant}, ${row.id}, ${row.person}, ${Buffer.from(row.credential)}, ${Buffer.from(row.publicKey)},
      ${row.counter}, ${row.transports}, ${row.name}, ${row.synced})`;
}

/** Notes a use; false when the counter did not grow, as of a copy. One that stays 0 does not count. */
export async function updateCounter(
  tx: RawSql,
  { id, counter, usedAt }: { readonly id: string; readonly counter: number; readonly usedAt: Date },
): Promise<boolean> {
  const result = await tx`UPDATE passkey SET counter = ${counter}::bigint, used_at = ${usedAt}
    WHERE id = ${id} AND (counter < ${counter}::bigint OR (counter = 0 AND ${counter}::bigint = 0))`;
  return result.count === 1;
}

/** Removes a passkey of a person; its name, or undefined when there is none. */
export async function deletePasskey(tx: RawSql, person: string, id: string): Promise<string | undefined> {
  const rows = await tx<{ name: string }[]>`
    DELETE FROM passkey WHERE person = ${person} AND id = ${id} RETURNING name`;
  return rows[0]?.name;
}

/** Removes all of a person; how many. */
export async function deletePasskeys(tx: RawSql, person: string): Promise<number> {
  return (await tx`DELETE FROM passkey WHERE person = ${person}`).count;
}

/** An identity as it is stored. */
export interface IdentityRow {
  readonly tenant: number;
  readonly id: string;
  readonly issuer: string;
  /** `sub` of the provider. */
  readonly subject: string;
  readonly person: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** Whose an identity is. */
export async function selectIdentity(
  sql: RawSql,
  { tenant, issuer, subject }: Pick<IdentityRow, 'tenant' | 'issuer' | 'subject'>,
): Promise<IdentityRow | undefined> {
  const rows = await sql<IdentityRow[]>`
    SELECT tenant, id, issuer, subject, person, name, created_at AS "createdAt"
    FROM identity WHERE tenant = ${tenant} AND issuer = ${issuer} AND subject = ${subject}`;
  return rows[0];
}

/** Identities of a person, oldest first. */
export function selectIdentities(sql: RawSql, person: string): Promise<IdentityRow[]> {
  return sql<IdentityRow[]>`
    SELECT tenant, id, issuer, subject, person, name, created_at AS "createdAt"
    FROM identity WHERE person = ${person} ORDER BY created_at, id`;
}

/** Links an identity; one that is linked already is a unique violation of `identity_once`. */
export async function insertIdentity(tx: RawSql, row: Omit<IdentityRow, 'createdAt'>): Promise<void> {
  await tx`INSERT INTO identity (tenant, id, issuer, subject, person, name)
    VALUES (${row.tenant}, ${row.id}, ${row.issuer}, ${row.subject}, ${row.person}, ${row.name})`;
}

/** Removes an identity of a person; its issuer, or undefined when there is none. */
export async function deleteIdentity(tx: RawSql, person: string, id: string): Promise<string | undefined> {
  const rows = await tx<{ issuer: string }[]>`
    DELETE FROM identity WHERE person = ${person} AND id = ${id} RETURNING issuer`;
  return rows[0]?.issuer;
}

/** Removes all of a person; how many. */
export async function deleteIdentities(tx: RawSql, person: string): Promise<number> {
  return (await tx`DELETE FROM identity WHERE person = ${person}`).count;
}
