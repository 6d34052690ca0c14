// When to connect again: what of the past counts for the next pause.
import { reconnectPauseMs } from '@muster/protocol';

/** Waiting times between attempts. */
export interface Backoff {
  /** A session is open. `windowMs` is what its welcome says about coming back, ms; undefined: nothing. */
  opened(windowMs: number | undefined): void;
  /** Time to wait before the next attempt, ms; called once after each. `atLeastMs` is when the server wants the device back. */
  next(atLeastMs?: number): number;
  /** A healthy session ends the series. */
  reset(): void;
}

/** Makes a backoff. `random` gives [0, 1). */
export function createBackoff(random: () => number): Backoff {
  let failures = 0;
  let windowMs: number | undefined;
  let hadSession = false;
  return {
    opened(nextWindowMs) {
      windowMs = nextWindowMs;
      hadSession = true;
    },
    next(atLeastMs) {
      // The blip of one device is over at once: only when the server was not there the others are on their way too.
      const pauseMs = reconnectPauseMs(
        { failures, atLeastMs, windowMs: hadSession ? undefined : windowMs },
        random,
      );
      failures++;
      hadSession = false;
      return pauseMs;
    },
    reset() {
      failures = 0;
    },
  };
}
