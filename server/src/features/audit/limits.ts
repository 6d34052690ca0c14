// Limits and times of the audit, with units.

/** How often what is pending is sealed, ms. */
export const SEAL_EVERY_MS = 1_000;
/** How often a checkpoint is signed, when something was sealed since, ms. */
export const CHECKPOINT_EVERY_MS = 60_000;
/** Events that one transaction seals. */
export const SEAL_ROWS = 1_000;
/** Entries that an export reads at a time. */
export const EXPORT_ROWS = 500;
/** Alarms of devices that are written in an hour. */
export const MAX_ALARMS_AN_HOUR = 100;
/** Proofs that are kept for devices, at most 6 KiB each. */
export const MAX_CACHED_PROOFS = 512;
/** Proofs for devices that wait to be read; whoever comes then asks again. */
export const MAX_WAITING_PROOFS = 64;
/** Proofs that are read for one device alone in a minute: an honest one asks for what others ask for too. */
export const MAX_PROOFS_A_MINUTE = 4;
