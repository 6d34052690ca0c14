// One-time codes (RFC 6238: SHA-1, six digits, 30 s, as every app knows them) and recovery codes.
import { createHash, randomBytes } from 'node:crypto';
import { encodeBase32 } from '@muster/protocol';
import { generateSecret, generateURI, verify } from 'otplib';
import { RECOVERY_CODE_BYTES, RECOVERY_CODES } from './limits.ts';

const PERIOD_S = 30;

/** A new secret, base32, and the same for a QR code. */
export function makeTotp({ issuer, label }: { readonly issuer: string; readonly label: string }) {
  // 20 bytes, as RFC 4226 asks for.
  const secret = generateSecret({ length: 20 });
  return { secret, uri: generateURI({ issuer, label, secret }) };
}

/** The time step of a code that is right now, one step early or late; null for any other. */
export async function findStep(secret: string, code: string, nowMs: number): Promise<number | null> {
  const epoch = Math.floor(nowMs / 1_000);
  const result = await verify({ secret, token: code, epoch, period: PERIOD_S, epochTolerance: PERIOD_S });
  return result.valid ? Math.floor(epoch / PERIOD_S) + result.delta : null;
}

/** New recovery codes, four letters and digits at a time. */
export function makeRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () =>
    (encodeBase32(randomBytes(RECOVERY_CODE_BYTES)).match(/.{4}/g) ?? []).join('-'),
  );
}

/** What is stored of a recovery code. 80 random bits need no slow hash. */
export function hashRecoveryCode(person: string, code: string): Uint8Array {
  const plain = code.toLowerCase().replaceAll(/[^a-z2-7]/g, '');
  return createHash('sha256').update(`${person}\n${plain}`).digest();
}
