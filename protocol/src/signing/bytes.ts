// Bytes and text: UTF-8, hex, base32, concatenation, comparison, fixed-width integers.
import { fail } from '../errors.ts';

// Both are stateless when called without `stream`, so one of each serves everybody.
const encoder = new TextEncoder();
// ignoreBOM keeps a byte order mark in the text: dropped, two byte strings would become one document.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** RFC 4648 section 6 in lower case: no 0, 1, 8 or 9, which people confuse with letters. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Text to UTF-8.
 * @throws MusterError E_SHAPE for a lone surrogate: it would silently become U+FFFD, and two texts one byte string.
 */
export function encodeUtf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw fail('E_SHAPE');
  return encoder.encode(text);
}

/**
 * UTF-8 to text, keeping a byte order mark.
 * @throws MusterError E_SHAPE for bytes that are not UTF-8, overlong forms and encoded surrogates among them.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw fail('E_SHAPE', { cause });
  }
}

/** All parts, one after the other, in a new array; later changes to a part do not show in it. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const total = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    total.set(part, at);
    at += part.length;
  }
  return total;
}

/**
 * True when both hold the same bytes. The time taken depends on the lengths only, never on where they differ,
 * so that a caller may compare secrets (token hashes, MACs).
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  // Past the end of a shorter b, 0 is compared; the lengths have already decided then.
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

/** Lower-case hex, two characters a byte: for key ids and people; the wire uses base64url, which is a third shorter. */
export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** The reverse of {@link encodeHex}. @throws MusterError E_SHAPE for upper case, odd length or other characters. */
export function decodeHex(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw fail('E_SHAPE');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Lower-case base32 (RFC 4648 alphabet) without padding: 16 bytes give the 26 characters of an id. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  // Bits not yet written: `pending` holds the lowest `bits` of them, at most 12, so shifts never overflow.
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32.charAt((pending >> bits) & 31);
    }
  }
  // The last character carries the remaining 1 to 4 bits on the left, zeros on the right.
  return bits === 0 ? text : text + BASE32.charAt((pending << (5 - bits)) & 31);
}

/**
 * Unsigned 32-bit integer, big-endian, 4 bytes: the lengths in a transcript.
 * @throws MusterError E_RANGE for fractions, negative numbers and anything above 2^32 − 1.
 */
export function encodeU32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw fail('E_RANGE');
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/**
 * Unsigned 64-bit integer, big-endian, 8 bytes. A `number` must be a safe integer: above 2^53 it has already lost digits.
 * @throws MusterError E_RANGE for anything else.
 */
export function encodeU64(value: number | bigint): Uint8Array {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw fail('E_RANGE');
  const wide = BigInt(value);
  if (BigInt.asUintN(64, wide) !== wide) throw fail('E_RANGE');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, wide);
  return bytes;
}
