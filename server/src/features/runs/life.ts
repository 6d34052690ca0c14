// What happens to jobs as time passes: they begin, expire, and are closed for devices that stay silent. One timer for all of them.
import { isFinal, type RunState } from '@muster/protocol';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import type { JobChange } from './changes.ts';
import type { Dispatcher } from './dispatch.ts';
import type { OpenJob } from './job.ts';
import { LOOK_EVERY_MS, MIN_LOOK_MS, SILENT_MS } from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { codeOf } from './states.ts';
import type { JobWriter } from './writer.ts';

/** What the life of jobs needs. */
export interface LifeDeps {
  readonly open: OpenJobs;
  readonly writer: JobWriter;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The clock of all jobs. */
export interface Life {
  /** A job came or changed: looks again when the next thing is due. */
  arm(): void;
  /** Does what is due now; resolves when it is stored. */
  look(): Promise<void>;
  stop(): void;
}

/** Queued runs never began; nobody knows what became of the others. */
export function closeQueued(to: 'expired' | 'canceled') {
  return (state: RunState): RunState | null => (state === 'queued' ? to : null);
}

/** Every run that has no end. */
export function closeSilent(state: RunState): RunState | null {
  if (isFinal(state)) return null;
  return state === 'queued' ? 'expired' : 'unknown';
}

/** When something is due for a job, ms since 1970; null: nothing. */
function nextDueMs(job: OpenJob): number | null {
  const hasQueued = (job.counts[codeOf('queued')] ?? 0) > 0;
  if (job.head.state === 'scheduled') return Math.min(job.notBeforeMs, job.notAfterMs);
  if (hasQueued || !job.isAsked) return job.notAfterMs;
  return job.notAfterMs + SILENT_MS;
}

/** What is due for a job now. */
function dueChange(job: OpenJob, nowMs: number): JobChange | null {
  const base = { kind: 'job', job } as const;
  if (nowMs >= job.notAfterMs + SILENT_MS) return { ...base, close: closeSilent };
  if (nowMs >= job.notAfterMs)
    return (job.counts[codeOf('queued')] ?? 0) > 0 ? { ...base, close: closeQueued('expired') } : null;
  if (job.head.state !== 'scheduled' || nowMs < job.notBeforeMs) return null;
  return { ...base, head: ({ state }) => (state === 'scheduled' ? { state: 'running' } : null) };
}

/** Makes it; nothing runs before `arm`. */
export function createLife({ open, writer, dispatcher, clock, log }: LifeDeps): Life {
  let cancel: (() => void) | undefined;
  let isStopped = false;

  async function lookAt(job: OpenJob, nowMs: number): Promise<void> {
    const change = dueChange(job, nowMs);
    if (change !== null) await writer.write(change);
    if (nowMs >= job.notAfterMs) {
      if (!job.isAsked) dispatcher.ask(job);
      job.isAsked = true;
    } else if (change !== null) dispatcher.begin(job);
  }

  async function look(): Promise<void> {
    const nowMs = clock.now();
    await Promise.all([...open.all()].map((job) => lookAt(job, nowMs)));
  }

  function arm(): void {
    cancel?.();
    if (isStopped) return;
    const nowMs = clock.now();
    let waitMs = LOOK_EVERY_MS;
    for (const job of open.all()) {
      const dueMs = nextDueMs(job);
      if (dueMs !== null) waitMs = Math.min(waitMs, Math.max(MIN_LOOK_MS, dueMs - nowMs));
    }
    cancel = clock.after(waitMs, () => {
      look()
        .catch((err: unknown) => log.warn({ err }, 'what is due for jobs could not be stored'))
        .finally(arm);
    });
  }

  return {
    arm,
    look,
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}
