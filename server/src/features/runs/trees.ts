// The hash trees of open jobs: kept from the snapshot, or built again from the stored targets after a restart.
import { fail } from '../../errors.ts';
import type { TargetSource } from '../devices/index.ts';
import { idxsOf, type OpenJob } from './job.ts';
import { MAX_TREE_LEAVES } from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { buildTree, type TargetTree } from './tree.ts';

/** Hands out trees. */
export interface Trees {
  /** The tree of a job; the same for everybody who waits for it. @throws MusterError E_TARGET when the stored targets do not give the signed root */
  get(job: OpenJob): Promise<TargetTree>;
}

/** Makes it. */
export function createTrees(devices: TargetSource, open: OpenJobs): Trees {
  /** Lets go of the trees of older jobs; they are built again when they are needed. */
  function makeRoom(job: OpenJob): void {
    const holders = [...open.all()].filter((one) => one.tree !== null && one !== job);
    let leaves = holders.reduce((sum, { targets }) => sum + targets, job.targets);
    for (const holder of holders) {
      if (leaves <= MAX_TREE_LEAVES) return;
      holder.tree = null;
      leaves -= holder.targets;
    }
  }

  async function build(job: OpenJob, root: string): Promise<TargetTree> {
    const byIdx = await devices.ids(job.tenant, [...idxsOf(job, () => true)]);
    const sorted = [...byIdx].toSorted(([, a], [, b]) => (a < b ? -1 : 1));
    const tree = await buildTree(
      sorted.map(([, id]) => id),
      Int32Array.from(sorted, ([idx]) => idx),
    );
    if (tree.root === root) return tree;
    throw fail('E_TARGET', { detail: `The stored targets of ${job.id} are not those that were signed.` });
  }

  return {
    get(job) {
      const { targets } = job.command;
      if (job.tree !== null) return job.tree;
      makeRoom(job);
      job.tree = build(job, 'root' in targets ? targets.root : '');
      job.tree.catch(() => {
        job.tree = null;
      });
      return job.tree;
    },
  };
}
