// Packs a signed result into what the row of its run does not say already, and makes exactly the signed bytes of it again.
//
//   form u8 | flags u16 | attempts | outputBytes | ended | [took] | [keyid 8] | [sha256 32] | [summary UTF-8]      numbers: LEB128
//
// A document begins with `{`, so rows that hold one as it was signed (all of older servers) are told from packed ones by the first byte.
import { createHash } from 'node:crypto';
import { encodeBase64url, encodeUtf8 } from '@muster/protocol';
import type { Result } from '@muster/protocol/commands';

/** First byte of a packed result: member order and members of Result v1. Another form takes another number. */
const FORM = 1;
const FLAG_BYTES = 2;
const KEYID_BYTES = 8;
const HASH_BYTES = 32;
/** Seven bits a byte: enough for the largest safe integer. */
const MAX_NUMBER_BYTES = 8;

/** Bits of the flags above those of the state. */
const BIT = {
  unchanged: 1 << 3,
  dryRun: 1 << 4,
  started: 1 << 5,
  /** The row has a code, the document none. */
  noCode: 1 << 6,
  /** The summary follows; else it is the message of the row. */
  ownSummary: 1 << 7,
  /** The hash of the output follows; else it is that of the row, without one that of no bytes. */
  ownHash: 1 << 8,
} as const;
const STATE_BITS = 0b111;

/** Places are stored: only ever add to the end. */
const states: readonly Result['state'][] = [
  'succeeded',
  'failed',
  'canceled',
  'expired',
  'refused',
  'quarantined',
];

const NOTHING = new Uint8Array(0);
const NO_BYTES_HASH = createHash('sha256').digest('base64url');
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the row of the run says, and which run it is. */
export interface ResultPlace {
  readonly org: string;
  readonly cmdId: string;
  readonly deviceId: string;
  readonly at: Date;
  readonly code: string | null;
  readonly message: string;
  readonly exit: number | null;
  /** sha256 of the kept output; null: none. */
  readonly output: Uint8Array | null;
}

/** What was signed, and the hint of the key beside it. */
export interface SignedResult {
  readonly payload: Uint8Array;
  readonly keyid: string;
}

/** The packed form; null for a document that is not written as agents write it: that is stored as it is. */
export function packResult(signed: SignedResult, result: Result, place: ResultPlace): Uint8Array | null {
  const packed = pack(signed.keyid, result, place);
  if (packed === null) return null;
  // Only what comes back to the byte is stored so: the device signed bytes, not their meaning.
  const again = unpackResult(packed, place);
  const isSame = again?.keyid === signed.keyid && Buffer.from(signed.payload).equals(again.payload);
  return isSame ? packed : null;
}

function pack(keyid: string, result: Result, place: ResultPlace): Uint8Array | null {
  const { startedAt, endedAt, summary, outputSha256 } = result;
  const endedMs = Date.parse(endedAt);
  const tookMs = startedAt === null ? 0 : endedMs - Date.parse(startedAt);
  if (Number.isNaN(endedMs + tookMs) || !/^[0-9a-f]{16}$/.test(keyid) || !summary.isWellFormed()) return null;
  const flags = flagsOf(result, place);
  return Buffer.concat([
    Buffer.from([FORM, flags & 0xff, flags >> 8]),
    writeNumber(result.attempts),
    writeNumber(result.outputBytes),
    writeNumber(foldSign(endedMs - place.at.getTime())),
    startedAt === null ? NOTHING : writeNumber(foldSign(tookMs)),
    Buffer.from(keyid, 'hex'),
    (flags & BIT.ownHash) === 0 ? NOTHING : Buffer.from(outputSha256, 'base64url'),
    (flags & BIT.ownSummary) === 0 ? NOTHING : encodeUtf8(summary),
  ]);
}

function flagsOf(result: Result, place: ResultPlace): number {
  const flags: readonly (readonly [bit: number, isSet: boolean])[] = [
    [BIT.unchanged, result.unchanged],
    [BIT.dryRun, result.dryRun],
    [BIT.started, result.startedAt !== null],
    [BIT.noCode, result.code === null && place.code !== null],
    [BIT.ownSummary, result.summary !== place.message],
    [BIT.ownHash, result.outputSha256 !== hashOf(place)],
  ];
  return flags.reduce((all, [bit, isSet]) => (isSet ? all | bit : all), states.indexOf(result.state));
}

/** The document and the hint of a packed result; null for what is none. */
export function unpackResult(packed: Uint8Array, place: ResultPlace): SignedResult | null {
  const reader = createReader(packed);
  try {
    if (reader.take(1)[0] !== FORM) return null;
    return read(reader, place);
  } catch (error) {
    // Too short, a time that is none, text that is none: damaged, or not of this row.
    if (error instanceof RangeError || error instanceof TypeError) return null;
    throw error;
  }
}

function read(reader: Reader, place: ResultPlace): SignedResult | null {
  const flags = Buffer.from(reader.take(FLAG_BYTES)).readUInt16LE();
  const has = (bit: number) => (flags & bit) !== 0;
  const state = states[flags & STATE_BITS];
  if (state === undefined) return null;
  const attempts = reader.number();
  const outputBytes = reader.number();
  const endedMs = place.at.getTime() + unfoldSign(reader.number());
  const startedMs = has(BIT.started) ? endedMs - unfoldSign(reader.number()) : null;
  const keyid = Buffer.from(reader.take(KEYID_BYTES)).toString('hex');
  const outputSha256 = has(BIT.ownHash) ? encodeBase64url(reader.take(HASH_BYTES)) : hashOf(place);
  const rest = reader.rest();
  // The order of the members is that of the documents.
  const result: Result = {
    v: 1,
    org: place.org,
    deviceId: place.deviceId,
    cmdId: place.cmdId,
    state,
    code: has(BIT.noCode) ? null : place.code,
    exit: place.exit,
    summary: has(BIT.ownSummary) ? strictUtf8.decode(rest) : place.message,
    startedAt: startedMs === null ? null : new Date(startedMs).toISOString(),
    endedAt: new Date(endedMs).toISOString(),
    attempts,
    unchanged: has(BIT.unchanged),
    dryRun: has(BIT.dryRun),
    outputSha256,
    outputBytes,
  };
  return { payload: encodeUtf8(JSON.stringify(result)), keyid };
}

function hashOf({ output }: ResultPlace): string {
  return output === null ? NO_BYTES_HASH : encodeBase64url(output);
}

/** Small numbers of either sign as small ones of none. Without bit operations: times are wider than 32 bits. */
function foldSign(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unfoldSign(folded: number): number {
  return folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
}

function writeNumber(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

interface Reader {
  /** @throws RangeError when there are fewer */
  take(count: number): Uint8Array;
  /** @throws RangeError */
  number(): number;
  rest(): Uint8Array;
}

function createReader(bytes: Uint8Array): Reader {
  let at = 0;
  function take(count: number): Uint8Array {
    if (at + count > bytes.length) throw new RangeError('The packed result is too short.');
    at += count;
    return bytes.subarray(at - count, at);
  }
  return {
    take,
    number() {
      let value = 0;
      for (let place = 0; place < MAX_NUMBER_BYTES; place += 1) {
        const byte = take(1)[0] ?? 0;
        value += (byte & 127) * 128 ** place;
        if (byte < 128) return value;
      }
      throw new RangeError('The number is too long.');
    },
    rest: () => take(bytes.length - at),
  };
}
