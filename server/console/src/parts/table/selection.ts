// Which rows are meant: some by id, or all that match but a few; survives paging.

/** Chosen rows. */
export type Selection =
  | { readonly kind: 'some'; readonly ids: ReadonlySet<string> }
  | { readonly kind: 'all'; readonly except: ReadonlySet<string> };

export const nothing: Selection = { kind: 'some', ids: new Set() };

/** Pure: whether a row is chosen. */
export function isChosen(selection: Selection, id: string): boolean {
  return selection.kind === 'all' ? !selection.except.has(id) : selection.ids.has(id);
}

/** Pure: how many are chosen, of `count` that match; null while that is not known. */
export function countChosen(selection: Selection, count: number | null): number | null {
  if (selection.kind === 'some') return selection.ids.size;
  return count === null ? null : count - selection.except.size;
}

/** Pure: the selection with these rows chosen, or not. */
export function choose(selection: Selection, ids: readonly string[], isOn: boolean): Selection {
  const isAll = selection.kind === 'all';
  const set = new Set(isAll ? selection.except : selection.ids);
  for (const id of ids) {
    if (isOn === isAll) set.delete(id);
    else set.add(id);
  }
  return isAll ? { kind: 'all', except: set } : { kind: 'some', ids: set };
}
