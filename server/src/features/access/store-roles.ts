// Statements of roles: who holds which, what custom ones grant, and who is disabled.
import { int2s, texts } from '../../core/db/columns.ts';
import type { RawSql, RawTransaction } from '../../core/db/pool.ts';
import type { Grant } from '../../core/http/permission.ts';
import { MAX_ROLES } from './limits.ts';

/** A role of a person as it is stored. */
export interface HeldRole {
  /** Name of a built-in one, or id. */
  readonly role: string;
  readonly where: string | null;
  /** Of a custom one; null for a built-in one. */
  readonly grants: readonly Grant[] | null;
}

/** What a person holds: one value of a statement that names the person by a column, or as a parameter; nothing while he is disabled. */
export function heldBy(sql: RawSql, person: ReturnType<RawSql>, { evenDisabled = false } = {}) {
  return sql`(
    SELECT coalesce(jsonb_agg(jsonb_build_object('role', held.role, 'where', held.where_text, 'grants', (
      SELECT jsonb_agg(jsonb_build_object('permission', g.permission, 'where', g.where_text, 'kinds', g.kinds,
        'contents', g.contents) ORDER BY g.position)
      FROM role_grant g WHERE g.role = held.role)) ORDER BY held.role), '[]')
    FROM person_role held JOIN person holder ON holder.id = held.person
    WHERE held.person = ${person} AND (${evenDisabled} OR holder.disabled_at IS NULL))`;
}

/** What one person holds; nothing while he is disabled, unless it is asked what he would have then. */
export async function selectHeld(
  sql: RawSql,
  { tenant, person }: { readonly tenant: number; readonly person: string },
  wish: { readonly evenDisabled?: boolean } = {},
): Promise<HeldRole[]> {
  const rows = await sql<{ held: HeldRole[] }[]>`
    SELECT ${heldBy(sql, sql`p.id`, wish)} AS held FROM person p WHERE p.tenant = ${tenant} AND p.id = ${person}`;
  return rows[0]?.held ?? [];
}

/** What a person holds, who may be disabled. */
export interface Holding {
  readonly id: string;
  /** Also while he is disabled. */
  readonly held: readonly HeldRole[];
  readonly isDisabled: boolean;
}

/** What several persons hold; those who are not there are left out. */
export function selectHoldings(sql: RawSql, tenant: number, persons: readonly string[]): Promise<Holding[]> {
  return sql<Holding[]>`
    SELECT p.id, ${heldBy(sql, sql`p.id`, { evenDisabled: true })} AS held, p.disabled_at IS NOT NULL AS "isDisabled"
    FROM person p WHERE p.tenant = ${tenant} AND p.id = ANY(${texts(sql, persons)})`;
}

/** A role of somebody, for lists of persons. */
export interface PersonRoleRow {
  readonly person: string;
  readonly role: string;
  /** Of a custom one. */
  readonly name: string | null;
  readonly where: string | null;
}

/** Roles of one person, or of everybody (null). */
export function selectPersonRoles(
  sql: RawSql,
  tenant: number,
  person: string | null,
): Promise<PersonRoleRow[]> {
  return sql<PersonRoleRow[]>`
    SELECT held.person, held.role, role.name, held.where_text AS "where"
    FROM person_role held LEFT JOIN role ON role.id = held.custom
    WHERE held.tenant = ${tenant} AND (${person}::text IS NULL OR held.person = ${person})
    ORDER BY held.given_at, held.role`;
}

/** A custom role with what it grants. */
export interface RoleRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly grants: readonly Grant[];
}

/** Custom roles, one (by id) or all (null), by name. */
export function selectRoles(sql: RawSql, tenant: number, id: string | null): Promise<RoleRow[]> {
  return sql<RoleRow[]>`
    SELECT id, name, description, (
      SELECT coalesce(jsonb_agg(jsonb_build_object('permission', g.permission, 'where', g.where_text, 'kinds', g.kinds,
        'contents', g.contents) ORDER BY g.position), '[]') FROM role_grant g WHERE g.role = role.id) AS grants
    FROM role WHERE tenant = ${tenant} AND (${id}::text IS NULL OR id = ${id}) ORDER BY name, id LIMIT ${MAX_ROLES}`;
}

/** Limits of all roles, and of those who hold them. */
export async function selectLimits(sql: RawSql, tenant: number): Promise<string[]> {
  const rows = await sql<{ where: string }[]>`
    SELECT g.where_text AS "where" FROM role_grant g JOIN role ON role.id = g.role
    WHERE role.tenant = ${tenant} AND g.where_text IS NOT NULL
    UNION SELECT where_text FROM person_role WHERE tenant = ${tenant} AND where_text IS NOT NULL`;
  return rows.map(({ where }) => where);
}

/** How many persons hold each role. */
export async function countHolders(sql: RawSql, tenant: number): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ role: string; holders: number }[]>`
    SELECT role, count(*)::integer AS holders FROM person_role WHERE tenant = ${tenant} GROUP BY role`;
  return new Map(rows.map(({ role, holders }) => [role, holders]));
}

/** Whoever takes an admin away looks at all of them, one after the other, so that two cannot take away the last two. */
export async function lockAdmins(tx: RawTransaction, tenant: number): Promise<void> {
  await tx`SELECT 1 FROM person_role WHERE tenant = ${tenant} AND role = 'admin' ORDER BY person FOR UPDATE`;
}

/** Stores a custom role unless there are too many; false then. A name in use is a unique violation of `role_name`. */
export async function insertRole(tx: RawTransaction, tenant: number, role: RoleRow): Promise<boolean> {
  const result = await tx`
    INSERT INTO role (tenant, id, name, description)
    SELECT ${tenant}, ${role.id}, ${role.name}, ${role.description}
    WHERE (SELECT count(*) FROM role WHERE tenant = ${tenant}) < ${MAX_ROLES}`;
  if (result.count === 1) await putGrants(tx, role);
  return result.count === 1;
}

/** Writes a custom role as it has become. */
export async function updateRole(tx: RawTransaction, tenant: number, role: RoleRow): Promise<void> {
  await tx`UPDATE role SET name = ${role.name}, description = ${role.description}
    WHERE tenant = ${tenant} AND id = ${role.id}`;
  await putGrants(tx, role);
}

/** Lists of a grant travel as JSON: arrays of arrays must be rectangular. */
async function putGrants(tx: RawTransaction, { id, grants }: RoleRow): Promise<void> {
  const list = (names: readonly string[] | null) => (names === null ? null : JSON.stringify(names));
  await tx`DELETE FROM role_grant WHERE role = ${id}`;
  await tx`
    INSERT INTO role_grant (role, position, permission, where_text, kinds, contents)
    SELECT ${id}, position, permission, where_text,
      CASE WHEN kinds IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(kinds::jsonb)) END,
      CASE WHEN contents IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(contents::jsonb)) END
    FROM unnest(
      ${int2s(
        tx,
        grants.map((_, at) => at),
      )}, ${texts(
        tx,
        grants.map(({ permission }) => permission),
      )},
      ${texts(
        tx,
        grants.map(({ where }) => where),
      )}, ${texts(
        tx,
        grants.map(({ kinds }) => list(kinds)),
      )},
      ${texts(
        tx,
        grants.map(({ contents }) => list(contents)),
      )}) AS g (position, permission, where_text, kinds, contents)`;
}

/** Deletes a custom role with what it grants; one that somebody holds is a violation of the foreign key. */
export async function deleteRole(tx: RawTransaction, tenant: number, id: string): Promise<void> {
  await tx`DELETE FROM role WHERE tenant = ${tenant} AND id = ${id}`;
}

/** A role for a person. */
export interface Assignment {
  readonly tenant: number;
  readonly person: string;
  readonly role: string;
  readonly where: string | null;
}

/** Gives a role, or changes its limit. */
export async function upsertPersonRole(tx: RawTransaction, one: Assignment): Promise<void> {
  await tx`INSERT INTO person_role (tenant, person, role, where_text)
    VALUES (${one.tenant}, ${one.person}, ${one.role}, ${one.where})
    ON CONFLICT (person, role) DO UPDATE SET where_text = excluded.where_text`;
}

/** Takes a role; false where the person has not got it. */
export async function deletePersonRole(
  tx: RawTransaction,
  one: Pick<Assignment, 'tenant' | 'person' | 'role'>,
): Promise<boolean> {
  const result = await tx`DELETE FROM person_role
    WHERE tenant = ${one.tenant} AND person = ${one.person} AND role = ${one.role}`;
  return result.count === 1;
}

/** Disables a person (a moment) or lets him be again (null). */
export async function updateDisabled(
  tx: RawTransaction,
  { tenant, person, at }: { readonly tenant: number; readonly person: string; readonly at: Date | null },
): Promise<void> {
  await tx`UPDATE person SET disabled_at = CASE WHEN ${at}::timestamptz IS NULL THEN NULL
      ELSE coalesce(disabled_at, ${at}) END
    WHERE tenant = ${tenant} AND id = ${person}`;
}

/** The person who was admin first, of those who are without a limit. */
export async function selectFirstAdmin(sql: RawSql, tenant: number): Promise<string | undefined> {
  const rows = await sql<{ id: string }[]>`
    SELECT person.id FROM person_role held JOIN person ON person.id = held.person
    WHERE held.tenant = ${tenant} AND held.role = 'admin' AND held.where_text IS NULL AND person.disabled_at IS NULL
    ORDER BY person.created_at, person.id LIMIT 1`;
  return rows[0]?.id;
}

/** Makes the first person the admin where there is none. */
export async function insertFirstAdmin(tx: RawSql, tenant: number): Promise<void> {
  await tx`INSERT INTO person_role (tenant, person, role)
    SELECT tenant, id, 'admin' FROM person WHERE tenant = ${tenant} AND NOT EXISTS (
      SELECT 1 FROM person_role held JOIN person ON person.id = held.person
      WHERE held.tenant = ${tenant} AND held.role = 'admin' AND held.where_text IS NULL AND person.disabled_at IS NULL)
    ORDER BY disabled_at IS NOT NULL, created_at, id LIMIT 1
    ON CONFLICT (person, role) DO UPDATE SET where_text = NULL`;
}
