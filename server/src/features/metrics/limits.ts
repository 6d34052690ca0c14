// Limits and times of the metrics feature, with their units.

/** A chunk may end this far ahead of the server's clock, ms: an hour of a wrong clock, and some delay. */
export const MAX_AHEAD_MS = 3_720_000;
/** Partitions by day made ahead, so that midnight waits for none, days. */
export const PARTITIONS_AHEAD_DAYS = 2;
/** Chunks that wait to be stored; a device sends again what finds no room. */
export const MAX_QUEUED_CHUNKS = 20_000;
/** Chunks of one statement, at about 5 KB each. */
export const MAX_BATCH_CHUNKS = 500;

/** How often partitions, retention and roll-ups are looked after, ms. */
export const SWEEP_MS = 10 * 60_000;
/** The first time after a start, ms. */
export const FIRST_SWEEP_MS = 60_000;
/** The same while more days wait for their roll-up than one sweep takes, ms. */
export const SWEEP_AGAIN_MS = 1_000;
/** A day is rolled up this long after its end, when the last chunks have come, ms. */
export const ROLLUP_AFTER_MS = 45 * 60_000;
/** Days of devices rolled up in one batch; each decodes 24 chunks. */
export const ROLLUP_BATCH = 20;
/** Batches of one sweep, 500 days of devices; what is left waits for the next. */
export const MAX_ROLLUP_BATCHES = 25;

/** Series one request may name. */
export const MAX_RANGE_NAMES = 32;
/** Points of one series in an answer. */
export const MAX_RANGE_POINTS = 10_000;
/** Points of all series in an answer. */
export const MAX_RANGE_VALUES = 50_000;
/** Longest range with steps below one hour, and with longer ones, days. */
export const MAX_MINUTE_RANGE_DAYS = 31;
export const MAX_HOUR_RANGE_DAYS = 800;
/** Bytes of chunks one request reads; a month of a usual device is 3.5 MB. */
export const MAX_RANGE_BYTES = 16 * 1024 * 1024;
/** Points a request gets when it does not say how fine. */
export const USUAL_RANGE_POINTS = 400;
/** Chunks decoded before other work gets its turn. */
export const DECODE_SLICE = 4;

/** Shortest time between two questions for the open hour of one device, ms. */
export const REFRESH_AGAIN_MS = 15_000;
/** Longest wait for the answer, ms. */
export const REFRESH_WAIT_MS = 3_000;
/** A chunk that ends this long ago still answers the question, ms. */
export const REFRESH_OLD_MS = 10 * 60_000;

/** A live stream is asked for this long, and again before it ends, ms. */
export const LIVE_UNTIL_MS = 300_000;
export const LIVE_RENEW_MS = 240_000;

/** Connected devices whose names are looked up to sort by name. */
export const MAX_TOP_NAMES = 10_000;
