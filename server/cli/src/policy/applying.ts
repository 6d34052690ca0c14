// Plans and applies policies: the terminal computes the plan from verified documents, shows it, signs it, hands it in.
import { createHash } from 'node:crypto';
import { classOf, encodeBase64url, type ReadonlyTrust, fail as refuse, type Signer } from '@muster/protocol';
import { documentDigest, signersNeeded } from '@muster/protocol/commands';
import { carriesCode, formatPolicy, POLICY_SET_TYPE, POLICY_TYPE } from '@muster/protocol/policy';
import { take } from '../api/client.ts';
import type { PolicySetView, WavesOrder } from '../api/types.ts';
import type { ApproveOptions } from '../commands/sign-options.ts';
import { fail } from '../errors.ts';
import { confirm } from '../input/ask.ts';
import { addSignature, describeSignatures, signDocument } from '../jobs/documents.ts';
import { chooseSigner } from '../keys/choose.ts';
import { unlockKey } from '../keys/passphrase.ts';
import { nodeCrypto } from '../keys/signing-key.ts';
import { safeText } from '../output/safe-text.ts';
import type { Session } from '../session.ts';
import { canvasOf } from '../terminal.ts';
import { readTrust } from '../trust/read-trust.ts';
import { drawPlan } from '../views/plan.ts';
import { type FirstSigned, requireEnough, requireSame, type SignedPlan } from './co-signing.ts';
import {
  type Common,
  comparePolicies,
  draftRevisions,
  draftSet,
  type InForce,
  type MadePlan,
  type Wanted,
} from './draft-plan.ts';
import { readInForce, rememberSet } from './in-force.ts';
import type { PlacedPolicy } from './parse-policies.ts';

/** Policies of files as they are wanted. */
export function wantedOf(policies: readonly PlacedPolicy[]): Wanted[] {
  return policies.map(({ policy, source }) => ({
    policy,
    source: encodeBase64url(createHash('sha256').update(source.text, 'utf8').digest()),
  }));
}

/** What is in force, as something wanted: for changes of one policy only. @throws MusterError E_NOKEY where somebody has to sign anew from files */
export function wantedInForce({ members, isVoid }: InForce): Wanted[] {
  if (isVoid)
    throw refuse('E_NOKEY', {
      detail:
        'The set in force is signed by nobody who may sign now, so nobody vouches for what it names; apply all policies from their files first.',
    });
  return members.map(({ name, opened }) => {
    if (opened === null)
      throw refuse('E_NOKEY', {
        detail: `The policy ${name} is signed by nobody who may sign now; apply all policies from their files first.`,
      });
    return { policy: opened.policy, source: opened.document.source };
  });
}

/** The trust document and what is in force, both verified. */
export async function readBoth(session: Session) {
  const { document: trust } = await readTrust(session, session.terminal.env);
  return { trust, inForce: await readInForce(session, trust) };
}

/**
 * Makes the plan here, has the server say which devices it touches, and holds both against each other.
 * @throws MusterError E_PLAN_MOVED when the server starts from something else
 */
export async function makePlan(
  session: Session,
  { trust, inForce }: { readonly trust: ReadonlyTrust; readonly inForce: InForce },
  wanted: readonly Wanted[],
): Promise<MadePlan> {
  const plan = comparePolicies({ trust, inForce, wanted }, nodeCrypto);
  const body = { policies: wanted.map(({ policy }) => formatPolicy(policy)) };
  const view = await take(session.api.http.POST('/api/v1/policies/plan', { body }));
  if (view.digest !== plan.digest) throw refuse('E_PLAN_MOVED');
  return { trust, inForce, wanted, plan, view };
}

/** Shows a plan on standard error. */
function showPlan({ terminal, note }: Session, made: MadePlan): void {
  note(drawPlan(made, { ...canvasOf(terminal.stderr, terminal.env), color: false }));
}

/** How a plan is signed. */
export interface SigningOptions extends ApproveOptions {
  readonly reason?: string;
  /** Digest of the plan that somebody approved. */
  readonly plan?: string;
  /** Somebody else signs it too, elsewhere. */
  readonly isForTwo?: boolean;
}

/**
 * Shows, asks and signs; null where there is nothing to do.
 * @throws MusterError E_PLAN_MOVED, E_QUORUM where two must sign, E_CONFIRM, E_NO_KEY
 */
export async function signPlan(
  session: Session,
  made: MadePlan,
  options: SigningOptions,
): Promise<SignedPlan | null> {
  const { plan, trust } = made;
  if (options.plan !== undefined && options.plan !== plan.digest)
    throw refuse('E_PLAN_MOVED', {
      detail: `The plan is ${plan.digest} now, not the one that was approved, so nothing was changed; plan again and look at it.`,
    });
  showPlan(session, made);
  if (plan.isEmpty) return null;
  const coded = findCode(made);
  if (options.isForTwo !== true) requireOneSigner(coded, trust);
  const kind = coded === undefined ? '' : 'content';
  const chosen = await chooseSigner(session, trust, { role: 'request', kind, key: options.key });
  if (trust.mode === 'quickstart')
    session.note(
      'Mode quickstart: this key lies beside the server, so whoever owns the server could sign this too.',
    );
  await confirmPlan(session, options);
  const key = await unlockKey(session, chosen.key, options);
  return writeDocuments(made, key, {
    at: new Date(session.terminal.now()).toISOString(),
    requester: chosen.signer.id,
    reason: options.reason ?? 'muster apply',
  });
}

async function confirmPlan({ terminal, mayAsk }: Session, { yes }: ApproveOptions): Promise<void> {
  if (yes === true) return;
  const consequence = 'What stands above comes into force; the devices are the word of the server.';
  await confirm(terminal, { consequence, word: 'sign' }, mayAsk);
}

/**
 * Shows what somebody else has signed, planned anew here, asks, and adds a signature to every document.
 * @throws MusterError E_PLAN_MOVED, E_CONFIRM, E_NO_KEY (the same person, or one who may not), E_QUORUM
 */
export async function cosignPlan(
  session: Session,
  made: MadePlan,
  { first, options }: { readonly first: FirstSigned; readonly options: ApproveOptions },
): Promise<SignedPlan> {
  requireSame(made, first);
  const { trust } = made;
  showPlan(session, made);
  session.note(`Signed by ${describeSignatures(first.signatures)}: ${safeText(first.document.reason)}`);
  const kind = findCode(made) === undefined ? '' : 'content';
  const chosen = await chooseSigner(session, trust, { role: 'approve', kind, key: options.key });
  if (first.signatures.signers.has(chosen.signer.id))
    throw fail('E_NO_KEY', { detail: `${chosen.signer.id} has signed this already; somebody else must.` });
  await confirmPlan(session, options);
  const key = await unlockKey(session, chosen.key, options);
  const both = {
    set: addSignature(first.set, key),
    policies: first.policies.map((one) => addSignature(one, key)),
  };
  requireEnough(both, trust);
  return both;
}

/** Hands signed documents in. @throws MusterError E_WITHHELD (the server answers with another set), and what it refuses with */
export async function handIn(
  session: Session,
  { made, signed }: { readonly made: MadePlan; readonly signed: SignedPlan },
  waves: WavesOrder | null,
): Promise<PolicySetView> {
  const order = waves === null ? {} : { waves };
  const { set: envelope, policies } = signed;
  const body = { set: envelope, policies, ...order };
  const set = await take(session.api.http.POST('/api/v1/policies/sets', { body }));
  const digest = documentDigest(envelope, nodeCrypto);
  // Whatever the server says now, what was signed may be in force from here on.
  const { trust, inForce } = made;
  await rememberSet(session, { epoch: trust.policyEpoch, version: inForce.version + 1, digest });
  if (set.digest !== digest) throw refuse('E_WITHHELD');
  return set;
}

/** A policy that is new or changed and brings code. */
function findCode({ plan, wanted }: MadePlan): string | undefined {
  const changed = new Set(plan.changes.map(({ name }) => name));
  return wanted.find(({ policy }) => changed.has(policy.name) && carriesCode(policy))?.policy.name;
}

/** Where it takes two and one signs, that is refused before anybody is asked for anything. @throws MusterError E_QUORUM */
function requireOneSigner(coded: string | undefined, trust: ReadonlyTrust): void {
  if (coded !== undefined && signersNeeded(classOf('content', trust.classes), trust.mode) > 1)
    throw refuse('E_QUORUM', {
      detail: `The policy ${coded} brings a script, which two sign in mode ${trust.mode}: sign it into a file with muster apply -f … --out plan.json, and somebody else puts it in force with muster apply --with plan.json.`,
    });
}

/** Both kinds of documents, drafted and signed. */
function writeDocuments(made: MadePlan, key: Signer, common: Common): SignedPlan {
  const policies = draftRevisions(made, common).map((one) => signDocument(POLICY_TYPE, one, [key]));
  const digests = policies.map((one) => documentDigest(one, nodeCrypto));
  return { set: signDocument(POLICY_SET_TYPE, draftSet(made, digests, common), [key]), policies };
}
