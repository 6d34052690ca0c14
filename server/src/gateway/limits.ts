// Limits and times of the agents' socket, with units.

/** Bytes one device may have waiting on its socket; one that reads slower is closed. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;
/** Handlers of one device under way at once; above it its socket is not read. */
export const MAX_CONCURRENT_HANDLERS = 32;
/** Heartbeat intervals of silence after which the server pings. */
export const SILENT_BEATS = 1.5;
/** Time a ping is given, ms. */
export const PING_TIMEOUT_MS = 10_000;
/** Pings without any answer after which a session is over. */
export const MAX_UNANSWERED = 2;
/** Time the older session is given to prove that it lives when its key shows up again, ms. */
export const CLONE_PROBE_MS = 3_000;
/** Outbox messages a device may have unacknowledged. */
export const OUTBOX_WINDOW = 64;
/** Time the socket library waits for the other side's close frame, ms. */
export const CLOSE_TIMEOUT_MS = 5_000;
/** Processor time one handshake costs on a slow core, ms; measured 1.1–1.6 for TLS. Draining spreads by it. */
export const HANDSHAKE_COST_MS = 2;
/** Shortest window over which a draining server spreads its devices, ms. */
export const MIN_DRAIN_WINDOW_MS = 2_000;
/** How much wider the window after a kill is than that of a drain: who was told of it early was told of few sessions, and first attempts fail. */
export const RECONNECT_SLACK = 1.5;
/** Oldest capability of an agent that takes a window to come back in from its welcome. */
export const RECONNECT_WINDOW_CAPABILITY = 3;
/** A window that is not longer is not said, ms: the second step of an agent's own backoff is as wide. */
export const MIN_RECONNECT_WINDOW_MS = 2_000;
/** Sockets that are told something in one slice before other work gets its turn. */
export const BROADCAST_SLICE = 1_000;

/** Delay of the event loop from which on no further agent is let in, ms: those who are there come first, the others come again. */
export const SHED_DELAY_MS = 200;

/** Part of the handshakes, and of the places of what has not proven itself, that one remote address may have. */
export const ADDRESS_SHARE = 0.25;
/** The least an address may have at once, handshakes and places, where its part would be smaller. */
export const MIN_ADDRESS_BURST = 20;
export const MIN_ADDRESS_PLACES = 50;
/** Part of both that addresses with nothing but agents behind them leave to others. */
export const KEPT_FOR_PEOPLE = 0.1;
/** An address from which somebody signed in used the API counts as one of people for so long, ms. */
export const PERSON_MS = 24 * 3_600_000;
/** Remote addresses remembered; the quietest are forgotten first. About 200 bytes each. */
export const MAX_ADDRESSES = 20_000;

/** What is small and often is gathered for the bus this long, ms. */
export const BUS_GATHER_MS = 250;
/** Sessions announced in one message of the bus. */
export const ANNOUNCE_SLICE = 1_000;
/** A gateway announces all its sessions anew at most this often, ms: when that itself overflows the bus, it must not go on without end. */
export const ANNOUNCE_AGAIN_MS = 1_000;
/** Commands of a session whose files are known to be on their way. */
export const MAX_OFFERS = 64;
/** Bytes of messages to one gateway that are gathered before they go out in the middle of a tick. */
export const MAX_GATHERED_BYTES = 1024 * 1024;
/**
 * Handlers of one device of another gateway under way at once; its socket is not read long before, so that only what was on the way
 * comes. A device of which more comes is sent away.
 */
export const MAX_REMOTE_HANDLERS = 1_024;
/** Time the opening of a session may take on after another gateway has asked for it, ms; then it is void. All that is asked fits into the time to authenticate. */
export const OPENING_WAIT_MS = 500;
/** What the way over the bus may add to the time in which a session must prove that it lives, ms. */
export const PROBE_WAY_MS = 1_000;
