// The session conversation: hello, auth, welcome, refuse, reconnect, acknowledgements.
//
// server → hello; agent → auth (or enroll); server → welcome (signed) or refuse and close.
// Nothing but these is accepted before welcome.
import { type Static, Type } from 'typebox';
import type { Frozen } from '../frozen.ts';
import { MAX_RECONNECT_WINDOW_MS } from '../limits.ts';
import {
  Binding,
  Bytes32,
  CapabilityNumber,
  DeviceId,
  EnvelopeField,
  ErrorCode,
  OrgId,
  plainText,
  Sequence,
  SessionId,
  Signature,
  Time,
} from './fields.ts';

const closed = { additionalProperties: false } as const;

/** server → agent, first message on every socket. The server keeps only the nonce until `auth`. Since 1. */
export const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    v: CapabilityNumber,
    org: OrgId,
    nonce: Bytes32,
    /** Server clock; the agent derives its offset from it. */
    at: Time,
    /** Version of the trust document in force; an agent with an older one fetches the chain. */
    trustVersion: Type.Integer({ minimum: 1, description: 'Trust document version in force.' }),
  },
  closed,
);
export type Hello = Frozen<Static<typeof Hello>>;

/** agent → server, proves the device key over the session transcript (signing/session-transcript.ts). Since 1. */
export const Auth = Type.Object(
  {
    type: Type.Literal('auth'),
    v: CapabilityNumber,
    deviceId: DeviceId,
    nonce: Bytes32,
    /** Random id of this run of the operating system; a new one tells a reboot from a restart of the agent. */
    bootId: plainText(64, 'Boot id of the operating system.'),
    /** Last epoch the server issued to this device; 0 before the first session. */
    epoch: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Last issued epoch.' }),
    binding: Binding,
    /** Device clock, uncorrected, for the offset the server shows. */
    at: Time,
    /** Trust document version the agent holds. */
    trustVersion: Type.Integer({ minimum: 1, description: 'Trust document version held by the agent.' }),
    agentVersion: plainText(64, 'Version of the agent build.'),
    sig: Signature,
  },
  closed,
);
export type Auth = Frozen<Static<typeof Auth>>;

/** The signed body inside `welcome.envelope`. Both nonces bind it to this session. Since 1. */
export const WelcomeBody = Type.Object(
  {
    org: OrgId,
    deviceId: DeviceId,
    sessionId: SessionId,
    /** Echo of hello.nonce. */
    serverNonce: Bytes32,
    /** Echo of auth.nonce. */
    agentNonce: Bytes32,
    /** New epoch; the agent writes it to disk before it uses the session. */
    epoch: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Epoch of this session.',
    }),
    at: Time,
    /** Time between heartbeats, ms, before jitter of ±10 %. */
    beatMs: Type.Integer({ minimum: 1_000, maximum: 3_600_000, description: 'Heartbeat interval, ms.' }),
    /** Messages of the outbox the agent may have unacknowledged at once. */
    window: Type.Integer({ minimum: 1, maximum: 1024, description: 'Unacknowledged outbox messages.' }),
    /**
     * When this session is lost and the first attempt after it failed, at least so long a window for every further one, ms; see
     * reconnect.ts. In it the devices that this server holds now can come back at the rate at which it lets them in. Absent: the
     * doubling window alone, also when an earlier welcome had one. Kept in memory until the next welcome. Sent to an agent of
     * capability 3 or more only, since older ones take no field that they do not know. Since 3.
     */
    reconnectWindowMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_RECONNECT_WINDOW_MS,
        description: 'Window to come back in when the server is gone, ms.',
      }),
    ),
  },
  closed,
);
export type WelcomeBody = Frozen<Static<typeof WelcomeBody>>;

/** server → agent, the session is open. Since 1. */
export const Welcome = Type.Object(
  {
    type: Type.Literal('welcome'),
    envelope: EnvelopeField,
    /**
     * Trust documents after auth.trustVersion, oldest first; empty when the agent is current. They are followed before the
     * envelope is opened, because the server's key may be a new one. An agent further behind connects again for the rest.
     */
    trust: Type.Array(EnvelopeField, { maxItems: 50, description: 'Newer trust documents, oldest first.' }),
  },
  closed,
);
export type Welcome = Frozen<Static<typeof Welcome>>;

/** server → agent, then the socket closes. Since 1. */
export const Refuse = Type.Object(
  {
    type: Type.Literal('refuse'),
    code: ErrorCode,
    /** One plain sentence for the agent's log and `muster-agent status`. */
    message: Type.String({ maxLength: 512, description: 'What is wrong and what to do.' }),
    /** When to try again, ms. Absent: the agent's own backoff. */
    retryAfterMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'Try again after, ms.' }),
    ),
  },
  closed,
);
export type Refuse = Frozen<Static<typeof Refuse>>;

/** server → agent, the server drains: close and come back after that time. Since 1. */
export const Reconnect = Type.Object(
  {
    type: Type.Literal('reconnect'),
    afterMs: Type.Integer({ minimum: 0, maximum: 3_600_000, description: 'Come back after, ms.' }),
  },
  closed,
);
export type Reconnect = Frozen<Static<typeof Reconnect>>;

/** server → agent, after the commit: these outbox messages are stored and may be forgotten. Since 1. */
export const Ack = Type.Object(
  {
    type: Type.Literal('ack'),
    seqs: Type.Array(Sequence, { minItems: 1, maxItems: 1024, description: 'Stored sequence numbers.' }),
  },
  closed,
);
export type Ack = Frozen<Static<typeof Ack>>;

/** server → agent, this outbox message can never be stored; drop it, count it, log the code. Since 1. */
export const Nack = Type.Object(
  {
    type: Type.Literal('nack'),
    seq: Sequence,
    code: ErrorCode,
    message: Type.String({ maxLength: 512, description: 'What is wrong and what to do.' }),
  },
  closed,
);
export type Nack = Frozen<Static<typeof Nack>>;
