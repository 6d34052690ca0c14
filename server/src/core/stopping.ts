// Stops the parts of a process in order, each within its time, and ends a process that does not end: what held it stands in the log.
import { PART_STOP_MS, PROCESS_END_MS } from '../timing.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

/** Something that was started. Stopping it a second time must do no harm, and nothing of it may begin after that. */
export interface Part {
  /** For the log. */
  readonly name: string;
  /** How long it may take, ms; PART_STOP_MS unless said otherwise. */
  readonly withinMs?: number;
  stop(): unknown;
}

/** What stopping needs. */
export interface StopDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of what is being stopped. */
  doing?(what: string): void;
}

/**
 * Stops them stage by stage, those of one stage together. One that fails, or has not stopped in its time, is left behind, so that what
 * comes after it, the database above all, is stopped all the same. Resolves with the names of those; never rejects.
 */
export async function stopParts(
  stages: readonly (readonly Part[])[],
  { clock, log, doing }: StopDeps,
): Promise<string[]> {
  const left: string[] = [];
  for (const stage of stages) {
    doing?.(`stopping ${stage.map(({ name }) => name).join(', ')}`);
    const stopped = await Promise.all(stage.map((part) => stopPart(part, { clock, log })));
    left.push(...stage.filter((_, at) => stopped[at] === false).map(({ name }) => name));
  }
  return left;
}

/** False when it is left behind. */
async function stopPart(part: Part, { clock, log }: StopDeps): Promise<boolean> {
  const { name, withinMs = PART_STOP_MS } = part;
  let cancel: () => void = () => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancel = clock.after(withinMs, () => {
      const resources = process.getActiveResourcesInfo();
      log.error({ part: name, waitedMs: withinMs, resources }, 'a part of the server did not stop in time');
      resolve(false);
    });
  });
  async function stop(): Promise<boolean> {
    await part.stop();
    return true;
  }
  try {
    return await Promise.race([stop(), late]);
  } catch (err) {
    log.error({ part: name, err }, 'a part of the server could not be stopped');
    return false;
  } finally {
    cancel();
  }
}

/** Ends this process when it does not end. */
export interface EndWatch {
  /** Notes what the process is doing; it is said when that does not come to an end. */
  doing(what: string): void;
  /** It was told to stop, and ends within that time, ms, whatever it is doing. */
  begin(limitMs: number): void;
  /** Everything has stopped: nothing is left that could keep the process alive for longer than PROCESS_END_MS. */
  stopped(): void;
}

/** Makes the watch; it keeps no process alive. `end` is the end of the process, with an exit code that says that it was not a good one. */
export function createEndWatch(log: Logger, end: () => void = () => process.exit(1)): EndWatch {
  let present = 'starting';
  function arm(limitMs: number, why: string): void {
    setTimeout(() => {
      const resources = process.getActiveResourcesInfo();
      log.error({ doing: present, waitedMs: limitMs, resources }, why);
      end();
    }, limitMs).unref();
  }
  return {
    doing(what) {
      present = what;
    },
    begin: (limitMs) =>
      arm(limitMs, 'the server did not stop in time; its process ends with what it has under way'),
    stopped() {
      present = 'ending';
      arm(PROCESS_END_MS, 'the server has stopped, but something keeps its process; it ends all the same');
    },
  };
}

/** A clock whose timers can be ended together. */
export interface EndingClock extends Clock {
  /** Cancels what waits; from then on nothing does. */
  end(): void;
}

/** Makes one over another: whoever has it begins nothing any more once it has ended, however late he comes. */
export function createEndingClock(clock: Clock): EndingClock {
  const waiting = new Set<() => void>();
  let hasEnded = false;
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after(delayMs, action) {
      if (hasEnded) return () => undefined;
      const cancel = clock.after(delayMs, () => {
        waiting.delete(drop);
        action();
      });
      function drop(): void {
        waiting.delete(drop);
        cancel();
      }
      waiting.add(drop);
      return drop;
    },
    end() {
      hasEnded = true;
      for (const drop of [...waiting]) drop();
    },
  };
}
