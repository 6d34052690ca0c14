// Every limit of the wire with its unit; both ends enforce the same numbers.

/** Largest WebSocket frame, either direction, bytes. Larger ones end the session with E_SIZE. */
export const MAX_FRAME_BYTES = 256 * 1024;
/** Fragments of one WebSocket message; more end the session. */
export const MAX_FRAGMENTS = 64;
/** Deepest nesting of any JSON that is accepted, levels. */
export const MAX_JSON_DEPTH = 8;
/** Largest signed document (payload of an envelope), bytes. */
export const MAX_DOCUMENT_BYTES = 128 * 1024;
/** Signatures on one envelope. */
export const MAX_SIGNATURES = 16;
/** Trust documents sent in one chain; an agent further behind asks again. */
export const MAX_TRUST_CHAIN = 50;
/** Largest inventory slice body before compression, bytes. */
export const MAX_SLICE_BYTES = 4 * 1024 * 1024;
/** Rows of one slice. */
export const MAX_SLICE_ROWS = 20_000;
/** Longest text of one inventory value, UTF-16 units; collectors cut longer ones and mark them with an ellipsis. */
export const MAX_VALUE_CHARS = 4096;
/** Slices a device may offer. */
export const MAX_SLICES = 64;
/** Parts the package list is divided into, by hash of the package name. */
export const PACKAGE_PARTS = 64;
/** Body frames of one bundle: all that a device can be asked for at once. */
export const MAX_BUNDLE_FRAMES = MAX_SLICES + PACKAGE_PARTS;
/** Largest metric chunk as sent, bytes. */
export const MAX_CHUNK_BYTES = 128 * 1024;
/** Largest metric chunk after inflating, bytes. */
export const MAX_CHUNK_RAW_BYTES = 2 * 1024 * 1024;
/** Series of one chunk. */
export const MAX_CHUNK_SERIES = 512;
/** Time an unauthenticated socket is given, ms. */
export const AUTH_DEADLINE_MS = 5_000;
/** Longest window over which a device spreads an attempt to connect again, by its own count or by the server's word, ms. */
export const MAX_RECONNECT_WINDOW_MS = 300_000;
/** Most hashes of a proof that one audit is the beginning of another: twice the levels of a tree as large as a safe integer. */
export const MAX_CONSISTENCY_HASHES = 128;
/** Longest hostname accepted, characters (RFC 1123 allows 253). */
export const MAX_HOSTNAME_CHARS = 253;
