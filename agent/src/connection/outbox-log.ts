// The outbox on disk: segments of framed records, appended only; a segment goes when nothing in it is waiting.
import { crc32 } from '@muster/protocol';
import { isDiskFull, type Storage } from '../platform/storage.ts';

/** Size at which a new segment is begun, bytes. */
export const SEGMENT_BYTES = 1024 * 1024;
/** Frame before each record: length u32, crc32 u32, little-endian. */
const FRAME_BYTES = 8;
/** Largest record that is believed when a log is read, bytes. */
const MAX_RECORD_BYTES = 256 * 1024;
/** How every record begins. Inside of one it cannot stand: JSON escapes its quotation marks. */
const RECORD_START = Buffer.from('{"t":"');
/** Where the segments lie. */
export const OUTBOX_FOLDER = 'outbox';
/** Where damaged places are copied to. */
export const DAMAGED_FOLDER = 'outbox-damaged';
/** Damaged places that are kept; the oldest go first. */
const MAX_DAMAGED_FILES = 16;

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
  /** Numbers of all segments, ascending. */
  readonly segments: readonly number[];
  /** The last segment ends with a damaged place, so that nothing may be appended to it. */
  readonly isSealed: boolean;
  /** Bytes of a write that never was completed, cut from the end of the last segment. */
  readonly cutBytes: number;
  /** Bytes of records that were whole once and are not any more; copied to DAMAGED_FOLDER. */
  readonly damagedBytes: number;
}

/** Bytes of a segment that are no record. */
interface Gap {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Path of a segment. */
export function segmentPath(segment: number): string {
  return `${OUTBOX_FOLDER}/${String(segment).padStart(8, '0')}.log`;
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

/** The record whose frame begins there; null when none that is whole does. */
function parseFrame(bytes: Buffer, at: number): { record: OutboxRecord; length: number } | null {
  if (at < 0 || bytes.length - at < FRAME_BYTES) return null;
  const length = bytes.readUInt32LE(at);
  // A power cut may leave zeros behind the records; a frame of nothing would fit its checksum.
  if (length === 0 || length > MAX_RECORD_BYTES || bytes.length - at - FRAME_BYTES < length) return null;
  const body = bytes.subarray(at + FRAME_BYTES, at + FRAME_BYTES + length);
  if (crc32(body) !== bytes.readUInt32LE(at + 4)) return null;
  return { record: JSON.parse(body.toString('utf8')) as OutboxRecord, length: FRAME_BYTES + length };
}

/** Offset of the first whole record behind a damaged place that begins at `from`; the end of the segment when there is none. */
function findNextFrame(bytes: Buffer, from: number): number {
  let body = bytes.indexOf(RECORD_START, from + 1);
  while (body >= 0) {
    const at = body - FRAME_BYTES;
    if (at > from && parseFrame(bytes, at) !== null) return at;
    body = bytes.indexOf(RECORD_START, body + 1);
  }
  return bytes.length;
}

/** Finds every whole record of a segment, and what lies between them. */
function parseSegment(bytes: Buffer, segment: number): { records: PlacedRecord[]; gaps: Gap[] } {
  const records: PlacedRecord[] = [];
  const gaps: Gap[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const frame = parseFrame(bytes, offset);
    const end = frame === null ? findNextFrame(bytes, offset) : offset + frame.length;
    if (frame === null) gaps.push({ offset, bytes: bytes.subarray(offset, end) });
    else records.push({ record: frame.record, segment, offset, length: frame.length });
    offset = end;
  }
  return { records, gaps };
}

/**
 * True when the bytes at the end can be the beginning of a record, or the zeros that a power cut leaves in its place. A record
 * that is there in its full length with another checksum was whole once.
 */
function isTorn(bytes: Buffer): boolean {
  if (bytes.length < FRAME_BYTES || bytes.every((byte) => byte === 0)) return true;
  const length = bytes.readUInt32LE(0);
  const start = bytes.subarray(FRAME_BYTES, FRAME_BYTES + RECORD_START.length);
  const begins = RECORD_START.subarray(0, start.length).equals(start);
  return begins && length <= MAX_RECORD_BYTES && length > bytes.length - FRAME_BYTES;
}

/** Copies a damaged place where it outlives its segment; once only, and without room not at all. */
async function setAside(storage: Storage, segment: number, { offset, bytes }: Gap): Promise<void> {
  const path = `${DAMAGED_FOLDER}/${String(segment).padStart(8, '0')}-${offset}.bin`;
  if ((await storage.size(path)) === bytes.length) return;
  try {
    await storage.writeAtomic(path, bytes);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
  const names = await storage.list(DAMAGED_FOLDER);
  for (const name of names.slice(0, -MAX_DAMAGED_FILES)) await storage.remove(`${DAMAGED_FOLDER}/${name}`);
}

/**
 * Reads all segments in order. Only a torn write at the very end is cut. Any other damage stays where it is and is copied
 * aside; the records behind it count.
 */
export async function readLog(storage: Storage): Promise<LogContent> {
  const found = { records: [] as PlacedRecord[], isSealed: false, cutBytes: 0, damagedBytes: 0 };
  const names = await storage.list(OUTBOX_FOLDER);
  const segments = names
    .filter((name) => /^\d{8,}\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10));
  for (const segment of segments) {
    const size = (await storage.size(segmentPath(segment))) ?? 0;
    const bytes = Buffer.from((await storage.readRange(segmentPath(segment), 0, size)) ?? []);
    const { records, gaps } = parseSegment(bytes, segment);
    for (const record of records) found.records.push(record);
    for (const gap of gaps) {
      const isLast = segment === segments.at(-1) && gap.offset + gap.bytes.length === bytes.length;
      if (isLast && isTorn(gap.bytes)) {
        found.cutBytes = gap.bytes.length;
        await storage.truncate(segmentPath(segment), gap.offset);
        continue;
      }
      found.isSealed ||= isLast;
      found.damagedBytes += gap.bytes.length;
      await setAside(storage, segment, gap);
    }
  }
  return { ...found, segments };
}
