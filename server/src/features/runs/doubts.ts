// Orders that were handed to the database and never answered: it is asked what became of them, so that none lies there unheeded.
import type { Clock } from '../../core/clock.ts';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { DB_SILENT_MS } from '../../timing.ts';
import type { Job, OpenJob } from './job.ts';
import { DOUBT_EVERY_MS, MAX_DOUBTS } from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { readJobs, readOpenJobs } from './read-job.ts';

/** An order of which nobody knows whether it was stored. */
interface Doubt {
  readonly tenant: number;
  readonly id: string;
  /** From here on no statement of before can be committed any more, monotonic ms. */
  readonly untilMs: number;
}

/** The orders in doubt. */
export interface Doubts {
  /** It may have been stored, now or in a moment. */
  note(tenant: number, id: string): void;
  /** The same job as it is in memory; one that is there and not over is taken up. @throws MusterError E_UNAVAILABLE */
  takeUp(job: Job): Promise<Job>;
  stop(): void;
}

/** What settling them needs. */
export interface DoubtsDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly open: OpenJobs;
  /** A job is there that is not in memory. */
  adopt(job: OpenJob): void;
}

/** Makes it; nothing is asked while there is no doubt. */
export function createDoubts({ sql, clock, open, adopt }: DoubtsDeps): Doubts {
  const doubts = new Map<string, Doubt>();
  let cancel: (() => void) | undefined;
  const keyOf = ({ tenant, id }: { readonly tenant: number; readonly id: string }) => `${tenant}/${id}`;

  async function isAnyStored(): Promise<boolean> {
    const all = [...doubts.values()];
    for (const tenant of new Set(all.map((doubt) => doubt.tenant))) {
      const wanted = all.filter((doubt) => doubt.tenant === tenant).map(({ id }) => ({ id, block: null }));
      if ((await readJobs(sql, tenant, wanted)).size > 0) return true;
    }
    return false;
  }

  async function settle(): Promise<void> {
    const askedMs = clock.monotonic();
    const stored = await withMappedErrors(async () => ((await isAnyStored()) ? readOpenJobs(sql) : []));
    for (const job of stored) {
      // Meanwhile somebody else may have taken it up, or it may be of an order that was answered.
      if (doubts.delete(keyOf(job)) && open.find(job.tenant, job.id) === undefined) adopt(job);
    }
    for (const [key, { untilMs }] of doubts) if (untilMs <= askedMs) doubts.delete(key);
  }

  function arm(): void {
    if (cancel !== undefined || doubts.size === 0) return;
    cancel = clock.after(DOUBT_EVERY_MS, () => {
      settle()
        // It is still away: the doubts stay.
        .catch(() => undefined)
        .finally(() => {
          cancel = undefined;
          arm();
        });
    });
  }

  function note(tenant: number, id: string): void {
    const doubt = { tenant, id, untilMs: clock.monotonic() + DB_SILENT_MS };
    doubts.set(keyOf(doubt), doubt);
    // The oldest is found when the server starts again.
    for (const key of doubts.keys()) if (doubts.size > MAX_DOUBTS) doubts.delete(key);
    arm();
  }

  return {
    note,
    async takeUp(job) {
      const { tenant, id, head } = job;
      if (head.endedMs !== null || open.find(tenant, id) !== undefined) return job;
      note(tenant, id);
      await settle();
      return open.find(tenant, id) ?? job;
    },
    stop() {
      doubts.clear();
      cancel?.();
    },
  };
}
