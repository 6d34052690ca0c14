// What a plan changes on devices: the resolver before and after, once for each distinct case, over the items that can change.
import type { Policy } from '../document/policy.ts';
import type { Expression } from '../language/index.ts';
import { decideWith } from '../resolve/decide.ts';
import { type PreparedPolicies, preparePolicies } from '../resolve/prepare.ts';
import { resolveHolding } from '../resolve/resolve.ts';
import type { ResolvedItem } from '../resolve/types.ts';

/** One item that is wanted otherwise. */
export interface ItemChange {
  /** As rules name it, in its one spelling. */
  readonly item: string;
  /** Null: nothing was wanted of it. */
  readonly before: ResolvedItem | null;
  /** Null: nothing is wanted of it any more. */
  readonly after: ResolvedItem | null;
}

/** Effects that wait for the answers of a case. */
export interface PreparedEffects {
  /**
   * Every condition that decides about an item that can change, each once. Devices that give the same answers to all of them
   * are one case.
   */
  readonly conditions: readonly Expression[];
  /** Rules of both sides that one case weighs at most. */
  readonly rules: number;
  /**
   * What changes where condition `at` has the answer `holds(at)`, in an order that is the same for the same changes. A change
   * that comes again in another case is the same object.
   */
  resolve(holds: (at: number) => boolean): readonly ItemChange[];
}

/** Policies before and after. */
interface Sides {
  readonly before: readonly Policy[];
  readonly after: readonly Policy[];
  /** Ms since 1970: what is over by then leaves nothing alone, on both sides. */
  readonly nowMs: number;
}

/** How many conditions {@link prepareEffects} would have: compiles nothing, so that too many are refused before that. */
export function countConditions(sides: Omit<Sides, 'nowMs'>, changed: ReadonlySet<string>): number {
  const texts = narrowBoth(sides, changed)
    .flat()
    .flatMap(({ on, except, rules, exceptions }) => [
      ...[on, except],
      ...rules.map((rule) => rule.when),
      ...exceptions.map((one) => one.on),
    ]);
  return new Set(texts).size; // a text that comes again is judged once
}

/**
 * Prepares both sides. An item is decided by the rules about it alone, so rules about items that no added, changed or deleted
 * policy names are left out: they decide the same before and after. `rest` is awaited between the two sides, so that a server can
 * answer others; absent: nobody waits.
 * @throws MusterError as preparePolicies
 */
export async function prepareEffects(
  sides: Sides,
  changed: ReadonlySet<string>,
  rest: () => Promise<void> = async () => undefined,
): Promise<PreparedEffects> {
  const [before, after] = narrowBoth(sides, changed);
  const was = preparePolicies(before);
  await rest(); // each side may be thousands of rules
  const prepared = [was, preparePolicies(after)] as const;
  const { conditions, places } = joinConditions(prepared); // most stand on both sides
  const compare = createComparison();
  return {
    conditions,
    rules: prepared.reduce((sum, { entries }) => sum + entries.length, 0),
    resolve(holds) {
      const [first, second] = prepared.map((side, which) => {
        // Conditions have other numbers on each side
        const holding = decideWith(side, (at) => holds(places[which]?.[at] ?? 0), sides.nowMs);
        return resolveHolding(side, holding).items;
      });
      return compareItems(first ?? new Map(), second ?? new Map(), compare);
    },
  };
}

/** Both sides with rules about items that can change. */
function narrowBoth(
  { before, after }: Omit<Sides, 'nowMs'>,
  changed: ReadonlySet<string>,
): readonly [Policy[], Policy[]] {
  const named = [...before, ...after].filter(({ name }) => changed.has(name));
  const items = new Set(named.flatMap(({ rules }) => rules.map(({ item }) => item)));
  return [narrow(before, items), narrow(after, items)];
}

/** Only rules about those items; a policy without any is left out. */
function narrow(policies: readonly Policy[], items: ReadonlySet<string>): Policy[] {
  return policies.flatMap((policy) => {
    // Its conditions and its rank stay
    const rules = policy.rules.filter(({ item }) => items.has(item));
    const exceptions = policy.exceptions.filter(({ item }) => items.has(item));
    return rules.length === 0 ? [] : [{ ...policy, rules, exceptions }];
  });
}

/** Conditions of both sides, each text once, and where those of each side stand among them. */
function joinConditions(sides: readonly PreparedPolicies[]) {
  const conditions: Expression[] = [];
  const known = new Map<string, number>(); // text to its index
  const places = sides.map((side) =>
    side.conditions.map((condition) => {
      // A text means the same whoever judges it; for a device it may only be refused, which happened before.
      const found = known.get(condition.text) ?? conditions.length;
      if (found === conditions.length) conditions.push(condition);
      known.set(condition.text, found);
      return found;
    }),
  );
  return { conditions, places };
}

/**
 * Compares answers, each pair once: the resolver shares its answers between devices, so most pairs come again with every case.
 * Another winner that wants the same in the same mode changes nothing on a device.
 */
function createComparison() {
  const known = new Map<ResolvedItem | null, Map<ResolvedItem | null, ItemChange | null>>(); // null: no change
  return (before: ResolvedItem | null, after: ResolvedItem | null): ItemChange | null => {
    const row = known.get(before) ?? new Map<ResolvedItem | null, ItemChange | null>();
    known.set(before, row);
    const found = row.get(after);
    if (found !== undefined) return found;
    const item = before?.item ?? after?.item ?? '';
    const change = describeWish(before) === describeWish(after) ? null : { item, before, after };
    row.set(after, change);
    return change;
  };
}

/** Items that are wanted otherwise: those that were wanted first, each part in the order of its side. */
function compareItems(
  was: ReadonlyMap<string, ResolvedItem>,
  is: ReadonlyMap<string, ResolvedItem>,
  compare: ReturnType<typeof createComparison>,
): ItemChange[] {
  const changes: ItemChange[] = [];
  const note = (change: ItemChange | null) => {
    if (change !== null) changes.push(change);
  };
  for (const [item, before] of was) note(compare(before, is.get(item) ?? null));
  for (const [item, after] of is) if (!was.has(item)) note(compare(null, after));
  return changes;
}

/** What reaches the device. */
function describeWish(one: ResolvedItem | null): string {
  return one === null ? '' : JSON.stringify([one.mode, one.decided, one.wanted, one.exception?.until ?? '']);
}
