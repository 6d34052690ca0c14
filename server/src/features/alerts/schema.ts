// What the API says about alerts.
import { type Static, Type } from 'typebox';
import { FieldsQuery } from '../../core/http/fields.ts';
import { PageQuery } from '../../core/http/paging.ts';
import { MAX_ACKNOWLEDGED_AT_ONCE, MAX_COMMENT_CHARS } from './limits.ts';

const closed = { additionalProperties: false } as const;

/** Who has an alert. */
const Acknowledged = Type.Object(
  {
    by: Type.String({ description: 'His name.' }),
    at: Type.String({ format: 'date-time', description: 'Since when.' }),
    comment: Type.String({ description: 'What he says to it; may be empty.' }),
    isYours: Type.Boolean({ description: 'Whether it is who asks.' }),
  },
  { ...closed, description: 'Somebody has acknowledged the alert: he looks after it.' },
);

/** One alert. */
export const Alert = Type.Object(
  {
    id: Type.Integer({ description: 'Number of the alert in the organization.' }),
    deviceId: Type.String({ description: 'Device that decided it.' }),
    hostname: Type.String({ description: 'Its host name.' }),
    rule: Type.String({ description: 'Threshold rule.' }),
    series: Type.String({ description: 'Metric and instance that crossed it.' }),
    severity: Type.Union([Type.Literal('warning'), Type.Literal('critical')], { description: 'How bad.' }),
    state: Type.Union([Type.Literal('open'), Type.Literal('cleared')], {
      description: 'Whether it still holds.',
    }),
    value: Type.Number({ description: 'Value when it fired, in the unit of the metric.' }),
    threshold: Type.Number({ description: 'Limit that was crossed.' }),
    since: Type.String({ format: 'date-time', description: 'When the condition began to hold.' }),
    firedAt: Type.String({ format: 'date-time', description: 'When the rule decided.' }),
    clearedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When it was well again; null while open.',
    }),
    acknowledged: Type.Union([Acknowledged, Type.Null()], {
      description: 'Who has it, or had it when it ended; null: nobody.',
    }),
  },
  { ...closed, description: 'A threshold that a device crossed.' },
);
export type Alert = Static<typeof Alert>;

/** What a list can be narrowed by. */
export const AlertQuery = Type.Object(
  {
    ...PageQuery,
    ...FieldsQuery,
    state: Type.Optional(
      Type.Union([Type.Literal('open'), Type.Literal('cleared')], { description: 'Only these.' }),
    ),
    acknowledged: Type.Optional(
      Type.Boolean({ description: 'True: only those that somebody has; false: only those that nobody has.' }),
    ),
    device: Type.Optional(
      Type.String({ pattern: '^dev_[a-z2-7]{26}$', description: 'Only of this device.' }),
    ),
  },
  closed,
);

const AlertId = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Number of the alert.',
});

export const AlertParams = Type.Object({ id: AlertId }, closed);

/** "I have it." */
export const Acknowledge = Type.Object(
  {
    alerts: Type.Array(AlertId, {
      minItems: 1,
      maxItems: MAX_ACKNOWLEDGED_AT_ONCE,
      uniqueItems: true,
      description: 'Which alerts.',
    }),
    comment: Type.String({
      maxLength: MAX_COMMENT_CHARS,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      default: '',
      description: 'A word to it, which all see who see the alert; no place for secrets.',
    }),
  },
  { ...closed, description: 'Alerts that the caller looks after from here on.' },
);

/** "Somebody else may have it." */
export const GiveBack = Type.Object(
  {
    alerts: Type.Array(
      Type.Object(
        {
          id: AlertId,
          at: Type.Optional(
            Type.String({
              format: 'date-time',
              description:
                'Since when somebody has it, as it was shown; one that is somebody else\u2019s by now stays his. Absent: whoever has it.',
            }),
          ),
        },
        closed,
      ),
      { minItems: 1, maxItems: MAX_ACKNOWLEDGED_AT_ONCE, description: 'Which alerts.' },
    ),
  },
  { ...closed, description: 'Alerts that nobody has from here on.' },
);

/** What became of some alerts. */
export const Acknowledgment = Type.Object(
  {
    items: Type.Array(Alert, { description: 'Those with which it was done, as they are now.' }),
    refused: Type.Array(
      Type.Object(
        {
          id: AlertId,
          code: Type.String({
            description: 'Code of the refusal: E_ALERT_TAKEN, E_ALERT_OVER, E_NOT_FOUND.',
          }),
          detail: Type.String({ description: 'Why, with the name of whoever has it.' }),
        },
        closed,
      ),
      {
        description: 'The others. When there are no other ones than these the request as a whole is refused.',
      },
    ),
  },
  { ...closed, description: 'What became of some alerts.' },
);
export type Acknowledgment = Static<typeof Acknowledgment>;
