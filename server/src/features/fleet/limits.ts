// Limits of the fleet index with their units.

/** Devices for which a table has room at first; it doubles. */
export const FIRST_CAPACITY = 1_024;
/** Changes of a column that are remembered one by one; kept bits that are further behind are made anew. */
export const MAX_REMEMBERED_CHANGES = 4_096;
/** Leaves whose bits are kept, an organization; 1 bit a device each. */
export const MAX_KEPT_LEAVES = 256;
/** Expressions whose bits are kept, an organization. */
export const MAX_KEPT_RESULTS = 64;
/** Questions about packages whose answers are followed, an organization; each costs up to three statements a batch of noted inventories. */
export const MAX_KEPT_SOFTWARE = 64;
/** One that nobody asks and nobody watches is followed so long, ms. */
export const KEPT_SOFTWARE_MS = 300_000;
/** And so long while there is no room for another, ms: longer than {@link TIMED_LOOK_MS}, by which watches ask again. */
export const CROWDED_SOFTWARE_MS = 30_000;
/** One that the database could not answer, or not in time, is not asked again for so long, ms. */
export const REFUSED_SOFTWARE_MS = 60_000;
/** Groups within groups, levels; a group that names none is one. */
export const MAX_GROUP_LEVELS = 8;
/** Expressions with groups of which it is remembered what they reach, an organization. */
export const MAX_REACHED = 256;
/** Watched expressions of an organization. */
export const MAX_WATCHES = 1_000;
/** Devices that are judged one by one for a watch; more at once, and the whole expression is judged. */
export const MAX_JUDGED_SINGLY = 256;

/** Noted devices are gathered so long, ms. */
export const GATHER_MS = 100;
/** Devices read by one batch, and by one page of the build. */
export const BATCH_DEVICES = 2_000;
/** A question waits so long for the index, ms; the API answers within HANDLER_TIMEOUT_MS. */
export const WAIT_MS = 4_000;
/** First and longest pause before a read that failed is tried again, ms. */
export const RETRY_MIN_MS = 100;
export const RETRY_MAX_MS = 5_000;
/** How often watched expressions that depend on the time are looked at, ms. */
export const TIMED_LOOK_MS = 15_000;
