// The enrollment conversation: a token's key and a new device key, both signed over one transcript.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import {
  Binding,
  Bytes32,
  CapabilityNumber,
  DeviceId,
  EnvelopeField,
  Hostname,
  OrgId,
  plainText,
  Signature,
  Time,
  TokenId,
} from './fields.ts';

const closed = { additionalProperties: false } as const;

/**
 * agent → server, instead of `auth`. Repeating it with the same device key and token gives the same device id and
 * spends no further use, so a crash between the server's commit and the agent's disk loses nothing. Since 1.
 */
export const Enroll = Type.Object(
  {
    type: Type.Literal('enroll'),
    v: CapabilityNumber,
    org: OrgId,
    tokenId: TokenId,
    nonce: Bytes32,
    /** Raw Ed25519 public key of the device, made on the device; the private half never leaves it. */
    deviceKey: Bytes32,
    /** Raw X25519 public key of the device, for what must reach only it. */
    sealKey: Bytes32,
    hostname: Hostname,
    /** Operating system in words, as in `PRETTY_NAME`; for the pending list, replaced by inventory later. */
    platform: plainText(128, 'Operating system in words.'),
    agentVersion: plainText(64, 'Version of the agent build.'),
    binding: Binding,
    /** Signature by the token's seed key over the enrollment transcript. */
    tokenSig: Signature,
    /** Signature by the device key over the same transcript. */
    deviceSig: Signature,
  },
  closed,
);
export type Enroll = Frozen<Static<typeof Enroll>>;

/** The signed body inside `enrolled.envelope`. Since 1. */
export const EnrolledBody = Type.Object(
  {
    org: OrgId,
    deviceId: DeviceId,
    /** Echo of enroll.deviceKey: the answer is for this key and no other. */
    deviceKey: Bytes32,
    serverNonce: Bytes32,
    agentNonce: Bytes32,
    at: Time,
    /** `pending`: an admin compares the fingerprint and approves; the agent asks again until then. */
    state: Type.Union([Type.Literal('active'), Type.Literal('pending')], {
      description: 'State of the device.',
    }),
  },
  closed,
);
export type EnrolledBody = Frozen<Static<typeof EnrolledBody>>;

/** server → agent: the device exists. The chain starts at the document whose hash the token names. Since 1. */
export const Enrolled = Type.Object(
  {
    type: Type.Literal('enrolled'),
    envelope: EnvelopeField,
    trust: Type.Array(EnvelopeField, {
      minItems: 1,
      maxItems: 50,
      description: 'Trust documents, oldest first.',
    }),
  },
  closed,
);
export type Enrolled = Frozen<Static<typeof Enrolled>>;
