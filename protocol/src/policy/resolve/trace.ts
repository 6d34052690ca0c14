// Tells what became of every rule about one item on one device. Made on demand, so that resolving stays fast.
import type { PolicyException } from '../exceptions/exception.ts';
import { explainExpression, type Facts } from '../language/index.ts';
import { describeCondition, describeLeft, describeRaise } from './change.ts';
import { createHolding, type Decision, decide, type Holding } from './decide.ts';
import type { Entry, PreparedPolicies } from './prepare.ts';
import { findRaise } from './raise.ts';
import { createAnswers } from './resolve.ts';
import type { Fate, ResolveOptions, Trace, TraceLine } from './types.ts';

/** What is asked. */
export interface TraceOptions extends ResolveOptions {
  /** In its one spelling, see `normalizeItem`. An item that no rule names has no lines. */
  readonly item: string;
}

/** The condition that keeps a rule away from a device. */
type Obstacle = Required<Pick<TraceLine, 'condition'>> & { readonly fate: Fate };

/** All rules about an item with what became of each. Pure; says of the item what `resolvePolicies` says. */
export function traceItem(
  prepared: PreparedPolicies,
  facts: Facts,
  { item, forceAudit = false }: TraceOptions,
): Trace {
  const itemAt = prepared.itemAt.get(item); // in its one spelling
  if (itemAt === undefined) return { item, resolved: null, isForced: false, lines: [] };
  const startAt = prepared.starts[itemAt] ?? 0;
  const entries = prepared.entries.slice(startAt, prepared.starts[itemAt + 1]);
  const holding = createHolding(prepared, facts); // conditions of this item alone are judged
  const decision = decide(prepared, holding, itemAt); // the same as when resolving
  const present = entries.filter((_, at) => holding.entry(startAt + at));
  const leftBy = findLeft(prepared, holding, itemAt); // what exceptions leave alone here
  const named = decision === null ? null : findNamed(prepared, decision);
  const rank = { present, leftBy, named, isDecided: decision?.decided === true };
  const lines = entries.map((entry) => {
    const obstacle = findObstacle(prepared, { entry, holding, facts }); // on, except, when: the first that keeps it away
    return obstacle === null ? traceRank(entry, rank) : traceObstacle(entry, obstacle);
  });
  return {
    item,
    resolved: decision === null ? null : createAnswers(prepared, forceAudit)(decision),
    // Where nobody would enforce, force changes nothing
    isForced: forceAudit && decision?.decided === true && !decision.audits && named === null,
    lines,
  };
}

/** Rules that exceptions leave alone on the device, whatever their rank, with the exception that is told. */
function findLeft(
  { exceptions, entries, starts }: PreparedPolicies,
  holding: Holding,
  itemAt: number,
): ReadonlyMap<Entry, PolicyException> {
  const found = new Map<Entry, PolicyException>();
  for (let at = starts[itemAt] ?? 0; at < (starts[itemAt + 1] ?? 0); at++) {
    const { exception } = exceptions[holding.exception(at)] ?? {}; // -1 is none
    const entry = entries[at];
    if (entry !== undefined && exception !== undefined) found.set(entry, exception);
  }
  return found;
}

/** The rule whose exception leaves the item alone; null: it is not. */
function findNamed({ exceptions, entries }: PreparedPolicies, { exception }: Decision): Entry | null {
  const { entryAt = -1 } = exceptions[exception] ?? {}; // -1 is none
  return entries[entryAt] ?? null;
}

/** What every line has. */
function describeEntry({ ref, rule }: Entry) {
  return { rule: ref, kind: rule.kind, wanted: rule.wanted, mode: rule.mode };
}

/** The first of its conditions that keeps a rule away; null where none does. */
function findObstacle(
  { conditions, policies }: PreparedPolicies,
  { entry, holding, facts }: { readonly entry: Entry; readonly holding: Holding; readonly facts: Facts },
): Obstacle | null {
  const { onAt = 0, exceptAt = 0 } = policies[entry.policyAt] ?? {};
  const checks = [
    { fate: 'not-for-device', key: 'on', at: onAt, wanted: true }, // the policy is for others
    { fate: 'excepted', key: 'except', at: exceptAt, wanted: false }, // and not for this one
    { fate: 'not-now', key: 'when', at: entry.whenAt, wanted: true }, // this rule of it
  ] as const;
  const found = checks.find(({ at, wanted }) => holding.condition(at) !== wanted);
  const expression = found === undefined ? undefined : conditions[found.at]; // judged again, part by part
  if (found === undefined || expression === undefined) return null;
  return {
    fate: found.fate,
    condition: { key: found.key, explained: explainExpression(expression.tree, facts) },
  };
}

/** A rule that does not apply. */
function traceObstacle(entry: Entry, { fate, condition }: Obstacle): TraceLine {
  const change = describeCondition(condition.key, condition.explained);
  return { ...describeEntry(entry), fate, condition, change };
}

/** Rules that apply on a device. */
interface Ranked {
  /** By rank. */
  readonly present: readonly Entry[];
  /** Those that an exception leaves alone. */
  readonly leftBy: ReadonlyMap<Entry, PolicyException>;
  /** The rule whose exception leaves the item alone; null: none does. */
  readonly named: Entry | null;
  readonly isDecided: boolean;
}

/** A rule that applies: where it stands among those that do, which come by rank. */
function traceRank(entry: Entry, ranked: Ranked): TraceLine {
  const { present, leftBy, named } = ranked;
  // Whom the others are measured by
  const first = named ?? present[0] ?? entry;
  const fate = nameFate(entry, first, ranked);
  const exception = leftBy.get(entry); // also where its rank says that it does not matter
  if (exception !== undefined)
    return { ...describeEntry(entry), fate, exception, change: describeLeft(exception) };
  if (fate === 'won' || fate === 'agrees') return { ...describeEntry(entry), fate, change: '' };
  const raise = findRaise(present, entry, (one) => leftBy.has(one)); // tried before it is advised
  // Of two that disagree, each is told of another than itself
  const rival = first === entry ? (present.find(({ wish }) => wish !== entry.wish) ?? first) : first;
  const change = describeRaise(raise, entry, rival.ref);
  return { ...describeEntry(entry), fate, ...(raise === null ? {} : { raise }), change };
}

/** By its rank beside that of the first, which is the one that is named. */
function nameFate(entry: Entry, first: Entry, { leftBy, named, isDecided }: Ranked): Fate {
  if (entry.policy.priority < first.policy.priority) return 'outranked'; // first question: priority
  if (entry.rank < first.rank) return 'overridden'; // same priority, so it is the override
  if (leftBy.has(entry)) return 'exempt';
  if (named !== null) return entry.wish === named.wish ? 'agrees' : 'disagrees'; // nobody's word counts
  if (!isDecided) return 'disagrees'; // at the deciding rank, which speaks with two voices
  return entry === first ? 'won' : 'agrees'; // the first by name is the one that is named
}
