// Decides about saved views: one's own are one's own, shared ones are seen by all, and one of a page is the default.
import { type AuditOrigin, type Change, done, writeAudit } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { newId } from '../../core/ids.ts';
import { fail } from '../../errors.ts';
import { MAX_VIEWS, type NewView, type View, type ViewChange } from './schema.ts';
import {
  deleteDefault,
  deleteDefaultsOfOthers,
  deleteView,
  insertView,
  type Owner,
  selectView,
  selectViews,
  updateView,
  upsertDefault,
  type ViewRow,
} from './store.ts';

/** What the feature is handed. */
export interface ViewsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
}

/** Who asks. */
export interface Caller extends Owner {
  readonly name: string;
  /** He may share views with everybody. */
  readonly mayShare: boolean;
  readonly origin: AuditOrigin;
}

function toView({ owner, isShared, isDefault, changedAt, ...row }: ViewRow, by: Owner): View {
  return {
    ...row,
    shared: isShared,
    own: owner === by.owner,
    default: isDefault,
    changedAt: changedAt.toISOString(),
  };
}

/** His own views and shared ones, of one page or of all. */
export async function listViews({ sql }: ViewsDeps, by: Owner, page: string | undefined): Promise<View[]> {
  const rows = await withMappedErrors(() => selectViews(sql, by, page ?? null));
  return rows.map((row) => toView(row, by));
}

async function requireView(sql: RawSql, by: Owner, id: string): Promise<ViewRow> {
  const row = await selectView(sql, by, id);
  if (row === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no view with that id.' });
  return row;
}

function refuseName(name: string): never {
  throw fail('E_CONFLICT', {
    detail: `You have a view called "${name}" already, or ${MAX_VIEWS} views; choose another name, or remove some.`,
  });
}

function checkSharing({ mayShare }: Caller, isShared: boolean): void {
  if (isShared && !mayShare)
    throw fail('E_FORBIDDEN', { detail: 'To share a view needs the permission views.write.' });
}

/** What an event says of a view. */
interface Told {
  readonly act: Change['act'];
  readonly row: Pick<ViewRow, 'id' | 'name' | 'page' | 'search' | 'isShared'>;
  /** Whether the page opens with it for the caller from now on; undefined: as before. */
  readonly isDefault: boolean | undefined;
}

/** What somebody looks for by himself is nobody else's to read: of a private view the audit has the name and the page. */
async function audit(tx: RawSql, by: Caller, { act, row, isDefault }: Told): Promise<void> {
  const { id, name, page, search, isShared } = row;
  const detail = {
    ...{ page, shared: isShared },
    ...(isShared ? { search } : {}),
    ...(isDefault === undefined ? {} : { default: isDefault }),
  };
  const subject = { kind: 'view', id, name };
  await writeAudit(tx, done(by.origin, { tenant: by.tenant, act, subject, detail }));
}

/** Saves a view. @throws MusterError E_CONFLICT, E_FORBIDDEN */
export async function saveView({ sql, clock }: ViewsDeps, by: Caller, wanted: NewView): Promise<View> {
  const { page, name, search, shared } = wanted;
  checkSharing(by, shared);
  const id = newId('viw');
  const changedAt = new Date(clock.now());
  const row = { id, owner: by.owner, ownerName: by.name, page, name, isShared: shared, search, changedAt };
  await withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      if (!(await insertView(tx, by.tenant, { row, most: MAX_VIEWS }))) refuseName(name);
      if (wanted.default) await upsertDefault(tx, by, { page, id });
      await audit(tx, by, { act: 'view.make', row, isDefault: wanted.default || undefined });
    }),
  );
  return toView({ ...row, isDefault: wanted.default }, by);
}

/** Changes a view of one's own, or opens a page with a shared one. @throws MusterError E_NOT_FOUND, E_FORBIDDEN, E_CONFLICT */
export async function changeView(
  { sql, clock }: ViewsDeps,
  by: Caller,
  { id, change }: { readonly id: string; readonly change: ViewChange },
): Promise<View> {
  const { default: isDefault, ...definition } = change;
  const row = await withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      const before = await requireView(tx, by, id);
      const isDefined = Object.keys(definition).length > 0;
      if (isDefined) await define(tx, by, { before, definition, at: clock.now() });
      if (isDefault === true) await upsertDefault(tx, by, { page: before.page, id });
      if (isDefault === false) await deleteDefault(tx, by, id);
      const row = await requireView(tx, by, id);
      const act = isDefined ? 'view.change' : 'view.default';
      if (isDefined || isDefault !== undefined) await audit(tx, by, { act, row, isDefault });
      return row;
    }),
  );
  return toView(row, by);
}

async function define(
  tx: RawSql,
  by: Caller,
  {
    before,
    definition,
    at,
  }: { readonly before: ViewRow; readonly definition: Omit<ViewChange, 'default'>; readonly at: number },
): Promise<void> {
  if (before.owner !== by.owner)
    throw fail('E_FORBIDDEN', {
      detail: `Only ${before.ownerName} can change this view; save your own instead.`,
    });
  const { name = before.name, search = before.search, shared = before.isShared } = definition;
  checkSharing(by, shared && !before.isShared);
  const row = { ...before, name, search, isShared: shared, changedAt: new Date(at) };
  if (!(await updateView(tx, by.tenant, row))) refuseName(name);
  if (!shared) await deleteDefaultsOfOthers(tx, by, before.id);
}

/** Removes a view of one's own. @throws MusterError E_NOT_FOUND, E_FORBIDDEN */
export async function removeView({ sql }: ViewsDeps, by: Caller, id: string): Promise<void> {
  await withMappedErrors(() =>
    inTransaction(sql, async (tx) => {
      const row = await requireView(tx, by, id);
      if (row.owner !== by.owner)
        throw fail('E_FORBIDDEN', { detail: `Only ${row.ownerName} can remove this view.` });
      await deleteView(tx, by, id);
      await audit(tx, by, { act: 'view.remove', row, isDefault: undefined });
    }),
  );
}
