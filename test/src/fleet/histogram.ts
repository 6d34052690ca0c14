// Durations in buckets of growing width, so that those of many processes can be added up and still give quantiles within 3 %.

/** Upper end of the first bucket, ms. */
const FIRST_MS = 0.05;
const GROWTH = 1.06;
const BUCKETS = 260;
const LOG_GROWTH = Math.log(GROWTH);

/** Counts by bucket; empty ones behind the last are left out. */
export type Buckets = readonly number[];

/** Durations that are counted. */
export interface Histogram {
  add(ms: number): void;
  buckets(): Buckets;
}

/** Makes an empty one. */
export function createHistogram(): Histogram {
  const counts = new Uint32Array(BUCKETS);
  return {
    add(ms) {
      const place = ms <= FIRST_MS ? 0 : Math.ceil(Math.log(ms / FIRST_MS) / LOG_GROWTH);
      const bucket = Math.min(BUCKETS - 1, place);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    },
    buckets: () => [...counts.subarray(0, counts.findLastIndex((count) => count > 0) + 1)],
  };
}

/** Both together. */
export function addBuckets(one: Buckets, other: Buckets): Buckets {
  const longer = one.length > other.length ? one : other;
  return longer.map((_, place) => (one[place] ?? 0) + (other[place] ?? 0));
}

/** What came since an earlier look at the same histogram. */
export function subtractBuckets(now: Buckets, before: Buckets): Buckets {
  return now.map((count, place) => count - (before[place] ?? 0));
}

/** How many durations there are. */
export function countBuckets(buckets: Buckets): number {
  return buckets.reduce((sum, count) => sum + count, 0);
}

/** The duration below which that share lies, ms; null of none. The middle of its bucket, so at most 3 % beside it. */
export function quantileOf(buckets: Buckets, share: number): number | null {
  const wanted = Math.max(1, Math.ceil(countBuckets(buckets) * share));
  let seen = 0;
  for (const [place, count] of buckets.entries()) {
    seen += count;
    if (seen >= wanted) return FIRST_MS * GROWTH ** (place === 0 ? 0 : place - 0.5);
  }
  return null;
}
