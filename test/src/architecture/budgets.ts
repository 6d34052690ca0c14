// The rules about size: files, functions, parameters, complexity, and the share of comments.
import { dataFiles } from './layers.ts';
import type { FunctionShape, Source } from './source.ts';

/** Limits from ARCHITECTURE.md; they come from measuring code bases that people like to read. */
const budgets = {
  fileLines: { median: 120, p90: 300, max: 400 },
  functionLines: { p90: 40, max: 80 },
  parameters: 3,
  complexity: 12,
  /** Share of filled lines that carry a comment. */
  commentRatio: { protocolMin: 0.3, elsewhereMax: 0.3 },
} as const;

/** Files that have a budget: no tests, no generated files, no data tables. */
function listBudgeted(sources: readonly Source[]): Source[] {
  return sources.filter(({ path, isTest }) => !isTest && !dataFiles.some((data) => path.startsWith(data)));
}

/** Files and functions over a hard limit. */
export function findOversized(sources: readonly Source[]): string[] {
  return listBudgeted(sources).flatMap((source) => {
    const { max } = budgets.fileLines;
    const long =
      countLines(source) > max
        ? [`${source.path}:1 has ${countLines(source)} lines; a file has at most ${max}`]
        : [];
    return [
      ...long,
      ...source.functions.flatMap((shape) =>
        judgeFunction(shape).map((fault) => `${source.path}:${shape.line} ${fault}`),
      ),
    ];
  });
}

function judgeFunction({ name = 'a callback', lines, parameters, complexity }: FunctionShape): string[] {
  const faults: string[] = [];
  const { max } = budgets.functionLines;
  if (lines > max) faults.push(`${name} has ${lines} lines; a function has at most ${max}`);
  if (parameters > budgets.parameters)
    faults.push(`${name} takes ${parameters} parameters; from the fourth on they go into one options object`);
  if (complexity > budgets.complexity)
    faults.push(`${name} has a complexity of ${complexity}; at most ${budgets.complexity}`);
  return faults;
}

/** Distributions over all budgeted files that lie above what we want. */
export function findHeavyTails(sources: readonly Source[]): string[] {
  const files = listBudgeted(sources);
  const fileLines = files.map(countLines);
  const functionLines = files.flatMap(({ functions }) =>
    functions.filter(({ name }) => name !== undefined).map(({ lines }) => lines),
  );
  return [
    judgeQuantile('files', { values: fileLines, ratio: 0.5, limit: budgets.fileLines.median }),
    judgeQuantile('files', { values: fileLines, ratio: 0.9, limit: budgets.fileLines.p90 }),
    judgeQuantile('named functions', { values: functionLines, ratio: 0.9, limit: budgets.functionLines.p90 }),
  ].flatMap((fault) => (fault === undefined ? [] : [fault]));
}

function judgeQuantile(
  what: string,
  { values, ratio, limit }: { values: readonly number[]; ratio: number; limit: number },
): string | undefined {
  const value = quantile(values, ratio);
  return value > limit
    ? `workspace:1 has ${value} lines where ${ratio * 100} of 100 ${what} should have at most ${limit}`
    : undefined;
}

/** Nearest-rank quantile; 0 for no values. */
export function quantile(values: readonly number[], ratio: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * ratio) - 1] ?? 0;
}

/** Packages with too few or too many comments. */
export function findCommentShares(sources: readonly Source[]): string[] {
  const { protocolMin, elsewhereMax } = budgets.commentRatio;
  return ['protocol', 'agent', 'server/src', 'server/cli'].flatMap((folder) => {
    const files = sources.filter(
      ({ path, isTest }) => !isTest && path.startsWith(`${folder}/`) && !isGenerated(path),
    );
    const ratio = sum(files, 'commentLines') / (sum(files, 'filledLines') || 1);
    const percent = `${folder}:1 has comments on ${(ratio * 100).toFixed(1)} % of its lines`;
    if (folder === 'protocol')
      return files.length > 0 && ratio < protocolMin ? [`${percent}; at least ${protocolMin * 100} %`] : [];
    return ratio > elsewhereMax ? [`${percent}; at most ${elsewhereMax * 100} %`] : [];
  });
}

function isGenerated(path: string): boolean {
  return path.includes('/generated/') || path.endsWith('schema.d.ts');
}

function sum(sources: readonly Source[], key: 'commentLines' | 'filledLines'): number {
  return sources.reduce((total, source) => total + source[key], 0);
}

function countLines({ lines }: Source): number {
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}
