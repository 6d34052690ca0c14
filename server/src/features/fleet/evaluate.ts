// Evaluates expressions over a table: bits of leaves are kept and follow their columns, joins are operations on words.
import type { Expression, Predicate } from '@muster/protocol/language';
import { type Bits, growBits, intersect, makeBits, putBit, subtract, unite } from './bits.ts';
import { createLeaf, type Leaf, type LeafTree } from './leaf.ts';
import { MAX_KEPT_LEAVES, MAX_KEPT_RESULTS } from './limits.ts';
import type { DeviceTable } from './table.ts';

/** Evaluates over one table. */
export interface Evaluator {
  /** The devices for which it holds; shared, so nobody may change them, and good until the table changes. */
  evaluate(expression: Expression, nowMs: number): Bits;
}

/** Bits of a leaf, and the versions of its columns to which they belong. */
interface Kept {
  readonly leaf: Leaf;
  bits: Bits;
  versions: number[] | null;
}

/** Bits of an expression, and the versions of all columns it reads. */
interface Result {
  readonly bits: Bits;
  readonly stamp: string;
}

/** Makes the evaluator of a table. */
export function createEvaluator(table: DeviceTable): Evaluator {
  const leaves = new Map<string, Kept>();
  const results = new Map<string, Result>();

  function follow(kept: Kept, nowMs: number): Bits {
    const { leaf } = kept;
    const versions = leaf.sources.map(({ version }) => version);
    kept.bits = growBits(kept.bits, table.capacity);
    const changed = leaf.isTimed ? null : listChanged(kept);
    if (changed === null) leaf.fill(kept.bits, nowMs);
    else for (const idx of changed) putBit(kept.bits, idx, leaf.test(idx, nowMs));
    kept.versions = versions;
    return kept.bits;
  }

  function find(tree: LeafTree): Kept {
    const key = JSON.stringify(tree);
    const kept = leaves.get(key) ?? {
      leaf: createLeaf(tree, table),
      bits: makeBits(table.capacity),
      versions: null,
    };
    keepLast(leaves, { key, value: kept, most: MAX_KEPT_LEAVES });
    return kept;
  }

  /** Bits that nobody else has. */
  function make(tree: Predicate, nowMs: number): Bits {
    if (isLeaf(tree)) return follow(find(tree), nowMs).slice();
    if (tree.kind === 'not') {
      const bits = table.present.slice();
      subtract(bits, read(tree.of, nowMs));
      return bits;
    }
    const [first, ...others] = tree.of;
    const bits = first === undefined ? makeBits(table.capacity) : make(first, nowMs);
    const join = tree.kind === 'all' ? intersect : unite;
    for (const other of others) join(bits, read(other, nowMs));
    return bits;
  }

  /** Bits that may be shared. */
  function read(tree: Predicate, nowMs: number): Bits {
    return isLeaf(tree) ? follow(find(tree), nowMs) : make(tree, nowMs);
  }

  return {
    evaluate({ text, tree }, nowMs) {
      const parts = listLeaves(tree).map((leaf) => find(leaf).leaf);
      const isTimed = parts.some((leaf) => leaf.isTimed);
      const stamp = [table.devices, ...parts.flatMap(({ sources }) => sources.map(({ version }) => version))];
      const known = results.get(text);
      if (known !== undefined && !isTimed && known.stamp === stamp.join()) return known.bits;
      const bits = make(tree, nowMs);
      if (!isTimed)
        keepLast(results, { key: text, value: { bits, stamp: stamp.join() }, most: MAX_KEPT_RESULTS });
      return bits;
    },
  };
}

/** Devices whose bit may be another now; null: too many, or the bits were never made. */
function listChanged({ leaf, versions }: Kept): number[] | null {
  if (versions === null) return null;
  const changed: number[] = [];
  for (const [at, column] of leaf.sources.entries()) {
    const some = column.changedSince(versions[at] ?? 0);
    if (some === null) return null;
    changed.push(...some);
  }
  return changed;
}

function listLeaves(tree: Predicate): LeafTree[] {
  if (isLeaf(tree)) return [tree];
  return tree.kind === 'not' ? listLeaves(tree.of) : tree.of.flatMap(listLeaves);
}

function isLeaf(tree: Predicate): tree is LeafTree {
  return tree.kind !== 'not' && tree.kind !== 'all' && tree.kind !== 'any';
}

/** Puts an entry last and forgets the one that nobody has asked for the longest. */
function keepLast<T>(
  kept: Map<string, T>,
  { key, value, most }: { readonly key: string; readonly value: T; readonly most: number },
): void {
  kept.delete(key);
  kept.set(key, value);
  if (kept.size <= most) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
