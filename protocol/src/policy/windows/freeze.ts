// Freezes: times in which no repair of a policy begins, or none on a device at all. Pure; the moment is given.
import type { Policy } from '../document/policy.ts';
import type { PolicyFreeze } from './window.ts';

/** A freeze with the name of its policy. */
export interface ListedFreeze extends PolicyFreeze {
  readonly policy: string;
}

/** Those of several policies, in their order. */
export function listFreezes(policies: readonly Policy[]): ListedFreeze[] {
  return policies.flatMap(({ name, freezes }) => freezes.map((one) => ({ policy: name, ...one })));
}

/** Whether a freeze is for what that policy wants, on a device that the policies of all freezes are for. */
export function isFreezeOf({ all, policy }: ListedFreeze, name: string): boolean {
  return all || policy === name;
}

/** The freeze that holds at a moment; of several the one that ends last. Null: none does. */
export function findFreeze<Freeze extends PolicyFreeze>(
  freezes: readonly Freeze[],
  nowMs: number,
): Freeze | null {
  return freezes.reduce<Freeze | null>((last, one) => {
    const holds = Date.parse(one.from) <= nowMs && nowMs < Date.parse(one.to);
    // Of two that end together the first
    return holds && (last === null || Date.parse(one.to) > Date.parse(last.to)) ? one : last;
  }, null);
}
