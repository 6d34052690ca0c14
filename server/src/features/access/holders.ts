// What persons may do: from the roles they hold, given and taken by people who have what they give.
import { type AuditOrigin, done, writeAudit } from '../../core/audit/audit.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql, RawTransaction } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { type Grant, grantEverywhere, type Principal } from '../../core/http/permission.ts';
import { fail } from '../../errors.ts';
import { checkLimit, isAllowed, limitGrants, simplify } from './grants.ts';
import { MAX_REMEMBERED, MAX_ROLES_PER_PERSON } from './limits.ts';
import { remembering } from './memo.ts';
import { isBuiltIn, isPermission, permissionsOf } from './permissions.ts';
import {
  deletePersonRole,
  type HeldRole,
  lockAdmins,
  selectFirstAdmin,
  selectHeld,
  selectHoldings,
  selectPersonRoles,
  selectRoles,
  updateDisabled,
  upsertPersonRole,
} from './store-roles.ts';

/** Who does it, from where. */
export interface Doer {
  readonly principal: Principal;
  readonly origin: AuditOrigin;
}

/** What the roles of a person allow now. */
export const grantsOf = remembering(
  (held: readonly HeldRole[]): readonly Grant[] =>
    simplify(held.flatMap(({ role, where, grants }) => limitGrants(contentOf(role, grants), where))),
  MAX_REMEMBERED,
);

/** What a role grants by this version's list of permissions. */
function contentOf(role: string, grants: readonly Grant[] | null): readonly Grant[] {
  if (isBuiltIn(role)) return grantEverywhere(permissionsOf(role));
  return (grants ?? []).filter(({ permission }) => isPermission(permission));
}

/** What a person may do now; nothing while he is disabled. One statement, nothing is kept. */
export async function readGrants(sql: RawSql, tenant: number, person: string): Promise<readonly Grant[]> {
  return grantsOf(await withMappedErrors(() => selectHeld(sql, { tenant, person })));
}

/** What a person may do, and what he might do. */
export interface Standing {
  /** Now: nothing while he is disabled. */
  readonly grants: readonly Grant[];
  /** Once he is enabled again; of whoever is not disabled the same. */
  readonly whenEnabled: readonly Grant[];
}

/** The same of several persons, by person, with what disabling takes from them; those who are not there are left out. */
export async function readStandings(
  sql: RawSql,
  tenant: number,
  persons: readonly string[],
): Promise<Map<string, Standing>> {
  const all = await withMappedErrors(() => selectHoldings(sql, tenant, persons));
  return new Map(
    all.map(({ id, held, isDisabled }) => {
      const whenEnabled = grantsOf(held);
      return [id, { grants: isDisabled ? [] : whenEnabled, whenEnabled }];
    }),
  );
}

/** True when whoever has these grants may do all that the others allow: only he may give them, or act for who has them. */
export function containsGrants(these: readonly Grant[], others: readonly Grant[]): boolean {
  return others.every((one) => isAllowed(one, these));
}

/** What a person may do, or might when he is enabled, without what every session may do for itself. */
async function readReach(sql: RawSql, tenant: number, person: string): Promise<Grant[]> {
  const held = await withMappedErrors(() => selectHeld(sql, { tenant, person }, { evenDisabled: true }));
  return grantsOf(held).filter(({ permission }) => permission !== 'me.write');
}

/**
 * Whoever acts for a person, or against him, may do all that he may: a link, a key or a token of his is a way to become him. A session
 * is its person; a token is only what it was made with, also one of that person. @throws MusterError E_FORBIDDEN
 */
export async function requireNotWeaker(sql: RawSql, principal: Principal, person: string): Promise<void> {
  if (principal.via === 'session' && principal.person === person) return;
  if (containsGrants(principal.grants, await readReach(sql, principal.tenant, person))) return;
  throw fail('E_FORBIDDEN', {
    detail:
      'This person may do what you may not, at least not with this token; somebody who may has to do this.',
  });
}

/** What somebody made for a person, with what he was allowed then. */
interface Made {
  readonly tenant: number;
  readonly person: string;
  /** Person who made it; null: a token that belongs to nobody. */
  readonly maker: string | null;
  readonly grants: readonly Grant[];
}

/** True while the person may do nothing that its maker might not then, and may not now. */
export async function mayStillReach(sql: RawSql, { tenant, person, maker, grants }: Made): Promise<boolean> {
  const wanted = await readReach(sql, tenant, person);
  if (!containsGrants(grants, wanted)) return false;
  return maker === null || containsGrants(await readGrants(sql, tenant, maker), wanted);
}

/** @throws MusterError E_FORBIDDEN naming what the doer has not */
export function requireAll({ grants }: Pick<Principal, 'grants'>, wanted: readonly Grant[]): void {
  const lacking = wanted.filter((one) => !isAllowed(one, grants)).map(({ permission }) => permission);
  if (lacking.length === 0) return;
  throw fail('E_FORBIDDEN', {
    detail: `Nobody gives or takes what he has not, at least not so widely: ${[...new Set(lacking)].join(', ')}.`,
  });
}

/** A role of a person, as it is given or taken. */
export interface RoleOfPerson {
  readonly person: string;
  /** For people. */
  readonly personName: string;
  /** Name of a built-in one, or id. */
  readonly role: string;
}

/** What the role grants to somebody who holds it with that limit. @throws MusterError E_NOT_FOUND */
async function readRole(sql: RawSql, tenant: number, role: string) {
  if (isBuiltIn(role)) return { name: role as string, grants: grantEverywhere(permissionsOf(role)) };
  const [found] = await withMappedErrors(() => selectRoles(sql, tenant, role));
  if (found === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no role with that name or id.' });
  return found;
}

/** A role as it is given. */
type Given = RoleOfPerson & { readonly where: string | null };

/** Gives a role, or changes its limit. @throws MusterError E_FORBIDDEN, E_NOT_FOUND, E_CONFLICT, E_EXPRESSION */
export async function giveRole(sql: RawSql, doer: Doer, given: Given): Promise<void> {
  await withMappedErrors(() => keepingAdmin(sql, doer.principal.tenant, (tx) => assignRole(tx, doer, given)));
}

/** The same within {@link keepingAdmin}, where nobody else gives, takes or changes roles. */
export async function assignRole(
  tx: RawTransaction,
  { principal, origin }: Doer,
  { person, personName, role, where }: Given,
): Promise<void> {
  const { tenant } = principal;
  checkLimit(where);
  const found = await readRole(tx, tenant, role);
  requireAll(principal, limitGrants(found.grants, where));
  const held = await selectPersonRoles(tx, tenant, person);
  const present = held.find((one) => one.role === role);
  // A limit takes away what the role granted without it.
  if (present !== undefined) requireAll(principal, limitGrants(found.grants, present.where));
  else if (held.length >= MAX_ROLES_PER_PERSON)
    throw fail('E_CONFLICT', { detail: `A person has at most ${MAX_ROLES_PER_PERSON} roles.` });
  const subject = { kind: 'person', id: person, name: personName };
  const detail = { role, roleName: found.name, where };
  await upsertPersonRole(tx, { tenant, person, role, where });
  await writeAudit(tx, done(origin, { tenant, act: 'role.assign', subject, detail }));
}

/** Takes a role from a person. @throws MusterError E_FORBIDDEN, E_NOT_FOUND, E_CONFLICT for the last admin */
export async function takeRole(
  sql: RawSql,
  { principal, origin }: Doer,
  { person, personName, role }: RoleOfPerson,
): Promise<void> {
  const { tenant } = principal;
  await withMappedErrors(() =>
    keepingAdmin(sql, tenant, async (tx) => {
      const found = await readRole(tx, tenant, role);
      const held = await selectPersonRoles(tx, tenant, person);
      const present = held.find((one) => one.role === role);
      if (present === undefined) throw fail('E_NOT_FOUND', { detail: 'This person has not got that role.' });
      requireAll(principal, limitGrants(found.grants, present.where));
      await deletePersonRole(tx, { tenant, person, role });
      const subject = { kind: 'person', id: person, name: personName };
      const detail = { role, roleName: found.name };
      await writeAudit(tx, done(origin, { tenant, act: 'role.withdraw', subject, detail }));
    }),
  );
}

/** Who is disabled (null: enabled), and what else ends with that. */
interface Disabling {
  endSignIn?(tx: RawSql, person: string): Promise<void>;
  readonly id: string;
  readonly name: string;
  readonly at: Date | null;
}

/** Disables a person with his tokens and sessions, or lets him be again. @throws MusterError E_FORBIDDEN, E_CONFLICT for the last admin */
export async function setDisabled(
  sql: RawSql,
  { principal, origin }: Doer,
  { id, name, at, endSignIn }: Disabling,
): Promise<void> {
  const { tenant } = principal;
  await withMappedErrors(() =>
    keepingAdmin(sql, tenant, async (tx) => {
      requireAll(principal, grantsOf(await selectHeld(tx, { tenant, person: id }, { evenDisabled: true })));
      await updateDisabled(tx, { tenant, person: id, at });
      if (at !== null) await endSignIn?.(tx, id);
      const detail = { disabled: at !== null };
      const subject = { kind: 'person', id, name };
      await writeAudit(tx, done(origin, { tenant, act: 'person.change', subject, detail }));
    }),
  );
}

/** Runs the change in a transaction, one after the other, that is undone when nobody would be left who may do everything. @throws MusterError E_CONFLICT */
export function keepingAdmin<T>(
  sql: RawSql,
  tenant: number,
  work: (tx: RawTransaction) => Promise<T>,
): Promise<T> {
  return inTransaction(sql, async (tx) => {
    await lockAdmins(tx, tenant);
    const result = await work(tx);
    if ((await selectFirstAdmin(tx, tenant)) === undefined)
      throw fail('E_CONFLICT', {
        detail: 'This is the last admin without a limit; make somebody else one first.',
      });
    return result;
  });
}
