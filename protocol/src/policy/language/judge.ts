// Judges a checked expression over the facts of one device: total, without exceptions, bounded by the size of the tree.

import type { Ecosystem } from '../../inventory/sections/packages.ts';
import { MAX_VALUE_CHARS } from '../../limits.ts';
import { compareVersions } from '../../versions/index.ts';
import { isWithin, maskAddress, parseAddress, parseSubnet } from './address.ts';
import { type FactType, findFact } from './facts.ts';
import type { Comparison, Plain, Predicate, SoftwareAsked, Term, TextTest } from './tree.ts';
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
  /** Groups that the device is a member of, as expressions call them; absent: none are known, it is in none. */
  readonly groups?: ReadonlySet<string> | undefined;
  /** Whether some installed package fits, as `fitsSoftware` says of each; absent: none is known, nothing fits. Must not throw. */
  readonly software?: ((asked: SoftwareAsked) => boolean) | undefined;
  /** Time of the judgement, ms since 1970; without it `seen()` is false. */
  readonly nowMs?: number | undefined;
}

/** The answer about one device. */
type Test = (facts: Facts) => boolean;
/** A term's value for one device; undefined: absent. */
type Read = (facts: Facts) => Plain | undefined;

/**
 * Makes the function that judges. Two-valued logic: a leaf is true or false, so `!` is the opposite and nothing else.
 * It never throws, and reads a fact at most once for each time that the expression names it.
 */
export function createJudge(tree: Predicate): Test {
  switch (tree.kind) {
    case 'not': {
      // Also of a leaf that is false because a fact is absent
      const test = createJudge(tree.of);
      return (facts) => !test(facts);
    }
    case 'all': {
      // Stops at the first that is false, as && does everywhere.
      const tests = tree.of.map(createJudge);
      return (facts) => tests.every((test) => test(facts));
    }
    case 'any': {
      // Stops at the first that is true.
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
      // A fact or a constant by itself: virtual
      const read = createReader(tree.term);
      return (facts) => read(facts) === true;
    }
    case 'compare': // os.name == "debian"
      return createPair(tree, comparisons[tree.by]);
    case 'text': // os.name.startsWith("deb")
      return createPair(tree, (a, b) => textTests[tree.by](String(a), String(b)));
    case 'in': {
      // A set, so that 256 host names cost as much as one: os.name in ["debian", "ubuntu"]
      const read = createReader(tree.left);
      const values = new Set(tree.values);
      return (facts) => {
        const value = read(facts);
        return value !== undefined && values.has(value);
      };
    }
    case 'has': {
      // A value of the wrong type is not there: has(os.name)
      const read = createReader({ kind: 'fact', type: findFact(tree.name).type, name: tree.name });
      return (facts) => read(facts) !== undefined;
    }
    case 'within': // within("10.0.0.0/8")
      return createWithin(tree.subnet);
    case 'group': // group("web")
      return ({ groups }) => groups?.has(tree.called) ?? false;
    case 'software': // software("openssl").version < "3.0.14"
      return ({ software }) => software?.(tree) ?? false;
    case 'seen': // seen("7d")
      return createSeen(tree.withinMs);
  }
}

/** A comparison of two values that are both there. */
type Pair = (left: Plain, right: Plain) => boolean;

// Both sides have the same type, which the check made sure of: JavaScript's own operators do.
const comparisons: Readonly<Record<Comparison, Pair>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right, // absent values never get here
  '<': (left, right) => left < right, // version keys sort as texts
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

// Bounded: the longest texts are MAX_VALUE_CHARS, and as many tests as a text of 2,048 characters holds take about 2 ms.
const textTests: Readonly<Record<TextTest, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

/** One installed package of a device. */
export interface InstalledPackage {
  /** Its kind, which decides how versions are ordered. */
  readonly ecosystem: Ecosystem;
  readonly name: string;
  /** As its own tool writes it; '' where it says none. */
  readonly version: string;
}

/** Whether an installed package is what is asked for; versions compare as its own kind orders them. */
export function fitsSoftware({ name, version }: SoftwareAsked, installed: InstalledPackage): boolean {
  if (installed.name !== name) return false; // case counts: some kinds have both
  if (version === undefined) return true; // any will do
  return comparisons[version.by](compareVersions(installed.ecosystem, installed.version, version.text), 0);
}

/** A leaf of two terms: false where one of them is absent. Both are always read. */
function createPair(pair: { readonly left: Term; readonly right: Term }, compare: Pair): Test {
  const readLeft = createReader(pair.left);
  const readRight = createReader(pair.right);
  return (facts) => {
    const left = readLeft(facts);
    const right = readRight(facts);
    return left !== undefined && right !== undefined && compare(left, right);
  };
}

/** What is no address lies nowhere. Bounded: a text of MAX_VALUE_CHARS is read once. */
function createWithin(written: string): Test {
  const read = createReader({ kind: 'fact', type: 'addresses', name: 'addresses' });
  const found = parseSubnet(written); // once, not for each device
  // Checked when it was read; a tree that somebody else made holds for nobody.
  if (found === null) return () => false;
  const subnet = { network: maskAddress(found.address, found.length), length: found.length };
  const isSix = subnet.network.length > 2;
  return (facts) => {
    const texts = read(facts);
    if (typeof texts !== 'string') return false; // nothing is known
    return texts.split(' ').some((text) => {
      // Half of the texts need not be read: IPv6 alone has colons. Mapped ones do not stand in the fact.
      const address = text.includes(':') === isSix ? parseAddress(text) : null;
      return address !== null && isWithin(address, subnet);
    });
  };
}

/** A device that was connected "in the future", by a clock that was set back since, counts as seen. */
function createSeen(withinMs: number): Test {
  const read = createReader({ kind: 'fact', type: 'timestamp', name: 'seen_at' });
  return (facts) => {
    const seenAt = read(facts);
    return typeof seenAt === 'number' && facts.nowMs !== undefined && facts.nowMs - seenAt <= withinMs;
  };
}

/** The function that reads a term. Constants are closed over, facts looked up each time. */
export function createReader(term: Term): Read {
  switch (term.kind) {
    case 'constant': // "debian"
      return () => term.value;
    case 'fact': // os.name; an own property, whatever the object inherits
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

/**
 * The value if it has the type that the table gives, else undefined.
 * Facts come from devices, and a device may say anything; the same goes for rows that an older version stored.
 */
function accept(type: FactType, value: unknown): Plain | undefined {
  switch (type) {
    case 'addresses': // one text
    case 'string': // longer texts are cut by collectors; one that was not is not trusted
      return typeof value === 'string' && value.length <= MAX_VALUE_CHARS ? value : undefined;
    case 'bool': // 0, 1, "true" are none
      return typeof value === 'boolean' ? value : undefined;
    case 'int': // an integer that JavaScript holds exactly
    case 'timestamp': // ms since 1970
      return Number.isSafeInteger(value) ? Number(value) : undefined;
  }
}

/** Changes a text; what is absent stays absent. */
function mapText(value: Plain | undefined, change: (text: string) => string | undefined): Plain | undefined {
  return typeof value === 'string' ? change(value) : undefined;
}

/** Not `toLowerCase` of the whole: İ and its like change their length and differ between databases. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
