// Leads each session's offer from its hashes to the commit, one at a time and within bounds.
import { type BodyFrame, type InventoryOffer, isMusterError, type Section } from '@muster/protocol';
import { toServerTimeMs } from '../../core/agents/device-time.ts';
import type { ByteQuota } from '../../core/agents/quota.ts';
import type { Session } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { fail } from '../../errors.ts';
import { type Asking, createAsking } from './asking.ts';
import type { Digests } from './digests.ts';
import {
  MAX_ASKED_OFFERS,
  MAX_OFFERS_PER_MINUTE,
  MAX_PENDING_BYTES,
  MAX_PENDING_OFFERS,
  MAX_WANTED_HASHES,
  OFFER_DEADLINE_MS,
  OFFER_TIMEOUT_MS,
} from './limits.ts';
import { type Offer, readOffer } from './offer.ts';
import { createPending, type Pending, takeBody, takeKnown, weighBody } from './pending.ts';
import type { KnownRow } from './store.ts';
import type { Submission } from './writer.ts';

/** What leading offers needs. */
export interface OffersDeps {
  /** The slice section of that name, or undefined. */
  findSlice(name: string): Section | undefined;
  /** Which hashes the organization has; calls that come together share a statement. */
  lookup(tenant: number, hashes: readonly string[]): Promise<readonly KnownRow[]>;
  /** Resolves after the commit. */
  write(submission: Submission): Promise<void>;
  /** Inflated bodies of a device and day. */
  readonly quota: ByteQuota;
  readonly digests: Digests;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The offers under way. */
export interface Offers {
  /** Resolves when the answer was sent. Throws what the device did wrong. */
  offer(session: Session, message: InventoryOffer): Promise<void>;
  /** Resolves when the body is checked; the caller keeps those of one session apart. Rejects with what the device did wrong. */
  body(session: Session, frame: BodyFrame): Promise<void>;
  /** True while an offer of that session is under way. */
  isBusy(session: Session): boolean;
  closed(session: Session): void;
  /** Forgets offers whose bodies do not come. */
  sweep(): void;
  /** Resolves when nothing is being stored. */
  settle(): Promise<void>;
  counts(): { readonly offers: number; readonly bytes: number };
}

/** What is kept of a session that offered something lately. */
interface Seat {
  readonly session: Session;
  pending: Pending | null;
  /** Came while the one before was being stored. */
  next: Offer | null;
  /**
   * What was asked for lately. An agent whose inventory changes while it answers may send a body that no offer needs any more,
   * or send it twice; both are dropped. Anything that was never asked for ends the session.
   */
  readonly wanted: Set<string>;
  /** When it offered or was asked last, monotonic ms: what was asked for may come so much later. */
  usedMs: number;
  minuteMs: number;
  offersInMinute: number;
}

/** All seats, and what they hold together. */
interface Desk {
  readonly deps: OffersDeps;
  readonly seats: Map<Session, Seat>;
  readonly storing: Set<Promise<void>>;
  /** Offers whose bodies are on their way or being stored. */
  readonly asking: Asking<Pending>;
  offers: number;
  bytes: number;
}

/** Makes the desk; it holds nothing yet. */
export function createOffers(deps: OffersDeps): Offers {
  const desk: Desk = {
    deps,
    seats: new Map(),
    storing: new Set(),
    asking: createAsking(MAX_ASKED_OFFERS),
    offers: 0,
    bytes: 0,
  };
  const { seats, storing } = desk;
  return {
    async offer(session, message) {
      const seat = seatOf(desk, session);
      countOffer(seat, deps.clock.monotonic());
      const nowMs = deps.clock.now();
      const offer = readOffer(
        message,
        (name) => deps.findSlice(name) !== undefined,
        (ms) => toServerTimeMs(session, ms, nowMs),
      );
      if (seat.pending?.phase === 'storing') seat.next = offer;
      else await begin(desk, seat, offer);
    },
    async body(session, frame) {
      const seat = seats.get(session);
      const hash = Buffer.from(frame.hash).toString('base64url');
      if (seat?.pending?.phase === 'awaiting' && seat.pending.missing.has(hash)) {
        await takeIn(desk, seat, { pending: seat.pending, hash, frame });
        return;
      }
      if (seat?.wanted.has(hash) === true) return;
      throw fail('E_ORDER', { detail: 'A slice body arrived that was not asked for; connect again.' });
    },
    isBusy: (session) => (seats.get(session)?.pending ?? null) !== null,
    closed(session) {
      const seat = seats.get(session);
      if (seat === undefined) return;
      seats.delete(session);
      seat.next = null;
      // What is being stored is let go when it is stored.
      if (seat.pending?.phase !== 'storing') release(desk, seat);
    },
    sweep() {
      const nowMs = deps.clock.monotonic();
      for (const seat of seats.values()) forgetOld(desk, seat, nowMs);
    },
    async settle() {
      while (storing.size > 0) await Promise.all(storing);
    },
    counts: () => ({ offers: desk.offers, bytes: desk.bytes }),
  };
}

function seatOf({ seats }: Desk, session: Session): Seat {
  const seat = seats.get(session) ?? {
    session,
    pending: null,
    next: null,
    wanted: new Set<string>(),
    usedMs: 0,
    minuteMs: 0,
    offersInMinute: 0,
  };
  seats.set(session, seat);
  return seat;
}

/** @throws MusterError E_BUSY for more offers in a minute than any honest device makes. */
function countOffer(seat: Seat, nowMs: number): void {
  if (seat.offersInMinute === 0 || nowMs - seat.minuteMs >= 60_000) {
    seat.minuteMs = nowMs;
    seat.offersInMinute = 0;
  }
  seat.offersInMinute += 1;
  seat.usedMs = nowMs;
  if (seat.offersInMinute > MAX_OFFERS_PER_MINUTE) {
    throw fail('E_BUSY', {
      detail: `More than ${MAX_OFFERS_PER_MINUTE} inventory offers in a minute; wait and offer again.`,
    });
  }
}

/** Ends an offer on its way, stored or not. */
function release(desk: Desk, seat: Seat): void {
  if (seat.pending === null) return;
  desk.offers -= 1;
  desk.bytes -= seat.pending.bytes;
  desk.asking.leave(seat.pending);
  seat.pending = null;
}

async function begin(desk: Desk, seat: Seat, offer: Offer): Promise<void> {
  const { deps } = desk;
  const { session } = seat;
  release(desk, seat);
  // Agents that cannot know what the server has offer the same again, as after a restart.
  const heard = { digest: Buffer.from(offer.root, 'base64url'), nowMs: deps.clock.now() };
  if (deps.digests.confirm(session.tenant, session.idx, heard)) {
    session.send({ type: 'inventory.want', root: offer.root, hashes: [] });
    session.send({ type: 'inventory.stored', root: offer.root });
    return;
  }
  // No answer, as when there is no memory left: its session goes on, and heartbeats ask again until tomorrow.
  if (deps.quota.isSpent(session)) return;
  if (desk.offers >= MAX_PENDING_OFFERS) {
    deps.log.warn({ deviceId: session.deviceId }, 'inventory offer dropped: too many under way');
    return;
  }
  const pending = createPending(offer, deps.findSlice, deps.clock.monotonic());
  desk.offers += 1;
  seat.pending = pending;
  if (!(await leaveOutKnown(desk, seat, pending))) return;
  if (pending.missing.size > 0) {
    const mustWait = desk.asking.isFull();
    // A newer offer, or the end of the session, may make this one void while it waits.
    if (!(await desk.asking.enter(pending))) return;
    if (mustWait && !(await leaveOutKnown(desk, seat, pending))) return;
  }
  ask(desk, seat, pending);
}

/** Leaves out what the organization has by now; false when the offer is void. @throws MusterError for one that contradicts it */
async function leaveOutKnown(desk: Desk, seat: Seat, pending: Pending): Promise<boolean> {
  const known = await lookUp(desk, seat, pending);
  // A newer offer, or the end of the session, may have made this one void meanwhile.
  if (known === null || seat.pending !== pending) return false;
  try {
    takeKnown(pending, known);
  } catch (error) {
    release(desk, seat);
    throw error;
  }
  return true;
}

/** Null when the database cannot be asked: the offer is forgotten, and the next heartbeat asks again. */
async function lookUp(desk: Desk, seat: Seat, pending: Pending): Promise<readonly KnownRow[] | null> {
  const { deps } = desk;
  const { session } = seat;
  try {
    return await deps.lookup(session.tenant, [...pending.missing.keys()]);
  } catch (err) {
    deps.log.warn(
      { err, deviceId: session.deviceId },
      'inventory offer dropped: its hashes could not be looked up',
    );
    if (seat.pending === pending) release(desk, seat);
    return null;
  }
}

/** Says which bodies are missing; stores at once when none is. */
function ask(desk: Desk, seat: Seat, pending: Pending): void {
  pending.phase = 'awaiting';
  pending.touchedMs = desk.deps.clock.monotonic();
  seat.usedMs = pending.touchedMs;
  remember(seat.wanted, pending.missing.keys());
  seat.session.send({
    type: 'inventory.want',
    root: pending.offer.root,
    hashes: [...pending.missing.keys()],
  });
  if (pending.missing.size === 0) store(desk, seat, pending);
}

/** Newest last, oldest forgotten first. */
function remember(wanted: Set<string>, hashes: Iterable<string>): void {
  for (const hash of hashes) {
    wanted.delete(hash);
    wanted.add(hash);
  }
  for (const hash of wanted) {
    if (wanted.size <= MAX_WANTED_HASHES) return;
    wanted.delete(hash);
  }
}

/** A wanted body on its way into an offer. */
interface Arrival {
  readonly pending: Pending;
  readonly hash: string;
  readonly frame: BodyFrame;
}

async function takeIn(desk: Desk, seat: Seat, { pending, hash, frame }: Arrival): Promise<void> {
  const { deps } = desk;
  if (!deps.quota.take(seat.session, frame.rawBytes)) {
    release(desk, seat);
    return;
  }
  const weight = weighBody(pending, hash, frame);
  if (desk.bytes + weight > MAX_PENDING_BYTES) {
    deps.log.warn({ deviceId: seat.session.deviceId }, 'inventory offer dropped: no memory left for bodies');
    release(desk, seat);
    return;
  }
  pending.bytes += weight;
  desk.bytes += weight;
  try {
    await takeBody(pending, hash, frame);
  } catch (error) {
    if (seat.pending === pending) release(desk, seat);
    throw error;
  }
  // Its session may have ended, or its time have run out, while the body was checked.
  if (seat.pending !== pending) return;
  pending.touchedMs = deps.clock.monotonic();
  if (pending.missing.size === 0) store(desk, seat, pending);
}

function store(desk: Desk, seat: Seat, pending: Pending): void {
  pending.phase = 'storing';
  const work = finish(desk, seat, pending);
  desk.storing.add(work);
  void work.finally(() => desk.storing.delete(work));
}

/** Waits for the commit and tells the device; then takes up what came meanwhile. Never rejects. */
async function finish(desk: Desk, seat: Seat, pending: Pending): Promise<void> {
  const { deps } = desk;
  const { session } = seat;
  const { tenant, idx, deviceId } = session;
  const { offer, slices, parts, known } = pending;
  try {
    await deps.write({
      tenant,
      idx,
      epoch: session.epoch,
      offer,
      slices,
      parts,
      known,
      lookedUpMs: pending.begunMs,
    });
    deps.digests.set(tenant, idx, Buffer.from(offer.root, 'base64url'));
    if (session.open) session.send({ type: 'inventory.stored', root: offer.root });
  } catch (err) {
    deps.log.error({ err, deviceId }, 'inventory could not be stored');
  }
  release(desk, seat);
  const { next } = seat;
  seat.next = null;
  if (next === null || !session.open) return;
  await begin(desk, seat, next).catch((error: unknown) => refuse(deps.log, session, error));
}

function refuse(log: Logger, session: Session, error: unknown): void {
  if (isMusterError(error)) {
    session.refuse(error.code, error.message);
    return;
  }
  log.error({ err: error, deviceId: session.deviceId }, 'inventory offer failed');
  session.refuse('E_UNAVAILABLE', fail('E_UNAVAILABLE').message);
}

/** Lets go of an offer whose bodies do not come, or not in time, and of a seat that nobody has used for a while. */
function forgetOld(desk: Desk, seat: Seat, nowMs: number): void {
  const { pending, session } = seat;
  if (pending === null) {
    if (nowMs - seat.usedMs > OFFER_TIMEOUT_MS) desk.seats.delete(session);
    return;
  }
  // What is being stored is complete, and the database's affair.
  if (pending.phase === 'storing') return;
  const isSilent = pending.phase === 'awaiting' && nowMs - pending.touchedMs >= OFFER_TIMEOUT_MS;
  if (!isSilent && nowMs - pending.begunMs < OFFER_DEADLINE_MS) return;
  desk.deps.log.info({ deviceId: session.deviceId }, 'inventory offer forgotten: its bodies did not come');
  release(desk, seat);
}
