// The platform's hash and signature check, for parties and devices that a test makes.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Crypto, encodeBase64url } from '@muster/protocol';

/** Keys that are kept open; a long check makes keys without end. */
const MAX_OPEN_KEYS = 10_000;

/** SPKI around a raw Ed25519 key (RFC 8410 §4), whatever key it is: what the platform lets through is for the protocol to refuse. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

const opened = new Map<string, KeyObject>();

/** The same around a point of P-256 (RFC 5480 §2). */
const P256_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/** A key ready for use; opening one costs more than a verification. */
function openKey(publicKey: Uint8Array, head = SPKI_HEAD): KeyObject {
  const name = encodeBase64url(publicKey);
  const known = opened.get(name);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.concat([head, publicKey]), format: 'der', type: 'spki' });
  if (opened.size >= MAX_OPEN_KEYS) opened.clear();
  opened.set(name, key);
  return key;
}

/** Hash and signature check of the platform. */
export const crypto: Crypto = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  verifyEd25519: (publicKey, message, signature) => verify(null, message, openKey(publicKey), signature),
  verifyP256: (publicKey, message, signature) =>
    verify('sha256', message, openKey(publicKey, P256_HEAD), signature),
};
