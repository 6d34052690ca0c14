// What the API says about enrollment tokens.
import { type Static, Type } from 'typebox';
import { Labels } from '../devices/index.ts';

const closed = { additionalProperties: false } as const;

/** A token without its secret. */
export const EnrollmentToken = Type.Object(
  {
    id: Type.String({ description: 'Token id.' }),
    name: Type.String({ description: 'Name that its maker gave it.' }),
    state: Type.Union(
      [Type.Literal('valid'), Type.Literal('spent'), Type.Literal('expired'), Type.Literal('revoked')],
      { description: 'Whether a device can still enroll with it.' },
    ),
    usesTotal: Type.Integer({ description: 'Devices it was made for.' }),
    usesLeft: Type.Integer({ description: 'Devices that may still enroll.' }),
    autoApprove: Type.Boolean({ description: 'True when devices are active at once, without approval.' }),
    labels: Labels,
    createdBy: Type.String({ description: 'Who made it.' }),
    createdAt: Type.String({ format: 'date-time', description: 'When it was made.' }),
    expiresAt: Type.String({ format: 'date-time', description: 'When it ends.' }),
  },
  { ...closed, description: 'An enrollment token, without its secret.' },
);
export type EnrollmentToken = Static<typeof EnrollmentToken>;

/** What a new token is made with. */
export const NewEnrollmentToken = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'Name for people.',
    }),
    uses: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 1,
      description: 'Devices that may enroll with it.',
    }),
    expiresInMs: Type.Integer({
      minimum: 60_000,
      maximum: 90 * 86_400_000,
      default: 3_600_000,
      description: 'Life time, ms; one hour unless said otherwise.',
    }),
    autoApprove: Type.Boolean({ default: false, description: 'Let devices in without approval.' }),
    labels: Type.Optional(Labels),
  },
  { ...closed, description: 'A token to be made.' },
);
export type NewEnrollmentToken = Static<typeof NewEnrollmentToken>;

/** The answer to making a token: the only time its text is shown. */
export const MadeEnrollmentToken = Type.Object(
  {
    token: EnrollmentToken,
    text: Type.String({ description: 'The token for muster-agent enroll; shown this once.' }),
    command: Type.String({ description: 'The command that enrolls a device with it.' }),
  },
  { ...closed, description: 'A made token with its secret.' },
);
export type MadeEnrollmentToken = Static<typeof MadeEnrollmentToken>;
