// Moments and spans as people read them: relative on the screen, exact with the zone on demand.

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const spanUnits = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
  ['second', 1_000],
] as const;

/** From which distance on a moment is told in which unit. */
const distances = [['year', 365 * DAY_MS], ['month', 30 * DAY_MS], ...spanUnits] as const;

/** Ways to write times. Moments are ms since 1970, in the reader's zone. */
export interface TimeFormat {
  /** In its two largest units: `3 days 4 hr`; below a second it is 0. */
  span(durationMs: number): string;
  /** `3 minutes ago`, `in 2 hours`. */
  relative(atMs: number, nowMs: number): string;
  /** To the second, with its zone: `Nov 23, 2026, 7:04:12 AM GMT+1`. */
  exact(atMs: number): string;
  /** In a list: the time of today, day and time of this year, else the whole date. */
  moment(atMs: number, nowMs: number): string;
  /** The time of the day: `12:04`. */
  clock(atMs: number): string;
}

/** Pure: the ways of a language. */
export function createTimeFormat(locale: string): TimeFormat {
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const day = { month: 'short', day: 'numeric' } as const;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'long' });
  const clock = new Intl.DateTimeFormat(locale, time);
  const ofYear = new Intl.DateTimeFormat(locale, { ...day, ...time });
  const exact = new Intl.DateTimeFormat(locale, {
    ...{ ...day, year: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' },
    timeZoneName: 'short',
  });
  const whole = new Intl.DateTimeFormat(locale, { ...day, year: 'numeric', ...time });

  function formatCount(count: number, unit: string): string {
    return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count);
  }

  return {
    span(durationMs) {
      let restMs = Math.max(0, Math.round(durationMs / 1_000)) * 1_000;
      const parts = spanUnits.map(([unit, unitMs]) => {
        const count = Math.floor(restMs / unitMs);
        restMs %= unitMs;
        return { unit, count };
      });
      const first = parts.findIndex(({ count }) => count > 0);
      if (first < 0) return formatCount(0, 'second');
      const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0);
      return shown.map(({ unit, count }) => formatCount(count, unit)).join(' ');
    },
    relative(atMs, nowMs) {
      const awayMs = atMs - nowMs;
      const [unit, unitMs] =
        distances.find(([, fromMs]) => Math.abs(awayMs) >= fromMs) ?? (['second', 1_000] as const);
      return relative.format(Math.trunc(awayMs / unitMs), unit);
    },
    exact: (atMs) => exact.format(atMs),
    moment(atMs, nowMs) {
      const [at, now] = [new Date(atMs), new Date(nowMs)];
      if (at.toDateString() === now.toDateString()) return clock.format(at);
      return (at.getFullYear() === now.getFullYear() ? ofYear : whole).format(at);
    },
    clock: (atMs) => clock.format(atMs),
  };
}

/** The text of a `datetime-local` input for a moment in the reader's zone: `2026-11-23T07:04`. */
export function toLocalInput(atMs: number): string {
  const offsetMs = new Date(atMs).getTimezoneOffset() * MINUTE_MS;
  return new Date(atMs - offsetMs).toISOString().slice(0, 16);
}

/** The moment that a `datetime-local` input names in the reader's zone; null when it names none. */
export function fromLocalInput(text: string): number | null {
  const at = Date.parse(text);
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && !Number.isNaN(at) ? at : null;
}
