// Limits of the access feature.

/** Persons of one organization. */
export const MAX_PERSONS = 500;
/** Keys of one person: the trust document takes as many of a signer. */
export const MAX_KEYS_PER_PERSON = 8;
/** Roles that an organization makes itself. */
export const MAX_ROLES = 200;
/** Roles of one person. */
export const MAX_ROLES_PER_PERSON = 16;
/** Grants of one role. */
export const MAX_GRANTS = 64;
/** Kinds, and pieces of content, that one grant names. */
export const MAX_GRANT_NAMES = 64;
/** Longest limit of a grant, of a held role and of a token, UTF-16 units: joined, the four of them stay below what an expression may be. */
export const MAX_WHERE_CHARS = 480;
/** Grants of one permission in one role: sixteen roles of these are compared pair by pair. */
export const MAX_GRANTS_OF_PERMISSION = 16;
/** Limits that are joined to make one list of grants out of two; what goes beyond is not granted. */
export const MAX_JOINED = 1_024;
/** Limits whose compiled form is kept by a process: more than one person can have. */
export const MAX_COMPILED = 4_000;
/** Lists of grants that are kept by a process as they were computed. */
export const MAX_REMEMBERED = 1_000;
