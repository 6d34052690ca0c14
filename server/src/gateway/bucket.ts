// A token bucket: so many at once, so many a second.
import type { Clock } from '../core/clock.ts';

/** The bucket. */
export interface Bucket {
  /** Takes one; false when it would leave less than `keep`. */
  take(keep?: number): boolean;
}

/** Makes a full bucket. */
export function createBucket(
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  clock: Clock,
): Bucket {
  let tokens = burst;
  let refilledMs = clock.monotonic();
  return {
    take(keep = 0) {
      const nowMs = clock.monotonic();
      tokens = Math.min(burst, tokens + ((nowMs - refilledMs) / 1_000) * perSecond);
      refilledMs = nowMs;
      if (tokens - 1 < keep) return false;
      tokens -= 1;
      return true;
    },
  };
}
