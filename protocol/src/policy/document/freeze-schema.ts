// The form of a freeze in a file of a policy.
import type { Static } from 'typebox';
import { MAX_FREEZE_DAYS, MAX_FREEZES } from '../windows/limits.ts';
import { line, moment } from './fields.ts';

/** A freeze. */
export const freezeShape = {
  type: 'object',
  required: ['from', 'to', 'reason'],
  additionalProperties: false,
  description: 'A time in which nothing is repaired.',
  properties: {
    from: {
      ...moment,
      description: 'When it begins: a date, from its beginning in UTC, or date and time with a zone.',
    },
    to: {
      ...moment,
      description: `When it is over: a date, to its end in UTC, or date and time with a zone; at most ${MAX_FREEZE_DAYS} days later.`,
    },
    reason: { ...line, description: 'Why, on one line.' },
    // Absent: false.
    all: {
      type: 'boolean',
      default: false,
      description:
        'Nothing of any policy is repaired on the devices of this one; absent: nothing of this one.',
    },
  },
} as const;

/** Keys of a policy about freezes. */
export const freezeKeys = {
  // Absent: none.
  freezes: {
    type: 'array',
    maxItems: MAX_FREEZES,
    description: 'Times in which nothing is repaired; absent: none.',
  },
} as const;

/** What a file says of a freeze, once checked. */
export type FreezeShape = Static<typeof freezeShape>;
