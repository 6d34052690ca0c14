// What a cycle does about one item: nothing, a repair with a new look behind it, or the settling of one that was interrupted.
import type { DenyRule } from '@muster/protocol/commands';
import { describeException, type ResolvedItem } from '@muster/protocol/policy';
import type { KindContext } from '../kinds/kind.ts';
import { findBar, listRecent } from './chance.ts';
import { createFacts } from './facts.ts';
import { findClosed, findFrozen, type WantedItem } from './hours.ts';
import { MAX_REPAIR_CRASHES, UNDER_WAY_MS } from './limits.ts';
import { describeThrown, type LookTime, lookAt, makeOutcome, type Outcome } from './looking.ts';
import type { ItemMemory, PolicyMemory } from './memory.ts';
import { type RepairEnd, repairItem } from './repair.ts';
import { findRule } from './rules.ts';

/** The device that is looked at, and what it remembers. */
export interface PolicyMachine {
  /** What checks look at and repairs act on. Programs that it starts bear the mark in their environment. */
  open(mark: string, reason: string): KindContext;
  readonly memory: Pick<PolicyMemory, 'get' | 'items' | 'keep' | 'forget'>;
  /** The owner's deny list; asked once a cycle, and only where something is to be repaired. */
  readDenyList(): Promise<readonly DenyRule[]>;
  /** True while something runs that was started with that mark. */
  isUnderWay(mark: string): Promise<boolean>;
  /** Ms since 1970. */
  now(): number;
  /** Absent: as devices have it. */
  readonly lookTime?: LookTime;
}

/** An item, what the cycle has seen of it, and what is remembered. */
export interface Visit {
  readonly item: WantedItem;
  readonly looked: Outcome;
  readonly before: ItemMemory;
}

/** An item after its visit. */
export interface Visited {
  readonly outcome: Outcome;
  readonly after: ItemMemory;
}

/** What several rules ask of one program. */
export function listAsked(items: readonly ResolvedItem[]) {
  const namesOf = (kind: ResolvedItem['kind'], isAsked: (wanted: object) => boolean) =>
    items.flatMap(({ kind: own, wanted }) =>
      own === kind && 'name' in wanted && isAsked(wanted) ? [wanted.name] : [],
    );
  return {
    latest: namesOf('package', (wanted) => 'state' in wanted && wanted.state === 'latest'),
    services: namesOf('service', () => true),
  };
}

/** Marks what a repair starts, so that it is found again after a crash. */
function markOf({ item }: ResolvedItem): string {
  return `policy:${item}`;
}

function openFor(machine: PolicyMachine, item: ResolvedItem): KindContext {
  return machine.open(markOf(item), `${item.rule.policy}/${item.rule.id}: ${item.rule.title}`);
}

/** With new facts: what was seen before a repair counts no more. */
function lookAgain(machine: PolicyMachine, item: ResolvedItem): Promise<Outcome> {
  return lookAt(item, createFacts(openFor(machine, item), listAsked([item]), machine.readDenyList));
}

/** A try that failed; `atMs`: when it began. */
function noteFailure(memory: ItemMemory, atMs: number): ItemMemory {
  return { ...memory, failures: memory.failures + 1, failedAtMs: atMs, begunAtMs: null };
}

/** A repair was begun, and nobody knows its end: what the device shows counts. */
async function settleInterrupted(
  { item, looked, before }: Visit,
  beganMs: number,
  machine: PolicyMachine,
): Promise<Visited> {
  if (machine.now() - beganMs < UNDER_WAY_MS && (await machine.isUnderWay(markOf(item))))
    return { outcome: makeOutcome('applying', looked.found), after: before };
  const { hasUnseenStep } = findRule(item);
  if (looked.state === 'compliant' && hasUnseenStep !== true) {
    const repairs = [...listRecent(before.repairs, machine.now()), beganMs];
    const done = ['A repair that was interrupted has taken effect.'];
    return {
      outcome: { ...makeOutcome('repaired', looked.found), done },
      after: { ...before, repairs, failures: 0, begunAtMs: null },
    };
  }
  const crashes = before.crashes + 1;
  const isLast = crashes >= MAX_REPAIR_CRASHES;
  const why = {
    code: isLast ? 'E_CRASHED' : 'E_INTERRUPTED',
    reason: `The executor went down during its repair, and ${
      looked.state === 'compliant' ? 'nobody can see whether it was ended' : 'what is wanted does not hold'
    }.`,
  };
  return {
    outcome: makeOutcome('error', looked.found, why),
    after: { ...noteFailure(before, beganMs), crashes },
  };
}

/** How a repair turned out, by a new look at the device. */
function judgeEnd(end: RepairEnd, looked: Outcome): Outcome {
  const done = 'done' in end ? end.done : [];
  if (end.end === 'failed') return { ...makeOutcome('error', looked.found, end), done };
  if (end.end === 'refused') return makeOutcome('drifted', looked.found, end);
  if (looked.state !== 'compliant') {
    const reason = `The repair ended well, but this is there: ${looked.found || looked.reason}.`;
    return { ...makeOutcome('error', looked.found, { code: 'E_UNVERIFIED', reason }), done };
  }
  // Nothing was left to do: somebody else has done it meanwhile.
  return { ...looked, state: done.length === 0 ? 'compliant' : 'repaired', done };
}

async function repair(
  { item, looked, before }: Visit,
  machine: PolicyMachine,
  denyRules: readonly DenyRule[],
): Promise<Visited> {
  const beganMs = machine.now();
  const context = openFor(machine, item);
  const begin = () =>
    machine.memory.keep([
      { ...before, state: 'applying', code: '', reason: '', found: looked.found, begunAtMs: beganMs },
    ]);
  const steps = findRule(item).plan(item.wanted);
  const end = await repairItem(item, steps, { context, denyRules, begin }).catch(
    (error: unknown): RepairEnd => {
      return { end: 'failed', ...describeThrown(error, 'E_REPAIR'), done: [] };
    },
  );
  const outcome = judgeEnd(end, end.end === 'refused' ? looked : await lookAgain(machine, item));
  if (outcome.state === 'error') return { outcome, after: noteFailure(before, beganMs) };
  // What was refused is still owed.
  if (outcome.state === 'drifted' && isOwed(item, before))
    return { outcome, after: { ...before, begunAtMs: null } };
  const repairs =
    outcome.state === 'repaired' ? [...listRecent(before.repairs, beganMs), beganMs] : before.repairs;
  return { outcome, after: { ...before, repairs, failures: 0, begunAtMs: null } };
}

/** True where an earlier repair did not come to its end, and its last step shows nowhere. */
function isOwed(item: ResolvedItem, { failures }: ItemMemory): boolean {
  return failures > 0 && findRule(item).hasUnseenStep === true;
}

/** Of the cycle that an item is visited in. */
export interface CycleState {
  /** It begins no repair any more. */
  readonly isOver: boolean;
  /** Zone that the device is set to. */
  readonly zone: string;
  denyRules(): Promise<readonly DenyRule[]>;
}

/** Whether it may be repaired now; null: it may. */
function judgeRepair(
  { item, looked, before }: Visit,
  nowMs: number,
  { isOver, zone }: CycleState,
): Outcome | null {
  const isToDo = looked.state === 'drifted' || (looked.state === 'compliant' && isOwed(item, before));
  if (!isToDo || item.mode !== 'enforce') return looked;
  const bar = findBar(before, nowMs);
  if (bar !== null) return makeOutcome(bar.state, looked.found, bar);
  const closed = findFrozen(item, nowMs) ?? findClosed(item, before, { nowMs, zone });
  if (closed !== null) return makeOutcome('drifted', looked.found, closed);
  const later = { code: 'E_LATER', reason: 'The cycle has used its time; the next one goes on with it.' };
  return isOver ? makeOutcome('drifted', looked.found, later) : null;
}

/** Does about one item what is to be done. */
export async function visitItem(visit: Visit, machine: PolicyMachine, cycle: CycleState): Promise<Visited> {
  const { before } = visit;
  if (before.begunAtMs !== null) return settleInterrupted(visit, before.begunAtMs, machine);
  const { exception } = visit.item;
  if (exception !== undefined) {
    const why = { code: '', reason: describeException(exception) };
    return { outcome: makeOutcome('exempt', visit.looked.found, why), after: before };
  }
  const outcome = judgeRepair(visit, machine.now(), cycle);
  if (outcome === null) return repair(visit, machine, await cycle.denyRules());
  const isWell = outcome.state === 'compliant' && !isOwed(visit.item, before);
  return { outcome, after: isWell ? { ...before, failures: 0, crashes: 0 } : before };
}
