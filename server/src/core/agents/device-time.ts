// Turns times of a device's clock into the server's, by what the session found out about that clock.
import type { Session } from './session.ts';

/** Clocks this close together count as equal, ms: the way of the message is in the difference too. */
const EQUAL_WITHIN_MS = 2_000;

/** A device's time on the server's clock, ms since 1970; never later than now. */
export function toServerTimeMs(
  session: Pick<Session, 'clockOffsetMs'>,
  deviceMs: number,
  nowMs: number,
): number {
  const { clockOffsetMs } = session;
  const corrected = Math.abs(clockOffsetMs) <= EQUAL_WITHIN_MS ? deviceMs : deviceMs - clockOffsetMs;
  return Math.min(corrected, nowMs);
}
