// Every limit of the sampler with its unit.

/** Time between two samples, ms; samples stand on multiples of it of the wall clock. */
export const SAMPLE_EVERY_MS = 10_000;
/** Time between two points of a chunk, ms. */
export const POINT_EVERY_MS = 60_000;
/** Span of a chunk, ms. */
export const HOUR_MS = 3_600_000;
/** Latest time that blocks and chunks can hold (in the year 2106), ms since 1970; of a clock beyond it nothing is kept. */
export const MAX_TIME_MS = 0xffffffff * 1000 - HOUR_MS;
/** Time between two looks at what is slow to read or changes slowly (filesystems, sensors of disks), ms. */
export const SLOW_EVERY_MS = 60_000;
/** Time between two searches for new sensors, ms. */
export const DISCOVER_EVERY_MS = 600_000;
/** A tick that comes this much later than asked means suspend, a stopped process or a paused machine, ms. */
export const MAX_LATE_MS = 5_000;
/** Wall and monotonic clock may differ by this much between two samples before it counts as a jump, ms. */
export const MAX_CLOCK_SKEW_MS = 1_000;

/** Disks measured; further ones are counted, not measured. */
export const MAX_DISKS = 40;
/** Network interfaces measured. */
export const MAX_INTERFACES = 16;
/** Filesystems measured. */
export const MAX_FILESYSTEMS = 32;
/** A sensor that takes longer to answer, ms, is read at slow moments only. */
export const SLOW_SENSOR_MS = 5;
/** Temperature sensors measured. */
export const MAX_SENSORS = 24;
/** Names remembered a subject, measured or not; when full, all are forgotten and learned again. */
export const MAX_NAMES = 512;
/** Time without a value after which the place of a series may be given to another one when all are taken, ms. */
export const SERIES_IDLE_MS = 2 * HOUR_MS;

/** Largest value of a series in steps of its metric; a larger one is a fault of its source, and no chunk could hold it. */
export const MAX_VALUE_STEPS = 2 ** 49;
/** Live streams at a time; one more ends the oldest. */
export const MAX_LIVE_STREAMS = 4;
/** Time between two chunks of the open hour, ms. */
export const CHUNK_EVERY_MS = 900_000;
/** Closed hours that wait to be handed on. */
export const MAX_CLOSED_HOURS = 4;

/** Samples of a full block of the ring: five minutes. */
export const BLOCK_SAMPLES = 30;
/** Shortest time between two appends that alerts bring forward, ms. */
export const BREACH_APPEND_EVERY_MS = 60_000;
/** Span of the block starts of one segment of the ring, ms. */
export const SEGMENT_MS = 21_600_000;
/** How long the ring keeps samples, ms. */
export const RING_KEEP_MS = 30 * 24 * HOUR_MS;
/** Most bytes of the ring on disk; the oldest segment goes first. */
export const MAX_RING_BYTES = 64 * 1024 * 1024;
/** Most bytes of one segment; it is read in one piece. */
export const MAX_SEGMENT_BYTES = 1024 * 1024;
/** Most segments: restarts do not begin new ones, but every jump of the clock does. */
export const MAX_SEGMENTS = 500;
/** Blocks that wait in memory while the disk takes none; the oldest go first. */
export const MAX_WAITING_BLOCKS = 72;
/** Bytes of blocks that wait in memory while the disk takes none. */
export const MAX_WAITING_BYTES = 512 * 1024;

/** Pause after alert states could not be written down, ms. */
export const ALERT_FILE_RETRY_MS = 60_000;
/** Alerts that wait until somebody takes them; the oldest go first. */
export const MAX_WAITING_ALERTS = 1_000;
/** Alert states kept for series that are gone or rules that are removed. */
export const MAX_ALERT_STATES = 2_048;
/** Time without a value after which a threshold forgets how long a condition held, ms. */
export const ALERT_GAP_MS = 60_000;
/** Time without a value after which a firing alert is over because its series is gone, ms. */
export const ALERT_GONE_MS = 900_000;
/** Largest file of alert states that is read back, bytes. */
export const MAX_ALERT_FILE_BYTES = 1024 * 1024;
