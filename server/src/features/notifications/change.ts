// What becomes of alerts before they are told: pure, so that flapping, pauses and quiet hours can be tried in any order.
import { FLAPPING_CHANGES } from './limits.ts';
import { findQuietEnd, type Quiet } from './quiet.ts';

/** Which alert: a device by number, its threshold rule, and the series. */
export interface AlertRef {
  readonly idx: number;
  readonly rule: string;
  readonly series: string;
}

/** An alert that fired or ended, or that somebody has. */
export interface AlertNews extends AlertRef {
  readonly tenant: number;
  readonly severity: string;
  readonly isFiring: boolean;
  readonly value: number;
  readonly threshold: number;
  readonly at: Date;
  /** Somebody has it from here on: what was not told of it is not told. Absent: it fired, ended, or was given back. */
  readonly isTaken?: boolean;
}

/** The newest of an alert that a rule has not told yet. */
export interface Change extends AlertNews {
  readonly ruleId: string;
  /** How often it changed since it was told. */
  readonly changes: number;
  readonly dueAt: Date;
}

/** Times of a rule, ms. */
export interface Pace {
  readonly id: string;
  /** Alerts are gathered so long. */
  readonly waitMs: number;
  /** An end must hold so long before it is told. */
  readonly everyMs: number;
}

/**
 * Adds news to what waits. An alert that fires waits for others; one that was told and ended waits until that has held for a
 * while, so that one which comes and goes makes one message. `isTold`: people were told that it is open.
 */
export function addNews(
  before: Change | undefined,
  news: AlertNews,
  { pace, isTold, nowMs }: { readonly pace: Pace; readonly isTold: boolean; readonly nowMs: number },
): Change {
  const changes = (before?.changes ?? 0) + 1;
  const next = { ...news, ruleId: pace.id, changes };
  if (isTold && !news.isFiring) return { ...next, dueAt: new Date(nowMs + pace.everyMs) };
  const due = new Date(nowMs + pace.waitMs);
  // What was never told keeps its turn, whatever it does meanwhile; else flapping could put it off for ever.
  const keeps = before !== undefined && !isTold && before.dueAt < due;
  return { ...next, dueAt: keeps ? before.dueAt : due };
}

/** What is to be done with a change that is due. */
export type Verdict =
  | { readonly what: 'tell'; readonly isFlapping: boolean }
  | { readonly what: 'drop' }
  | { readonly what: 'later'; readonly until: Date };

/** What a verdict depends on besides the change. */
export interface Circumstances {
  readonly nowMs: number;
  readonly isTold: boolean;
  readonly tellsEnds: boolean;
  readonly quiet: Quiet | null;
  /** End of the longest pause that holds for the device now; null: none does. */
  readonly pausedUntil: Date | null;
}

/** Judges a change that is due. */
export function judge(change: Change, circumstances: Circumstances): Verdict {
  const { isTold, tellsEnds, pausedUntil } = circumstances;
  const isFlapping = !isTold && change.changes >= FLAPPING_CHANGES;
  const isNews = change.isFiring ? !isTold : isTold || isFlapping;
  const isUnwanted = !change.isFiring && isTold && !tellsEnds;
  if (!isNews || isUnwanted) return { what: 'drop' };
  const until = pausedUntil ?? findQuiet(change, circumstances);
  return until === null ? { what: 'tell', isFlapping } : { what: 'later', until };
}

/** End of the quiet hours in which a change may not be told; null: it may. */
function findQuiet({ severity }: Change, { quiet, nowMs }: Circumstances): Date | null {
  if (quiet === null || (quiet.exceptCritical && severity === 'critical')) return null;
  const endMs = findQuietEnd(quiet, nowMs);
  return endMs === null ? null : new Date(endMs);
}

/** One name an alert. */
export function refKey({ idx, rule, series }: AlertRef): string {
  return `${idx}/${rule}/${series}`;
}
