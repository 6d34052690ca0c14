// Bounds of policy cycles, with units.

/** Repairs of one item within FLAP_WINDOW_MS; another one is not begun. */
export const MAX_REPAIRS = 3;
/** How long a repair counts, ms. */
export const FLAP_WINDOW_MS = 86_400_000;
/** Pause after the first failed try, ms; doubled with each. */
export const FIRST_PAUSE_MS = 900_000;
/** Longest pause after a failed try, ms. */
export const LAST_PAUSE_MS = 86_400_000;
/** Crashes during repairs of one item; then it is not tried again with the same wish. */
export const MAX_REPAIR_CRASHES = 3;
/** How long what an interrupted repair left running is waited for, ms: a transaction of packages may take so long. */
export const UNDER_WAY_MS = 3_600_000;
/** Time after which a cycle begins no other repair, ms. */
export const MAX_CYCLE_MS = 1_800_000;
/** Longest that one look is waited for, ms: programs that look have bounds of their own, a file server that is away has none. */
export const MAX_LOOK_MS = 300_000;
/** Longest that all looks of a cycle are waited for, ms; those that are left then are told as errors. */
export const MAX_LOOKS_MS = 1_800_000;
/** What a script of a policy printed last that is kept, bytes. */
export const MAX_SCRIPT_OUTPUT_BYTES = 2_048;
/** How long a script waits for another one that a person has started, ms. */
export const SCRIPT_LOCK_WAIT_MS = 60_000;
/** Longest wish that is remembered as it is, characters; of a longer one the hash is. */
export const MAX_WISH_CHARS = 4_096;
/** Items that are written to the journal at once; each has some kilobytes at most, and a batch is bounded. */
export const MAX_KEPT = 100;
/** Facts of a device change seldom: what its policies want is resolved again after, ms, and only when an executor starts. */
export const RESOLVE_AGAIN_MS = 3_600_000;
/** Messages about policies that wait for the keeper; an honest server answers one question at a time. */
export const MAX_WAITING = 16;
/** Time between two cycles over what is held, ms; each device has its own place in it. */
export const CYCLE_EVERY_MS = 3_600_000;
/** Another set, selection or trust document: each device begins at a place of its own within, ms. */
export const SOON_MS = 30_000;
/** Something changed in what is watched: no other cycle so soon after the one before, ms. */
export const WATCHED_EVERY_MS = 300_000;
/** Files that are watched; the others are looked at once an hour. */
export const MAX_WATCHED = 512;
/** Pause after a cycle that could not be run or went down, ms: first, and longest; doubles. */
export const CYCLE_RETRY_FIRST_MS = 60_000;
export const CYCLE_RETRY_LAST_MS = 3_600_000;
/** Time between two looks at a unit that works, ms. */
export const UNIT_LOOK_MS = 1_000;
/** Time that a unit is given to begin, ms: a service manager starts it in its own time. */
export const UNIT_START_MS = 30_000;
/** Largest file of a report or of what was told, bytes. */
export const MAX_REPORT_BYTES = 64 * 1024 * 1024;
/** Items of one message to the core, bytes of their JSON: a frame of the wire has 256 KiB. */
export const MAX_TOLD_BYTES = 128 * 1024;
/** A device of which nothing changes says so, ms. */
export const STILL_HERE_MS = 86_400_000;
/** An executor is kept for a core that has not confirmed what it was told, ms; then the next one tells it. */
export const CONFIRM_MS = 10_000;
