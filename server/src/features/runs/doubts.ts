// Orders that were handed to the database and never answered: one that is there and not over is taken up.
import type { Clock } from '../../core/clock.ts';
import { createDoubts } from '../../core/db/doubts.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Job, OpenJob } from './job.ts';
import { MAX_DOUBTS } from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { readJobs, readOpenJobs } from './read-job.ts';

/** An order of which nobody knows whether it was stored. */
interface Order {
  readonly tenant: number;
  readonly id: string;
}

/** The orders in doubt. */
export interface OrderDoubts {
  /** It may have been stored, now or in a moment. */
  note(tenant: number, id: string): void;
  /** The same job as it is in memory; one that is there and not over is taken up. @throws MusterError E_UNAVAILABLE */
  takeUp(job: Job): Promise<Job>;
  stop(): void;
}

/** What settling them needs. */
export interface OrderDoubtsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly open: OpenJobs;
  /** A job is there that is not in memory. */
  adopt(job: OpenJob): void;
}

const keyOf = ({ tenant, id }: Order) => `${tenant}/${id}`;

async function isAnyStored(sql: RawSql, orders: readonly Order[]): Promise<boolean> {
  for (const tenant of new Set(orders.map((order) => order.tenant))) {
    const wanted = orders.filter((order) => order.tenant === tenant).map(({ id }) => ({ id, block: null }));
    if ((await readJobs(sql, tenant, wanted)).size > 0) return true;
  }
  return false;
}

/** Makes it; nothing is asked while there is no doubt. */
export function createOrderDoubts({ sql, clock, open, adopt }: OrderDoubtsDeps): OrderDoubts {
  const doubts = createDoubts<Order>({
    ...{ clock, max: MAX_DOUBTS, keyOf },
    async takeUp(orders) {
      const meant = new Set(orders.map(keyOf));
      const stored = await withMappedErrors(async () =>
        (await isAnyStored(sql, orders)) ? readOpenJobs(sql) : [],
      );
      const found = stored.filter((job) => meant.has(keyOf(job)));
      // Meanwhile somebody else may have taken it up, or it may be of an order that was answered.
      for (const job of found) if (open.find(job.tenant, job.id) === undefined) adopt(job);
      return found;
    },
  });
  return {
    note: (tenant, id) => doubts.note({ tenant, id }),
    async takeUp(job) {
      const { tenant, id, head } = job;
      if (head.endedMs !== null || open.find(tenant, id) !== undefined) return job;
      doubts.note({ tenant, id });
      await doubts.settle();
      return open.find(tenant, id) ?? job;
    },
    stop: () => doubts.stop(),
  };
}
