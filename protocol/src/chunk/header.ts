// The fixed header of a chunk: enough for the gateway to check length, time and damage without decoding.
import { fail } from '../errors.ts';
import { MAX_CHUNK_BYTES, MAX_CHUNK_RAW_BYTES, MAX_CHUNK_SERIES } from '../limits.ts';
import { crc32 } from './crc32.ts';

/** A resolution in which measurements are kept. */
export interface ChunkTier {
  /** Number on the wire. Never reused. */
  readonly id: number;
  /** Time between two points, ms. */
  readonly stepMs: number;
  /** Most points of one chunk. */
  readonly maxCount: number;
  /** A chunk begins at a multiple of this, ms since 1970 UTC. */
  readonly alignMs: number;
  /** True: mean and maximum of each interval. False: one value each. */
  readonly hasMax: boolean;
}

/** `sample`: the agent's own ring · `minute`: what is sent, an hour a chunk · `hour`: what is kept for long, a day a chunk. */
export const chunkTiers = {
  sample: { id: 0, stepMs: 10_000, maxCount: 360, alignMs: 10_000, hasMax: false },
  minute: { id: 1, stepMs: 60_000, maxCount: 60, alignMs: 3_600_000, hasMax: true },
  hour: { id: 2, stepMs: 3_600_000, maxCount: 24, alignMs: 86_400_000, hasMax: true },
} as const satisfies Record<string, ChunkTier>;

/** One of {@link chunkTiers}. */
export type ChunkTierName = keyof typeof chunkTiers;

const tiersById: ReadonlyMap<number, ChunkTierName> = new Map([
  [chunkTiers.sample.id, 'sample'],
  [chunkTiers.minute.id, 'minute'],
  [chunkTiers.hour.id, 'hour'],
]);

/** What a header says. */
export interface ChunkHeader {
  readonly tier: ChunkTierName;
  /** Start of the first interval, ms since 1970 UTC, by the clock of the device. */
  readonly fromMs: number;
  /** End of the last interval, ms since 1970 UTC: fromMs + count × stepMs. */
  readonly toMs: number;
  readonly stepMs: number;
  /** Points of each series, at least 1; an open hour has fewer than a full one. */
  readonly count: number;
  /** Series in the chunk, at least 1. */
  readonly seriesCount: number;
  /** Size of the body once inflated, bytes. */
  readonly rawBytes: number;
  /** CRC-32 of the inflated body. */
  readonly rawCrc: number;
}

/**
 * Size of the header, bytes. Numbers are little-endian:
 *
 * | at | type | what |
 * |---|---|---|
 * | 0 | u8 | MAGIC |
 * | 1 | u8 | VERSION of the body's form |
 * | 2 | u8 | tier |
 * | 3 | u8 | 0, kept free |
 * | 4 | u32 | start, seconds since 1970 UTC (good until 2106) |
 * | 8 | u32 | step, ms |
 * | 12 | u16 | points a series |
 * | 14 | u16 | series |
 * | 16 | u32 | size of the inflated body, bytes |
 * | 20 | u32 | CRC-32 of the inflated body |
 * | 24 | u32 | CRC-32 of the 24 bytes before and of the deflated body behind |
 */
export const HEADER_BYTES = 28;
/** Where the checksum over everything else stands. */
const CRC_AT = 24;
const MAGIC = 0xc7;
const VERSION = 1;

/** Puts a header in front of a deflated body. */
export function joinChunk(header: Omit<ChunkHeader, 'toMs' | 'stepMs'>, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  const tier = chunkTiers[header.tier];
  view.setUint8(0, MAGIC);
  view.setUint8(1, VERSION);
  view.setUint8(2, tier.id);
  view.setUint32(4, header.fromMs / 1000, true);
  view.setUint32(8, tier.stepMs, true);
  view.setUint16(12, header.count, true);
  view.setUint16(14, header.seriesCount, true);
  view.setUint32(16, header.rawBytes, true);
  view.setUint32(20, header.rawCrc, true);
  bytes.set(body, HEADER_BYTES);
  view.setUint32(CRC_AT, checksumOf(bytes), true);
  return bytes;
}

function checksumOf(bytes: Uint8Array): number {
  return crc32(bytes.subarray(HEADER_BYTES), crc32(bytes.subarray(0, CRC_AT)));
}

/**
 * Reads and checks a header together with the checksum over header and deflated body: what the gateway does on the way in.
 * Nothing is inflated or decoded, and whether the time is acceptable is for the caller to say.
 * @throws MusterError E_SIZE over MAX_CHUNK_BYTES, or when more than MAX_CHUNK_RAW_BYTES or MAX_CHUNK_SERIES are announced;
 * E_CHUNK for anything else that is wrong.
 */
export function readChunkHeader(bytes: Uint8Array): ChunkHeader {
  if (bytes.length > MAX_CHUNK_BYTES) throw fail('E_SIZE');
  if (bytes.length <= HEADER_BYTES) throw fail('E_CHUNK');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== MAGIC || view.getUint8(1) !== VERSION || view.getUint8(3) !== 0)
    throw fail('E_CHUNK');
  if (view.getUint32(CRC_AT, true) !== checksumOf(bytes)) throw fail('E_CHUNK');
  const tier = tiersById.get(view.getUint8(2));
  if (tier === undefined || view.getUint32(8, true) !== chunkTiers[tier].stepMs) throw fail('E_CHUNK');
  const header = {
    tier,
    fromMs: view.getUint32(4, true) * 1000,
    count: view.getUint16(12, true),
    seriesCount: view.getUint16(14, true),
    rawBytes: view.getUint32(16, true),
    rawCrc: view.getUint32(20, true),
  };
  if (header.rawBytes > MAX_CHUNK_RAW_BYTES) throw fail('E_SIZE');
  checkSpan(header);
  const { stepMs } = chunkTiers[tier];
  return { ...header, stepMs, toMs: header.fromMs + header.count * stepMs };
}

/** What must hold of a chunk whether it is written or read. @throws MusterError E_SIZE for too many series, else E_CHUNK. */
export function checkSpan(chunk: Pick<ChunkHeader, 'tier' | 'fromMs' | 'count' | 'seriesCount'>): void {
  const tier = chunkTiers[chunk.tier];
  if (chunk.seriesCount > MAX_CHUNK_SERIES) throw fail('E_SIZE');
  if (!isWithin(chunk.seriesCount, 1, MAX_CHUNK_SERIES))
    throw fail('E_CHUNK', { detail: 'A metric chunk has no series.' });
  if (!isWithin(chunk.count, 1, tier.maxCount)) {
    throw fail('E_CHUNK', {
      detail: `A metric chunk of tier ${chunk.tier} has 1 to ${tier.maxCount} points.`,
    });
  }
  if (!isWithin(chunk.fromMs, 0, 0xffffffff * 1000) || chunk.fromMs % tier.alignMs !== 0) {
    throw fail('E_CHUNK', {
      detail: `A metric chunk of tier ${chunk.tier} begins at a multiple of ${tier.alignMs} ms.`,
    });
  }
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
