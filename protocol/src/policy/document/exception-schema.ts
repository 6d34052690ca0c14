// The form of an exception in a file of a policy.
import type { Static } from 'typebox';
import { MAX_EXCEPTION_DAYS, MAX_EXCEPTIONS } from '../exceptions/limits.ts';
import { expression, line, moment, name } from './fields.ts';

/** An exception. */
export const exceptionShape = {
  type: 'object',
  required: ['rule', 'on', 'reason', 'approvedBy', 'until'],
  additionalProperties: false,
  description: 'A rule that is left alone on some devices for a time.',
  properties: {
    rule: { ...name, description: 'Id of the rule, which is one of this policy.' },
    // Absent: whatever the rule is about.
    item: {
      ...line,
      description: 'What the rule decides about, as ssh.PermitRootLogin: refused where it is something else.',
    },
    on: {
      ...expression,
      description: 'On which devices of the policy, as an expression: hostname == "legacy-1".',
    },
    reason: { ...line, description: 'Why, on one line.' },
    approvedBy: { ...line, description: 'Who answers for it: a person, as text.' },
    until: {
      ...moment,
      description: `When it is over: a date, to its end in UTC, or date and time with a zone; at most ${MAX_EXCEPTION_DAYS} days from now.`,
    },
  },
} as const;

/** Keys of a policy about exceptions. */
export const exceptionKeys = {
  // Absent: none.
  exceptions: {
    type: 'array',
    maxItems: MAX_EXCEPTIONS,
    description: 'Rules that are left alone on some devices for a time; absent: none.',
  },
} as const;

/** What a file says of an exception, once checked. */
export type ExceptionShape = Static<typeof exceptionShape>;
