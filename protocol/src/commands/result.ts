// The result document: what became of a command on one device, signed by that device.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { Bytes32, DeviceId, ErrorCode, OrgId, plainText, Time } from '../messages/fields.ts';
import { CommandId, closed } from './fields.ts';

/** Media type of a result. */
export const RESULT_TYPE = 'application/vnd.muster.result.v1+json';

/** Result document v1. Since capability 2. */
export const Result = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    deviceId: DeviceId,
    cmdId: CommandId,
    /** A final state of run.ts; never `unknown`, which only the server says. */
    state: Type.Union(
      [
        Type.Literal('succeeded'),
        Type.Literal('failed'),
        Type.Literal('canceled'),
        Type.Literal('expired'),
        Type.Literal('refused'),
        Type.Literal('quarantined'),
      ],
      { description: 'How it ended.' },
    ),
    /** Why it did not succeed. Null: it did, or the program failed by itself (see exit). */
    code: Type.Union([ErrorCode, Type.Null()], { description: 'Error code, or null.' }),
    /** Exit code of the program; null where none ran or a signal ended it. */
    exit: Type.Union([Type.Integer({ minimum: 0, maximum: 255 }), Type.Null()], {
      description: 'Exit code, or null.',
    }),
    /** One sentence for people: what was done, or why not. */
    summary: plainText(512, 'What was done, or why not.'),
    /** Null: it never started. Device clock. */
    startedAt: Type.Union([Time, Type.Null()], { description: 'Start, or null.' }),
    endedAt: Time,
    /** How often it was started: 1, more after interruptions, 0 when never. */
    attempts: Type.Integer({ minimum: 0, maximum: 16, description: 'Starts.' }),
    /** True: nothing was there to do; the wanted state held already. */
    unchanged: Type.Boolean({ description: 'The wanted state held already.' }),
    dryRun: Type.Boolean({ description: 'Nothing was changed on purpose.' }),
    /** sha256 of the kept output; of no bytes where there is none. */
    outputSha256: Bytes32,
    /** All output the program wrote, bytes; more than what is kept when it was cut. */
    outputBytes: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Output written, bytes.',
    }),
  },
  { ...closed, description: 'Result document v1.' },
);
export type Result = Frozen<Static<typeof Result>>;
