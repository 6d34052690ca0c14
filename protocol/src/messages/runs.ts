// The runs conversation: commands offered, what becomes of them, output, stops, trust, and bodies in pieces.
//
// server → run.offer; agent → run.report (durable) … ; freshness, halts and trust are pushed at welcome and on change.
// Bodies (content down, fetched files up) travel as piece frames (frames.ts), asked for by whoever needs them.
import { type Static, Type } from 'typebox';
import { CommandId, closed } from '../commands/fields.ts';
import {
  MAX_FETCH_BYTES,
  MAX_HALTS,
  MAX_OFFERED_CONTENT,
  MAX_PROOF_HASHES,
  MAX_TARGETS,
} from '../commands/limits.ts';
import type { Frozen } from '../frozen.ts';
import { MAX_CONSISTENCY_HASHES } from '../limits.ts';
import { Bytes32, EnvelopeField, ErrorCode, plainText, Sequence, Time } from './fields.ts';

/** Place of a body in bytes. */
const Offset = Type.Integer({ minimum: 0, maximum: MAX_FETCH_BYTES, description: 'Offset, bytes.' });

/** server → agent: a command for this device. Offering again is harmless: the agent answers from its journal. Since 2. */
export const RunOffer = Type.Object(
  {
    type: Type.Literal('run.offer'),
    /** Only for logs and answers before verification; what counts is in the envelope. */
    cmdId: CommandId,
    /** The signed command. */
    envelope: EnvelopeField,
    /** The device's proof where the targets are a tree; null where they are a list. */
    proof: Type.Union(
      [
        Type.Object(
          {
            index: Type.Integer({
              minimum: 0,
              maximum: MAX_TARGETS,
              description: 'Place among the sorted ids.',
            }),
            path: Type.Array(Bytes32, { maxItems: MAX_PROOF_HASHES, description: 'Siblings, leaf first.' }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: 'Proof, or null.' },
    ),
    /** Content documents that the parameters name by their digests; empty: none. The device takes no other. */
    content: Type.Array(EnvelopeField, { maxItems: MAX_OFFERED_CONTENT, description: 'Content documents.' }),
  },
  closed,
);
export type RunOffer = Frozen<Static<typeof RunOffer>>;

/** agent → server, durable: a run is in another state. Since 2. */
export const RunReport = Type.Object(
  {
    type: Type.Literal('run.report'),
    seq: Sequence,
    cmdId: CommandId,
    /** A state of run.ts that the agent may say. */
    state: Type.Union(
      [
        Type.Literal('accepted'),
        Type.Literal('deferred'),
        Type.Literal('running'),
        Type.Literal('interrupted'),
        Type.Literal('waiting-person'),
        Type.Literal('succeeded'),
        Type.Literal('failed'),
        Type.Literal('canceled'),
        Type.Literal('expired'),
        Type.Literal('refused'),
        Type.Literal('quarantined'),
      ],
      { description: 'State of the run.' },
    ),
    /** Number of this report among those of the run, from 1; an older one than the last is left out. */
    n: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Number among the reports of the run.' }),
    at: Time,
    /** Why it was refused, failed or waits. Null: nothing to say. */
    code: Type.Union([ErrorCode, Type.Null()], { description: 'Code, or null.' }),
    /** Sentence for people. Empty: nothing to say. */
    message: Type.String({ maxLength: 512, description: 'For people; empty: nothing.' }),
    /** Signed result at a final state; null before. */
    result: Type.Union([EnvelopeField, Type.Null()], { description: 'Signed result, or null.' }),
    /** Kept output at a final state, base64url, at most MAX_OUTPUT_BYTES; its hash stands in the result. Empty: none. */
    output: Type.String({
      maxLength: 87_382,
      pattern: '^[A-Za-z0-9_-]*$',
      description: 'Output, base64url.',
    }),
  },
  closed,
);
export type RunReport = Frozen<Static<typeof RunReport>>;

/** agent → server, not durable: output while it runs. Lost pieces are in the report at the end. Since 2. */
export const RunOutput = Type.Object(
  {
    type: Type.Literal('run.output'),
    cmdId: CommandId,
    offset: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Place in all output, bytes.',
    }),
    data: Type.String({ maxLength: 21_846, pattern: '^[A-Za-z0-9_-]*$', description: 'Output, base64url.' }),
  },
  closed,
);
export type RunOutput = Frozen<Static<typeof RunOutput>>;

/** agent → server: an offer cannot be judged yet (an older word of the server is too old, trust is behind). Offered again after the missing word. Since 2. */
export const RunLater = Type.Object(
  {
    type: Type.Literal('run.later'),
    cmdId: CommandId,
    code: ErrorCode,
    message: plainText(512, 'What is missing.'),
  },
  closed,
);
export type RunLater = Frozen<Static<typeof RunLater>>;

/** agent → server: documents of a trust version after the given one are wanted. Since 2. */
export const TrustGet = Type.Object(
  {
    type: Type.Literal('trust.get'),
    after: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Version held.' }),
  },
  closed,
);
export type TrustGet = Frozen<Static<typeof TrustGet>>;

/** server → agent: newer trust documents, asked for or pushed. Since 2. */
export const TrustChain = Type.Object(
  {
    type: Type.Literal('trust.chain'),
    /** Oldest first. */
    trust: Type.Array(EnvelopeField, { maxItems: 50, description: 'Trust documents, oldest first.' }),
  },
  closed,
);
export type TrustChain = Frozen<Static<typeof TrustChain>>;

/** server → agent: the signed word of now, and the halts and lifts that belong to it. Since 2. */
export const FreshnessMessage = Type.Object(
  {
    type: Type.Literal('freshness'),
    envelope: EnvelopeField,
    /** Halts in force. */
    halts: Type.Array(EnvelopeField, { maxItems: MAX_HALTS, description: 'Halts in force.' }),
    /** Lifts of halts that have not ended by themselves yet. */
    lifts: Type.Array(EnvelopeField, { maxItems: MAX_HALTS, description: 'Lifts.' }),
    /** The newest checkpoint of the audit, which the device keeps as a witness. Since 5; absent: there is none yet. */
    audit: Type.Optional(EnvelopeField),
  },
  closed,
);
export type FreshnessMessage = Frozen<Static<typeof FreshnessMessage>>;

/** A size of the audit that a checkpoint covers. */
const AuditSize = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Entries covered.',
});

/**
 * agent → server: proof is wanted that the audit of the larger size begins with that of the smaller. Sent some time after the word
 * that showed the larger one, and again behind each word until the proof comes. Since 5.
 */
export const AuditProve = Type.Object(
  {
    type: Type.Literal('audit.prove'),
    /** Size of the checkpoint that this device keeps. */
    from: AuditSize,
    /** Size of the checkpoint that was shown, larger than that. */
    to: AuditSize,
  },
  closed,
);
export type AuditProve = Frozen<Static<typeof AuditProve>>;

/**
 * server → agent: that proof. A server that cannot give it now says nothing; the device asks again behind the next word. It is not
 * signed: it holds against two signed roots, or it does not. Since 5.
 */
export const AuditProof = Type.Object(
  {
    type: Type.Literal('audit.proof'),
    /** As it was asked. */
    from: AuditSize,
    /** As it was asked. */
    to: AuditSize,
    /** After RFC 6962, section 2.1.2, base64url each. */
    hashes: Type.Array(Bytes32, { maxItems: MAX_CONSISTENCY_HASHES, description: 'Proof of consistency.' }),
  },
  closed,
);
export type AuditProof = Frozen<Static<typeof AuditProof>>;

/**
 * agent → server: the checkpoint that came with a word does not follow from the one this device keeps, or is not shown to. Both are
 * signed by the server, so that together, with the proof that it cannot give, they convict it. Sent behind each word that contradicts. Since 5.
 */
export const AuditAlarm = Type.Object(
  {
    type: Type.Literal('audit.alarm'),
    /** The one that is kept. */
    seen: EnvelopeField,
    /** The one that came. */
    shown: EnvelopeField,
  },
  closed,
);
export type AuditAlarm = Frozen<Static<typeof AuditAlarm>>;

/** agent → server: a piece of a content body is wanted; answered by a piece frame or `content.none`. Since 2. */
export const ContentGet = Type.Object(
  { type: Type.Literal('content.get'), sha256: Bytes32, offset: Offset },
  closed,
);
export type ContentGet = Frozen<Static<typeof ContentGet>>;

/** server → agent: the body is not here. Since 2. */
export const ContentNone = Type.Object({ type: Type.Literal('content.none'), sha256: Bytes32 }, closed);
export type ContentNone = Frozen<Static<typeof ContentNone>>;

/** agent → server: a fetched file of a finished run can be sent. Repeated until `file.stored`. Since 2. */
export const FileOffer = Type.Object(
  {
    type: Type.Literal('file.offer'),
    cmdId: CommandId,
    sha256: Bytes32,
    sizeBytes: Type.Integer({ minimum: 0, maximum: MAX_FETCH_BYTES, description: 'Size, bytes.' }),
  },
  closed,
);
export type FileOffer = Frozen<Static<typeof FileOffer>>;

/** server → agent: send the piece at that place. Since 2. */
export const FileWant = Type.Object(
  { type: Type.Literal('file.want'), cmdId: CommandId, sha256: Bytes32, offset: Offset },
  closed,
);
export type FileWant = Frozen<Static<typeof FileWant>>;

/** server → agent: the file is stored, or never wanted; it can be removed. Since 2. */
export const FileStored = Type.Object(
  { type: Type.Literal('file.stored'), cmdId: CommandId, sha256: Bytes32 },
  closed,
);
export type FileStored = Frozen<Static<typeof FileStored>>;
