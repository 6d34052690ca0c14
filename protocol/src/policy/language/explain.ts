// Says why an expression holds for a device or does not: each part with its answer, and what was read for it.
import { findFact } from './facts.ts';
import { createJudge, createReader, type Facts } from './judge.ts';
import { HIDDEN } from './place.ts';
import type { Constant, Plain, Predicate, SoftwareAsked, Term } from './tree.ts';

/** A fact or label that a leaf reads. */
export interface ReadValue {
  /** As an expression writes it: `os.name`, `label("env")`, `group("web")`, `seen_at` for `seen()`. */
  readonly name: string;
  /** What the device has; a time as ISO 8601; null: it has said nothing of the kind. */
  readonly value: string | number | boolean | null;
}

/** One part of an expression with its answer for one device. */
export interface Explained {
  /** How its parts are joined; a leaf has none. */
  readonly kind: 'all' | 'any' | 'not' | 'leaf';
  /** The part in the language; means the same as what was written, blanks and brackets aside. */
  readonly text: string;
  readonly holds: boolean;
  readonly parts: readonly Explained[];
  /** What a leaf reads; empty for joins. */
  readonly reads: readonly ReadValue[];
}

/** Every part with its answer, also those that `evaluate` need not look at. Pure, and bounded by the size of the expression. */
export function explainExpression(tree: Predicate, facts: Facts): Explained {
  const holds = createJudge(tree)(facts);
  const text = formatPredicate(tree);
  const { kind } = tree;
  switch (kind) {
    case 'not':
      return { kind, text, holds, parts: [explainExpression(tree.of, facts)], reads: [] };
    case 'all':
    case 'any':
      return { kind, text, holds, parts: tree.of.map((part) => explainExpression(part, facts)), reads: [] };
    default:
      return { kind: 'leaf', text, holds, parts: [], reads: readLeaf(tree, facts) };
  }
}

/** The predicate in the language. Compiled again it is the same tree. */
export function formatPredicate(tree: Predicate): string {
  switch (tree.kind) {
    case 'not': // brackets always: `!` before a comparison needs them
      return `!(${formatPredicate(tree.of)})`;
    case 'all':
      return tree.of.map(formatPart).join(' && ');
    case 'any':
      return tree.of.map(formatPart).join(' || ');
    case 'truth':
      return formatTerm(tree.term);
    case 'compare':
      return `${formatTerm(tree.left)} ${tree.by} ${formatTerm(tree.right)}`;
    case 'in':
      return `${formatTerm(tree.left)} in [${tree.values.map((value) => formatListed(tree.left, value)).join(', ')}]`;
    case 'text':
      return `${formatTerm(tree.left)}.${tree.by}(${formatTerm(tree.right)})`;
    default:
      return formatQuestion(tree);
  }
}

/** The functions that say true or false by themselves. */
function formatQuestion(tree: Extract<Predicate, { kind: QuestionKind }>): string {
  switch (tree.kind) {
    case 'has':
      return `has(${tree.name})`;
    case 'software':
      return formatSoftware(tree);
    case 'group':
      return `group(${quote(tree.called)})`;
    case 'within':
      return `within(${quote(tree.subnet)})`;
    case 'seen':
      return `seen("${formatSpan(tree.withinMs)}")`;
  }
}

/** Leaves that are written as one call. */
type QuestionKind = 'has' | 'seen' | 'within' | 'group' | 'software';

/** `software("openssl")`, or with the comparison of its version. */
function formatSoftware({ name, version }: SoftwareAsked): string {
  const asked = `software(${quote(name)})`;
  // The package stands left, however it was written
  return version === undefined ? asked : `${asked}.version ${version.by} ${quote(version.text)}`;
}

/** Joins within a join stand in brackets. */
function formatPart(tree: Predicate): string {
  const text = formatPredicate(tree);
  return tree.kind === 'all' || tree.kind === 'any' ? `(${text})` : text;
}

/** A term as it is written. */
function formatTerm(term: Term): string {
  switch (term.kind) {
    case 'constant':
      return formatConstant(term);
    case 'fact':
      return term.name;
    case 'label':
      return `label(${quote(term.key)})`;
    case 'lower': // stands behind what it changes
      return `${formatTerm(term.of)}.lowerAscii()`;
    case 'version':
      return `version(${formatTerm(term.of)})`;
  }
}

/** Elements of a list have the type of what is looked for. */
function formatListed({ type }: Term, value: Plain): string {
  return formatConstant({ kind: 'constant', type, value });
}

/** A constant by its type: a time and a version are stored as what sorts, and written as what people read. */
function formatConstant({ type, value }: Constant): string {
  switch (type) {
    case 'timestamp':
      return `timestamp("${new Date(Number(value)).toISOString()}")`;
    case 'version':
      return `version("${formatVersion(String(value))}")`;
    case 'string':
      return quote(String(value));
    default:
      return String(value);
  }
}

/** `12.4` of its sortable key; the key of zero has no numbers. */
function formatVersion(key: string): string {
  if (key === '') return '0';
  return key
    .split('.')
    .map((number) => number.replace(/^0+(?=\d)/, ''))
    .join('.');
}

/** The longest unit that leaves a whole number. */
function formatSpan(spanMs: number): string {
  const minutes = spanMs / 60_000;
  if (minutes % 1_440 === 0) return `${minutes / 1_440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** A text constant; what cannot be seen stands as an escape. */
function quote(text: string): string {
  return [...JSON.stringify(text)].map((char) => (HIDDEN.test(char) ? escapeChar(char) : char)).join('');
}

/** Four digits where they are enough, eight beyond. */
function escapeChar(char: string): string {
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** A predicate without parts. */
type Leaf = Exclude<Predicate, { kind: 'not' | 'all' | 'any' }>;

/** The facts and labels of a leaf with what the device has, each once, in the order of the text. */
function readLeaf(leaf: Leaf, facts: Facts): ReadValue[] {
  // Of packages and groups the answer is what was read
  if (leaf.kind === 'software') {
    return [{ name: formatSoftware(leaf), value: facts.software?.(leaf) ?? false }];
  }
  if (leaf.kind === 'group')
    return [{ name: formatPredicate(leaf), value: facts.groups?.has(leaf.called) ?? false }];
  // By name: `hostname == hostname` reads one value
  const found = new Map<string, ReadValue>();
  for (const term of listTerms(leaf)) {
    const base = findRead(term);
    if (base === null) continue;
    const value = createReader(base)(facts);
    const name = formatTerm(base);
    found.set(name, { name, value: showValue(base, value) });
  }
  return [...found.values()];
}

/** What a leaf is made of; `has` and `seen` read a fact that they do not write as a term. */
function listTerms(leaf: Exclude<Leaf, { kind: 'group' | 'software' }>): readonly Term[] {
  switch (leaf.kind) {
    case 'truth':
      return [leaf.term];
    case 'compare':
    case 'text':
      return [leaf.left, leaf.right];
    case 'in':
      return [leaf.left];
    case 'has':
      return [{ kind: 'fact', type: findFact(leaf.name).type, name: leaf.name }];
    case 'within':
      return [{ kind: 'fact', type: 'addresses', name: 'addresses' }];
    case 'seen':
      return [{ kind: 'fact', type: 'timestamp', name: 'seen_at' }];
  }
}

/** The fact or label at the bottom of a term; null for a constant. */
function findRead(term: Term): Exclude<Term, Constant> | null {
  if (term.kind === 'constant') return null;
  return term.kind === 'lower' || term.kind === 'version' ? findRead(term.of) : term;
}

/** Absent values as null, so that they survive JSON. */
function showValue({ type }: Term, value: Plain | undefined): ReadValue['value'] {
  if (value === undefined) return null;
  return type === 'timestamp' ? toIso(Number(value)) : value;
}

/** A device may say a time that no calendar has. */
function toIso(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
