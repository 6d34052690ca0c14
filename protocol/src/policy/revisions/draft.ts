// Documents in the making: the same bytes whether a terminal or a page writes them.
import { fail } from '../../errors.ts';
import { MAX_DOCUMENT_BYTES } from '../../limits.ts';
import { encodeUtf8 } from '../../signing/bytes.ts';
import type { ReadonlyTrust } from '../../signing/trust.ts';
import type { Policy } from '../document/policy.ts';
import { findLongExceptions } from '../exceptions/time.ts';
import { makeBound } from './bound.ts';
import type { PolicyRevision, PolicySet } from './documents.ts';
import { formatPolicy } from './format.ts';
import type { OpenedPolicy } from './open.ts';

/** Of the trust document: whose policies they are, and under which version. */
type Trusted = Pick<ReadonlyTrust, 'org' | 'version' | 'policyEpoch'>;

/** What a signer chooses of a revision. */
export type RevisionParts = Pick<PolicyRevision, 'version' | 'source' | 'at' | 'requester' | 'reason'> & {
  readonly policy: Policy;
};

/** What a signer chooses of a set. */
export type SetParts = Pick<
  PolicySet,
  'version' | 'previous' | 'policies' | 'plan' | 'at' | 'requester' | 'reason'
>;

/** A revision; the order of its fields is the order of the signed bytes. @throws MusterError E_POLICY for one that is too large to be signed, or has an exception that lasts too long */
export function draftRevision(trust: Trusted, parts: RevisionParts): PolicyRevision {
  const { policy, version, source, at, requester, reason } = parts;
  refuseLong(policy, at);
  const document: PolicyRevision = {
    v: 1,
    org: trust.org,
    epoch: trust.policyEpoch, // the one in force: nothing is signed for another
    version,
    policy: formatPolicy(policy),
    bound: makeBound(policy), // derived by whoever signs, never by a server
    ...{ source, at, requester, reason }, // for people and logs
    trustVersion: trust.version,
  };
  // Looked at here, because here it can still be said whose policy it is.
  const bytes = encodeUtf8(JSON.stringify(document)).length;
  if (bytes > MAX_DOCUMENT_BYTES)
    throw fail('E_POLICY', {
      detail: `The policy ${policy.name} has ${Math.ceil(bytes / 1024)} KiB when it is signed, and ${MAX_DOCUMENT_BYTES / 1024} KiB are the most; divide it into several.`,
    });
  return document;
}

/** @throws MusterError E_POLICY where an exception ends too far from the time of signing */
function refuseLong(policy: Policy, at: string): void {
  const [fault] = findLongExceptions(policy, Date.parse(at));
  if (fault === undefined) return; // most policies have none at all
  const place = fault.path.join('/');
  throw fail('E_POLICY', {
    detail: `The policy ${policy.name} cannot be signed at /${place}: ${fault.message}`,
  });
}

/** A set; digests are put in order here. */
export function draftPolicySet(trust: Trusted, parts: SetParts): PolicySet {
  const { version, previous, policies, plan, at, requester, reason } = parts;
  return {
    v: 1,
    org: trust.org,
    epoch: trust.policyEpoch,
    version,
    previous,
    policies: policies.toSorted(), // one text for one set
    plan,
    ...{ at, requester, reason },
    trustVersion: trust.version,
  };
}

/**
 * What a writer must keep besides, asked where a revision is handed in and never again: a later version may spell a wish or
 * derive a bound otherwise, and must still read what was signed before.
 * @throws MusterError E_POLICY
 */
export function checkRevisionDraft({ document, policy }: OpenedPolicy): void {
  refuseLong(policy, document.at);
  const isOneText = JSON.stringify(document.policy) === JSON.stringify(formatPolicy(policy));
  if (isOneText && document.bound === makeBound(policy)) return;
  throw fail('E_POLICY', {
    detail: `The signed policy ${policy.name} does not have the one form of this version; sign it with a muster of the server's version.`,
  });
}
