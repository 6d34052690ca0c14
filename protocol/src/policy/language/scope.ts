// What one check of an expression carries along: its text, who will judge it, and the names met so far.
import type { ASTNode } from '@marcbachmann/cel-js';
import type { MusterError } from '../../errors.ts';
import { type FactName, findFact, isFactName, listFacts } from './facts.ts';
import { refuse, shorten } from './place.ts';
import { suggest } from './suggest.ts';
import type { SoftwareAsked } from './tree.ts';

/** Who judges an expression: a device by itself (`bound`), or the server when it selects devices (`select`). */
export type Judge = 'device' | 'server';

/** Functions that are written without a receiver; the methods of texts stand in terms.ts. */
export const functionNames = [
  'group',
  'has',
  'label',
  'seen',
  'software',
  'timestamp',
  'version',
  'within',
] as const;

/** Something that an expression reads. */
interface Reading {
  readonly name: FactName | 'label' | 'group' | 'software';
  /** How the expression writes it, where that is not the name. */
  readonly written?: string;
  /** Why only the server knows it; absent for what a device knows. */
  readonly because?: string | undefined;
}

/** State of one check. */
export interface Scope {
  /** Facts the expression names, `label` where it names a label, `group` where it names a group. */
  readonly names: Set<string>;
  /** Keys of the labels it names. */
  readonly labels: Set<string>;
  /** Groups it names, each with the place where it does so first. */
  readonly groups: Map<string, number>;
  /** Questions about packages, each once. */
  readonly software: Map<string, SoftwareAsked>;
  /** True when something was noted that only the server knows. */
  needsServer(): boolean;
  /** Notes that something is read. @throws MusterError E_EXPRESSION where a device judges and only the server knows it */
  note(at: ASTNode, read: Reading): void;
  /** The error for a place. */
  refuse(at: ASTNode, sentence: string): MusterError;
}

/**
 * Starts a check of `text` for a judge.
 * One check has one scope: names are gathered while the tree is built, in the order in which they are met.
 */
export function createScope(text: string, judge: Judge): Scope {
  const names = new Set<string>();
  let isServerNeeded = false;
  const refuseAt = (at: ASTNode, sentence: string) => refuse(text, at.start, sentence);
  return {
    names,
    labels: new Set(),
    groups: new Map(),
    software: new Map(),
    needsServer: () => isServerNeeded,
    refuse: refuseAt,
    note(at, { name, written = name, because }) {
      if (judge === 'device' && because !== undefined)
        throw refuseAt(at, `A device cannot judge "${written}" by itself: ${because}.`);
      isServerNeeded ||= because !== undefined;
      names.add(name);
    },
  };
}

/**
 * The fact that a name stands for, noted as read.
 * @throws MusterError E_EXPRESSION for a word that is no fact, and for one that this judge cannot know
 */
export function resolveFact(scope: Scope, node: ASTNode): FactName {
  const name = joinName(node);
  if (name === null)
    throw scope.refuse(node, 'A dot stands between the words of a fact only, as in os.name.');
  if (!isFactName(name)) throw scope.refuse(node, explainUnknown(name));
  scope.note(node, { name, because: findFact(name).because });
  return name;
}

/** `os.name` out of the nodes of its dots; null where something else than words is joined. */
function joinName(node: ASTNode): string | null {
  if (node.op === 'id') return node.args;
  if (node.op !== '.') return null;
  const before = joinName(node.args[0]);
  return before === null ? null : `${before}.${node.args[1]}`;
}

/** What to say of a word that is no fact: it may be a function, the beginning of facts, or mistyped. */
function explainUnknown(name: string): string {
  if (functionNames.some((known) => known === name))
    return `"${name}" is a function; write it as ${name}("…").`;
  // A first word alone, as `os`: the question is which of its facts.
  const names = listFacts().map((fact) => fact.name);
  const inside = names.filter((known) => known.startsWith(`${name}.`));
  if (inside.length > 0) return `"${name}" is no fact by itself; name one of ${inside.join(', ')}.`;
  return `There is no fact "${shorten(name)}"${suggest(name, names)}.`;
}
