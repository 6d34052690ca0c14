// Checks the parts of an expression that have a value: constants, facts, and the functions of them.
import type { ASTNode } from '@marcbachmann/cel-js';
import { findFact } from './facts.ts';
import { functionNames, resolveFact, type Scope } from './scope.ts';
import { suggest } from './suggest.ts';
import type { Constant, Term, TermType } from './tree.ts';
import { readVersionKey } from './version.ts';

/** Form of a label's key; the API of devices accepts the same. */
const LABEL_KEY = /^[a-z][a-z0-9_.-]{0,62}$/;
/** RFC 3339, in UTC or with an offset. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;

const typeWords = {
  string: 'a text',
  int: 'a number',
  bool: 'true or false',
  timestamp: 'a time',
  version: 'a version',
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

/** The checked term of a node. @throws MusterError E_EXPRESSION */
export function buildTerm(scope: Scope, node: ASTNode): Term {
  switch (node.op) {
    case 'value':
      return buildConstant(scope, node, node.args);
    case 'id':
    case '.': {
      const name = resolveFact(scope, node);
      return { kind: 'fact', type: findFact(name).type, name };
    }
    case 'call':
      return buildCall(scope, node, node.args);
    case 'rcall':
      return buildMethod(scope, node, node.args);
    default:
      return buildArithmetic(scope, node);
  }
}

const COMPARED = 'What is true or false already cannot be compared again; join it with && or ||.';

/** Forms of CEL that are left out, and what to do instead. */
const forms: ReadonlyMap<string, string> = new Map([
  ['!_', 'Brackets are missing behind the "!", as in !(os.name == "debian").'],
  ['?:', 'The form "? :" is not offered here; write it with && and ||.'],
  ['list', 'A list stands behind "in" only.'],
  ['map', 'Maps are not offered here.'],
  ['[]', 'Square brackets choose nothing here; write a fact with dots, as os.name.'],
]);

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
    case '-_':
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
  const value = calculate(node.op, left ?? 0n, right ?? 0n);
  return { kind: 'constant', type: 'int', value: toNumber(scope, node, value) };
}

function calculate(op: string, left: bigint, right: bigint): bigint {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    default:
      return -left;
  }
}

function buildCall(scope: Scope, node: ASTNode, [name, parts]: readonly [string, readonly ASTNode[]]): Term {
  switch (name) {
    case 'label': {
      const key = readText(scope, node, { name, parts, example: 'env' });
      if (!LABEL_KEY.test(key))
        throw scope.refuse(node, 'No label can have such a name: a to z, 0 to 9, _ . - only.');
      scope.note(node, { name, because: 'labels are kept by the server and stand in no signed document' });
      scope.labels.add(key);
      return { kind: 'label', type: 'string', key };
    }
    case 'version':
      return buildVersion(scope, node, parts);
    case 'timestamp': {
      const text = readText(scope, node, { name, parts, example: '2026-01-31T00:00:00Z' });
      const value = TIME.test(text) ? Date.parse(text) : Number.NaN;
      if (Number.isNaN(value))
        throw scope.refuse(node, 'This is no time; write it as "2026-01-31T00:00:00Z".');
      return { kind: 'constant', type: 'timestamp', value };
    }
    case 'has':
    case 'seen':
      throw scope.refuse(node, COMPARED);
    default:
      throw scope.refuse(node, `There is no function "${name}"${suggest(name, functionNames)}.`);
  }
}

/** Methods that other dialects have and this one leaves out, with the reason. */
const methods: ReadonlyMap<string, string> = new Map([
  ['matches', 'Regular expressions are not offered; use startsWith, endsWith, contains or in.'],
  ...['all', 'exists', 'exists_one', 'map', 'filter'].map(
    (name) => [name, `Loops as "${name}" are not offered here.`] as const,
  ),
]);

const methodNames = ['startsWith', 'endsWith', 'contains', 'lowerAscii'] as const;

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
    methods.get(name) ?? `There is no function "${name}"${suggest(name, methodNames)}.`,
  );
}

/** A term that must be a text. @throws MusterError E_EXPRESSION */
export function buildTextTerm(scope: Scope, node: ASTNode, name: string): Term {
  const term = buildTerm(scope, node);
  if (term.type === 'string') return term;
  throw scope.refuse(node, `${name} works on texts, and this is ${nameType(term.type)}.`);
}

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

/** The one constant text of a call. @throws MusterError E_EXPRESSION */
export function readText(
  scope: Scope,
  node: ASTNode,
  { name, parts, example }: { name: string; parts: readonly ASTNode[]; example: string },
): string {
  const [part, ...more] = parts;
  if (part?.op === 'value' && typeof part.args === 'string' && more.length === 0) return part.args;
  throw scope.refuse(node, `${name} takes one constant text, as ${name}("${example}").`);
}
