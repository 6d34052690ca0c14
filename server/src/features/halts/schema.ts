// What the API says about halts.
import { type Static, Type } from 'typebox';
import { SignedDocument } from '../../core/http/signed.ts';

const closed = { additionalProperties: false } as const;

/** One halt. */
export const HaltView = Type.Object(
  {
    id: Type.String({ description: 'Halt id.' }),
    state: Type.Union([Type.Literal('in-force'), Type.Literal('lifted'), Type.Literal('over')], {
      description: 'in-force, lifted before its time, or over by itself.',
    }),
    what: Type.String({ description: 'all, kind or command.' }),
    scope: Type.String({ description: 'The kind or command id; empty for all.' }),
    requester: Type.String({ description: 'Signer who halted.' }),
    reason: Type.String({ description: 'Why.' }),
    at: Type.String({ format: 'date-time', description: 'When it was signed.' }),
    until: Type.String({ format: 'date-time', description: 'When it ends by itself.' }),
    liftedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When it was lifted; null: it was not.',
    }),
    envelope: SignedDocument,
  },
  { ...closed, description: 'A halt.' },
);
export type HaltView = Static<typeof HaltView>;

/** Newest halts. */
export const HaltList = Type.Object({ halts: Type.Array(HaltView) }, closed);

/** The halt in an address. */
export const HaltParams = Type.Object({
  id: Type.String({ pattern: '^hlt_[a-z2-7]{26}$', description: 'Halt id.' }),
});
