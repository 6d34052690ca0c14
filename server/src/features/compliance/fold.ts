// What reports make of what is known of one device: which items stand how from here on, and which intervals have ended.
import type { PolicyItem } from '@muster/protocol';
import { KEPT_MS } from './limits.ts';
import { toMode, toState } from './standing.ts';

/** How an item stands. */
export interface OpenItem {
  readonly ruleId: number;
  readonly item: string;
  readonly state: number;
  readonly mode: number;
  readonly sinceMs: number;
  readonly code: string | null;
  readonly found: string;
  readonly wanted: string;
  readonly reason: string;
  readonly done: readonly string[];
}

/** How an item stood, after `sinceMs` and up to `untilMs`. */
export interface EndedItem {
  readonly ruleId: number;
  readonly state: number;
  readonly mode: number;
  readonly code: string | null;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What is known of a device as a whole. */
export interface DeviceFacts {
  /** Number of the last report. */
  readonly seq: number;
  readonly digest: string | null;
  /** When its last cycle was over, by the clock of the server. */
  readonly atMs: number;
  /** What begins begins then at the earliest; null: whenever the device says. */
  readonly endedMs: number | null;
}

/** A report, its times by the clock of the server. */
export interface Report {
  readonly seq: number;
  readonly atMs: number;
  readonly set: string | null;
  readonly reset: boolean;
  readonly items: readonly (Omit<PolicyItem, 'since'> & { readonly sinceMs: number })[];
  readonly gone: readonly string[];
}

/** Number of what a rule decides about; undefined: no rule that was ever in force does. */
export type RuleIdOf = (item: Pick<PolicyItem, 'policy' | 'rule' | 'item'>) => number | undefined;

/** What came of it. */
export interface Folded {
  readonly facts: DeviceFacts;
  /** By name of the item. */
  readonly after: ReadonlyMap<string, OpenItem>;
  readonly ended: readonly EndedItem[];
  /** Items that no rule names that was ever in force; nothing is kept of them. */
  readonly unknown: number;
}

/** Items of one device while reports are told one after the other. */
class Standing {
  readonly open: Map<string, OpenItem>;
  readonly ended: EndedItem[] = [];
  endedMs: number | null;
  unknown = 0;

  constructor(open: ReadonlyMap<string, OpenItem>, endedMs: number | null) {
    this.open = new Map(open);
    this.endedMs = endedMs;
  }

  /** Nobody decides about the item from there on. */
  close(name: string, atMs: number): void {
    const before = this.open.get(name);
    if (before === undefined) return;
    const untilMs = this.end(before, atMs);
    this.open.delete(name);
    this.endedMs = Math.max(this.endedMs ?? untilMs, untilMs);
  }

  /** The item stands like this. What was confirmed by the report before, which says nothing of what has not changed, stays. */
  put(next: OpenItem, times: { readonly heardMs: number; readonly atMs: number }): void {
    const before = this.open.get(next.item);
    if (before !== undefined && isSame(before, next)) {
      this.open.set(next.item, { ...next, sinceMs: before.sinceMs });
      return;
    }
    const earliest =
      before === undefined
        ? Math.max(this.endedMs ?? 0, times.atMs - KEPT_MS)
        : Math.max(before.sinceMs, times.heardMs);
    const sinceMs = Math.min(Math.max(next.sinceMs, earliest), times.atMs);
    if (before !== undefined) this.end(before, sinceMs);
    this.open.set(next.item, { ...next, sinceMs });
  }

  private end({ ruleId, state, mode, code, sinceMs }: OpenItem, atMs: number): number {
    const untilMs = Math.max(atMs, sinceMs);
    if (untilMs > sinceMs) this.ended.push({ ruleId, state, mode, code, sinceMs, untilMs });
    return untilMs;
  }
}

function isSame(a: OpenItem, b: OpenItem): boolean {
  return a.ruleId === b.ruleId && a.state === b.state && a.mode === b.mode && a.code === b.code;
}

/** Tells the reports of one device in the order of their numbers; those that were told before change nothing. */
export function foldReports(
  { facts, open }: { readonly facts: DeviceFacts; readonly open: ReadonlyMap<string, OpenItem> },
  reports: readonly Report[],
  ruleIdOf: RuleIdOf,
): Folded {
  const standing = new Standing(open, facts.endedMs);
  let { seq, digest, atMs } = facts;
  for (const report of reports.toSorted((a, b) => a.seq - b.seq)) {
    if (report.seq <= seq) continue;
    // Also behind the end of a silence: how it was counted until then stays.
    const heardMs = Math.max(atMs, standing.endedMs ?? 0);
    const times = { heardMs, atMs: Math.max(report.atMs, heardMs) };
    tell(standing, report, { times, ruleIdOf });
    ({ seq, set: digest } = report);
    atMs = times.atMs;
  }
  const { endedMs, ended, unknown } = standing;
  return { facts: { seq, digest, atMs, endedMs }, after: standing.open, ended, unknown };
}

function tell(
  standing: Standing,
  report: Report,
  {
    times,
    ruleIdOf,
  }: { readonly times: { readonly heardMs: number; readonly atMs: number }; readonly ruleIdOf: RuleIdOf },
): void {
  const items = report.set === null ? [] : report.items;
  if (report.reset || report.set === null) {
    // Those that are named anew go on, without an end in between.
    const named = new Set(items.map(({ item }) => item));
    for (const name of [...standing.open.keys()]) if (!named.has(name)) standing.close(name, times.atMs);
  }
  for (const one of items) {
    const ruleId = ruleIdOf(one);
    if (ruleId === undefined) {
      standing.unknown += 1;
      standing.close(one.item, times.atMs);
      continue;
    }
    const { item, code, found, wanted, reason, done, sinceMs } = one;
    const stands = { state: toState(one.state), mode: toMode(one.mode), code };
    standing.put({ ruleId, item, ...stands, found, wanted, reason, done, sinceMs }, times);
  }
  for (const name of report.gone) standing.close(name, times.atMs);
}
