// When a device connects again: one rule for agents and for everything that behaves like them.
import { MAX_RECONNECT_WINDOW_MS } from './limits.ts';

/** First step of the doubling window, ms. */
const FIRST_MS = 1_000;
/** Doublings after which the window is longer than any limit. */
const MAX_DOUBLINGS = 30;

/** What is known when a device has lost its session or could not open one. */
export interface ReconnectState {
  /** Attempts and short sessions in a row before this moment; 0 after a session that lived for long enough. */
  readonly failures: number;
  /** `retryAfterMs` of a refusal, `afterMs` of a drain, ms. Absent: the server has not said. */
  readonly atLeastMs?: number | undefined;
  /**
   * `reconnectWindowMs` of the last welcome, ms, where an attempt has failed since; absent or 0 right after the loss of a session.
   * It widens the window and never makes it smaller; one above the limit counts as the limit.
   */
  readonly windowMs?: number | undefined;
}

/**
 * Pause before the next attempt, ms: full jitter, `rand(0, min(limit, max(1 s · 2ⁿ, windowMs)))` with a limit of 300 s, after
 * Brooker, "Exponential Backoff And Jitter" (2015). Where the server has said when, that time and jitter behind it: never
 * earlier, nor much later than twice that time, so that a device is there soon after a person has approved it; the window does
 * not count then. `random` gives [0, 1).
 */
export function reconnectPauseMs(state: ReconnectState, random: () => number): number {
  const { failures, atLeastMs, windowMs = 0 } = state;
  const doubledMs = FIRST_MS * 2 ** Math.min(failures, MAX_DOUBLINGS);
  if (atLeastMs === undefined) {
    return Math.floor(random() * Math.min(MAX_RECONNECT_WINDOW_MS, Math.max(doubledMs, windowMs)));
  }
  const limitMs = Math.min(MAX_RECONNECT_WINDOW_MS, Math.max(atLeastMs, FIRST_MS));
  return atLeastMs + Math.floor(random() * Math.min(limitMs, doubledMs));
}
