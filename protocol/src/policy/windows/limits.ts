// Limits of windows with their units; whoever reads, signs or judges them holds the same.

/** Windows of one policy. */
export const MAX_WINDOWS = 16;
/** Dates on which one window does not open. */
export const MAX_EXCEPTED_DATES = 100;
/** Freezes of one policy. */
export const MAX_FREEZES = 32;
/** Longest freeze, days: what is longer is a policy that only looks. */
export const MAX_FREEZE_DAYS = 92;
