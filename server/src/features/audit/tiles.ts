// The hash tree in tiles of 256: what is kept of it in memory to go on, and which nodes are complete and stored.
import { createTreeRange, hashLeaf, hashNode, type TreeRange } from '@muster/protocol';

type Hasher = Parameters<typeof hashLeaf>[1];

/** Children of one tile. */
export const TILE = 256;

/** The root of 256^level leaves, the `at`-th of its level. */
export interface TreeNode {
  /** From 1. */
  readonly level: number;
  readonly at: number;
  readonly hash: Uint8Array;
}

/** The tree as it grows. */
export interface TiledTree {
  size(): number;
  /** Appends an entry by its hash; answers with the nodes that are complete now. */
  append(entryHash: Uint8Array): TreeNode[];
  root(): Uint8Array;
  /** Roots of its complete parts, largest first. */
  parts(): Uint8Array[];
}

/** What a tree goes on from: the children of the tiles that are not complete. */
export interface TreeBegin {
  readonly size: number;
  /** By level, from 0 (hashes of leaves): the children of its last tile, in order. */
  readonly open: readonly (readonly Uint8Array[])[];
}

/** Goes on with a tree. */
export function createTiledTree(hasher: Hasher, begin: TreeBegin = { size: 0, open: [] }): TiledTree {
  const levels: TreeRange[] = begin.open.map((children) => {
    const range = createTreeRange(hasher);
    for (const child of children) range.append(child);
    return range;
  });
  let size = begin.size;

  function add(level: number, hash: Uint8Array): TreeNode[] {
    const range = levels[level] ?? createTreeRange(hasher);
    range.append(hash);
    levels[level] = range;
    if (range.size() < TILE) return [];
    const node = { level: level + 1, at: Math.floor(size / TILE ** (level + 1)) - 1, hash: range.root() };
    levels[level] = createTreeRange(hasher);
    return [node, ...add(level + 1, node.hash)];
  }

  const parts = () => levels.toReversed().flatMap((range) => [...range.parts()]);
  return {
    size: () => size,
    append(entryHash) {
      size += 1;
      return add(0, hashLeaf(entryHash, hasher));
    },
    root() {
      const [last, ...others] = parts().toReversed();
      if (last === undefined) return hasher.sha256(new Uint8Array(0));
      return others.reduce((right, left) => hashNode(left, right, hasher), last);
    },
    parts,
  };
}

/** A complete part of the tree, and where its pieces lie: hashes of that level, from a place on. */
export interface PartPlace {
  readonly level: number;
  readonly from: number;
  readonly count: number;
}

/** Where the part of `count` leaves from `from` on is stored; count is a power of two. */
export function placeOfPart(from: number, count: number): PartPlace {
  let level = 0;
  let width = 1;
  while (width * TILE <= count) {
    width *= TILE;
    level += 1;
  }
  return { level, from: from / width, count: count / width };
}
