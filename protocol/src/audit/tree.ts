// The hash tree over the audit: roots, ranges that go on, and proofs that one tree is the beginning of another.
//
// After RFC 6962, section 2.1 (leaf = H(0x00 ‖ data), node = H(0x01 ‖ left ‖ right), the left half is the largest power of two below
// the size), and RFC 9162, section 2.1.4.2, for the verification of consistency proofs.
import { MAX_CONSISTENCY_HASHES } from '../limits.ts';
import { concatBytes, equalBytes } from '../signing/bytes.ts';
import type { Crypto } from '../signing/crypto.ts';

/** Hash function of the tree. */
type Hasher = Pick<Crypto, 'sha256'>;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The leaf of an entry, from its hash. */
export function hashLeaf(entryHash: Uint8Array, { sha256 }: Hasher): Uint8Array {
  return sha256(concatBytes([LEAF, entryHash]));
}

/** The node above two. */
export function hashNode(left: Uint8Array, right: Uint8Array, { sha256 }: Hasher): Uint8Array {
  return sha256(concatBytes([NODE, left, right]));
}

/** The largest power of two below a number greater than 1. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/**
 * A tree of which only the roots of its complete parts are kept, largest first: one for each bit of its size. Leaves are appended, and
 * the root can be told at any time.
 */
export interface TreeRange {
  size(): number;
  append(leaf: Uint8Array): void;
  /** The root; of an empty tree the hash of nothing. */
  root(): Uint8Array;
  /** The roots of the complete parts, largest first: with the size they are all that is needed to go on. */
  parts(): readonly Uint8Array[];
}

/** How many ones the binary form of a number has: so many parts has a tree of that size. */
function countParts(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** Goes on with a tree; empty without a beginning. @throws RangeError where size and parts do not belong together */
export function createTreeRange(
  hasher: Hasher,
  begin: { readonly size: number; readonly parts: readonly Uint8Array[] } = { size: 0, parts: [] },
): TreeRange {
  if (countParts(begin.size) !== begin.parts.length)
    throw new RangeError('no tree has that size and these parts');
  const parts = [...begin.parts];
  let size = begin.size;
  return {
    size: () => size,
    append(leaf) {
      let node = leaf;
      // Each trailing one of the old size is a part of the same size as the new one, which it completes.
      for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
        const left = parts.pop();
        if (left !== undefined) node = hashNode(left, node, hasher);
      }
      parts.push(node);
      size += 1;
    },
    root() {
      const [last, ...others] = parts.toReversed();
      if (last === undefined) return hasher.sha256(new Uint8Array(0));
      return others.reduce((right, left) => hashNode(left, right, hasher), last);
    },
    parts: () => [...parts],
  };
}

/** Reads the root of the leaves from `from` on, `count` of them: a complete part, where count is a power of two that divides from. */
export type ReadPart = (from: number, count: number) => Promise<Uint8Array>;

async function readRange(
  from: number,
  count: number,
  deps: { read: ReadPart; hasher: Hasher },
): Promise<Uint8Array> {
  if (Number.isInteger(Math.log2(count)) && from % count === 0) return deps.read(from, count);
  const split = splitOf(count);
  const left = await readRange(from, split, deps);
  return hashNode(left, await readRange(from + split, count - split, deps), deps.hasher);
}

/** SUBPROOF of RFC 6962, section 2.1.2, over the leaves from `from` on. */
async function proveRange(
  question: {
    readonly first: number;
    readonly from: number;
    readonly size: number;
    readonly isWhole: boolean;
  },
  deps: { read: ReadPart; hasher: Hasher },
): Promise<Uint8Array[]> {
  const { first, from, size, isWhole } = question;
  if (first === size) return isWhole ? [] : [await readRange(from, size, deps)];
  const split = splitOf(size);
  if (first <= split) {
    const inner = await proveRange({ first, from, size: split, isWhole }, deps);
    return [...inner, await readRange(from + split, size - split, deps)];
  }
  const right = { first: first - split, from: from + split, size: size - split, isWhole: false };
  return [...(await proveRange(right, deps)), await readRange(from, split, deps)];
}

/** The hashes that show that the tree of the first size is the beginning of that of the second; sizes 1 ≤ first ≤ second. */
export function proveConsistency(
  { first, second }: { readonly first: number; readonly second: number },
  deps: { readonly read: ReadPart; readonly hasher: Hasher },
): Promise<Uint8Array[]> {
  return proveRange({ first, from: 0, size: second, isWhole: true }, deps);
}

/** Two trees and what is to show that one is the beginning of the other. */
export interface ConsistencyClaim {
  readonly first: number;
  readonly firstRoot: Uint8Array;
  readonly second: number;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Where the walk stands in the two trees: numbers of nodes on its level. */
interface Place {
  at: number;
  last: number;
}

function climb(place: Place): void {
  place.at = Math.floor(place.at / 2);
  place.last = Math.floor(place.last / 2);
}

/** Walks up by the hashes of a proof; the roots it ends at, null where the proof does not fit the sizes. */
function walk(
  { first, second }: Pick<ConsistencyClaim, 'first' | 'second'>,
  path: readonly Uint8Array[],
  hasher: Hasher,
): { readonly before: Uint8Array; readonly after: Uint8Array } | null {
  const place: Place = { at: first - 1, last: second - 1 };
  while (place.at % 2 === 1) climb(place);
  const [seed, ...rest] = path;
  if (seed === undefined) return null;
  let [before, after] = [seed, seed];
  for (const hash of rest) {
    if (place.last === 0) return null;
    if (place.at % 2 === 1 || place.at === place.last) {
      before = hashNode(hash, before, hasher);
      after = hashNode(hash, after, hasher);
      while (place.at % 2 === 0 && place.at !== 0) climb(place);
    } else after = hashNode(after, hash, hasher);
    climb(place);
  }
  return place.last === 0 ? { before, after } : null;
}

/** True when the proof holds. */
export function isConsistent(claim: ConsistencyClaim, hasher: Hasher): boolean {
  const { first, second, firstRoot, secondRoot, proof } = claim;
  if (first < 1 || first > second || proof.length > MAX_CONSISTENCY_HASHES) return false;
  if (first === second) return proof.length === 0 && equalBytes(firstRoot, secondRoot);
  // Where the first tree is one complete part, it stands in the second as it is, and the proof leaves it out.
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : proof;
  const roots = walk(claim, path, hasher);
  return roots !== null && equalBytes(roots.before, firstRoot) && equalBytes(roots.after, secondRoot);
}
