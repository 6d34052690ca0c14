// How many more devices a job may be offered to now, by its limit of concurrency and its batches.
import type { OpenJob } from './job.ts';
import { codeOf, countOpen } from './states.ts';

/** Devices that may be offered the job now. */
export function roomOf(job: Pick<OpenJob, 'options' | 'underWay' | 'counts' | 'targets'>): number {
  const { concurrency, batches } = job.options;
  const byConcurrency = concurrency === null ? job.targets : concurrency - job.underWay.size;
  return Math.max(0, Math.min(byConcurrency, roomOfBatch(job, batches)));
}

/**
 * A batch is a number of devices, not certain ones: whoever is there first. It is finished when all that were offered are final;
 * so one that has too few connected devices waits for others to come, and holds back nobody.
 */
function roomOfBatch(
  { counts, targets }: Pick<OpenJob, 'counts' | 'targets'>,
  batches: readonly number[],
): number {
  const queued = counts[codeOf('queued')] ?? 0;
  if (batches.length === 0) return queued;
  const begun = targets - queued;
  const unfinished = countOpen(counts) - queued;
  const sizes = [...batches.map((percent) => Math.ceil((targets * percent) / 100)), targets];
  const end = sizes.find((size) => size > begun) ?? targets;
  const isBetween = begun === 0 || sizes.includes(begun);
  return isBetween && unfinished > 0 ? 0 : end - begun;
}
