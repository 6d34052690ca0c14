// How late the event loop is: what everybody who is connected waits for, and the sign of more work than time.
import type { Clock } from './clock.ts';

/** Time between two looks, ms. */
const LOOK_MS = 50;
/** A delay counts as one of now for so long, ms. */
const RECENT_MS = 1_000;

/** The delay of this process's event loop. */
export interface LoopDelay {
  /** The longest of the last second, ms. While the loop is held up nobody can ask, so it is seen just behind. */
  recentMs(): number;
  /** The longest since `start`, ms. */
  longestMs(): number;
  start(): void;
  stop(): void;
}

/** Makes the watch; it looks from `start` on. */
export function createLoopDelay(clock: Clock): LoopDelay {
  let cancel: (() => void) | undefined;
  let longestMs = 0;
  let peakMs = 0;
  let peakAtMs = Number.NEGATIVE_INFINITY;

  function look(plannedMs: number): void {
    const nowMs = clock.monotonic();
    const lateMs = Math.max(0, nowMs - plannedMs);
    longestMs = Math.max(longestMs, lateMs);
    if (lateMs >= peakMs || nowMs - peakAtMs > RECENT_MS) {
      peakMs = lateMs;
      peakAtMs = nowMs;
    }
    arm(nowMs);
  }

  function arm(nowMs: number): void {
    const plannedMs = nowMs + LOOK_MS;
    cancel = clock.after(LOOK_MS, () => look(plannedMs));
  }

  return {
    recentMs: () => (clock.monotonic() - peakAtMs > RECENT_MS ? 0 : peakMs),
    longestMs: () => longestMs,
    start() {
      cancel?.();
      arm(clock.monotonic());
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
