// Statements of the views feature.
import type { RawSql } from '../../core/db/pool.ts';

/** A view as it is stored, and whether it is the default of who asks. */
export interface ViewRow {
  readonly id: string;
  readonly owner: string;
  readonly ownerName: string;
  readonly page: string;
  readonly name: string;
  readonly isShared: boolean;
  readonly search: string;
  readonly changedAt: Date;
  readonly isDefault: boolean;
}

/** Whose views. */
export interface Owner {
  readonly tenant: number;
  /** Id of the person, or of the token. */
  readonly owner: string;
}

function columns(sql: RawSql, { owner }: Owner) {
  return sql`id, owner, owner_name AS "ownerName", page, name, is_shared AS "isShared", search, changed_at AS "changedAt",
    EXISTS (SELECT 1 FROM view_default WHERE view_id = saved_view.id AND view_default.owner = ${owner}) AS "isDefault"`;
}

/** The views that somebody sees, by name: his own, then those that others share. */
export function selectViews(sql: RawSql, by: Owner, page: string | null): Promise<ViewRow[]> {
  return sql<ViewRow[]>`
    SELECT ${columns(sql, by)} FROM saved_view
    WHERE tenant = ${by.tenant} AND (owner = ${by.owner} OR is_shared) AND (${page}::text IS NULL OR page = ${page})
    ORDER BY owner <> ${by.owner}, name, id LIMIT 1000`;
}

/** One that he sees. */
export async function selectView(sql: RawSql, by: Owner, id: string): Promise<ViewRow | undefined> {
  const rows = await sql<ViewRow[]>`
    SELECT ${columns(sql, by)} FROM saved_view
    WHERE tenant = ${by.tenant} AND id = ${id} AND (owner = ${by.owner} OR is_shared)`;
  return rows[0];
}

/** What is written of a view. */
export type StoredView = Omit<ViewRow, 'isDefault'>;

/** Stores a view unless there are too many, or one of that name; false then. */
export async function insertView(
  tx: RawSql,
  tenant: number,
  { row, most }: { readonly row: StoredView; readonly most: number },
): Promise<boolean> {
  const result = await tx`
    INSERT INTO saved_view (tenant, id, owner, owner_name, page, name, is_shared, search, changed_at)
    SELECT ${tenant}, ${row.id}, ${row.owner}, ${row.ownerName}, ${row.page}, ${row.name}, ${row.isShared}, ${row.search},
           ${row.changedAt}::timestamptz
    WHERE (SELECT count(*) FROM saved_view WHERE tenant = ${tenant} AND owner = ${row.owner}) < ${most}
    ON CONFLICT ON CONSTRAINT saved_view_name DO NOTHING`;
  return result.count === 1;
}

/** Changes a view of one's own; false when another of one's own has that name. */
export async function updateView(
  tx: RawSql,
  tenant: number,
  row: Pick<ViewRow, 'id' | 'owner' | 'page' | 'name' | 'isShared' | 'search' | 'changedAt'>,
): Promise<boolean> {
  const result = await tx`
    UPDATE saved_view SET name = ${row.name}, is_shared = ${row.isShared}, search = ${row.search}, changed_at = ${row.changedAt}
    WHERE tenant = ${tenant} AND id = ${row.id} AND owner = ${row.owner} AND NOT EXISTS (
      SELECT 1 FROM saved_view other WHERE other.tenant = ${tenant} AND other.owner = ${row.owner}
        AND other.page = ${row.page} AND other.name = ${row.name} AND other.id <> ${row.id})`;
  return result.count === 1;
}

/** Nobody else opens a page with a view that is no longer shared. */
export async function deleteDefaultsOfOthers(tx: RawSql, { owner }: Owner, id: string): Promise<void> {
  await tx`DELETE FROM view_default WHERE view_id = ${id} AND owner <> ${owner}`;
}

/** Removes a view of one's own. */
export async function deleteView(tx: RawSql, by: Owner, id: string): Promise<void> {
  await tx`DELETE FROM saved_view WHERE tenant = ${by.tenant} AND id = ${id} AND owner = ${by.owner}`;
}

/** Lets a page open with a view. */
export async function upsertDefault(
  tx: RawSql,
  by: Owner,
  { page, id }: { readonly page: string; readonly id: string },
): Promise<void> {
  await tx`
    INSERT INTO view_default (tenant, owner, page, view_id) VALUES (${by.tenant}, ${by.owner}, ${page}, ${id})
    ON CONFLICT (tenant, owner, page) DO UPDATE SET view_id = excluded.view_id`;
}

/** The page opens without that view. */
export async function deleteDefault(tx: RawSql, by: Owner, id: string): Promise<void> {
  await tx`DELETE FROM view_default WHERE tenant = ${by.tenant} AND owner = ${by.owner} AND view_id = ${id}`;
}
