// Roles: those that come with the server, and those that an organization makes, never wider than what their maker has.
import { done, writeAudit } from '../../core/audit/audit.ts';
import { codeOf, isConflict, withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { type Grant, grantEverywhere, type Principal } from '../../core/http/permission.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import { checkLimit, intersectGrants, isAllowed, labelsOf, simplify } from './grants.ts';
import { type Doer, readGrants, requireAll } from './holders.ts';
import { MAX_GRANTS_OF_PERMISSION, MAX_ROLES } from './limits.ts';
import {
  allPermissions,
  builtInNames,
  isBuiltIn,
  isOrdering,
  isPermission,
  permissions,
  permissionsOf,
} from './permissions.ts';
import type { NewRole, Role } from './schema-roles.ts';
import {
  countHolders,
  deleteRole,
  insertRole,
  lockAdmins,
  type RoleRow,
  selectLimits,
  selectRoles,
  updateRole,
} from './store-roles.ts';

/** What built-in roles are called and for whom they are. */
const builtInTexts = {
  admin: ['Admin', 'Everything, also what later versions add.'],
  technician: ['Technician', 'Looks after devices: sees them, labels them, orders commands, halts.'],
  approver: ['Approver', 'Adds the second signature to commands and content, and orders nothing.'],
  security: ['Security', 'Sees everything, keeps trust and enrollment, approves and halts; orders nothing.'],
  auditor: ['Auditor', 'Sees everything, the audit too, and changes nothing.'],
  viewer: ['Viewer', 'Sees devices, alerts and jobs, and changes nothing.'],
} as const satisfies Record<(typeof builtInNames)[number], readonly [name: string, description: string]>;

/** All roles: built-in ones, then custom ones by name. Two statements. */
export async function listRoles(sql: RawSql, tenant: number): Promise<Role[]> {
  const [rows, holders] = await withMappedErrors(() =>
    Promise.all([selectRoles(sql, tenant, null), countHolders(sql, tenant)]),
  );
  const builtIn = builtInNames.map((id) => {
    const [name, description] = builtInTexts[id];
    return { id, name, description, grants: grantEverywhere(permissionsOf(id)) };
  });
  return [...builtIn, ...rows].map((row) => toRole(row, holders.get(row.id) ?? 0));
}

function toRole({ id, name, description, grants }: RoleRow, holders: number): Role {
  const shown = grants.map(({ permission, where, kinds, contents }) => ({
    ...{ permission, where },
    kinds: kinds === null ? null : [...kinds],
    contents: contents === null ? null : [...contents],
  }));
  return { id, name, description, isBuiltIn: isBuiltIn(id), grants: shown, holders };
}

/**
 * Refuses somebody who is limited to some devices a change of labels that a limit in the organization names: he could move devices
 * into what he may touch, or out of what another may. Who acts by a token is limited by what he holds as well, whatever the token may.
 * Those that a limit names. @throws MusterError E_FORBIDDEN
 */
export async function checkLabels(
  sql: RawSql,
  { tenant, grants, person }: Pick<Principal, 'tenant' | 'grants' | 'person'>,
  keys: readonly string[],
): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  const named = labelsOf(await withMappedErrors(() => selectLimits(sql, tenant)));
  const kept = keys.filter((key) => named.has(key));
  if (kept.length === 0) return [];
  const held = person === null ? [] : await readGrants(sql, tenant, person);
  if ([...grants, ...held].every(({ where }) => where === null)) return kept;
  throw fail('E_FORBIDDEN', {
    detail: `Roles are limited by ${kept.join(', ')}, so only somebody without a limit sets it.`,
  });
}

/** Every permission there is, for those who make roles. */
export function listPermissions() {
  return allPermissions.map((id) => ({
    id,
    says: permissions[id].says,
    reach: permissions[id].reach,
    isOrdering: isOrdering(id),
  }));
}

/** A custom role. @throws MusterError E_NOT_FOUND */
async function findRole(sql: RawSql, tenant: number, id: string): Promise<RoleRow> {
  const [row] = await withMappedErrors(() => selectRoles(sql, tenant, id));
  if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no role of your own with that id.' });
  return row;
}

/** Checks a wish for itself. @throws MusterError E_VALIDATION, E_EXPRESSION */
function toGrants(wishes: NewRole['grants']): Grant[] {
  return wishes.map(({ permission, where = null, kinds = null, contents = null }) => {
    if (!isPermission(permission))
      throw fail('E_VALIDATION', { detail: `There is no permission ${permission}.` });
    if (where !== null && permissions[permission].reach !== 'devices')
      throw fail('E_VALIDATION', {
        detail: `${permission} is about no device, so it cannot be limited to some.`,
      });
    if ((kinds !== null || contents !== null) && !isOrdering(permission))
      throw fail('E_VALIDATION', {
        detail: `${permission} orders nothing, so it cannot be limited to kinds or content.`,
      });
    checkLimit(where);
    return { permission, where, kinds, contents };
  });
}

/** @throws MusterError E_VALIDATION */
function checkCounts(grants: readonly Grant[]): void {
  for (const permission of new Set(grants.map((one) => one.permission)))
    if (grants.filter((one) => one.permission === permission).length > MAX_GRANTS_OF_PERMISSION)
      throw fail('E_VALIDATION', {
        detail: `A role grants ${permission} with at most ${MAX_GRANTS_OF_PERMISSION} limits; join some by ||.`,
      });
}

/**
 * What becomes of a wish: as much of it as the maker has himself, so that what holds for some devices in his hand holds for
 * these in the role, too. What the role granted before stays as it is. @throws MusterError E_FORBIDDEN
 */
function narrow(wanted: readonly Grant[], maker: Principal, before: readonly Grant[]): Grant[] {
  const unheld = wanted.filter((one) => !maker.permissions.has(one.permission) && !isAllowed(one, before));
  requireAll(maker, unheld);
  const narrowed = simplify(
    wanted.flatMap((one) => (isAllowed(one, before) ? [one] : intersectGrants([one], maker.grants))),
  );
  checkCounts(narrowed);
  return narrowed;
}

async function storing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await withMappedErrors(work);
  } catch (error) {
    if (codeOf(error) === '23503')
      throw fail('E_CONFLICT', { cause: error, detail: 'Somebody has this role; take it from him first.' });
    if (!isConflict(error, 'role_name')) throw error;
    throw fail('E_CONFLICT', { cause: error, detail: 'There is a role with that name already.' });
  }
}

/** Makes a custom role. @throws MusterError E_FORBIDDEN, E_CONFLICT, E_VALIDATION, E_EXPRESSION */
export async function makeRole(sql: RawSql, { principal, origin }: Doer, wish: NewRole): Promise<Role> {
  const { tenant } = principal;
  const grants = narrow(toGrants(wish.grants), principal, []);
  const role = { id: newId('rol'), name: wish.name, description: wish.description ?? '', grants };
  await storing(() =>
    inTransaction(sql, async (tx) => {
      if (!(await insertRole(tx, tenant, role)))
        throw fail('E_CONFLICT', { detail: `There are ${MAX_ROLES} roles, and no more are kept.` });
      await writeAudit(tx, done(origin, { tenant, act: 'role.make', ...describe(role) }));
    }),
  );
  return toRole(role, 0);
}

/** Changes a custom role; who holds it may do so from the next request on. @throws MusterError as making one, E_NOT_FOUND */
export async function changeRole(
  sql: RawSql,
  { principal, origin }: Doer,
  { id, ...wish }: NewRole & { readonly id: string },
): Promise<Role> {
  const { tenant } = principal;
  const wanted = toGrants(wish.grants);
  const role = await storing(() =>
    inTransaction(sql, async (tx) => {
      // Nobody is given what is being changed, and what is left out is taken from those who hold it.
      await lockAdmins(tx, tenant);
      const before = await findRole(tx, tenant, id);
      requireAll(
        principal,
        before.grants.filter((one) => isPermission(one.permission) && !isAllowed(one, wanted)),
      );
      const grants = narrow(wanted, principal, before.grants);
      const changed = { id, name: wish.name, description: wish.description ?? '', grants };
      await updateRole(tx, tenant, changed);
      await writeAudit(tx, done(origin, { tenant, act: 'role.change', ...describe(changed) }));
      return changed;
    }),
  );
  return toRole(role, (await withMappedErrors(() => countHolders(sql, tenant))).get(id) ?? 0);
}

/** Deletes a custom role that nobody has. @throws MusterError E_NOT_FOUND, E_CONFLICT */
export async function removeRole(sql: RawSql, { principal, origin }: Doer, id: string): Promise<Role> {
  const { tenant } = principal;
  const role = await findRole(sql, tenant, id);
  await storing(() =>
    inTransaction(sql, async (tx) => {
      await deleteRole(tx, tenant, id);
      await writeAudit(tx, done(origin, { tenant, act: 'role.remove', ...describe(role) }));
    }),
  );
  return toRole(role, 0);
}

function describe({ id, name, grants }: RoleRow) {
  const detail = {
    grants: grants.map(({ permission, where }) =>
      where === null ? permission : `${permission} where ${where}`,
    ),
  };
  return { subject: { kind: 'role', id, name }, detail };
}
