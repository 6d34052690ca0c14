// Sets of devices as they are stored: deflated bits, and how many of them two sets share.
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { MAX_SET_BYTES } from './limits.ts';

const deflate = promisify<Uint8Array, Buffer>(deflateRaw);
const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);

/** Set bits of each byte there is. */
const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => countOnes(byte));

function countOnes(byte: number): number {
  return byte === 0 ? 0 : (byte & 1) + countOnes(byte >> 1);
}

/** A set for the table (RFC 1951). Device `idx` is bit `idx & 7` of byte `idx >> 3`. */
export function packSet(set: Uint8Array): Promise<Buffer> {
  return deflate(set.subarray(0, MAX_SET_BYTES));
}

/** And back. Rejects for what is larger than any that was packed. */
export function unpackSet(packed: Uint8Array): Promise<Buffer> {
  return inflate(packed, { maxOutputLength: MAX_SET_BYTES });
}

/** Size of a set. */
export function countSet(set: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < set.length; at++) count += bitCounts[set[at] ?? 0] ?? 0;
  return count;
}

/** How many devices are in both. */
export function countShared(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  let count = 0;
  for (let at = 0; at < length; at++) count += bitCounts[(one[at] ?? 0) & (other[at] ?? 0)] ?? 0;
  return count;
}
