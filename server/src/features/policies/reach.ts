// Whom the policies in force are for, where only the server can tell: their conditions are watched in the fleet index.
import { isMusterError } from '@muster/protocol';
import { createJudge, type Expression } from '@muster/protocol/language';
import { readBit } from '@muster/protocol/policy';
import { pause } from '../../core/turns.ts';
import type { Moved } from '../fleet/index.ts';
import type { DeliveryDeps } from './deps.ts';
import { WATCH_SLICE } from './limits.ts';

/** A policy in force, or an exception in one, whose devices only the server can tell. */
export interface Selectable {
  /** Its place among all of them. */
  readonly place: number;
  readonly on: Expression;
  readonly except: Expression;
}

/** Who is selected. */
export interface Reach {
  /**
   * From here on these are followed, by place; what they ask that was not asked before is watched from now on.
   * @throws MusterError E_INDEX while the index is not there, E_BUSY where it has no room for more watches
   */
  follow(all: readonly Selectable[]): Promise<void>;
  /** True when every condition has told its members. */
  isReady(): boolean;
  /** Places of the policies that are for a device, ascending. */
  of(idx: number): number[];
  stop(): void;
}

/** A condition that is watched. */
interface Condition {
  members: Uint8Array;
  isKnown: boolean;
  readonly end: () => void;
}

/** Both conditions of a policy; null: it holds everywhere. */
interface Followed {
  readonly place: number;
  readonly conditions: readonly Condition[];
}

/**
 * Makes it; nothing is watched yet. `moved` hears which devices joined or left a condition, null: of all devices it is known for the first time.
 */
export function createReach(deps: DeliveryDeps, moved: (idxs: readonly number[] | null) => void): Reach {
  return new WatchedReach(deps, moved);
}

class WatchedReach implements Reach {
  private readonly deps: DeliveryDeps;
  private readonly moved: (idxs: readonly number[] | null) => void;
  private readonly conditions = new Map<string, Condition>();
  private followed: readonly Followed[] = [];
  private hasStopped = false;

  constructor(deps: DeliveryDeps, moved: (idxs: readonly number[] | null) => void) {
    this.deps = deps;
    this.moved = moved;
  }

  async follow(all: readonly Selectable[]): Promise<void> {
    const wanted = all.map(({ place, on, except }) => ({
      place,
      // What cannot be judged holds nowhere: of `except` the opposite is watched, so that it then is for nobody.
      asked: [...(on.text === 'true' ? [] : [on]), ...(except.text === 'false' ? [] : [negate(except)])],
    }));
    const asked = new Map(
      wanted.flatMap((one) => one.asked.map((expression) => [expression.text, expression])),
    );
    // Those that are gone first: there is room for so many watches only.
    for (const [text, { end }] of this.conditions) {
      if (asked.has(text)) continue;
      end();
      this.conditions.delete(text);
    }
    this.followed = [];
    let count = 0;
    for (const [text, expression] of asked) {
      if (this.hasStopped || this.conditions.has(text)) continue;
      await this.settle(expression);
      this.watch(expression);
      count += 1;
      // The index judges new ones together; who else waits has his turn between them.
      if (count % WATCH_SLICE === 0) await pause();
    }
    this.followed = wanted.map((one) => ({
      place: one.place,
      conditions: one.asked.flatMap(({ text }) => this.conditions.get(text) ?? []),
    }));
  }

  isReady(): boolean {
    for (const { isKnown } of this.conditions.values()) if (!isKnown) return false;
    return true;
  }

  of(idx: number): number[] {
    return this.followed.flatMap(({ place, conditions }) =>
      conditions.every(({ members }) => readBit(members, idx)) ? [place] : [],
    );
  }

  stop(): void {
    this.hasStopped = true;
    for (const { end } of this.conditions.values()) end();
    this.conditions.clear();
  }

  /** What it asks about packages is answered before it is watched: without an answer it would hold nowhere at first. */
  private async settle(expression: Expression): Promise<void> {
    if (expression.software.size === 0 && expression.groups.size === 0) return;
    const { fleet, trust, log } = this.deps;
    try {
      await fleet.count(trust.tenant, { expression });
    } catch (err) {
      if (!isMusterError(err) || !fleet.isReady()) throw err;
      // A group that is not there any more, or a question that the database cannot answer: it is followed all the same.
      log.warn(
        { err, expression: expression.text },
        'a condition of a policy or an exception cannot be judged; it is for nobody',
      );
    }
  }

  private watch(expression: Expression): void {
    const { fleet, trust } = this.deps;
    const end = fleet.watch(trust.tenant, expression, (moved) => this.take(condition, moved));
    const condition: Condition = { members: new Uint8Array(0), isKnown: false, end };
    this.conditions.set(expression.text, condition);
  }

  private take(condition: Condition, { joined, left }: Moved): void {
    const wasReady = this.isReady();
    for (const idx of joined) put(condition, idx, true);
    for (const idx of left) put(condition, idx, false);
    condition.isKnown = true;
    if (wasReady) this.moved([...joined, ...left]);
    else if (this.isReady()) this.moved(null);
  }
}

/** The opposite, as an expression that was compiled would be. */
function negate(expression: Expression): Expression {
  const tree = { kind: 'not', of: expression.tree } as const;
  return { ...expression, text: `!(${expression.text})`, tree, evaluate: createJudge(tree) };
}

function put(condition: Condition, idx: number, isIn: boolean): void {
  const at = idx >> 3;
  if (at >= condition.members.length) {
    const larger = new Uint8Array(Math.max(at + 1, condition.members.length * 2));
    larger.set(condition.members);
    condition.members = larger;
  }
  const byte = condition.members[at] ?? 0;
  const bit = 1 << (idx & 7);
  condition.members[at] = isIn ? byte | bit : byte & ~bit;
}
