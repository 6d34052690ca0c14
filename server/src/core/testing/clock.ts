// A clock that stands still until a test moves it.
import type { Clock } from '../clock.ts';

/** A clock and the hand that moves it. */
export interface TestClock extends Clock {
  /** Moves time on, running timers in order at their own moments; promises settle between them. */
  advance(ms: number): Promise<void>;
  /** Timers that have not run yet. */
  pending(): number;
}

interface Timer {
  readonly atMs: number;
  readonly action: () => void;
}

/** Makes a clock that starts at `startMs` (wall) and 0 (monotonic). */
export function createTestClock(startMs = Date.UTC(2026, 0, 1)): TestClock {
  const timers = new Set<Timer>();
  let elapsedMs = 0;

  function nextBefore(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.atMs <= untilMs && (!next || timer.atMs < next.atMs)) next = timer;
    }
    return next;
  }

  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    after(delayMs, action) {
      const timer = { atMs: elapsedMs + Math.max(0, delayMs), action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      await settle();
      for (let timer = nextBefore(untilMs); timer; timer = nextBefore(untilMs)) {
        timers.delete(timer);
        elapsedMs = timer.atMs;
        timer.action();
        await settle();
      }
      elapsedMs = untilMs;
    },
    pending: () => timers.size,
  };
}

/** Lets everything run that waits for promises only. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
