// Every interval of the agent that is not a setting, with its unit.

/** A session that lived so long resets the backoff, ms. */
export const HEALTHY_AFTER_MS = 60_000;
/** Time from the TCP connect to the welcome, ms. */
export const OPEN_TIMEOUT_MS = 15_000;
/** Time the server is given to answer the agent's goodbye, ms. */
export const CLOSE_TIMEOUT_MS = 1_500;
/** Silence of the server after which the agent pings, ms. */
export const SILENCE_MS = 90_000;
/** Time the server is given to answer that ping, ms. */
export const PING_TIMEOUT_MS = 15_000;
/** How far a heartbeat may lie beside its interval, as a share of it, so that a fleet does not beat in step. */
export const BEAT_JITTER = 0.1;
/** An outbox message without ack is sent again after, ms. */
export const RESEND_AFTER_MS = 60_000;
/** Pause between two enrollment attempts with a retryable answer, ms. */
export const ENROLL_RETRY_MS = 5_000;
/** Time an orderly stop may take before the process ends anyway, ms. */
export const STOP_TIMEOUT_MS = 8_000;
/** Time one check of `muster-agent doctor` is given, ms. */
export const CHECK_TIMEOUT_MS = 10_000;
/** Difference of the clocks of device and server from which a person is told, ms. */
export const CLOCK_TOLERANCE_MS = 60_000;
