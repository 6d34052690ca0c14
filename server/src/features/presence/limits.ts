// Limits of presence over time with their units.

/** A sample is taken at each of these moments of the clock, ms since 1970. */
export const SAMPLE_EVERY_MS = 900_000;
/** One sample of so long is kept when the others have gone, ms. */
export const COARSE_MS = 10_800_000;
/** How long every sample is kept, and how long one of each {@link COARSE_MS}, ms. */
export const FINE_KEPT_MS = 2 * 86_400_000;
export const COARSE_KEPT_MS = 90 * 86_400_000;
/** A sample that could not be taken so long after its moment is not taken any more: it would tell of another one, ms. */
export const LATE_MS = 60_000;
/** Pause before a sample that failed is tried again, ms. */
export const AGAIN_MS = 5_000;
/** The set of devices of one sample, inflated, bytes: more devices than that have are counted for who may see all of them only. */
export const MAX_SET_BYTES = 2 * 1024 * 1024;
/** Reads that wait for the one whose sets are being inflated; more are refused. */
export const MAX_WAITING_READS = 50;
