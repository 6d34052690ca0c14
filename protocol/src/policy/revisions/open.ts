// Opens signed policies and their set: signatures, form, organization, signer, epoch, then what they mean.
import { openDocument, parseDocument } from '../../commands/document.ts';
import { hasRole, signerVerifyKeys } from '../../commands/signers.ts';
import { fail, isMusterError } from '../../errors.ts';
import { decodeBase64url } from '../../signing/base64url.ts';
import type { Crypto } from '../../signing/crypto.ts';
import { parseEnvelope } from '../../signing/envelope.ts';
import type { ReadonlyTrust } from '../../signing/trust.ts';
import { checkPolicy } from '../document/check.ts';
import type { Policy } from '../document/policy.ts';
import { compileExpression } from '../language/index.ts';
import { POLICY_SET_TYPE, POLICY_TYPE, type PolicyRevision, type PolicySet } from './documents.ts';
import { carriesCode, checkScriptSigners } from './scripts.ts';

/** What a document is held against. */
export interface PolicyContext {
  /** The document in force: what was signed by somebody who has been removed since is refused. */
  readonly trust: ReadonlyTrust;
  readonly crypto: Crypto;
}

/** A verified revision. */
export interface OpenedPolicy {
  /** What was signed. */
  readonly document: PolicyRevision;
  /** What it says, in its one form. */
  readonly policy: Policy;
  /** base64url sha256 of PAE(type, payload): its name in sets. */
  readonly digest: string;
}

/** A verified set. */
export interface OpenedPolicySet {
  /** What was signed. */
  readonly document: PolicySet;
  /** base64url sha256 of PAE(type, payload): the next set names it as `previous`. */
  readonly digest: string;
}

/** A place in the order of documents of one kind: epochs first. */
export interface PolicyMark {
  readonly epoch: number;
  /** Within the epoch. */
  readonly version: number;
  /** Tells two documents of one version apart. */
  readonly digest: string;
}

/**
 * Opens a revision. One signer is enough where no rule carries code: the role `request` covers policies whatever kinds it reaches
 * (see TrustSigner.kinds). A passkey counts as for a privileged command. With a rule `script` see {@link checkScriptSigners}.
 * @throws MusterError those of openDocument, E_ORG, E_TRUST, E_ROLLBACK (older epoch), E_ROLE, E_POLICY, E_EXPRESSION, E_QUORUM, E_BLAST, E_MODE
 */
export function openPolicy(input: unknown, context: PolicyContext): OpenedPolicy {
  const { trust, crypto } = context;
  const opened = openDocument<PolicyRevision>(input, {
    ...{ type: POLICY_TYPE, schema: 'policy', keys: signerVerifyKeys(trust, crypto), crypto },
  });
  const { document, digest } = opened;
  checkStanding(document, opened.signers, trust);
  const checked = checkPolicy(document.policy); // the same door as for files
  if ('faults' in checked) throw fail('E_POLICY', { detail: describeFirst(checked.faults) });
  if (carriesCode(checked.policy)) checkScriptSigners(opened, trust);
  // Refused here, so that no device finds out later.
  if (document.bound !== '') compileExpression(document.bound, { for: 'device' });
  return { document, policy: checked.policy, digest };
}

/** Opens a set; whether its members are there is {@link checkMembers}. @throws MusterError as {@link openPolicy} */
export function openPolicySet(input: unknown, { trust, crypto }: PolicyContext): OpenedPolicySet {
  const { document, digest, signers } = openDocument<PolicySet>(input, {
    ...{ type: POLICY_SET_TYPE, schema: 'policySet', keys: signerVerifyKeys(trust, crypto), crypto },
  });
  checkStanding(document, signers, trust);
  // One order: two texts of the same set would be two sets. A repeated digest is none either.
  for (const [at, one] of document.policies.entries())
    if (at > 0 && !((document.policies[at - 1] ?? '') < one))
      throw fail('E_SCHEMA', {
        detail: `The policy set does not list its policies in order at /policies/${at}.`,
      });
  return { document, digest };
}

/** What the trust document may have taken since: the key, the role, the page of a gesture; or asked for since: more signers of code. */
const voidCodes: ReadonlySet<string> = new Set([
  ...['E_NOKEY', 'E_ROLE', 'E_PAGE'],
  ...['E_QUORUM', 'E_MODE', 'E_BLAST'],
]);

/** Null where whoever signed may not sign now, or not at that page (a void document); any other fault is somebody's doing and is thrown on. */
export function openUnlessVoid<T>(open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (isMusterError(error) && voidCodes.has(error.code)) return null;
    throw error;
  }
}

/** Who signed a revision, when and why, whoever that was; what it says is not looked at. @throws MusterError those of parseEnvelope and parseDocument */
export function readRevisionDocument(input: unknown): PolicyRevision {
  return parseDocument<PolicyRevision>(decodeBase64url(parseEnvelope(input).payload), 'policy');
}

/**
 * What a revision says, whoever signed it: nobody vouches for it but a verified set that names its digest.
 * @throws MusterError those of parseEnvelope and parseDocument, E_POLICY
 */
export function readRevision(input: unknown): { document: PolicyRevision; policy: Policy } {
  const document = readRevisionDocument(input);
  const checked = checkPolicy(document.policy); // as for those that are verified
  if ('faults' in checked) throw fail('E_POLICY', { detail: describeFirst(checked.faults) });
  return { document, policy: checked.policy };
}

/** What a set says, whoever signed it: void, so that what it names is only shown. @throws MusterError as {@link readRevision} */
export function readPolicySet(input: unknown): PolicySet {
  return parseDocument<PolicySet>(decodeBase64url(parseEnvelope(input).payload), 'policySet');
}

/** Whose it is, who signed it, and whether that still counts. */
function checkStanding(
  { org, epoch, trustVersion, requester }: PolicyRevision | PolicySet,
  signers: ReadonlySet<string>,
  trust: ReadonlyTrust,
): void {
  if (org !== trust.org) throw fail('E_ORG');
  // Written under a document that this reader has not seen: it may name another epoch or other signers.
  if (trustVersion > trust.version || epoch > trust.policyEpoch) throw fail('E_TRUST');
  if (epoch < trust.policyEpoch) throw fail('E_ROLLBACK');
  if (!signers.has(requester) || !hasRole(trust, requester, { role: 'request', kind: '' }))
    throw fail('E_ROLE');
}

/**
 * Holds a set against the revisions that came with it: exactly its members, each policy once.
 * @throws MusterError E_WITHHELD where one is missing, one too many, or two have a name
 */
export function checkMembers(
  set: Pick<PolicySet, 'policies'>,
  revisions: readonly { readonly name: string; readonly digest: string }[],
): void {
  const digests = revisions.map(({ digest }) => digest).toSorted();
  const names = new Set(revisions.map(({ name }) => name)); // one revision each
  const isWhole =
    digests.length === set.policies.length && digests.every((digest, at) => digest === set.policies[at]);
  if (!isWhole || names.size < revisions.length) throw fail('E_WITHHELD');
}

/**
 * Whether a document may follow what was seen before: newer, or the very same.
 * @throws MusterError E_ROLLBACK for an older one, and for another one of the same version
 */
export function checkAdvance(seen: PolicyMark | null, found: PolicyMark): void {
  if (seen === null || found.epoch > seen.epoch) return; // nothing to compare with
  const isNewer = found.epoch === seen.epoch && found.version > seen.version;
  const isSame = found.epoch === seen.epoch && found.version === seen.version && found.digest === seen.digest;
  if (!isNewer && !isSame) throw fail('E_ROLLBACK');
}

/** The first fault with its place; who signed it has seen all of them in his files. */
function describeFirst(faults: readonly { readonly path: readonly unknown[]; readonly message: string }[]) {
  const [first] = faults;
  return `The signed policy cannot be used at /${first?.path.join('/') ?? ''}: ${first?.message ?? ''}`;
}
