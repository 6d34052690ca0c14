// The primitives and the signing key that callers hand in; but for a page's hash (sha256.ts) this package computes no cryptography itself.

/** The hash alone: all that a page needs, which makes documents and verifies none. */
export interface Hash {
  /** SHA-256 (FIPS 180-4) of the bytes; 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
}

/**
 * Hash and signature checks of the platform: node:crypto on agent and server, an own build in a browser.
 * All are synchronous, so that a verification is one uninterrupted step.
 */
export interface Crypto extends Hash {
  /**
   * True when the signature (64 bytes) verifies over the message under the raw public key (32 bytes), as RFC 8032
   * section 5.1.7 says: an S not below the group order must be refused, else one signature has two spellings.
   * Small-order keys need not be refused here: keys.ts does that before any call. False, never a throw, for a
   * signature of another length or a key that is no point.
   */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * True when the ECDSA signature on P-256 with SHA-256 verifies over the message (FIPS 186-5, section 6.4.2). The key is
   * an uncompressed point of 65 bytes that es256.ts has let pass, the signature the DER of SEQUENCE { r, s } as
   * authenticators give it. False, never a throw, for bytes that are no such DER. That s and n − s are both good is known
   * and does no harm: signatures are counted by signer.
   */
  verifyP256(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** A private key that can sign; where it lies (file, hardware, agent) is the caller's business. */
export interface Signer {
  /** Hint for the reader: first 16 hex of sha256(SPKI), see `keyid` in keys.ts. */
  readonly keyid: string;
  /** Signature of the message as the scheme of the key writes it: Ed25519 64 bytes, a passkey's as passkey.ts says. */
  sign(message: Uint8Array): Uint8Array;
}
