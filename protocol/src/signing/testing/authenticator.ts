// An authenticator and its browser for tests: a real P-256 key of node:crypto, and every lie that either could tell.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { encodeBase64url } from '../base64url.ts';
import { concatBytes, encodeUtf8 } from '../bytes.ts';
import type { Signer } from '../crypto.ts';
import { keyid, parseSpki } from '../keys.ts';
import { type Assertion, encodeAssertion } from '../passkey.ts';
import { sha256 } from '../sha256.ts';

export const RP_ID = 'muster.example';
export const ORIGIN = 'https://muster.example';

/** What may be otherwise than in an honest assertion. */
export interface Lie {
  readonly rpId?: string;
  /** Flags of the authenticator; honest: present and verified. */
  readonly flags?: number;
  /** Bytes behind the counter; honest: none. */
  readonly more?: Uint8Array;
  /** How many bytes of its own data the authenticator hands out; absent: all. */
  readonly bytes?: number;
  /** What the browser writes, given the honest members. */
  clientData?(honest: Readonly<Record<string, unknown>>): string | Uint8Array;
}

/** A passkey that signs as a Signer does. */
export interface TestPasskey extends Signer {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
  readonly entry: { readonly scheme: 'webauthn-es256'; readonly key: string };
  /** One gesture over a message. */
  assert(message: Uint8Array, lie?: Lie): Assertion;
}

function sha(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** Where the passkey belongs. */
export interface Page {
  readonly rpId: string;
  readonly origin: string;
}

/** A new passkey, and the browser at a page that asks for it. */
export function createPasskey({ rpId, origin }: Page = { rpId: RP_ID, origin: ORIGIN }): TestPasskey {
  const { privateKey, publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = parseSpki('p256', key.export({ format: 'der', type: 'spki' }));

  function assert(message: Uint8Array, lie: Lie = {}): Assertion {
    const challenge = encodeBase64url(sha(message));
    const honest = { type: 'webauthn.get', challenge, origin, crossOrigin: false };
    const written = lie.clientData?.(honest) ?? JSON.stringify(honest);
    const clientDataJSON = typeof written === 'string' ? encodeUtf8(written) : written;
    const authenticatorData = concatBytes([
      sha(encodeUtf8(lie.rpId ?? rpId)),
      Uint8Array.of(lie.flags ?? 0x05, 0, 0, 0, 7),
      lie.more ?? new Uint8Array(),
    ]).subarray(0, lie.bytes);
    const signed = concatBytes([authenticatorData, sha(clientDataJSON)]);
    return { authenticatorData, clientDataJSON, signature: sign('sha256', signed, privateKey) };
  }

  return {
    publicKey,
    keyid: keyid(publicKey, { sha256 }, 'p256'),
    entry: { scheme: 'webauthn-es256', key: encodeBase64url(publicKey) },
    assert,
    sign: (message) => encodeAssertion(assert(message)),
  };
}
