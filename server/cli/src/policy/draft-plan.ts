// A plan in the hands of a person, and the documents that he signs: the same ones from a terminal and from a page.
import type { Hash, ReadonlyTrust } from '@muster/protocol';
import {
  draftPolicySet,
  draftRevision,
  hashPolicy,
  type OpenedPolicy,
  type Plan,
  type Policy,
  type PolicyRevision,
  type PolicySet,
  type PresentPolicy,
  planPolicies,
} from '@muster/protocol/policy';
import type { PlanView } from '../api/types.ts';
import { fail } from '../errors.ts';

/** A policy in force. */
export interface MemberInForce extends PresentPolicy {
  /** Null: nobody who may sign now has signed it. */
  readonly opened: OpenedPolicy | null;
}

/** All that is in force. */
export interface InForce {
  /** Digest of the set; empty: there is none. */
  readonly base: string;
  /** Version of the set, 0 where there is none; nobody vouches for it where the set is void. */
  readonly version: number;
  /** The set is signed by nobody who may sign now: what it names is shown, and never taken as it is. */
  readonly isVoid: boolean;
  /** By name. */
  readonly members: readonly MemberInForce[];
}

/** A policy that is to be in force, and the hash of the file it comes from. */
export interface Wanted {
  readonly policy: Policy;
  readonly source: string;
}

/** A plan with all it rests on. */
export interface MadePlan {
  readonly trust: ReadonlyTrust;
  readonly inForce: InForce;
  readonly wanted: readonly Wanted[];
  readonly plan: Plan;
  /** What the server says of it: devices and versions. */
  readonly view: PlanView;
}

/** What every document of one act says of it. */
export interface Common {
  /** RFC 3339. */
  readonly at: string;
  readonly requester: string;
  readonly reason: string;
}

/** The plan from what is in force to what is wanted, without a server. */
export function comparePolicies(
  { trust, inForce, wanted }: Pick<MadePlan, 'trust' | 'inForce' | 'wanted'>,
  hash: Hash,
): Plan {
  const { base, isVoid, members } = inForce;
  const hashed = wanted.map(({ policy }) => ({ name: policy.name, hash: hashPolicy(policy, hash) }));
  return planPolicies(
    { org: trust.org, epoch: trust.policyEpoch, base, isVoid, present: members, wanted: hashed },
    hash,
  );
}

/** Revisions of what is added or changed. Versions are the server's word; it refuses a wrong one, as a device would. */
export function draftRevisions({ trust, wanted, plan, view }: MadePlan, common: Common): PolicyRevision[] {
  const versions = new Map(view.versions.map(({ name, version }) => [name, version]));
  const changed = new Set(plan.changes.map(({ name }) => name));
  return wanted
    .filter(({ policy }) => changed.has(policy.name))
    .map(({ policy, source }) => {
      const version = versions.get(policy.name);
      if (version === undefined) throw fail('E_ANSWER');
      return draftRevision(trust, { ...common, policy, version, source });
    });
}

/** The set of what stays and of new revisions, which are named by their digests. */
export function draftSet(
  { trust, inForce, plan }: Pick<MadePlan, 'trust' | 'inForce' | 'plan'>,
  digests: readonly string[],
  common: Common,
): PolicySet {
  const kept = inForce.members.filter(({ name }) => plan.unchanged.includes(name));
  return draftPolicySet(trust, {
    ...common,
    version: inForce.version + 1,
    previous: inForce.base,
    policies: [...kept.map(({ digest }) => digest), ...digests],
    plan: plan.digest,
  });
}
