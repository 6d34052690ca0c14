// Reckons when a window opens: the calendar of it in plain local time, and each local time in its zone.
//
// The library reckons in UTC, where no hour is missing or comes twice, and only what it gives is looked up in the zone: so a start
// in the missing hour moves forward instead of being dropped, which RFC 5545 would do, and a night of maintenance is not lost.
import { RRuleTemporal } from 'rrule-temporal';
import type { PolicyWindow } from './window.ts';

/** Periods (days, weeks, months, years) that the library walks at most for one answer: eight years of days, from one 29 February to the next. */
const MAX_PERIODS = 3_000;
/** The same for a rule that counts, which is walked from its start, once. */
const MAX_COUNTED_PERIODS = 10_000;
/** Times that it weighs at most for one answer. Each costs some hundredths of a millisecond. */
const MAX_CANDIDATES = 10_000;

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
  const isCounted = window.every === '' || /(?:^|;)COUNT=/.test(window.every);
  const rule = new RRuleTemporal({
    rruleString: writeRule(window),
    strict: true, // nothing that RFC 5545 does not know
    maxIterations: isCounted ? MAX_COUNTED_PERIODS : MAX_PERIODS,
    maxCandidateEvaluations: MAX_CANDIDATES,
    cache: false, // a list of all times would be kept
  });
  const firstMs = Date.parse(`${window.start}Z`);
  // Of a rule that counts; at most a thousand
  let counted: readonly Found[] | undefined;
  return (fromLocalMs) => {
    const fromMs = Math.max(fromLocalMs, firstMs); // nothing lies before its start
    if (!isCounted) return toStart(nextOf(rule, fromMs));
    // The library would count from its start for each answer
    counted ??= listAll(rule);
    return toStart(counted.find(({ epochMilliseconds }) => epochMilliseconds >= fromMs) ?? null);
  };
}

/** A time as the library gives it. */
type Found = NonNullable<ReturnType<RRuleTemporal['next']>>;

/** A time as this module tells it. */
function toStart(found: Found | null): LocalStart | null {
  if (found === null) return null;
  return {
    localMs: found.epochMilliseconds,
    date: found.toPlainDate().toString(),
    inZone: (zone) =>
      found.toPlainDateTime().toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds,
  };
}

/** The library throws where it has walked as far as it may, or to the end of its calendar: whatever comes after that never comes for us. */
function whileItWalks(work: () => void): void {
  try {
    work();
  } catch (error) {
    // Anything else is a mistake of this program
    if (!(error instanceof Error && /exceeded|Out-of-bounds/.test(error.message))) throw error;
  }
}

/** The first time at that moment or later; null: none that is found within the bounds. */
function nextOf(rule: RRuleTemporal, fromMs: number): Found | null {
  let found: Found | null = null;
  whileItWalks(() => {
    found = rule.next(new Date(fromMs), true);
  });
  return found;
}

/** All times of a rule that counts; there are at most so many as it may count. */
function listAll(rule: RRuleTemporal): readonly Found[] {
  const all: Found[] = [];
  whileItWalks(() => {
    rule.all((one) => all.push(one) > 0); // true: go on
  });
  return all;
}
