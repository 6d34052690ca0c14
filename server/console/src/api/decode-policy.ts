// What a revision of a policy says, read from its very bytes.
import { decodeBase64url, sha256 } from '@muster/protocol';
import { documentDigest } from '@muster/protocol/commands';
import { type Policy, readRevision } from '@muster/protocol/policy';
import { ApiError } from './client.ts';

/** A revision as the server tells it. */
interface ToldRevision {
  readonly name: string;
  readonly digest: string;
  readonly envelope: Parameters<typeof documentDigest>[0];
}

/** The policy in an envelope. @throws ApiError in the words of `broken` where the bytes are others than the server says, or cannot be read here */
export function decodePolicy({ envelope, digest, name }: ToldRevision, broken: string): Policy {
  let cause: unknown;
  try {
    const { policy } = readRevision(envelope);
    if (documentDigest(envelope, { sha256 }) === digest && policy.name === name) return policy;
  } catch (error) {
    cause = error;
  }
  throw Object.assign(new ApiError(0, { code: 'E_WITHHELD', detail: broken, retryable: false }), { cause });
}

/** The hash of a file as `sha256sum` prints it. */
export function toHex(base64url: string): string {
  return [...decodeBase64url(base64url)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
