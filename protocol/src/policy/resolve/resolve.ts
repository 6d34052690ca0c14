// Says what is wanted of a device: for each item the one word that counts, or that nobody has it.
import type { PolicyMode } from '../document/policy.ts';
import type { Facts } from '../language/index.ts';
import { createHolding, type Decision, decide, type Holding } from './decide.ts';
import type { PreparedPolicies } from './prepare.ts';
import type { Resolved, ResolvedItem, ResolveOptions } from './types.ts';

/**
 * What is wanted of the device with these facts. Pure: the same policies, facts and options give the same answer wherever
 * they are asked, in whatever order the policies came. Never throws. Answers are shared between devices; nobody may change them.
 * Exceptions end by the `nowMs` of the facts; without one none is over.
 */
export function resolvePolicies(
  prepared: PreparedPolicies,
  facts: Facts,
  { forceAudit = false }: ResolveOptions = {},
): Resolved {
  return resolveHolding(prepared, createHolding(prepared, facts), forceAudit);
}

/** The same where it is known already what holds. */
export function resolveHolding(prepared: PreparedPolicies, holding: Holding, forceAudit = false): Resolved {
  const answer = createAnswers(prepared, forceAudit);
  const items = new Map<string, ResolvedItem>(); // of this device
  for (let at = 0; at < prepared.items.length; at++) {
    const decision = decide(prepared, holding, at); // null: no rule about it holds here
    const found = decision === null ? null : answer(decision);
    if (found !== null) items.set(found.item, found);
  }
  return { items };
}

/** Answers by what they say and by the entry that is named; those of exempt items by the exception. */
type Answers = Readonly<Record<'enforce' | 'audit' | 'undecided' | 'exempt', (ResolvedItem | undefined)[]>>;

/**
 * Answers that were given before: a thousand devices share most of them, and making 50,000 objects costs more than
 * deciding. Kept as long as the prepared policies.
 */
const given = new WeakMap<PreparedPolicies, Answers>();

/** The answers given so far; none on the first device. */
function findGiven(prepared: PreparedPolicies): Answers {
  const found = given.get(prepared);
  if (found !== undefined) return found;
  const { length } = prepared.entries;
  // Of full length at once: a list that is filled here and there becomes a dictionary, many times slower
  const lists = { enforce: makeList(length), audit: makeList(length), undecided: makeList(length) };
  const answers = { ...lists, exempt: makeList(prepared.exceptions.length) };
  given.set(prepared, answers);
  return answers;
}

/** A list of that length with nothing in it. */
function makeList(length: number): (ResolvedItem | undefined)[] {
  return new Array<ResolvedItem | undefined>(length);
}

/** Turns decisions into answers. Nothing is enforced where one looks, where two disagree, or where the owner says so. */
export function createAnswers(
  prepared: PreparedPolicies,
  forceAudit: boolean,
): (decision: Decision) => ResolvedItem | null {
  const answers = findGiven(prepared);
  return ({ first, decided, audits, exception }) => {
    const mode: PolicyMode = forceAudit || audits || !decided ? 'audit' : 'enforce';
    if (exception !== -1) return answerExempt(prepared, answers.exempt, exception);
    const list = answers[decided ? mode : 'undecided'];
    const found = list[first];
    if (found !== undefined) return found; // another device has the same answer
    const entry = prepared.entries[first];
    if (entry === undefined) return null;
    const { item, kind, wanted } = entry.rule;
    const answer = { item, kind, wanted, mode, decided, rule: entry.ref };
    list[first] = answer;
    return answer;
  };
}

/** An item that is left alone: what its rule wants is looked at, and nothing is decided between others. */
function answerExempt(
  { exceptions, entries }: PreparedPolicies,
  given: Answers['exempt'],
  at: number,
): ResolvedItem | null {
  const found = given[at];
  if (found !== undefined) return found; // another device has the same exception
  const prepared = exceptions[at];
  const entry = prepared === undefined ? undefined : entries[prepared.entryAt];
  if (prepared === undefined || entry === undefined) return null;
  const { item, kind, wanted } = entry.rule;
  const { exception } = prepared;
  const answer = { item, kind, wanted, mode: 'audit', decided: true, rule: entry.ref, exception } as const;
  given[at] = answer;
  return answer;
}
