// Reckons when a window opens: the calendar of it in plain local time, and each local time in its zone.
//
// The library reckons in UTC, where no hour is missing or comes twice, and only what it gives is looked up in the zone: so a start
// in the missing hour moves forward instead of being dropped, which RFC 5545 would do, and a night of maintenance is not lost.
import { RRuleTemporal } from 'rrule-temporal';
import type { PolicyWindow } from './window.ts';

/** Periods (days, weeks, months, years) that the library walks at most for one answer. */
const MAX_PERIODS = 10_000;
/** Times that it weighs at most for one answer. */
const MAX_CANDIDATES = 100_000;

/** A time of a window's calendar. */
export interface LocalStart {
  /** As if the local time were UTC, ms since 1970: only to go on from. */
  readonly localMs: number;
  /** Local date, `2026-01-10`. */
  readonly date: string;
  /** Ms since 1970 at which it comes in that zone: of a missing hour as much later, of an hour that comes twice the first. */
  inZone(zone: string): number;
}

/** The calendar of a window: its first time at that local time or later; null: there is none any more. */
export type Calendar = (fromLocalMs: number) => LocalStart | null;

/** Calendars that were made before; a window is never changed. */
const made = new WeakMap<PolicyWindow, Calendar>();

/** The calendar of a window that was checked. What is excepted is among its times. */
export function openCalendar(window: PolicyWindow): Calendar {
  const known = made.get(window);
  if (known !== undefined) return known;
  const calendar = makeCalendar(window);
  made.set(window, calendar);
  return calendar;
}

/** The rule as the library reads it. The last date is meant to its end. */
function writeRule({ start, every }: PolicyWindow): string {
  const rule = every === '' ? 'FREQ=DAILY;COUNT=1' : every.replace(/UNTIL=(\d{8})/, 'UNTIL=$1T235959Z');
  return `DTSTART:${start.replace(/[-:]/g, '')}00Z\nRRULE:${rule}`;
}

/**
 * The same for a rule of which nobody knows yet whether the library takes it; null: it does not. It refuses with plain errors, before
 * anything is reckoned.
 */
export function tryCalendar(window: PolicyWindow): Calendar | null {
  try {
    return openCalendar(window);
  } catch (error) {
    if (error instanceof Error) return null; // 30 February as the last date
    throw error;
  }
}

/** Nothing is reckoned yet. @throws Error what the library refuses */
function makeCalendar(window: PolicyWindow): Calendar {
  const rule = new RRuleTemporal({
    rruleString: writeRule(window),
    strict: true, // nothing that RFC 5545 does not know
    maxIterations: MAX_PERIODS,
    maxCandidateEvaluations: MAX_CANDIDATES,
    cache: false, // a list of all times would be kept
  });
  const firstMs = Date.parse(`${window.start}Z`);
  return (fromLocalMs) => {
    const found = nextOf(rule, Math.max(fromLocalMs, firstMs)); // nothing lies before its start
    if (found === null) return null;
    return {
      localMs: found.epochMilliseconds,
      date: found.toPlainDate().toString(),
      inZone: (zone) =>
        found.toPlainDateTime().toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds,
    };
  };
}

/** The library throws where it has walked as far as it may, or to the end of its calendar: whatever comes after that never comes for us. */
function nextOf(rule: RRuleTemporal, fromMs: number) {
  try {
    return rule.next(new Date(fromMs), true);
  } catch (error) {
    if (error instanceof Error && /exceeded|Out-of-bounds/.test(error.message)) return null;
    throw error; // a mistake of this program
  }
}
