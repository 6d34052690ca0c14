// What the address of a device's page says: tab, moment, range of time, filters, what is open.
import { type NamedRange, rangeNames } from '../../charts/range.ts';
import { compact, searchChoice, searchNumber, searchText } from '../../parts/search-state.ts';

export const tabs = [
  'overview',
  'charts',
  'processes',
  'hardware',
  'software',
  'services',
  'users',
  'network',
  'timeline',
  'runs',
  'alerts',
  'policies',
  'compare',
] as const;
export type Tab = (typeof tabs)[number];

/** Kinds of the timeline. */
export const eventKinds = ['inventory', 'runs', 'alerts'] as const;
export type EventKind = (typeof eventKinds)[number];

/** State of the page. */
export interface DeviceSearch {
  readonly tab?: Tab;
  /** As it was at that moment, RFC 3339; absent: now. */
  readonly at?: string;
  /** Charts: a range that ends now, or live. */
  readonly range?: NamedRange | 'live';
  /** Charts, timeline: exact ends, ms since 1970. */
  readonly from?: number;
  readonly to?: number;
  /** Timeline: kinds, separated by commas; absent: all. */
  readonly kinds?: string;
  /** Software and rows: what is searched for. */
  readonly q?: string;
  /** Order of a list. */
  readonly sort?: string;
  /** Runs: the job whose output is open. */
  readonly job?: string;
  /** Policies: the item whose reasons are open. */
  readonly item?: string;
  /** Compare: the other device; absent: this one. */
  readonly with?: string;
  /** Compare: moments of both sides, RFC 3339; absent: now. */
  readonly before?: string;
  readonly after?: string;
}

/** Latest moment that can be named: the end of the year 9999. */
const MAX_MS = 253_402_300_799_999;

function searchMoment(value: unknown): string | undefined {
  const found = searchText(value);
  return found !== undefined && !Number.isNaN(Date.parse(found)) ? new Date(found).toISOString() : undefined;
}

function searchId(value: unknown, pattern: RegExp): string | undefined {
  const found = searchText(value);
  return found !== undefined && pattern.test(found) ? found : undefined;
}

/** Leaves out what does not fit. */
export function parseSearch(raw: Record<string, unknown>): DeviceSearch & Record<string, unknown> {
  const from = searchNumber(raw.from, { min: 0, max: MAX_MS });
  const to = searchNumber(raw.to, { min: 0, max: MAX_MS });
  const isRange = from !== undefined && to !== undefined && from < to;
  return compact({
    tab: searchChoice(raw.tab, tabs),
    at: searchMoment(raw.at),
    range: searchChoice(raw.range, [...rangeNames, 'live'] as const),
    from: isRange ? from : undefined,
    to: isRange ? to : undefined,
    kinds: searchText(raw.kinds),
    q: searchText(raw.q)?.slice(0, 200),
    sort: searchId(raw.sort, /^-?[a-z_]{1,48}$/),
    job: searchId(raw.job, /^cmd_[a-z2-7]{26}$/),
    item: searchText(raw.item)?.slice(0, 300),
    with: searchId(raw.with, /^dev_[a-z2-7]{26}$/),
    before: searchMoment(raw.before),
    after: searchMoment(raw.after),
  });
}

/** The kinds that are shown; all where none is named. */
export function parseKinds(text: string | undefined): readonly EventKind[] {
  const named = (text ?? '').split(',');
  const found = eventKinds.filter((kind) => named.includes(kind));
  return found.length === 0 ? eventKinds : found;
}
