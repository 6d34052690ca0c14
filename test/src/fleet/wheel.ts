// One timer wheel for all devices of a process: timers are numbers, and a timer costs twelve bytes.

/** Resolution, ms: a timer runs up to so much late. */
export const WHEEL_TICK_MS = 20;
/** Places on the rim; timers further away than one turn stay where they are and are looked at once a turn. */
const BUCKETS = 8_192;
const NONE = -1;

/** The wheel. Each timer has one due time at most. */
export interface Wheel {
  /** Sets a timer, or moves it. */
  set(timer: number, delayMs: number): void;
  clear(timer: number): void;
  isSet(timer: number): boolean;
  /** Runs what is due; what is set or cleared meanwhile counts. */
  turn(nowMs: number, due: (timer: number) => void): void;
}

/** Makes a wheel for so many timers, numbered from 0. Source: Varghese, Lauck, "Hashed and Hierarchical Timing Wheels" (1987), scheme 6. */
export function createWheel(timers: number, startMs: number): Wheel {
  return new HashedWheel(timers, startMs);
}

class HashedWheel implements Wheel {
  private readonly startMs: number;
  private readonly timers: number;
  /** Rings of timers, one for each bucket and one for what is due now; their heads stand behind the timers. */
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly dueTick: Int32Array;
  private readonly dueHead: number;
  private tick = 0;

  constructor(timers: number, startMs: number) {
    this.timers = timers;
    this.startMs = startMs;
    this.dueHead = timers + BUCKETS;
    this.next = new Int32Array(timers + BUCKETS + 1).fill(NONE);
    this.previous = new Int32Array(timers + BUCKETS + 1).fill(NONE);
    this.dueTick = new Int32Array(timers);
    for (let head = timers; head <= this.dueHead; head++) this.link(head, head);
  }

  set(timer: number, delayMs: number): void {
    this.clear(timer);
    // Never in the tick that is being turned, or a timer that sets itself would run for ever.
    const due = this.tick + Math.max(1, Math.ceil(delayMs / WHEEL_TICK_MS));
    this.dueTick[timer] = due;
    this.insert(timer, this.timers + (due % BUCKETS));
  }

  clear(timer: number): void {
    const next = this.next[timer] ?? NONE;
    if (next === NONE) return;
    this.link(this.previous[timer] ?? NONE, next);
    this.next[timer] = NONE;
  }

  isSet(timer: number): boolean {
    return this.next[timer] !== NONE;
  }

  turn(nowMs: number, due: (timer: number) => void): void {
    const target = Math.floor((nowMs - this.startMs) / WHEEL_TICK_MS);
    // After a long stall one look at each bucket finds everything.
    if (target - this.tick > BUCKETS) this.tick = target - BUCKETS;
    while (this.tick < target) {
      this.tick++;
      this.collect(this.timers + (this.tick % BUCKETS));
      this.run(due);
    }
  }

  /** Moves the due ones of a bucket to a ring of their own, so that calls may change the wheel. */
  private collect(head: number): void {
    for (let timer = this.next[head] ?? head; timer !== head; ) {
      const after = this.next[timer] ?? head;
      if ((this.dueTick[timer] ?? 0) <= this.tick) {
        this.clear(timer);
        this.insert(timer, this.dueHead);
      }
      timer = after;
    }
  }

  private run(due: (timer: number) => void): void {
    const head = this.dueHead;
    for (let timer = this.next[head] ?? head; timer !== head; timer = this.next[head] ?? head) {
      this.clear(timer);
      due(timer);
    }
  }

  private link(before: number, after: number): void {
    this.next[before] = after;
    this.previous[after] = before;
  }

  private insert(timer: number, head: number): void {
    this.link(this.previous[head] ?? head, timer);
    this.link(timer, head);
  }
}
