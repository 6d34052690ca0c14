// Statements of sessions.
import type { RawSql } from '../../core/db/pool.ts';
import { type HeldRole, heldBy } from '../access/index.ts';

/** How somebody signed in. */
export type SignInMethod = 'passkey' | 'password' | 'oidc' | 'setup';

/** A session in lists. */
export interface SessionRow {
  readonly tenant: number;
  readonly id: string;
  readonly person: string;
  readonly method: SignInMethod;
  readonly limited: boolean;
  readonly address: string;
  /** Browser, as it named itself. */
  readonly program: string;
  readonly createdAt: Date;
  readonly usedAt: Date;
  readonly expiresAt: Date;
  readonly provenAt: Date | null;
}

/** A session to be stored. */
export interface NewSessionRow extends SessionRow {
  readonly secretHash: Uint8Array;
}

/** A session with whose it is: all that a request needs. */
export interface OpenSession
  extends Pick<
    NewSessionRow,
    'tenant' | 'id' | 'person' | 'secretHash' | 'method' | 'limited' | 'usedAt' | 'expiresAt' | 'provenAt'
  > {
  readonly handle: string;
  readonly name: string;
  /** Roles of the person. */
  readonly held: readonly HeldRole[];
}

/** The session with that id and what its person holds, unless he is disabled. Whether it has run out is the caller's to see. */
export async function selectOpenSession(sql: RawSql, id: string): Promise<OpenSession | undefined> {
  const rows = await sql<OpenSession[]>`
    SELECT s.tenant, s.id, s.person, s.secret_hash AS "secretHash", s.method, s.limited, s.used_at AS "usedAt",
      s.expires_at AS "expiresAt", s.proven_at AS "provenAt", person.handle, person.name,
      ${heldBy(sql, sql`s.person`)} AS held
    FROM signin_session s JOIN person ON person.id = s.person
    WHERE s.id = ${id} AND person.disabled_at IS NULL`;
  return rows[0];
}

/** Stores a session; those of everybody that have run out go, and of this person the longest unused beyond `keep`. */
export async function insertSession(
  tx: RawSql,
  row: NewSessionRow,
  { keep, unusedSince }: { readonly keep: number; readonly unusedSince: Date },
): Promise<void> {
  await tx`DELETE FROM signin_session WHERE expires_at <= ${row.createdAt} OR used_at <= ${unusedSince}`;
  await tx`DELETE FROM signin_session WHERE id IN (
    SELECT id FROM signin_session WHERE person = ${row.person} ORDER BY used_at DESC, id OFFSET ${keep - 1})`;
  await tx`INSERT INTO signin_session
      (tenant, id, person, secret_hash, method, limited, address, program, created_at, used_at, expires_at, proven_at)
    VALUES (${row.tenant}, ${row.id}, ${row.person}, ${Buffer.from(row.secretHash)}, ${row.method}, ${row.limited},
      ${row.address}, ${row.program}, ${row.createdAt}, ${row.usedAt}, ${row.expiresAt}, ${row.provenAt})`;
}

/** Notes that a session was used. */
export async function updateUsed(sql: RawSql, id: string, usedAt: Date): Promise<void> {
  await sql`UPDATE signin_session SET used_at = ${usedAt} WHERE id = ${id} AND used_at < ${usedAt}`;
}

/** Notes that its person has shown to be there. */
export async function updateProven(tx: RawSql, id: string, provenAt: Date): Promise<void> {
  await tx`UPDATE signin_session SET proven_at = ${provenAt} WHERE id = ${id}`;
}

/** The account is complete: the session may do what its person may. */
export async function updateFull(tx: RawSql, id: string, until: { readonly expiresAt: Date }): Promise<void> {
  await tx`UPDATE signin_session SET limited = false, expires_at = ${until.expiresAt} WHERE id = ${id} AND limited`;
}

/** Sessions of a person that have not run out, newest first. */
export function selectSessions(
  sql: RawSql,
  { tenant, person }: { readonly tenant: number; readonly person: string },
  { now, unusedSince }: { readonly now: Date; readonly unusedSince: Date },
): Promise<SessionRow[]> {
  return sql<SessionRow[]>`
    SELECT tenant, id, person, method, limited, address, program, created_at AS "createdAt", used_at AS "usedAt",
      expires_at AS "expiresAt", proven_at AS "provenAt"
    FROM signin_session
    WHERE tenant = ${tenant} AND person = ${person} AND expires_at > ${now} AND used_at > ${unusedSince}
    ORDER BY created_at DESC, id`;
}

/** Ends one session of a person; false when there is none. */
export async function deleteSession(
  tx: RawSql,
  { tenant, person, id }: { readonly tenant: number; readonly person: string; readonly id: string },
): Promise<boolean> {
  const result =
    await tx`DELETE FROM signin_session WHERE tenant = ${tenant} AND person = ${person} AND id = ${id}`;
  return result.count === 1;
}

/** Ends all sessions of a person but one (null: all); how many. */
export async function deleteSessions(tx: RawSql, person: string, keep: string | null): Promise<number> {
  const result =
    await tx`DELETE FROM signin_session WHERE person = ${person} AND (${keep}::text IS NULL OR id <> ${keep})`;
  return result.count;
}
