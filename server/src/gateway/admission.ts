// Decides which new connections may begin a handshake: a rate for what costs, places for what has not proven itself, shares for each address.
import type { Clock } from '../core/clock.ts';
import { createAddresses } from './addresses.ts';
import { createBucket } from './bucket.ts';
import {
  ADDRESS_SHARE,
  KEPT_FOR_PEOPLE,
  MIN_ADDRESS_BURST,
  MIN_ADDRESS_PLACES,
  SHED_DELAY_MS,
} from './limits.ts';
import { createPlaces } from './places.ts';

/** Limits of admission. */
export interface AdmissionLimits {
  /** TLS handshakes begun in a second, on average. */
  readonly handshakesPerSecond: number;
  /** Handshakes that may begin at once after a quiet time. */
  readonly burst: number;
  /** Agents' sockets that are connected and have not authenticated; and as many connections that are no agents' sockets yet. */
  readonly maxUnauthenticated: number;
  /** Sessions of this process. */
  readonly maxSessions: number;
}

/** Counts of admission, for metrics. */
export interface AdmissionCounts {
  readonly admitted: number;
  /** Connections cut for coming too fast, or because too many had proven nothing. */
  readonly refusedRate: number;
  readonly refusedCap: number;
  /** Connections cut because the process was late with what it had. */
  readonly refusedLate: number;
  /** Agents' sockets that have not authenticated. */
  readonly unauthenticated: number;
  /** Connections before that, and those of people who have not signed in. */
  readonly connecting: number;
}

/** The door. An address is null for this host, and where a proxy ends TLS and all connections are its own: those have no share. */
export interface Admission {
  /** A connection arrived: true when it may begin its TLS handshake; the caller cuts it off otherwise. `settled` must follow. */
  mayBegin(address: string | null): boolean;
  /** It is gone, has become an agent's socket, or carried a request of somebody who is signed in. */
  settled(address: string | null): void;
  /** It wants to be an agent's socket: true when it may stay without having proven itself; `release` must follow. */
  enter(address: string | null): boolean;
  /** The socket authenticated, or is gone: it counts no longer. */
  release(address: string | null): void;
  /** Somebody who is signed in used the API from there. */
  personAt(address: string | null): void;
  counts(): AdmissionCounts;
}

/** A share of everything, but never so little that a small office could not come in at once. */
function shareOf(all: number, least: number): number {
  return Math.min(all, Math.max(least, Math.ceil(all * ADDRESS_SHARE)));
}

/** Makes the door, with nobody in it; `delayMs` says how late the event loop is. */
export function createAdmission(limits: AdmissionLimits, clock: Clock, delayMs: () => number): Admission {
  const { handshakesPerSecond: perSecond, burst, maxUnauthenticated: max } = limits;
  const handshakes = createBucket({ perSecond, burst }, clock);
  const addresses = createAddresses(
    { perSecond: perSecond * ADDRESS_SHARE, burst: shareOf(burst, MIN_ADDRESS_BURST) },
    clock,
  );
  const connecting = createPlaces(max, shareOf(max, MIN_ADDRESS_PLACES));
  const unproven = createPlaces(max, shareOf(max, MIN_ADDRESS_PLACES));
  let admitted = 0;
  let refusedRate = 0;
  let refusedCap = 0;
  let refusedLate = 0;

  /** What agents leave of `all`, so that people get in while a fleet comes back. */
  function keptFrom(address: string | null, all: number): number {
    return address !== null && addresses.isOfAgents(address) ? Math.floor(all * KEPT_FOR_PEOPLE) : 0;
  }

  /** Only where it is known that nobody but agents comes from there: people wait with everybody else, but are not sent away. */
  function isTooLate(address: string | null): boolean {
    return address !== null && addresses.isOfAgents(address) && delayMs() > SHED_DELAY_MS;
  }

  return {
    mayBegin(address) {
      if (isTooLate(address)) {
        refusedLate++;
        return false;
      }
      if (!connecting.enter(address, keptFrom(address, max))) {
        refusedCap++;
        return false;
      }
      // The share first: an address that has used it up must not use up what is everybody's.
      const isWithinShare = address === null || addresses.take(address);
      if (isWithinShare && handshakes.take(keptFrom(address, burst))) return true;
      connecting.leave(address);
      refusedRate++;
      return false;
    },
    settled: (address) => connecting.leave(address),
    enter(address) {
      if (address !== null) addresses.noteAgent(address);
      if (!unproven.enter(address)) {
        refusedCap++;
        return false;
      }
      admitted++;
      return true;
    },
    release: (address) => unproven.leave(address),
    personAt(address) {
      if (address !== null) addresses.notePerson(address);
    },
    counts: () => ({
      admitted,
      refusedRate,
      refusedCap,
      refusedLate,
      unauthenticated: unproven.count(),
      connecting: connecting.count(),
    }),
  };
}
