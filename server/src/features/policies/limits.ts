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
