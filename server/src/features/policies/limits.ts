// Limits of policies on the server, with units.

/** Largest request that applies a plan, bytes. */
export const MAX_APPLY_BYTES = 16 * 1024 * 1024;
/** Largest request for a plan, bytes. */
export const MAX_PLAN_BYTES = 16 * 1024 * 1024;

/** Revisions of one organization; each is at most some 200 KB. */
export const MAX_REVISIONS = 100_000;
/** Different conditions that one plan asks about: a bit a device each, and up to 9 ms of 100,000 devices in which nobody else has a turn, since all answers are of one state of the index. */
export const MAX_PLAN_CONDITIONS = 500;
/** Distinct cases that one plan resolves. */
export const MAX_PLAN_CASES = 5_000;
/** Rules that one plan weighs over all its cases: some 0.2 µs each, with pauses for others. */
export const MAX_PLAN_DECISIONS = 100_000_000;
/** Changes of items that one plan keeps, over all its different effects: some 20 bytes each. */
export const MAX_PLAN_CHANGES = 5_000_000;
/** Plans that are made or wait for that, each with up to MAX_PLAN_BYTES; more are refused. */
export const MAX_WAITING_PLANS = 4;
/** Different effects that an answer tells of; more are counted. */
export const SHOWN_EFFECTS = 50;
/** Items of one effect that an answer names; more are counted. */
export const SHOWN_ITEMS = 50;
/** Devices that are named as examples of one effect. */
export const SHOWN_DEVICES = 5;
/** Revisions of one policy that a history shows, the newest. */
export const SHOWN_REVISIONS = 200;

/** Oldest capability that holds policies. */
export const POLICIES_CAPABILITY = 6;
/** Devices that are told in one slice before other work gets its turn: a set of a thousand policies is some 65 KB for each. */
export const TELL_SLICE = 100;
/** Conditions that begin to be watched in one slice; the index judges all devices for each. */
export const WATCH_SLICE = 16;
/** Devices that joined or left conditions are gathered so long before they are told, ms. */
export const GATHER_MS = 250;
/** Different tellings of one set that are kept for whoever comes next. */
export const MAX_KEPT_TELLINGS = 256;
/** First and longest pause before what is in force is read again, ms. */
export const RETRY_MIN_MS = 500;
export const RETRY_MAX_MS = 30_000;

/** Devices that wait for a revision to be read; others ask again. */
export const MAX_WAITING_WANTS = 20_000;
/** A revision that is not here makes the set in force be read again, at most once in this time, ms. */
export const WANT_READ_MS = 2_000;
/** Messages about what devices hold that wait to be stored; above it the device keeps them and sends them again. */
export const MAX_QUEUED_STATES = 20_000;
/** Revisions of other sets than the one in force that are read at once for devices; each is at most some 200 KB. Who asks for more waits for the next read. */
export const MAX_OTHERS = 100;

/** Waves of one order. */
export const MAX_WAVES = 20;
/** How long a wave is watched, seconds. */
export const MIN_SOAK_S = 60;
export const MAX_SOAK_S = 30 * 86_400;
/** A device that was online since the watch began is missed after so long, minutes. */
export const GONE_MINUTES = 2;
/** Longest time that a watch looks back, minutes: a year. */
export const MAX_WATCHED_MINUTES = 366 * 24 * 60;
/** Between two looks at a rollout that is running, and before the first one of a controller, ms. */
export const ROLLOUT_LOOK_MS = 10_000;
export const ROLLOUT_CALM_MS = 300_000;
