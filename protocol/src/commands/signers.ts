// Who may ask for what: the signers of a trust document as keys, their roles and kinds, and how many a class needs.
import { fail } from '../errors.ts';
import { decodeBase64url } from '../signing/base64url.ts';
import type { CommandClass } from '../signing/classes.ts';
import type { Crypto } from '../signing/crypto.ts';
import { prepareKey, type VerifyKey } from '../signing/envelope.ts';
import type { ReadonlyTrust, SignerRole } from '../signing/trust.ts';
import { matchesKind } from './kind-table.ts';

/** Keys of all signers; every key counts for its signer. Passkeys are left out: their assertions are not verified by this build. */
export function signerVerifyKeys(trust: ReadonlyTrust, crypto: Crypto): VerifyKey[] {
  return trust.signers.flatMap(({ id, keys }) =>
    keys
      .filter(({ scheme }) => scheme === 'ed25519')
      .map(({ key }) => prepareKey(id, decodeBase64url(key), crypto)),
  );
}

/** What is asked of the signers of a document. */
export interface QuorumQuestion {
  /** The document in force where the question is asked. */
  readonly trust: ReadonlyTrust;
  /** Owners of valid signatures, from openEnvelope. */
  readonly signers: ReadonlySet<string>;
  /** Who the document says asks. */
  readonly requester: string;
  /** Kind the roles must reach; `content` for content documents. */
  readonly kind: string;
  /** Decides how many are needed. */
  readonly commandClass: CommandClass;
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

/** Distinct signers that a class needs in a mode. */
export function signersNeeded(commandClass: CommandClass, mode: ReadonlyTrust['mode']): number {
  // Code and destruction are what nobody should be able to order alone where there are two.
  const isGrave = commandClass === 'code' || commandClass === 'destructive';
  return isGrave && mode === 'hardened' ? 2 : 1;
}

/**
 * Checks requester, roles and number. The requester must have signed; whoever else signs counts only with the role `approve`
 * for that kind, and nobody counts twice.
 * @throws MusterError E_MODE (destructive in quickstart), E_ROLE, E_QUORUM
 */
export function checkQuorum({ trust, signers, requester, kind, commandClass }: QuorumQuestion): void {
  // Keys beside the server: whoever owns the server would be every signer.
  if (commandClass === 'destructive' && trust.mode === 'quickstart') throw fail('E_MODE');
  if (!signers.has(requester) || !hasRole(trust, requester, { role: 'request', kind })) throw fail('E_ROLE');
  // The requester is left out of the approvers: nobody approves what he asked for himself.
  const needed = signersNeeded(commandClass, trust.mode);
  const approvers = [...signers].filter(
    (id) => id !== requester && hasRole(trust, id, { role: 'approve', kind }),
  );
  // In solo a grave act still needs the one who approves: an automation that may request is not he.
  const isGraveSolo = trust.mode === 'solo' && (commandClass === 'code' || commandClass === 'destructive');
  if (isGraveSolo && ![requester, ...approvers].some((id) => hasRole(trust, id, { role: 'approve', kind })))
    throw fail('E_QUORUM');
  if (1 + approvers.length < needed) throw fail('E_QUORUM');
}
