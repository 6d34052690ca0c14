// DSSE v1 envelopes: signing bytes, the closed form on the wire, and verification before anything is parsed.
//
// After the DSSE v1 protocol (secure-systems-lab/dsse); binary fields are base64url here, and `keyid` is required.
import { fail } from '../errors.ts';
import { MAX_DOCUMENT_BYTES, MAX_JSON_DEPTH, MAX_SIGNATURES } from '../limits.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import { concatBytes, encodeUtf8 } from './bytes.ts';
import type { Crypto, Hash, Signer } from './crypto.ts';
import { checkEd25519Key, keyid } from './keys.ts';
import { judgePasskey, type Relying } from './passkey.ts';
import { parseStrict } from './strict-json.ts';

/** Longest payload type, UTF-16 units. */
const MAX_TYPE_CHARS = 128;
/** Longest signature as text; Ed25519 takes 86, the rest is for passkeys' assertions (500 to 900), which an older reader must ignore, not refuse. */
const MAX_SIG_CHARS = 2048;
/** Longest payload as text. */
const MAX_PAYLOAD_CHARS = Math.ceil((MAX_DOCUMENT_BYTES * 4) / 3);
/** Largest envelope as text, bytes: payload, 16 signatures, names and quotes. Stays below one frame. */
export const MAX_ENVELOPE_BYTES = MAX_PAYLOAD_CHARS + MAX_SIGNATURES * (MAX_SIG_CHARS + 64) + 1024;

/** One signature of an envelope. */
export interface EnvelopeSignature {
  /** First 16 hex of sha256(SPKI) of the key; a hint, never a proof. */
  readonly keyid: string;
  /** Signature over PAE(payloadType, payload), base64url; of a passkey the three parts of an assertion about it, see passkey.ts. */
  readonly sig: string;
}

/** A signed document on the wire. Nothing in it may be believed before {@link openEnvelope}. */
export interface Envelope {
  /** The signed bytes, base64url. */
  readonly payload: string;
  /** Kind of document, as `application/vnd.muster.<kind>.v<n>+json`. */
  readonly payloadType: string;
  /** One to MAX_SIGNATURES entries, no two alike. */
  readonly signatures: readonly EnvelopeSignature[];
}

/** A public key with the signer it counts for; made by {@link prepareKey}. */
export interface VerifyKey {
  /** Whose signature it is: keys of one owner count once. */
  readonly owner: string;
  /** The key's hint, computed from the key. */
  readonly keyid: string;
  /** Raw Ed25519 public key, 32 bytes; of a passkey the P-256 point, 65 bytes. */
  readonly publicKey: Uint8Array;
  /** For a passkey: the pages it may have signed at. Absent: an Ed25519 key. */
  readonly relying?: Relying;
}

/** What {@link openEnvelope} holds an envelope against. */
export interface OpenOptions {
  /** The one payload type that is accepted. */
  readonly type: string;
  /** Keys that may sign; signatures by others are ignored. */
  readonly keys: readonly VerifyKey[];
  /** Distinct owners needed. Absent: 1. */
  readonly threshold?: number;
  readonly crypto: Crypto;
}

/** The outcome of a verification. */
export interface OpenedEnvelope {
  /** The bytes that were signed: parse these, never the envelope's text again. */
  readonly payload: Uint8Array;
  /** Owners of at least one valid signature; at least `threshold` of them. */
  readonly signers: ReadonlySet<string>;
  /**
   * Those of them who signed with an Ed25519 key, on their own machine. Whoever is missing here has signed at a page, which
   * could have shown him something else.
   */
  readonly direct: ReadonlySet<string>;
}

/** The bytes a signature covers: `DSSEv1 <length> <type> <length> <payload>`, lengths in bytes, ASCII decimal. */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = encodeUtf8(payloadType);
  const head = encodeUtf8(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  return concatBytes([head, payload]);
}

/**
 * A key ready for verification; the hint is computed here, never taken from outside.
 * @throws MusterError E_KEY for a small-order, misspelled or wrong-length key
 */
export function prepareKey(owner: string, publicKey: Uint8Array, crypto: Hash): VerifyKey {
  // A copy: the caller may reuse the buffer the key was read into.
  return { owner, keyid: keyid(publicKey, crypto), publicKey: new Uint8Array(publicKey) };
}

/** What a passkey is prepared with. */
export interface PasskeyOptions {
  readonly relying: Relying;
  readonly crypto: Hash;
}

/** The same for a passkey. @throws MusterError E_KEY for anything but a point of P-256 */
export function preparePasskey(
  owner: string,
  publicKey: Uint8Array,
  { relying, crypto }: PasskeyOptions,
): VerifyKey {
  const id = keyid(publicKey, crypto, 'p256');
  return { owner, keyid: id, publicKey: new Uint8Array(publicKey), relying };
}

/**
 * Signs a payload with every signer given.
 * @throws MusterError E_SIZE for too large a payload or too many signers, E_SHAPE for no signer or the same one twice.
 */
export function sealEnvelope(payloadType: string, payload: Uint8Array, signers: readonly Signer[]): Envelope {
  const message = pae(payloadType, payload);
  return parseEnvelope({
    payload: encodeBase64url(payload),
    payloadType,
    signatures: signers.map((signer) => ({
      keyid: signer.keyid,
      sig: encodeBase64url(signer.sign(message)),
    })),
  });
}

/**
 * Checks sizes and the closed shape, no signature. A text goes through the strict parser; an object is one that came
 * inside a message, already parsed. The result is a new object that holds these fields only.
 * @throws MusterError E_SIZE, E_CANON (text only) or E_SHAPE
 */
export function parseEnvelope(input: unknown): Envelope {
  const limits = { maxBytes: MAX_ENVELOPE_BYTES, maxDepth: MAX_JSON_DEPTH };
  const value = typeof input === 'string' ? parseStrict(input, limits) : input;
  if (!hasExactly(value, ['payload', 'payloadType', 'signatures'])) throw fail('E_SHAPE');
  const { signatures } = value;
  if (!Array.isArray(signatures) || signatures.length === 0) throw fail('E_SHAPE');
  if (signatures.length > MAX_SIGNATURES) throw fail('E_SIZE');
  const parsed = signatures.map(parseSignature);
  // A repeated entry adds nothing and would let one envelope have many texts.
  if (new Set(parsed.map(({ keyid: id, sig }) => `${id} ${sig}`)).size < parsed.length) throw fail('E_SHAPE');
  return {
    payload: requireText(value.payload, MAX_PAYLOAD_CHARS),
    payloadType: requireText(value.payloadType, MAX_TYPE_CHARS),
    signatures: parsed,
  };
}

/**
 * Verifies an envelope and returns the signed bytes. The payload is never looked into.
 * A signature whose keyid fits no given key is ignored; one that fits and does not verify refuses the whole envelope,
 * because somebody changed something. Owners are counted, not signatures or keys.
 * @throws MusterError, in this order: E_SIZE, E_CANON, E_SHAPE, E_B64, E_TYPE, E_NOKEY, E_SIG or E_PAGE, E_QUORUM; E_KEY for an unacceptable key.
 */
export function openEnvelope(input: unknown, options: OpenOptions): OpenedEnvelope {
  const envelope = parseEnvelope(input);
  const payload = decodeBase64url(envelope.payload);
  const decoded = envelope.signatures.map(({ keyid: id, sig }) => ({
    keyid: id,
    signature: decodeBase64url(sig),
  }));
  if (envelope.payloadType !== options.type) throw fail('E_TYPE');
  const claims = decoded.flatMap(({ keyid: id, signature }) => {
    const keys = options.keys.filter((key) => key.keyid === id);
    return keys.length === 0 ? [] : [{ keys, signature }];
  });
  if (claims.length === 0) throw fail('E_NOKEY');
  const message = pae(options.type, payload);
  // Every signature that names a known key must hold: one that was changed refuses all of them.
  const found = claims.map(({ keys, signature }) =>
    findKey({ keys, message, signature, crypto: options.crypto }),
  );
  const signers = new Set(found.map(({ owner }) => owner));
  // Written so that NaN refuses as well.
  if (!(signers.size >= (options.threshold ?? 1))) throw fail('E_QUORUM');
  const direct = new Set(found.filter(({ relying }) => relying === undefined).map(({ owner }) => owner));
  return { payload, signers, direct };
}

/** The key, among those the hint fits, under which the signature verifies. @throws MusterError E_SIG, E_PAGE or E_KEY */
function findKey(claim: {
  readonly keys: readonly VerifyKey[];
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly crypto: Crypto;
}): VerifyKey {
  for (const key of claim.keys) {
    const { publicKey, relying } = key;
    // A passkey signs what a browser made of the message, so it has a verification of its own.
    if (relying !== undefined) {
      const verdict = judgePasskey({ ...claim, publicKey, relying });
      if (verdict === 'good') return key;
      // Told apart from a forgery: a newer trust document may list the page.
      if (verdict === 'foreign') throw fail('E_PAGE');
      continue;
    }
    // Checked again here, at the last gate: a VerifyKey may have been made by hand.
    checkEd25519Key(publicKey);
    if (claim.signature.length !== 64) continue;
    if (claim.crypto.verifyEd25519(publicKey, claim.message, claim.signature)) return key;
  }
  throw fail('E_SIG');
}

/** One entry of `signatures`, closed. The hint has one form only; an entry without it cannot be matched to a key. */
function parseSignature(value: unknown): EnvelopeSignature {
  if (!hasExactly(value, ['keyid', 'sig'])) throw fail('E_SHAPE');
  const id = value.keyid;
  if (typeof id !== 'string' || !/^[0-9a-f]{16}$/.test(id)) throw fail('E_SHAPE');
  return { keyid: id, sig: requireText(value.sig, MAX_SIG_CHARS) };
}

/** A text of at most that many UTF-16 units; E_SHAPE for no text, E_SIZE for a longer one. */
function requireText(value: unknown, maxChars: number): string {
  if (typeof value !== 'string') throw fail('E_SHAPE');
  if (value.length > maxChars) throw fail('E_SIZE');
  return value;
}

/** True for an object that has exactly these own keys; an unknown one might mean something to another reader. */
function hasExactly<Key extends string>(value: unknown, keys: readonly Key[]): value is Record<Key, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}
