// What a revision says, read from its very bytes.
import { decodeBase64url, sha256 } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import { type Policy, readRevision } from '@muster/protocol/policy';
import { ApiError } from '../../api/client.ts';
import type { Revision } from '../policies/data.ts';

/** The policy in an envelope. @throws ApiError in words where the bytes are others than the server says, or cannot be read here */
export function decodePolicy({ envelope, digest, name }: Revision, broken: string): Policy {
  try {
    const { policy } = readRevision(envelope);
    if (documentDigest(envelope, { sha256 }) === digest && policy.name === name) return policy;
  } catch (cause) {
    throw Object.assign(new ApiError(0, { code: 'E_WITHHELD', detail: broken, retryable: false }), { cause });
  }
  throw new ApiError(0, { code: 'E_WITHHELD', detail: broken, retryable: false });
}

/** The hash of a file as `sha256sum` prints it. */
export function toHex(base64url: string): string {
  return [...decodeBase64url(base64url)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
