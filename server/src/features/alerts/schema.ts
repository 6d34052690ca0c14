// What the API says about alerts.
import { type Static, Type } from 'typebox';
import { FieldsQuery } from '../../core/http/fields.ts';
import { PageQuery } from '../../core/http/paging.ts';

const closed = { additionalProperties: false } as const;

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
    device: Type.Optional(
      Type.String({ pattern: '^dev_[a-z2-7]{26}$', description: 'Only of this device.' }),
    ),
  },
  closed,
);
