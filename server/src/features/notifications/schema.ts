// What the API says about notifications.
import { MAX_EXPRESSION_CHARS } from '@muster/protocol/language';
import { type Static, Type } from 'typebox';
import { PageQuery } from '../../core/http/paging.ts';
import {
  MAX_NAME_CHARS,
  MAX_PAUSE_MS,
  MAX_REASON_CHARS,
  MAX_RECIPIENTS,
  MAX_URL_CHARS,
  MAX_WAYS,
} from './limits.ts';

const closed = { additionalProperties: false } as const;
const PLAIN = '^[^\\u0000-\\u001f\\u007f]*$';

const Name = Type.String({
  minLength: 1,
  maxLength: MAX_NAME_CHARS,
  pattern: PLAIN,
  description: 'Name for people; no two have the same.',
});
const Recipients = Type.Array(
  Type.String({ maxLength: 254, pattern: '^[^\\s@<>",;:\\u0000-\\u001f]+@[A-Za-z0-9.-]+$' }),
  { minItems: 1, maxItems: MAX_RECIPIENTS, description: 'Addresses of mail.' },
);
const Url = Type.String({
  maxLength: MAX_URL_CHARS,
  description:
    'Where a webhook goes: https; to networks of your own and to this machine, there also http, only as the setting `webhookReach` of the server says. Not shown again as a whole.',
});
const Secret = Type.String({
  pattern: '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$',
  description:
    'Key of the signatures (Standard Webhooks), which is not shown again; one is made where none is given.',
});
const Enabled = Type.Boolean({ description: 'False: nothing goes this way.' });
const On = Type.Union([Type.String({ minLength: 1, maxLength: MAX_EXPRESSION_CHARS }), Type.Null()], {
  description: 'Expression that holds for the devices; null: every device.',
});

/** A way for messages. */
export const Way = Type.Object(
  {
    id: Type.String({ description: 'Way id.' }),
    name: Name,
    kind: Type.Union([Type.Literal('mail'), Type.Literal('webhook')], { description: 'How messages go.' }),
    targets: Type.Array(Type.String(), { description: 'Addresses of mail; of a webhook, its host.' }),
    enabled: Enabled,
    createdBy: Type.String({ description: 'Who made it.' }),
    changedAt: Type.String({ format: 'date-time', description: 'When it was changed last.' }),
  },
  { ...closed, description: 'A way for messages, without its secret.' },
);
export type Way = Static<typeof Way>;

export const WayList = Type.Object(
  {
    ways: Type.Array(Way),
    mail: Type.Object(
      {
        configured: Type.Boolean({
          description: 'False: the server has no mail settings, so no mail can be sent.',
        }),
        from: Type.String({ description: 'Sender of mails; empty when there are no settings.' }),
      },
      closed,
    ),
  },
  closed,
);

export const NewWay = Type.Object(
  {
    name: Name,
    kind: Type.Union([Type.Literal('mail'), Type.Literal('webhook')]),
    to: Type.Optional(Recipients),
    url: Type.Optional(Url),
    secret: Type.Optional(Secret),
  },
  { ...closed, description: 'A way to be made: mail with `to`, or a webhook with `url`.' },
);
export type NewWay = Static<typeof NewWay>;

/** The answer to making a way or its secret. */
export const MadeWay = Type.Object(
  {
    way: Way,
    secret: Type.Union([Type.String(), Type.Null()], {
      description: 'The key that was made for the signatures; shown this once. Null: none was made.',
    }),
  },
  { ...closed, description: 'A way, with the secret that was made for it.' },
);
export type MadeWay = Static<typeof MadeWay>;

export const WayChange = Type.Object(
  {
    name: Type.Optional(Name),
    to: Type.Optional(Recipients),
    url: Type.Optional(Url),
    secret: Type.Optional(Secret),
    enabled: Type.Optional(Enabled),
  },
  { ...closed, description: 'What changes of a way; what is not named stays.' },
);
export type WayChange = Static<typeof WayChange>;

const TimeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: 'Time of day, 22:00.' });
const QuietHours = Type.Object(
  {
    from: TimeOfDay,
    to: TimeOfDay,
    zone: Type.String({
      maxLength: 64,
      pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$',
      description: 'Time zone by its IANA name, as Europe/Berlin; the hours are those of its clocks.',
    }),
    exceptCritical: Type.Boolean({ description: 'Critical alerts are told all the same.' }),
  },
  {
    ...closed,
    description: 'Hours in which nothing is told; it is told when they are over, if it still holds.',
  },
);

const ruleParts = {
  name: Name,
  on: On,
  severities: Type.Array(Type.Union([Type.Literal('warning'), Type.Literal('critical')]), {
    minItems: 1,
    maxItems: 2,
    uniqueItems: true,
    description: 'Alerts of which severity.',
  }),
  ways: Type.Array(Type.String({ pattern: '^way_[a-z2-7]{26}$' }), {
    maxItems: MAX_WAYS,
    uniqueItems: true,
    description: 'Ids of the ways that messages go.',
  }),
  tellEnds: Type.Boolean({ description: 'Also tell when an alert has ended.' }),
  waitSeconds: Type.Integer({
    minimum: 0,
    maximum: 3_600,
    description: 'Alerts are gathered for so long into one message, s.',
  }),
  everySeconds: Type.Integer({
    minimum: 10,
    maximum: 86_400,
    description: 'At most one message in so long, s; an end must hold for so long before it is told.',
  }),
  quiet: Type.Union([QuietHours, Type.Null()], { description: 'Quiet hours; null: none.' }),
  enabled: Type.Boolean({ description: 'False: the rule tells nothing.' }),
};

/** Which alerts go which ways. */
export const Rule = Type.Object(
  {
    id: Type.String({ description: 'Rule id.' }),
    ...ruleParts,
    reach: Type.Union(
      [Type.Literal('all'), Type.Literal('some'), Type.Literal('none'), Type.Literal('person-disabled')],
      {
        description:
          'all: it tells of every device that it means. some: who saved it last may see alerts of some devices only now, and it tells of these. none: he may see none, so it tells nothing until he may, or somebody who sees all saves it again. person-disabled: he is disabled, so it tells nothing until he is enabled, or somebody who sees all saves it again.',
      },
    ),
    createdBy: Type.String({ description: 'Who saved it last, and answers for it.' }),
    changedAt: Type.String({ format: 'date-time', description: 'When it was changed last.' }),
    sentAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When it sent last; null: never.',
    }),
  },
  { ...closed, description: 'Which alerts go which ways.' },
);
export type Rule = Static<typeof Rule>;
export const RuleList = Type.Object({ rules: Type.Array(Rule) }, closed);

/** A rule as it is put; a whole one, made or changed. */
export const RuleBody = Type.Object(ruleParts, { ...closed, description: 'A rule.' });
export type RuleBody = Static<typeof RuleBody>;

/** Devices of which nothing is told for a while. */
export const Pause = Type.Object(
  {
    id: Type.String({ description: 'Pause id.' }),
    reason: Type.String({ description: 'Why.' }),
    on: On,
    from: Type.String({ format: 'date-time', description: 'When it begins.' }),
    until: Type.String({ format: 'date-time', description: 'When it ends; what still holds is told then.' }),
    createdBy: Type.String({ description: 'Who made it.' }),
  },
  { ...closed, description: 'Maintenance: devices of which nothing is told for a while.' },
);
export type Pause = Static<typeof Pause>;
export const PauseList = Type.Object({ pauses: Type.Array(Pause) }, closed);
export const NewPause = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: MAX_REASON_CHARS, pattern: PLAIN, description: 'Why.' }),
    on: On,
    startsInMs: Type.Integer({
      minimum: 0,
      maximum: MAX_PAUSE_MS,
      default: 0,
      description: 'Begins after, ms.',
    }),
    lastsMs: Type.Integer({ minimum: 60_000, maximum: MAX_PAUSE_MS, description: 'Lasts so long, ms.' }),
  },
  { ...closed, description: 'A pause to be made.' },
);
export type NewPause = Static<typeof NewPause>;

/** A message of the log. */
export const Message = Type.Object(
  {
    id: Type.String({ description: 'Message id, which receivers get too.' }),
    kind: Type.Union([Type.Literal('alerts'), Type.Literal('test')], { description: 'What it is about.' }),
    way: Type.String({ description: 'Name of the way.' }),
    rule: Type.String({ description: 'Name of the rule; empty for a trial.' }),
    subject: Type.String({ description: 'Subject.' }),
    body: Type.String({ description: 'Text.' }),
    state: Type.Union([Type.Literal('waiting'), Type.Literal('sent'), Type.Literal('dead')], {
      description: 'dead: given up after too many attempts.',
    }),
    attempts: Type.Integer({ description: 'How often it was tried.' }),
    nextAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When it is tried next; null: not any more.',
    }),
    createdAt: Type.String({ format: 'date-time', description: 'When it was made.' }),
    endedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When it was sent or given up.',
    }),
    error: Type.String({ description: 'Why the last attempt failed; empty: it did not.' }),
  },
  { ...closed, description: 'A message of the outbox.' },
);
export type Message = Static<typeof Message>;

export const MessageQuery = Type.Object(
  {
    ...PageQuery,
    state: Type.Optional(
      Type.Union([Type.Literal('waiting'), Type.Literal('sent'), Type.Literal('dead')], {
        description: 'Only these.',
      }),
    ),
  },
  closed,
);

const idOf = (prefix: string, description: string) =>
  Type.Object({ id: Type.String({ pattern: `^${prefix}_[a-z2-7]{26}$`, description }) }, closed);
export const WayParams = idOf('way', 'Way id.');
export const RuleParams = idOf('nrl', 'Rule id.');
export const PauseParams = idOf('nps', 'Pause id.');
export const MessageParams = idOf('nms', 'Message id.');
