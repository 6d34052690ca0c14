// How revisions are called, and how people go back to them.
import type { Row } from '../policies/data.ts';

/** What names a revision among those of its policy. */
type Named = Pick<Row, 'epoch' | 'version'>;

/** Pure: the version; of an older epoch than the newest both numbers, as the command line writes it. */
export function nameVersion({ epoch, version }: Named, newest: Named | undefined): string {
  return newest === undefined || epoch === newest.epoch ? String(version) : `${epoch}.${version}`;
}

/** Pure: the revision that is shown: the wanted one, else the one in force, else the newest. */
export function chooseShown(rows: readonly Row[], wanted: string | undefined): Row | undefined {
  return rows.find(({ digest }) => digest === wanted) ?? rows.find(({ isInForce }) => isInForce) ?? rows[0];
}

/** Pure: the line that puts an older revision in force again. Both numbers name it whatever epoch comes. */
export function toRollbackLine(name: string, { epoch, version }: Named): string {
  return `muster policy rollback ${name} --to ${epoch}.${version}`;
}

/** Pure: the two that are compared: the wanted ones where the history has both. */
export function choosePair(
  rows: readonly Row[],
  { from, to }: { readonly from?: string; readonly to?: string },
): { readonly from: string; readonly to: string } | null {
  const isKnown = (one: string | undefined): one is string => rows.some(({ digest }) => digest === one);
  return isKnown(from) && isKnown(to) ? { from, to } : null;
}
