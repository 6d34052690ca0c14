// The name of an exception in the server's word of whom it is for, which is only a name: what it says is signed with its policy.
import { encodeBase64url } from '../../signing/base64url.ts';
import { encodeUtf8 } from '../../signing/bytes.ts';
import type { Hash } from '../../signing/crypto.ts';
import { pae } from '../../signing/envelope.ts';
import { compileExpression } from '../language/index.ts';
import type { PolicyException } from './exception.ts';

/** Not a document: nobody signs it. */
const EXCEPTION_TYPE = 'application/vnd.muster.policy-exception.v1';

/** Of the exception at that place in the revision of that digest: base64url, as long as the digest of a revision. */
export function nameException(digest: string, at: number, hash: Hash): string {
  return encodeBase64url(hash.sha256(pae(EXCEPTION_TYPE, encodeUtf8(`${digest}/${at}`))));
}

/**
 * True where `on` names what no device knows of itself, so that the server says whom it is for.
 * @throws MusterError E_EXPRESSION for what `checkPolicy` would have refused
 */
export function exceptionNeedsServer({ on }: Pick<PolicyException, 'on'>): boolean {
  // The texts are few, and compiled seldom: by a server once a set, by a device once an hour
  return !compileExpression(on, { for: 'server' }).isDeviceOnly;
}
