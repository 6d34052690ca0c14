// Decides about groups: what one is made of, who is a member, and why. Members come from the fleet index, never from a statement a device.
import { compileExpression, type Expression } from '@muster/protocol/language';
import { type AuditOrigin, done, writeAudit } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import type { DeviceNames } from '../devices/index.ts';
import type { Fleet, Grouped } from '../fleet/index.ts';
import { MAX_GROUPS, MAX_PICKED } from './limits.ts';
import { checkNesting, requireUnnamed } from './nesting.ts';
import type { Group, GroupChange, NewGroup } from './schema.ts';
import {
  deleteGroup,
  deletePicked,
  type GroupRow,
  insertGroup,
  insertPicked,
  isNameTaken,
  lockGroups,
  selectGroup,
  selectGroups,
  updateGroup,
} from './store.ts';

/** What the feature is handed. */
export interface GroupsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly devices: Pick<DeviceNames, 'find' | 'findAll'>;
  readonly fleet: Pick<Fleet, 'count' | 'page' | 'facts' | 'holds' | 'watch' | 'note' | 'groupsFrom'>;
}

/** Who asks, and what he may see. */
export interface Asking {
  readonly tenant: number;
  /** Limits, any of which is enough; null: every device. */
  readonly within: readonly Expression[] | null;
}

/** Who changes something. */
export interface Changing extends Asking {
  /** Devices that he may pick and leave out; null: every one. */
  readonly seen: DeviceSet | null;
  readonly name: string;
  readonly origin: AuditOrigin;
}

/** Expression for the server. @throws MusterError E_EXPRESSION */
export function compileGroup(text: string): Expression {
  return compileExpression(text, { for: 'server' });
}

/** Members as the fleet index finds them. */
export function groupedOf({ expression, picked }: Pick<GroupRow, 'expression' | 'picked'>): Grouped {
  return { expression: expression === null ? null : compileGroup(expression), picked };
}

/** A group as the API shows it. */
async function show({ fleet }: GroupsDeps, { tenant, within }: Asking, row: GroupRow): Promise<Group> {
  const { picked, createdAt, changedAt, ...rest } = row;
  const count = (group: Grouped) => fleet.count(tenant, { expression: null, within, group });
  return {
    ...rest,
    picked: within === null ? picked.length : await count({ expression: null, picked }),
    count: await count(groupedOf(row)),
    createdAt: createdAt.toISOString(),
    changedAt: changedAt.toISOString(),
  };
}

/** All groups with their counts; one statement, and one question to the index each. */
export async function listGroups(deps: GroupsDeps, asking: Asking): Promise<Group[]> {
  const rows = await withMappedErrors(() => selectGroups(deps.sql, asking.tenant));
  const groups: Group[] = [];
  for (const row of rows) groups.push(await show(deps, asking, row));
  return groups;
}

/** The group, or E_NOT_FOUND. */
export async function requireGroup({ sql }: GroupsDeps, tenant: number, id: string): Promise<GroupRow> {
  const row = await withMappedErrors(() => selectGroup(sql, tenant, id));
  if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no group with that id.' });
  return row;
}

/** One group. @throws MusterError E_NOT_FOUND */
export async function readGroup(deps: GroupsDeps, asking: Asking, id: string): Promise<Group> {
  return show(deps, asking, await requireGroup(deps, asking.tenant, id));
}

/** Numbers of devices by their ids. @throws MusterError E_NOT_FOUND naming the first that is unknown, or that the caller does not see */
async function findDevices(
  { devices }: GroupsDeps,
  { tenant, seen }: Changing,
  ids: readonly string[] = [],
): Promise<number[]> {
  if (ids.length === 0) return [];
  const found = await devices.findAll(tenant, ids);
  const unknown = ids.find((id) => {
    const idx = found.get(id);
    return idx === undefined || seen?.has(idx) === false;
  });
  if (unknown !== undefined)
    throw fail('E_NOT_FOUND', { detail: `There is no device with the id ${unknown}.` });
  return [...new Set(found.values())];
}

function refuseName(name: string): never {
  throw fail('E_CONFLICT', { detail: `There is a group called "${name}"; choose another name.` });
}

/** Expressions name a group by its id or its name: a name that is an id would be taken for the other. */
function checkName(name: string): void {
  if (/^grp_[a-z2-7]{26}$/.test(name))
    throw fail('E_CONFLICT', { detail: 'A name cannot look like the id of a group; choose another one.' });
}

/** A change of groups; the index hears of it also when the answer of the database was lost. */
async function changing<T>(
  { sql, fleet }: GroupsDeps,
  tenant: number,
  act: (tx: RawSql) => Promise<T>,
): Promise<T> {
  try {
    return await withMappedErrors(() => inTransaction(sql, act));
  } finally {
    fleet.note('group', tenant, 0);
  }
}

/** Makes a group. @throws MusterError E_EXPRESSION, E_NOT_FOUND, E_CONFLICT */
export async function makeGroup(deps: GroupsDeps, by: Changing, wanted: NewGroup): Promise<Group> {
  const { tenant } = by;
  const { name, description = '', expression = null } = wanted;
  if (expression !== null) compileGroup(expression);
  checkName(name);
  const idxs = await findDevices(deps, by, wanted.devices);
  const at = new Date(deps.clock.now());
  const id = newId('grp');
  const row = { id, name, description, expression, createdBy: by.name, createdAt: at, changedAt: at };
  await changing(deps, tenant, async (tx) => {
    const all = await lockGroups(tx, tenant);
    if (await isNameTaken(tx, tenant, { id, name })) refuseName(name);
    checkNesting(all, row);
    if (!(await insertGroup(tx, tenant, { row, most: MAX_GROUPS })))
      throw fail('E_CONFLICT', { detail: `At most ${MAX_GROUPS} groups can be kept; remove some first.` });
    await insertPicked(tx, tenant, { id, idxs });
    const subject = { kind: 'group', id, name };
    const detail = { expression, picked: idxs.length };
    await writeAudit(tx, done(by.origin, { tenant, act: 'group.make', subject, detail }));
  });
  return show(deps, by, { ...row, picked: idxs });
}

/** Changes a group. @throws MusterError E_EXPRESSION, E_NOT_FOUND, E_CONFLICT */
export async function changeGroup(
  deps: GroupsDeps,
  by: Changing,
  { id, change }: { readonly id: string; readonly change: GroupChange },
): Promise<Group> {
  const { tenant } = by;
  if (typeof change.expression === 'string') compileGroup(change.expression);
  if (change.name !== undefined) checkName(change.name);
  const add = await findDevices(deps, by, change.add);
  const remove = await findDevices(deps, by, change.remove);
  const row = await changing(deps, tenant, async (tx) => {
    const all = await lockGroups(tx, tenant);
    const before = await selectGroup(tx, tenant, id);
    if (before === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no group with that id.' });
    const { name = before.name, description = before.description, expression = before.expression } = change;
    if (await isNameTaken(tx, tenant, { id, name })) refuseName(name);
    if (name !== before.name)
      requireUnnamed(all, { id, called: [before.name], remedy: `let them name the id ${id} first` });
    checkNesting(all, { id, name, expression });
    const definition = { name, description, expression, changedAt: new Date(deps.clock.now()) };
    await updateGroup(tx, tenant, { id, definition });
    await deletePicked(tx, id, remove);
    await insertPicked(tx, tenant, { id, idxs: add });
    const after = await selectGroup(tx, tenant, id);
    if (after === undefined || after.picked.length > MAX_PICKED)
      throw fail('E_CONFLICT', {
        detail: `At most ${MAX_PICKED} devices can be picked for a group; use an expression.`,
      });
    const detail = { before: before.expression, expression, added: add.length, removed: remove.length };
    const subject = { kind: 'group', id, name };
    await writeAudit(tx, done(by.origin, { tenant, act: 'group.change', subject, detail }));
    return after;
  });
  return show(deps, by, row);
}

/** Removes a group. @throws MusterError E_NOT_FOUND, E_CONFLICT while another one names it */
export async function removeGroup(deps: GroupsDeps, by: Changing, id: string): Promise<void> {
  const { tenant } = by;
  await changing(deps, tenant, async (tx) => {
    const all = await lockGroups(tx, tenant);
    const name = await deleteGroup(tx, tenant, id);
    if (name === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no group with that id.' });
    requireUnnamed(all, { id, called: [id, name], remedy: 'change them first' });
    const subject = { kind: 'group', id, name };
    await writeAudit(tx, done(by.origin, { tenant, act: 'group.remove', subject }));
  });
}
