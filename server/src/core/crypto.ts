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
import { type Crypto, encodeSpki, keyid, type Signer } from '@muster/protocol';

/** SHA-256 and Ed25519 of node:crypto. A device's key is used once a session, so parsed keys are not kept. */
export const nodeCrypto: Crypto = {
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  verifyEd25519(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const key = createPublicKey({
      key: Buffer.from(encodeSpki('ed25519', publicKey)),
      format: 'der',
      type: 'spki',
    });
    return verify(null, message, key, signature);
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
