// Limits of policies with their units; whoever reads, signs or judges them holds the same.

/** Largest file, bytes of UTF-8. Looked at before anything is parsed. */
export const MAX_POLICY_FILE_BYTES = 1024 * 1024;
/** Policies that are judged together. */
export const MAX_POLICIES = 1_000;
/** Rules of one policy. */
export const MAX_RULES = 1_000;
/** Highest priority. */
export const MAX_PRIORITY = 1_000;
/** Priority of a policy that names none. */
export const DEFAULT_PRIORITY = 100;
/** Longest title, name of a person or reference, UTF-16 units. */
export const MAX_LINE_CHARS = 256;
/** Longest explanation for people, UTF-16 units. */
export const MAX_PROSE_CHARS = 4_096;
/** References of one rule. */
export const MAX_REFERENCES = 32;
/** Policies and exceptions in force whose devices only the server can tell, since `on` or `except` names what no device knows. */
export const MAX_SELECTED = 200;
/** Signed revisions of all policies in force together, characters of their envelopes: what a device keeps. */
export const MAX_IN_FORCE_CHARS = 16 * 1024 * 1024;
/** Longest name of an item, UTF-16 units: its kind and a path. */
export const MAX_ITEM_CHARS = 1_100;
/** Longest text of what a device found, did, or gives as the reason, UTF-16 units. */
export const MAX_FOUND_CHARS = 512;
/** Steps of a repair that are told. */
export const MAX_TOLD_STEPS = 4;
/** Items in one report of a device; more are told in several. */
export const MAX_REPORTED_ITEMS = 200;
/** Items without a rule in one report of a device. */
export const MAX_REPORTED_GONE = 200;
