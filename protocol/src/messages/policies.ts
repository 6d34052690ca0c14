// The policies conversation: the set in force is told, revisions are asked for one by one, what a device holds goes back.
//
// server → policy.set at welcome and on change; agent → policy.want, server → policy.put | policy.none, for each revision that the
// device does not hold; agent → policy.state (durable) when it holds another set, or cannot. What is signed is verified by the executor.
// After each cycle over what it holds, agent → policy.report (durable) with the items that are not as they were told.
import { type Static, Type } from 'typebox';
import { closed } from '../commands/fields.ts';
import type { Frozen } from '../frozen.ts';
import {
  MAX_FOUND_CHARS,
  MAX_ITEM_CHARS,
  MAX_POLICIES,
  MAX_REPORTED_GONE,
  MAX_REPORTED_ITEMS,
  MAX_SELECTED,
  MAX_TOLD_STEPS,
} from '../policy/limits.ts';
import { Bytes32, EnvelopeField, ErrorCode, plainText, Sequence, Time } from './fields.ts';

/** server → agent: the set in force, and what only the server can judge of it for this device. Since 6. */
export const PolicySetMessage = Type.Object(
  {
    type: Type.Literal('policy.set'),
    /** The signed set. */
    envelope: EnvelopeField,
    /**
     * Digests of those revisions whose `on` and `except` name what only the server knows (label, group …) and that are for this
     * device, and names of exceptions in them (`nameException`) of which the same is so, ascending. The server's word: the bound of each
     * must hold on the device besides. All others the device judges alone. Exceptions since 7.
     */
    selected: Type.Array(Bytes32, {
      maxItems: MAX_SELECTED,
      description: 'Digests of revisions, names of exceptions.',
    }),
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

/** A text about an item without control characters, perhaps empty. */
const foundText = (description: string) =>
  Type.String({ maxLength: MAX_FOUND_CHARS, pattern: '^[^\\u0000-\\u001f\\u007f]*$', description });

/** What a device says of one item that its policies decide about. */
const PolicyItem = Type.Object(
  {
    /** As `ssh.PermitRootLogin`. */
    item: plainText(MAX_ITEM_CHARS, 'What is decided about.'),
    /** Whose rule decides. */
    policy: plainText(64, 'Name of the policy.'),
    rule: plainText(64, 'Id of the rule in it.'),
    mode: Type.Union([Type.Literal('audit'), Type.Literal('enforce')], { description: 'Look, or repair.' }),
    state: Type.Union(
      [
        Type.Literal('compliant'),
        Type.Literal('repaired'),
        Type.Literal('drifted'),
        Type.Literal('applying'),
        Type.Literal('error'),
        Type.Literal('not-applicable'),
        Type.Literal('exempt'),
      ],
      { description: 'How it stands.' },
    ),
    /** Why it is not as wanted; null: the state says all. */
    code: Type.Union([ErrorCode, Type.Null()], { description: 'Code, or null.' }),
    /** Since when it has this state. */
    since: Time,
    /** By the last look; '' where it could not be told. */
    found: foundText('What was found.'),
    wanted: foundText('What is wanted.'),
    /** A sentence; '' where that needs no words. */
    reason: foundText('Why it is so.'),
    /** What was done about it, one sentence a step. */
    done: Type.Array(foundText('What was done.'), { maxItems: MAX_TOLD_STEPS, description: 'Steps.' }),
  },
  closed,
);
/** What a device says of one item. */
export type PolicyItem = Frozen<Static<typeof PolicyItem>>;

/**
 * agent → server, durable: how the items of its policies stand, of a cycle only those that are not as they were told before; several
 * where they are many. One without any says that the device still looks, once a day. Since 7.
 */
export const PolicyReport = Type.Object(
  {
    type: Type.Literal('policy.report'),
    seq: Sequence,
    /** When the cycle was over. */
    at: Time,
    /** The set by which the items were judged. Null: none is held any more, and all items are gone. */
    set: Type.Union([Bytes32, Type.Null()], { description: 'Digest of the set, or null.' }),
    /** True: what was told before counts no more; what this and the following say is all there is. */
    reset: Type.Boolean({ description: 'Begins anew.' }),
    items: Type.Array(PolicyItem, { maxItems: MAX_REPORTED_ITEMS, description: 'Items that changed.' }),
    /** Items that no rule names any more. */
    gone: Type.Array(plainText(MAX_ITEM_CHARS, 'Item.'), {
      maxItems: MAX_REPORTED_GONE,
      description: 'Items without a rule.',
    }),
  },
  closed,
);
export type PolicyReport = Frozen<Static<typeof PolicyReport>>;
