// Signed documents of commands: new ids, payloads decoded from the very bytes that are signed, and who really signed them.
import { randomBytes } from 'node:crypto';
import {
  decodeBase64url,
  type Envelope,
  encodeUtf8,
  isMusterError,
  type OpenedEnvelope,
  openEnvelope,
  parseEnvelope,
  type ReadonlyTrust,
  type Signer,
  sealEnvelope,
} from '@muster/protocol';
import {
  COMMAND_TYPE,
  CONTENT_TYPE,
  type Command,
  type Content,
  makeDocumentId,
  parseDocument,
  signerVerifyKeys,
} from '@muster/protocol/commands';
import { fail } from '../errors.ts';
import { nodeCrypto } from '../keys/signing-key.ts';

/** What the API gives and takes as an envelope. */
export interface ApiEnvelope {
  payload: string;
  payloadType: string;
  signatures: { keyid: string; sig: string }[];
}

/** The envelope of a job, all of whose devices one may see. @throws MusterError E_HIDDEN */
export function envelopeOf({ envelope }: { readonly envelope: ApiEnvelope | null }): ApiEnvelope {
  if (envelope === null) throw fail('E_HIDDEN');
  return envelope;
}

/** A new id: 128 random bits. */
export function newId(prefix: 'cmd' | 'hlt'): string {
  return makeDocumentId(prefix, randomBytes(16));
}

function toApi({ payload, payloadType, signatures }: Envelope): ApiEnvelope {
  return { payload, payloadType, signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })) };
}

/** Signs a document, whose fields keep their order. */
export function signDocument(type: string, document: object, keys: readonly Signer[]): ApiEnvelope {
  return toApi(sealEnvelope(type, encodeUtf8(JSON.stringify(document)), keys));
}

/** Signs the same bytes again with another key. */
export function cosign(envelope: ApiEnvelope, key: Signer): ApiEnvelope {
  const { payload, payloadType } = parseEnvelope(envelope);
  return toApi(sealEnvelope(payloadType, decodeBase64url(payload), [key]));
}

/** The same document with one more signature. */
export function addSignature(envelope: ApiEnvelope, key: Signer): ApiEnvelope {
  return { ...envelope, signatures: [...envelope.signatures, ...cosign(envelope, key).signatures] };
}

function decode<T>(envelope: ApiEnvelope, type: string, schema: 'command' | 'content'): T {
  try {
    if (envelope.payloadType !== type) throw new Error('another kind of document');
    return parseDocument<T>(decodeBase64url(envelope.payload), schema);
  } catch (cause) {
    if (isMusterError(cause, 'E_SCHEMA')) throw cause;
    throw fail('E_ANSWER', { cause });
  }
}

/** The command in an envelope, from its bytes. @throws MusterError E_ANSWER, E_SCHEMA */
export function decodeCommand(envelope: ApiEnvelope): Command {
  return decode<Command>(envelope, COMMAND_TYPE, 'command');
}

/** The content document in an envelope, from its bytes. @throws MusterError E_ANSWER, E_SCHEMA */
export function decodeContent(envelope: ApiEnvelope): Content {
  return decode<Content>(envelope, CONTENT_TYPE, 'content');
}

/** Who signed, and which of them outside of any page. */
export type Signatures = Pick<OpenedEnvelope, 'signers' | 'direct'>;

/** Signers whose signatures verify by the trust document. @throws MusterError E_SIG when one was forged */
export function readSignatures(envelope: ApiEnvelope, trust: ReadonlyTrust): Signatures {
  const keys = signerVerifyKeys(trust, nodeCrypto);
  try {
    return openEnvelope(envelope, { type: envelope.payloadType, keys, crypto: nodeCrypto });
  } catch (error) {
    if (isMusterError(error, 'E_NOKEY')) return { signers: new Set(), direct: new Set() };
    throw error;
  }
}

/** `anna (by passkey, at a page), berta`; empty: nobody. */
export function describeSignatures({ signers, direct }: Signatures): string {
  return [...signers]
    .sort()
    .map((id) => (direct.has(id) ? id : `${id} (by passkey, at a page)`))
    .join(', ');
}
