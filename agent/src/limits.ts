// Limits of the agent, with units; those of the wire stand in the protocol.

/** Longest path of a unix socket, bytes: `sun_path` less its closing zero (unix(7)). The runtime cuts a longer one without a word. */
export const MAX_SOCKET_PATH_BYTES = 107;
/** Messages the outbox holds. */
export const OUTBOX_MAX_ITEMS = 10_000;
/** Bytes the outbox holds. */
export const OUTBOX_MAX_BYTES = 64 * 1024 * 1024;
/** Bytes waiting on the socket above which the agent sends nothing more of its own accord. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;
