// Limits of the alerts feature with their units.

/** Open alerts of one device; above it new ones are refused until some have ended. Every rule on every disk of a large machine stays far below. */
export const MAX_OPEN_ALERTS = 500;
/** Alert messages that wait to be stored; above it the device keeps them and sends them again. */
export const MAX_QUEUED = 20_000;
/** Alerts that are acknowledged, or given back, by one request. */
export const MAX_ACKNOWLEDGED_AT_ONCE = 200;
/** Longest word to an acknowledgment, characters. */
export const MAX_COMMENT_CHARS = 200;
