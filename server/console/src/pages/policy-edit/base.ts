// What is in force, as a plan starts from it. A page that the server hands out cannot believe less than the server, so it verifies no signatures.
import type { InForce, Wanted } from '@muster/cli/draft-plan';
import { type ReadonlyTrust, sha256, type TrustDocument } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import { hashPolicy, readRevision } from '@muster/protocol/policy';
import { ApiError, api, take } from '../../api/client.ts';
import { decodePolicy } from '../../api/decode-policy.ts';

/** All that a plan starts from. */
export interface Base {
  readonly trust: ReadonlyTrust;
  readonly inForce: InForce;
  /** What is in force, as something wanted. */
  readonly wanted: readonly Wanted[];
}

/** Words for what keeps a page from planning. */
export interface BaseWords {
  readonly broken: string;
  /** Nobody vouches for something that is in force. */
  readonly isVoid: string;
  readonly moved: string;
}

/** Somebody was faster. */
export function refuseMoved({ moved }: BaseWords): ApiError {
  return new ApiError(0, { code: 'E_PLAN_MOVED', detail: moved, retryable: true });
}

/** @throws ApiError in words: bytes that are not what they are called, what nobody vouches for, what moved between two answers */
export async function readBase(words: BaseWords): Promise<Base> {
  const [told, list, view] = await Promise.all([
    take(api.GET('/api/v1/policies/set')),
    take(api.GET('/api/v1/policies')),
    take(api.GET('/api/v1/trust')),
  ]);
  const trust = view.document as TrustDocument;
  const isOne = told.set?.digest === list.set?.digest && told.epoch === trust.policyEpoch;
  if (!isOne) throw refuseMoved(words);
  if (told.set?.isVoid === true || list.policies.some(({ isVoid }) => isVoid))
    throw new ApiError(0, { code: 'E_NOKEY', detail: words.isVoid, retryable: false });
  const members = told.revisions.map((one) => {
    const policy = decodePolicy(one, words.broken);
    const { document } = readRevision(one.envelope);
    const { name, digest } = one;
    return { name, digest, hash: hashPolicy(policy, { sha256 }), opened: { document, policy, digest } };
  });
  const base = told.set === null ? '' : documentDigest(told.set.envelope, { sha256 });
  return {
    trust,
    inForce: { base, version: told.set?.version ?? 0, isVoid: false, members },
    wanted: members.map(({ opened: { policy, document } }) => ({ policy, source: document.source })),
  };
}
