// The platform's cryptography as the protocol wants it handed in: hash, Ed25519 check, and signing with a key of ours.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Crypto, encodeBase64url, keyid, type Signer } from '@muster/protocol';

/** Not as DER: OpenSSL's decoders take 69 µs to find out what it is, nearly as long as a verification; so it takes 5. */
function openPublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(raw) }, format: 'jwk' });
}

/** The two coordinates of an uncompressed point as the platform wants them. */
function openPoint(raw: Uint8Array): KeyObject {
  const [x, y] = [raw.subarray(1, 33), raw.subarray(33)].map(encodeBase64url);
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' });
}

/** SHA-256, Ed25519 and P-256 of node:crypto. */
export const nodeCrypto: Crypto = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  verifyEd25519(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    return verify(null, message, openPublicKey(publicKey), signature);
  },
  verifyP256(publicKey, message, signature) {
    // DER is the platform's default for ECDSA.
    return publicKey.length === 65 && verify('sha256', message, openPoint(publicKey), signature);
  },
};

/** PKCS #8 frame around a raw Ed25519 seed (RFC 8410 §7). */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 private key from its 32-byte seed. */
export function privateKeyFromSeed(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

/** Raw public key, 32 bytes, of an Ed25519 or X25519 private key. */
export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Signs with that Ed25519 private key. */
export function createSigner(privateKey: KeyObject): Signer {
  return {
    keyid: keyid(rawPublicKey(privateKey), nodeCrypto),
    sign: (message) => sign(null, message, privateKey),
  };
}
