// The rules about how a file is written: opening sentence, names, and the syntax we do without.
import { posix } from 'node:path';
import ts from 'typescript';
import { lineOf, listNodes, type Source } from './source.ts';

/** Names that say nothing about what is inside. */
const emptyNames = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc']);

/** Words that mean two things elsewhere, and what GLOSSARY.md has instead. */
const bannedWords: readonly (readonly [RegExp, string])[] = [[/activit(?:y|ies)/i, 'audit event']];

/** Globals of node that a browser does not have. */
const nodeGlobals = new Set([
  'Buffer',
  'process',
  'global',
  'setImmediate',
  'clearImmediate',
  '__dirname',
  '__filename',
]);

/** Files that do not open with one comment line that is a sentence. */
export function findSilentFiles(sources: readonly Source[]): string[] {
  return sources
    .filter(({ lines }) => {
      const first = lines[0]?.startsWith('#!') ? lines[1] : lines[0];
      return !/^\/\/ \S.*\.$/.test(first ?? '');
    })
    .map(
      ({ path }) =>
        `${path}:1 must open with one comment line that says what the file is for and ends in a full stop`,
    );
}

/** Files or folders called after nothing. */
export function findEmptyNames(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) =>
      posix
        .dirname(path)
        .split('/')
        .concat(posix.basename(path).split(/[.-]/))
        .some((part) => emptyNames.has(part)),
    )
    .map(
      ({ path }) =>
        `${path}:1 needs a name that says what it is about; utils, helpers, common and misc do not`,
    );
}

/** Syntax that hides faults: `any`, `!`, empty catch blocks, skipped tests, switched-off checks. */
export function findBadForms(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !path.includes('/generated/'))
    .flatMap((source) => [
      ...listNodes(source.tree).flatMap((node) => {
        const fault = judgeNode(source, node);
        return fault === undefined ? [] : [`${source.path}:${lineOf(source.tree, node)} ${fault}`];
      }),
      ...source.lines.flatMap((line, index) =>
        /^\s*(?:\/\/|\*|\/\*)\s*@ts-(?:ignore|nocheck)/.test(line)
          ? [`${source.path}:${index + 1} switches the type check off; repair the type`]
          : [],
      ),
    ]);
}

function judgeNode(source: Source, node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "uses the type 'any'; say what it is, or 'unknown'";
  if (ts.isNonNullExpression(node)) return "asserts with '!' that a value is there; check it";
  if (ts.isCatchClause(node) && node.block.statements.length === 0)
    return 'has an empty catch; handle the error or let it pass on';
  const word = ts.isIdentifier(node) ? bannedWords.find(([pattern]) => pattern.test(node.text)) : undefined;
  if (word) return `uses the word '${node.getText(source.tree)}'; here it is called ${word[1]}`;
  if (isSkip(node))
    return "skips or singles out a test with a call; give the test { skip: 'reason' } where the machine lacks something";
  if (isNodeGlobal(source, node))
    return `uses ${node.getText(source.tree)}, which a browser does not have; protocol must load there`;
  return undefined;
}

function isSkip(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression } = node.expression;
  return (
    /^(?:skip|only|todo)$/.test(name.text) &&
    ts.isIdentifier(expression) &&
    /^(?:t|tap|test|it|describe)$/.test(expression.text)
  );
}

function isNodeGlobal(source: Source, node: ts.Node): boolean {
  if (!source.path.startsWith('protocol/src/') || source.isTest) return false;
  if (!ts.isIdentifier(node) || !nodeGlobals.has(node.text)) return false;
  const holder = node.parent;
  const isName =
    (ts.isPropertyAccessExpression(holder) && holder.name === node) ||
    ts.isPropertyAssignment(holder) ||
    ts.isPropertySignature(holder) ||
    ts.isParameter(holder) ||
    ts.isFunctionDeclaration(holder);
  return !isName;
}
