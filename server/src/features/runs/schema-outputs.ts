// What the API says about outputs of a job, and about budgets.
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

/** Which outputs are wanted. */
export const OutputQuery = Type.Object(
  {
    q: Type.String({
      maxLength: 200,
      default: '',
      pattern: '^[^\\u0000]*$',
      description: 'Only outputs with this text; empty: all.',
    }),
    bytes: Type.Integer({
      minimum: 256,
      maximum: 65_536,
      default: 4_096,
      description: 'Bytes of each that are shown, from the beginning or around what was looked for.',
    }),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Outputs that are shown.' }),
  },
  closed,
);

const OutputGroup = Type.Object(
  {
    outputSha256: Type.String({ description: 'Hash of the output; `output` of the list of runs.' }),
    devices: Type.Integer({ description: 'Devices that printed exactly this.' }),
    deviceId: Type.String({ description: 'One of them.' }),
    hostname: Type.String({ description: 'Its name.' }),
    truncated: Type.Boolean({ description: 'A program wrote more than was kept; the end was.' }),
    sizeBytes: Type.Integer({ description: 'Bytes that are kept.' }),
    text: Type.String({ description: 'A part of it; bytes that are no UTF-8 are replaced.' }),
  },
  { ...closed, description: 'An output, and who printed it.' },
);

/** Outputs of a job. */
export const OutputList = Type.Object(
  {
    outputs: Type.Integer({ description: 'Different outputs of the job.' }),
    devices: Type.Integer({ description: 'Devices that printed something.' }),
    groups: Type.Array(OutputGroup, { description: 'Those of most devices first.' }),
  },
  closed,
);

/** Whose budget is asked for. */
export const BudgetQuery = Type.Object(
  { signer: Type.String({ maxLength: 64, default: '', description: 'Signer; empty: nobody.' }) },
  closed,
);

const Share = (description: string) =>
  Type.Object(
    {
      most: Type.Integer({ description: 'Devices that may be reached in that time.' }),
      used: Type.Integer({ description: 'Devices that were.' }),
    },
    { ...closed, description },
  );

const BudgetView = Type.Object(
  {
    class: Type.Union([Type.Literal('privileged'), Type.Literal('destructive')], {
      description: 'Class of the commands that count.',
    }),
    overMs: Type.Integer({ description: 'Time over which they are counted, ms.' }),
    signer: Share('Of the signer.'),
    organization: Share('Of everybody.'),
  },
  { ...closed, description: 'A budget.' },
);
export type BudgetView = Static<typeof BudgetView>;

/** All budgets. */
export const BudgetList = Type.Object({ budgets: Type.Array(BudgetView) }, closed);
