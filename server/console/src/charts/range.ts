// Ranges of time a chart shows: named ones that end now, and exact ones of the address.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Named ranges by length. */
export const namedRanges = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '1d': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
} as const;
export type NamedRange = keyof typeof namedRanges;
export const rangeNames = Object.keys(namedRanges) as NamedRange[];

/** Nothing is measured finer than a minute in the past; a shorter range would be a point. */
const MIN_RANGE_MS = 5 * 60_000;
/** The API reads no longer one by the minute. */
const MAX_RANGE_MS = 31 * DAY_MS;

/** From when to when, ms since 1970. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** An exact range within the limits and not in the future: widened around its middle, or cut at its beginning. */
export function fitRange({ fromMs, toMs }: TimeRange, nowMs: number): TimeRange {
  const lengthMs = Math.min(MAX_RANGE_MS, Math.max(MIN_RANGE_MS, toMs - fromMs));
  const middle = (fromMs + toMs) / 2;
  const end = Math.min(nowMs, toMs - fromMs < MIN_RANGE_MS ? middle + lengthMs / 2 : toMs);
  return { fromMs: Math.round(end - lengthMs), toMs: Math.round(end) };
}

/** A range twice as long around the same middle. */
export function widenRange({ fromMs, toMs }: TimeRange, nowMs: number): TimeRange {
  const half = (toMs - fromMs) / 2;
  return fitRange({ fromMs: fromMs - half, toMs: toMs + half }, nowMs);
}

/** The range before (-1) or after (1), half of it still in sight. */
export function shiftRange({ fromMs, toMs }: TimeRange, direction: -1 | 1, nowMs: number): TimeRange {
  const by = (direction * (toMs - fromMs)) / 2;
  return fitRange({ fromMs: fromMs + by, toMs: toMs + by }, nowMs);
}
