// Deletes content to which nothing refers any more: marks it, waits a day, and deletes it in batches.
import type { Clock } from '../../core/clock.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import {
  MAX_UNUSED_BATCHES,
  UNUSED_BATCH,
  UNUSED_FIRST_MS,
  UNUSED_GRACE_MS,
  UNUSED_SWEEP_MS,
} from './limits.ts';
import { deletePackages, deleteSets, deleteSlices, markSets, markSlices } from './store-unused.ts';

/** The periodic work. */
export interface UnusedSweep {
  start(): void;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
  /** One sweep now; resolves with the rows deleted. */
  run(): Promise<number>;
}

/** Makes the sweep; nothing happens before `start`. */
export function createUnusedSweep(deps: {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where several processes share a database: only the holder of the lease deletes. */
  readonly fenced?: Fenced;
}): UnusedSweep {
  const { sql, clock, log } = deps;
  /** Each batch a transaction of its own, so that nobody waits long for a row. */
  const batch: Fenced = deps.fenced ?? ((work) => inTransaction(sql, work));
  let cancel: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;

  async function repeat(work: (tx: RawSql) => Promise<number>): Promise<number> {
    let count = 0;
    for (let done = 0; done < MAX_UNUSED_BATCHES && !isStopped; done++) {
      const deleted = await batch(work);
      count += deleted;
      if (deleted < UNUSED_BATCH) break;
    }
    return count;
  }

  async function run(): Promise<number> {
    const now = new Date(clock.now());
    const before = new Date(now.getTime() - UNUSED_GRACE_MS);
    const limit = UNUSED_BATCH;
    await batch(async (tx) => {
      await markSlices(tx, now);
      await markSets(tx, now);
    });
    // Packages first: those of the sets that go now have their own day of grace.
    const packages = await repeat((tx) => deletePackages(tx, before, limit));
    const sets = await repeat((tx) => deleteSets(tx, { before, now, limit }));
    return packages + sets + (await repeat((tx) => deleteSlices(tx, before, limit)));
  }

  async function runLogged(): Promise<void> {
    try {
      const rows = await run();
      if (rows > 0) log.info({ rows }, 'deleted inventory that nothing refers to');
    } catch (err) {
      // The next sweep does what this one could not.
      log.warn({ err }, 'unused inventory could not be deleted');
    }
  }

  function arm(delayMs: number): void {
    cancel = clock.after(delayMs, () => {
      running = runLogged().then(() => {
        if (!isStopped) arm(UNUSED_SWEEP_MS);
      });
    });
  }

  return {
    start() {
      if (!isStopped) arm(UNUSED_FIRST_MS);
    },
    async stop() {
      isStopped = true;
      cancel?.();
      await running;
    },
    run,
  };
}
