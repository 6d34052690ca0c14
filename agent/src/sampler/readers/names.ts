// Finds what is known of a device by its name's bytes, so that a sample makes no strings.
import { MAX_NAMES } from '../limits.ts';
import type { Scan } from '../scan.ts';

/** Entries by name. */
export interface Names<Entry> {
  /** Entry of the name that stands in these bytes; learned at its first appearance. */
  find(scan: Scan, from: number, to: number): Entry;
}

/** True when these bytes stand there; a comparison without a view or an options object, which would be garbage of every sample. */
function standsAt(bytes: Uint8Array, from: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) {
    if (bytes[from + index] !== name[index]) return false;
  }
  return true;
}

/** Makes the index; `learn` makes the entry of a new name. At MAX_NAMES all names are forgotten and learned again. */
export function createNames<Entry>(learn: (name: string) => Entry): Names<Entry> {
  let known: { readonly name: Uint8Array; readonly entry: Entry }[] = [];
  /** The kernel lists devices in a steady order, so the one after the last found is tried first. */
  let next = 0;
  return {
    find(scan, from, to) {
      for (let tried = 0; tried < known.length; tried++) {
        const index = (next + tried) % known.length;
        const candidate = known[index];
        if (candidate === undefined || candidate.name.length !== to - from) continue;
        if (!standsAt(scan.bytes, from, candidate.name)) continue;
        next = index + 1;
        return candidate.entry;
      }
      if (known.length >= MAX_NAMES) known = [];
      const name = Buffer.from(scan.bytes.subarray(from, to));
      const entry = learn(name.toString('utf8'));
      known.push({ name, entry });
      next = known.length;
      return entry;
    },
  };
}
