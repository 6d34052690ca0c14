// Limits of the groups feature.

/** Groups of an organization; a list counts the members of each. */
export const MAX_GROUPS = 200;
/** Devices that are picked for one group, and by one request. */
export const MAX_PICKED = 10_000;
export const MAX_PICKED_AT_ONCE = 1_000;
/** Longest name and description of a group, characters. */
export const MAX_GROUP_NAME_CHARS = 64;
export const MAX_DESCRIPTION_CHARS = 500;
/** Groups that a refusal names. */
export const MAX_NAMED_GROUPS = 3;
/** Parts of an expression that an explanation lists. */
export const MAX_EXPLAINED_PARTS = 512;
/** Changes of members are gathered this long before a live view is told, ms. */
export const TELL_MS = 250;
