// Every duration of the server that is not a setting, with its unit.

/** Longest wait for a whole HTTP request; Node's default is none. */
export const REQUEST_TIMEOUT_MS = 15_000;
/** Longest silence on a socket that has not sent its request. */
export const CONNECTION_TIMEOUT_MS = 10_000;
/** A handler that has not answered by then is answered for, before its silent socket is closed: the database hangs. */
export const HANDLER_TIMEOUT_MS = 8_000;
/** Idle keep-alive connections are closed after this. */
export const KEEP_ALIVE_MS = 30_000;
/** Comment line on a silent event stream, so that proxies keep it open. */
export const SSE_BEAT_MS = 20_000;
/** How often it is asked again whether those who watch event streams are still signed in. */
export const SSE_RECHECK_MS = 3_000;

/** Longest wait for a connection to PostgreSQL. */
export const DB_CONNECT_MS = 5_000;
/** A database of one's own may still be starting, as after a reboot: it is waited for this long. */
export const DB_OPEN_MS = 30_000;
/** Running statements get this long when the server stops. */
export const DB_CLOSE_MS = 5_000;
/** How often the health of the database is asked while it is well. */
export const DB_PROBE_MS = 5_000;
/** The same while it is not: recovery must be seen within 10 s. */
export const DB_PROBE_DOWN_MS = 500;
/** A probe without answer for this long counts as failed. */
export const DB_PROBE_TIMEOUT_MS = 2_000;
/** Without any answer for this long, sockets to the database are cut so that waiting queries end. */
export const DB_GIVE_UP_MS = 20_000;
/** A statement of an admin query may take this long. */
export const DB_STATEMENT_MS = 30_000;
/** A statement without any answer for this long may be lost on the way: the database is asked whether it works on one. */
export const DB_LOST_MS = 3_000;
/** A connection without any answer for this long is cut, whatever the database says: its own limit for a statement is over. */
export const DB_SILENT_MS = DB_STATEMENT_MS + 5_000;
/** How often the database is asked what became of commits whose answer was lost. */
export const DB_DOUBT_MS = 1_000;
/** Sessions from before an outage get this long to end before the database is taken as well again. */
export const DB_FENCE_MS = 1_000;

/** PostgreSQL may take this long to say "ready", crash recovery included. */
export const POSTGRES_READY_MS = 60_000;
/** `initdb` may take this long. */
export const POSTGRES_INIT_MS = 60_000;
/** Fast shutdown may take this long; then the immediate one, which recovers at the next start. */
export const POSTGRES_STOP_MS = 30_000;
/** The immediate shutdown may take this long before the process is killed. */
export const POSTGRES_QUIT_MS = 5_000;
/** How often a start or stop of PostgreSQL looks for progress. */
export const POSTGRES_POLL_MS = 15;
/** First and longest pause before PostgreSQL is started again after an unexpected exit: a full disk that has room again is noticed so soon. */
export const POSTGRES_RESTART_MIN_MS = 200;
export const POSTGRES_RESTART_MAX_MS = 3_000;
/** A PostgreSQL that ran this long counts as healthy again. */
export const POSTGRES_SETTLED_MS = 60_000;
/** How often the size of the PostgreSQL log is looked at. */
export const POSTGRES_LOG_CHECK_MS = 60_000;

/** A batch is sent when it is full or its oldest row has waited this long. */
export const BATCH_WAIT_MS = 50;
/** Rows still unsent this long after a batch writer was told to stop are refused. */
export const BATCH_STOP_MS = 10_000;
/** First and longest pause between attempts of a batch that failed for a passing reason. */
export const BATCH_RETRY_MIN_MS = 100;
export const BATCH_RETRY_MAX_MS = 2_000;
/** What waits for other processes of the server may take this long to leave when this one stops. */
export const BUS_STOP_MS = 1_000;
/** A lease that is not renewed for this long has ended. */
export const LEASE_MS = 15_000;
/** How often its holder renews it. */
export const LEASE_RENEW_MS = 5_000;
/** Another waits this long after it saw that the lease had ended: after the database was away, its holder comes first. */
export const LEASE_GRACE_MS = 10_000;
/** How often the others look at it. */
export const LEASE_LOOK_MS = 2_000;

/** How often the supervisor asks whether a worker's event loop still turns. */
export const WORKER_PING_MS = 1_000;
/** A worker that has not answered for this long is killed. */
export const WORKER_HANG_MS = 15_000;
/** A worker that is not ready by then is killed; recovery of what an earlier one left is part of it. */
export const WORKER_START_MS = 120_000;
/** A worker that was told to stop and has not by then is killed. */
export const WORKER_STOP_MS = 30_000;
/** A worker whose supervisor has ended drains for at most this long: the next server waits for its port and its database. */
export const WORKER_ORPHAN_MS = 10_000;
/** First and longest pause before a worker is started again. */
export const WORKER_RESTART_MIN_MS = 200;
export const WORKER_RESTART_MAX_MS = 30_000;
/** A worker that ran this long counts as healthy again. */
export const WORKER_SETTLED_MS = 60_000;
/** The figures of a worker that has not answered by then are left out. */
export const FIGURES_WAIT_MS = 1_000;
/** Requests wait so long for a controller when there is none, or when it has just ended. */
export const CONTROLLER_WAIT_MS = 8_000;
/** A controller that says nothing for this long on a request has not got it: its handlers answer within HANDLER_TIMEOUT_MS. */
export const PIPE_SILENT_MS = 10_000;
/** Pause before a controller that did not take a request is asked again. */
export const PIPE_AGAIN_MS = 100;

/** A server that was told to stop ends within this, whatever holds it; systemd would kill it after 90 s. */
export const SERVER_STOP_MS = 85_000;
/** The same for a worker, before its supervisor kills it. */
export const WORKER_END_MS = 27_000;
/** A part of a process that has not stopped by then is left behind. */
export const PART_STOP_MS = 20_000;
/** The same for the database: statements, then the embedded PostgreSQL in up to three ways. */
export const DATABASE_STOP_MS = 50_000;
/** Requests under way, and streams whose readers do not read, get this long when the server stops; then their connections are cut. */
export const HTTP_STOP_MS = 10_000;
/** A process whose parts have all stopped ends by itself within this. */
export const PROCESS_END_MS = 2_000;

/** A session that did not prove within this time that its person is there proves it again before a privileged act. */
export const STEP_UP_MS = 600_000;
