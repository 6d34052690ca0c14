// node:crypto as the protocol wants it handed in, and Ed25519 keys that sign.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { type Crypto, decodeHex, encodeBase64url, encodeSpki, keyid, type Signer } from '@muster/protocol';

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
    const spki = Buffer.from(encodeSpki('ed25519', publicKey));
    return verify(null, message, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature);
  },
  verifyP256(publicKey, message, signature) {
    // DER is the platform's default for ECDSA.
    return publicKey.length === 65 && verify('sha256', message, openPoint(publicKey), signature);
  },
};

/** A key pair that can sign. */
export interface SigningKey extends Signer {
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The private seed, 32 bytes, for its file. */
  exportSeed(): Uint8Array;
}

/** DER before the 32 bytes of a private key (RFC 8410, section 7). */
const PKCS8_PREFIX = decodeHex('302e020100300506032b657004220420');

function fromPrivateKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    publicKey,
    keyid: keyid(publicKey, nodeCrypto),
    sign: (message) => sign(null, message, privateKey),
    exportSeed: () => privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32),
  };
}

/** Makes a new key. */
export function makeSigningKey(): SigningKey {
  return fromPrivateKey(generateKeyPairSync('ed25519').privateKey);
}

/** The key of a seed of 32 bytes. */
export function keyOfSeed(seed: Uint8Array): SigningKey {
  const key = Buffer.concat([PKCS8_PREFIX, seed]);
  return fromPrivateKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

/** Reads a key from PKCS #8 PEM, as the server keeps its own. Throws what node:crypto throws for anything else. */
export function keyOfPem(pem: string): SigningKey {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`not an Ed25519 key: ${key.asymmetricKeyType}`);
  return fromPrivateKey(key);
}
