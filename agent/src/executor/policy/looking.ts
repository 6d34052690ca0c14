// Looks at items for a bounded time: a file server that is away answers nobody, and one rule must not keep all others waiting.
import { MAX_FOUND_CHARS, type ResolvedItem } from '@muster/protocol/policy';
import { describeFailure } from '../ends.ts';
import type { Facts } from './facts.ts';
import { MAX_LOOK_MS, MAX_LOOKS_MS } from './limits.ts';
import type { ItemState } from './memory.ts';
import { findRule } from './rules.ts';

/** What became of an item. */
export interface Outcome {
  readonly state: ItemState;
  /** '' where there is none. */
  readonly code: string;
  readonly found: string;
  readonly reason: string;
  /** One sentence a step. */
  readonly done: readonly string[];
}

/** A reason against it. */
export interface Why {
  readonly code: string;
  readonly reason: string;
}

/** How long looks are waited for, ms. */
export interface LookTime {
  /** One. */
  readonly oneMs: number;
  /** All of a cycle. */
  readonly allMs: number;
}

/** As devices have it. */
const lookTime: LookTime = { oneMs: MAX_LOOK_MS, allMs: MAX_LOOKS_MS };

const SLOW: Why = {
  code: 'E_SLOW',
  reason: 'The look did not end in time; find which file, file server or program does not answer.',
};

/** Text of at most its bound, of whole characters. */
const cut = (text: string) => text.slice(0, MAX_FOUND_CHARS).toWellFormed();

/** Makes an outcome; texts are cut to their bound. */
export function makeOutcome(state: ItemState, found: string, why: Why = { code: '', reason: '' }): Outcome {
  return { state, found: cut(found), code: why.code, reason: cut(why.reason), done: [] };
}

export function describeThrown(error: unknown, unforeseen: 'E_RULE' | 'E_REPAIR'): Why {
  const { code, summary } = describeFailure(error, unforeseen);
  return { code, reason: summary };
}

async function look(item: ResolvedItem, facts: Facts): Promise<Outcome> {
  try {
    const { state, found } = await findRule(item).check(item.wanted, facts);
    return makeOutcome(state, found);
  } catch (error) {
    return makeOutcome('error', '', describeThrown(error, 'E_RULE'));
  }
}

/** Looks at an item. What the check throws is the item's own error; what has no end by then is left to itself. */
export async function lookAt(item: ResolvedItem, facts: Facts, maxMs = lookTime.oneMs): Promise<Outcome> {
  const slow = makeOutcome('error', '', SLOW);
  if (maxMs <= 0) return slow;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(slow), maxMs);
    look(item, facts)
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}

/** Looks at all of a cycle, on one snapshot. */
export async function lookAtAll(
  items: readonly ResolvedItem[],
  facts: Facts,
  { oneMs, allMs }: LookTime = lookTime,
): Promise<readonly Outcome[]> {
  const endMs = performance.now() + allMs;
  const looks: Outcome[] = [];
  for (const item of items) looks.push(await lookAt(item, facts, Math.min(oneMs, endMs - performance.now())));
  return looks;
}
