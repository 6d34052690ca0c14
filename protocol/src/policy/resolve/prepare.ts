// Prepares policies for judging many devices: conditions compiled once, rules gathered by item and sorted by rank.

import { fail } from '../../errors.ts';
import type { Policy, PolicyRule } from '../document/policy.ts';
import { type PolicyException, readUntil } from '../exceptions/exception.ts';
import { compileExpression, type Expression, type Judge } from '../language/index.ts';
import { formatWanted } from '../rule-kind.ts';
import type { RuleRef } from './types.ts';

/** One rule among those that name its item. */
export interface Entry {
  readonly rule: PolicyRule;
  readonly policy: Policy;
  readonly ref: RuleRef;
  /** Index of its policy in `policies`. */
  readonly policyAt: number;
  /** Index of its `when` in `conditions`. */
  readonly whenAt: number;
  /** The higher wins: priority, then override. */
  readonly rank: number;
  /** Equal for equal wishes about one item. */
  readonly wish: number;
}

/** Conditions of one policy, as indexes in `conditions`. */
export interface PolicyConditions {
  readonly onAt: number;
  readonly exceptAt: number;
}

/** An exception that was prepared. */
export interface PreparedException {
  readonly exception: PolicyException;
  /** Its rule, as an index of an entry. */
  readonly entryAt: number;
  /** Index of its `on` in `conditions`. */
  readonly onAt: number;
  /** Ms since 1970. */
  readonly untilMs: number;
}

/** Rules of one item as numbers, in the order of `entries`: a walk over numbers is most of what resolving costs. */
export interface Columns {
  readonly policyAt: Int32Array;
  readonly whenAt: Int32Array;
  readonly rank: Int32Array;
  readonly wish: Int32Array;
  /** 1 where the rule only looks. */
  readonly audits: Uint8Array;
  /** 1 where some exception is about the rule. */
  readonly exempts: Uint8Array;
}

/** Policies that were prepared; nobody but the resolver and its trace looks inside. */
export interface PreparedPolicies {
  /** Every condition once, by its text. */
  readonly conditions: readonly Expression[];
  /** By policy, in the order of their names. */
  readonly policies: readonly PolicyConditions[];
  /** All rules: together by item; within it by rank, the highest first, then by name of the policy, then by id. */
  readonly entries: readonly Entry[];
  readonly columns: Columns;
  /** Together by their rule; of one rule the one that ends last comes first. */
  readonly exceptions: readonly PreparedException[];
  readonly items: readonly string[];
  /** Where the entries of each item begin; one more at the end. */
  readonly starts: Int32Array;
  /** Index of an item in `items`. */
  readonly itemAt: ReadonlyMap<string, number>;
}

/**
 * Compiles and sorts, once for all devices. Order of policies and rules means nothing.
 * @throws MusterError E_POLICY where two policies have one name or two rules of a policy one id; E_EXPRESSION for a condition that `checkPolicy` would have refused
 */
export function preparePolicies(policies: readonly Policy[]): PreparedPolicies {
  const sorted = policies.toSorted((a, b) => compareTexts(a.name, b.name)); // so that indexes are the order of names
  refuseRepeats(sorted);
  const { conditions, indexOf } = createConditionTable();
  const wishes = createNumbering(); // equal wishes, equal numbers
  const byItem = new Map<string, Entry[]>(); // ssh.PermitRootLogin to all rules about it
  for (const [policyAt, policy] of sorted.entries()) {
    for (const rule of policy.rules) {
      const entry = makeEntry(
        { policy, rule, policyAt },
        indexOf(rule.when, 'device'),
        wishes(formatWanted(rule.wanted)),
      );
      const others = byItem.get(rule.item);
      if (others === undefined) byItem.set(rule.item, [entry]);
      else others.push(entry);
    }
  }
  const items = [...byItem.keys()]; // in the order of their first rule
  const groups = [...byItem.values()].map((group) => group.toSorted(compareEntries)); // each in the order in which it is decided
  const entries = groups.flat(); // one list, so that a place is one number
  const exceptions = entries.flatMap((entry, entryAt) => prepareExceptions(entry, entryAt, indexOf));
  return {
    conditions,
    policies: sorted.map(({ on, except }) => ({
      onAt: indexOf(on, 'server'),
      exceptAt: indexOf(except, 'server'),
    })),
    entries,
    columns: makeColumns(entries, exceptions),
    exceptions,
    items,
    starts: makeStarts(groups),
    itemAt: new Map(items.map((item, at) => [item, at])),
  };
}

/** Priorities are whole, so one number orders both. */
export function rankOf(priority: number, override: boolean): number {
  return priority * 2 + (override ? 1 : 0);
}

function makeEntry(
  { policy, rule, policyAt }: Pick<Entry, 'policy' | 'rule' | 'policyAt'>,
  whenAt: number,
  wish: number,
): Entry {
  const { name, priority } = policy; // a rule has the priority of its policy
  const { id, title, override } = rule;
  const ref = { policy: name, id, title, priority, override }; // made once, named by every answer
  return { rule, policy, ref, policyAt, whenAt, rank: rankOf(priority, override), wish };
}

/** By code units, the same in every language of a machine. */
function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Total: policies have different names, and rules of one policy different ids. */
function compareEntries(a: Entry, b: Entry): number {
  return b.rank - a.rank || a.policyAt - b.policyAt || compareTexts(a.rule.id, b.rule.id);
}

/** Without names of their own, "the first by name" would depend on the order of files. */
function refuseRepeats(sorted: readonly Policy[]): void {
  for (const [at, { name, rules }] of sorted.entries()) {
    if (sorted[at + 1]?.name === name)
      throw fail('E_POLICY', { detail: `Two policies have the name "${name}"; each needs one of its own.` });
    if (new Set(rules.map(({ id }) => id)).size < rules.length)
      throw fail('E_POLICY', {
        detail: `Two rules of the policy "${name}" have one id; each needs one of its own.`,
      });
  }
}

/** Numbers texts from 0 in the order of their coming. */
function createNumbering(): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    const found = known.get(text) ?? known.size;
    known.set(text, found);
    return found;
  };
}

/** Compiles each text once for whoever judges it. */
function createConditionTable() {
  const conditions: Expression[] = [];
  const number = createNumbering();
  const indexOf = (text: string, judge: Judge) => {
    const at = number(`${judge} ${text}`);
    if (at === conditions.length) conditions.push(compileExpression(text, { for: judge })); // a text that was not seen before
    return at;
  };
  return { conditions, indexOf }; // grows while it is asked
}

/** Exceptions of one rule; of several that hold on a device the first is told. */
function prepareExceptions(
  { policy, rule }: Entry,
  entryAt: number,
  indexOf: (text: string, judge: Judge) => number,
): PreparedException[] {
  // Ids are unique in a policy, so each exception is about one entry
  const own = policy.exceptions.filter((one) => one.rule === rule.id);
  return own
    .map((exception) => ({
      ...{ exception, entryAt, onAt: indexOf(exception.on, 'server') },
      untilMs: readUntil(exception),
    }))
    .toSorted((a, b) => b.untilMs - a.untilMs); // who asks gets the one that ends last
}

function makeColumns(entries: readonly Entry[], exceptions: readonly PreparedException[]): Columns {
  const exempts = new Uint8Array(entries.length); // 0: none, as for most
  for (const { entryAt } of exceptions) exempts[entryAt] = 1;
  return {
    exempts,
    policyAt: Int32Array.from(entries, ({ policyAt }) => policyAt),
    whenAt: Int32Array.from(entries, ({ whenAt }) => whenAt),
    rank: Int32Array.from(entries, ({ rank }) => rank),
    wish: Int32Array.from(entries, ({ wish }) => wish),
    audits: Uint8Array.from(entries, ({ rule }) => (rule.mode === 'audit' ? 1 : 0)),
  };
}

function makeStarts(groups: readonly (readonly Entry[])[]): Int32Array {
  const starts = new Int32Array(groups.length + 1); // the last is the number of all entries
  for (const [at, group] of groups.entries()) starts[at + 1] = (starts[at] ?? 0) + group.length;
  return starts;
}
