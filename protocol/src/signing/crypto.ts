// The two primitives and the signing key that callers hand in; this package computes no cryptography itself.

/**
 * Hash and signature check of the platform: node:crypto on agent and server, an own build in a browser.
 * Both are synchronous, so that a verification is one uninterrupted step.
 */
export interface Crypto {
  /** SHA-256 (FIPS 180-4) of the bytes; 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /**
   * True when the signature (64 bytes) verifies over the message under the raw public key (32 bytes), as RFC 8032
   * section 5.1.7 says: an S not below the group order must be refused, else one signature has two spellings.
   * Small-order keys need not be refused here: keys.ts does that before any call. False, never a throw, for a
   * signature of another length or a key that is no point.
   */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** A private key that can sign; where it lies (file, hardware, agent) is the caller's business. */
export interface Signer {
  /** Hint for the reader: first 16 hex of sha256(SPKI), see `keyid` in keys.ts. */
  readonly keyid: string;
  /** Ed25519 signature of the message, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}
