// A signature by a gesture: the page makes the very bytes, the passkey signs their challenge, and which key it was is found out here.
import {
  decodeBase64url,
  type EnvelopeSignature,
  passkeyChallenge,
  toEnvelope,
  toKeyProof,
  toPasskeySignature,
  type Unsigned,
} from '@muster/protocol';
import { ApiError } from '../api/client.ts';
import type { ApiEnvelope } from './api.ts';
import type { Way } from './ways.ts';

/** Time for the gesture, ms. */
const GESTURE_MS = 120_000;

export type PasskeyWay = Extract<Way, { by: 'passkey' }>;

/** Which passkey is asked for. */
interface Asked extends Pick<PasskeyWay, 'keys'> {
  /** Absent: that of the page's own name. */
  readonly rpId?: string;
  /** Credential id, base64url; absent: any passkey of this page. */
  readonly credential?: string;
}

/** Words for what can go wrong; the caller has them in the language in force. */
export interface GestureWords {
  /** Canceled, or nobody came. */
  readonly canceled: string;
  /** A passkey that is no key of this signer. */
  readonly foreign: string;
}

function refusal(detail: string): ApiError {
  return new ApiError(0, { code: 'E_PASSKEY', detail, retryable: true });
}

/** Bytes of their own in an ArrayBuffer, as the browser's functions want them. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** DER of SEQUENCE { r, s } as the 64 bytes that WebCrypto takes (IEEE P1363). */
function toPlainSignature(der: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const trimmed = number.subarray(Math.max(0, number.length - 32));
    out.set(trimmed, end - trimmed.length);
    at += 2 + length;
  }
  return out;
}

/** The key that made the signature; null: none of them. */
async function findKey(
  keys: readonly string[],
  response: AuthenticatorAssertionResponse,
): Promise<Uint8Array | null> {
  const hash = await crypto.subtle.digest('SHA-256', response.clientDataJSON);
  const data = new Uint8Array([...new Uint8Array(response.authenticatorData), ...new Uint8Array(hash)]);
  const signature = toPlainSignature(new Uint8Array(response.signature));
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  for (const text of keys) {
    const raw = own(decodeBase64url(text));
    const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['verify']);
    if (await crypto.subtle.verify(algorithm, key, signature, data)) return raw;
  }
  return null;
}

/** Asks for the gesture. @throws ApiError in words when there is none, or it is somebody else's passkey */
async function signByGesture(
  unsigned: Unsigned,
  { keys, rpId, credential: wanted }: Asked,
  words: GestureWords,
): Promise<EnvelopeSignature> {
  const credential = await navigator.credentials
    .get({
      publicKey: {
        challenge: own(passkeyChallenge(unsigned)),
        ...(rpId === undefined ? {} : { rpId }),
        ...(wanted === undefined
          ? {}
          : { allowCredentials: [{ type: 'public-key' as const, id: own(decodeBase64url(wanted)) }] }),
        userVerification: 'required',
        timeout: GESTURE_MS,
      },
    })
    .catch(() => null);
  if (!(credential instanceof PublicKeyCredential)) throw refusal(words.canceled);
  const { response } = credential;
  if (!(response instanceof AuthenticatorAssertionResponse)) throw refusal(words.canceled);
  const publicKey = await findKey(keys, response);
  if (publicKey === null) throw refusal(words.foreign);
  return toPasskeySignature(publicKey, {
    authenticatorData: new Uint8Array(response.authenticatorData),
    clientDataJSON: new Uint8Array(response.clientDataJSON),
    signature: new Uint8Array(response.signature),
  });
}

/** The same bytes of a document that somebody else has signed. */
export function unsignedOf({ payloadType, payload }: ApiEnvelope): Unsigned {
  return { payloadType, payload: decodeBase64url(payload) };
}

/** Signs and packs for the API. */
export async function sealByGesture(
  unsigned: Unsigned,
  way: PasskeyWay,
  words: GestureWords,
): Promise<ApiEnvelope> {
  const { payload, payloadType, signatures } = toEnvelope(unsigned, [
    await signByGesture(unsigned, way, words),
  ]);
  return { payload, payloadType, signatures: signatures.map((one) => ({ ...one })) };
}

/** A passkey of one's account that is to sign. */
export interface OwnPasskey {
  /** Raw public key as documents write it. */
  readonly key: string;
  /** Credential id, base64url. */
  readonly credential: string;
}

/** The proof, by a gesture, that this passkey is at hand; it is worth nothing as a signature on anything else. */
export async function proveByGesture(
  org: string,
  { key, credential }: OwnPasskey,
  words: GestureWords,
): Promise<string> {
  const { sig } = await signByGesture(toKeyProof(org, key), { keys: [key], credential }, words);
  return sig;
}
