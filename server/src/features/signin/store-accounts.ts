// Statements of accounts: who it is, password and one-time codes; and of setup links.
import type { RawSql } from '../../core/db/pool.ts';
import type { Grant } from '../../core/http/permission.ts';

/** An account with whose it is. A person without one has never set anything up. */
export interface AccountRow {
  readonly tenant: number;
  readonly person: string;
  readonly handle: string;
  readonly name: string;
  readonly disabledAt: Date | null;
  readonly passwordHash: string | null;
  readonly passwordAt: Date | null;
  readonly totpSealed: Uint8Array | null;
  readonly totpNextSealed: Uint8Array | null;
  readonly totpAt: Date | null;
  readonly totpStep: number;
}

/** Names an account by person id, or by handle as people type it. */
export type AccountName = { readonly person: string } | { readonly handle: string };

/** The account, with empty columns for a person who has none; undefined when there is no such person. */
export async function selectAccount(
  sql: RawSql,
  tenant: number,
  name: AccountName,
): Promise<AccountRow | undefined> {
  const [column, value] = 'person' in name ? ['id', name.person] : ['handle', name.handle];
  const rows = await sql<AccountRow[]>`
    SELECT person.tenant, person.id AS person, handle, name, disabled_at AS "disabledAt",
      password_hash AS "passwordHash", password_at AS "passwordAt", totp_sealed AS "totpSealed",
      totp_next_sealed AS "totpNextSealed", totp_at AS "totpAt", coalesce(totp_step, 0) AS "totpStep"
    FROM person LEFT JOIN account ON account.person = person.id
    WHERE person.tenant = ${tenant} AND CASE WHEN ${column} = 'id' THEN person.id ELSE handle END = ${value}`;
  return rows[0];
}

/** Begins an account, unless there is one. */
export async function insertAccount(tx: RawSql, tenant: number, person: string): Promise<void> {
  await tx`INSERT INTO account (tenant, person) VALUES (${tenant}, ${person}) ON CONFLICT DO NOTHING`;
}

/** Until the transaction ends nobody else changes how this person signs in. */
export async function lockAccount(tx: RawSql, person: string): Promise<void> {
  await tx`SELECT 1 FROM account WHERE person = ${person} FOR NO KEY UPDATE`;
}

/** Sets the password. */
export async function updatePassword(tx: RawSql, person: string, passwordHash: string): Promise<void> {
  await tx`UPDATE account SET password_hash = ${passwordHash}, password_at = now() WHERE person = ${person}`;
}

/** Removes the one-time code and the recovery codes; with `password` also that. */
export async function clearSecondFactor(
  tx: RawSql,
  person: string,
  { password }: { readonly password: boolean },
): Promise<void> {
  await tx`DELETE FROM recovery_code WHERE person = ${person}`;
  await tx`UPDATE account SET totp_sealed = NULL, totp_next_sealed = NULL, totp_at = NULL,
      password_hash = CASE WHEN ${password} THEN NULL ELSE password_hash END,
      password_at = CASE WHEN ${password} THEN NULL ELSE password_at END
    WHERE person = ${person}`;
}

/** Keeps a secret of one-time codes until a code of it was right. */
export async function updateNextTotp(tx: RawSql, person: string, sealed: Uint8Array): Promise<void> {
  await tx`UPDATE account SET totp_next_sealed = ${Buffer.from(sealed)} WHERE person = ${person}`;
}

/** Puts that secret in force; false when it is another one by now. */
export async function promoteTotp(
  tx: RawSql,
  { person, sealed, step }: { readonly person: string; readonly sealed: Uint8Array; readonly step: number },
): Promise<boolean> {
  const result = await tx`UPDATE account SET totp_sealed = totp_next_sealed, totp_next_sealed = NULL,
      totp_at = now(), totp_step = greatest(totp_step, ${step}::bigint)
    WHERE person = ${person} AND totp_next_sealed = ${Buffer.from(sealed)} AND password_hash IS NOT NULL`;
  return result.count === 1;
}

/** Takes a code by its time step; false when this or a later one was taken before. */
export async function spendTotp(tx: RawSql, person: string, step: number): Promise<boolean> {
  const result =
    await tx`UPDATE account SET totp_step = ${step} WHERE person = ${person} AND totp_step < ${step}::bigint`;
  return result.count === 1;
}

/** Takes the place of all former recovery codes. */
export async function replaceRecoveryCodes(
  tx: RawSql,
  { tenant, person }: { readonly tenant: number; readonly person: string },
  hashes: readonly Uint8Array[],
): Promise<void> {
  await tx`DELETE FROM recovery_code WHERE person = ${person}`;
  for (const hash of hashes)
    await tx`INSERT INTO recovery_code (tenant, person, code_hash) VALUES (${tenant}, ${person}, ${Buffer.from(hash)})`;
}

/** Spends a recovery code; false when there is none of that hash. */
export async function spendRecoveryCode(tx: RawSql, person: string, hash: Uint8Array): Promise<boolean> {
  const result =
    await tx`DELETE FROM recovery_code WHERE person = ${person} AND code_hash = ${Buffer.from(hash)}`;
  return result.count === 1;
}

/** Recovery codes left. */
export async function countRecoveryCodes(sql: RawSql, person: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::integer AS count FROM recovery_code WHERE person = ${person}`;
  return row?.count ?? 0;
}

/** True when somebody can sign in. */
export async function hasWayIn(sql: RawSql, tenant: number): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM passkey WHERE tenant = ${tenant})
      OR EXISTS (SELECT 1 FROM account WHERE tenant = ${tenant} AND totp_sealed IS NOT NULL)
      OR EXISTS (SELECT 1 FROM identity WHERE tenant = ${tenant}) AS found`;
  return row?.found ?? false;
}

/** True when that person can sign in. */
export async function hasOwnWayIn(sql: RawSql, person: string): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM passkey WHERE person = ${person})
      OR EXISTS (SELECT 1 FROM account WHERE person = ${person} AND totp_sealed IS NOT NULL)
      OR EXISTS (SELECT 1 FROM identity WHERE person = ${person}) AS found`;
  return row?.found ?? false;
}

/** A setup link. */
export interface LinkRow {
  readonly tenant: number;
  readonly person: string;
  readonly createdBy: string | null;
  /** Person whose session or token made it. */
  readonly maker: string | null;
  /** What the maker was allowed then; null: made on the host, which may do all. */
  readonly makerGrants: readonly Grant[] | null;
  readonly expiresAt: Date;
}

/** Stores a link in the place of the person's former one. */
export async function upsertLink(
  tx: RawSql,
  link: LinkRow & { readonly secretHash: Uint8Array },
): Promise<void> {
  const hash = Buffer.from(link.secretHash);
  const grants = link.makerGrants === null ? null : JSON.stringify(link.makerGrants);
  await tx`INSERT INTO setup_link (tenant, person, secret_hash, created_by, maker, maker_grants, expires_at)
    VALUES (${link.tenant}, ${link.person}, ${hash}, ${link.createdBy}, ${link.maker}, ${grants}::text::jsonb,
      ${link.expiresAt})
    ON CONFLICT (person) DO UPDATE
    SET secret_hash = excluded.secret_hash, created_by = excluded.created_by, maker = excluded.maker,
      maker_grants = excluded.maker_grants, expires_at = excluded.expires_at`;
}

/** The link of that secret, unless it has run out. */
export async function selectLink(
  sql: RawSql,
  secretHash: Uint8Array,
  now: Date,
): Promise<LinkRow | undefined> {
  const rows = await sql<LinkRow[]>`
    SELECT tenant, person, created_by AS "createdBy", maker, maker_grants AS "makerGrants",
      expires_at AS "expiresAt"
    FROM setup_link WHERE secret_hash = ${Buffer.from(secretHash)} AND expires_at > ${now}`;
  return rows[0];
}

/** Spends it: whose it was; undefined when another was first. */
export async function deleteLink(
  tx: RawSql,
  secretHash: Uint8Array,
  now: Date,
): Promise<LinkRow | undefined> {
  const rows = await tx<LinkRow[]>`
    DELETE FROM setup_link WHERE secret_hash = ${Buffer.from(secretHash)} AND expires_at > ${now}
    RETURNING tenant, person, created_by AS "createdBy", maker, maker_grants AS "makerGrants",
      expires_at AS "expiresAt"`;
  return rows[0];
}

/** Takes back the link of a person. */
export async function deleteLinkOf(tx: RawSql, person: string): Promise<void> {
  await tx`DELETE FROM setup_link WHERE person = ${person}`;
}
