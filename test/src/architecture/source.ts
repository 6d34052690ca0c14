// Reads the sources of the workspace into what the rules look at: imports, functions, comments, syntax.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Folders that hold sources, from the root of the repository. */
const sourceFolders = [
  'protocol/src',
  'protocol/tooling',
  'agent/src',
  'server/src',
  'server/cli/src',
  'server/console/src',
  'test/src',
  'test/tooling',
];

/** One import, export-from or `import()`, static or only of types. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** One function, method or arrow function. */
export interface FunctionShape {
  /** Its own name, or that of the variable or property it is given to; absent for a bare callback. */
  readonly name: string | undefined;
  readonly line: number;
  readonly lines: number;
  readonly parameters: number;
  /** Cyclomatic complexity: 1 and one for each if, loop, case, catch, `?:`, `&&`, `||` and `??`. */
  readonly complexity: number;
}

/** A place in a file and what it is. */
export interface Mark {
  readonly line: number;
  readonly text: string;
}

/** What the rules know of one file. */
export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  /** A test, or what tests of its package share (a folder called `testing`). */
  readonly isTest: boolean;
  readonly lines: readonly string[];
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionShape[];
  /**
   * Lines that carry a comment or a field's `description`, which is the same sentence put where docs and console
   * can show it; and lines that are not blank.
   */
  readonly commentLines: number;
  readonly filledLines: number;
  /** Text of every string and template literal, placeholders as `?`. */
  readonly strings: readonly Mark[];
  readonly tree: ts.SourceFile;
}

/** Reads every source of the workspace; folders that do not exist yet are left out. */
export function readSources(root: string): Source[] {
  return sourceFolders.flatMap((folder) => readFolder(root, folder));
}

function readFolder(root: string, folder: string): Source[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.m?tsx?$|\.mjs$/.test(path) && !path.includes('/fixtures/'))
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}

/** Pure: what one text holds. */
export function parseSource(path: string, text: string): Source {
  const kind = path.endsWith('.tsx') ? ts.ScriptKind.TSX : undefined;
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, kind);
  const lines = text.split('\n');
  const nodes = listNodes(tree);
  return {
    path,
    isTest: /\.test\.m?tsx?$|\/testing\//.test(path) || path.startsWith('test/src/'),
    lines,
    imports: nodes.flatMap((node) => parseImport(tree, node)),
    functions: nodes.filter(isFunction).map((node) => measureFunction(tree, node)),
    commentLines: new Set([...listCommentLines(tree, text), ...listDescriptions(tree, nodes)]).size,
    filledLines: lines.filter((line) => line.trim() !== '').length,
    strings: nodes.flatMap((node) => parseString(tree, node)),
    tree,
  };
}

/** All nodes of a tree, parents first. */
export function listNodes(tree: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  function visit(node: ts.Node): void {
    nodes.push(node);
    ts.forEachChild(node, visit);
  }
  visit(tree);
  return nodes;
}

/** Line of a node, counted from 1. */
export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

function parseImport(tree: ts.SourceFile, node: ts.Node): Import[] {
  const target = importTarget(node);
  return target && ts.isStringLiteralLike(target)
    ? [{ specifier: target.text, line: lineOf(tree, node) }]
    : [];
}

function importTarget(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (!ts.isCallExpression(node)) return undefined;
  const called = node.expression;
  const loads =
    called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require');
  return loads ? node.arguments[0] : undefined;
}

function parseString(tree: ts.SourceFile, node: ts.Node): Mark[] {
  if (ts.isStringLiteralLike(node)) return [{ line: lineOf(tree, node), text: node.text }];
  if (!ts.isTemplateExpression(node)) return [];
  const text = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join(' ? ');
  return [{ line: lineOf(tree, node), text }];
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function measureFunction(tree: ts.SourceFile, node: ts.FunctionLikeDeclaration): FunctionShape {
  const line = lineOf(tree, node);
  const last = tree.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
  const parameters = node.parameters.filter((parameter) => parameter.name.getText(tree) !== 'this').length;
  return {
    name: nameOf(tree, node),
    line,
    lines: last - line + 1,
    parameters,
    complexity: 1 + (node.body ? countDecisions(node.body) : 0),
  };
}

function nameOf(tree: ts.SourceFile, node: ts.FunctionLikeDeclaration): string | undefined {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (node.name) return node.name.getText(tree);
  const holder = node.parent;
  const named =
    ts.isVariableDeclaration(holder) || ts.isPropertyAssignment(holder) || ts.isPropertyDeclaration(holder);
  return named ? holder.name.getText(tree) : undefined;
}

/** Decisions of one body; functions inside it count for themselves. */
function countDecisions(node: ts.Node): number {
  if (isFunction(node)) return 0;
  let count = isDecision(node) ? 1 : 0;
  ts.forEachChild(node, (child) => {
    count += countDecisions(child);
  });
  return count;
}

const decisions = new Set([
  ts.SyntaxKind.IfStatement,
  ts.SyntaxKind.ForStatement,
  ts.SyntaxKind.ForInStatement,
  ts.SyntaxKind.ForOfStatement,
  ts.SyntaxKind.WhileStatement,
  ts.SyntaxKind.DoStatement,
  ts.SyntaxKind.CaseClause,
  ts.SyntaxKind.CatchClause,
  ts.SyntaxKind.ConditionalExpression,
]);

const choosing = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

function isDecision(node: ts.Node): boolean {
  return decisions.has(node.kind) || (ts.isBinaryExpression(node) && choosing.has(node.operatorToken.kind));
}

/** Lines of `description: '…'` in a schema. */
function listDescriptions(tree: ts.SourceFile, nodes: readonly ts.Node[]): number[] {
  return nodes
    .filter((node) => ts.isPropertyAssignment(node) && node.name.getText(tree) === 'description')
    .map((node) => lineOf(tree, node) - 1);
}

/** Comments are found with the scanner of the compiler, so that `//` inside a string or a template is none. */
function listCommentLines(tree: ts.SourceFile, text: string): Set<number> {
  const lines = new Set<number>();
  function take(ranges: readonly ts.CommentRange[] | undefined): void {
    for (const range of ranges ?? []) {
      const first = tree.getLineAndCharacterOfPosition(range.pos).line;
      const last = tree.getLineAndCharacterOfPosition(range.end).line;
      for (let line = first; line <= last; line++) lines.add(line);
    }
  }
  function visit(node: ts.Node): void {
    for (const child of node.getChildren(tree)) visit(child);
    if (node.getChildCount(tree) > 0) return;
    if (node.getFullStart() !== node.getStart(tree))
      take(ts.getLeadingCommentRanges(text, node.getFullStart()));
    take(ts.getTrailingCommentRanges(text, node.getEnd()));
  }
  visit(tree);
  return lines;
}
