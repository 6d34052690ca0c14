// Limits and intervals of running collectors, with units.

/** How long bodies are held for the server after they were collected, ms; later they are collected again. */
export const HOLD_MS = 60_000;
/** Bodies held at one time, characters. */
export const MAX_HELD_CHARS = 8 * 1024 * 1024;
/** Bodies a server takes in one offer, bytes; a section that would pass it is offered as an error instead. */
export const MAX_OFFER_BYTES = 8 * 1024 * 1024;
/** Largest saved list of hashes that is read back, bytes. */
export const MAX_STATE_BYTES = 64 * 1024;
/** Errors in a row after which the last good content of a slice is given up, so that a short fault is not a change. */
export const ERRORS_BEFORE_SHOWN = 3;
/** How long an unchanged stamp is believed, ms: a file written in place leaves no mark on its folder. */
export const STAMP_TRUST_MS = 24 * 3_600_000;
/** Shortest pause between two collectors, ms, so that two heavy ones never fall together. */
export const GAP_MS = 1_000;
/** How soon a collector that failed is run again, ms. */
export const RETRY_MS = 60_000;
