// The outbox on disk: segments of framed records, appended only; a segment goes when nothing in it is waiting.
import { crc32 } from '@muster/protocol';
import type { Storage } from '../platform/storage.ts';

/** Size at which a new segment is begun, bytes. */
export const SEGMENT_BYTES = 1024 * 1024;
/** Frame before each record: length u32, crc32 u32, little-endian. */
const FRAME_BYTES = 8;
/** Largest record that is believed when a log is read, bytes. */
const MAX_RECORD_BYTES = 256 * 1024;

/** What a record says. `done` notes acknowledged or dropped messages; it is written along with the next message. */
export type OutboxRecord =
  | { readonly t: 'open'; readonly nextSeq: number }
  | {
      readonly t: 'put';
      readonly seq: number;
      readonly kind: string;
      readonly key: string;
      readonly body: string;
    }
  | { readonly t: 'done'; readonly seqs: readonly number[] };

/** A record with its place. */
export interface PlacedRecord {
  readonly record: OutboxRecord;
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** What reading a folder of segments found. */
export interface LogContent {
  readonly records: readonly PlacedRecord[];
  /** Highest segment number, 0 when there is none. */
  readonly lastSegment: number;
  /** Bytes that were cut or skipped because they were damaged. */
  readonly damagedBytes: number;
}

/** Path of a segment. */
export function segmentPath(segment: number): string {
  return `outbox/${String(segment).padStart(8, '0')}.log`;
}

/** Frames a record: length, checksum, JSON. */
export function frameRecord(record: OutboxRecord): Uint8Array {
  const body = Buffer.from(JSON.stringify(record));
  const framed = Buffer.allocUnsafe(FRAME_BYTES + body.length);
  framed.writeUInt32LE(body.length, 0);
  framed.writeUInt32LE(crc32(body), 4);
  body.copy(framed, FRAME_BYTES);
  return framed;
}

/** Reads one record back from its place; null when it is damaged. */
export async function readRecord(
  storage: Storage,
  place: Omit<PlacedRecord, 'record'>,
): Promise<OutboxRecord | null> {
  const bytes = await storage.readRange(segmentPath(place.segment), place.offset, place.length);
  return bytes === null ? null : (parseFrame(Buffer.from(bytes), 0)?.record ?? null);
}

function parseFrame(bytes: Buffer, at: number): { record: OutboxRecord; length: number } | null {
  if (bytes.length - at < FRAME_BYTES) return null;
  const length = bytes.readUInt32LE(at);
  // A power cut may leave zeros behind the records; a frame of nothing would fit its checksum.
  if (length === 0 || length > MAX_RECORD_BYTES || bytes.length - at - FRAME_BYTES < length) return null;
  const body = bytes.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
  if (crc32(body) !== bytes.readUInt32LE(at + 4)) return null;
  return { record: JSON.parse(body.toString('utf8')) as OutboxRecord, length: FRAME_BYTES + length };
}

/**
 * Reads all segments in order. A damaged tail is cut from the last one, which is written further. Damage in an earlier one
 * is no torn write: it ends that segment's reading and the file stays as it is.
 */
export async function readLog(storage: Storage): Promise<LogContent> {
  const records: PlacedRecord[] = [];
  let damagedBytes = 0;
  const names = await storage.list('outbox');
  const segments = names.map((name) => Number.parseInt(name, 10)).filter(Number.isSafeInteger);
  const lastSegment = segments.at(-1) ?? 0;
  for (const segment of segments) {
    const size = (await storage.size(segmentPath(segment))) ?? 0;
    const bytes = Buffer.from((await storage.readRange(segmentPath(segment), 0, size)) ?? []);
    let offset = 0;
    for (let frame = parseFrame(bytes, 0); frame !== null; frame = parseFrame(bytes, offset)) {
      records.push({ record: frame.record, segment, offset, length: frame.length });
      offset += frame.length;
    }
    if (offset === bytes.length) continue;
    damagedBytes += bytes.length - offset;
    if (segment === lastSegment) await storage.truncate(segmentPath(segment), offset);
  }
  return { records, lastSegment, damagedBytes };
}
