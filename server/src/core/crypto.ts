// node:crypto as the protocol wants it handed in, and signing keys that lie in files of the server.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
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

/** A key pair that can sign. */
export interface SigningKey extends Signer {
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The private key as PKCS #8 PEM, for its file. */
  exportPem(): string;
  /** The private seed, 32 bytes; only for what is handed out as a seed, as enrollment tokens are. */
  exportSeed(): Uint8Array;
}

function fromPrivateKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    publicKey,
    keyid: keyid(publicKey, nodeCrypto),
    sign: (message) => sign(null, message, privateKey),
    exportPem: () => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    exportSeed: () => privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32),
  };
}

/** Makes a new Ed25519 key. */
export function makeSigningKey(): SigningKey {
  return fromPrivateKey(generateKeyPairSync('ed25519').privateKey);
}

/** Reads an Ed25519 key from PKCS #8 PEM. Throws what node:crypto throws for anything else. */
export function readSigningKey(pem: string): SigningKey {
  return fromPrivateKey(createPrivateKey(pem));
}
