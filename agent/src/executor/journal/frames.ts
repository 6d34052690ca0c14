// The journal's bytes: batches of records as length u32 | crc32 u32 | JSON, and what is between them when something is damaged.
import { crc32 } from '@muster/protocol';
import { MAX_BATCH_BYTES } from '../limits.ts';

/** Frame before each batch: length u32, crc32 u32, little-endian. */
const FRAME_BYTES = 8;
/** How every batch begins. Inside of one it cannot stand in a text: JSON escapes its quotation marks. */
const BATCH_START = Buffer.from('[{"t":"');

/** Records that were written at once, whole or not at all. */
export interface Batch<R> {
  readonly records: readonly R[];
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a segment that are no batch. */
export interface Gap {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Frames a batch, which must hold a record. */
export function frameBatch(records: readonly { readonly t: string }[]): Buffer {
  const body = Buffer.from(JSON.stringify(records));
  const framed = Buffer.allocUnsafe(FRAME_BYTES + body.length);
  framed.writeUInt32LE(body.length, 0);
  framed.writeUInt32LE(crc32(body), 4);
  body.copy(framed, FRAME_BYTES);
  return framed;
}

function parseFrame<R>(bytes: Buffer, at: number): { records: R[]; length: number } | null {
  if (at < 0 || bytes.length - at < FRAME_BYTES) return null;
  const length = bytes.readUInt32LE(at);
  // A power cut may leave zeros behind the records; a frame of nothing would fit its checksum.
  if (length === 0 || length > MAX_BATCH_BYTES || bytes.length - at - FRAME_BYTES < length) return null;
  const body = bytes.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
  if (crc32(body) !== bytes.readUInt32LE(at + 4)) return null;
  return { records: JSON.parse(body.toString('utf8')) as R[], length: FRAME_BYTES + length };
}

/** Offset of the first whole batch behind a damaged place; the end of the segment when there is none. */
function findNextFrame(bytes: Buffer, from: number): number {
  for (let body = bytes.indexOf(BATCH_START, from + 1); body >= 0; ) {
    const at = body - FRAME_BYTES;
    if (at > from && parseFrame(bytes, at) !== null) return at;
    body = bytes.indexOf(BATCH_START, body + 1);
  }
  return bytes.length;
}

/** Finds every whole batch of a segment, and what lies between them. */
export function parseSegment<R>(bytes: Buffer): {
  readonly batches: readonly Batch<R>[];
  readonly gaps: readonly Gap[];
} {
  const batches: Batch<R>[] = [];
  const gaps: Gap[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const frame = parseFrame<R>(bytes, offset);
    const end = frame === null ? findNextFrame(bytes, offset) : offset + frame.length;
    if (frame === null) gaps.push({ offset, bytes: bytes.subarray(offset, end) });
    else batches.push({ records: frame.records, offset, length: frame.length });
    offset = end;
  }
  return { batches, gaps };
}

/**
 * True when the bytes behind the last whole batch can be a write that was never completed: cut short, or zeros in its place. A
 * batch that is there in its full length with another checksum may have been whole once; it is cut too, but told of.
 */
export function isTorn(bytes: Buffer): boolean {
  if (bytes.length < FRAME_BYTES || bytes.every((byte) => byte === 0)) return true;
  const length = bytes.readUInt32LE(0);
  const start = bytes.subarray(FRAME_BYTES, FRAME_BYTES + BATCH_START.length);
  const begins = BATCH_START.subarray(0, start.length).equals(start);
  return begins && length <= MAX_BATCH_BYTES && length > bytes.length - FRAME_BYTES;
}
