// Columns of the index: one value a device, kept so that judging all devices is a walk over numbers.
import { type Bits, growBits, hasBit, makeBits, putBit } from './bits.ts';
import { MAX_REMEMBERED_CHANGES } from './limits.ts';

/** Counts the changes of a column and remembers which devices the last ones were about. */
class ChangeLog {
  /** Changes so far. */
  version = 0;
  private readonly ring = new Int32Array(MAX_REMEMBERED_CHANGES);

  protected log(idx: number): void {
    this.ring[this.version % MAX_REMEMBERED_CHANGES] = idx;
    this.version += 1;
  }

  /** The devices changed after that version, some perhaps twice; null when that is too long ago. */
  changedSince(version: number): number[] | null {
    if (this.version - version > MAX_REMEMBERED_CHANGES) return null;
    const changed: number[] = [];
    for (let at = version; at < this.version; at++) changed.push(this.ring[at % MAX_REMEMBERED_CHANGES] ?? 0);
    return changed;
  }
}

/** A column, whatever is in it. */
export type Column = CodedColumn<unknown> | PlainColumn | TimeColumn | BitColumn;

/** Most values whose codes fit in 16 bits; code 0 is "absent". */
const MAX_SHORT_CODES = 65_536;

/** Values that many devices share: each stands once, a device has its code. */
export class CodedColumn<Value> extends ChangeLog {
  private codes: Codes = new Uint16Array(0);
  /** Values by code; those that no device has any more are undefined. */
  private readonly values: (Value | undefined)[] = [undefined];
  private readonly keys: unknown[] = [undefined];
  private readonly holders: number[] = [0];
  private readonly codeOf = new Map<unknown, number>();
  private readonly free: number[] = [];

  grow(capacity: number): void {
    const larger = this.codes instanceof Uint16Array ? new Uint16Array(capacity) : new Int32Array(capacity);
    larger.set(this.codes);
    this.codes = larger;
  }

  /** The device's value; undefined: absent. */
  read(idx: number): Value | undefined {
    return this.values[this.codes[idx] ?? 0];
  }

  /** Values with the same key count as the same. True when it is another than before. */
  write(idx: number, value: Value | undefined, key: unknown = value): boolean {
    const before = this.codes[idx] ?? 0;
    if (value === undefined ? before === 0 : before !== 0 && this.keys[before] === key) return false;
    // The new one first: letting go of the old may free a code, and this one must not be it.
    // And in a statement of its own: it may replace the codes by longer ones.
    const code = value === undefined ? 0 : this.hold(value, key);
    this.codes[idx] = code;
    this.release(before);
    this.log(idx);
    return true;
  }

  /** Sets the bits of all devices whose value passes; the test is asked once a distinct value. */
  fill(bits: Bits, test: (value: Value) => boolean): void {
    const passes = new Uint8Array(this.values.length);
    for (let code = 0; code < this.values.length; code++) {
      const value = this.values[code];
      passes[code] = value !== undefined && test(value) ? 1 : 0;
    }
    spread(this.codes, passes, bits);
  }

  /** Distinct values. */
  distinct(): number {
    return this.codeOf.size;
  }

  private hold(value: Value, key: unknown): number {
    const known = this.codeOf.get(key);
    const code = known ?? this.free.pop() ?? this.values.length;
    if (known === undefined) {
      this.values[code] = value;
      this.keys[code] = key;
      this.holders[code] = 0;
      this.codeOf.set(key, code);
      if (code >= MAX_SHORT_CODES && this.codes instanceof Uint16Array)
        this.codes = Int32Array.from(this.codes);
    }
    this.holders[code] = (this.holders[code] ?? 0) + 1;
    return code;
  }

  private release(code: number): void {
    if (code === 0) return;
    const left = (this.holders[code] ?? 0) - 1;
    this.holders[code] = left;
    if (left > 0) return;
    this.codeOf.delete(this.keys[code]);
    this.values[code] = undefined;
    this.keys[code] = undefined;
    this.free.push(code);
  }
}

type Codes = Uint16Array | Int32Array;

/** A bit a device by its code. Eight at a time: the loop around them costs more than they do. */
function spread(codes: Codes, passes: Uint8Array, bits: Bits): void {
  for (let at = 0, idx = 0; at < bits.length; at++) {
    let word = 0;
    for (let bit = 0; bit < 32; bit += 8, idx += 8)
      word |= (readFour(codes, passes, idx) | (readFour(codes, passes, idx + 4) << 4)) << bit;
    bits[at] = word;
  }
}

/** Bits of four devices; small enough to become part of the loop. */
function readFour(codes: Codes, passes: Uint8Array, from: number): number {
  return (
    (passes[codes[from] ?? 0] ?? 0) |
    ((passes[codes[from + 1] ?? 0] ?? 0) << 1) |
    ((passes[codes[from + 2] ?? 0] ?? 0) << 2) |
    ((passes[codes[from + 3] ?? 0] ?? 0) << 3)
  );
}

/** Texts that are different on nearly every device. */
export class PlainColumn extends ChangeLog {
  private readonly values: (string | undefined)[] = [];

  grow(_capacity: number): void {
    // A list grows by itself.
  }

  read(idx: number): string | undefined {
    return this.values[idx];
  }

  write(idx: number, value: string | undefined): boolean {
    // A hole in a list would turn it into a table.
    while (this.values.length <= idx) this.values.push(undefined);
    if (this.values[idx] === value) return false;
    this.values[idx] = value;
    this.log(idx);
    return true;
  }

  fill(bits: Bits, test: (value: string) => boolean): void {
    for (const [idx, value] of this.values.entries()) putBit(bits, idx, value !== undefined && test(value));
  }
}

/** Times, ms since 1970. */
export class TimeColumn extends ChangeLog {
  private times = new Float64Array(0);

  grow(capacity: number): void {
    const larger = new Float64Array(capacity).fill(Number.NaN);
    larger.set(this.times);
    this.times = larger;
  }

  read(idx: number): number | undefined {
    const time = this.times[idx];
    return time === undefined || Number.isNaN(time) ? undefined : time;
  }

  write(idx: number, value: number | undefined): boolean {
    if (this.read(idx) === value) return false;
    this.times[idx] = value ?? Number.NaN;
    this.log(idx);
    return true;
  }

  /** The test is asked once a device; an absent time is not asked about. */
  fill(bits: Bits, test: (value: number) => boolean): void {
    bits.fill(0);
    for (let idx = 0; idx < this.times.length; idx++) {
      const time = this.times[idx] ?? Number.NaN;
      if (!Number.isNaN(time) && test(time)) putBit(bits, idx, true);
    }
  }

  /** Sets the bits of the times from the least to the most, both included. An absent one, NaN, is in no range. */
  fillRange(bits: Bits, least: number, most: number): void {
    const { times } = this;
    for (let at = 0, idx = 0; at < bits.length; at++) {
      let word = 0;
      for (let bit = 0; bit < 32; bit++, idx++) {
        const time = times[idx] ?? Number.NaN;
        word |= (time >= least && time <= most ? 1 : 0) << bit;
      }
      bits[at] = word;
    }
  }
}

/** Yes or no, as somebody else found it. */
export class BitColumn extends ChangeLog {
  private bits: Bits = makeBits(0);

  /** Versions go on where those of a column of the same name ended: kept bits must never belong to another one. */
  constructor(version: number) {
    super();
    this.version = version;
  }

  read(idx: number): boolean {
    return hasBit(this.bits, idx);
  }

  write(idx: number, isIn: boolean): boolean {
    if (this.read(idx) === isIn) return false;
    this.makeRoom(idx);
    putBit(this.bits, idx, isIn);
    this.log(idx);
    return true;
  }

  /** Takes over all of them; no kept bits follow that one by one. */
  replace(idxs: readonly number[]): void {
    this.bits.fill(0);
    this.makeRoom(idxs.reduce((most, idx) => Math.max(most, idx), 0));
    for (const idx of idxs) putBit(this.bits, idx, true);
    this.version += MAX_REMEMBERED_CHANGES + 1;
  }

  fill(bits: Bits): void {
    bits.fill(0);
    bits.set(this.bits.subarray(0, bits.length));
  }

  private makeRoom(idx: number): void {
    this.bits = growBits(this.bits, ((idx >>> 5) + 1) * 64);
  }
}
