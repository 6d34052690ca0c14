// Ticks on multiples of an interval of the wall clock, and says when time did not pass as it should.
import type { Clock } from '../platform/clock.ts';
import { MAX_CLOCK_SKEW_MS, MAX_LATE_MS } from './limits.ts';

/** Starts work later; answers how to give it up. `setTimeout` on a device, simulated in tests. */
export type After = (delayMs: number, work: () => void) => () => void;

/** One tick. */
export interface Tick {
  /** The multiple of the interval it stands for, ms since 1970. */
  readonly slotMs: number;
  /** Monotonic time since the tick before, ms; NaN for the first one and after a gap. */
  readonly elapsedMs: number;
  /** True for the one at `start`, which is only the base of the first rates and stands for no multiple. */
  readonly isBase: boolean;
}

/** What a ticker needs. */
export interface TickerOptions {
  readonly clock: Clock;
  readonly after: After;
  readonly everyMs: number;
  onTick(tick: Tick): void;
}

/** Shortest first interval, as a share of the whole: rates over less would be noise. */
const SHORTEST_FIRST = 0.1;
/** A timer may come this share of the interval too early and still stand for the coming slot. */
const EARLY = 0.05;

/**
 * Makes a ticker. `start` ticks at once (that reading is the base for the first rates), then on each multiple.
 * A gap is a tick before which the wall clock was set, the machine slept, or the process or machine stood still: nobody can
 * say which part of the growth belongs to which moment, so no rate may come from it.
 */
export function createTicker({ clock, after, everyMs, onTick }: TickerOptions) {
  let cancel: (() => void) | null = null;
  let lastSlotMs = Number.NaN;
  let lastWallMs = Number.NaN;
  let lastMonotonicMs = Number.NaN;

  function slotOf(wallMs: number): number {
    return Math.floor((wallMs + everyMs * EARLY) / everyMs) * everyMs;
  }

  function arm(shortestMs: number) {
    const now = clock.now();
    let delayMs = slotOf(now) + everyMs - now;
    if (delayMs < shortestMs) delayMs += everyMs;
    cancel = after(delayMs, tick);
  }

  function tick() {
    const wallMs = clock.now();
    const monotonicMs = clock.monotonic();
    const slotMs = slotOf(wallMs);
    if (slotMs !== lastSlotMs) {
      const elapsedMs = monotonicMs - lastMonotonicMs;
      const isJump = Math.abs(wallMs - lastWallMs - elapsedMs) > MAX_CLOCK_SKEW_MS;
      const isLate = elapsedMs > everyMs + MAX_LATE_MS;
      lastSlotMs = slotMs;
      lastWallMs = wallMs;
      lastMonotonicMs = monotonicMs;
      const isGap = isJump || isLate || elapsedMs <= 0;
      onTick({ slotMs, elapsedMs: isGap ? Number.NaN : elapsedMs, isBase: false });
    }
    if (cancel !== null) arm(0);
  }

  return {
    start() {
      arm(everyMs * SHORTEST_FIRST);
      lastWallMs = clock.now();
      lastMonotonicMs = clock.monotonic();
      onTick({ slotMs: slotOf(lastWallMs), elapsedMs: Number.NaN, isBase: true });
    },
    stop() {
      cancel?.();
      cancel = null;
    },
  };
}
