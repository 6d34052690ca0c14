// Limits of exceptions with their units; whoever reads, signs or judges them holds the same.

/** Exceptions of one policy. */
export const MAX_EXCEPTIONS = 100;
/** How far from its signature an exception may end, days. */
export const MAX_EXCEPTION_DAYS = 366;
