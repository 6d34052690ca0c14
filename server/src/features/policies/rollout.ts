// The logic of waves, without a database: who is inside, what an order becomes beside an unfinished one, and what happens next.
import { readBit } from '@muster/protocol/policy';

/** All of the fleet, as a share: hundredths of a percent. */
const WHOLE = 10_000;
/** Of those inside that are there so many must have settled before it goes on, hundredths of a percent. */
const SETTLED = 9_000;

/** What somebody orders. */
export interface RolloutOrder {
  /** Hundredths of a percent of the fleet, ascending. */
  readonly shares: readonly number[];
  /** How long each wave is watched, seconds. */
  readonly soakS: number;
  /** By how much more of the devices inside may be troubled, hundredths of a percent. */
  readonly tolerance: number;
  /** Who goes first, an expression; empty: nobody in particular. */
  readonly firstOn: string;
}

/** How devices fare on one side. */
export interface Side {
  /** Active ones that were online since the watch began. */
  readonly known: number;
  /** Of them, each counted once. */
  readonly troubled: number;
}

/** Devices inside by what troubles them; one may be in several. */
export interface Kinds {
  readonly refused: number;
  readonly error: number;
  readonly critical: number;
  readonly gone: number;
}

/** What made it hold. */
export interface Trouble {
  readonly inside: Side;
  readonly outside: Side;
  readonly kinds: Kinds;
}

/** What is known of the devices now. */
export interface Health extends Trouble {
  /** Active devices inside. */
  readonly told: number;
  /** Of them, online. */
  readonly online: number;
  /** Devices inside that are online and hold policies at all; of them those that hold the set or refuse it. */
  readonly holders: number;
  readonly settled: number;
}

/** An order on its way. */
export interface Rollout extends RolloutOrder {
  readonly epoch: number;
  readonly version: number;
  readonly digest: string;
  /** Digest of the set that devices outside are told; empty: none. */
  readonly base: string;
  /** A bit a device. */
  readonly first: Uint8Array;
  readonly salt: number;
  /** Index into the shares. */
  readonly wave: number;
  readonly state: 'running' | 'held' | 'done';
  readonly trouble: Trouble | null;
  readonly changedBy: string;
  readonly beganAt: Date;
  readonly waveAt: Date;
  readonly watchedFrom: Date;
}

/** What happens to it now. */
export type Verdict =
  | { readonly next: 'wait'; readonly why: 'soak' | 'nobody' | 'unsettled' }
  | { readonly next: 'advance' }
  | { readonly next: 'hold' };

/** The share that is told, hundredths of a percent. */
function shareOf({ shares, wave, state }: Pick<Rollout, 'shares' | 'wave' | 'state'>): number {
  return state === 'done' ? WHOLE : (shares[wave] ?? WHOLE);
}

/** Whether a device is told the set that goes out. */
export function isInside(
  rollout: Pick<Rollout, 'shares' | 'wave' | 'state' | 'first' | 'salt'>,
  idx: number,
): boolean {
  const share = shareOf(rollout);
  return share >= WHOLE || readBit(rollout.first, idx) || placeOf(rollout.salt, idx) < share;
}

/** Where a device stands in the order of a salt, 0 to 9999: evenly spread, the same each time (the finalizer of MurmurHash3). */
export function placeOf(salt: number, idx: number): number {
  let mixed = (idx ^ salt) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % WHOLE;
}

/** A new set with its order. */
export interface Beginning {
  readonly set: Pick<Rollout, 'epoch' | 'version' | 'digest'>;
  /** Digest of the set before; empty: none. */
  readonly previous: string;
  /** Null: none was handed in. */
  readonly order: RolloutOrder | null;
  /** For whom the order's expression holds. */
  readonly first: Uint8Array;
  readonly salt: number;
  readonly by: string;
  readonly now: Date;
}

/** What is stored with a new set; `before`: what is stored. Null: nothing, everybody is told it at once. */
export function beginRollout(before: Rollout | null, beginning: Beginning): Rollout | null {
  const { set, previous, order: own, first, salt, now, by } = beginning;
  const unfinished = before !== null && isFollowed(before, beginning) ? before : null;
  const order = own ?? unfinished;
  if (order === null) return null;
  const { shares, soakS, tolerance, firstOn } = order;
  const fresh = { base: previous, shares: [...shares], first, salt };
  const places = unfinished === null ? fresh : takeOver(unfinished, fresh);
  return {
    ...{ ...set, ...places, soakS, tolerance, firstOn, wave: 0, trouble: null, changedBy: by },
    state: (places.shares[0] ?? WHOLE) >= WHOLE ? 'done' : 'running',
    ...{ beganAt: now, waveAt: now, watchedFrom: now },
  };
}

/** Whether the new set comes right behind it, before it was over. */
function isFollowed({ state, digest, epoch }: Rollout, { previous, set }: Beginning): boolean {
  return state !== 'done' && digest === previous && epoch === set.epoch;
}

/** Whoever was told the unfinished set is told the next one first; outside stays what was whole before both. */
function takeOver(
  unfinished: Rollout,
  { shares, first }: Pick<Rollout, 'shares' | 'first'>,
): Pick<Rollout, 'base' | 'shares' | 'first' | 'salt'> {
  const { base, salt } = unfinished;
  const reached = shareOf(unfinished);
  const further = shares.filter((one) => one > reached);
  return { base, salt, shares: [reached, ...further], first: uniteBits(unfinished.first, first) };
}

function uniteBits(one: Uint8Array, other: Uint8Array): Uint8Array {
  const [long, short] = one.length >= other.length ? [one, other] : [other, one];
  return long.map((byte, at) => byte | (short[at] ?? 0));
}

/** What happens next with one that is running. */
export function judgeWave(
  { waveAt, soakS, tolerance }: Pick<Rollout, 'waveAt' | 'soakS' | 'tolerance'>,
  health: Health,
  nowMs: number,
): Verdict {
  const { inside, outside, told, online, holders, settled } = health;
  // Nobody can learn anything from it.
  if (told === 0) return { next: 'advance' };
  if (inside.troubled > 0 && partOf(inside) - partOf(outside) > tolerance) return { next: 'hold' };
  if (nowMs - waveAt.getTime() < soakS * 1000) return { next: 'wait', why: 'soak' };
  if (online === 0) return { next: 'wait', why: 'nobody' };
  if (settled * WHOLE < holders * SETTLED) return { next: 'wait', why: 'unsettled' };
  return { next: 'advance' };
}

/** Hundredths of a percent. */
function partOf({ known, troubled }: Side): number {
  return known === 0 ? 0 : (troubled * WHOLE) / known;
}

/** The next wave; the last one is the whole fleet, and with it everybody is told. */
export function advance(rollout: Rollout, now: Date, by: string): Rollout {
  const wave = rollout.wave + 1;
  const isOver = (rollout.shares[wave] ?? WHOLE) >= WHOLE;
  const next = { ...rollout, wave: Math.min(wave, rollout.shares.length - 1), changedBy: by };
  return { ...next, state: isOver ? 'done' : 'running', trouble: null, waveAt: now };
}
