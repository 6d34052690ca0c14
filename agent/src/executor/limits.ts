// Limits and intervals of the executor, with units; those of commands stand in the protocol.

/** Size at which a new segment of the journal is begun, bytes. */
export const SEGMENT_BYTES = 4 * 1024 * 1024;
/** Largest batch of records, bytes: an offer is at most one frame of the wire. */
export const MAX_BATCH_BYTES = 2 * 1024 * 1024;
/** Journal size below which it is not written anew, bytes. */
export const COMPACT_FROM_BYTES = 2 * SEGMENT_BYTES;
/** Room kept for the results of what ran when the disk gets full, bytes. */
export const BALLAST_BYTES = 4 * 1024 * 1024;
/** Pause before a full disk is tried again, ms. */
export const DISK_PAUSE_MS = 1_000;
/** A given-up ballast is tried to be made again after, ms. */
export const BALLAST_PAUSE_MS = 30_000;
/** Runs that have not ended. */
export const MAX_OPEN_RUNS = 64;
/** Privileged commands accepted within an hour. */
export const MAX_PRIVILEGED_AN_HOUR = 60;
/** Destructive commands started within a day. */
export const MAX_DESTRUCTIVE_A_DAY = 1;
/** A run is not tried again after so many crashes. */
export const MAX_CRASHES = 3;
/** Starts of one run, by people too. */
export const MAX_ATTEMPTS = 16;
/** How long a finished run is known after its `notAfter`, ms. */
export const KEEP_ENDED_MS = 30 * 86_400_000;
/** Time without a message after which the executor ends, ms. */
export const LINGER_MS = 60_000;
/** A wait longer than that is left to the core's knock, ms. */
export const LONG_WAIT_MS = 60_000;
/** Runs at work at one time; others wait their turn. */
export const MAX_AT_WORK = 4;
/** Largest frame between core and executor, bytes. */
export const MAX_LOCAL_FRAME_BYTES = 512 * 1024;
/** Live output passed on of one run, bytes; the report at the end has the tail. */
export const MAX_LIVE_RUN_BYTES = 1024 * 1024;
/** Pause between two looks at a unit's spool, ms: first, and longest. */
export const SPOOL_LOOK_FIRST_MS = 5;
export const SPOOL_LOOK_LAST_MS = 250;
/** Longest step of a kind's own effect, ms: what a dead wrapper left is given that long. */
export const EFFECT_STEP_MS = 60_000;
/** Time a program is given between SIGTERM and SIGKILL, ms. */
export const TERM_GRACE_MS = 2_000;
/** Fetched files that wait for the server, bytes together. */
export const MAX_HELD_BYTES = 256 * 1024 * 1024;
/** How long a fetched file waits for the server, ms. */
export const KEEP_FILE_MS = 86_400_000;
/** Longest wait for processes that were killed, ms. */
export const KILL_WAIT_MS = 30_000;
/** Lifted halts that are remembered, so that none comes back. */
export const MAX_LIFTED = 1_024;
/** Most halts that are kept. */
export const MAX_KEPT_HALTS = 256;
/** How far the server's word may be dated ahead of the device's own clock, ms. */
export const MAX_AHEAD_MS = 86_400_000;
