// Signed documents of policies: a revision of one, and the set of all that are in force.
//
// What they mean and which states they pass through stands in docs/architecture/policies.md.
import { type Static, Type } from 'typebox';
import { closed, Reason, SignerId, TrustVersion } from '../../commands/fields.ts';
import type { Frozen } from '../../frozen.ts';
import { Bytes32, OrgId, Time } from '../../messages/fields.ts';
import { MAX_EXPRESSION_CHARS } from '../language/limits.ts';
import { MAX_POLICIES } from '../limits.ts';

/** Media type of a revision. */
export const POLICY_TYPE = 'application/vnd.muster.policy.v1+json';
/** Media type of a set. */
export const POLICY_SET_TYPE = 'application/vnd.muster.policy-set.v1+json';

/** The policy epoch of the trust document under which it was signed: raising that one makes every older document void. */
const Epoch = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Policy epoch.' });

/** Counts from 1 within the epoch; never given twice. */
const Version = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Version.' });

/**
 * Policy document v1: one revision of one policy. Every field is always present, so absence has no meaning. No device reads it
 * before a capability says so.
 */
export const PolicyRevision = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    epoch: Epoch,
    /** Of this policy, by its name: the next revision is one more, also behind one that was taken out of force. */
    version: Version,
    /**
     * The policy as a file could have it, every default written out (formatPolicy). `on` and `except` stand in it in full: together
     * they are what selects devices. Closed by checkPolicy, which is a stricter reader than a schema here could be.
     */
    policy: Type.Unknown({ description: 'The policy, in the form of a file.' }),
    /** What a device can judge of `on` and `except` by itself (makeBound); it must hold on the device besides. Empty: nothing. */
    bound: Type.String({ maxLength: MAX_EXPRESSION_CHARS, description: 'Expression; empty: no bound.' }),
    /** sha256 of the text of the file that it was read from, UTF-8 without a byte order mark: finds the file in a repository, and decides nothing. */
    source: Bytes32,
    at: Time,
    requester: SignerId,
    reason: Reason,
    /** A reader with an older trust document fetches the chain first. */
    trustVersion: TrustVersion,
  },
  { ...closed, description: 'Policy document v1: a revision.' },
);
export type PolicyRevision = Frozen<Static<typeof PolicyRevision>>;

/** Policy set v1: all that is in force, so that one that is withheld shows. Every field is always present. */
export const PolicySet = Type.Object(
  {
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    org: OrgId,
    epoch: Epoch,
    version: Version,
    /** Digest of the set of this epoch that it follows. Empty: it is the first. */
    previous: Type.String({
      pattern: '^(?:[A-Za-z0-9_-]{43})?$',
      description: 'Digest of the set before; empty: none.',
    }),
    /** Digests of the revisions in force, ascending, none twice. Empty: no policy is in force. */
    policies: Type.Array(Bytes32, { maxItems: MAX_POLICIES, description: 'Digests of revisions.' }),
    /** Digest of the plan that the signer saw: what it changed, and of which set. */
    plan: Bytes32,
    at: Time,
    requester: SignerId,
    reason: Reason,
    trustVersion: TrustVersion,
  },
  { ...closed, description: 'Policy set v1: all revisions in force.' },
);
export type PolicySet = Frozen<Static<typeof PolicySet>>;
