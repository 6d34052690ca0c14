// Limits of content, with units.

/** Pieces that are read at once to hold a body against its hash. */
export const CHECK_PIECES = 16;
/** Bytes of pieces kept in memory for devices that ask for the same body at the same time. */
export const PIECE_CACHE_BYTES = 32 * 1024 * 1024;
/** Content documents of one organization. */
export const MAX_CONTENT = 10_000;
/** Bytes of all bodies of one organization. */
export const MAX_STORED_BYTES = 8 * 1024 * 1024 * 1024;
/** Documents that a list shows at most. */
export const LIST_ROWS = 500;
