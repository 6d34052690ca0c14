// Groups within groups: which ones an expression reaches, inner ones first, and why it reaches none it can be judged by.
import { type Expression, refuseExpression } from '@muster/protocol/language';
import { MAX_GROUP_LEVELS } from './limits.ts';

/** A group, as far as its members are concerned. */
export interface GroupDefinition {
  readonly id: string;
  readonly name: string;
  /** Null: none by an expression; undefined: its expression cannot be read any more. */
  readonly expression: Expression | null | undefined;
  /** Devices that somebody picked, by number. */
  readonly picked: ReadonlySet<number>;
}

/** Finds a group by what an expression calls it: its id, else its name. */
export type FindGroup = (called: string) => GroupDefinition | undefined;

/** A group that is reached, and what it is called by those who name it. */
export interface Reached {
  readonly group: GroupDefinition;
  readonly called: ReadonlySet<string>;
}

/** What is kept of a group that was walked through. */
interface Walked {
  readonly group: GroupDefinition;
  readonly called: Set<string>;
  /** Levels below it, itself included. */
  readonly levels: number;
}

/**
 * The groups that an expression reaches, each once, those within another before it. `own` is the group that the expression is of.
 * @throws MusterError E_EXPRESSION at the place where the expression names what leads to a group that is not there, to itself, or
 * too deep
 */
export function reachGroups(
  expression: Expression,
  find: FindGroup,
  own?: Pick<GroupDefinition, 'id' | 'name'>,
): readonly Reached[] {
  const walked = new Map<string, Walked>();
  const path = own === undefined ? [] : [own];

  function walk(called: string, at: number): number {
    const group = find(called);
    if (group === undefined) throw refuseExpression(expression.text, at, explainMissing(called, path, own));
    const known = walked.get(group.id);
    known?.called.add(called);
    if (known !== undefined) return known.levels;
    if (path.some(({ id }) => id === group.id))
      throw refuseExpression(
        expression.text,
        at,
        `A group cannot contain itself: ${showPath([...path.slice(path.findIndex(({ id }) => id === group.id)), group])}.`,
      );
    if (group.expression === undefined)
      throw refuseExpression(
        expression.text,
        at,
        `The expression of "${group.name}" cannot be read; change it.`,
      );
    path.push(group);
    let below = 0;
    for (const inner of group.expression?.groups.keys() ?? []) below = Math.max(below, walk(inner, at));
    path.pop();
    const levels = below + 1;
    if (levels + (own === undefined ? 0 : 1) > MAX_GROUP_LEVELS)
      throw refuseExpression(
        expression.text,
        at,
        `Groups lie within each other deeper than ${MAX_GROUP_LEVELS} levels, from "${group.name}" on.`,
      );
    // Behind what lies within it: a map keeps its order.
    walked.set(group.id, { group, called: new Set([called]), levels });
    return levels;
  }

  for (const [called, at] of expression.groups) walk(called, at);
  return [...walked.values()];
}

function explainMissing(
  called: string,
  path: readonly Pick<GroupDefinition, 'id' | 'name'>[],
  own: Pick<GroupDefinition, 'id'> | undefined,
): string {
  const by = path.at(-1);
  const names = by === undefined || by.id === own?.id ? '' : `, which "${by.name}" names`;
  return `There is no group "${called}"${names}.`;
}

function showPath(path: readonly Pick<GroupDefinition, 'name'>[]): string {
  return path.map(({ name }) => `"${name}"`).join(' → ');
}
