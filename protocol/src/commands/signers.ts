// Who may ask for what: the signers of a trust document as keys, their roles and kinds, and how many a class needs.
import { fail } from '../errors.ts';
import { decodeBase64url } from '../signing/base64url.ts';
import type { CommandClass } from '../signing/classes.ts';
import type { Hash } from '../signing/crypto.ts';
import { prepareKey, preparePasskey, type VerifyKey } from '../signing/envelope.ts';
import type { ReadonlyTrust, SignerRole } from '../signing/trust.ts';
import { matchesKind } from './kind-table.ts';

/** Keys of all signers; every key counts for its signer. Passkeys answer only at the pages that the document lists. */
export function signerVerifyKeys(trust: ReadonlyTrust, crypto: Hash): VerifyKey[] {
  const { rpIds, origins } = trust;
  const passkey = { relying: { rpIds, origins }, crypto };
  return trust.signers.flatMap(({ id, keys }) =>
    keys.map(({ scheme, key }) => {
      const publicKey = decodeBase64url(key);
      return scheme === 'ed25519'
        ? prepareKey(id, publicKey, crypto)
        : preparePasskey(id, publicKey, passkey);
    }),
  );
}

/** What is asked of the signers of a document. */
export interface QuorumQuestion {
  /** The document in force where the question is asked. */
  readonly trust: ReadonlyTrust;
  /** Owners of valid signatures, from openEnvelope. */
  readonly signers: ReadonlySet<string>;
  /** Those of them who signed outside of any page, from openEnvelope too. */
  readonly direct: ReadonlySet<string>;
  /** Who the document says asks. */
  readonly requester: string;
  /** Kind the roles must reach; `content` for content documents. */
  readonly kind: string;
  /** Decides how many are needed. */
  readonly commandClass: CommandClass;
  /** True for what goes past a freeze: as many sign it as code. Absent: it does not. */
  readonly isEmergency?: boolean;
}

/** True when a signer has the role and it reaches the kind; an empty kind asks for the role alone. */
export function hasRole(
  trust: ReadonlyTrust,
  signerId: string,
  wanted: { role: SignerRole; kind: string },
): boolean {
  const signer = trust.signers.find(({ id }) => id === signerId);
  if (signer === undefined || !signer.roles.includes(wanted.role)) return false;
  return wanted.kind === '' || signer.kinds.some((pattern) => matchesKind(pattern, wanted.kind));
}

/** Distinct signers that a class needs in a mode; `isEmergency`: what goes past a freeze, of whatever class. */
export function signersNeeded(
  commandClass: CommandClass,
  mode: ReadonlyTrust['mode'],
  isEmergency = false,
): number {
  return (isGrave(commandClass) || isEmergency) && mode === 'hardened' ? 2 : 1;
}

/** What is said where signers are enough but one of them has to use the command line. */
export const NOT_DIRECT =
  'This needs a signature made by the muster command line, which shows what is signed by itself; a page could show something else.';

/**
 * Checks requester, roles and number. The requester must have signed; whoever else signs counts only with the role `approve`
 * for that kind, and nobody counts twice.
 *
 * A gesture with a passkey is made at a page that the server hands out, which could show one thing and have another signed. So of
 * the signatures that count, a destructive command and an emergency need one of a person outside of any page, and code its second one (in
 * the modes of one signer: its only one).
 * @throws MusterError E_MODE (destructive in quickstart), E_ROLE, E_QUORUM
 */
export function checkQuorum(question: QuorumQuestion): void {
  const { trust, signers, requester, kind, commandClass, isEmergency = false } = question;
  // Keys beside the server: whoever owns the server would be every signer.
  if (commandClass === 'destructive' && trust.mode === 'quickstart') throw fail('E_MODE');
  if (!signers.has(requester) || !hasRole(trust, requester, { role: 'request', kind })) throw fail('E_ROLE');
  const needed = signersNeeded(commandClass, trust.mode, isEmergency);
  const isWeighty = isGrave(commandClass) || isEmergency;
  // Signers, never keys or signatures: a passkey and a key file of one person are one of them.
  const approvers = listApprovers(question);
  // In solo a grave act still needs the one who approves: an automation that may request is not he.
  const isGraveSolo = trust.mode === 'solo' && isWeighty;
  if (isGraveSolo && ![requester, ...approvers].some((id) => hasRole(trust, id, { role: 'approve', kind })))
    throw fail('E_QUORUM');
  if (1 + approvers.length < needed) throw fail('E_QUORUM');
  if (isWeighty) checkDirect(question, approvers);
}

/** Who signed as an approver. The requester is left out: nobody approves what he asked for himself. */
function listApprovers({ trust, signers, requester, kind }: QuorumQuestion): string[] {
  return [...signers].filter((id) => id !== requester && hasRole(trust, id, { role: 'approve', kind }));
}

/** Somebody has seen what he signs by other means than the page. @throws MusterError E_QUORUM */
function checkDirect(
  { trust, direct, requester, commandClass }: QuorumQuestion,
  approvers: readonly string[],
): void {
  // The second signature on code is the one that somebody adds who has not written it: he must see the bytes themselves.
  const isSecond = commandClass === 'code' && trust.mode === 'hardened';
  // Elsewhere it is one of all who count; whoever lacks the role adds nothing.
  const counted = isSecond ? approvers : [requester, ...approvers];
  // An automation shows nothing to anybody, and its key lies on some machine, which may be the server's.
  if (!counted.some((id) => direct.has(id) && isPerson(trust, id)))
    throw fail('E_QUORUM', { detail: NOT_DIRECT });
}

/** True for a signer who is no automation. */
function isPerson(trust: ReadonlyTrust, signerId: string): boolean {
  return trust.signers.find(({ id }) => id === signerId)?.kind === 'person';
}

/** Code and destruction: what nobody should be able to order alone where there are two, or by a page. */
function isGrave(commandClass: CommandClass): boolean {
  return commandClass === 'code' || commandClass === 'destructive';
}
