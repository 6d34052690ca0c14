// A person holds a job and goes on with it: what devices have goes on meanwhile, nothing more is offered.
import type { AuditOrigin } from '../../core/audit/audit.ts';
import { fail } from '../../errors.ts';
import { eventOf } from './audit.ts';
import type { Dispatcher } from './dispatch.ts';
import type { Job, OpenJob } from './job.ts';
import type { Life } from './life.ts';
import { countFailures } from './states.ts';
import type { JobWriter } from './writer.ts';

interface PauseDeps {
  readonly writer: JobWriter;
  readonly dispatcher: Dispatcher;
  readonly life: Life;
}

/** @throws MusterError E_JOB_STATE for one that is not under way */
export async function holdJob(
  { writer, life }: PauseDeps,
  job: OpenJob,
  { reason, origin }: { readonly reason: string; readonly origin: AuditOrigin },
): Promise<Job> {
  if (job.head.state !== 'running')
    throw fail('E_JOB_STATE', { detail: 'Only a job that is under way can be held.' });
  await writer.write({
    kind: 'job',
    job,
    head: ({ state }) => (state === 'running' ? { state: 'held', note: reason } : null),
    event: eventOf(job, origin, { act: 'job.hold', detail: { reason } }),
  });
  life.arm();
  return job;
}

/** As many failures again are let through. @throws MusterError E_JOB_STATE for one that is not held */
export async function resumeJob(
  { writer, dispatcher, life }: PauseDeps,
  job: OpenJob,
  origin: AuditOrigin,
): Promise<Job> {
  if (job.head.state !== 'held') throw fail('E_JOB_STATE', { detail: 'The job is not held.' });
  await writer.write({
    kind: 'job',
    job,
    head({ state, stopAt }) {
      if (state !== 'held') return null;
      const next = stopAt === null ? null : countFailures(job.counts) + Math.max(1, stopAt);
      return { state: 'running', note: '', stopAt: next };
    },
    event: eventOf(job, origin, { act: 'job.continue', detail: {} }),
  });
  life.arm();
  dispatcher.begin(job);
  return job;
}
