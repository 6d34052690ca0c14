// Evaluates expressions over a table: bits of leaves are kept and follow their columns, joins are operations on words.
import type { Expression, Facts, Predicate, SoftwareAsked } from '@muster/protocol/language';
import { fail } from '../../errors.ts';
import { type Bits, growBits, hasBit, intersect, makeBits, putBit, subtract, unite } from './bits.ts';
import type { GroupBook } from './group-book.ts';
import { createLeaf, type Leaf, type LeafTree } from './leaf.ts';
import { MAX_KEPT_LEAVES, MAX_KEPT_RESULTS } from './limits.ts';
import type { GroupDefinition } from './nesting.ts';
import type { DeviceTable } from './table.ts';

/** What an expression reads, its groups included. */
export interface Reads {
  readonly names: ReadonlySet<string>;
  /** True when the answer depends on the time too. */
  readonly isTimed: boolean;
}

/**
 * Evaluates over one table. All of it throws E_EXPRESSION for an expression that names a group which cannot be judged, and E_INDEX
 * where a question about packages has no answer yet.
 */
export interface Evaluator {
  /** The devices for which it holds; shared, so nobody may change them, and good until the table changes. */
  evaluate(expression: Expression, nowMs: number): Bits;
  /** What one device says, and in which of the named groups it is. */
  factsOf(expression: Expression, idx: number, nowMs: number): Facts;
  reads(expression: Expression): Reads;
  /** All that it and the groups it reaches ask about packages. */
  software(expression: Expression): readonly SoftwareAsked[];
}

/** Bits of a leaf, and the versions of its columns to which they belong. */
interface Kept {
  readonly leaf: Leaf;
  bits: Bits;
  versions: number[] | null;
}

/** Bits of an expression, and the versions of all it reads. */
interface Result {
  readonly bits: Bits;
  readonly stamp: string;
  /** Another one whenever the bits were made anew; stands for them in the stamps of whoever names a group. */
  readonly mark: number;
}

/** Bits of an expression, or of a group by how it is called. */
interface Judged {
  readonly bits: Bits;
  readonly mark: number;
  readonly isTimed: boolean;
}

type Inner = ReadonlyMap<string, Judged>;

const noGroups: Inner = new Map();

/** Makes the evaluator of a table and its groups. */
export function createEvaluator(table: DeviceTable, groups: GroupBook): Evaluator {
  const evaluator = new TableEvaluator(table, groups);
  return {
    evaluate: (expression, nowMs) => evaluator.evaluate(expression, nowMs),
    factsOf: (expression, idx, nowMs) => evaluator.factsOf(expression, idx, nowMs),
    reads: (expression) => evaluator.reads(expression),
    software: (expression) => evaluator.software(expression),
  };
}

class TableEvaluator {
  private readonly leaves = new Map<string, Kept>();
  private readonly results = new Map<string, Result>();
  private readonly table: DeviceTable;
  private readonly groups: GroupBook;
  private marks = 0;

  constructor(table: DeviceTable, groups: GroupBook) {
    this.table = table;
    this.groups = groups;
  }

  evaluate(expression: Expression, nowMs: number): Bits {
    const reached = this.groups.reach(expression);
    if (reached.length === 0) return this.judge(expression, nowMs, noGroups).bits;
    const inner = new Map<string, Judged>();
    // Inner ones first, so that each finds those that it names.
    for (const { group, called } of reached) {
      const members = this.gather(group, nowMs, inner);
      for (const one of called) inner.set(one, members);
    }
    return this.judge(expression, nowMs, inner).bits;
  }

  factsOf(expression: Expression, idx: number, nowMs: number): Facts {
    const { table } = this;
    const groups = new Set<string>();
    const software = (asked: SoftwareAsked) => table.software.column(asked)?.read(idx) ?? false;
    for (const asked of this.software(expression))
      if (table.software.column(asked) === undefined) throw fail('E_INDEX');
    for (const { group, called } of this.groups.reach(expression)) {
      const of = group.expression ?? null;
      const fits = of?.evaluate({ ...table.factsOf(idx, of.names, nowMs), groups, software }) === true;
      if (fits || group.picked.has(idx)) for (const one of called) groups.add(one);
    }
    return { ...table.factsOf(idx, expression.names, nowMs), groups, software };
  }

  reads(expression: Expression): Reads {
    const inner = this.groups.reach(expression).flatMap(({ group }) => [...(group.expression?.names ?? [])]);
    // Of every watch for every batch: copied only where a group is named.
    const names = inner.length === 0 ? expression.names : new Set([...expression.names, ...inner]);
    return { names, isTimed: names.has('seen_at') || names.has('presence') };
  }

  /** All that it and the groups it reaches ask about packages. */
  software(expression: Expression): SoftwareAsked[] {
    const inner = this.groups.reach(expression).map(({ group }) => group.expression ?? null);
    return [expression, ...inner].flatMap((one) => [...(one?.software.values() ?? [])]);
  }

  /** Members of a group; `inner` has those that it names. */
  private gather(group: GroupDefinition, nowMs: number, inner: Inner): Judged {
    const { table } = this;
    const { expression, picked } = group;
    const fitting: Judged =
      expression === null || expression === undefined
        ? { bits: makeBits(table.capacity), mark: 0, isTimed: false }
        : this.judge(expression, nowMs, inner);
    if (picked.size === 0) return fitting;
    // Who was picked changes with the version of all groups, which stands in every stamp besides.
    const bits = fitting.bits.slice();
    for (const idx of picked) if (hasBit(table.present, idx)) putBit(bits, idx, true);
    return { ...fitting, bits };
  }

  private judge({ text, tree, groups, software }: Expression, nowMs: number, inner: Inner): Judged {
    const parts = listLeaves(tree).map((leaf) => this.find(leaf).leaf);
    const named = [...groups.keys()].flatMap((one) => inner.get(one) ?? []);
    const isTimed = [...parts, ...named].some((part) => part.isTimed);
    const versions = parts.flatMap(({ sources }) => sources.map(({ version }) => version));
    const ofGroups = named.length === 0 ? [] : [this.groups.version, ...named.map(({ mark }) => mark)];
    const stamp = [this.table.devices, ...versions, ...ofGroups].join();
    const known = this.results.get(text);
    if (known !== undefined && !isTimed && known.stamp === stamp) return { ...known, isTimed };
    this.marks += 1;
    const bits = this.make(tree, nowMs, inner);
    // The database may know of a device before the table does.
    if (groups.size > 0 || software.size > 0) intersect(bits, this.table.present);
    const result = { bits, stamp, mark: this.marks };
    if (!isTimed) keepLast(this.results, { key: text, value: result, most: MAX_KEPT_RESULTS });
    return { ...result, isTimed };
  }

  /** Bits that nobody else has. */
  private make(tree: Predicate, nowMs: number, inner: Inner): Bits {
    const { table } = this;
    if (isSimple(tree)) return this.read(tree, nowMs, inner).slice();
    if (tree.kind === 'not') {
      const bits = table.present.slice();
      subtract(bits, this.read(tree.of, nowMs, inner));
      return bits;
    }
    const [first, ...others] = tree.of;
    const bits = first === undefined ? makeBits(table.capacity) : this.make(first, nowMs, inner);
    const join = tree.kind === 'all' ? intersect : unite;
    for (const other of others) join(bits, this.read(other, nowMs, inner));
    return bits;
  }

  /** Bits that may be shared. */
  private read(tree: Predicate, nowMs: number, inner: Inner): Bits {
    if (tree.kind === 'group') return inner.get(tree.called)?.bits ?? makeBits(this.table.capacity);
    return isSimple(tree) ? this.follow(this.find(tree), nowMs) : this.make(tree, nowMs, inner);
  }

  private find(tree: LeafTree): Kept {
    const { table } = this;
    const key = JSON.stringify(tree);
    const known = this.leaves.get(key);
    // An answer about packages that was forgotten comes again as another column.
    const isSame = tree.kind !== 'software' || known?.leaf.sources[0] === table.software.column(tree);
    const kept =
      known !== undefined && isSame
        ? known
        : { leaf: createLeaf(tree, table), bits: makeBits(table.capacity), versions: null };
    keepLast(this.leaves, { key, value: kept, most: MAX_KEPT_LEAVES });
    return kept;
  }

  private follow(kept: Kept, nowMs: number): Bits {
    const { leaf } = kept;
    const versions = leaf.sources.map(({ version }) => version);
    kept.bits = growBits(kept.bits, this.table.capacity);
    const changed = leaf.isTimed ? null : listChanged(kept);
    if (changed === null) leaf.fill(kept.bits, nowMs);
    else for (const idx of changed) putBit(kept.bits, idx, leaf.test(idx, nowMs));
    kept.versions = versions;
    return kept.bits;
  }
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

/** Leaves that read columns; those about groups read what was judged before. */
function listLeaves(tree: Predicate): LeafTree[] {
  if (tree.kind === 'group') return [];
  if (isSimple(tree)) return [tree];
  return tree.kind === 'not' ? listLeaves(tree.of) : tree.of.flatMap(listLeaves);
}

type SimpleTree = LeafTree | Extract<Predicate, { kind: 'group' }>;

function isSimple(tree: Predicate): tree is SimpleTree {
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
