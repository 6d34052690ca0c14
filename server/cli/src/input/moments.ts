// Moments and spans as people type them.
import { fail } from '../errors.ts';

const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** A date, or date and time; without a zone it is the zone of this computer. */
const momentPattern = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i;

function spanMs(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})\s*(s|m|min|h|d|w)$/.exec(text.trim()) ?? [];
  const each = unitsMs[unit];
  return count === undefined || each === undefined ? undefined : Number(count) * each;
}

/** A span such as `90s`, `30m`, `1h`, `7d`, in ms. @throws MusterError E_USAGE */
export function parseSpan(text: string): number {
  const ms = spanMs(text);
  if (ms === undefined || ms === 0)
    throw fail('E_USAGE', { detail: 'A span is a number with a unit: 90s, 30m, 1h, 7d or 2w.' });
  return ms;
}

/** A span as it is typed, in the largest unit that holds it whole: 300000 is `5m`. */
export function formatShortSpan(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => ms > 0 && ms % (unitsMs[name] ?? 1) === 0);
  return unit === undefined ? `${ms / 1_000}s` : `${ms / (unitsMs[unit] ?? 1)}${unit}`;
}

/** `now`, `3h` (that long ago), `2026-11-20`, `2026-11-20T12:00` or full RFC 3339; as RFC 3339 UTC. @throws MusterError E_USAGE */
export function parseMoment(text: string, nowMs: number): string {
  const trimmed = text.trim();
  if (trimmed === 'now') return new Date(nowMs).toISOString();
  const ago = spanMs(trimmed.replace(/\s*ago$/, ''));
  const ms = ago === undefined ? parseDate(trimmed) : nowMs - ago;
  // Outside of it years no longer have four digits.
  if (Number.isNaN(ms) || ms < 0 || ms > 253_402_300_799_000)
    throw fail('E_USAGE', {
      detail: 'A time is written as 3h (ago), 2026-11-20, 2026-11-20T12:00 or 2026-11-20T12:00:00Z.',
    });
  return new Date(ms).toISOString();
}

/** `2h` (from now), a date, or full RFC 3339, not in the past; as RFC 3339 UTC. @throws MusterError E_USAGE */
export function parseFuture(text: string, nowMs: number): string {
  const span = spanMs(text.trim());
  const ms = span === undefined ? parseDate(text.trim()) : nowMs + span;
  // Half a minute for whoever types the present minute.
  if (Number.isNaN(ms) || ms < nowMs - 30_000 || ms > 253_402_300_799_000)
    throw fail('E_USAGE', {
      detail: 'A time to come is written as 2h (from now), 2026-11-20T22:00 or 2026-11-20T22:00:00Z.',
    });
  return new Date(ms).toISOString();
}

function parseDate(text: string): number {
  if (!momentPattern.test(text)) return Number.NaN;
  // A date alone would be read as UTC, with a time as local: here both are local.
  const isDateOnly = /^\d{4}-\d\d-\d\d$/.test(text);
  return Date.parse(isDateOnly ? `${text}T00:00` : text.replace(' ', 'T'));
}
