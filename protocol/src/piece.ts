// The piece frame: a part of a body that travels in either direction, content down and fetched files up.
import { MAX_FETCH_BYTES, PIECE_BYTES } from './commands/limits.ts';
import { fail } from './errors.ts';
import { FRAME } from './frames.ts';

/** Header of a piece frame, bytes: kind u8, 3 × zero, total u32, offset u32 (little-endian), sha256 of the whole body. */
export const PIECE_HEADER_BYTES = 44;

/** A part of a body, named by the hash of the whole. */
export interface Piece {
  /** sha256 of the whole body, 32 bytes. */
  readonly sha256: Uint8Array;
  /** Size of the whole body, bytes. */
  readonly totalBytes: number;
  /** Place of `data` in it, bytes. */
  readonly offset: number;
  /** At most PIECE_BYTES; empty only for an empty body. */
  readonly data: Uint8Array;
}

/** Writes a piece frame. */
export function encodePiece({ sha256, totalBytes, offset, data }: Piece): Uint8Array {
  const bytes = new Uint8Array(PIECE_HEADER_BYTES + data.length);
  const out = new DataView(bytes.buffer);
  // Bytes 1 to 3 stay zero.
  out.setUint8(0, FRAME.piece);
  out.setUint32(4, totalBytes, true);
  out.setUint32(8, offset, true);
  bytes.set(sha256, 12);
  bytes.set(data, PIECE_HEADER_BYTES);
  return bytes;
}

/** Reads a piece frame. @throws MusterError E_SHAPE for a wrong header, E_SIZE for what lies outside the body or its limits */
export function decodePiece(bytes: Uint8Array): Piece {
  if (bytes.length < PIECE_HEADER_BYTES || bytes[0] !== FRAME.piece) throw fail('E_SHAPE');
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Numbers are little-endian, as in all frames.
  const totalBytes = from.getUint32(4, true);
  const offset = from.getUint32(8, true);
  const data = bytes.slice(PIECE_HEADER_BYTES);
  // A piece without bytes would never end a body.
  if (totalBytes > MAX_FETCH_BYTES || data.length > PIECE_BYTES) throw fail('E_SIZE');
  if (offset + data.length > totalBytes || (data.length === 0 && totalBytes > 0)) throw fail('E_SIZE');
  return { sha256: bytes.slice(12, PIECE_HEADER_BYTES), totalBytes, offset, data };
}
