// Public keys: which raw keys are acceptable, their SPKI form, their id and the fingerprint people compare.
import { fail } from '../errors.ts';
import { concatBytes, decodeHex, encodeBase32, encodeHex, equalBytes } from './bytes.ts';
import type { Hash } from './crypto.ts';
import { checkEs256Key } from './es256.ts';

/** Signatures, key agreement for what must reach one device only (raw keys of 32 bytes), and passkeys (a point of 65 bytes). */
export type KeyAlgorithm = 'ed25519' | 'x25519' | 'p256';

/** Those of them that sign documents. */
export type SigningAlgorithm = Exclude<KeyAlgorithm, 'x25519'>;

/** The field of both curves; coordinates at or above it are second spellings of smaller ones. */
const FIELD = 2n ** 255n - 19n;

/**
 * The y of the eight Ed25519 points of small order (orders 1, 2, 4 and 8; ±x share a y). Under such a key a signature
 * can be made without any private key, and OpenSSL, which follows RFC 8032, accepts it.
 * Source: the points with 8·P = 0; listed among others in "Taming the many EdDSAs" (ePrint 2020/1244).
 */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n, // order 4
  1n, // order 1, the neutral point
  FIELD - 1n, // order 2
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n, // order 8
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n, // order 8
]);

/**
 * The u of the X25519 points of low order: a shared secret with one of them is all zeros, whoever asks.
 * Source: RFC 7748 section 6.1 names the danger; the values are 0, 1, p − 1 and the two of order 8.
 */
const LOW_ORDER_U: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD - 1n,
  0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
]);

/**
 * DER before the key bytes. RFC 8410: SEQUENCE { SEQUENCE { OID 1.3.101.112 or .110 }, BIT STRING }; RFC 5480: the same with
 * the two OIDs of an EC key (1.2.840.10045.2.1) on P-256 (1.2.840.10045.3.1.7).
 */
const SPKI_PREFIX = {
  ed25519: decodeHex('302a300506032b6570032100'),
  x25519: decodeHex('302a300506032b656e032100'),
  p256: decodeHex('3059301306072a8648ce3d020106082a8648ce3d030107034200'),
} as const satisfies Record<KeyAlgorithm, Uint8Array>;

/**
 * Refuses an Ed25519 public key that is not 32 bytes, is of small order, or is a second spelling (y ≥ p) of another.
 * A key that is no point of the curve passes: nothing ever verifies under it. @throws MusterError E_KEY
 */
export function checkEd25519Key(publicKey: Uint8Array): void {
  // The highest bit is the sign of x and no part of y. Without it, "−0" of the points with x = 0 is found too.
  const y = BigInt.asUintN(255, parseCoordinate(publicKey));
  if (y >= FIELD || SMALL_ORDER_Y.has(y)) throw fail('E_KEY');
}

/**
 * Refuses an X25519 public key that is not 32 bytes, is of low order, or is a second spelling (u ≥ p, or the highest
 * bit set, which RFC 7748 lets receivers ignore). @throws MusterError E_KEY
 */
export function checkX25519Key(publicKey: Uint8Array): void {
  const u = parseCoordinate(publicKey);
  if (u >= FIELD || LOW_ORDER_U.has(u)) throw fail('E_KEY');
}

/** A raw public key in its SPKI DER form, 44 bytes (p256: 91). @throws MusterError E_KEY for a key that the checks above refuse. */
export function encodeSpki(algorithm: KeyAlgorithm, publicKey: Uint8Array): Uint8Array {
  checkKey(algorithm, publicKey);
  return concatBytes([SPKI_PREFIX[algorithm], publicKey]);
}

/**
 * The raw key in an SPKI DER structure of that algorithm; the one DER form of its RFC, nothing else.
 * @throws MusterError E_KEY for another algorithm, form or length, or a key that the checks above refuse.
 */
export function parseSpki(algorithm: KeyAlgorithm, der: Uint8Array): Uint8Array {
  const prefix = SPKI_PREFIX[algorithm];
  if (!equalBytes(der.subarray(0, prefix.length), prefix)) throw fail('E_KEY');
  // A copy by construction: `slice` of a Node Buffer is a view, and the caller may reuse its buffer.
  const publicKey = new Uint8Array(der.subarray(prefix.length));
  checkKey(algorithm, publicKey);
  return publicKey;
}

/** Short id of a key: first 16 hex of sha256(SPKI). A hint to find a key by, never a proof. @throws MusterError E_KEY */
export function keyid(publicKey: Uint8Array, crypto: Hash, algorithm: SigningAlgorithm = 'ed25519'): string {
  return encodeHex(crypto.sha256(encodeSpki(algorithm, publicKey))).slice(0, 16);
}

/**
 * What two people compare when a device waits for approval: the first 160 bits of sha256(SPKI) as 8 groups of 4
 * lower-case base32 characters, as in `abcd-efgh-…`. Finding another key with the same one takes 2^160 tries. @throws MusterError E_KEY
 */
export function fingerprint(
  publicKey: Uint8Array,
  crypto: Hash,
  algorithm: SigningAlgorithm = 'ed25519',
): string {
  const digest = crypto.sha256(encodeSpki(algorithm, publicKey)).subarray(0, 20);
  return encodeBase32(digest).replace(/(.{4})(?!$)/g, '$1-');
}

/** The check of that algorithm. */
function checkKey(algorithm: KeyAlgorithm, publicKey: Uint8Array): void {
  if (algorithm === 'ed25519') checkEd25519Key(publicKey);
  // The curve of key agreement has points of low order of its own.
  else if (algorithm === 'x25519') checkX25519Key(publicKey);
  else checkEs256Key(publicKey);
}

/** The 32 key bytes as a number; both curves send the least significant byte first. */
function parseCoordinate(publicKey: Uint8Array): bigint {
  if (publicKey.length !== 32) throw fail('E_KEY');
  return BigInt(`0x${encodeHex(publicKey.toReversed())}`);
}
