// Maintenance windows and freezes as everybody but their writer sees them.

/** What stands for the zone that a device itself is set to. */
export const DEVICE_ZONE = 'device';

/** A time, once or again and again, at which repairs may start. */
export interface PolicyWindow {
  /** Local date and time of the first opening, `2026-01-10T22:00`. */
  readonly start: string;
  /** IANA name of the zone in which it is reckoned, or {@link DEVICE_ZONE}. */
  readonly zone: string;
  /** Rule of iCalendar by which it comes again; '' where it comes once. */
  readonly every: string;
  /** How long it is open: `2h`. */
  readonly for: string;
  /** Local dates on which it does not open. */
  readonly except: readonly string[];
}

/** What becomes of a repair that was due in a window which the device slept through. */
export type Missed = 'next-window' | 'next-chance';

/** A time at which something is open, by the clock of the world. */
export interface Interval {
  /** Ms since 1970; the first moment. */
  readonly fromMs: number;
  /** Ms since 1970; no more of it. */
  readonly toMs: number;
}

/** A time in which nothing is repaired. */
export interface PolicyFreeze {
  /** Its first moment: RFC 3339 in UTC, to the second. */
  readonly from: string;
  /** No more of it. */
  readonly to: string;
  readonly reason: string;
  /** Of every policy on the devices that its own is for; false: of its own policy. */
  readonly all: boolean;
}
