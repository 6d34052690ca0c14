// Limits of compliance with their units.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A device that holds policies and has said nothing for so long counts as not reporting, ms. It says once a day that it still looks. */
export const SILENT_AFTER_MS = 2 * DAY_MS;
/** How long it is known how items stood, ms. */
export const KEPT_MS = 400 * DAY_MS;
/** A moment of the past is told by the hour; one that is so long ago by the day, ms. */
export const FINE_KEPT_MS = 35 * DAY_MS;

/** Reports that wait to be stored, of all devices; above it the device keeps them and sends them again. */
export const MAX_QUEUED_REPORTS = 20_000;
/** Reports of one batch; each has up to MAX_REPORTED_ITEMS items. */
export const MAX_BATCH_REPORTS = 100;
/** Reports of one session that are remembered as put off, so that none after them is stored before them. */
export const MAX_PUT_OFF = 100;
/** Numbers of rules that a process remembers. */
export const MAX_KNOWN_RULES = 200_000;

/** How often silent devices, partitions and what is too old are looked after, and the first time after a start, ms. */
export const SWEEP_MS = 600_000;
export const FIRST_SWEEP_MS = 30_000;
/** Devices that fall silent in one transaction. */
export const SILENT_BATCH = 200;
