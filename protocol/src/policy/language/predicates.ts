// Checks the parts of an expression that are true or false, down to the terms they compare.
import type { ASTNode } from '@marcbachmann/cel-js';
import { findFact, listFacts } from './facts.ts';
import { shorten } from './place.ts';
import { buildPackageComparison, buildQuestion } from './questions.ts';
import type { Scope } from './scope.ts';
import { suggest } from './suggest.ts';
import { buildTerm, buildTextTerm, nameTerm, nameType } from './terms.ts';
import type { Comparison, Plain, Predicate, Term, TextTest } from './tree.ts';

/** Types with an order. Texts have none: "9" would be newer than "12", and databases sort otherwise than programs do. */
const ordered: ReadonlySet<string> = new Set(['int', 'timestamp', 'version']);

/**
 * The checked predicate of a node: joins are taken apart here, everything else is a leaf.
 * The order of the operands is kept, so that a cheap one written first is judged first.
 * @throws MusterError E_EXPRESSION with the place of the first part that is wrong
 */
export function buildPredicate(scope: Scope, node: ASTNode): Predicate {
  switch (node.op) {
    case '&&': // virtual && cpu.count > 4
      return { kind: 'all', of: listOperands(node, '&&').map((part) => buildPredicate(scope, part)) };
    case '||': // virtual || cpu.count > 4
      return { kind: 'any', of: listOperands(node, '||').map((part) => buildPredicate(scope, part)) };
    case '!_': // !virtual, !(os.name == "debian")
      return { kind: 'not', of: buildPredicate(scope, node.args) };
    case '==': // os.name == "debian"
    case '!=': // false where os.name is absent, as all leaves are
    case '<': // cpu.count < 4, version(os.version) < version("12")
    case '<=':
    case '>':
    case '>=':
      return buildComparison(scope, node, { by: node.op, parts: node.args });
    case 'in': // os.name in ["debian", "ubuntu"]
      return buildMembership(scope, node.args);
    default: // has(os.name), seen("7d"), os.name.startsWith("deb"), virtual
      return buildTest(scope, node);
  }
}

/** `a && b && c` as three: the parser nests them to the left, and so deep that they better be taken apart in a loop. */
function listOperands(node: ASTNode, op: '&&' | '||'): ASTNode[] {
  const operands: ASTNode[] = [];
  let left = node;
  while (left.op === op) {
    operands.push(left.args[1]);
    left = left.args[0];
  }
  return [left, ...operands.toReversed()];
}

/**
 * Two terms of one type; an order only where the type has one.
 * CEL would let numbers of several types meet; there is one kind of number here.
 */
function buildComparison(
  scope: Scope,
  node: ASTNode,
  { by, parts }: { by: Comparison; parts: readonly [ASTNode, ASTNode] },
): Predicate {
  const ofPackage = buildPackageComparison(scope, { by, parts });
  if (ofPackage !== null) return ofPackage;
  const left = buildTerm(scope, parts[0]);
  const right = buildTerm(scope, parts[1]);
  if (left.type !== right.type) throw refuseMix(scope, node, [left, right]);
  if (left.type === 'addresses')
    throw scope.refuse(node, 'Addresses are not compared; ask within("10.0.0.0/8") or has(addresses).');
  if (by !== '==' && by !== '!=') {
    if (left.type === 'string')
      throw scope.refuse(node, 'Texts have no order; compare versions with version("…") on both sides.');
    if (!ordered.has(left.type)) throw scope.refuse(node, 'True and false have no order.');
  }
  // Either side may be the constant.
  checkValue(scope, parts[1], { fact: left, value: right });
  checkValue(scope, parts[0], { fact: right, value: left });
  return { kind: 'compare', by, left, right };
}

/** Two types in one comparison; a text beside a version or a time most likely lacks its function. */
function refuseMix(scope: Scope, node: ASTNode, [left, right]: readonly [Term, Term]): Error {
  // version(os.version) < "12", enrolled_at < "2026-01-31T00:00:00Z"
  const text = [left, right].find((term) => term.kind === 'constant' && term.type === 'string');
  const made = [left, right].find((term) => term.type === 'version' || term.type === 'timestamp');
  const hint = text === undefined || made === undefined ? '' : `; write ${made.type}("…") around the text`;
  return scope.refuse(node, `${nameTerm(left)} cannot be compared with ${nameType(right.type)}${hint}.`);
}

/** A value that a fact never has is a mistake: `state == "online"` would hit nothing and `!=` everything. */
function checkValue(scope: Scope, at: ASTNode, { fact, value }: { fact: Term; value: Term }): void {
  if (fact.kind !== 'fact' || value.kind !== 'constant') return;
  const { values } = findFact(fact.name);
  if (values === undefined || values.some((known) => known === value.value)) return;
  const other = listFacts().find((named) => named.values?.some((known) => known === value.value));
  // state == "online": the word is right, the fact is not.
  const hint = other === undefined ? suggest(String(value.value), values) : `, but ${other.name} may be`;
  throw scope.refuse(
    at,
    `${fact.name} is never "${shorten(String(value.value))}"${hint}; ${fact.name} is one of ${values.join(', ')}.`,
  );
}

/**
 * `item in [constants]`. The list is a list in the text: no fact has several values yet.
 * An empty list is allowed and holds nothing, which is what a program writes that has no names to list.
 */
function buildMembership(scope: Scope, [item, list]: readonly [ASTNode, ASTNode]): Predicate {
  const left = buildTerm(scope, item);
  if (list.op !== 'list') throw scope.refuse(list, 'A list of constants must follow "in", as ["a", "b"].');
  const values = list.args.map((node): Plain => {
    const element = buildTerm(scope, node);
    if (element.kind !== 'constant') throw scope.refuse(node, 'A list holds constants only.');
    if (element.type !== left.type) throw refuseMix(scope, node, [left, element]);
    checkValue(scope, node, { fact: left, value: element });
    return element.value;
  });
  return { kind: 'in', left, values };
}

/** What is neither joined nor compared: a function that says true or false, or a bool by itself. */
function buildTest(scope: Scope, node: ASTNode): Predicate {
  const question = node.op === 'call' ? buildQuestion(scope, node, node.args) : null;
  if (question !== null) return question;
  if (node.op === 'rcall') {
    const [name, receiver, parts] = node.args;
    if (isTextTest(name)) return buildTextTest(scope, node, { name, receiver, parts });
  }
  const term = buildTerm(scope, node);
  if (term.type === 'bool') return { kind: 'truth', term };
  throw scope.refuse(node, `${nameTerm(term)} stands where something true or false is needed; compare it.`);
}

/** The methods of texts that say true or false. */
function isTextTest(name: string): name is TextTest {
  return name === 'startsWith' || name === 'endsWith' || name === 'contains';
}

/**
 * `text.contains(text)` and its two siblings. Either side may be a fact, a label or a constant; case counts, as in `==`.
 */
function buildTextTest(
  scope: Scope,
  node: ASTNode,
  { name, receiver, parts }: { name: TextTest; receiver: ASTNode; parts: readonly ASTNode[] },
): Predicate {
  const [part, ...more] = parts;
  if (part === undefined || more.length > 0)
    throw scope.refuse(node, `${name} takes one text, as os.name.${name}("deb").`);
  return {
    kind: 'text',
    by: name,
    left: buildTextTerm(scope, receiver, name),
    right: buildTextTerm(scope, part, name),
  };
}
