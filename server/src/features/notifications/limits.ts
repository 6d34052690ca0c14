// Limits of the notifications feature with their units.

/** Ways, rules, and pauses that are not over, of an organization. */
export const MAX_WAYS = 50;
export const MAX_RULES = 50;
export const MAX_PAUSES = 50;
/** Addresses of one way. */
export const MAX_RECIPIENTS = 20;
/** Longest name, and reason of a pause, characters. */
export const MAX_NAME_CHARS = 64;
export const MAX_REASON_CHARS = 200;
/** Longest URL of a webhook, characters. */
export const MAX_URL_CHARS = 2_048;
/** A pause lasts at most so long, ms. */
export const MAX_PAUSE_MS = 90 * 86_400_000;

/** Alerts taken at a time, changes told at a time, messages sent at a time. */
export const EVENTS_AT_ONCE = 500;
export const CHANGES_AT_ONCE = 1_000;
export const MESSAGES_AT_ONCE = 20;
/** Alerts that a message lists; of the others it says how many. */
export const MAX_LISTED = 50;
/** Changes of an untold alert from which on it counts as flapping, and is told although it has ended. */
export const FLAPPING_CHANGES = 3;

/** Attempts of a message before it is given up. */
export const MAX_ATTEMPTS = 8;
/** Pause before the second attempt, ms; then four times as long each time, at most the other. */
export const RETRY_FIRST_MS = 5_000;
export const RETRY_MAX_MS = 3_600_000;
/** An attempt ends after this, ms. */
export const SEND_TIMEOUT_MS = 15_000;
/** What is read of the answer to a webhook, bytes. */
export const MAX_ANSWER_BYTES = 4_096;
/** Messages that have ended are kept for this long, ms. */
export const KEPT_MS = 30 * 86_400_000;
/** What is due is looked at after this at the latest, ms. */
export const LOOK_MS = 30_000;
/** News are gathered so long, ms. */
export const GATHER_MS = 200;
