// Leads each session's offer from its hashes to the commit, one at a time and within bounds.
import { type BodyFrame, type InventoryOffer, isMusterError, type Section } from '@muster/protocol';
import type { Session } from '../../core/agents/session.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { fail } from '../../errors.ts';
import type { Digests } from './digests.ts';
import {
  MAX_OFFERS_PER_MINUTE,
  MAX_PENDING_BYTES,
  MAX_PENDING_OFFERS,
  MAX_WANTED_HASHES,
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
  readonly digests: Digests;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The offers under way. */
export interface Offers {
  /** Resolves when the answer was sent. Throws what the device did wrong. */
  offer(session: Session, message: InventoryOffer): Promise<void>;
  /** Throws what the device did wrong. */
  body(session: Session, frame: BodyFrame): void;
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
  pending: Pending | null;
  /** Came while the one before was being stored. */
  next: Offer | null;
  /**
   * What was asked for lately. An agent whose inventory changes while it answers may send a body that no offer needs any more,
   * or send it twice; both are dropped. Anything that was never asked for ends the session.
   */
  readonly wanted: Set<string>;
  minuteMs: number;
  offersInMinute: number;
}

function createSeat(): Seat {
  return { pending: null, next: null, wanted: new Set(), minuteMs: 0, offersInMinute: 0 };
}

export function createOffers(deps: OffersDeps): Offers {
  const { clock, log, digests } = deps;
  const seats = new Map<Session, Seat>();
  const storing = new Set<Promise<void>>();
  const total = { offers: 0, bytes: 0 };

  function seatOf(session: Session): Seat {
    const seat = seats.get(session) ?? createSeat();
    seats.set(session, seat);
    return seat;
  }

  function checkRate(seat: Seat): void {
    const nowMs = clock.monotonic();
    if (seat.offersInMinute === 0 || nowMs - seat.minuteMs >= 60_000) {
      seat.minuteMs = nowMs;
      seat.offersInMinute = 0;
    }
    seat.offersInMinute += 1;
    if (seat.offersInMinute > MAX_OFFERS_PER_MINUTE) {
      throw fail('E_BUSY', {
        detail: `More than ${MAX_OFFERS_PER_MINUTE} inventory offers in a minute; wait and offer again.`,
      });
    }
  }

  /** Ends an offer on its way, stored or not. */
  function release(seat: Seat): void {
    const { pending } = seat;
    if (pending === null) return;
    total.offers -= 1;
    total.bytes -= pending.bytes;
    seat.pending = null;
  }

  /** Runs a step; an offer that broke a rule is forgotten before the gateway ends the session. */
  async function guard(seat: Seat, step: () => void | Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      release(seat);
      throw error;
    }
  }

  async function begin(session: Session, seat: Seat, offer: Offer): Promise<void> {
    release(seat);
    const { tenant, idx } = session;
    const digest = Buffer.from(offer.root, 'base64url');
    // Agents that cannot know what the server has offer the same again, as after a restart.
    if (digests.confirm(tenant, idx, { digest, nowMs: clock.now() })) {
      session.send({ type: 'inventory.want', root: offer.root, hashes: [] });
      session.send({ type: 'inventory.stored', root: offer.root });
      return;
    }
    if (total.offers >= MAX_PENDING_OFFERS) {
      log.warn({ deviceId: session.deviceId }, 'inventory offer dropped: too many under way');
      return;
    }
    const pending = createPending(offer, deps.findSlice, clock.monotonic());
    total.offers += 1;
    seat.pending = pending;
    await guard(seat, async () => {
      const known = await lookUp(session, pending);
      // A newer offer, or the end of the session, has made this one void.
      if (known === null || seat.pending !== pending) return;
      takeKnown(pending, known);
      pending.phase = 'awaiting';
      remember(seat.wanted, pending.missing.keys());
      session.send({ type: 'inventory.want', root: offer.root, hashes: [...pending.missing.keys()] });
      if (pending.missing.size === 0) store(session, seat, pending);
    });
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

  /** Null when the database cannot be asked: the offer is forgotten, and the next heartbeat asks again. */
  async function lookUp(session: Session, pending: Pending): Promise<readonly KnownRow[] | null> {
    try {
      return await deps.lookup(session.tenant, [...pending.missing.keys()]);
    } catch (err) {
      log.warn(
        { err, deviceId: session.deviceId },
        'inventory offer dropped: its hashes could not be looked up',
      );
      const seat = seats.get(session);
      if (seat?.pending === pending) release(seat);
      return null;
    }
  }

  function store(session: Session, seat: Seat, pending: Pending): void {
    pending.phase = 'storing';
    const work = finish(session, seat, pending);
    storing.add(work);
    void work.finally(() => storing.delete(work));
  }

  async function finish(session: Session, seat: Seat, pending: Pending): Promise<void> {
    const { tenant, idx, deviceId } = session;
    const { offer, slices, parts, known } = pending;
    try {
      await deps.write({ tenant, idx, offer, slices, parts, known });
      digests.set(tenant, idx, Buffer.from(offer.root, 'base64url'));
      if (session.open) session.send({ type: 'inventory.stored', root: offer.root });
    } catch (err) {
      log.error({ err, deviceId }, 'inventory could not be stored');
    }
    release(seat);
    const { next } = seat;
    seat.next = null;
    if (next !== null && session.open)
      await begin(session, seat, next).catch((error: unknown) => refuse(session, error));
  }

  function refuse(session: Session, error: unknown): void {
    if (isMusterError(error)) {
      session.refuse(error.code, error.message);
      return;
    }
    log.error({ err: error, deviceId: session.deviceId }, 'inventory offer failed');
    session.refuse('E_UNAVAILABLE', fail('E_UNAVAILABLE').message);
  }

  /** True when there is room for that many bytes more in memory. */
  function hasRoom(session: Session, moreBytes: number): boolean {
    if (total.bytes + moreBytes <= MAX_PENDING_BYTES) return true;
    log.warn({ deviceId: session.deviceId }, 'inventory offer dropped: no memory left for bodies');
    return false;
  }

  function takeIn(
    session: Session,
    seat: Seat,
    arrived: { readonly pending: Pending; readonly hash: string; readonly frame: BodyFrame },
  ): void {
    const { pending, hash, frame } = arrived;
    if (!hasRoom(session, weighBody(pending, hash, frame))) {
      release(seat);
      return;
    }
    const before = pending.bytes;
    try {
      takeBody(pending, hash, frame);
    } catch (error) {
      total.bytes += pending.bytes - before;
      release(seat);
      throw error;
    }
    total.bytes += pending.bytes - before;
    pending.touchedMs = clock.monotonic();
    if (pending.missing.size === 0) store(session, seat, pending);
  }

  return {
    async offer(session, message) {
      const seat = seatOf(session);
      checkRate(seat);
      const offer = readOffer(message, (name) => deps.findSlice(name) !== undefined, clock.now());
      if (seat.pending?.phase === 'storing') {
        seat.next = offer;
        return;
      }
      await begin(session, seat, offer);
    },
    body(session, frame) {
      const seat = seats.get(session);
      const hash = Buffer.from(frame.hash).toString('base64url');
      const pending = seat?.pending;
      if (seat && pending?.phase === 'awaiting' && pending.missing.has(hash)) {
        takeIn(session, seat, { pending, hash, frame });
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
      if (seat.pending?.phase !== 'storing') release(seat);
    },
    sweep() {
      const oldestMs = clock.monotonic() - OFFER_TIMEOUT_MS;
      for (const [session, seat] of seats) {
        if (seat.pending === null) {
          if (seat.minuteMs < oldestMs) seats.delete(session);
          continue;
        }
        if (seat.pending.phase !== 'awaiting' || seat.pending.touchedMs > oldestMs) continue;
        log.info({ deviceId: session.deviceId }, 'inventory offer forgotten: its bodies did not come');
        release(seat);
      }
    },
    async settle() {
      while (storing.size > 0) await Promise.all(storing);
    },
    counts: () => ({ ...total }),
  };
}
