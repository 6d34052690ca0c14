// What somebody who may see some devices sees of a job: it is there when one of its devices is, and counts only these.

import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { DeviceSet } from '../../core/http/scope.ts';
import { fail } from '../../errors.ts';
import type { Job } from './job.ts';
import { BLOCK_DEVICES } from './limits.ts';
import { loadBlocks } from './read-job.ts';
import { NOT_MEANT, tally } from './states.ts';
import { selectWholeBlocks } from './store.ts';

/** A job as somebody sees it. */
export interface SeenJob {
  /** Its blocks, counts and number of targets are those that he sees. */
  readonly job: Job;
  /** False: it has targets that he does not see. */
  readonly isWhole: boolean;
}

/** Leaves the devices of the set in the blocks. */
function clampBlocks(blocks: ReadonlyMap<number, Uint8Array>, scope: DeviceSet): Map<number, Uint8Array> {
  const seen = new Map<number, Uint8Array>();
  for (const [block, states] of blocks) {
    const clamped = states.map((code, at) =>
      code !== NOT_MEANT && scope.has(block * BLOCK_DEVICES + at) ? code : NOT_MEANT,
    );
    if (clamped.some((code) => code !== NOT_MEANT)) seen.set(block, clamped);
  }
  return seen;
}

/** The job, as far as these devices go; null: none of them is meant. All its blocks must be loaded. */
export function clampJob(job: Job, scope: DeviceSet | null): SeenJob | null {
  if (scope === null) return { job, isWhole: true };
  const blocks = clampBlocks(job.blocks, scope);
  if (blocks.size === 0) return null;
  const counts = tally(blocks.values());
  const targets = counts.reduce((sum, count) => sum + count, 0);
  return { job: { ...job, blocks, counts, targets }, isWhole: targets === job.targets };
}

/** The same of any job; one more statement where it is over. @throws MusterError E_NOT_FOUND */
export async function seeJob(sql: RawSql, job: Job, scope: DeviceSet | null): Promise<SeenJob> {
  if (scope === null) return { job, isWhole: true };
  const whole = await loadBlocks(sql, job, { from: 0, state: null, limit: job.targets });
  const seen = clampJob(whole, scope);
  if (seen === null) throw fail('E_NOT_FOUND', { detail: 'There is no job with that id.' });
  return seen;
}

/** Of these jobs those that are seen, in their order; one statement for all that are over. */
export async function seeJobs(
  sql: RawSql,
  jobs: readonly Job[],
  scope: DeviceSet | null,
): Promise<(SeenJob | null)[]> {
  const over = scope === null ? [] : jobs.filter(({ head }) => head.endedMs !== null);
  const [first] = over;
  const rows =
    first === undefined
      ? []
      : await withMappedErrors(() =>
          selectWholeBlocks(
            sql,
            first.tenant,
            over.map(({ number }) => number),
          ),
        );
  const blocksOf = new Map<number, Map<number, Uint8Array>>();
  for (const { job, block, states } of rows)
    blocksOf.set(job, (blocksOf.get(job) ?? new Map<number, Uint8Array>()).set(block, states));
  return jobs.map((job) => {
    const blocks = job.head.endedMs === null ? job.blocks : (blocksOf.get(job.number) ?? job.blocks);
    return clampJob({ ...job, blocks }, scope);
  });
}
