// Decides which new connections may begin a handshake: a rate for what costs, a cap for what has not proven itself.
import type { Clock } from '../core/clock.ts';

/** Limits of admission. */
export interface AdmissionLimits {
  /** TLS handshakes begun in a second, on average. */
  readonly handshakesPerSecond: number;
  /** Handshakes that may begin at once after a quiet time. */
  readonly burst: number;
  /** Sockets that are connected and have not authenticated. */
  readonly maxUnauthenticated: number;
  /** Sessions of this process. */
  readonly maxSessions: number;
}

/** Counts of admission, for metrics. */
export interface AdmissionCounts {
  readonly admitted: number;
  readonly refusedRate: number;
  readonly refusedCap: number;
  readonly unauthenticated: number;
}

/** The door. */
export interface Admission {
  /** A connection arrived: true when it may begin its TLS handshake; the caller cuts it off otherwise. */
  mayHandshake(): boolean;
  /** It wants to be an agent's socket: true when it may stay without having proven itself; `release` must follow. */
  enter(): boolean;
  /** The socket authenticated, or is gone: it counts no longer. */
  release(): void;
  counts(): AdmissionCounts;
}

/** Makes a token bucket with a cap. */
export function createAdmission(limits: AdmissionLimits, clock: Clock): Admission {
  let tokens = limits.burst;
  let refilledAt = clock.monotonic();
  let unauthenticated = 0;
  let admitted = 0;
  let refusedRate = 0;
  let refusedCap = 0;

  function refill(): void {
    const now = clock.monotonic();
    tokens = Math.min(limits.burst, tokens + ((now - refilledAt) / 1000) * limits.handshakesPerSecond);
    refilledAt = now;
  }

  return {
    mayHandshake() {
      refill();
      if (tokens < 1) {
        refusedRate++;
        return false;
      }
      tokens--;
      return true;
    },
    enter() {
      if (unauthenticated >= limits.maxUnauthenticated) {
        refusedCap++;
        return false;
      }
      unauthenticated++;
      admitted++;
      return true;
    },
    release() {
      unauthenticated--;
    },
    counts: () => ({ admitted, refusedRate, refusedCap, unauthenticated }),
  };
}
