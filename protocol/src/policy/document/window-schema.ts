// The form of a maintenance window in a file of a policy.

import type { Static } from 'typebox';
import { MAX_EXCEPTED_DATES, MAX_WINDOWS } from '../windows/limits.ts';
import { MAX_RECURRENCE_CHARS } from '../windows/recurrence.ts';
import { MONTH_DAY } from './fields.ts';

/** A date by itself. */
const date = {
  type: 'string',
  pattern: `^20\\d\\d-${MONTH_DAY}$`,
  patternErrorMessage: 'Write a date as 2026-12-24.',
} as const;

/** A local date and time, without a zone. */
const localTime = {
  type: 'string',
  pattern: `^20\\d\\d-${MONTH_DAY}T(?:[01]\\d|2[0-3]):[0-5]\\d$`,
  patternErrorMessage: 'Write date and time as 2026-12-24T22:00.',
} as const;

/** A zone by its name; whether there is one of that name is asked later. */
const zone = {
  type: 'string',
  maxLength: 64,
  description:
    'Time zone in which it is reckoned, as Europe/Berlin; device: the one that each device is set to.',
} as const;

/** A window. */
export const windowShape = {
  type: 'object',
  required: ['start', 'zone', 'for'],
  additionalProperties: false,
  description: 'A time at which repairs may start.',
  properties: {
    start: { ...localTime, description: 'Local date and time of the first opening: 2026-01-10T22:00.' },
    zone,
    // Absent: once.
    every: {
      type: 'string',
      minLength: 1,
      maxLength: MAX_RECURRENCE_CHARS,
      description: 'When it opens again, as an RRULE of iCalendar: FREQ=WEEKLY;BYDAY=SA; absent: never.',
    },
    for: {
      type: 'string',
      pattern: '^[1-9]\\d{0,4}[mhd]$',
      patternErrorMessage: 'Write a length as 90m, 2h or 1d.',
      description: 'How long it is open: 90m, 2h or 1d; at most seven days.',
    },
    // Absent: none.
    except: {
      type: 'array',
      items: date,
      maxItems: MAX_EXCEPTED_DATES,
      default: [],
      description: 'Local dates on which it does not open.',
    },
  },
} as const;

/** Keys of a policy about windows. */
export const windowKeys = {
  // Absent: repairs start whenever they are due.
  windows: {
    type: 'array',
    maxItems: MAX_WINDOWS,
    description: 'Repairs of this policy start only inside of these; absent: whenever they are due.',
  },
  // Absent: next-window.
  missed: {
    enum: ['next-window', 'next-chance'],
    default: 'next-window',
    description:
      'What becomes of a repair that was due in a window in which the device was off: it waits for the next one, or starts as soon as it can.',
  },
} as const;

/** What a file says of a window, once checked. */
export type WindowShape = Static<typeof windowShape>;
