// A plan made in the page: the same comparison as the command line, held against what the server says.
import {
  type Common,
  comparePolicies,
  draftRevisions,
  draftSet,
  type MadePlan,
  type Wanted,
} from '@muster/cli/draft-plan';
import { encodeBase64url, passkeyChallenge, sha256, toUnsigned, type Unsigned } from '@muster/protocol';
import { formatPolicy, POLICY_SET_TYPE, POLICY_TYPE } from '@muster/protocol/policy';
import { api, take } from '../../api/client.ts';
import type { ApiEnvelope } from '../../signing/api.ts';
import { type BaseWords, readBase, refuseMoved } from './base.ts';

/** What somebody wants: this policy as it is written, or without it. */
export interface Wish {
  readonly name: string;
  /** Null: taken out of force. */
  readonly wanted: Wanted | null;
}

/** Reads anew what is in force, and asks what would change. @throws ApiError, MusterError */
export async function makePlan({ name, wanted: one }: Wish, words: BaseWords): Promise<MadePlan> {
  const { trust, inForce, wanted: present } = await readBase(words);
  const rest = present.filter(({ policy }) => policy.name !== name);
  const wanted = one === null ? rest : [...rest, one];
  const plan = comparePolicies({ trust, inForce, wanted }, { sha256 });
  const body = { policies: wanted.map(({ policy }) => formatPolicy(policy)) };
  const view = await take(api.POST('/api/v1/policies/plan', { body }));
  if (view.digest !== plan.digest) throw refuseMoved(words);
  return { trust, inForce, wanted, plan, view };
}

/** Pure: the very bytes that are signed, each new revision and then the set that names them. */
export function draftDocuments(made: MadePlan, common: Common): readonly Unsigned[] {
  const revisions = draftRevisions(made, common).map((one) => toUnsigned(POLICY_TYPE, one));
  // A document is named by what its passkey is challenged with, so its name is known before anybody signs.
  const digests = revisions.map((one) => encodeBase64url(passkeyChallenge(one)));
  return [...revisions, toUnsigned(POLICY_SET_TYPE, draftSet(made, digests, common))];
}

/** How a set goes out that is to reach a few devices first: the same as `muster apply --waves`. */
const WAVES = { shares: [1, 10, 50, 100], soakSeconds: 900, tolerance: 5 };

/** Hands in what was signed: the one place that does. @throws ApiError */
export async function applySigned(signed: readonly ApiEnvelope[], isInWaves: boolean) {
  const set = signed.at(-1);
  if (set === undefined) throw new Error('there is no signed set');
  const body = { set, policies: signed.slice(0, -1), ...(isInWaves && { waves: WAVES }) };
  return take(api.POST('/api/v1/policies/sets', { body }));
}
