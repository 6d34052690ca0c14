// The form of ES256 (P-256) public keys that passkeys bring; what they sign is judged in passkey.ts.
import { fail } from '../errors.ts';
import { encodeHex } from './bytes.ts';

/** Field and coefficient of P-256: y² = x³ − 3x + b (FIPS 186-5 / SP 800-186, section 3.2.1.3). */
const FIELD = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * Refuses an ES256 public key that is not an uncompressed point (0x04, x, y: 65 bytes) on the curve with both coordinates
 * below the field. The curve's order is prime, so there is no small-order point; a point off the curve is how
 * other implementations have been attacked. @throws MusterError E_KEY
 */
export function checkEs256Key(publicKey: Uint8Array): void {
  if (publicKey.length !== 65 || publicKey[0] !== 4) throw fail('E_KEY');
  // Most significant byte first, unlike the 25519 curves.
  const x = BigInt(`0x${encodeHex(publicKey.subarray(1, 33))}`);
  const y = BigInt(`0x${encodeHex(publicKey.subarray(33))}`);
  if (x >= FIELD || y >= FIELD) throw fail('E_KEY');
  if ((y * y - x * x * x + 3n * x - B) % FIELD !== 0n) throw fail('E_KEY');
}
