// One cycle over the rules of a device: all are checked on one snapshot, then each is seen to, and what changed is told.
import { createHash } from 'node:crypto';
import { describeWanted, type ResolvedItem } from '@muster/protocol/policy';
import { readOwnZone } from '@muster/protocol/windows';
import { createFacts } from './facts.ts';
import type { WantedItem } from './hours.ts';
import { MAX_CYCLE_MS, MAX_KEPT, MAX_WISH_CHARS } from './limits.ts';
import { lookAtAll, type Outcome } from './looking.ts';
import type { ItemMemory, ItemState } from './memory.ts';
import { compareItems } from './rules.ts';
import { listAsked, type PolicyMachine, type Visited, visitItem } from './visit.ts';

/** What a cycle says of one item. */
export interface ItemReport {
  readonly item: string;
  readonly kind: ResolvedItem['kind'];
  readonly mode: ResolvedItem['mode'];
  readonly rule: { readonly policy: string; readonly id: string };
  readonly state: ItemState;
  /** '' where there is none. */
  readonly code: string;
  readonly wanted: string;
  /** By the last look. */
  readonly found: string;
  /** What this cycle did about it, one sentence a step. */
  readonly done: readonly string[];
  /** Why it is not as wanted; '' where that needs no words. */
  readonly reason: string;
  /** When it got this state, or this code of it, ms since 1970. */
  readonly sinceMs: number;
}

/** What a cycle says. */
export interface CycleReport {
  /** In the order in which they were looked at. */
  readonly items: readonly ItemReport[];
  /** Those of them that are not as they were after the last cycle: only these need to travel. */
  readonly changes: readonly ItemReport[];
  /** Items that no rule names any more. */
  readonly gone: readonly string[];
}

/** A text that is equal for equal wishes, in whatever order their keys came; short, since it is written down with each change. */
function formatWish({ wanted }: ResolvedItem): string {
  const text = JSON.stringify(Object.entries(wanted).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return text.length <= MAX_WISH_CHARS ? text : createHash('sha256').update(text).digest('base64url');
}

/** What is known of an item; another wish begins from nothing, but for a repair that may still run. */
function recall(known: ItemMemory | undefined, item: ResolvedItem): ItemMemory {
  const wish = formatWish(item);
  if (known?.wish === wish) return known;
  return {
    item: item.item,
    wish,
    ...{ state: 'compliant', code: '', found: '', reason: '', sinceMs: 0 },
    ...{ repairs: [], failures: 0, failedAtMs: 0, crashes: 0, begunAtMs: known?.begunAtMs ?? null },
  };
}

/** The memory with how it stands now. */
function remember({ outcome, after }: Visited, known: ItemMemory | undefined, nowMs: number): ItemMemory {
  const { state, code, found, reason } = outcome;
  const isSame =
    outcome.done.length === 0 && known?.wish === after.wish && known.state === state && known.code === code;
  return { ...after, state, code, found, reason, sinceMs: isSame ? known.sinceMs : nowMs };
}

function makeReport(item: ResolvedItem, { done }: Outcome, memory: ItemMemory): ItemReport {
  const { state, code, found, reason, sinceMs } = memory;
  return {
    ...{ item: item.item, kind: item.kind, mode: item.mode },
    rule: { policy: item.rule.policy, id: item.rule.id },
    ...{ state, code, wanted: describeWanted(item), found, done, reason, sinceMs },
  };
}

/** True when nothing of it would be told anew. */
function isToldAlready(known: ItemMemory | undefined, now: ItemMemory): boolean {
  const keys = ['wish', 'state', 'code', 'found', 'reason'] as const;
  return known !== undefined && keys.every((key) => known[key] === now[key]);
}

async function bySlices<T>(all: readonly T[], write: (some: readonly T[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += MAX_KEPT) await write(all.slice(from, from + MAX_KEPT));
}

/**
 * Runs one cycle over what was resolved. Rules of which the mode is `audit` are looked at only. Rejects only for a memory that
 * cannot be written; what a rule does is the state of its item.
 */
export async function runPolicyCycle(
  resolved: readonly WantedItem[],
  machine: PolicyMachine,
): Promise<CycleReport> {
  const { memory } = machine;
  const zone = readOwnZone();
  const items = resolved.toSorted(compareItems);
  const facts = createFacts(
    machine.open('policy', 'a look at its rules'),
    listAsked(items),
    machine.readDenyList,
  );
  const looks = await lookAtAll(items, facts, machine.lookTime);

  const beganMs = machine.now();
  let deny: ReturnType<PolicyMachine['readDenyList']> | undefined;
  const denyRules = () => {
    deny ??= machine.readDenyList();
    return deny;
  };
  const reports: ItemReport[] = [];
  const changes: ItemReport[] = [];
  const unkept: ItemMemory[] = [];
  for (const [at, item] of items.entries()) {
    const looked = looks[at];
    if (looked === undefined) continue;
    const known = memory.get(item.item);
    const isOver = machine.now() - beganMs > MAX_CYCLE_MS;
    const visited = await visitItem({ item, looked, before: recall(known, item) }, machine, {
      ...{ isOver, zone, denyRules },
    });
    const now = remember(visited, known, machine.now());
    const report = makeReport(item, visited.outcome, now);
    reports.push(report);
    if (report.done.length > 0 || !isToldAlready(known, now)) changes.push(report);
    // A repair that was begun is over from here on, whatever happens to the others.
    if (memory.get(item.item) !== known) await memory.keep([now]);
    else if (JSON.stringify(known) !== JSON.stringify(now)) unkept.push(now);
  }
  const named = new Set(items.map(({ item }) => item));
  const gone = memory.items().filter((name) => !named.has(name));
  await bySlices(unkept, memory.keep);
  await bySlices(gone, memory.forget);
  return { items: reports, changes, gone };
}
