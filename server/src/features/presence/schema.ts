// What the API says about presence over time.
import { MAX_EXPRESSION_CHARS } from '@muster/protocol/language';
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

const Count = (description: string) =>
  Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: `${description} Null: there is no sample, as the server was away.`,
  });

/** One moment. */
export const PresenceSample = Type.Object(
  {
    at: Type.String({ format: 'date-time', description: 'The moment.' }),
    online: Count('Devices that were online.'),
    offline: Count('Devices that were offline, for less than 30 days.'),
    missing: Count('Devices that were offline for 30 days or longer.'),
  },
  {
    ...closed,
    description:
      'How many of the devices that the caller may see now were there at a moment; who had never connected is in none.',
  },
);
export type PresenceSample = Static<typeof PresenceSample>;

/** The course of a range. */
export const PresenceHistory = Type.Object(
  {
    everyMs: Type.Integer({ description: 'From one moment to the next, ms.' }),
    samples: Type.Array(PresenceSample, { description: 'In order of time; every moment of the range.' }),
  },
  closed,
);
export type PresenceHistory = Static<typeof PresenceHistory>;

const PresenceRange = Type.Union([Type.Literal('24h'), Type.Literal('30d')], {
  description: '24h, as when nothing is said: each quarter of an hour; 30d: one moment of each three hours.',
});
export type PresenceRange = Static<typeof PresenceRange>;

/** What is asked for. */
export const PresenceQuery = Type.Object(
  {
    range: Type.Optional(PresenceRange),
    on: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_EXPRESSION_CHARS,
        description: 'Only devices for which this expression holds now.',
      }),
    ),
  },
  closed,
);
