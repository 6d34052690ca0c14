// Limits of the agent, with units; those of the wire stand in the protocol.

/** Messages the outbox holds. */
export const OUTBOX_MAX_ITEMS = 10_000;
/** Bytes the outbox holds. */
export const OUTBOX_MAX_BYTES = 64 * 1024 * 1024;
/** Bytes waiting on the socket above which the agent sends nothing more of its own accord. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;
