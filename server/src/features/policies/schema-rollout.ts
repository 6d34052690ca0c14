// What the API says about waves.
import { type Static, Type } from 'typebox';
import { MAX_SOAK_S, MAX_WAVES, MIN_SOAK_S } from './limits.ts';

const closed = { additionalProperties: false } as const;
const Percent = (description: string) => Type.Number({ minimum: 0, maximum: 100, description });
const Count = (description: string) => Type.Integer({ description });

/** An order, beside a set. */
export const WavesOrder = Type.Object(
  {
    shares: Type.Array(Percent('Percent of the fleet, to the hundredth.'), {
      minItems: 1,
      maxItems: MAX_WAVES,
      description: 'Going up; the last one is 100.',
    }),
    soakSeconds: Type.Integer({
      minimum: MIN_SOAK_S,
      maximum: MAX_SOAK_S,
      default: 900,
      description: 'How long each wave is watched.',
    }),
    tolerance: Type.Number({
      minimum: 0,
      maximum: 100,
      default: 5,
      description: 'By so many percent more of the devices told may be in trouble than of the others.',
    }),
    first: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        description: 'Who goes first, an expression; asked once, at the start.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'The set goes out to a few devices first. Without it: to all at once, or as the unfinished one before it.',
  },
);
export type WavesOrder = Static<typeof WavesOrder>;

const Side = (description: string) =>
  Type.Object(
    {
      known: Count('Active devices that were online since the watch began.'),
      troubled: Count('Of them in trouble since.'),
    },
    { ...closed, description },
  );
const trouble = {
  inside: Side('Devices that are told the set.'),
  outside: Side('All others.'),
  kinds: Type.Object(
    {
      refused: Count('They refuse the set.'),
      error: Count('Rules of theirs came to stand in error.'),
      critical: Count('A critical alert fired and is open.'),
      gone: Count('They are gone for more than two minutes.'),
    },
    { ...closed, description: 'What troubles devices that are told the set.' },
  ),
};

/** A rollout. */
export const RolloutView = Type.Object(
  {
    digest: Type.String({ description: 'Digest of the set that goes out.' }),
    version: Count('Its version.'),
    state: Type.Union([Type.Literal('running'), Type.Literal('held'), Type.Literal('done')], {
      description: 'held: it does not go on by itself; done: all devices are told.',
    }),
    shares: Type.Array(Type.Number(), { description: 'Percent of the fleet.' }),
    wave: Count('Which of the shares is told, from 1.'),
    share: Type.Number({ description: 'That share, percent.' }),
    first: Type.String({ description: 'Who went first, an expression; empty: nobody in particular.' }),
    soakSeconds: Count('How long each wave is watched.'),
    tolerance: Type.Number({ description: 'Percent.' }),
    beganAt: Type.String({ format: 'date-time', description: 'When it began.' }),
    waveAt: Type.String({ format: 'date-time', description: 'When this wave began.' }),
    changedBy: Type.String({ description: 'Who ordered or changed it last; empty: the server by itself.' }),
    trouble: Type.Union([Type.Object(trouble, closed), Type.Null()], {
      description: 'What made it hold; null: a person, or it is not held.',
    }),
    now: Type.Union(
      [
        Type.Object(
          {
            ...trouble,
            told: Count('Active devices that are told the set.'),
            online: Count('Of them online.'),
            holders: Count('Of these the ones that hold policies at all.'),
            settled: Count('Of these the ones that hold the set, or refuse it.'),
            waitsFor: Type.Union(
              [Type.Literal('soak'), Type.Literal('nobody'), Type.Literal('unsettled'), Type.Null()],
              {
                description:
                  'What the next wave waits for: time, somebody online, devices that have not fetched it yet; null: nothing.',
              },
            ),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'As of now; null: it is over, or the index cannot say.' },
    ),
  },
  { ...closed, description: 'How a set of policies goes out in waves.' },
);
export type RolloutView = Static<typeof RolloutView>;

/** The rollout of the set in force. */
export const RolloutAnswer = Type.Object(
  {
    rollout: Type.Union([RolloutView, Type.Null()], {
      description: 'Null: the set in force went to everybody at once.',
    }),
  },
  closed,
);

/** What somebody wants of it. */
export const RolloutStep = Type.Object(
  {
    digest: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'Digest of the set that was shown.' }),
    step: Type.Union(
      [Type.Literal('hold'), Type.Literal('resume'), Type.Literal('next'), Type.Literal('finish')],
      {
        description:
          'hold: stay at this wave; resume: go on, and forget the trouble that is known; next: the next wave now; finish: all devices now.',
      },
    ),
  },
  closed,
);
export type RolloutStep = Static<typeof RolloutStep>;
