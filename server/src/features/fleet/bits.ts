// Sets of devices as bits: device `idx` is bit `idx & 31` of word `idx >>> 5`.

/** A set of devices. What is handed out may be shared: only who made it changes it. */
export type Bits = Uint32Array;

/** An empty set with room for so many devices, a multiple of 32. */
export function makeBits(capacity: number): Bits {
  return new Uint32Array(capacity >>> 5);
}

/** Whether the device is in the set; one beyond its room is not. */
export function hasBit(bits: Bits, idx: number): boolean {
  return (((bits[idx >>> 5] ?? 0) >>> (idx & 31)) & 1) === 1;
}

/** Puts a device in, or takes it out. */
export function putBit(bits: Bits, idx: number, isIn: boolean): void {
  const word = bits[idx >>> 5] ?? 0;
  const bit = 1 << (idx & 31);
  bits[idx >>> 5] = isIn ? word | bit : word & ~bit;
}

/** The same set with more room; the very same where there is enough. */
export function growBits(bits: Bits, capacity: number): Bits {
  if (bits.length >= capacity >>> 5) return bits;
  const larger = makeBits(capacity);
  larger.set(bits);
  return larger;
}

/** Leaves in `into` what is in both. */
export function intersect(into: Bits, other: Bits): void {
  for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) & (other[at] ?? 0);
}

/** Adds to `into` what is in the other. */
export function unite(into: Bits, other: Bits): void {
  for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) | (other[at] ?? 0);
}

/** Takes from `into` what is in the other. */
export function subtract(into: Bits, other: Bits): void {
  for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) & ~(other[at] ?? 0);
}

/** Size of the set. Source of the method: H. S. Warren, "Hacker's Delight", 2nd edition, 5-1. */
export function countBits(bits: Bits): number {
  let count = 0;
  for (let at = 0; at < bits.length; at++) {
    let word = bits[at] ?? 0;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** Shows the devices of the set in order. */
export function eachBit(bits: Bits, visit: (idx: number) => void): void {
  for (let at = 0; at < bits.length; at++) {
    for (let word = bits[at] ?? 0; word !== 0; word &= word - 1)
      visit((at << 5) | (31 - Math.clz32(word & -word)));
  }
}

/**
 * Shows all devices of the set, neighbors far apart: what is asked in the order in which devices enrolled would otherwise be the
 * worst case of whoever keeps the best of what comes. Steps by the golden ratio, to a number without a common divisor.
 */
export function eachBitScattered(bits: Bits, visit: (idx: number) => void): void {
  const { length } = bits;
  let step = Math.max(1, Math.floor(length * 0.618));
  while (findDivisor(step, length) > 1) step -= 1;
  for (let done = 0, at = 0; done < length; done++, at = (at + step) % length) {
    for (let word = bits[at] ?? 0; word !== 0; word &= word - 1)
      visit((at << 5) | (31 - Math.clz32(word & -word)));
  }
}

/** The greatest common divisor (Euclid). */
function findDivisor(a: number, b: number): number {
  return b === 0 ? a : findDivisor(b, a % b);
}

/** The devices of the set in order. */
export function listBits(bits: Bits): Int32Array {
  const list = new Int32Array(countBits(bits));
  let at = 0;
  eachBit(bits, (idx) => {
    list[at++] = idx;
  });
  return list;
}

/** Who is in one of the sets only. */
export function compareBits(before: Bits, after: Bits): { joined: number[]; left: number[] } {
  const joined: number[] = [];
  const left: number[] = [];
  for (let at = 0; at < Math.max(before.length, after.length); at++) {
    for (let word = (before[at] ?? 0) ^ (after[at] ?? 0); word !== 0; word &= word - 1) {
      const idx = (at << 5) | (31 - Math.clz32(word & -word));
      (hasBit(after, idx) ? joined : left).push(idx);
    }
  }
  return { joined, left };
}

/** The set as bytes: device `idx` is bit `idx & 7` of byte `idx >> 3`, whatever the machine's own order is. */
export function toBytes(bits: Bits): Uint8Array {
  const bytes = new Uint8Array(bits.length * 4);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bits.length; at++) view.setUint32(at * 4, bits[at] ?? 0, true);
  return bytes;
}
