// Opens content documents as a device would, and joins signatures of the same document.
import {
  type CommandClass,
  classOf,
  decodeBase64url,
  type Envelope,
  isMusterError,
  parseEnvelope,
} from '@muster/protocol';
import {
  CONTENT_TYPE,
  type Content,
  checkQuorum,
  findContentFault,
  openDocument,
  signersNeeded,
  signerVerifyKeys,
} from '@muster/protocol/commands';
import { fail } from '../../errors.ts';
import type { ContentDeps } from './deps.ts';

/** A content document whose signatures hold. */
export interface OpenedContent {
  readonly document: Content;
  /** By which commands name it, base64url. */
  readonly digest: string;
  readonly envelope: Envelope;
  readonly signers: readonly string[];
  /** Distinct signers it needs. */
  readonly needed: number;
  readonly isApproved: boolean;
}

/** Opens a document. Too few signatures are no fault. @throws MusterError those of openDocument, E_ORG, E_ROLE, E_MODE, E_TRUST */
export function openContent(input: unknown, { crypto, trust }: ContentDeps): OpenedContent {
  const inForce = trust.current().document;
  const envelope = parseEnvelope(input);
  const keys = signerVerifyKeys(inForce, crypto);
  const opened = openDocument<Content>(envelope, { type: CONTENT_TYPE, schema: 'content', keys, crypto });
  const { document, digest, signers, direct } = opened;
  if (document.org !== trust.org) throw fail('E_ORG');
  if (document.trustVersion > inForce.version) throw fail('E_TRUST');
  const fault = findContentFault(document);
  if (fault !== null) throw fail('E_CONTENT', { detail: fault });
  const commandClass: CommandClass = classOf('content', inForce.classes);
  const { requester } = document;
  const question = { trust: inForce, signers, direct, requester, kind: 'content', commandClass };
  return {
    document,
    digest,
    envelope: {
      ...envelope,
      signatures: envelope.signatures.filter(({ keyid }) => keys.some((key) => key.keyid === keyid)),
    },
    signers: [...signers].toSorted(),
    needed: signersNeeded(commandClass, inForce.mode),
    isApproved: hasQuorum(question),
  };
}

/** True with enough signers, false with too few. */
function hasQuorum(question: Parameters<typeof checkQuorum>[0]): boolean {
  try {
    checkQuorum(question);
    return true;
  } catch (error) {
    if (isMusterError(error, 'E_QUORUM')) return false;
    throw error;
  }
}

/** The signatures of both envelopes over the same bytes. @throws MusterError E_REPLAY for other bytes */
export function joinSignatures(stored: Envelope, added: Envelope): Envelope {
  if (stored.payload !== added.payload || stored.payloadType !== added.payloadType) throw fail('E_REPLAY');
  const known = new Set(stored.signatures.map(({ keyid, sig }) => `${keyid} ${sig}`));
  const fresh = added.signatures.filter(({ keyid, sig }) => !known.has(`${keyid} ${sig}`));
  return { ...stored, signatures: [...stored.signatures, ...fresh] };
}

/** The 32 bytes of a hash in an address. @throws MusterError E_B64 */
export function readHash(text: string): Uint8Array {
  return decodeBase64url(text);
}
