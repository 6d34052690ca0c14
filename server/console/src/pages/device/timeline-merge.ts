// One timeline of several lists, each newest first and read page by page: nothing is shown before what is older is known.
import type { Change, DeviceAlert, DeviceRun } from './types.ts';

/** Something that happened. */
export type DeviceEvent =
  | {
      readonly kind: 'inventory';
      readonly key: string;
      readonly atMs: number;
      readonly change: Change;
      /** Sections that were seen for the first time together with this one; 1: it alone. */
      readonly firsts: number;
    }
  | { readonly kind: 'runs'; readonly key: string; readonly atMs: number; readonly run: DeviceRun }
  | {
      readonly kind: 'alerts';
      readonly key: string;
      readonly atMs: number;
      readonly alert: DeviceAlert;
      readonly isEnd: boolean;
    };

/** A list so far. */
export interface EventList {
  readonly events: readonly DeviceEvent[];
  /** There are older ones that were not read yet. */
  readonly hasMore: boolean;
}

/** Firsts closer together than this are one report of the device, ms. */
const SAME_REPORT_MS = 60_000;

/** Changes as events; a first inventory is one event, not one for each of its two dozen sections. */
export function toChangeEvents(changes: readonly Change[]): DeviceEvent[] {
  const events: DeviceEvent[] = [];
  for (const change of changes) {
    const atMs = Date.parse(change.at);
    const last = events.at(-1);
    const isSameReport =
      change.kind === 'first' &&
      last?.kind === 'inventory' &&
      last.change.kind === 'first' &&
      last.atMs - atMs < SAME_REPORT_MS;
    if (isSameReport) events[events.length - 1] = { ...last, firsts: last.firsts + 1 };
    else
      events.push({
        kind: 'inventory',
        key: `inventory/${change.section}/${change.at}`,
        atMs,
        change,
        firsts: 1,
      });
  }
  return events;
}

export function toRunEvents(runs: readonly DeviceRun[]): DeviceEvent[] {
  return runs.map((run) => ({
    kind: 'runs',
    key: `runs/${run.job}`,
    atMs: Date.parse(run.at ?? run.createdAt),
    run,
  }));
}

/** An alert is two events once it is over. */
export function toAlertEvents(alerts: readonly DeviceAlert[]): DeviceEvent[] {
  return alerts.flatMap((alert) => {
    const begin: DeviceEvent = {
      kind: 'alerts',
      key: `alerts/${alert.id}`,
      atMs: Date.parse(alert.firedAt),
      alert,
      isEnd: false,
    };
    if (alert.clearedAt === null) return [begin];
    return [begin, { ...begin, key: `${begin.key}/end`, atMs: Date.parse(alert.clearedAt), isEnd: true }];
  });
}

/** Newest first, as far back as every list with more to come was read. */
export function mergeEvents(lists: readonly EventList[]): DeviceEvent[] {
  const horizonMs = Math.max(
    ...lists.map(({ events, hasMore }) =>
      hasMore
        ? Math.min(Number.POSITIVE_INFINITY, ...events.map(({ atMs }) => atMs))
        : Number.NEGATIVE_INFINITY,
    ),
    Number.NEGATIVE_INFINITY,
  );
  return lists
    .flatMap(({ events }) => events)
    .filter(({ atMs }) => atMs >= horizonMs)
    .toSorted((a, b) => b.atMs - a.atMs || (a.key < b.key ? -1 : 1));
}
