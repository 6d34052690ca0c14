// Quiet hours: a time of day in a zone, over midnight or not.

/** When nobody wants to be told. */
export interface Quiet {
  /** Time of day, `22:00`. */
  readonly from: string;
  /** Time of day at which it ends; the same as `from` is the whole day. */
  readonly to: string;
  /** IANA name of the zone, `Europe/Berlin`. */
  readonly zone: string;
  /** Critical alerts are told all the same. */
  readonly exceptCritical: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** True for the name of a zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** When the quiet hours end in which `nowMs` lies, ms since 1970; null when it lies in none. */
export function findQuietEnd(quiet: Quiet, nowMs: number): number | null {
  const read = createClockReader(quiet.zone);
  const [from, to] = [toMinutes(quiet.from), toMinutes(quiet.to)];
  if (!isWithin(read(nowMs), from, to)) return null;
  // Minute by minute, because a day of a zone may have 23 or 25 hours.
  const startMs = nowMs - (nowMs % MINUTE_MS);
  for (let step = 1; step <= DAY_MINUTES + 60; step += 1) {
    const atMs = startMs + step * MINUTE_MS;
    const minutes = read(atMs);
    if (minutes === to || !isWithin(minutes, from, to)) return atMs;
  }
  return startMs + DAY_MINUTES * MINUTE_MS;
}

function isWithin(minutes: number, from: number, to: number): boolean {
  if (from === to) return true;
  return from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
}

function toMinutes(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Minutes since midnight in a zone. */
function createClockReader(zone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (ms) => toMinutes(format.format(ms));
}
