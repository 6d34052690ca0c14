// Limits and times of enrollment, with their units.

/** Enrollments of one statement. */
export const MAX_BATCH_ENROLLMENTS = 100;
/** Enrollments that wait to be stored; a device comes again where it finds no room. */
export const MAX_QUEUED_ENROLLMENTS = 10_000;
/** How long one waits for others, ms. */
export const ENROLL_WAIT_MS = 5;
/** Attempts of a batch among which is a key that another process is just registering: the second finds it. */
export const MAX_ENROLL_ATTEMPTS = 3;
/** Tokens whose keys are remembered. */
export const MAX_TOKEN_KEYS = 1_000;
