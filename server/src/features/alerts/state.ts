// What a sequence of alert messages makes of the stored alerts; pure, so that a batch is three statements.

import type { AlertNews } from './deps.ts';

/** A message of a device, its times checked. */
export interface AlertEvent {
  readonly tenant: number;
  readonly idx: number;
  readonly seq: number;
  readonly rule: string;
  readonly series: string;
  readonly state: 'firing' | 'cleared';
  readonly severity: 'warning' | 'critical';
  readonly value: number;
  readonly threshold: number;
  readonly since: Date;
  readonly at: Date;
}

/** The newest stored alert of a device, rule and series. */
export interface LatestAlert {
  readonly id: number;
  readonly tenant: number;
  readonly idx: number;
  readonly rule: string;
  readonly series: string;
  /** Outbox number of the last message that changed it. */
  readonly seq: number;
  readonly isOpen: boolean;
}

/** The end of an alert. */
export interface Closing {
  readonly at: Date;
  readonly value: number;
  readonly seq: number;
}

/** A stored alert that ends. */
export interface ClosedAlert extends Closing {
  readonly tenant: number;
  readonly id: number;
}

/** A new alert; one that fired and cleared within a batch is inserted with its end. */
export interface NewAlert {
  readonly fired: AlertEvent;
  readonly closing: Closing | null;
}

/** What is to be written. */
export interface AlertChanges {
  readonly inserts: readonly NewAlert[];
  readonly closes: readonly ClosedAlert[];
}

/** One name a device, rule and series. */
export function alertKey(alert: Pick<AlertEvent, 'tenant' | 'idx' | 'rule' | 'series'>): string {
  return `${alert.tenant}/${alert.idx}/${alert.rule}/${alert.series}`;
}

/**
 * Applies events in the order of their numbers. What was applied before (a message sent again) changes nothing; firing
 * while open and clearing while closed change nothing either, so a lost neighbor cannot double an alert.
 */
export function applyEvents(latest: readonly LatestAlert[], events: readonly AlertEvent[]): AlertChanges {
  const stored = new Map(latest.map((alert) => [alertKey(alert), alert]));
  const groups = new Map<string, AlertEvent[]>();
  for (const event of events) {
    const key = alertKey(event);
    groups.set(key, [...(groups.get(key) ?? []), event]);
  }
  const inserts: NewAlert[] = [];
  const closes: ClosedAlert[] = [];
  for (const [key, group] of groups) applyGroup(stored.get(key), group, { inserts, closes });
  return { inserts, closes };
}

/** Events of one device, rule and series. */
function applyGroup(
  stored: LatestAlert | undefined,
  events: readonly AlertEvent[],
  into: { inserts: NewAlert[]; closes: ClosedAlert[] },
): void {
  let seq = stored?.seq ?? 0;
  let open: { readonly fired: AlertEvent | null } | null = stored?.isOpen ? { fired: null } : null;
  for (const event of events.toSorted((a, b) => a.seq - b.seq)) {
    if (event.seq <= seq) continue;
    seq = event.seq;
    if (event.state === 'firing') {
      open ??= { fired: event };
      continue;
    }
    if (open === null) continue;
    const closing = { at: event.at, value: event.value, seq: event.seq };
    if (open.fired !== null) into.inserts.push({ fired: open.fired, closing });
    else if (stored !== undefined) into.closes.push({ ...closing, tenant: stored.tenant, id: stored.id });
    open = null;
  }
  if (open?.fired) into.inserts.push({ fired: open.fired, closing: null });
}

/** What fired and what ended, in that order; one that did both within a batch did both. */
export function listNews(
  latest: readonly LatestAlert[],
  { inserts, closes }: AlertChanges,
  events: readonly AlertEvent[],
): AlertNews[] {
  const byId = new Map(latest.map((alert) => [alert.id, alert]));
  const bySeq = new Map(events.map((event) => [`${alertKey(event)}/${event.seq}`, event]));
  const news = inserts.flatMap(({ fired, closing }): AlertNews[] => {
    const { since: _since, seq: _seq, state: _state, ...rest } = fired;
    const firing = { ...rest, isFiring: true };
    if (closing === null) return [firing];
    return [firing, { ...rest, isFiring: false, value: closing.value, at: closing.at }];
  });
  const ends = closes.flatMap(({ id, at, value, seq }): AlertNews[] => {
    const alert = byId.get(id);
    const event = alert === undefined ? undefined : bySeq.get(`${alertKey(alert)}/${seq}`);
    if (alert === undefined || event === undefined) return [];
    const { tenant, idx, rule, series } = alert;
    const { severity, threshold } = event;
    return [{ tenant, idx, rule, series, severity, threshold, isFiring: false, value, at }];
  });
  // An alert that ended and fired again within the batch is open now.
  return [...ends, ...news];
}

/** How many alerts of a device are open. */
export interface OpenCount {
  readonly tenant: number;
  readonly idx: number;
  readonly open: number;
}

/** Leaves out, of the alerts that stay open, those for which their device has too many; what fired and cleared takes no place. */
export function keepWithin(
  inserts: readonly NewAlert[],
  counts: readonly OpenCount[],
  most: number,
): { readonly within: readonly NewAlert[]; readonly over: ReadonlySet<AlertEvent> } {
  const open = new Map(counts.map((one) => [`${one.tenant}/${one.idx}`, one.open]));
  const over = new Set<AlertEvent>();
  const within = inserts.filter(({ fired, closing }) => {
    if (closing !== null) return true;
    const key = `${fired.tenant}/${fired.idx}`;
    const count = open.get(key) ?? 0;
    if (count >= most) over.add(fired);
    else open.set(key, count + 1);
    return count < most;
  });
  return { within, over };
}
