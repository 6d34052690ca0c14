// Forms of fields that several parts of a file of a policy share, as JSON Schema.
import { MAX_LINE_CHARS, MAX_PROSE_CHARS } from '../limits.ts';

/** A name that stands in addresses and in answers of programs. */
export const name = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
  patternErrorMessage: 'Write a name of a-z, 0-9 and dashes, at most 64, that begins with no dash.',
} as const;

/** Text on one line, without control characters. */
export const line = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_LINE_CHARS,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  patternErrorMessage: 'Write it on one line.',
} as const;

/** Text of one line or several. */
export const prose = {
  type: 'string',
  maxLength: MAX_PROSE_CHARS,
  pattern: '^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f]*$',
  patternErrorMessage: 'Write text without control characters.',
} as const;

/** An expression; its own compiler says what is wrong with it. */
export const expression = { type: 'string' } as const;

/** Month and day; whether the month has that day is asked later. */
export const MONTH_DAY = '(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])';

/** A moment: a date, or date and time with a zone. */
export const moment = {
  type: 'string',
  pattern: `^20\\d\\d-${MONTH_DAY}(?:T(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d)?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d))?$`,
  patternErrorMessage: 'Write a date as 2027-03-01, or date and time with a zone as 2027-03-01T12:00+01:00.',
} as const;
