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
/** Items that are written to the journal at once; each has some kilobytes at most, and a batch is bounded. */
export const MAX_KEPT = 100;
/** Longest text of what was found, done, or is the reason, UTF-16 units. */
export const MAX_FOUND_CHARS = 512;
/** Facts of a device change seldom: what its policies want is resolved again after, ms, and only when an executor starts. */
export const RESOLVE_AGAIN_MS = 3_600_000;
/** Messages about policies that wait for the keeper; an honest server answers one question at a time. */
export const MAX_WAITING = 16;
