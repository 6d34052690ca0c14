// Limits of the access feature.

/** Persons of one organization. */
export const MAX_PERSONS = 500;
/** Keys of one person: the trust document takes as many of a signer. */
export const MAX_KEYS_PER_PERSON = 8;
