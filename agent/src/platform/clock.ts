// Time as the agent sees it, handed in everywhere so that tests can move it.

/** Wall and monotonic time. */
export interface Clock {
  /** Wall clock, ms since 1970; may jump. */
  now(): number;
  /** Monotonic time, ms; never jumps, for intervals. */
  monotonic(): number;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
