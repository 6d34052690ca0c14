// Statements of the access feature: persons, their keys, and which tokens they have.
import { byteas } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { MAX_PERSONS } from './limits.ts';

/** A person as it is stored. */
export interface PersonRow {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** A key of a person. */
export interface PersonKeyRow {
  readonly person: string;
  /** Raw Ed25519 public key, 32 bytes. */
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
    SELECT id, handle, name, created_at AS "createdAt" FROM person
    WHERE tenant = ${tenant} ORDER BY created_at, id LIMIT ${MAX_PERSONS}`;
}

/** One person by id. */
export async function selectPerson(sql: RawSql, tenant: number, id: string): Promise<PersonRow | undefined> {
  const rows = await sql<PersonRow[]>`
    SELECT id, handle, name, created_at AS "createdAt" FROM person WHERE tenant = ${tenant} AND id = ${id}`;
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

/** Stores a person unless there are too many; false then. A handle in use is a unique violation of `person_handle`. */
export async function insertPerson(
  sql: RawSql,
  tenant: number,
  { id, handle, name }: Pick<PersonRow, 'id' | 'handle' | 'name'>,
): Promise<boolean> {
  const result = await sql`
    INSERT INTO person (tenant, id, handle, name)
    SELECT ${tenant}, ${id}, ${handle}, ${name}
    WHERE (SELECT count(*) FROM person WHERE tenant = ${tenant}) < ${MAX_PERSONS}`;
  return result.count === 1;
}

/** A key to be stored. */
export type NewKey = Pick<PersonKeyRow, 'person' | 'publicKey' | 'name'>;

/** Stores a key; one that somebody has is a unique violation of `person_key_once`. */
export async function insertKey(sql: RawSql, tenant: number, key: NewKey): Promise<void> {
  await sql`INSERT INTO person_key (tenant, person, public_key, name)
    VALUES (${tenant}, ${key.person}, ${Buffer.from(key.publicKey)}, ${key.name})`;
}

/** A signer as the trust document names him. */
export interface SignerRow {
  readonly id: string;
  readonly name: string;
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
    for (const { id, name, keys } of signers) {
      const bytes = keys.map((key) => Buffer.from(key));
      const held = await tx`
        SELECT 1 FROM person_key WHERE tenant = ${tenant} AND public_key = ANY(${byteas(tx, bytes)}) LIMIT 1`;
      if (held.length > 0) continue;
      // Within a transaction now() stands still, and the order of the signers is the order of the persons.
      await tx`INSERT INTO person (tenant, id, handle, name, created_at)
        VALUES (${tenant}, ${newPersonId()}, ${id}, ${name}, clock_timestamp())
        ON CONFLICT ON CONSTRAINT person_handle DO NOTHING`;
      for (const key of bytes)
        await tx`INSERT INTO person_key (tenant, person, public_key, name)
          SELECT ${tenant}, id, ${key}, 'from the trust document' FROM person
          WHERE tenant = ${tenant} AND handle = ${id} ON CONFLICT DO NOTHING`;
    }
  });
}
