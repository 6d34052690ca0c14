// Judges a checked expression over the facts of one device: total, without exceptions, bounded by the size of the tree.
import { MAX_VALUE_CHARS } from '../../limits.ts';
import { type FactType, findFact } from './facts.ts';
import type { Comparison, Plain, Predicate, Term, TextTest } from './tree.ts';
import { readVersionKey } from './version.ts';

/** What is known of one device. */
export interface Facts {
  /**
   * Facts by name; a time is ms since 1970. Missing, undefined and null say "absent", and so does a value of another type
   * than the table gives, a number that is not whole, and a text longer than MAX_VALUE_CHARS.
   */
  readonly values: Readonly<Record<string, string | number | boolean | null | undefined>>;
  /** Labels, key to value; absent: none are known, every label is ''. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Time of the judgement, ms since 1970; without it `seen()` is false. */
  readonly nowMs?: number | undefined;
}

type Test = (facts: Facts) => boolean;
type Read = (facts: Facts) => Plain | undefined;

/** Makes the function that judges. It never throws, and reads a fact once for each time that the expression names it. */
export function createJudge(tree: Predicate): Test {
  switch (tree.kind) {
    case 'not': {
      const test = createJudge(tree.of);
      return (facts) => !test(facts);
    }
    case 'all': {
      const tests = tree.of.map(createJudge);
      return (facts) => tests.every((test) => test(facts));
    }
    case 'any': {
      const tests = tree.of.map(createJudge);
      return (facts) => tests.some((test) => test(facts));
    }
    default:
      return createLeaf(tree);
  }
}

/** A leaf is false where a term is absent, `!=` included. */
function createLeaf(tree: Exclude<Predicate, { kind: 'not' | 'all' | 'any' }>): Test {
  switch (tree.kind) {
    case 'truth': {
      const read = createReader(tree.term);
      return (facts) => read(facts) === true;
    }
    case 'compare':
      return createPair(tree, comparisons[tree.by]);
    case 'text':
      return createPair(tree, (a, b) => textTests[tree.by](String(a), String(b)));
    case 'in': {
      const read = createReader(tree.left);
      const values = new Set(tree.values);
      return (facts) => {
        const value = read(facts);
        return value !== undefined && values.has(value);
      };
    }
    case 'has': {
      const read = createReader({ kind: 'fact', type: findFact(tree.name).type, name: tree.name });
      return (facts) => read(facts) !== undefined;
    }
    case 'seen':
      return createSeen(tree.withinMs);
  }
}

type Pair = (left: Plain, right: Plain) => boolean;

// Both sides have the same type, which the check made sure of: JavaScript's own operators do.
const comparisons: Readonly<Record<Comparison, Pair>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

const textTests: Readonly<Record<TextTest, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

function createPair(pair: { readonly left: Term; readonly right: Term }, compare: Pair): Test {
  const readLeft = createReader(pair.left);
  const readRight = createReader(pair.right);
  return (facts) => {
    const left = readLeft(facts);
    const right = readRight(facts);
    return left !== undefined && right !== undefined && compare(left, right);
  };
}

function createSeen(withinMs: number): Test {
  const read = createReader({ kind: 'fact', type: 'timestamp', name: 'seen_at' });
  return (facts) => {
    const seenAt = read(facts);
    return typeof seenAt === 'number' && facts.nowMs !== undefined && facts.nowMs - seenAt <= withinMs;
  };
}

function createReader(term: Term): Read {
  switch (term.kind) {
    case 'constant':
      return () => term.value;
    case 'fact':
      return ({ values }) =>
        Object.hasOwn(values, term.name) ? accept(term.type, values[term.name]) : undefined;
    case 'label':
      // hasOwn, or a label called `constructor` were there on every device.
      return ({ labels = {} }) => (Object.hasOwn(labels, term.key) ? accept('string', labels[term.key]) : '');
    case 'lower': {
      const read = createReader(term.of);
      return (facts) => mapText(read(facts), lowerAscii);
    }
    case 'version': {
      const read = createReader(term.of);
      return (facts) => mapText(read(facts), (text) => readVersionKey(text) ?? undefined);
    }
  }
}

/** The value if it has the type that the table gives; facts come from devices, and a device may say anything. */
function accept(type: FactType, value: unknown): Plain | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' && value.length <= MAX_VALUE_CHARS ? value : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'int':
    case 'timestamp':
      return Number.isSafeInteger(value) ? Number(value) : undefined;
  }
}

function mapText(value: Plain | undefined, change: (text: string) => string | undefined): Plain | undefined {
  return typeof value === 'string' ? change(value) : undefined;
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
