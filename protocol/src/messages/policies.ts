// The policies conversation: the set in force is told, revisions are asked for one by one, what a device holds goes back.
//
// server → policy.set at welcome and on change; agent → policy.want, server → policy.put | policy.none, for each revision that the
// device does not hold; agent → policy.state (durable) when it holds another set, or cannot. What is signed is verified by the executor.
import { type Static, Type } from 'typebox';
import { closed } from '../commands/fields.ts';
import type { Frozen } from '../frozen.ts';
import { MAX_POLICIES, MAX_SELECTED } from '../policy/limits.ts';
import { Bytes32, EnvelopeField, ErrorCode, Sequence, Time } from './fields.ts';

/** server → agent: the set in force, and what only the server can judge of it for this device. Since 6. */
export const PolicySetMessage = Type.Object(
  {
    type: Type.Literal('policy.set'),
    /** The signed set. */
    envelope: EnvelopeField,
    /**
     * Digests of those revisions whose `on` and `except` name what only the server knows (label, group …) and that are for this
     * device, ascending. The server's word: the bound of each must hold on the device besides. All others the device judges alone.
     */
    selected: Type.Array(Bytes32, { maxItems: MAX_SELECTED, description: 'Digests of revisions.' }),
  },
  closed,
);
export type PolicySetMessage = Frozen<Static<typeof PolicySetMessage>>;

/** agent → server: that revision is wanted; one at a time, so that a device that reads slowly is not overrun. Since 6. */
export const PolicyWant = Type.Object({ type: Type.Literal('policy.want'), digest: Bytes32 }, closed);
export type PolicyWant = Frozen<Static<typeof PolicyWant>>;

/** server → agent: a revision that was wanted. Since 6. */
export const PolicyPut = Type.Object({ type: Type.Literal('policy.put'), envelope: EnvelopeField }, closed);
export type PolicyPut = Frozen<Static<typeof PolicyPut>>;

/** server → agent: no revision of that digest is in force. Since 6. */
export const PolicyNone = Type.Object({ type: Type.Literal('policy.none'), digest: Bytes32 }, closed);
export type PolicyNone = Frozen<Static<typeof PolicyNone>>;

/** Place of a set in the order of sets. */
const Place = (description: string) =>
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

/** A number of revisions. */
const Count = (description: string) => Type.Integer({ minimum: 0, maximum: MAX_POLICIES, description });

/** agent → server, durable: what this device holds. Only what changed travels; the newest replaces one that waits. Since 6. */
export const PolicyState = Type.Object(
  {
    type: Type.Literal('policy.state'),
    seq: Sequence,
    at: Time,
    /** The set that it holds whole. Null: none. */
    held: Type.Union(
      [
        Type.Object(
          {
            epoch: Place('Policy epoch.'),
            version: Place('Version within the epoch.'),
            digest: Bytes32,
            /** Revisions of it. */
            policies: Count('Revisions.'),
            /** Those of them that nobody has signed who may sign now; they say nothing here. */
            unsigned: Count('Void revisions.'),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'Held set, or null.' },
    ),
    /** Why it does not hold the set that it was shown last. Null: it does. */
    code: Type.Union([ErrorCode, Type.Null()], { description: 'Code, or null.' }),
  },
  closed,
);
export type PolicyState = Frozen<Static<typeof PolicyState>>;
