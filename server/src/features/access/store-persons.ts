// Statements of the access feature: persons, their keys, and which tokens they have.
import { type AuditEvent, done, fromServer } from '../../core/audit/audit.ts';
import { insertPending, insertPendingIfChanged } from '../../core/audit/store.ts';
import { byteas, texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { MAX_PERSONS } from './limits.ts';
import { insertFirstAdmin } from './store-roles.ts';

/** A person as it is stored. */
export interface PersonRow {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Since when nobody acts for him; null: he is not disabled. */
  readonly disabledAt: Date | null;
}

/** A key of a person. */
export interface PersonKeyRow {
  readonly person: string;
  /** Raw public key: Ed25519 32 bytes, passkey 65. */
  readonly publicKey: Uint8Array;
  readonly name: string;
  readonly createdAt: Date;
}

/** A token of a person that is still in force. */
export interface PersonTokenRow {
  readonly person: string;
  readonly id: string;
  readonly name: string;
  readonly expiresAt: Date;
}

/** Everybody, oldest first; bounded, because persons are typed in by hand. */
export function selectPersons(sql: RawSql, tenant: number): Promise<PersonRow[]> {
  return sql<PersonRow[]>`
    SELECT id, handle, name, created_at AS "createdAt", disabled_at AS "disabledAt" FROM person
    WHERE tenant = ${tenant} ORDER BY created_at, id LIMIT ${MAX_PERSONS}`;
}

/** One person by id. */
export async function selectPerson(sql: RawSql, tenant: number, id: string): Promise<PersonRow | undefined> {
  const rows = await sql<PersonRow[]>`
    SELECT id, handle, name, created_at AS "createdAt", disabled_at AS "disabledAt" FROM person WHERE tenant = ${tenant} AND id = ${id}`;
  return rows[0];
}

/** Keys of one person, or of everybody (null), oldest first. */
export function selectKeys(sql: RawSql, tenant: number, person: string | null): Promise<PersonKeyRow[]> {
  return sql<PersonKeyRow[]>`
    SELECT person, public_key AS "publicKey", name, created_at AS "createdAt" FROM person_key
    WHERE tenant = ${tenant} AND (${person}::text IS NULL OR person = ${person})
    ORDER BY created_at, public_key`;
}

/** Tokens in force of one person, or of everybody (null), oldest first. */
export function selectTokens(sql: RawSql, tenant: number, person: string | null): Promise<PersonTokenRow[]> {
  return sql<PersonTokenRow[]>`
    SELECT person, id, name, expires_at AS "expiresAt" FROM api_token
    WHERE tenant = ${tenant} AND person IS NOT NULL AND (${person}::text IS NULL OR person = ${person})
      AND revoked_at IS NULL AND expires_at > now()
    ORDER BY created_at, id`;
}

/** Stores a person with the event unless there are too many; false then. A handle in use is a unique violation of `person_handle`. */
export async function insertPerson(
  sql: RawSql,
  tenant: number,
  { id, handle, name, event }: Pick<PersonRow, 'id' | 'handle' | 'name'> & { readonly event: AuditEvent },
): Promise<boolean> {
  const rows = await sql`
    WITH changed AS (
      INSERT INTO person (tenant, id, handle, name)
      SELECT ${tenant}::integer, ${id}, ${handle}, ${name}
      WHERE (SELECT count(*) FROM person WHERE tenant = ${tenant}) < ${MAX_PERSONS} RETURNING 1
    ), audited AS (${insertPendingIfChanged(sql, event)})
    SELECT FROM changed`;
  return rows.length === 1;
}

/** A key to be stored. */
export type NewKey = Pick<PersonKeyRow, 'person' | 'publicKey' | 'name'>;

/** Stores a key with the event; one that somebody has is a unique violation of `person_key_once`. */
export async function insertKey(
  sql: RawSql,
  tenant: number,
  { event, ...key }: NewKey & { readonly event: AuditEvent },
): Promise<void> {
  await sql`WITH audited AS (${insertPending(sql, event)})
    INSERT INTO person_key (tenant, person, public_key, name)
    VALUES (${tenant}, ${key.person}, ${Buffer.from(key.publicKey)}, ${key.name})`;
}

/** Removes a key of a person; false where he has not got it. */
export async function deleteKey(
  tx: RawSql,
  tenant: number,
  { person, publicKey }: Pick<PersonKeyRow, 'person' | 'publicKey'>,
): Promise<boolean> {
  const result = await tx`
    DELETE FROM person_key WHERE tenant = ${tenant} AND person = ${person} AND public_key = ${Buffer.from(publicKey)}`;
  return result.count === 1;
}

/** A signer as the trust document names him. */
export interface SignerRow {
  readonly id: string;
  readonly name: string;
  /** Built-in roles that he gets when he is made. */
  readonly roles: readonly string[];
  readonly keys: readonly Uint8Array[];
}

/**
 * Makes a person of each signer whose keys nobody has; what is there already stays as it is. The root has signed for
 * who holds these keys, so no further proof is asked.
 */
export async function upsertSigners(
  sql: RawSql,
  tenant: number,
  { signers, newPersonId }: { readonly signers: readonly SignerRow[]; newPersonId(): string },
): Promise<void> {
  await inTransaction(sql, async (tx) => {
    for (const { id, name, roles, keys } of signers) {
      const bytes = keys.map((key) => Buffer.from(key));
      const held = await tx`
        SELECT 1 FROM person_key WHERE tenant = ${tenant} AND public_key = ANY(${byteas(tx, bytes)}) LIMIT 1`;
      if (held.length > 0) continue;
      // Within a transaction now() stands still, and the order of the signers is the order of the persons.
      const personId = newPersonId();
      const subject = { kind: 'person', id: personId, name: id };
      const event = done(fromServer, { tenant, act: 'person.adopt', subject, detail: { roles } });
      await tx`
        WITH changed AS (
          INSERT INTO person (tenant, id, handle, name, created_at)
          VALUES (${tenant}, ${personId}, ${id}, ${name}, clock_timestamp())
          ON CONFLICT ON CONSTRAINT person_handle DO NOTHING RETURNING id
        ), audited AS (${insertPendingIfChanged(tx, event)})
        INSERT INTO person_role (tenant, person, role)
        SELECT ${tenant}, changed.id, role FROM changed, unnest(${texts(tx, roles)}) AS role`;
      for (const key of bytes)
        await tx`INSERT INTO person_key (tenant, person, public_key, name)
          SELECT ${tenant}, id, ${key}, 'from the trust document' FROM person
          WHERE tenant = ${tenant} AND handle = ${id} ON CONFLICT DO NOTHING`;
    }
    await insertFirstAdmin(tx, tenant);
  });
}
