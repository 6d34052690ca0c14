// A plan: what would change if the policies in files were those in force, and the digest that a signer binds himself to.
import { encodeBase64url } from '../../signing/base64url.ts';
import { encodeUtf8 } from '../../signing/bytes.ts';
import type { Hash } from '../../signing/crypto.ts';
import { pae } from '../../signing/envelope.ts';

/** Not a document: nobody signs a plan itself, only its digest in a set. */
const PLAN_TYPE = 'application/vnd.muster.policy-plan.v1';

/** A policy in force. */
export interface PresentPolicy {
  readonly name: string;
  /** Digest of its revision. */
  readonly digest: string;
  /** hashPolicy of what it says; null where nobody who may sign now has signed it, so that it has to be signed anew. */
  readonly hash: string | null;
}

/** A policy that somebody wants in force. */
export interface WantedPolicy {
  readonly name: string;
  /** hashPolicy of what it says. */
  readonly hash: string;
}

/** One policy of a plan that is not as it was. */
export interface PolicyChange {
  readonly name: string;
  readonly change: 'added' | 'changed' | 'deleted';
  /** Digest of the revision in force; empty where it is added. */
  readonly from: string;
  /** hashPolicy of what is wanted; empty where it is deleted. */
  readonly to: string;
}

/** Between which states. */
export interface PlanInput {
  readonly org: string;
  /** Policy epoch of the trust document in force. */
  readonly epoch: number;
  /** Digest of the set in force in that epoch; empty: there is none. */
  readonly base: string;
  /** The set is not signed by anybody who may sign now: nobody vouches for what it names, so all of it is shown and signed anew. */
  readonly isVoid: boolean;
  /** All in force. */
  readonly present: readonly PresentPolicy[];
  /** All that are to be: what is missing here is taken out of force. */
  readonly wanted: readonly WantedPolicy[];
}

/** What would change. */
export interface Plan {
  /** The set it starts from, as in the input. */
  readonly base: string;
  /** By name. */
  readonly changes: readonly PolicyChange[];
  /** Policies that stay as they are, by name. */
  readonly unchanged: readonly string[];
  /** True where there is nothing to sign. */
  readonly isEmpty: boolean;
  /** base64url sha256: equal for equal changes of the same set, whoever computes it. */
  readonly digest: string;
}

/**
 * Compares. Pure, and the same in whatever order policies come. The digest binds organization, epoch, the set it starts from and
 * every change; devices that are touched are not in it, since facts move while a person reads, and each device judges by its own.
 */
export function planPolicies(input: PlanInput, hash: Hash): Plan {
  const { org, epoch, base, isVoid } = input;
  const present = new Map(input.present.map((one) => [one.name, one]));
  const wanted = new Map(input.wanted.map((one) => [one.name, one]));
  // Of both sides, in one order
  const names = [...new Set([...present.keys(), ...wanted.keys()])].toSorted();
  const changes: PolicyChange[] = [];
  const unchanged: string[] = []; // needs no signature
  for (const name of names) {
    const [before, after] = [present.get(name), wanted.get(name)];
    // Empty: not there
    const [from, to] = [before?.digest ?? '', after?.hash ?? ''];
    if (!isVoid && before !== undefined && before.hash === to) unchanged.push(name);
    else changes.push({ name, change: to === '' ? 'deleted' : from === '' ? 'added' : 'changed', from, to });
  }
  // An array has one text: no order of keys to agree on.
  const text = JSON.stringify([org, epoch, base, changes.map(({ name, from, to }) => [name, from, to])]);
  const digest = encodeBase64url(hash.sha256(pae(PLAN_TYPE, encodeUtf8(text))));
  return { base, changes, unchanged, isEmpty: changes.length === 0 && !isVoid, digest };
}
