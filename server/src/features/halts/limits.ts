// Limits and times of halts and of the server's signed word, with units.

/** How often the word is signed anew, ms: a destructive command wants one of the last hour. */
export const WORD_EVERY_MS = 900_000;
/** A word this old is signed anew for a device that connects, ms. */
export const WORD_FRESH_MS = 60_000;
/** Devices that are told in one slice before other work gets its turn. */
export const TELL_SLICE = 1_000;
/** Oldest capability that is a witness of the audit. */
export const WITNESS_CAPABILITY = 5;
/** Oldest capability that understands commands. */
export const COMMANDS_CAPABILITY = 2;
