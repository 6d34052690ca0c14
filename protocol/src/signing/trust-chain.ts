// Opens the first trust document by its pinned hash and moves from one version to the next.
//
// (none) ── openTrustGenesis ──▶ N ── applyTrustUpdate ──▶ N+1 ── … (docs/architecture/trust.md)
import { TRUST_TYPE } from '../document-types.ts';
import { fail } from '../errors.ts';
import type { Frozen } from '../frozen.ts';
import { MAX_DOCUMENT_BYTES, MAX_JSON_DEPTH, MAX_TRUST_CHAIN } from '../limits.ts';
import { decodeBase64url, encodeBase64url } from './base64url.ts';
import type { Crypto } from './crypto.ts';
import { openEnvelope, parseEnvelope, prepareKey, type VerifyKey } from './envelope.ts';
import { parseStrict } from './strict-json.ts';
import type { Ed25519Key, ReadonlyTrust, TrustDocument } from './trust.ts';
import { checkTrustDocument } from './trust-check.ts';

/** A trust document in force. Frozen; a failed update leaves it as it is. */
export interface TrustState {
  /** What it says. */
  readonly document: ReadonlyTrust;
  /** sha256 of the payload, base64url: what tokens pin. */
  readonly hash: string;
  /** The bytes that were signed; a fresh copy at every read. */
  readonly payload: Uint8Array;
}

/** What is handed in. */
export interface TrustDeps {
  readonly crypto: Crypto;
  /** The validator generated from the schema in trust.ts. */
  readonly validate: (value: unknown) => value is TrustDocument;
}

/** Dependencies of the first document. */
export interface TrustGenesisDeps extends TrustDeps {
  /** The trust hash of the enrollment token, or the one the installation pinned. */
  readonly expectedHash: string;
}

/**
 * The name of a trust document by its content: base64url of the SHA-256 of its payload, 43 characters.
 * Of the payload, not the envelope: signatures may be added to a document without changing what it says.
 */
export function trustHash(payload: Uint8Array, crypto: Crypto): string {
  return encodeBase64url(crypto.sha256(payload));
}

/**
 * Keys the server signs with, for opening its welcome and other envelopes with {@link openEnvelope}.
 * Every key counts for itself; one signature is enough there.
 */
export function serverVerifyKeys(document: ReadonlyTrust, crypto: Crypto): VerifyKey[] {
  return prepareKeys(document.serverKeys, crypto);
}

/**
 * Opens the first trust document this device sees: its bytes must have the pinned hash and be signed by the threshold of
 * its own root keys. Its version may be any. Takes an envelope as text or as an object from a message.
 * @throws MusterError E_TRUST_HASH, those of openEnvelope, E_CANON, E_SCHEMA, E_KEY
 */
export function openTrustGenesis(input: unknown, deps: TrustGenesisDeps): TrustState {
  const envelope = parseEnvelope(input);
  const payload = decodeBase64url(envelope.payload);
  // The one place where a payload is parsed before its signatures are checked: its bytes are pinned.
  if (trustHash(payload, deps.crypto) !== deps.expectedHash) throw fail('E_TRUST_HASH');
  const document = parseDocument(payload, deps);
  openByRoot(envelope, document, deps.crypto);
  return createState(document, payload, deps);
}

/**
 * Moves to the next version: signed by the old threshold of the old root keys and by the new threshold of the new ones.
 * Nothing in the payload is looked at before the present root has signed it.
 * @throws MusterError those of openEnvelope, E_CANON, E_SCHEMA, E_KEY, E_ORG, E_ROLLBACK (not newer), E_TRUST (gap or earlier time)
 */
export function applyTrustUpdate(current: TrustState, input: unknown, deps: TrustDeps): TrustState {
  const envelope = parseEnvelope(input);
  const payload = openByRoot(envelope, current.document, deps.crypto);
  const document = parseDocument(payload, deps);
  checkSuccession(current.document, document);
  openByRoot(envelope, document, deps.crypto);
  return createState(document, payload, deps);
}

/**
 * Applies updates in order, all or none. An empty list gives back the current state.
 * @throws MusterError E_SIZE for more than MAX_TRUST_CHAIN, else the error of the first update that fails.
 */
export function followTrustChain(
  current: TrustState,
  inputs: readonly unknown[],
  deps: TrustDeps,
): TrustState {
  if (inputs.length > MAX_TRUST_CHAIN) throw fail('E_SIZE');
  return inputs.reduce<TrustState>((state, input) => applyTrustUpdate(state, input, deps), current);
}

/** Opens an envelope with the root of a document, present or next, and gives back the payload's bytes. */
function openByRoot(envelope: unknown, { root }: ReadonlyTrust, crypto: Crypto): Uint8Array {
  const keys = prepareKeys(root.keys, crypto);
  return openEnvelope(envelope, { type: TRUST_TYPE, keys, threshold: root.threshold, crypto }).payload;
}

/** Keys that each count for themselves; the key's own text is its owner, so a hint that collides cannot merge two. */
function prepareKeys(keys: readonly Frozen<Ed25519Key>[], crypto: Crypto): VerifyKey[] {
  return keys.map(({ key }) => prepareKey(key, decodeBase64url(key), crypto));
}

/**
 * Strict JSON, schema, meaning: in this order, so that each step may rely on the one before.
 * Called only with bytes that a pinned hash or the present root vouches for.
 */
function parseDocument(payload: Uint8Array, { validate }: TrustDeps): TrustDocument {
  const value = parseStrict(payload, { maxBytes: MAX_DOCUMENT_BYTES, maxDepth: MAX_JSON_DEPTH });
  if (!validate(value)) throw fail('E_SCHEMA');
  checkTrustDocument(value);
  return value;
}

/**
 * What must hold between a document and the next. An equal version is a rollback too, even with equal bytes: it was
 * applied already, and a server that sends it again is told so.
 */
function checkSuccession(old: ReadonlyTrust, next: ReadonlyTrust): void {
  if (next.org !== old.org) throw fail('E_ORG');
  if (next.version <= old.version) throw fail('E_ROLLBACK');
  if (next.version !== old.version + 1) throw fail('E_TRUST');
  // An epoch that fell would bring policies back to life that were made void by raising it.
  if (next.policyEpoch < old.policyEpoch) {
    throw fail('E_ROLLBACK', {
      detail: 'The trust document lowers the policy epoch; issue it with the present one or a higher.',
    });
  }
  // Both have the one spelling of a time that checkTrustDocument demands, so text order is time order.
  if (next.issuedAt < old.issuedAt) {
    throw fail('E_TRUST', {
      detail: 'The trust document is dated before the one it replaces; correct the clock and sign it again.',
    });
  }
}

/** The state of a verified document. Everything is frozen; bytes cannot be, so every reader gets a copy. */
function createState(document: TrustDocument, payload: Uint8Array, { crypto }: TrustDeps): TrustState {
  freezeDeep(document);
  return Object.freeze({
    document,
    hash: trustHash(payload, crypto),
    get payload() {
      return new Uint8Array(payload);
    },
  });
}

/** Freezes a parsed JSON value all the way down; the parser has bounded its depth. */
function freezeDeep(value: unknown): void {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freezeDeep);
}
