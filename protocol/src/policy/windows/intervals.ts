// When windows are open: the next intervals of several together, and whether one of them is open. Pure; the moment is given.
import { readLengthMs } from './length.ts';
import { type LocalStart, openCalendar } from './starts.ts';
import type { Interval, PolicyWindow } from './window.ts';
import { zoneOf } from './zone.ts';

/** More than any zone is away from UTC, and than any clock is changed by, ms. */
const SLACK_MS = 2 * 86_400_000;
/** Starts that are looked at for one answer, of all windows together. */
const MAX_STARTS = 2_000;
/** Starts of one window that are passed over in a row, as excepted or over. */
const MAX_PASSED = 1_000;
/** Windows that follow each other without a gap are one interval, but for no longer than this, ms; what comes then is the next one. */
export const MAX_INTERVAL_MS = 31 * 86_400_000;

/** Where and from when openings are asked for. */
export interface IntervalOptions {
  /** Ms since 1970: intervals that are not over by then. */
  readonly fromMs: number;
  /** How many at most. */
  readonly count: number;
  /** The device's own zone, an IANA name. */
  readonly zone: string;
}

/** One window while it is walked through: its next interval, or null. */
interface Walk {
  next: Interval | null;
  /** Goes on to the one after. */
  advance(): void;
}

/** Intervals of one window that end after `fromMs`, in the order of their calendar. */
function walkThrough(window: PolicyWindow, { fromMs, zone }: IntervalOptions): Walk {
  const calendar = openCalendar(window);
  const lengthMs = readLengthMs(window.for);
  const own = zoneOf(window.zone, zone); // of the window, or of the device
  const excepted = new Set(window.except);
  let fromLocalMs = fromMs - lengthMs - SLACK_MS; // whatever is open at `fromMs` began later
  const find = (): Interval | null => {
    for (let passed = 0; passed < MAX_PASSED; passed++) {
      const start: LocalStart | null = calendar(fromLocalMs);
      if (start === null) return null; // it comes no more
      fromLocalMs = start.localMs + 1;
      if (excepted.has(start.date)) continue; // EXDATE
      const startMs = start.inZone(own); // from here on the clock of the world
      if (startMs + lengthMs > fromMs) return { fromMs: startMs, toMs: startMs + lengthMs };
    }
    return null; // so many in a row are as good as none
  };
  const walk: Walk = {
    next: find(),
    advance: () => {
      walk.next = find();
    },
  };
  return walk;
}

/** Of all windows the one that opens first; undefined: none opens any more. */
function findFirst(walks: readonly Walk[]): Walk | undefined {
  return walks.reduce<Walk | undefined>((best, walk) => {
    if (walk.next === null) return best;
    return best === undefined || best.next === null || walk.next.fromMs < best.next.fromMs ? walk : best;
  }, undefined);
}

/** Whether an interval goes on as `next`, which begins no earlier. */
function isJoined(now: Interval, next: Interval): boolean {
  return next.fromMs <= now.toMs && Math.max(now.toMs, next.toMs) - now.fromMs <= MAX_INTERVAL_MS;
}

/** The next interval without what the one before it covers. */
function cutBy(before: Interval | null, { fromMs, toMs }: Interval): Interval {
  return { fromMs: Math.max(fromMs, before?.toMs ?? fromMs), toMs: Math.max(toMs, before?.toMs ?? toMs) };
}

/**
 * The next times at which one of the windows is open, one that is open at `fromMs` among them; windows that touch are one.
 * In order. Looks at a bounded number of starts, so fewer may come than were asked for.
 */
export function nextIntervals(windows: readonly PolicyWindow[], options: IntervalOptions): Interval[] {
  const walks = windows.map((window) => walkThrough(window, options)); // each at its first
  const found: Interval[] = [];
  let now: Interval | null = null; // may go on
  for (let starts = 0; starts < MAX_STARTS; starts++) {
    const first = findFirst(walks);
    const next: Interval | null = first?.next ?? null;
    if (first === undefined || next === null) break; // none opens any more
    if (now !== null && isJoined(now, next)) {
      // Windows that overlap, or follow without a gap
      now = { fromMs: now.fromMs, toMs: Math.max(now.toMs, next.toMs) };
    } else {
      if (now !== null) found.push(now); // it goes on no more
      if (found.length >= options.count) return found;
      now = cutBy(now, next);
    }
    first.advance(); // its next one has its turn later
  }
  return now === null || found.length >= options.count ? found : [...found, now];
}

/** Whether one of the windows is open. */
export function isOpen(windows: readonly PolicyWindow[], nowMs: number, zone: string): boolean {
  return windows.some((window) => {
    // The first that is not over has begun, or none has
    const { next } = walkThrough(window, { fromMs: nowMs, count: 1, zone });
    return next !== null && next.fromMs <= nowMs;
  });
}
