// A leaf of an expression over all devices: the protocol's judge is asked once a distinct value wherever values are shared.
import {
  createJudge,
  type Facts,
  type Plain,
  type Predicate,
  type SoftwareAsked,
  type Term,
} from '@muster/protocol/language';
import { fail } from '../../errors.ts';
import { type Bits, eachBit, makeBits, putBit, subtract, unite } from './bits.ts';
import type { Column, TimeColumn } from './columns.ts';
import type { DeviceTable, Standing } from './table.ts';

/** The trees that are leaves and read columns. */
export type LeafTree = Exclude<Predicate, { kind: 'not' | 'all' | 'any' | 'group' }>;

/** Those that read facts and labels. */
type FactTree = Exclude<LeafTree, { kind: 'software' }>;

/** A leaf, ready to be asked. */
export interface Leaf {
  /** Columns it reads; it says the same as long as these stay the same, unless it is timed. */
  readonly sources: readonly Column[];
  /** True when it depends on the time too. */
  readonly isTimed: boolean;
  /** Makes the bits of all devices anew. */
  fill(bits: Bits, nowMs: number): void;
  /** Judges one device. */
  test(idx: number, nowMs: number): boolean;
}

/** Judges a value of the one fact that a leaf reads. */
type ValueTest = (value: Plain) => boolean;

/** Makes a leaf. @throws MusterError E_INDEX where a question about packages has no answer yet */
export function createLeaf(tree: LeafTree, table: DeviceTable): Leaf {
  return tree.kind === 'software' ? createPackages(tree, table) : createFacts(tree, table);
}

/** As the database found it. */
function createPackages(asked: SoftwareAsked, table: DeviceTable): Leaf {
  const column = table.software.column(asked);
  if (column === undefined) throw fail('E_INDEX');
  return {
    sources: [column],
    isTimed: false,
    fill: (bits) => column.fill(bits),
    test: (idx) => column.read(idx),
  };
}

function createFacts(tree: FactTree, table: DeviceTable): Leaf {
  const names = listNames(tree);
  const judge = createJudge(tree);
  const test = (idx: number, nowMs: number) => judge(table.factsOf(idx, names, nowMs));
  const [name, ...others] = names;
  const isTimed = names.some((one) => one === 'seen_at');
  if (name === undefined) return createConstant(judge({ values: {} }), table);
  if (others.length > 0) return createMixed(names, test, table);
  if (name === 'label') {
    const fill = (bits: Bits) => table.labels.fill(bits, (labels) => judge({ values: {}, labels }));
    return { sources: [table.labels], isTimed, fill, test };
  }
  const values: Record<string, Plain> = {};
  const ask: ValueTest = (value) => {
    values[name] = value;
    return judge({ values });
  };
  if (name === 'presence') return createPresence(ask, table, test);
  if (name === 'seen_at') {
    const fill = (bits: Bits, nowMs: number) => fillSeen(bits, table, { tree, judge, nowMs });
    return { sources: [table.lastSeen, table.standing], isTimed, fill, test };
  }
  if (name === 'enrolled_at') {
    const fill = (bits: Bits, nowMs: number) => fillTimes(bits, table.enrolled, { tree, judge, nowMs });
    return { sources: [table.enrolled], isTimed, fill, test };
  }
  const column = columnOf(table, name);
  return { sources: [column], isTimed, fill: (bits) => column.fill(bits, ask), test };
}

function columnOf(table: DeviceTable, name: string) {
  if (name === 'id') return table.id;
  const column = name === 'state' ? table.state : table.facts.get(name);
  // A fact without a column: the table of facts and this one have come apart.
  if (column === undefined) throw new Error(`the index has no column for ${name}`);
  return column;
}

/** Names that a leaf reads, each once; `label` for all labels, `seen_at` for `seen`. */
function listNames(tree: FactTree): string[] {
  switch (tree.kind) {
    case 'has':
      return [tree.name];
    case 'seen':
      return ['seen_at'];
    case 'within':
      return ['addresses'];
    case 'truth':
      return nameOf(tree.term);
    case 'in':
      return nameOf(tree.left);
    default:
      return [...new Set([...nameOf(tree.left), ...nameOf(tree.right)])];
  }
}

function nameOf(term: Term): string[] {
  switch (term.kind) {
    case 'constant':
      return [];
    case 'fact':
      return [term.name];
    case 'label':
      return ['label'];
    default:
      return nameOf(term.of);
  }
}

/** `true` and its like: all devices there are, or none. */
function createConstant(says: boolean, table: DeviceTable): Leaf {
  const fill = (bits: Bits) => {
    if (says) bits.set(table.present);
    else bits.fill(0);
  };
  return { sources: [], isTimed: true, fill, test: () => says };
}

/** A leaf over two facts: device by device. */
function createMixed(names: readonly string[], test: Leaf['test'], table: DeviceTable): Leaf {
  const sources = names.flatMap((name): Column[] => {
    if (name === 'label') return [table.labels];
    if (name === 'presence' || name === 'seen_at') return [table.lastSeen, table.standing];
    return [name === 'enrolled_at' ? table.enrolled : columnOf(table, name)];
  });
  const isTimed = names.some((name) => name === 'seen_at' || name === 'presence');
  return {
    sources,
    isTimed,
    fill(bits, nowMs) {
      bits.fill(0);
      eachBit(table.present, (idx) => {
        if (test(idx, nowMs)) putBit(bits, idx, true);
      });
    },
    test,
  };
}

/** Only where `missing` and `offline` are told apart does presence depend on the time. */
function createPresence(ask: ValueTest, table: DeviceTable, test: Leaf['test']): Leaf {
  const [isOffline, isMissing] = [ask('offline'), ask('missing')];
  const isTimed = isOffline !== isMissing;
  const isHit = (standing: Standing) => (standing === 'away' ? isOffline || isMissing : ask(standing));
  const sources = isTimed ? [table.standing, table.lastSeen] : [table.standing];
  return {
    sources,
    isTimed,
    fill(bits, nowMs) {
      table.standing.fill(bits, isHit);
      if (!isTimed) return;
      const wanted = isOffline ? 'offline' : 'missing';
      eachBit(standingOf(table, 'away'), (idx) => {
        if (table.absence(idx, nowMs) !== wanted) putBit(bits, idx, false);
      });
    },
    test,
  };
}

function standingOf(table: DeviceTable, wanted: Standing): Bits {
  const bits = makeBits(table.capacity);
  table.standing.fill(bits, (standing) => standing === wanted);
  return bits;
}

/** Who is online was seen now, whoever is not when it was last there. */
function fillSeen(bits: Bits, table: DeviceTable, one: Timed): void {
  fillTimes(bits, table.lastSeen, one);
  const online = standingOf(table, 'online');
  const { judge, nowMs } = one;
  if (judge({ values: { seen_at: nowMs }, nowMs })) unite(bits, online);
  else subtract(bits, online);
}

/** A leaf about times. */
interface Timed {
  readonly tree: FactTree;
  readonly judge: (facts: Facts) => boolean;
  readonly nowMs: number;
}

/** Makes the bits of a time column: by its range where the leaf is one, else asking once a device. */
function fillTimes(bits: Bits, column: TimeColumn, { tree, judge, nowMs }: Timed): void {
  const range = rangeOf(tree, nowMs);
  // One of the two names is what the leaf reads.
  if (range === null)
    column.fill(bits, (time) => judge({ values: { seen_at: time, enrolled_at: time }, nowMs }));
  else column.fillRange(bits, ...range);
}

const FAR = Number.POSITIVE_INFINITY;

/** The times for which a leaf holds, whole ms; null where they are no range. */
function rangeOf(tree: FactTree, nowMs: number): readonly [least: number, most: number] | null {
  if (tree.kind === 'seen') return [nowMs - tree.withinMs, FAR];
  if (tree.kind !== 'compare') return null;
  const { left, right, by } = tree;
  if (left.kind === 'fact' && right.kind === 'constant') return toRange(by, Number(right.value));
  if (left.kind === 'constant' && right.kind === 'fact') return toRange(turned[by], Number(left.value));
  return null;
}

/** `5 < x` is `x > 5`. */
const turned = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function toRange(by: keyof typeof turned, limit: number): readonly [least: number, most: number] | null {
  switch (by) {
    case '==':
      return [limit, limit];
    case '<':
      return [-FAR, limit - 1];
    case '<=':
      return [-FAR, limit];
    case '>':
      return [limit + 1, FAR];
    case '>=':
      return [limit, FAR];
    case '!=':
      return null;
  }
}
