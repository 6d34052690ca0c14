// base64url without padding (RFC 4648 section 5), strict on the way in: one text for one byte string.
import { fail } from '../errors.ts';
import { decodeUtf8 } from './bytes.ts';

/** RFC 4648 table 2; the place of a character is its value. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Character code → six bits. What is not in the alphabet counts as 0, which the comparison in the decoder finds out. */
const VALUES = new Uint8Array(128);
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

/**
 * Bytes to base64url: 4 characters for 3 bytes, the last group cut to what it needs, never `=`.
 * Works on whole arrays, not on string pieces: the largest document takes about a millisecond.
 */
export function encodeBase64url(bytes: Uint8Array): string {
  const characters = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    // Past the end, zero bits fill up the last character, as the RFC says.
    const group = (byteAt(bytes, i) << 16) | (byteAt(bytes, i + 1) << 8) | byteAt(bytes, i + 2);
    // Writes past the end of a typed array are ignored: that is what cuts the last group.
    characters[at++] = ALPHABET.charCodeAt(group >> 18);
    characters[at++] = ALPHABET.charCodeAt((group >> 12) & 63);
    characters[at++] = ALPHABET.charCodeAt((group >> 6) & 63);
    characters[at++] = ALPHABET.charCodeAt(group & 63);
  }
  return decodeUtf8(characters);
}

/**
 * base64url to bytes. The platform's own decoders skip rubbish and accept stray bits in the last character; here the
 * result is encoded again and must give the same text, which refuses padding, spaces, `+ /`, and stray bits alike.
 * @throws MusterError E_B64
 */
export function decodeBase64url(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  // The last characters read, six bits each; only the lowest 14 bits are ever used, so what overflows does not matter.
  let group = 0;
  for (let i = 0; i < text.length; i++) {
    group = (group << 6) | (VALUES[text.charCodeAt(i)] ?? 0);
    // Every character but the first of four completes a byte; 4, 2 and 0 bits lie below it.
    if (i % 4 !== 0) bytes[at++] = group >> (6 - 2 * (i % 4));
  }
  if (encodeBase64url(bytes) !== text) throw fail('E_B64');
  return bytes;
}

/** One byte; 0 past the end. */
function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
