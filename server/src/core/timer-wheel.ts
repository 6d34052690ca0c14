// One timer for all sessions: a hierarchical timing wheel over plain arrays, with numbers as handles.
//
// Source of the method: G. Varghese, T. Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 7.
// A timer costs 32 bytes, scheduling and canceling are O(1); an entry moves down a level at most three times.

import { fail } from '../errors.ts';
import { MAX_TIMERS } from '../limits.ts';
import type { Clock } from './clock.ts';

/** Slots of one level; each level's slot is as long as the whole level below. */
const SLOT_BITS = 6;
const SLOTS = 1 << SLOT_BITS;
const LEVELS = 4;
const SPAN_TICKS = SLOTS ** LEVELS;
const NONE = -1;
/** Handles are index plus generation times this, so that an old handle never hits a later timer. */
const INDEX_SPAN = 2 ** 21;
const GENERATIONS = 2 ** 31;

/** A wheel of one-shot timers. */
export interface TimerWheel {
  /** Calls `onDue(payload)` after `delayMs`, up to one tick late; returns a handle. Throws E_BUSY when full. */
  schedule(delayMs: number, payload: number): number;
  /** True when the timer was waiting. A handle that has run or was canceled is harmless. */
  cancel(handle: number): boolean;
  /** Timers waiting. */
  size(): number;
  /** Forgets all timers and stops the clock's. */
  stop(): void;
}

export interface TimerWheelOptions {
  readonly clock: Clock;
  /** A timer is due; the payload is whatever integer was given. It may schedule and cancel. Must not throw. */
  readonly onDue: (payload: number) => void;
  /** Resolution, ms. The longest delay is 16.7 million times that; longer ones are cut. */
  readonly tickMs?: number;
  /** Most timers at a time. Memory grows as they are used. */
  readonly maxTimers?: number;
}

/** Makes a wheel; the clock's timer runs only while a timer waits. */
export function createTimerWheel(options: TimerWheelOptions): TimerWheel {
  const wheel = new Wheel(options);
  return {
    schedule: (delayMs, payload) => wheel.schedule(delayMs, payload),
    cancel: (handle) => wheel.cancel(handle),
    size: () => wheel.count,
    stop: () => wheel.stop(),
  };
}

class Wheel {
  count = 0;
  private readonly options: TimerWheelOptions;
  private readonly tickMs: number;
  private readonly startMs: number;
  private nowTick = 0;
  private cancelTick: (() => void) | undefined;
  /** First entry of each slot, level by level, and one list for what is due now. */
  private readonly heads = new Int32Array(LEVELS * SLOTS + 1).fill(NONE);
  private next = new Int32Array(64);
  private previous = new Int32Array(64);
  /** Slot the entry hangs in, NONE when free. */
  private slot = new Int32Array(64).fill(NONE);
  private dueTick = new Float64Array(64);
  private payload = new Float64Array(64);
  private generation = new Uint32Array(64);
  private free = NONE;
  private used = 0;

  constructor(options: TimerWheelOptions) {
    this.options = options;
    this.tickMs = options.tickMs ?? 100;
    this.startMs = options.clock.monotonic();
  }

  schedule(delayMs: number, payload: number): number {
    // Nothing moved the wheel while it was empty.
    if (this.count === 0) this.nowTick = this.elapsedTicks();
    const ticks = Math.ceil(
      (this.options.clock.monotonic() - this.startMs + Math.max(0, delayMs)) / this.tickMs,
    );
    const index = this.take();
    this.dueTick[index] = Math.min(Math.max(ticks, this.nowTick + 1), this.nowTick + SPAN_TICKS - 1);
    this.payload[index] = payload;
    this.link(index, this.place(this.dueTick[index]));
    this.count += 1;
    this.armTick();
    return index + (this.generation[index] ?? 0) * INDEX_SPAN;
  }

  cancel(handle: number): boolean {
    const index = handle % INDEX_SPAN;
    const isCurrent = this.generation[index] === Math.floor(handle / INDEX_SPAN);
    if (!isCurrent || this.slot[index] === NONE) return false;
    this.unlink(index);
    this.release(index);
    if (this.count === 0) this.disarm();
    return true;
  }

  stop(): void {
    this.disarm();
    for (let index = 0; index < this.used; index += 1) {
      if (this.slot[index] === NONE) continue;
      this.unlink(index);
      this.release(index);
    }
  }

  private disarm(): void {
    this.cancelTick?.();
    this.cancelTick = undefined;
  }

  private elapsedTicks(): number {
    return Math.floor((this.options.clock.monotonic() - this.startMs) / this.tickMs);
  }

  private armTick(): void {
    if (this.cancelTick) return;
    const dueMs = this.startMs + (this.nowTick + 1) * this.tickMs;
    this.cancelTick = this.options.clock.after(Math.max(0, dueMs - this.options.clock.monotonic()), () => {
      this.cancelTick = undefined;
      this.advance(this.elapsedTicks());
      if (this.count > 0) this.armTick();
    });
  }

  /** A process that was held up runs the ticks it missed, in order. */
  private advance(toTick: number): void {
    while (this.nowTick < toTick && this.count > 0) {
      this.nowTick += 1;
      this.cascade();
      this.runDue(this.nowTick % SLOTS);
    }
    this.nowTick = Math.max(this.nowTick, toTick);
  }

  /** When a level has gone round, the next slot of the level above is spread over it. */
  private cascade(): void {
    let tick = this.nowTick;
    for (let level = 1; level < LEVELS && tick % SLOTS === 0; level += 1) {
      tick = Math.floor(tick / SLOTS);
      const slot = level * SLOTS + (tick % SLOTS);
      for (let index = this.heads[slot] ?? NONE; index !== NONE; index = this.heads[slot] ?? NONE) {
        this.unlink(index);
        this.link(index, this.place(this.dueTick[index] ?? 0));
      }
    }
  }

  private runDue(slot: number): void {
    for (let index = this.heads[slot] ?? NONE; index !== NONE; index = this.heads[slot] ?? NONE) {
      const payload = this.payload[index] ?? 0;
      this.unlink(index);
      this.release(index);
      this.options.onDue(payload);
    }
  }

  /** The slot for a tick: the lowest level whose turn now reaches it. */
  private place(dueTick: number): number {
    let unit = 1;
    for (let level = 0; level < LEVELS; level += 1) {
      const distance = Math.floor(dueTick / unit) - Math.floor(this.nowTick / unit);
      if (distance < SLOTS) return level * SLOTS + (Math.floor(dueTick / unit) % SLOTS);
      unit *= SLOTS;
    }
    // The longest delay reaches the slot whose turn is now; it comes round again.
    return (LEVELS - 1) * SLOTS + (Math.floor(this.nowTick / SLOTS ** (LEVELS - 1)) % SLOTS);
  }

  private link(index: number, slot: number): void {
    const head = this.heads[slot] ?? NONE;
    this.slot[index] = slot;
    this.next[index] = head;
    this.previous[index] = NONE;
    if (head !== NONE) this.previous[head] = index;
    this.heads[slot] = index;
  }

  private unlink(index: number): void {
    const next = this.next[index] ?? NONE;
    const previous = this.previous[index] ?? NONE;
    if (previous === NONE) this.heads[this.slot[index] ?? 0] = next;
    else this.next[previous] = next;
    if (next !== NONE) this.previous[next] = previous;
  }

  private take(): number {
    if (this.free !== NONE) {
      const index = this.free;
      this.free = this.next[index] ?? NONE;
      return index;
    }
    if (this.used >= (this.options.maxTimers ?? MAX_TIMERS))
      throw fail('E_BUSY', { detail: 'Too many timers wait.' });
    if (this.used === this.next.length) this.grow();
    this.used += 1;
    return this.used - 1;
  }

  private release(index: number): void {
    this.slot[index] = NONE;
    this.generation[index] = ((this.generation[index] ?? 0) + 1) % GENERATIONS;
    this.next[index] = this.free;
    this.free = index;
    this.count -= 1;
  }

  private grow(): void {
    const length = this.next.length * 2;
    this.next = copyInto(new Int32Array(length), this.next);
    this.previous = copyInto(new Int32Array(length), this.previous);
    this.slot = copyInto(new Int32Array(length).fill(NONE), this.slot);
    this.dueTick = copyInto(new Float64Array(length), this.dueTick);
    this.payload = copyInto(new Float64Array(length), this.payload);
    this.generation = copyInto(new Uint32Array(length), this.generation);
  }
}

function copyInto<T extends Int32Array | Uint32Array | Float64Array>(larger: T, smaller: T): T {
  larger.set(smaller);
  return larger;
}
