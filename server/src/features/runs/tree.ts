// The hash tree over the sorted ids of a job's targets, flat in memory: the same tree as protocol's, for millions of leaves.
import { hash } from 'node:crypto';
import { pause } from '../../core/turns.ts';
import { fail } from '../../errors.ts';
import { TREE_TURN_NODES } from './limits.ts';

/** The way from one leaf to the root, as an offer carries it. */
export interface Proof {
  readonly index: number;
  /** base64url. */
  readonly path: string[];
}

/** A tree that hands out proofs by device number. */
export interface TargetTree {
  /** base64url. */
  readonly root: string;
  readonly count: number;
  /** @throws MusterError E_TARGET for a device that is not in it */
  proof(idx: number): Proof;
}

const HASH_BYTES = 32;

/** Hashes the nodes of one level, two and two; one without a sibling moves up as it is. */
async function foldLevel(level: Buffer): Promise<Buffer> {
  const count = level.length / HASH_BYTES;
  const next = Buffer.allocUnsafe(((count + 1) >> 1) * HASH_BYTES);
  const input = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  input[0] = 1;
  for (let at = 0; at < count; at += 2) {
    const from = at * HASH_BYTES;
    const to = (at >> 1) * HASH_BYTES;
    if (at + 1 < count) {
      level.copy(input, 1, from, from + 2 * HASH_BYTES);
      hash('sha256', input, 'buffer').copy(next, to);
    } else level.copy(next, to, from, from + HASH_BYTES);
    if (at % TREE_TURN_NODES === TREE_TURN_NODES - 2) await pause();
  }
  return next;
}

async function hashLeaves(ids: readonly string[]): Promise<Buffer> {
  const level = Buffer.allocUnsafe(ids.length * HASH_BYTES);
  for (const [at, id] of ids.entries()) {
    hash('sha256', Buffer.from(`\0${id}`), 'buffer').copy(level, at * HASH_BYTES);
    if (at % TREE_TURN_NODES === TREE_TURN_NODES - 1) await pause();
  }
  return level;
}

/** Device numbers in rising order, and the place of each among the sorted ids. */
function sortPlaces(idxs: Int32Array): { readonly sorted: Int32Array; readonly places: Int32Array } {
  const places = Int32Array.from(idxs.keys()).sort((a, b) => (idxs[a] ?? 0) - (idxs[b] ?? 0));
  return { sorted: places.map((place) => idxs[place] ?? 0), places };
}

function search(sorted: Int32Array, idx: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = sorted[middle] ?? 0;
    if (found === idx) return middle;
    if (found < idx) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/**
 * Builds the tree by turns. `idxs[n]` is the number of the device with the n-th of the sorted ids.
 * Memory: 64 bytes a leaf for the hashes, 8 for the numbers.
 */
export async function buildTree(sortedIds: readonly string[], idxs: Int32Array): Promise<TargetTree> {
  if (sortedIds.length === 0) throw fail('E_TARGET');
  const levels = [await hashLeaves(sortedIds)];
  for (let level = levels[0]; level !== undefined && level.length > HASH_BYTES; ) {
    level = await foldLevel(level);
    levels.push(level);
  }
  const { sorted, places } = sortPlaces(idxs);
  return {
    root: levels.at(-1)?.toString('base64url') ?? '',
    count: sortedIds.length,
    proof(idx) {
      const index = places[search(sorted, idx)];
      if (index === undefined) throw fail('E_TARGET');
      const path = levels.slice(0, -1).flatMap((level, height) => {
        const from = ((index >> height) ^ 1) * HASH_BYTES;
        return from < level.length ? [level.toString('base64url', from, from + HASH_BYTES)] : [];
      });
      return { index, path };
    },
  };
}
