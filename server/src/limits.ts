// Every limit of the server that is not a setting, with its unit.

/** Largest body of a REST request, bytes. */
export const MAX_BODY_BYTES = 256 * 1024;
/** Longest path parameter, characters. */
export const MAX_PARAM_CHARS = 200;
/** Rows of one page when the caller does not say, and the most he may ask for. */
export const PAGE_ROWS = 100;
export const MAX_PAGE_ROWS = 500;
/** Longest cursor, characters. */
export const MAX_CURSOR_CHARS = 1_024;
/** Fields one request may select. */
export const MAX_FIELDS = 64;
/** Field errors listed in one problem document. */
export const MAX_PROBLEM_ERRORS = 20;
/** Requests that wait to be told who asks; a database that hangs would let them pile up. */
export const MAX_SIGNING_IN = 500;
/** Statements of one kind (raw, admin, transactions) that wait for a connection; more are refused. */
export const MAX_WAITING_STATEMENTS = 2_000;
/** Failed probes in a row after which the database counts as away: requests are refused at once, and old sessions end at its return. */
export const AWAY_PROBES = 2;
/** Open event streams of one process. */
export const MAX_SSE_STREAMS = 200;
/** Bytes an event stream may have waiting before it is closed as too slow. */
export const MAX_SSE_QUEUED_BYTES = 512 * 1024;
/** Subscribers of one topic of the event hub. */
export const MAX_SUBSCRIBERS = 1_000;
/** Failed sign-ins from one address in a minute. */
export const MAX_AUTH_FAILURES_PER_MINUTE = 20;

/** Longest path of a unix socket, bytes: `sun_path` less its closing zero (man 7 unix). */
export const MAX_SOCKET_PATH_BYTES = 107;
/** Size at which the log of PostgreSQL is moved to `postgres.log.1`, bytes. */
export const MAX_POSTGRES_LOG_BYTES = 4 * 1024 * 1024;
/** What is kept of a child's output for an error message, bytes. */
export const MAX_CHILD_OUTPUT_BYTES = 4 * 1024;
/** Durable messages (measurements, alerts) that one device may send in a day, bytes. A full outbox is 64 MiB; a day of measurements 0.1 MiB. */
export const MAX_DURABLE_BYTES_A_DAY = 96 * 1024 * 1024;
/** What the smallest of them counts as, bytes: a row with its indexes. */
export const MIN_DURABLE_BYTES = 2 * 1024;
/** Rows of one batch, and batches of one writer under way at a time (two are 45 % faster than one). */
export const BATCH_ROWS = 1_000;
export const BATCHES_IN_FLIGHT = 2;
/** Attempts of a batch that fails for its own passing reason (deadlock, timeout) before it is taken apart. */
export const MAX_BATCH_ATTEMPTS = 5;
/** Flushes spent on finding the poison rows of one batch; what is not placed by then is refused with them. */
export const MAX_BISECT_FLUSHES = 200;
/** Timers the wheel holds at most, count. */
export const MAX_TIMERS = 1_000_000;
/** Messages that may wait for one process of the server, bytes; what does not fit is dropped and counted. */
export const MAX_BUS_QUEUED_BYTES = 32 * 1024 * 1024;
/** What goes between two processes in one write, bytes, unless a single message is larger. */
export const MAX_BUS_BATCH_BYTES = 256 * 1024;
/** Requests of one process to others that wait for an answer. */
export const MAX_BUS_REQUESTS = 20_000;
/** Starts of one worker that fail one after the other before the whole server gives up. */
export const MAX_WORKER_STARTS = 5;
/** Requests of one worker that wait for the controller or are on their way through it, streams among them. */
export const MAX_PIPED_REQUESTS = 1_024;
/** Connections that one worker has by the listener for people at this machine, at each of its addresses. */
export const MAX_LOCAL_CONNECTIONS = 256;
/** Headers of a request between two workers, bytes: those that came, and where from. */
export const MAX_PIPED_HEADER_BYTES = 32 * 1024;
/** Limits of grants whose compiled form is kept by a process. */
export const MAX_COMPILED_LIMITS = 1_000;
