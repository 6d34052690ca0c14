// The trust document v1: who may ask for what. Its schema; what it means is checked in trust-check.ts.
//
// States and invariants: docs/architecture/trust.md. The validator generated from this schema is handed to trust-chain.ts.
// Closed at every level: a reader that skipped a field it does not know would obey less than was signed. Repetitions
// (ids, roles, keys) are found in trust-check.ts, because `uniqueItems` needs a helper at run time.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { OrgId, Time } from '../messages/fields.ts';
import { CommandClass } from './classes.ts';

/** Most keys of the root. An update may need the thresholds of two disjoint roots in one envelope of 16 signatures. */
const MAX_ROOT_KEYS = 8;

const closed = { additionalProperties: false } as const;

/**
 * A public Ed25519 key: root, server and release keys are of this scheme only, because they sign without a browser.
 * The scheme is spelled out so that another can be added without guessing from lengths. Since 1.
 */
export const Ed25519Key = Type.Object(
  {
    /** How signatures of this key are made and checked. */
    scheme: Type.Literal('ed25519', { description: 'Signature scheme; only ed25519.' }),
    /** Raw public key, 32 bytes, base64url (43 characters). Never of small order. */
    key: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'Raw public key, 32 bytes, base64url.' }),
  },
  { ...closed, description: 'Ed25519 public key.' },
);
export type Ed25519Key = Static<typeof Ed25519Key>;

/** A signer's public key: a key file or automation key (ed25519), or a passkey (webauthn-es256). Since 1. */
export const SignerKey = Type.Object(
  {
    /** `webauthn-es256`: the signature is a passkey's assertion, checked against rpIds and origins. */
    scheme: Type.Union([Type.Literal('ed25519'), Type.Literal('webauthn-es256')], {
      description: 'Signature scheme: ed25519 or webauthn-es256.',
    }),
    /** base64url: 32 raw bytes for ed25519 (43 characters), the uncompressed P-256 point of 65 bytes for webauthn-es256 (87). */
    key: Type.String({
      pattern: '^(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{87})$',
      description:
        'Public key, base64url: 32 bytes (ed25519) or an uncompressed point of 65 bytes (webauthn-es256).',
    }),
  },
  { ...closed, description: "Public key of a signer; all of one signer's keys count once." },
);
export type SignerKey = Static<typeof SignerKey>;

/**
 * What a signer may do: `request` writes commands and policies, `approve` is the second signature, `halt` stops.
 * Nobody approves what he requested himself, except in the modes of one signer. Since 1.
 */
export const SignerRole = Type.Union(
  [Type.Literal('request'), Type.Literal('approve'), Type.Literal('halt')],
  {
    description: 'Right of a signer: request, approve or halt.',
  },
);
export type SignerRole = Static<typeof SignerRole>;

/**
 * A person or an automation that may sign. Removing one here takes all his rights on every device that has the version;
 * what he signed before is judged by the version in force when it is checked. Since 1.
 */
export const TrustSigner = Type.Object(
  {
    /** Stable name in signed documents and audit; unique in the document, never given to somebody else later. */
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: 'Stable id of the signer.' }),
    /** For people: shown in the device's own logs beside what was done. */
    name: Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'Name shown to people.',
    }),
    /** An automation key lies on some machine; it never approves in solo and hardened mode. */
    kind: Type.Union([Type.Literal('person'), Type.Literal('automation')], {
      description: 'Person or automation.',
    }),
    /** No role twice. */
    roles: Type.Array(SignerRole, { minItems: 1, maxItems: 3, description: 'Rights of this signer.' }),
    /** Command kinds the roles reach: an exact kind, `prefix.*` for all below it, `*` for all. Empty: none (policies and halts only). */
    kinds: Type.Array(
      Type.String({
        maxLength: 64,
        pattern: '^(?:\\*|[a-z][a-z0-9-]*(?:\\.[a-z][a-z0-9-]*)*(?:\\.\\*)?)$',
        description: 'Kind, `prefix.*` or `*`.',
      }),
      { maxItems: 64, description: 'Command kinds the roles reach; empty: none.' },
    ),
    /** Several keys (laptop, passkey, spare) are one signer still. */
    keys: Type.Array(SignerKey, { minItems: 1, maxItems: 8, description: 'Keys of this signer.' }),
  },
  { ...closed, description: 'A person or an automation that may sign.' },
);
export type TrustSigner = Static<typeof TrustSigner>;

/**
 * Trust document v1. Since capability 1. Every field is always present, so absence has no meaning anywhere in it; an
 * empty list has one, stated at the field. A new field means a new `v`, which older agents refuse: announce it by
 * capability first.
 */
export const TrustDocument = Type.Object(
  {
    /** Form of this document. Readers refuse others. */
    v: Type.Literal(1, { description: 'Form of the document: 1.' }),
    /** The organization it speaks for; the same in every version. */
    org: OrgId,
    /** Place in the chain: each update is exactly one more. */
    version: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Version, +1 an update.',
    }),
    /** When it was written, by the writer's clock; never before the version it replaces. */
    issuedAt: Time,
    /** What is claimed: see modes in docs/architecture/trust.md. */
    mode: Type.Union([Type.Literal('quickstart'), Type.Literal('solo'), Type.Literal('hardened')], {
      description: 'Security mode: quickstart, solo or hardened.',
    }),
    /** Who may replace this document. */
    root: Type.Object(
      {
        /** Distinct root keys that must sign an update; at most the number of keys. */
        threshold: Type.Integer({
          minimum: 1,
          maximum: MAX_ROOT_KEYS,
          description: 'Root signatures needed.',
        }),
        /** Keys that sign trust documents and nothing else. */
        keys: Type.Array(Ed25519Key, { minItems: 1, maxItems: MAX_ROOT_KEYS, description: 'Root keys.' }),
      },
      { ...closed, description: 'Keys that may replace this document.' },
    ),
    /** Who may sign commands, policies, content and halts. */
    signers: Type.Array(TrustSigner, { minItems: 1, maxItems: 64, description: 'Signers.' }),
    /** Keys the server signs welcome, enrolled, trigger and freshness with. Several while one is replaced. */
    serverKeys: Type.Array(Ed25519Key, { minItems: 1, maxItems: 8, description: 'Server keys.' }),
    /** sha256 of the SPKI of accepted TLS keys (server or its CA), base64url. Empty: the system's certificate authorities decide. */
    tlsPins: Type.Array(
      Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'sha256 of an SPKI, base64url.' }),
      { maxItems: 8, description: 'TLS pins; empty: the system decides.' },
    ),
    /** Keys that sign agent builds, two of them each. Empty: this organization's agents take no releases. */
    releaseKeys: Type.Array(Ed25519Key, { maxItems: 8, description: 'Release keys; empty: no releases.' }),
    /** WebAuthn relying party ids (domains) that passkeys answer to. Empty: no passkey may be listed. */
    rpIds: Type.Array(
      Type.String({ maxLength: 253, pattern: '^[a-z0-9.-]+$', description: 'Domain, lower case.' }),
      { maxItems: 8, description: 'WebAuthn relying party ids.' },
    ),
    /** Web origins at which a passkey may have signed. Empty: no passkey may be listed. */
    origins: Type.Array(
      Type.String({
        maxLength: 280,
        pattern: '^(?:https://[a-z0-9.-]+|http://localhost)(?::[0-9]{1,5})?$',
        description: 'Origin: https, or http on localhost.',
      }),
      { maxItems: 8, description: 'Web origins of passkeys.' },
    ),
    /** Command kind → class, only to make a kind stricter than the agents' own table. A kind that is absent keeps its class. */
    classes: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9.-]{0,63}$' }), CommandClass, {
      ...closed,
      maxProperties: 64,
      description: 'Command kind → stricter class.',
    }),
    /** Raised to make every older policy void at once; never lowered. */
    policyEpoch: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Policy epoch.' }),
  },
  { ...closed, description: 'Trust document v1: who may ask for what.' },
);
export type TrustDocument = Static<typeof TrustDocument>;

/** A trust document for reading; every function that reads one takes this. */
export type ReadonlyTrust = Frozen<TrustDocument>;
