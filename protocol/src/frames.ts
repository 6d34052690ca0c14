// Binary frames: heartbeat, slice body, bundle of bodies, metric chunk, live reply. A fixed header each; numbers are little-endian.
import { fail } from './errors.ts';
import { MAX_BUNDLE_FRAMES, MAX_CHUNK_BYTES, MAX_SLICE_BYTES } from './limits.ts';

/** First byte of every binary frame. */
export const FRAME = { heartbeat: 1, body: 2, chunk: 3, live: 4, bundle: 5, piece: 6 } as const;

/** Size of a heartbeat, bytes. A longer one comes from a newer agent and is read up to here. */
export const HEARTBEAT_BYTES = 32;
/** Header of a body frame, bytes: kind u8, encoding u8, u16 zero, raw length u32, sha256 of the raw bytes. */
export const BODY_HEADER_BYTES = 40;
/** Header of a chunk frame, bytes: kind u8, 3 × zero, sequence number f64. */
export const CHUNK_HEADER_BYTES = 12;
/** Header of a bundle, bytes: kind u8, encoding u8, u16 zero, raw length u32. */
export const BUNDLE_HEADER_BYTES = 8;
/** Header of a live reply, bytes: kind u8, encoding u8, u16 zero, question id u32, raw length u32. */
export const LIVE_HEADER_BYTES = 12;

/** Ratios in a heartbeat have this many steps; NO_VALUE says "no data". */
const RATIO_STEPS = 10_000;
const NO_VALUE = 0xffff;

/** How a body is written: as it is, or as raw deflate (RFC 1951). */
export type BodyEncoding = 'raw' | 'deflate';

/** Latest state of a device, sent every minute. Null says "no data". */
export interface Heartbeat {
  /** First 8 bytes of the inventory root. */
  readonly inventoryDigest: Uint8Array;
  /** Seconds since the operating system started. */
  readonly uptimeS: number;
  /** Unacknowledged outbox messages; 65535 stands for "that or more". */
  readonly outboxDepth: number;
  /** Measurements dropped because the outbox was full, since the agent started. */
  readonly dropped: number;
  readonly cpuUsedRatio: number | null;
  readonly memoryUsedRatio: number | null;
  readonly swapUsedRatio: number | null;
  /** Fullest filesystem. */
  readonly diskUsedRatio: number | null;
  /** Load average of one minute divided by the number of processors; up to 655. */
  readonly loadPerCpu: number | null;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function toSteps(value: number | null, steps: number): number {
  if (value === null || !Number.isFinite(value)) return NO_VALUE;
  return Math.max(0, Math.min(NO_VALUE - 1, Math.round(value * steps)));
}

function fromSteps(value: number, steps: number): number | null {
  return value === NO_VALUE ? null : value / steps;
}

/** Writes a heartbeat of HEARTBEAT_BYTES. Numbers beyond their field saturate. */
export function encodeHeartbeat(beat: Heartbeat): Uint8Array {
  const bytes = new Uint8Array(HEARTBEAT_BYTES);
  const out = view(bytes);
  out.setUint8(0, FRAME.heartbeat);
  out.setUint16(2, Math.min(NO_VALUE, beat.outboxDepth), true);
  out.setUint32(4, Math.min(0xffffffff, Math.max(0, Math.floor(beat.uptimeS))), true);
  bytes.set(beat.inventoryDigest.subarray(0, 8), 8);
  out.setUint16(16, toSteps(beat.cpuUsedRatio, RATIO_STEPS), true);
  out.setUint16(18, toSteps(beat.memoryUsedRatio, RATIO_STEPS), true);
  out.setUint16(20, toSteps(beat.swapUsedRatio, RATIO_STEPS), true);
  out.setUint16(22, toSteps(beat.diskUsedRatio, RATIO_STEPS), true);
  out.setUint16(24, toSteps(beat.loadPerCpu, 100), true);
  out.setUint32(28, Math.min(0xffffffff, beat.dropped), true);
  return bytes;
}

/** Reads a heartbeat. @throws MusterError E_SHAPE when it is too short or of another kind. */
export function decodeHeartbeat(bytes: Uint8Array): Heartbeat {
  if (bytes.length < HEARTBEAT_BYTES || bytes[0] !== FRAME.heartbeat) throw fail('E_SHAPE');
  const from = view(bytes);
  return {
    outboxDepth: from.getUint16(2, true),
    uptimeS: from.getUint32(4, true),
    inventoryDigest: bytes.slice(8, 16),
    cpuUsedRatio: fromSteps(from.getUint16(16, true), RATIO_STEPS),
    memoryUsedRatio: fromSteps(from.getUint16(18, true), RATIO_STEPS),
    swapUsedRatio: fromSteps(from.getUint16(20, true), RATIO_STEPS),
    diskUsedRatio: fromSteps(from.getUint16(22, true), RATIO_STEPS),
    loadPerCpu: fromSteps(from.getUint16(24, true), 100),
    dropped: from.getUint32(28, true),
  };
}

/** A slice body on the wire. `data` is encoded as `encoding` says; `hash` is sha256 of the raw bytes. */
export interface BodyFrame {
  readonly encoding: BodyEncoding;
  readonly rawBytes: number;
  readonly hash: Uint8Array;
  readonly data: Uint8Array;
}

/** Writes a body frame. */
export function encodeBodyFrame(frame: BodyFrame): Uint8Array {
  const bytes = new Uint8Array(BODY_HEADER_BYTES + frame.data.length);
  const out = view(bytes);
  out.setUint8(0, FRAME.body);
  out.setUint8(1, frame.encoding === 'deflate' ? 1 : 0);
  out.setUint32(4, frame.rawBytes, true);
  bytes.set(frame.hash, 8);
  bytes.set(frame.data, BODY_HEADER_BYTES);
  return bytes;
}

/** Reads a body frame. @throws MusterError E_SHAPE for a wrong header, E_SIZE when the announced size is over MAX_SLICE_BYTES. */
export function decodeBodyFrame(bytes: Uint8Array): BodyFrame {
  if (bytes.length < BODY_HEADER_BYTES || bytes[0] !== FRAME.body) throw fail('E_SHAPE');
  const from = view(bytes);
  const rawBytes = from.getUint32(4, true);
  if (rawBytes > MAX_SLICE_BYTES) throw fail('E_SIZE');
  return {
    encoding: readEncoding(from.getUint8(1)),
    rawBytes,
    hash: bytes.slice(8, 40),
    data: bytes.subarray(BODY_HEADER_BYTES),
  };
}

function readEncoding(value: number): BodyEncoding {
  if (value > 1) throw fail('E_SHAPE');
  return value === 1 ? 'deflate' : 'raw';
}

/**
 * Several body frames in one. The parts of a package list have so much in common that together they take less than half
 * of what they take apart. `data` holds, encoded as `encoding` says, each frame behind its length (u32).
 */
export interface BundleFrame {
  readonly encoding: BodyEncoding;
  /** Size of the joined frames before encoding, bytes. */
  readonly rawBytes: number;
  readonly data: Uint8Array;
}

/** Writes a bundle. */
export function encodeBundleFrame(frame: BundleFrame): Uint8Array {
  const bytes = new Uint8Array(BUNDLE_HEADER_BYTES + frame.data.length);
  const out = view(bytes);
  out.setUint8(0, FRAME.bundle);
  out.setUint8(1, frame.encoding === 'deflate' ? 1 : 0);
  out.setUint32(4, frame.rawBytes, true);
  bytes.set(frame.data, BUNDLE_HEADER_BYTES);
  return bytes;
}

/** Reads a bundle. @throws MusterError E_SHAPE, or E_SIZE over MAX_SLICE_BYTES. */
export function decodeBundleFrame(bytes: Uint8Array): BundleFrame {
  if (bytes.length < BUNDLE_HEADER_BYTES || bytes[0] !== FRAME.bundle) throw fail('E_SHAPE');
  const from = view(bytes);
  const rawBytes = from.getUint32(4, true);
  if (rawBytes > MAX_SLICE_BYTES) throw fail('E_SIZE');
  return {
    encoding: readEncoding(from.getUint8(1)),
    rawBytes,
    data: bytes.subarray(BUNDLE_HEADER_BYTES),
  };
}

/** Puts frames one behind the other, each behind its length. */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(frames.reduce((sum, frame) => sum + 4 + frame.length, 0));
  const out = view(joined);
  let at = 0;
  for (const frame of frames) {
    out.setUint32(at, frame.length, true);
    joined.set(frame, at + 4);
    at += 4 + frame.length;
  }
  return joined;
}

/** Takes joined frames apart; the results are views of `joined`. @throws MusterError E_SHAPE for lengths that do not add up, E_SIZE for too many. */
export function splitFrames(joined: Uint8Array): Uint8Array[] {
  const from = view(joined);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < joined.length; ) {
    if (frames.length >= MAX_BUNDLE_FRAMES) throw fail('E_SIZE');
    if (joined.length - at < 4) throw fail('E_SHAPE');
    const length = from.getUint32(at, true);
    if (length > joined.length - at - 4) throw fail('E_SHAPE');
    frames.push(joined.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return frames;
}

/** A durable metric chunk on the wire. */
export interface ChunkFrame {
  readonly seq: number;
  /** Encoded chunk with its own header and checksums (chunk.ts). */
  readonly chunk: Uint8Array;
}

/** Writes a chunk frame. */
export function encodeChunkFrame(frame: ChunkFrame): Uint8Array {
  const bytes = new Uint8Array(CHUNK_HEADER_BYTES + frame.chunk.length);
  const out = view(bytes);
  out.setUint8(0, FRAME.chunk);
  out.setFloat64(4, frame.seq, true);
  bytes.set(frame.chunk, CHUNK_HEADER_BYTES);
  return bytes;
}

/** Reads a chunk frame. @throws MusterError E_SHAPE, or E_SIZE over MAX_CHUNK_BYTES. */
export function decodeChunkFrame(bytes: Uint8Array): ChunkFrame {
  if (bytes.length <= CHUNK_HEADER_BYTES || bytes[0] !== FRAME.chunk) throw fail('E_SHAPE');
  if (bytes.length - CHUNK_HEADER_BYTES > MAX_CHUNK_BYTES) throw fail('E_SIZE');
  const seq = view(bytes).getFloat64(4, true);
  if (!Number.isSafeInteger(seq) || seq < 1) throw fail('E_SHAPE');
  return { seq, chunk: bytes.subarray(CHUNK_HEADER_BYTES) };
}

/** The answer to `live.get`: a slice body that is never stored. */
export interface LiveFrame {
  readonly id: number;
  readonly encoding: BodyEncoding;
  readonly rawBytes: number;
  readonly data: Uint8Array;
}

/** Writes a live reply. */
export function encodeLiveFrame(frame: LiveFrame): Uint8Array {
  const bytes = new Uint8Array(LIVE_HEADER_BYTES + frame.data.length);
  const out = view(bytes);
  out.setUint8(0, FRAME.live);
  out.setUint8(1, frame.encoding === 'deflate' ? 1 : 0);
  out.setUint32(4, frame.id, true);
  out.setUint32(8, frame.rawBytes, true);
  bytes.set(frame.data, LIVE_HEADER_BYTES);
  return bytes;
}

/** Reads a live reply. @throws MusterError E_SHAPE, or E_SIZE over MAX_SLICE_BYTES. */
export function decodeLiveFrame(bytes: Uint8Array): LiveFrame {
  if (bytes.length < LIVE_HEADER_BYTES || bytes[0] !== FRAME.live) throw fail('E_SHAPE');
  const from = view(bytes);
  const rawBytes = from.getUint32(8, true);
  if (rawBytes > MAX_SLICE_BYTES) throw fail('E_SIZE');
  return {
    encoding: readEncoding(from.getUint8(1)),
    id: from.getUint32(4, true),
    rawBytes,
    data: bytes.subarray(LIVE_HEADER_BYTES),
  };
}
