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
  },
  closed,
);
export type FreshnessMessage = Frozen<Static<typeof FreshnessMessage>>;

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
