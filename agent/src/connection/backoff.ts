// When to connect again: full jitter over a doubling window, so that a fleet does not come back in step.
import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS } from '../timing.ts';

/** Waiting times between attempts. */
export interface Backoff {
  /**
   * Time to wait before the next attempt, ms: `rand(0, min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS · 2ⁿ))`. A server that says when is
   * never asked earlier, nor much later than twice that time, so that a device is there soon after a person has approved it.
   */
  next(atLeastMs?: number): number;
  /** A healthy session ends the series. */
  reset(): void;
}

/** Makes a backoff. `random` gives [0, 1). Full jitter after Brooker, "Exponential Backoff And Jitter" (2015). */
export function createBackoff(random: () => number): Backoff {
  let failures = 0;
  return {
    next(atLeastMs) {
      const limitMs = atLeastMs === undefined ? BACKOFF_MAX_MS : Math.max(atLeastMs, BACKOFF_FIRST_MS);
      const windowMs = Math.min(limitMs, BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 30));
      failures++;
      return (atLeastMs ?? 0) + Math.floor(random() * windowMs);
    },
    reset() {
      failures = 0;
    },
  };
}
