// When each collector is looked at: one timer, one collector at a time, spread over their intervals.
import type { Clock } from '../../platform/clock.ts';

/** Something that is due again and again. */
export interface Task {
  readonly everyMs: number;
  /** Does the work; true asks for another try soon. Must not throw. */
  run(): Promise<boolean>;
}

/** What the schedule needs. */
export interface ScheduleOptions {
  readonly tasks: readonly Task[];
  readonly clock: Clock;
  /** Shortest pause between two tasks, ms. */
  readonly gapMs: number;
  /** How soon a task that asked for it is run again, ms. */
  readonly retryMs: number;
}

/** A running schedule. */
export interface Schedule {
  /** Begins; does nothing once stopped. */
  start(): void;
  /** No task starts any more; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/**
 * First due times after a full pass, ms from now: tasks of one interval are spread evenly over it, so that a quiet machine
 * stays quiet instead of waking for everything at once.
 */
export function spreadDueTimes(intervalsMs: readonly number[]): number[] {
  const seen = new Map<number, number>();
  const totals = new Map<number, number>();
  for (const everyMs of intervalsMs) totals.set(everyMs, (totals.get(everyMs) ?? 0) + 1);
  return intervalsMs.map((everyMs) => {
    const place = (seen.get(everyMs) ?? 0) + 1;
    seen.set(everyMs, place);
    return (everyMs * place) / (totals.get(everyMs) ?? 1);
  });
}

/** Makes the schedule; nothing is due before start. */
export function createSchedule({ tasks, clock, gapMs, retryMs }: ScheduleOptions): Schedule {
  const dueMs = tasks.map(() => 0);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let stopped = false;

  function arm() {
    if (stopped || tasks.length === 0) return;
    const waitMs = Math.max(gapMs, Math.min(...dueMs) - clock.monotonic());
    timer = setTimeout(() => {
      underWay = tick();
    }, waitMs);
    // The session keeps the process alive, not this timer.
    timer.unref();
  }

  async function tick() {
    const at = dueMs.indexOf(Math.min(...dueMs));
    const task = tasks[at];
    if (task !== undefined && (dueMs[at] ?? 0) <= clock.monotonic()) {
      const again = await task.run();
      dueMs[at] = clock.monotonic() + (again ? Math.min(retryMs, task.everyMs) : task.everyMs);
    }
    arm();
  }

  return {
    start() {
      const first = spreadDueTimes(tasks.map((task) => task.everyMs));
      first.forEach((inMs, at) => {
        dueMs[at] = clock.monotonic() + inMs;
      });
      arm();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
