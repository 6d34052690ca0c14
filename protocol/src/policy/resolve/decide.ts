// Decides about one item: of the rules that hold on a device the highest rank, and whether it speaks with one voice.
import type { Facts } from '../language/index.ts';
import type { PreparedPolicies } from './prepare.ts';

/** What holds on one device. Conditions are judged when they are first asked for, each once. */
export interface Holding {
  condition(at: number): boolean;
  /** Whether the policy is for the device: `on` holds and `except` does not. */
  policy(at: number): boolean;
  /** Whether the rule of that entry has a word: both its policy and its `when`. */
  entry(at: number): boolean;
  /** The exception that leaves that entry alone, as an index of `exceptions`; -1: none does. */
  exception(at: number): number;
}

/** Who decides about an item, as indexes of entries. */
export interface Decision {
  /** The first entry that holds: of the highest rank, then by name. */
  readonly first: number;
  /** True where all entries of that rank that hold want the same. */
  readonly decided: boolean;
  /** True where one of them only looks. */
  readonly audits: boolean;
  /** The exception that leaves the item alone, as an index of `exceptions`; -1: none does. Of several that of the first entry. */
  readonly exception: number;
}

/** States of an answer that is asked for once. */
const UNKNOWN = 0;
const NO = 1;
const YES = 2;

/** Answers each question once; the numbers are indexes from 0 to `count`. */
function askOnce(count: number, ask: (at: number) => boolean): (at: number) => boolean {
  const known = new Uint8Array(count); // UNKNOWN to begin with
  return (at) => {
    if (known[at] === UNKNOWN) known[at] = ask(at) ? YES : NO;
    return known[at] === YES;
  };
}

/** What holds on the device with these facts. */
export function createHolding(prepared: PreparedPolicies, facts: Facts): Holding {
  const { conditions } = prepared;
  return decideWith(
    prepared,
    askOnce(conditions.length, (at) => conditions[at]?.evaluate(facts) === true),
    facts.nowMs ?? Number.NEGATIVE_INFINITY, // nobody knows that it is over
  );
}

/** What holds at a moment where somebody else has judged the conditions, as an index that judges many devices at once. */
export function decideWith(
  { policies, columns, exceptions }: PreparedPolicies,
  condition: (at: number) => boolean,
  nowMs: number,
): Holding {
  const { policyAt, whenAt, exempts } = columns; // not through entries: numbers lie side by side
  const policy = askOnce(policies.length, (at) => {
    const found = policies[at];
    return found !== undefined && condition(found.onAt) && !condition(found.exceptAt);
  });
  // The policy first: what is for other devices needs no look at its rules' conditions
  const entry = (at: number) => policy(policyAt[at] ?? 0) && condition(whenAt[at] ?? 0);
  // Few rules have exceptions, and one that is over need not be judged
  const exception = (at: number) =>
    exempts[at] === 1
      ? exceptions.findIndex(
          ({ entryAt, untilMs, onAt }) => entryAt === at && untilMs > nowMs && condition(onAt),
        )
      : -1;
  return { condition, policy, entry, exception };
}

/** The decision about the item of that index; null where no rule about it holds. */
export function decide(prepared: PreparedPolicies, holding: Holding, itemAt: number): Decision | null {
  const { rank, wish, audits } = prepared.columns;
  const end = prepared.starts[itemAt + 1] ?? 0;
  let first = -1; // none yet
  let decided = true; // until somebody disagrees
  let looks = 0;
  let exception = -1; // nor this
  for (let at = prepared.starts[itemAt] ?? 0; at < end; at++) {
    // Sorted by rank: whoever comes now is outranked
    if (first !== -1 && rank[at] !== rank[first]) break;
    if (!holding.entry(at)) continue;
    if (first === -1) first = at;
    else if (wish[at] !== wish[first]) decided = false; // two voices at one rank
    looks |= audits[at] ?? 0; // one that looks is enough
    if (exception === -1) exception = holding.exception(at); // and one that is left alone
  }
  return first === -1 ? null : { first, decided, audits: looks === 1, exception };
}
