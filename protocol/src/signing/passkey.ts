// Signatures by passkeys: what an authenticator signed is taken apart and held against the document, the page and the person.
//
// A passkey never signs our bytes. It signs `authenticatorData ‖ sha256(clientDataJSON)`, and the browser puts the challenge,
// which is sha256 of PAE(type, payload), into clientDataJSON (WebAuthn Level 2, sections 5.8.1, 6.1 and 7.2).
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { concatBytes, encodeUtf8, equalBytes } from './bytes.ts';
import type { Crypto } from './crypto.ts';
import { checkEs256Key } from './es256.ts';
import { parseJson, parseStrict } from './strict-json.ts';

/** Pages that an organization's passkeys answer to; from the trust document. */
export interface Relying {
  /** Relying party ids: domains, lower case. */
  readonly rpIds: readonly string[];
  /** Web origins at which the person may have been. */
  readonly origins: readonly string[];
}

/** What a browser gives for one gesture. */
export interface Assertion {
  /** rpIdHash (32 bytes), flags, counter: 37 bytes, nothing behind them. */
  readonly authenticatorData: Uint8Array;
  /** JSON written by the browser: type, challenge, origin and what it likes to add. */
  readonly clientDataJSON: Uint8Array;
  /** ECDSA signature, DER, 70 to 72 bytes as a rule. */
  readonly signature: Uint8Array;
}

/** `forged`: nobody's signature of these bytes. `foreign`: the passkey's own, but of another page or without proof of the person. */
export type PasskeyVerdict = 'good' | 'forged' | 'foreign';

/** Length of authenticatorData without attested keys and extensions, which an assertion of ours never has. */
const AUTHENTICATOR_BYTES = 37;
/** Flags (section 6.1): somebody was there, and has shown who he is; attested key, extensions follow. */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const MORE_FOLLOWS = 0x40 | 0x80;
/** Largest clientDataJSON (browsers write 100 to 300), and the largest text of the three parts that fits MAX_SIG_CHARS; bytes. */
const CLIENT_DATA_LIMITS = { maxBytes: 960, maxDepth: 4 };
const PARTS_LIMITS = { maxBytes: 1536, maxDepth: 1 };

/** The three parts as the one text that is the signature: closed, strict JSON, in this order. */
export function encodeAssertion({ authenticatorData, clientDataJSON, signature }: Assertion): Uint8Array {
  const text = JSON.stringify({
    authenticatorData: encodeBase64url(authenticatorData),
    clientDataJSON: encodeBase64url(clientDataJSON),
    signature: encodeBase64url(signature),
  });
  return encodeUtf8(text);
}

/** The reverse of {@link encodeAssertion}; null for anything else. */
function parseAssertion(bytes: Uint8Array): Assertion | null {
  try {
    const value = parseStrict(bytes, PARTS_LIMITS);
    if (typeof value !== 'object' || value === null) return null;
    const assertion = {
      authenticatorData: decodePart(value, 'authenticatorData'),
      clientDataJSON: decodePart(value, 'clientDataJSON'),
      signature: decodePart(value, 'signature'),
    };
    // Written again it must be the same: no other order, nothing beside them.
    return equalBytes(encodeAssertion(assertion), bytes) ? assertion : null;
  } catch {
    // Whatever is wrong with its form, it is no assertion, and nobody has signed it.
    return null;
  }
}

/** One part; throws for none. */
function decodePart(value: object, name: keyof Assertion): Uint8Array {
  const text: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
  return decodeBase64url(String(text));
}

/** What is asked of a passkey's signature. The key id was only a hint; the key itself is given. */
export interface PasskeyClaim {
  /** Uncompressed P-256 point, 65 bytes. */
  readonly publicKey: Uint8Array;
  /** By the document in force where the question is asked, whatever was listed when it was signed. */
  readonly relying: Relying;
  /** PAE(type, payload). */
  readonly message: Uint8Array;
  /** As {@link encodeAssertion} wrote it. */
  readonly signature: Uint8Array;
  readonly crypto: Crypto;
}

/**
 * Judges a passkey's signature. The assertion's own signature is checked before any of its JSON is read: so what calls it
 * `foreign` is what an authenticator really signed. @throws MusterError E_KEY for a key that is no point of the curve
 */
export function judgePasskey({
  publicKey,
  relying,
  message,
  signature,
  crypto,
}: PasskeyClaim): PasskeyVerdict {
  checkEs256Key(publicKey);
  const assertion = parseAssertion(signature);
  if (assertion === null) return 'forged';
  const { authenticatorData, clientDataJSON } = assertion;
  // What an authenticator signs (section 6.3.3, step 11): its own data, then the hash of the browser's.
  const signed = concatBytes([authenticatorData, crypto.sha256(clientDataJSON)]);
  if (!crypto.verifyP256(publicKey, signed, assertion.signature)) return 'forged';
  const client = parseClientData(clientDataJSON);
  // A signature of something else, as of a sign-in, or of another document.
  if (client === null || client.challenge !== encodeBase64url(crypto.sha256(message))) return 'forged';
  // From here on the holder did sign this document; what is left is where, and whether it was he.
  const isOurs =
    // A registration (`webauthn.create`) or a payment is another promise.
    client.type === 'webauthn.get' &&
    // A frame in a foreign page could lie over a button of that page.
    !client.isCrossOrigin &&
    relying.origins.includes(client.origin) &&
    isProven(authenticatorData, relying, crypto);
  return isOurs ? 'good' : 'foreign';
}

/** True when the authenticator answered to a page of ours and has itself found out who is there. */
function isProven(data: Uint8Array, { rpIds }: Relying, crypto: Crypto): boolean {
  // Behind the hash of the domain; 0 where the data is shorter, which no length below lets pass.
  const flags = data[32] ?? 0;
  const needed = USER_PRESENT | USER_VERIFIED;
  if (data.length !== AUTHENTICATOR_BYTES || (flags & needed) !== needed || (flags & MORE_FOLLOWS) !== 0)
    return false;
  const rpIdHash = data.subarray(0, 32);
  // The counter behind the flags says nothing: synced passkeys leave it at zero.
  return rpIds.some((rpId) => equalBytes(crypto.sha256(encodeUtf8(rpId)), rpIdHash));
}

/** What we read of clientDataJSON. */
interface ClientData {
  /** `webauthn.get` for a gesture with a key that exists. */
  readonly type: string;
  /** base64url without padding, as browsers write it. */
  readonly challenge: string;
  /** Scheme, name and port of the page, as the browser writes them: compared as text. */
  readonly origin: string;
  /** True in a frame of another site. */
  readonly isCrossOrigin: boolean;
}

/** Reads what a browser wrote; null for what no browser writes. Members that are not known are passed over, as section 5.8.1 asks. */
function parseClientData(bytes: Uint8Array): ClientData | null {
  try {
    // UTF-8 only, no byte order mark (JSON refuses it), bounded depth and size.
    const value = parseJson(bytes, CLIENT_DATA_LIMITS);
    if (typeof value !== 'object' || value === null) return null;
    const { type, challenge, origin, crossOrigin } = Object.fromEntries(Object.entries(value));
    if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string') return null;
    // JSON.parse keeps the last of two equal keys; another reader might keep the first.
    if (countKeys(value) !== countKeyTexts(bytes)) return null;
    // Older browsers leave it out, which means false.
    return { type, challenge, origin, isCrossOrigin: crossOrigin !== undefined && crossOrigin !== false };
  } catch {
    return null;
  }
}

/** Keys of all objects in a parsed value. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, part) => sum + countKeys(part), own);
}

/** Keys as they stand in a text that is known to be JSON: a string with a colon behind it. */
function countKeyTexts(bytes: Uint8Array): number {
  // Every string is matched from its first quote to its last, so that no match begins inside of one.
  const strings = new TextDecoder().decode(bytes).matchAll(/"(?:[^"\\]|\\.)*"([\t\n\r ]*:)?/gs);
  return [...strings].filter(([, colon]) => colon !== undefined).length;
}
