// The groups of one organization as the index knows them: found by id or name, with a version that follows their changes.

import { isMusterError } from '@muster/protocol';
import { compileExpression, type Expression } from '@muster/protocol/language';
import { MAX_REACHED } from './limits.ts';
import { type GroupDefinition, type Reached, reachGroups } from './nesting.ts';

/** A group as it is stored. */
export interface StoredGroup {
  readonly id: string;
  readonly name: string;
  readonly expression: string | null;
  /** By number. */
  readonly picked: readonly number[];
}

const nothing: readonly Reached[] = [];

/** The groups; a column without a value a device, as far as kept bits are concerned. */
export class GroupBook {
  /** Changes so far. */
  version = 0;
  private readonly byId = new Map<string, GroupDefinition>();
  private readonly byName = new Map<string, GroupDefinition>();
  private stamp = '[]';
  /** What expressions reach as of this version, by their text. */
  private readonly reached = new Map<string, readonly Reached[]>();

  /** Takes over all groups; true when something is another. */
  put(groups: readonly StoredGroup[]): boolean {
    const stamp = JSON.stringify(groups);
    if (stamp === this.stamp) return false;
    this.stamp = stamp;
    this.version += 1;
    this.byId.clear();
    this.byName.clear();
    this.reached.clear();
    for (const { id, name, expression, picked } of groups) {
      const group = { id, name, expression: compile(expression), picked: new Set(picked) };
      this.byId.set(id, group);
      this.byName.set(name, group);
    }
    return true;
  }

  /** The groups that an expression reaches, inner ones first. @throws MusterError E_EXPRESSION where one cannot be judged */
  reach(expression: Expression): readonly Reached[] {
    if (expression.groups.size === 0) return nothing;
    const known = this.reached.get(expression.text);
    if (known !== undefined) return known;
    const found = reachGroups(expression, (called) => this.find(called));
    if (this.reached.size >= MAX_REACHED) this.reached.clear();
    this.reached.set(expression.text, found);
    return found;
  }

  /** An id means the group of that id, whatever another one is called. */
  find(called: string): GroupDefinition | undefined {
    return this.byId.get(called) ?? this.byName.get(called);
  }
}

/** Undefined: a later version refuses what an earlier one took. */
function compile(text: string | null): Expression | null | undefined {
  if (text === null) return null;
  try {
    return compileExpression(text, { for: 'server' });
  } catch (error) {
    if (isMusterError(error, 'E_EXPRESSION')) return undefined;
    throw error;
  }
}
