// Checks the parts of an expression that have a value: constants, facts, and the functions of them.
import type { ASTNode } from '@marcbachmann/cel-js';
import { findFact } from './facts.ts';
import { shorten } from './place.ts';
import { functionNames, resolveFact, type Scope } from './scope.ts';
import { suggest } from './suggest.ts';
import type { Constant, Term, TermType } from './tree.ts';
import { readVersionKey } from './version.ts';

/** Form of a label's key; the API of devices accepts the same. */
const LABEL_KEY = /^[a-z][a-z0-9_.-]{0,62}$/;
/** RFC 3339, in UTC or with an offset. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;

/** Types as people say them; CEL's own words (string, int, bool) mean something to programmers only. */
const typeWords = {
  string: 'a text', // os.name
  int: 'a number', // cpu.count
  bool: 'true or false', // virtual
  timestamp: 'a time', // enrolled_at, timestamp("…")
  addresses: 'a list of addresses', // addresses
  version: 'a version', // version("12.4")
} as const satisfies Record<TermType, string>;

/** A type in words, as the middle of a sentence. */
export function nameType(type: TermType): string {
  return typeWords[type];
}

/** A term in words, as the beginning of a sentence. */
export function nameTerm(term: Term): string {
  const word = typeWords[term.type];
  if (term.kind === 'constant') return word.charAt(0).toUpperCase() + word.slice(1);
  return `${writeTerm(term)}, which is ${word},`;
}

/** A term as an expression writes it. */
function writeTerm(term: Term): string {
  switch (term.kind) {
    case 'constant':
      return JSON.stringify(term.value);
    case 'fact':
      return term.name;
    case 'label':
      return `label("${term.key}")`;
    case 'lower':
      return `${writeTerm(term.of)}.lowerAscii()`;
    case 'version':
      return `version(${writeTerm(term.of)})`;
  }
}

/**
 * The checked term of a node: a constant, a fact, a label, or a function of one of them.
 * Types are known when it returns, so that nothing needs to be looked at again when a device is judged.
 * @throws MusterError E_EXPRESSION for whatever has no value, and for forms that are left out
 */
export function buildTerm(scope: Scope, node: ASTNode): Term {
  switch (node.op) {
    case 'value': // "debian", 4, true
      return buildConstant(scope, node, node.args);
    case 'id':
    case '.': {
      if (isPackageVersion(node)) throw scope.refuse(node, PACKAGE_VERSION);
      const name = resolveFact(scope, node);
      return { kind: 'fact', type: findFact(name).type, name };
    }
    case 'call': // label("env"), version(os.version)
      return buildCall(scope, node, node.args);
    case 'rcall': // os.name.lowerAscii()
      return buildMethod(scope, node, node.args);
    default:
      return buildArithmetic(scope, node);
  }
}

/** Where `software("openssl").version` does not stand as it should. */
export const PACKAGE_VERSION =
  'The version of a package is compared with a constant text, as software("openssl").version < "3.0.14".';

/** `software("openssl").version`. */
export function isPackageVersion(node: ASTNode): boolean {
  return (
    node.op === '.' &&
    node.args[1] === 'version' &&
    node.args[0].op === 'call' &&
    node.args[0].args[0] === 'software'
  );
}

/** For a comparison, a join or a test in the place of a value: `(a == b) == c`. */
const COMPARED = 'What is true or false already cannot be compared again; join it with && or ||.';

/** Forms of CEL that are left out, and what to do instead. */
const forms: ReadonlyMap<string, string> = new Map([
  // !os.name == "debian": the sign binds closer than the comparison.
  ['!_', 'Brackets are missing behind the "!", as in !(os.name == "debian").'],
  // Two conditions in one are easier to read apart, and SQL has no such leaf.
  ['?:', 'The form "? :" is not offered here; write it with && and ||.'],
  // ["a"] == ["b"]
  ['list', 'A list stands behind "in" only.'],
  ['map', 'Maps are not offered here.'],
  // os["name"]: a second spelling of a name would hide it from whoever searches for the first.
  ['[]', 'Square brackets choose nothing here; write a fact with dots, as os.name.'],
]);

/**
 * A literal. CEL has more kinds of them: bytes, unsigned and broken numbers, null; no fact could ever equal one.
 */
function buildConstant(scope: Scope, node: ASTNode, value: unknown): Constant {
  if (typeof value === 'string') return { kind: 'constant', type: 'string', value };
  if (typeof value === 'boolean') return { kind: 'constant', type: 'bool', value };
  if (typeof value === 'bigint')
    return { kind: 'constant', type: 'int', value: toNumber(scope, node, value) };
  if (value === null)
    throw scope.refuse(node, 'There is no null here; has(os.name) says whether a fact is there.');
  if (typeof value === 'number') throw scope.refuse(node, 'Numbers are whole here.');
  throw scope.refuse(node, 'Constants are texts, whole numbers, true and false here.');
}

/** Facts carry numbers as JavaScript does, so constants beyond 2^53 could only ever be wrong. */
function toNumber(scope: Scope, node: ASTNode, value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw scope.refuse(node, 'The number lies outside ±9007199254740991.');
  return number;
}

/** What is left of CEL's forms after those above: arithmetic, or a refusal. */
function buildArithmetic(scope: Scope, node: ASTNode): Constant {
  switch (node.op) {
    case '-_': // -1
      return fold(scope, node, [node.args]);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return fold(scope, node, node.args);
    default:
      throw scope.refuse(node, forms.get(node.op) ?? COMPARED);
  }
}

/** Arithmetic on constants, done once: `8 * 1024 * 1024 * 1024`. */
function fold(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): Constant {
  const [left, right] = parts.map((part) => {
    const term = buildTerm(scope, part);
    if (term.kind === 'constant' && typeof term.value === 'number' && term.type === 'int')
      return BigInt(term.value);
    throw scope.refuse(part, 'Arithmetic works on constant numbers only.');
  });
  if (right === 0n && (node.op === '/' || node.op === '%')) throw scope.refuse(node, 'This divides by zero.');
  const value = calculations.get(node.op)?.(left ?? 0n, right ?? 0n) ?? 0n;
  return { kind: 'constant', type: 'int', value: toNumber(scope, node, value) };
}

/** As CEL does it: division and remainder go towards zero. The sign has one operand, which stands left. */
const calculations: ReadonlyMap<string, (left: bigint, right: bigint) => bigint> = new Map([
  ['-_', (left) => -left], // -1
  ['+', (left, right) => left + right],
  ['-', (left, right) => left - right],
  ['*', (left, right) => left * right], // 8 * 1024 * 1024
  ['/', (left, right) => left / right], // 7 / 2 is 3
  ['%', (left, right) => left % right], // -7 % 2 is -1
]);

/**
 * The functions that give a value. Those that say true or false are met before, by the predicates: one that arrives here is
 * compared with something.
 */
function buildCall(scope: Scope, node: ASTNode, [name, parts]: readonly [string, readonly ASTNode[]]): Term {
  switch (name) {
    case 'label': // label("env")
      return buildLabel(scope, node, parts);
    case 'version': // version(os.version)
      return buildVersion(scope, node, parts);
    case 'timestamp': // timestamp("2026-01-31T00:00:00Z")
      return buildTime(scope, node, parts);
    case 'has': // has(os.name) == true
    case 'seen': // seen("7d") in [true]
    case 'within': // within("10.0.0.0/8") == true
    case 'group': // group("web") == true
    case 'software': // software("openssl") == true
      throw scope.refuse(node, COMPARED);
    default:
      throw scope.refuse(node, `There is no function "${shorten(name)}"${suggest(name, functionNames)}.`);
  }
}

/** `label("env")`. The key is a constant, so that the labels an expression depends on are known before any device is. */
function buildLabel(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): Term {
  const key = readText(scope, node, { name: 'label', parts, example: 'env' });
  if (!LABEL_KEY.test(key))
    throw scope.refuse(node, 'No label can have such a name: a to z, 0 to 9, _ . - only.');
  scope.note(node, {
    name: 'label',
    because: 'labels are kept by the server and stand in no signed document',
  });
  scope.labels.add(key);
  return { kind: 'label', type: 'string', key };
}

/** `timestamp("…")` as ms since 1970. The day is checked by itself: `Date.parse` takes the 30th of February for March. */
function buildTime(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): Constant {
  const text = readText(scope, node, { name: 'timestamp', parts, example: '2026-01-31T00:00:00Z' });
  const value = TIME.test(text) ? Date.parse(text) : Number.NaN;
  const day = text.slice(0, 10);
  if (Number.isNaN(value) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day)
    throw scope.refuse(node, 'This is no time; write it as "2026-01-31T00:00:00Z".');
  return { kind: 'constant', type: 'timestamp', value };
}

/** Methods that other dialects have and this one leaves out, with the reason. */
const methods: ReadonlyMap<string, string> = new Map([
  // Patterns can take for ever, and every database has its own.
  ['matches', 'Regular expressions are not offered; use startsWith, endsWith, contains or in.'],
  // A loop multiplies what an expression costs; 2,048 characters hold several within each other.
  ...['all', 'exists', 'exists_one', 'map', 'filter'].map(
    (name) => [name, `Loops as "${name}" are not offered here.`] as const,
  ),
]);

/** Methods of texts. All but the last say true or false and are met by the predicates. */
const methodNames = ['startsWith', 'endsWith', 'contains', 'lowerAscii'] as const;

/** What is written behind a dot with brackets, and gives a value. */
function buildMethod(
  scope: Scope,
  node: ASTNode,
  [name, receiver, parts]: readonly [string, ASTNode, readonly ASTNode[]],
): Term {
  if (name === 'lowerAscii') {
    if (parts.length > 0) throw scope.refuse(node, 'lowerAscii() takes no value in its brackets.');
    return { kind: 'lower', type: 'string', of: buildTextTerm(scope, receiver, name) };
  }
  if (methodNames.some((known) => known === name)) throw scope.refuse(node, COMPARED);
  throw scope.refuse(
    node,
    methods.get(name) ?? `There is no function "${shorten(name)}"${suggest(name, methodNames)}.`,
  );
}

/** A term that must be a text; `name` is the function that wants it. @throws MusterError E_EXPRESSION */
export function buildTextTerm(scope: Scope, node: ASTNode, name: string): Term {
  const term = buildTerm(scope, node);
  if (term.type === 'string') return term;
  throw scope.refuse(node, `${name} works on texts, and this is ${nameType(term.type)}.`);
}

/** `version(os.version)`, or of a constant, whose key is then made once. A constant that is no version is a mistake. */
function buildVersion(scope: Scope, node: ASTNode, parts: readonly ASTNode[]): Term {
  const [part, ...more] = parts;
  if (part === undefined || more.length > 0)
    throw scope.refuse(node, 'version takes one text, as version("12.4").');
  const of = buildTextTerm(scope, part, 'version');
  if (of.kind !== 'constant') return { kind: 'version', type: 'version', of };
  const value = readVersionKey(String(of.value));
  if (value === null) throw scope.refuse(node, 'This is no version: it does not begin with a number.');
  return { kind: 'constant', type: 'version', value };
}

/** The one constant text of a call; `example` completes the sentence of the refusal. @throws MusterError E_EXPRESSION */
export function readText(
  scope: Scope,
  node: ASTNode,
  { name, parts, example }: { name: string; parts: readonly ASTNode[]; example: string },
): string {
  const [part, ...more] = parts;
  if (part?.op !== 'value' || typeof part.args !== 'string' || more.length > 0)
    throw scope.refuse(node, `${name} takes one constant text, as ${name}("${example}").`);
  refuseControl(scope, part, part.args);
  return part.args;
}

/**
 * Refuses `software("a\u0000b")`. What the text says was looked at before, its escapes were not; nothing that is asked for by
 * name has a control in it, and a database takes no U+0000 in a question. @throws MusterError E_EXPRESSION
 */
export function refuseControl(scope: Scope, node: ASTNode, text: string): void {
  if (/\p{Cc}/u.test(text))
    throw scope.refuse(node, 'A control character stands here; no name or version has one.');
}
