// Reads the times that messages carry: the form alone lets the 99th of a month through.
import { fail } from './errors.ts';

/** Earliest and latest time that any sender can mean, ms since 1970: the years 2000 to 2199. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2200, 0, 1);

/**
 * A time of a message in ms since 1970. The text must be as `Date.prototype.toISOString` writes it.
 * @throws MusterError E_RANGE for a time that does not exist or that lies outside 2000–2199
 */
export function readTimeMs(text: string): number {
  const ms = Date.parse(text);
  const isReal = ms >= EARLIEST_MS && ms < LATEST_MS && new Date(ms).toISOString() === text;
  if (!isReal)
    throw fail('E_RANGE', {
      detail:
        'A time in the message does not exist or lies outside the years 2000 to 2199; correct the clock of the device.',
    });
  return ms;
}
