// Halts: any one signer stops everything, a kind, or a command; two signers or the end of its time lift it.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { OrgId, Time } from '../messages/fields.ts';
import { CommandId, closed, HaltId, Reason, SignerId, TrustVersion } from './fields.ts';

/** Media type of a halt. */
export const HALT_TYPE = 'application/vnd.muster.halt.v1+json';
/** Media type of what lifts one. */
export const LIFT_TYPE = 'application/vnd.muster.lift.v1+json';

/** What a halt stops. Since 2. */
export const HaltScope = Type.Union(
  [
    Type.Object({ what: Type.Literal('all') }, closed),
    Type.Object(
      {
        what: Type.Literal('kind'),
        /** An exact kind or `prefix.*`. */
        kind: Type.String({
          maxLength: 64,
          pattern: '^[a-z][a-z0-9-]*(?:\\.[a-z][a-z0-9-]*)*(?:\\.\\*)?$',
          description: 'Kind or `prefix.*`.',
        }),
      },
      closed,
    ),
    Type.Object({ what: Type.Literal('command'), cmdId: CommandId }, closed),
  ],
  { description: 'Everything, a kind, or one command.' },
);
export type HaltScope = Frozen<Static<typeof HaltScope>>;

/** Halt document v1: nothing in its scope starts until it is lifted or ends; what runs and can be stopped is stopped. Since capability 2. */
export const Halt = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    haltId: HaltId,
    scope: HaltScope,
    at: Time,
    /** At most 7 days after `at`; counted by the device from its own first sight as well, whichever is earlier. */
    until: Time,
    requester: SignerId,
    reason: Reason,
    trustVersion: TrustVersion,
  },
  { ...closed, description: 'Halt document v1.' },
);
export type Halt = Frozen<Static<typeof Halt>>;

/** Lift document v1: ends a halt before its time. Two signers with the role halt; one in solo and quickstart. Since capability 2. */
export const HaltLift = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    haltId: HaltId,
    at: Time,
    requester: SignerId,
    reason: Reason,
    trustVersion: TrustVersion,
  },
  { ...closed, description: 'Lift document v1.' },
);
export type HaltLift = Frozen<Static<typeof HaltLift>>;
