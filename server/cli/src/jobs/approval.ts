// Who could add a missing signature, and what signed content still needs before a command may name it.
import { classOf, isMusterError, type ReadonlyTrust } from '@muster/protocol';
import { type Content, checkQuorum, hasRole, signersNeeded } from '@muster/protocol/commands';
import type { ContentItem } from '../api/types.ts';
import { decodeContent, describeSignatures, readSignatures, type Signatures } from './documents.ts';

/** What a signature is missing from. */
interface Unsigned {
  /** Kind of command, or `content`. */
  readonly kind: string;
  /** Who has signed. */
  readonly signers: readonly string[];
}

/** Who need not be asked again: while persons are missing all who signed, then those who did it outside of a page. */
export function listDone({ mode }: ReadonlyTrust, { signers, direct }: Signatures): string[] {
  return [...(signers.size < signersNeeded('destructive', mode) ? signers : direct)];
}

/** `berta`, `berta or carl`, `berta, carl or dora`; somebody where the trust document knows nobody. */
export function describeApprovers(trust: ReadonlyTrust, { kind, signers }: Unsigned): string {
  const able = trust.signers
    .map(({ id }) => id)
    .filter((id) => !signers.includes(id) && hasRole(trust, id, { role: 'approve', kind }));
  const last = able.pop();
  if (last === undefined) return 'somebody whom muster trust add-signer makes a signer';
  return able.length === 0 ? last : `${able.join(', ')} or ${last}`;
}

/** The code of what its signatures lack by the trust document; null: nothing. Judged here, as a device does. */
function findFault(trust: ReadonlyTrust, { requester }: Content, signatures: Signatures): string | null {
  const commandClass = classOf('content', trust.classes);
  try {
    checkQuorum({ trust, ...signatures, requester, kind: 'content', commandClass });
    return null;
  } catch (error) {
    if (isMusterError(error, 'E_QUORUM') || isMusterError(error, 'E_ROLE')) return error.code;
    throw error;
  }
}

/** What must happen before a command may name it, as a sentence; null: nothing. */
export function describeMissing(
  { envelope, missing }: Pick<ContentItem, 'envelope' | 'missing'>,
  trust: ReadonlyTrust,
): string | null {
  const document = decodeContent(envelope);
  const { name, requester } = document;
  const signatures = readSignatures(envelope, trust);
  const fault = findFault(trust, document, signatures);
  if (fault === 'E_ROLE')
    return `${name} was signed by ${requester} with a key or a right that counts no more; add it again with muster content add.`;
  if (fault === 'E_QUORUM')
    return `${name} is not approved yet: ${describeSignatures(signatures)} signed it, and ${describeApprovers(trust, { kind: 'content', signers: listDone(trust, signatures) })} must approve it with muster content approve ${name}.`;
  return missing === 'body'
    ? `The body of ${name} is not on the server; muster content add <file> uploads the rest.`
    : null;
}
