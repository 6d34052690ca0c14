// Limits of commands with their units; server, executor and CLI enforce the same numbers.

/** Devices that a command lists by name; more travel as the root of a hash tree. Also the most a destructive command may reach. */
export const MAX_LISTED_TARGETS = 25;
/** Devices of one command. */
export const MAX_TARGETS = 10_000_000;
/** Hashes of one proof: enough for MAX_TARGETS. */
export const MAX_PROOF_HASHES = 24;
/** Longest time between notBefore and notAfter, ms. */
export const MAX_TTL_MS = 30 * 86_400_000;
/** The same for destructive commands, ms. */
export const MAX_DESTRUCTIVE_TTL_MS = 86_400_000;
/** How far a device's clock may lag behind the writer's, ms. */
export const CLOCK_SKEW_MS = 300_000;
/**
 * How far before `notBefore`, by the device's own clock, a word of the server may let a command start, ms: a clock that lags less waits for
 * nothing, and who owns the server gains no more than that.
 */
export const MAX_EARLY_MS = 3_600_000;
/** Time a device waits with a destructive command, counted by itself from its first sight of it, ms. */
export const COOL_OFF_MS = 900_000;
/** How old the server's last signed word may be for a privileged command, ms. */
export const PRIVILEGED_FRESH_MS = 86_400_000;
/** The same for a destructive command, ms. */
export const DESTRUCTIVE_FRESH_MS = 3_600_000;
/** Longest time a halt holds, ms. */
export const MAX_HALT_MS = 7 * 86_400_000;
/** Canceled commands that one freshness document names. A server refuses to cancel more: an id is dropped only once nothing can start by it any more. */
export const MAX_CANCELED = 1_000;
/** Halts that have not ended by themselves, lifted ones too: one word carries all of them, so that a device which was away hears every lift. */
export const MAX_HALTS = 64;
/** The same of one signer. A device holds no more of his, so that nobody pushes out what others halted; a server takes no more. */
export const MAX_SIGNER_HALTS = 32;
/** Output kept of one run, bytes; the tail is kept. */
export const MAX_OUTPUT_BYTES = 64 * 1024;
/** Output in one `run.output`, bytes. */
export const MAX_LIVE_OUTPUT_BYTES = 16 * 1024;
/** Largest signed content body (script or file), bytes. */
export const MAX_CONTENT_BYTES = 64 * 1024 * 1024;
/** Largest file that is fetched from a device, bytes. */
export const MAX_FETCH_BYTES = 64 * 1024 * 1024;
/** Bytes of a body in one piece frame. */
export const PIECE_BYTES = 64 * 1024;
/** Shortest and longest time after which a script may be ended, ms. */
export const MIN_SCRIPT_MS = 1_000;
export const MAX_SCRIPT_MS = 86_400_000;
/** Users that one script may run as. */
export const MAX_RUN_AS = 16;
/** Content documents that one offer carries. */
export const MAX_OFFERED_CONTENT = 4;
