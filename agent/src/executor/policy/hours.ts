// When repairs of an item may start: inside the windows of the policy that decides about it, or at the next chance after one was missed; and when that changes next.
import { type ResolvedItem, readUntil } from '@muster/protocol/policy';
import {
  findFreeze,
  type Interval,
  type ListedFreeze,
  nextIntervals,
  type PolicyHours,
} from '@muster/protocol/windows';
import type { ItemMemory } from './memory.ts';

/** Why a repair waits for a window. */
const WINDOW_CODE = 'E_WINDOW';
/** Why it waits for the end of a freeze. */
const FREEZE_CODE = 'E_FREEZE';

/** An item with the hours of the policy that decides about it. */
export interface WantedItem extends ResolvedItem {
  /** Absent: whenever it is due. */
  readonly hours?: PolicyHours;
  /** Times in which it is not repaired, of whatever policies. Absent: none. */
  readonly freezes?: readonly ListedFreeze[];
}

/** What keeps any repair from starting now, window or not; null: nothing. */
export function findFrozen({ freezes = [] }: WantedItem, nowMs: number): Closed | null {
  const freeze = findFreeze(freezes, nowMs);
  if (freeze === null) return null;
  const { policy, reason, to } = freeze;
  return {
    code: FREEZE_CODE,
    reason: `Frozen until ${formatMinute(Date.parse(to))} by ${policy}: ${reason}`,
  };
}

/** A moment, and the zone that this device is set to. */
export interface LocalMoment {
  readonly nowMs: number;
  readonly zone: string;
}

/** Why no repair may start now. */
export interface Closed {
  readonly code: string;
  readonly reason: string;
}

const formatMinute = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;

/**
 * True where a whole window has come and gone since the item began to wait for one: the device was off, or had no cycle in it.
 * One chance: whatever becomes of it ends the waiting.
 */
function wasMissed(hours: PolicyHours, memory: ItemMemory, { nowMs, zone }: LocalMoment) {
  const isWaiting = memory.state === 'drifted' && memory.code === WINDOW_CODE && memory.sinceMs <= nowMs;
  if (hours.missed !== 'next-chance' || !isWaiting) return false;
  const [first] = nextIntervals(hours.windows, { fromMs: memory.sinceMs, count: 1, zone });
  return first !== undefined && first.toMs <= nowMs;
}

/** How the windows of a policy stand from a moment on, until that changes. */
interface Stand {
  readonly zone: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Null: none opens any more. */
  readonly next: Interval | null;
}

/** What opens no more is reckoned anew so seldom, ms. */
const LOOK_AGAIN_MS = 3_600_000;

/** What was reckoned last of each policy: all its items ask the same. */
const stands = new WeakMap<PolicyHours, Stand>();

function findStand(hours: PolicyHours, { nowMs, zone }: LocalMoment): Stand {
  const known = stands.get(hours);
  if (known?.zone === zone && known.fromMs <= nowMs && nowMs < known.untilMs) return known;
  const [next = null] = nextIntervals(hours.windows, { fromMs: nowMs, count: 1, zone });
  const isOpenNow = next !== null && next.fromMs <= nowMs;
  const untilMs = next === null ? nowMs + LOOK_AGAIN_MS : isOpenNow ? next.toMs : next.fromMs;
  const stand = { zone, fromMs: nowMs, untilMs, next };
  stands.set(hours, stand);
  return stand;
}

/** What keeps a repair of the item from starting; null: nothing. */
export function findClosed({ hours }: WantedItem, memory: ItemMemory, moment: LocalMoment): Closed | null {
  if (hours === undefined) return null;
  const { next } = findStand(hours, moment);
  if (next !== null && next.fromMs <= moment.nowMs) return null;
  if (wasMissed(hours, memory, moment)) return null;
  const when = next === null ? 'and none opens any more' : `the next opens at ${formatMinute(next.fromMs)}`;
  return { code: WINDOW_CODE, reason: `No window of ${hours.policy} is open; ${when}.` };
}

/** The next moment after `nowMs` at which a window opens for something that is to be enforced, ms since 1970; null: none does. */
export function nextOpening(items: readonly WantedItem[], nowMs: number, zone: string): number | null {
  const asked = new Set(items.flatMap(({ mode, hours }) => (mode === 'enforce' && hours ? [hours] : [])));
  const openings = [...asked].flatMap(({ windows }) =>
    nextIntervals(windows, { fromMs: nowMs, count: 2, zone }).flatMap(({ fromMs }) =>
      fromMs > nowMs ? [fromMs] : [],
    ),
  );
  return openings.length === 0 ? null : Math.min(...openings);
}

/**
 * The next moment after `nowMs` at which something may have to be repaired although nothing has changed: a window opens for it, or its
 * exception or a freeze ends. Ms since 1970; null: never.
 */
export function nextDue(items: readonly WantedItem[], nowMs: number, zone: string): number | null {
  const left = items.flatMap(({ exception }) => (exception === undefined ? [] : [exception]));
  // Items of a policy share one list
  const still = new Set(
    items.flatMap(({ freezes, mode }) => (mode === 'enforce' && freezes ? [freezes] : [])),
  );
  const ends = [...left.map(readUntil), ...[...still].flat().map(({ to }) => Date.parse(to))];
  const opening = nextOpening(items, nowMs, zone);
  const moments = [...ends.filter((ms) => ms > nowMs), ...(opening === null ? [] : [opening])];
  return moments.length === 0 ? null : moments.reduce((first, ms) => Math.min(first, ms));
}
