// Reading and writing of variable-length numbers, in one stream or split over two.
import { fail } from '../errors.ts';

/** Bytes being written. A plain array: chunks are a few kilobytes, and it grows by itself. */
export type Sink = number[];

/** Longest varint, bytes: 8 × 7 bits hold every safe integer. */
const MAX_VARINT_BYTES = 8;

/**
 * Writes a whole number from 0 to 2^53 − 1, 7 bits a byte, lowest first; the high bit says that more follow.
 * Division instead of shifts, because shifts end at 32 bits; no BigInt.
 */
export function writeVarint(into: Sink, value: number): void {
  let rest = value;
  while (rest >= 128) {
    into.push(128 + (rest % 128));
    rest = Math.floor(rest / 128);
  }
  into.push(rest);
}

/** Two streams for one sequence of varints: `low` has the first byte of each, `high` whatever follows it. */
export interface SplitSink {
  readonly low: Sink;
  readonly high: Sink;
}

/** Writes a varint over two streams: first bytes are much alike, high bytes too, and deflate likes them apart. */
export function writeSplit(into: SplitSink, value: number): void {
  if (value < 128) {
    into.low.push(value);
    return;
  }
  into.low.push(128 + (value % 128));
  writeVarint(into.high, Math.floor(value / 128));
}

/** Folds the sign into the lowest bit: 0, −1, 1, −2 … become 0, 1, 2, 3 … Exact up to ±2^52. */
export function toZigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** Undoes toZigzag. */
export function fromZigzag(code: number): number {
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
}

/** Reads bytes from front to back; every fault is E_CHUNK. */
export interface Source {
  /** Bytes not read yet. */
  left(): number;
  /** One byte. */
  byte(): number;
  /** One varint, a safe integer. */
  varint(): number;
  /** The next bytes, without copying. */
  take(length: number): Uint8Array;
}

/** Starts reading. */
export function createSource(bytes: Uint8Array): Source {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  function byte(): number {
    if (at >= view.byteLength) throw fail('E_CHUNK');
    return view.getUint8(at++);
  }
  function varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const next = byte();
      value += (next % 128) * factor;
      if (next < 128) return checkSafe(value);
      factor *= 128;
    }
    throw fail('E_CHUNK');
  }
  function take(length: number): Uint8Array {
    if (length > view.byteLength - at) throw fail('E_CHUNK');
    at += length;
    return bytes.subarray(at - length, at);
  }
  return { left: () => view.byteLength - at, byte, varint, take };
}

/** Reads what writeSplit wrote. */
export function readSplit(low: Source, high: Source): number {
  const first = low.byte();
  return first < 128 ? first : checkSafe(first - 128 + high.varint() * 128);
}

function checkSafe(value: number): number {
  if (!Number.isSafeInteger(value)) throw fail('E_CHUNK');
  return value;
}
