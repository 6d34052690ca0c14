// Compares two states of a section row by row: what appeared, what changed, what vanished.
import type { Section, SliceBody, Value } from '@muster/protocol';
import { cell, type NamedRow, nameRows } from './facts.ts';

/** One changed value. */
export interface ChangedValue {
  readonly column: string;
  readonly before: Value;
  readonly after: Value;
}

/** One row that is not the same before and after. */
export type RowChange =
  | { readonly change: 'added' | 'removed'; readonly row: NamedRow }
  | { readonly change: 'changed'; readonly row: NamedRow; readonly values: readonly ChangedValue[] };

/** All differences; `rows` lists at most as many as asked for, the numbers count all. */
export interface Comparison {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly rows: readonly RowChange[];
}

/** What is compared: a body, or nothing where the section was not there. */
type State = Pick<SliceBody, 'columns' | 'rows'> | null;

/** Rows are the same thing over time when these columns agree. A package stays itself when its version changes. */
function identityOf(section: Pick<Section, 'name' | 'key'>): readonly string[] {
  return section.name === 'packages' ? section.key.filter((column) => column !== 'version') : section.key;
}

/**
 * Compares two states. Equal rows cancel out; of what is left, rows with equal identity are a change, one to one, and the rest
 * was added or removed. Order: by identity, then as in the bodies.
 */
export function compareStates(
  section: Pick<Section, 'name' | 'key'>,
  states: { readonly before: State; readonly after: State },
  maxRows: number,
): Comparison {
  const before = countRows(states.before);
  const after = countRows(states.after);
  const groups = new Map<string, { removed: NamedRow[]; added: NamedRow[] }>();
  const identity = identityOf(section);
  const groupOf = (row: NamedRow) => {
    const key = JSON.stringify(identity.map((column) => cell(row, column)));
    const group = groups.get(key) ?? { removed: [], added: [] };
    groups.set(key, group);
    return group;
  };
  for (const { row, times } of surplus(before, after))
    for (let i = 0; i < times; i++) groupOf(row).removed.push(row);
  for (const { row, times } of surplus(after, before))
    for (let i = 0; i < times; i++) groupOf(row).added.push(row);
  const all = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => pairRows(group));
  const count = (change: RowChange['change']) => all.filter((one) => one.change === change).length;
  return {
    added: count('added'),
    removed: count('removed'),
    changed: count('changed'),
    rows: all.slice(0, maxRows),
  };
}

interface CountedRow {
  readonly row: NamedRow;
  times: number;
}

/** Rows by their whole content. Columns without a value do not count, so that a new empty column is no change. */
function countRows(state: State): Map<string, CountedRow> {
  const counted = new Map<string, CountedRow>();
  for (const row of state === null ? [] : nameRows(state)) {
    const filled = Object.entries(row).filter(([, value]) => value !== null);
    const key = JSON.stringify(filled.sort(([a], [b]) => (a < b ? -1 : 1)));
    const found = counted.get(key);
    if (found) found.times += 1;
    else counted.set(key, { row, times: 1 });
  }
  return counted;
}

/** Rows that stand more often in one than in the other. */
function surplus(
  here: ReadonlyMap<string, CountedRow>,
  there: ReadonlyMap<string, CountedRow>,
): CountedRow[] {
  return [...here].flatMap(([key, { row, times }]) => {
    const more = times - (there.get(key)?.times ?? 0);
    return more > 0 ? [{ row, times: more }] : [];
  });
}

function pairRows({
  removed,
  added,
}: {
  readonly removed: readonly NamedRow[];
  readonly added: readonly NamedRow[];
}): RowChange[] {
  const pairs = Math.min(removed.length, added.length);
  const changed = added
    .slice(0, pairs)
    .map((row, at): RowChange => ({ change: 'changed', row, values: listValues(removed[at], row) }));
  return [
    ...changed,
    ...added.slice(pairs).map((row): RowChange => ({ change: 'added', row })),
    ...removed.slice(pairs).map((row): RowChange => ({ change: 'removed', row })),
  ];
}

function listValues(before: NamedRow | undefined, after: NamedRow): ChangedValue[] {
  const columns = [...new Set([...Object.keys(after), ...Object.keys(before ?? {})])];
  return columns
    .map((column) => ({ column, before: cell(before, column), after: cell(after, column) }))
    .filter((value) => value.before !== value.after);
}
