// Expressions about devices: read, checked and made into a function that judges one device.
import { isMusterError } from '../../errors.ts';
import { createJudge, type Facts } from './judge.ts';
import { parseText } from './parse.ts';
import { buildPredicate } from './predicates.ts';
import { createScope, type Judge } from './scope.ts';
import type { Predicate, SoftwareAsked } from './tree.ts';

export { type DeviceValues, deriveFacts, type FactSections, findFamily } from './derive.ts';
export { type Explained, explainExpression, formatPredicate, type ReadValue } from './explain.ts';
export { type ExplainedPart, listExplained } from './explained-parts.ts';
export { type Fact, type FactName, type FactType, listFacts, type NamedFact } from './facts.ts';
export { createJudge, type Facts, fitsSoftware, type InstalledPackage } from './judge.ts';
export {
  MAX_EXPRESSION_CHARS,
  MAX_EXPRESSION_DEPTH,
  MAX_EXPRESSION_PARTS,
  MAX_LIST_ELEMENTS,
} from './limits.ts';
export { refuse as refuseExpression } from './place.ts';
export type { Judge } from './scope.ts';
export type { Plain, Predicate, SoftwareAsked, Term } from './tree.ts';

/** An expression that was read and checked. */
export interface Expression {
  /** As it was given; this is what is signed and shown. */
  readonly text: string;
  /**
   * Facts that it names; `label` where it names a label, `group` where it names a group, `software` where it asks about packages, `seen_at` where it asks `seen()`, `addresses` where `within()`.
   * Two devices that agree in these, in `labels` and, with `seen()`, in the time, get the same answer.
   */
  readonly names: ReadonlySet<string>;
  /** Keys of the labels that it names; empty for every expression that a device can judge. */
  readonly labels: ReadonlySet<string>;
  /** Groups that it names by id or name, each with the place in the text; empty for every expression that a device can judge. */
  readonly groups: ReadonlyMap<string, number>;
  /** What it asks about packages, by a text that stands for the question. */
  readonly software: ReadonlyMap<string, SoftwareAsked>;
  /** True when a device can judge it by itself, whoever it was compiled for: it may then be a `bound`. */
  readonly isDeviceOnly: boolean;
  /** What was read, for those who judge many devices at once; `createJudge` of any part of it is that part's meaning. */
  readonly tree: Predicate;
  /** Whether it holds for a device. Never throws; at most one read for each part of the text. */
  evaluate(facts: Facts): boolean;
}

/**
 * Reads and checks an expression. `for: 'device'` refuses what only the server knows; use it for whatever a device judges.
 * @throws MusterError E_EXPRESSION; its detail is a sentence, then the line with `line:column`, then a caret under the place
 */
export function compileExpression(text: string, { for: judge }: { readonly for: Judge }): Expression {
  const syntax = parseText(text);
  const scope = createScope(text, judge);
  const tree = buildPredicate(scope, syntax);
  const evaluate = createJudge(tree);
  return {
    text,
    names: scope.names,
    labels: scope.labels,
    groups: scope.groups,
    software: scope.software,
    isDeviceOnly: !scope.needsServer(),
    tree,
    evaluate,
  };
}

/**
 * What of an expression a command may carry as its `bound`: the text itself where a device can judge it, else the empty text.
 * Decided where the command is made, never by a server. Whether the text is an expression at all is another question.
 */
export function toBound(text: string): string {
  try {
    return compileExpression(text, { for: 'device' }).isDeviceOnly ? text : '';
  } catch (error) {
    if (isMusterError(error, 'E_EXPRESSION')) return '';
    throw error;
  }
}
