// The devices of one process as columns: a few dozen bytes each, instead of objects, closures and timers.
import type { Socket } from 'node:net';

/** Where a device stands. */
export const STATE = {
  /** Not begun, or stopped. */
  off: 0,
  /** A timer will open its next connection. */
  waiting: 1,
  connecting: 2,
  /** The upgrade was asked for. */
  upgrading: 3,
  /** The server's hello is due. */
  greeting: 4,
  enrolling: 5,
  authenticating: 6,
  open: 7,
  /** It has said goodbye and waits for the end of its socket. */
  leaving: 8,
} as const;

/** The one timer of each kind that a device has. */
export const TIMER = {
  /** The next try, or the end of patience with this one. */
  step: 0,
  beat: 1,
  chunk: 2,
  change: 3,
  leave: 4,
  silence: 5,
  fault: 6,
  resend: 7,
  run: 8,
  alert: 9,
  live: 10,
} as const;
export const TIMERS_A_DEVICE = 11;

/** Bytes of an Ed25519 seed, and of its public key. */
export const KEY_BYTES = 32;

/** The columns; a slot is a device, or the second holder of a device's key. */
export interface Tables {
  readonly slots: number;
  readonly state: Uint8Array;
  /** Failed tries in a row. */
  readonly failures: Uint8Array;
  /** 1: the end of this session is wanted. */
  readonly wanted: Uint8Array;
  /** 1: it was online before, so a missing heartbeat is one. */
  readonly wasOnline: Uint8Array;
  readonly sockets: (Socket | null)[];
  /** '' before the enrollment. */
  readonly ids: string[];
  readonly seeds: Uint8Array;
  readonly publics: Uint8Array;
  readonly epochs: Float64Array;
  /** Number of the last durable message. */
  readonly seqs: Float64Array;
  /** Times of the process's own clock, ms: of the present step, of the last frame, of the welcome (0: not yet), of an unwanted end (0: none). */
  readonly stepAt: Float64Array;
  readonly heardAt: Float64Array;
  readonly openedAt: Float64Array;
  readonly lostAt: Float64Array;
  /** When the next heartbeat is planned, and how far apart they are, ms. */
  readonly beatAt: Float64Array;
  readonly beatMs: Float64Array;
  /** When the server wants it back at the earliest, ms from the end of the session; NaN: it has not said. */
  readonly comeBackMs: Float64Array;
  /** What the last welcome said about coming back when the server is gone, ms; 0: nothing. */
  readonly windowMs: Float64Array;
  /** How far the clock is off, ms. */
  readonly clockMs: Float64Array;
  /** Changes of the inventory so far. */
  readonly changes: Uint16Array;
  /** Start of the hour whose chunk was sent last, ms. */
  readonly hourMs: Float64Array;
}

/** Makes empty columns. */
export function createTables(slots: number): Tables {
  const numbers = () => new Float64Array(slots);
  return {
    slots,
    state: new Uint8Array(slots),
    failures: new Uint8Array(slots),
    wanted: new Uint8Array(slots),
    wasOnline: new Uint8Array(slots),
    sockets: new Array<Socket | null>(slots).fill(null),
    ids: new Array<string>(slots).fill(''),
    seeds: new Uint8Array(slots * KEY_BYTES),
    publics: new Uint8Array(slots * KEY_BYTES),
    epochs: numbers(),
    seqs: numbers(),
    stepAt: numbers(),
    heardAt: numbers(),
    openedAt: numbers(),
    lostAt: numbers(),
    beatAt: numbers(),
    beatMs: numbers(),
    comeBackMs: numbers().fill(Number.NaN),
    windowMs: numbers(),
    clockMs: numbers(),
    changes: new Uint16Array(slots),
    hourMs: numbers(),
  };
}
