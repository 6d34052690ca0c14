// How many more devices a job may be offered to now, by its limit of concurrency and its batches.
import type { OpenJob } from './job.ts';
import { codeOf, countOpen } from './states.ts';

type Counted = Pick<OpenJob, 'options' | 'counts' | 'targets'>;

/** Devices that may be offered the job now. */
export function roomOf(job: Counted): number {
  const { concurrency, batches } = job.options;
  const byConcurrency = concurrency === null ? job.targets : concurrency - countPlaces(job);
  return Math.max(0, Math.min(byConcurrency, roomOfBatch(job, batches)));
}

/**
 * Devices that were offered the run and have not told its end, by what is stored: one that is not connected may be in the middle
 * of it, and one that waits for a person goes on without asking here.
 */
function countPlaces({ counts }: Pick<OpenJob, 'counts'>): number {
  return countOpen(counts) - (counts[codeOf('queued')] ?? 0);
}

/**
 * A batch is a number of devices, not certain ones: whoever is there first. It is finished when all that were offered are final;
 * so one that has too few connected devices waits for others to come, and holds back nobody.
 */
function roomOfBatch({ counts, targets }: Counted, batches: readonly number[]): number {
  const queued = counts[codeOf('queued')] ?? 0;
  if (batches.length === 0) return queued;
  const begun = targets - queued;
  const unfinished = countPlaces({ counts });
  const sizes = [...batches.map((percent) => Math.ceil((targets * percent) / 100)), targets];
  const end = sizes.find((size) => size > begun) ?? targets;
  const isBetween = begun === 0 || sizes.includes(begun);
  return isBetween && unfinished > 0 ? 0 : end - begun;
}
