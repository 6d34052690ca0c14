// The form of a ring segment: blocks behind a mark and a length; whatever is damaged is stepped over.
import { MAX_CHUNK_BYTES, readChunkHeader } from '@muster/protocol';
import { SEGMENT_MS } from './limits.ts';

/**
 * In front of each block: MARK, then the length of the block as u32 little-endian. The block's own header holds its time, its
 * number of samples and a CRC-32 over all of it.
 */
const FRAME_BYTES = 8;
/** Opens a frame; after damage the next one is searched for. */
const MARK = Buffer.from([0x9d, 0x4d, 0x52, 0x0a]);

/** A block that was found, not yet decoded. */
export interface FoundBlock {
  readonly bytes: Uint8Array;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a segment holds. */
export interface SegmentContent {
  readonly blocks: readonly FoundBlock[];
  /** Damaged places between or before good blocks. */
  readonly damagedPlaces: number;
  /** End of the last good block; what follows is a torn tail. */
  readonly goodBytes: number;
}

/** Puts the frame around an encoded block. */
export function frameBlock(block: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(FRAME_BYTES + block.length);
  MARK.copy(bytes);
  bytes.writeUInt32LE(block.length, MARK.length);
  bytes.set(block, FRAME_BYTES);
  return bytes;
}

/** The block whose frame begins there; null when there is none, or none that is whole. */
function readBlockAt(bytes: Buffer, at: number): FoundBlock | null {
  if (at + FRAME_BYTES > bytes.length || bytes.compare(MARK, 0, MARK.length, at, at + MARK.length) !== 0) {
    return null;
  }
  const length = bytes.readUInt32LE(at + MARK.length);
  const from = at + FRAME_BYTES;
  if (length > MAX_CHUNK_BYTES || from + length > bytes.length) return null;
  const block = bytes.subarray(from, from + length);
  try {
    const { tier, fromMs, toMs } = readChunkHeader(block);
    return tier === 'sample' ? { bytes: block, fromMs, toMs } : null;
  } catch {
    // any damage of a block is found here; what is wrong with it does not matter
    return null;
  }
}

/** Finds every whole block of a segment, whatever lies between them. */
export function parseSegment(segment: Uint8Array): SegmentContent {
  const bytes = Buffer.from(segment.buffer, segment.byteOffset, segment.length);
  const blocks: FoundBlock[] = [];
  let damagedPlaces = 0;
  let goodBytes = 0;
  let at = bytes.indexOf(MARK);
  while (at >= 0) {
    const block = readBlockAt(bytes, at);
    if (block === null) {
      at = bytes.indexOf(MARK, at + 1);
      continue;
    }
    if (at > goodBytes) damagedPlaces++;
    blocks.push(block);
    goodBytes = at + FRAME_BYTES + block.bytes.length;
    at = bytes.indexOf(MARK, goodBytes);
  }
  return { blocks, damagedPlaces, goodBytes };
}

/** A segment file. Its blocks begin from startMs on, for SEGMENT_MS. */
export interface Segment {
  readonly name: string;
  /** One more than the segment before: order of writing, which no clock can change. */
  readonly number: number;
  readonly startMs: number;
}

/** Start of the segment for a block of that time. */
export function segmentStart(fromMs: number): number {
  return Math.floor(fromMs / SEGMENT_MS) * SEGMENT_MS;
}

/** The segment of that number and start. */
export function nameSegment(number: number, startMs: number): Segment {
  return { name: `${String(number).padStart(8, '0')}-${startMs}.seg`, number, startMs };
}

/** Reads a file name; null when it is none of ours. */
export function parseSegmentName(name: string): Segment | null {
  const [, number, startMs] = /^(\d{8,15})-(\d{1,15})\.seg$/.exec(name) ?? [];
  return number === undefined || startMs === undefined
    ? null
    : { name, number: Number(number), startMs: Number(startMs) };
}
