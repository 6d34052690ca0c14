// When to connect again: full jitter over a doubling window, so that a fleet does not come back in step.
import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS } from '../timing.ts';

/** Waiting times between attempts. */
export interface Backoff {
  /** Time to wait before the next attempt, ms: `rand(0, min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS · 2ⁿ))`, never below `atLeastMs`. */
  next(atLeastMs?: number): number;
  /** A healthy session ends the series. */
  reset(): void;
}

/** Makes a backoff. `random` gives [0, 1). Full jitter after Brooker, "Exponential Backoff And Jitter" (2015). */
export function createBackoff(random: () => number): Backoff {
  let failures = 0;
  return {
    next(atLeastMs = 0) {
      const windowMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 30));
      failures++;
      return atLeastMs + Math.floor(random() * windowMs);
    },
    reset() {
      failures = 0;
    },
  };
}
