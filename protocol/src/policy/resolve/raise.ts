// Finds the least that would let a rule decide: override, a higher priority of its policy, or both.
import { MAX_PRIORITY } from '../limits.ts';
import { type Entry, rankOf } from './prepare.ts';
import type { Raise } from './types.ts';

/** Whether an exception leaves that entry alone. */
type IsExempt = (entry: Entry) => boolean;

/**
 * The first change, of few to many, after which `self` decides among the rules that hold. Null where none does: another rule
 * of the same policy, which rises with it, one at the upper end of both, or one there that is exempt.
 */
export function findRaise(holding: readonly Entry[], self: Entry, isExempt: IsExempt): Raise | null {
  const top = highest(holding.map(({ policy }) => policy.priority));
  // A rule that overrides already has only its priority left
  const overriding: Raise = self.rule.override ? {} : { override: true };
  const candidates: readonly Raise[] = [
    overriding,
    // One more is enough; a policy takes its other rules along
    { priority: top + 1 },
    { priority: top + 1, ...overriding },
    // At the upper end there is no "one more"
    { priority: top, ...overriding },
  ];
  return (
    candidates.find((raise) => isReal(raise, self) && wouldWin(holding, { self, isExempt }, raise)) ?? null
  );
}

/** Says something, and nothing that a file may not say; a priority is never lowered. */
function isReal({ priority, override }: Raise, { policy }: Entry): boolean {
  if (priority === undefined) return override === true;
  return priority <= MAX_PRIORITY && priority >= policy.priority;
}

/** Not Math.max: there may be more rules than a call takes arguments. */
function highest(values: readonly number[]): number {
  return values.reduce((best, value) => Math.max(best, value), 0);
}

/** Whether all of the highest rank would want what `self` wants, with `self` among them, and none of them be left alone. */
function wouldWin(
  holding: readonly Entry[],
  { self, isExempt }: { readonly self: Entry; readonly isExempt: IsExempt },
  raise: Raise,
): boolean {
  const ranks = holding.map((entry) => rankAfter(entry, self, raise));
  const best = highest(ranks); // the rank that would decide
  return (
    rankAfter(self, self, raise) === best &&
    holding.every((entry, at) => ranks[at] !== best || (entry.wish === self.wish && !isExempt(entry)))
  );
}

/** The rank of an entry once `self` is raised. */
function rankAfter({ policyAt, policy, rule }: Entry, self: Entry, raise: Raise): number {
  const priority = policyAt === self.policyAt ? (raise.priority ?? policy.priority) : policy.priority; // of all rules of the policy
  const overrides = rule.override || (rule === self.rule && raise.override === true); // other rules stay as they are
  return rankOf(priority, overrides);
}
