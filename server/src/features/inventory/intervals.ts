// Decides where an interval begins, so that the intervals of one device and section never overlap.

/** The newest interval there is; `toMs` is null while it is open. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/**
 * Start of the interval that follows `previous`, ms: the time the device gives, not later than now, not earlier than the end of a closed
 * interval and at least 1 ms after the start of an open one. A change reported late so splits the open interval where it happened.
 */
export function startAfter(sinceMs: number, previous: Interval | null, nowMs: number): number {
  const earliestMs = previous === null ? Number.NEGATIVE_INFINITY : (previous.toMs ?? previous.fromMs + 1);
  return Math.max(Math.min(sinceMs, nowMs), earliestMs);
}
