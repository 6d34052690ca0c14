// Reads an enrollment token: `mst1.<id>.<seed>.<trustHash>`.
import { decodeBase64url, fail } from '@muster/protocol';

/** What a token carries. The seed signs the enrollment and never travels. */
export interface EnrollmentToken {
  readonly id: string;
  /** Ed25519 private seed, 32 bytes. */
  readonly seed: Uint8Array;
  /** base64url sha256 of the trust document that the server must present. */
  readonly trustHash: string;
}

/** Parses a token as an admin pastes it; white space around it is ignored. @throws MusterError E_TOKEN */
export function parseToken(text: string): EnrollmentToken {
  const [version, id, seed, trustHash, ...rest] = text.trim().split('.');
  if (
    version !== 'mst1' ||
    id === undefined ||
    seed === undefined ||
    trustHash === undefined ||
    rest.length > 0
  )
    throw fail('E_TOKEN');
  if (
    !/^[a-z2-7]{26}$/.test(id) ||
    !/^[A-Za-z0-9_-]{43}$/.test(seed) ||
    !/^[A-Za-z0-9_-]{43}$/.test(trustHash)
  )
    throw fail('E_TOKEN');
  try {
    return { id: `tok_${id}`, seed: decodeBase64url(seed), trustHash };
  } catch (cause) {
    throw fail('E_TOKEN', { cause });
  }
}
