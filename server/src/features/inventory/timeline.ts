// A device's history as changes, newest first, and the difference between any two states.
import { findSection, packagesSection } from '@muster/protocol';
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { inflateStored } from './body.ts';
import { type Comparison, compareStates } from './compare.ts';
import { MAX_CHANGE_ROWS, MAX_COMPARED_BYTES } from './limits.ts';
import { outcomeOf, packagesBody } from './states.ts';
import type { DeviceRef } from './store.ts';
import {
  type At,
  type Outcome,
  type PackagesPoint,
  readBodies,
  readPackagesAt,
  readPackagesPoints,
  readSections,
  readSlicePoints,
  type SlicePoint,
  type TimelinePlace,
  type TimelineRange,
} from './store-reads.ts';
import { type NumberedPackage, readPackages, readSets, type SetRow } from './store-software.ts';

/** One change of one section. */
export interface Change extends Comparison {
  readonly at: Date;
  readonly section: string;
  readonly title: string;
  /** `first`: never seen before · `appeared`: seen earlier, then gone · `vanished`: no longer there. Rows are listed of `changed` only. */
  readonly kind: 'first' | 'appeared' | 'changed' | 'vanished';
  /** Null where the section was, or is, not there. Rows are compared where both are `ok`. */
  readonly beforeOutcome: Outcome | null;
  readonly afterOutcome: Outcome | null;
}

/** A page of a timeline; `next` is where the one after it begins. */
export interface Timeline {
  readonly changes: readonly Change[];
  readonly next: TimelinePlace | null;
}

/** A change before its rows are compared. */
interface Point extends TimelinePlace {
  readonly first: boolean;
  readonly beforeRows: number;
  readonly afterRows: number;
  readonly beforeOutcome: Outcome | null;
  readonly afterOutcome: Outcome | null;
  readonly rawBytes: number;
  readonly content: { readonly slice: SlicePoint } | { readonly packages: PackagesPoint };
}

/** Everything the points of a page name, read at once. */
interface Contents {
  readonly bodies: ReadonlyMap<string, Buffer>;
  readonly sets: ReadonlyMap<number, SetRow>;
  readonly packages: ReadonlyMap<number, NumberedPackage>;
}

/** Rough size of a package row in memory, bytes; bounds what one page compares. */
const PACKAGE_ROW_BYTES = 120;

/** Reads a page. At most five statements, however long the page. */
export async function readTimeline(sql: RawSql, device: DeviceRef, range: TimelineRange): Promise<Timeline> {
  const wanted = { ...range, limit: range.limit + 1 };
  const slices = await readSlicePoints(sql, device, wanted);
  const packages = await readPackagesPoints(sql, device, wanted);
  const all = [...slices.map(toSlicePoint), ...packages.map(toPackagesPoint)].sort(newestFirst);
  const page = takeAffordable(all.slice(0, range.limit));
  const contents = await readContents(sql, device.tenant, page);
  const last = page.at(-1);
  return {
    changes: page.map((point) => toChange(point, contents)),
    next: last !== undefined && page.length < all.length ? { at: last.at, section: last.section } : null,
  };
}

function toSlicePoint(slice: SlicePoint): Point {
  return { ...slice, content: { slice } };
}

/** Whether the list could be read stands in its sets; see {@link readContents}. */
function toPackagesPoint(packages: PackagesPoint): Point {
  const { at, first, beforeRows, afterRows, before, after } = packages;
  return {
    at,
    section: packagesSection.name,
    first,
    beforeRows,
    afterRows,
    beforeOutcome: before === null ? null : 'ok',
    afterOutcome: after === null ? null : 'ok',
    rawBytes: before !== null && after !== null ? (beforeRows + afterRows) * PACKAGE_ROW_BYTES : 0,
    content: { packages },
  };
}

function newestFirst(a: TimelinePlace, b: TimelinePlace): number {
  const later = b.at.getTime() - a.at.getTime();
  if (later !== 0) return later;
  return a.section < b.section ? 1 : -1;
}

/** As many as may be compared in one request; the rest comes with the next page. */
function takeAffordable(points: readonly Point[]): Point[] {
  let bytes = 0;
  const most = points.findIndex((point) => {
    bytes += isCompared(point) ? point.rawBytes : 0;
    return bytes > MAX_COMPARED_BYTES;
  });
  return points.slice(0, most < 0 ? points.length : Math.max(1, most));
}

function isCompared(point: Point): boolean {
  return point.beforeOutcome === 'ok' && point.afterOutcome === 'ok';
}

async function readContents(sql: RawSql, tenant: number, points: readonly Point[]): Promise<Contents> {
  const compared = points.filter(isCompared);
  const hashes = compared.flatMap(({ content }) =>
    'slice' in content ? [content.slice.before ?? '', content.slice.after ?? ''] : [],
  );
  const setIds = compared.flatMap(({ content }) =>
    'packages' in content ? differing(content.packages) : [],
  );
  const bodies =
    hashes.length === 0 ? new Map<string, Buffer>() : await readBodies(sql, tenant, [...new Set(hashes)]);
  return { bodies, ...(await readSetContents(sql, setIds)) };
}

async function readSetContents(
  sql: RawSql,
  setIds: readonly number[],
): Promise<Pick<Contents, 'sets' | 'packages'>> {
  if (setIds.length === 0) return { sets: new Map(), packages: new Map() };
  const sets = await readSets(sql, [...new Set(setIds)]);
  const packages = await readPackages(sql, [...new Set(sets.flatMap(({ ids }) => ids))]);
  return {
    sets: new Map(sets.map((set) => [set.id, set])),
    packages: new Map(packages.map((one) => [one.id, one])),
  };
}

/** Sets that only one of the two lists has. */
function differing({ before, after }: Pick<PackagesPoint, 'before' | 'after'>): number[] {
  const had = new Set(before);
  const has = new Set(after);
  return [...had].filter((id) => !has.has(id)).concat([...has].filter((id) => !had.has(id)));
}

function toChange(point: Point, contents: Contents): Change {
  const { at, section, beforeOutcome, afterOutcome, beforeRows, afterRows } = point;
  const head = { at, section, title: findSection(section)?.title ?? section, beforeOutcome, afterOutcome };
  if (beforeOutcome === null) {
    return {
      ...head,
      kind: point.first ? 'first' : 'appeared',
      added: afterRows,
      removed: 0,
      changed: 0,
      rows: [],
    };
  }
  if (afterOutcome === null)
    return { ...head, kind: 'vanished', added: 0, removed: beforeRows, changed: 0, rows: [] };
  const { content } = point;
  if ('packages' in content)
    return { ...head, kind: 'changed', ...comparePackages(content.packages, contents) };
  const same = { added: 0, removed: 0, changed: 0, rows: [] };
  return { ...head, kind: 'changed', ...(isCompared(point) ? compareSlices(content.slice, contents) : same) };
}

function compareSlices(
  point: Pick<SlicePoint, 'section' | 'before' | 'after'>,
  { bodies }: Pick<Contents, 'bodies'>,
): Comparison {
  const bodyOf = (hash: string | null) => {
    const deflated = hash === null ? undefined : bodies.get(hash);
    return deflated === undefined ? null : inflateStored(deflated);
  };
  const section = findSection(point.section) ?? { name: point.section, key: [] };
  return compareStates(
    section,
    { before: bodyOf(point.before), after: bodyOf(point.after) },
    MAX_CHANGE_ROWS,
  );
}

/** Compares the parts that are not the same; gives the outcomes as well, which stand in the parts. */
function comparePackages(
  point: Pick<PackagesPoint, 'before' | 'after'>,
  { sets, packages }: Pick<Contents, 'sets' | 'packages'>,
): Comparison & Pick<Change, 'beforeOutcome' | 'afterOutcome'> {
  const changed = new Set(differing(point));
  const setsOf = (ids: readonly number[] | null) =>
    [...new Set(ids)].flatMap((id) => (changed.has(id) ? (sets.get(id) ?? []) : []));
  const before = setsOf(point.before);
  const after = setsOf(point.after);
  const rowsOf = (held: readonly SetRow[]) =>
    held.flatMap(({ ids }) => ids.flatMap((id) => packages.get(id) ?? []));
  const outcomes = {
    beforeOutcome: point.before === null ? null : outcomeOf(before).outcome,
    afterOutcome: point.after === null ? null : outcomeOf(after).outcome,
  };
  const isReadable = outcomes.beforeOutcome !== 'error' && outcomes.afterOutcome !== 'error';
  const states = {
    before: packagesBody(isReadable ? rowsOf(before) : []),
    after: packagesBody(isReadable ? rowsOf(after) : []),
  };
  return { ...outcomes, ...compareStates(packagesSection, states, MAX_CHANGE_ROWS) };
}

/** A device at a time. */
export interface Standpoint extends DeviceRef {
  readonly at: At;
}

/** A section that is not the same at two standpoints. */
export type Difference = Omit<Change, 'at' | 'kind'>;

/**
 * What differs from `before` to `after`: one device at two times, or two devices. At most seven statements.
 * @throws MusterError E_RANGE when the sections together are too large; name one then.
 */
export async function readDifferences(
  sql: RawSql,
  sides: { readonly before: Standpoint; readonly after: Standpoint },
  section: string | null,
): Promise<Difference[]> {
  const points = [...(await pairSections(sql, sides)), ...(await pairPackages(sql, sides))].filter(
    (point) => section === null || point.section === section,
  );
  if (takeAffordable(points).length < points.length) {
    throw fail('E_RANGE', {
      detail: 'The differences are too large to be compared at once; name one section.',
    });
  }
  const contents = await readContents(sql, sides.before.tenant, points);
  return points.map((point) => {
    const { at: _at, kind: _kind, ...difference } = toChange(point, contents);
    return difference;
  });
}

type Sides = { readonly before: Standpoint; readonly after: Standpoint };

/** Slices whose hashes differ, as points of a timeline. */
async function pairSections(sql: RawSql, { before, after }: Sides): Promise<Point[]> {
  const had = new Map((await readSections(sql, before, before.at)).map((row) => [row.name, row]));
  const has = new Map((await readSections(sql, after, after.at)).map((row) => [row.name, row]));
  return [...new Set([...had.keys(), ...has.keys()])].sort().flatMap((name) => {
    const old = had.get(name);
    const now = has.get(name);
    if (old?.hash === now?.hash) return [];
    return toSlicePoint({
      at: new Date(0),
      section: name,
      first: false,
      before: old?.hash ?? null,
      after: now?.hash ?? null,
      rawBytes: (old?.rawBytes ?? 0) + (now?.rawBytes ?? 0),
      beforeRows: old?.rowCount ?? 0,
      afterRows: now?.rowCount ?? 0,
      beforeOutcome: old?.outcome ?? null,
      afterOutcome: now?.outcome ?? null,
    });
  });
}

async function pairPackages(sql: RawSql, { before, after }: Sides): Promise<Point[]> {
  const had = await readPackagesAt(sql, before, before.at);
  const has = await readPackagesAt(sql, after, after.at);
  const point = {
    at: new Date(0),
    first: false,
    before: had?.parts ?? null,
    after: has?.parts ?? null,
    beforeRows: had?.installed ?? 0,
    afterRows: has?.installed ?? 0,
  };
  const isSame = point.before === point.after || differing(point).length === 0;
  return isSame && (had === undefined) === (has === undefined) ? [] : [toPackagesPoint(point)];
}
