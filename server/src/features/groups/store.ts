// Statements of the groups feature.
import { int4s } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A group as it is stored, with the devices that were picked. */
export interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly expression: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly changedAt: Date;
  /** By number, in order. */
  readonly picked: readonly number[];
}

function columns(sql: RawSql) {
  return sql`id, name, description, expression, created_by AS "createdBy", created_at AS "createdAt", changed_at AS "changedAt",
    ARRAY(SELECT idx FROM group_device WHERE group_id = device_group.id ORDER BY idx) AS picked`;
}

/** All groups by name. */
export function selectGroups(sql: RawSql, tenant: number): Promise<GroupRow[]> {
  return sql<GroupRow[]>`SELECT ${columns(sql)} FROM device_group WHERE tenant = ${tenant} ORDER BY name`;
}

/** What a group is called and made of, without who was picked. */
export type GroupText = Pick<GroupRow, 'id' | 'name' | 'expression'>;

/** All of them, held until the transaction ends: what one names must not change while another is changed. */
export async function lockGroups(tx: RawSql, tenant: number): Promise<GroupText[]> {
  await tx`SELECT 1 FROM device_group WHERE tenant = ${tenant} ORDER BY id FOR UPDATE`;
  // Read anew: another change may have been waited for.
  return await tx<
    GroupText[]
  >`SELECT id, name, expression FROM device_group WHERE tenant = ${tenant} ORDER BY name`;
}

/** One group. */
export async function selectGroup(sql: RawSql, tenant: number, id: string): Promise<GroupRow | undefined> {
  const rows = await sql<GroupRow[]>`
    SELECT ${columns(sql)} FROM device_group WHERE tenant = ${tenant} AND id = ${id}`;
  return rows[0];
}

/** Stores a group unless there are too many, or one of that name; false then. */
export async function insertGroup(
  tx: RawSql,
  tenant: number,
  { row, most }: { readonly row: Omit<GroupRow, 'picked'>; readonly most: number },
): Promise<boolean> {
  const result = await tx`
    INSERT INTO device_group (tenant, id, name, description, expression, created_by, created_at, changed_at)
    SELECT ${tenant}, ${row.id}, ${row.name}, ${row.description}, ${row.expression}, ${row.createdBy},
           ${row.createdAt}::timestamptz, ${row.changedAt}::timestamptz
    WHERE (SELECT count(*) FROM device_group WHERE tenant = ${tenant}) < ${most}
    ON CONFLICT ON CONSTRAINT device_group_name DO NOTHING`;
  return result.count === 1;
}

/** A name is taken by another group. */
export async function isNameTaken(
  sql: RawSql,
  tenant: number,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<boolean> {
  const rows = await sql`
    SELECT 1 FROM device_group WHERE tenant = ${tenant} AND name = ${name} AND id <> ${id}`;
  return rows.length > 0;
}

/** What of a group is written. */
export type GroupDefinition = Pick<GroupRow, 'name' | 'description' | 'expression' | 'changedAt'>;

/** Changes a definition; undefined when there is no such group. */
export async function updateGroup(
  tx: RawSql,
  tenant: number,
  { id, definition }: { readonly id: string; readonly definition: GroupDefinition },
): Promise<boolean> {
  const { name, description, expression, changedAt } = definition;
  const result = await tx`
    UPDATE device_group SET name = ${name}, description = ${description}, expression = ${expression}, changed_at = ${changedAt}
    WHERE tenant = ${tenant} AND id = ${id}`;
  return result.count === 1;
}

/** Removes a group; undefined when there is none, else its name. */
export async function deleteGroup(tx: RawSql, tenant: number, id: string): Promise<string | undefined> {
  const rows = await tx<{ name: string }[]>`
    DELETE FROM device_group WHERE tenant = ${tenant} AND id = ${id} RETURNING name`;
  return rows[0]?.name;
}

/** Picks devices for a group; those that are picked stay. */
export async function insertPicked(
  tx: RawSql,
  tenant: number,
  { id, idxs }: { readonly id: string; readonly idxs: readonly number[] },
): Promise<void> {
  await tx`
    INSERT INTO group_device (tenant, group_id, idx)
    SELECT ${tenant}, ${id}, idx FROM unnest(${int4s(tx, idxs)}) AS idx ON CONFLICT DO NOTHING`;
}

/** Devices are no longer picked. */
export async function deletePicked(tx: RawSql, id: string, idxs: readonly number[]): Promise<void> {
  await tx`DELETE FROM group_device WHERE group_id = ${id} AND idx = ANY(${int4s(tx, idxs)})`;
}
