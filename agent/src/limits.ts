// Limits of the agent, with units; those of the wire stand in the protocol.

/** Longest path of a unix socket, bytes: `sun_path` less its closing zero (unix(7)). The runtime cuts a longer one without a word. */
export const MAX_SOCKET_PATH_BYTES = 107;
/** Messages the outbox holds. */
export const OUTBOX_MAX_ITEMS = 10_000;
/** Bytes the outbox holds. */
export const OUTBOX_MAX_BYTES = 64 * 1024 * 1024;
/** Bytes waiting on the socket above which the agent sends nothing more of its own accord. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;
/** Free space below which a person is told, bytes: outbox, measurements and the executor's reserve fit in it. */
export const LITTLE_DISK_BYTES = 256 * 1024 * 1024;
/** Free space below which the agent cannot do its work, bytes. */
export const NO_DISK_BYTES = 16 * 1024 * 1024;
