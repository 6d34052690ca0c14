// States of jobs and runs: their words and tones, and how far a job is.
import { isFinal, type RunState } from '@muster/protocol';
import type { JobState } from '@muster/protocol/commands';
import { useText } from '../app/text.ts';
import { Status, type Tone } from '../parts/Status.tsx';
import type { JobSummary } from './api.ts';
import { stateText } from './job-texts.ts';

/** States of a run: what wants a look first, then what is open, then what went well. */
export const runStates = [
  'waiting-person',
  'failed',
  'refused',
  'quarantined',
  'unknown',
  'interrupted',
  'running',
  'accepted',
  'deferred',
  'offered',
  'queued',
  'expired',
  'canceled',
  'succeeded',
] as const satisfies readonly RunState[];

/** States from which another try makes sense. */
export const retryStates = [
  'failed',
  'refused',
  'quarantined',
  'expired',
  'unknown',
] as const satisfies readonly RunState[];

const jobTones: Readonly<Record<JobState, Tone>> = {
  'awaiting-signatures': 'warn',
  scheduled: 'idle',
  running: 'busy',
  held: 'warn',
  done: 'good',
  canceled: 'idle',
  expired: 'warn',
};

const runTones: Readonly<Record<RunState, Tone>> = {
  queued: 'idle',
  offered: 'busy',
  accepted: 'busy',
  deferred: 'busy',
  running: 'busy',
  interrupted: 'warn',
  'waiting-person': 'warn',
  succeeded: 'good',
  failed: 'bad',
  canceled: 'idle',
  expired: 'warn',
  refused: 'bad',
  quarantined: 'bad',
  unknown: 'warn',
};

export type Counts = Readonly<Record<string, number>>;

/** How many failed in some way. */
export function countFailed(counts: Counts): number {
  return (counts.failed ?? 0) + (counts.refused ?? 0) + (counts.quarantined ?? 0);
}

/** Whether nobody asks any more how it ended; one that is `unknown` may yet tell. */
function isKnown(state: RunState): boolean {
  return isFinal(state) && state !== 'unknown';
}

/** Runs of which it is known how they ended. */
export function countKnown(counts: Counts): number {
  return runStates.filter(isKnown).reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

/** Whole percent that are known to have ended: 100 only when that is every single one. */
export function percentDone({ counts, targets }: Pick<JobSummary, 'counts' | 'targets'>): number {
  const known = countKnown(counts);
  return known >= targets ? 100 : Math.min(99, Math.floor((known / targets) * 100));
}

/** A job that is done, of which devices did not do what was asked, is not shown as good. */
function toneOf({ state, counts }: Pick<JobSummary, 'state' | 'counts'>): Tone {
  if (state !== 'done') return jobTones[state];
  if (countFailed(counts) > 0) return 'bad';
  return (counts.unknown ?? 0) + (counts.expired ?? 0) > 0 ? 'warn' : 'good';
}

export function JobStatus({ job }: { readonly job: Pick<JobSummary, 'state' | 'counts'> }) {
  const say = useText(stateText);
  return <Status tone={toneOf(job)} word={say(`job/${job.state}`)} />;
}

export function RunStatus({ state }: { readonly state: RunState }) {
  const say = useText(stateText);
  return <Status tone={runTones[state]} word={say(`run/${state}`)} detail={say(`about/${state}`)} />;
}
