// What a page needs to have a passkey sign a document: the challenge before the gesture, the signature after it.
//
//   const unsigned = toUnsigned(COMMAND_TYPE, draftCommand(trust, parts));
//   challenge: passkeyChallenge(unsigned), userVerification: 'required'        → navigator.credentials.get
//   toEnvelope(unsigned, [toPasskeySignature(publicKey, { authenticatorData, clientDataJSON, signature })])
//
// Nothing here is verified: devices do that (passkey.ts), and the server before them, to tell people early.
import { encodeBase64url } from './base64url.ts';
import { encodeUtf8 } from './bytes.ts';
import { type Envelope, type EnvelopeSignature, pae, parseEnvelope } from './envelope.ts';
import { keyid, parseSpki } from './keys.ts';
import { type Assertion, encodeAssertion } from './passkey.ts';
import { sha256 } from './sha256.ts';

/** A document that waits for signatures: the very bytes, and what they are. */
export interface Unsigned {
  /** As `application/vnd.muster.<kind>.v<n>+json`. */
  readonly payloadType: string;
  /** Strict JSON, UTF-8; signed as it is, and shown again only from here. */
  readonly payload: Uint8Array;
}

/** The bytes of a document; its fields keep their order, which is the order of the signed bytes. @throws MusterError E_SHAPE for a lone surrogate */
export function toUnsigned(payloadType: string, document: object): Unsigned {
  return { payloadType, payload: encodeUtf8(JSON.stringify(document)) };
}

/**
 * Document and signatures as they travel. Signatures of others over the same bytes may be added later, by anybody.
 * @throws MusterError E_SIZE, E_SHAPE
 */
export function toEnvelope(
  { payloadType, payload }: Unsigned,
  signatures: readonly EnvelopeSignature[],
): Envelope {
  return parseEnvelope({ payload: encodeBase64url(payload), payloadType, signatures });
}

/**
 * The challenge of `navigator.credentials.get`: sha256 of PAE(type, payload), 32 bytes. It binds the type as well: a
 * gesture for a halt is none for a command with the same bytes.
 */
export function passkeyChallenge({ payloadType, payload }: Unsigned): Uint8Array {
  return sha256(pae(payloadType, payload));
}

/**
 * The key of a new passkey, out of what `AuthenticatorAttestationResponse.getPublicKey()` gives (SPKI): base64url of 65 bytes.
 * Ask the browser for ES256 (-7) alone, else it may make a key of another kind.
 * @throws MusterError E_KEY for another curve
 */
export function parsePasskeyKey(spki: Uint8Array): string {
  return encodeBase64url(parseSpki('p256', spki));
}

/**
 * The signature that the gesture made, under the raw key of the passkey (65 bytes). Which of a person's keys it was a
 * browser does not say: the page finds out by verifying, or by the credential's id if it kept that.
 * @throws MusterError E_KEY
 */
export function toPasskeySignature(publicKey: Uint8Array, assertion: Assertion): EnvelopeSignature {
  const id = keyid(publicKey, { sha256 }, 'p256');
  return { keyid: id, sig: encodeBase64url(encodeAssertion(assertion)) };
}

/** Kind of what a key signs to show that somebody holds it; no document type, so the signature is worth nothing elsewhere. */
const KEY_PROOF = 'application/vnd.muster.key-proof.v1';

/**
 * What a key signs to show an organization that its holder is there. `key`: as documents write it, base64url.
 * It says nothing about who the holder is: that a person compares, and the root key signs.
 */
export function toKeyProof(org: string, key: string): Unsigned {
  return { payloadType: KEY_PROOF, payload: encodeUtf8(`${org}\n${key}`) };
}
