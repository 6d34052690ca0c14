// Plans: what would change, and which devices it touches, as of a moment of the fleet index.
import {
  checkPolicies,
  checkPolicy,
  countConditions,
  divideDevices,
  hashPolicy,
  type ItemChange,
  type Plan,
  type Policy,
  type PolicyFault,
  planPolicies,
  prepareEffects,
  readBit,
  type WantedPolicy,
} from '@muster/protocol/policy';
import { createPauses } from '../../core/turns.ts';
import { fail } from '../../errors.ts';
import {
  MAX_PLAN_CASES,
  MAX_PLAN_CHANGES,
  MAX_PLAN_CONDITIONS,
  MAX_PLAN_DECISIONS,
  SHOWN_DEVICES,
  SHOWN_EFFECTS,
} from './limits.ts';
import type { PoliciesDeps, Present } from './present.ts';

/** Devices for which the same changes. */
export interface Effect {
  readonly changes: readonly ItemChange[];
  readonly devices: number;
  /** Numbers of a few of them. */
  readonly examples: readonly number[];
}

/** What a plan does. */
export interface Effects {
  /** Devices that were looked at: all active ones. */
  readonly devices: number;
  /** Devices for which something changes. */
  readonly touched: number;
  /** Distinct cases among them. */
  readonly cases: number;
  /** The greatest first, SHOWN_EFFECTS at most. */
  readonly effects: readonly Effect[];
  /** How many different ones there are. */
  readonly effectCount: number;
}

/** Policies as they were sent; others get their turn between them. @throws MusterError E_POLICY naming the first fault */
export async function readWanted(values: readonly unknown[]): Promise<Policy[]> {
  const rest = createPauses();
  const policies: Policy[] = [];
  for (const [at, value] of values.entries()) {
    const checked = checkPolicy(value);
    if ('faults' in checked) throw refuse(at, checked.faults[0]);
    policies.push(checked.policy);
    await rest();
  }
  const [common] = checkPolicies(policies);
  if (common !== undefined) throw fail('E_POLICY', { detail: common.message });
  return policies;
}

function refuse(at: number, fault: PolicyFault | undefined) {
  const place = fault?.path.join('/') ?? '';
  return fail('E_POLICY', {
    detail: `The policy at /policies/${at} cannot be used at /${place}: ${fault?.message ?? ''}`,
  });
}

/** The plan that leads from what is in force to these. */
export function makePlan(
  { trust, crypto }: Pick<PoliciesDeps, 'trust' | 'crypto'>,
  { epoch, set, members }: Present,
  wanted: readonly WantedPolicy[],
): Plan {
  const [base, isVoid] = [set?.row.digest ?? '', set?.isVoid ?? false];
  return planPolicies({ org: trust.org, epoch, base, isVoid, present: members, wanted }, crypto);
}

/** The same of policies; others get their turn while they are hashed. */
export async function planFor(
  deps: PoliciesDeps,
  present: Present,
  wanted: readonly Policy[],
): Promise<Plan> {
  const rest = createPauses();
  const hashed: WantedPolicy[] = [];
  for (const policy of wanted) {
    hashed.push({ name: policy.name, hash: hashPolicy(policy, deps.crypto) });
    await rest();
  }
  return makePlan(deps, present, hashed);
}

/**
 * What changes on devices: each condition is asked once of the index, and before and after are resolved once a distinct case.
 * @throws MusterError E_LIMIT, E_EXPRESSION (a group that cannot be judged), E_INDEX, E_BUSY
 */
export async function findEffects(
  { fleet, trust }: { readonly fleet: PoliciesDeps['fleet']; readonly trust: { readonly tenant: number } },
  sides: { readonly before: readonly Policy[]; readonly after: readonly Policy[]; readonly nowMs: number },
  changed: ReadonlySet<string>,
): Promise<Effects> {
  const rest = createPauses();
  const asked = countConditions(sides, changed);
  if (asked > MAX_PLAN_CONDITIONS) throw tooMuch(`asks ${asked} different conditions`, MAX_PLAN_CONDITIONS);
  const prepared = await prepareEffects(sides, changed, rest);
  const [active = new Uint8Array(0), ...answers] = await fleet.sets(trust.tenant, [
    { expression: null, state: 'active' },
    ...prepared.conditions.map((expression) => ({ expression })),
  ]);
  const { cases, caseOf } = await divideDevices(active, answers, rest);
  if (cases.length > MAX_PLAN_CASES)
    throw tooMuch(`divides the devices into ${cases.length} cases`, MAX_PLAN_CASES);
  if (cases.length * prepared.rules > MAX_PLAN_DECISIONS)
    throw tooMuch(`weighs ${prepared.rules} rules in ${cases.length} cases`, MAX_PLAN_DECISIONS);
  const gathered = createGathering();
  const keys: string[] = [];
  for (const { first } of cases) {
    keys.push(gathered.keep(prepared.resolve((at) => readBit(answers[at] ?? active, first))));
    await rest();
  }
  const devices = cases.reduce((sum, { count }) => sum + count, 0);
  const counts = countDevices(
    keys,
    cases.map(({ count }) => count),
  );
  const ranked = [...counts].filter(([key]) => key !== '').toSorted(([, a], [, b]) => b - a);
  const shown = ranked.slice(0, SHOWN_EFFECTS);
  const examples = findExamples(caseOf, keys, new Set(shown.map(([key]) => key)));
  return {
    devices,
    touched: devices - (counts.get('') ?? 0),
    cases: cases.length,
    effectCount: ranked.length,
    effects: shown.map(([key, count]) => ({
      changes: gathered.read(key).toSorted((a, b) => (a.item < b.item ? -1 : 1)),
      devices: count,
      examples: examples.get(key) ?? [],
    })),
  };
}

/** Keeps each effect once, with one text that stands for it however many cases have it. */
function createGathering() {
  const known = new Map<string, { readonly key: string; readonly changes: readonly ItemChange[] }>();
  const number = createNumbering();
  let kept = 0;
  return {
    /** Its text. @throws MusterError E_LIMIT */
    keep(changes: readonly ItemChange[]): string {
      const key = changes.map(number).join();
      const found = known.get(key);
      if (found !== undefined) return found.key;
      kept += changes.length;
      if (kept > MAX_PLAN_CHANGES)
        throw tooMuch(`has ${kept} changes of items in ${known.size + 1} effects`, MAX_PLAN_CHANGES);
      known.set(key, { key, changes });
      return key;
    },
    read: (key: string) => known.get(key)?.changes ?? [],
  };
}

/** Numbers changes: the same one is the same object, and an effect of thousands is compared by its numbers. */
function createNumbering(): (change: ItemChange) => number {
  const known = new Map<ItemChange, number>();
  return (change) => {
    const found = known.get(change) ?? known.size;
    known.set(change, found);
    return found;
  };
}

function countDevices(keys: readonly string[], counts: readonly number[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const [at, key] of keys.entries()) all.set(key, (all.get(key) ?? 0) + (counts[at] ?? 0));
  return all;
}

/** A few devices of each effect, in the order of their numbers. */
function findExamples(caseOf: Int32Array, keys: readonly string[], wanted: ReadonlySet<string>) {
  const found = new Map<string, number[]>([...wanted].map((key) => [key, []]));
  let missing = wanted.size;
  for (let idx = 0; idx < caseOf.length && missing > 0; idx++) {
    const list = found.get(keys[caseOf[idx] ?? -1] ?? '');
    if (list === undefined || list.length === SHOWN_DEVICES) continue;
    list.push(idx);
    if (list.length === SHOWN_DEVICES) missing -= 1;
  }
  return found;
}

function tooMuch(what: string, most: number) {
  return fail('E_LIMIT', {
    detail: `The plan ${what}, and ${most} are the most; change fewer policies at once, or let them share conditions.`,
  });
}
