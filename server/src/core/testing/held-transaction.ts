// A transaction of somebody else that is held open in a test until another one waits for it: what a race does, for certain.
import type { DatabaseAddress } from '../db/address.ts';
import { createPool, type RawSql } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import type { TestLike } from './database.ts';

const WAIT_MS = 20_000;

/** Does the work and holds its locks. `commitOnceWaitedFor` lets go when a statement waits, and at the latest after 20 s. */
export async function holdTransaction(
  t: TestLike,
  address: DatabaseAddress,
  work: (tx: RawSql) => Promise<void>,
): Promise<{ commitOnceWaitedFor(): Promise<void> }> {
  const { sql, close } = createPool({ address, max: 4 });
  t.teardown(async () => void (await close(1_000)));
  let letGo: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let ended: Promise<void> | undefined;
  await new Promise<void>((resolve, reject) => {
    ended = inTransaction(sql, async (tx) => {
      await work(tx);
      resolve();
      await released;
    });
    ended.catch(reject);
  });
  return {
    async commitOnceWaitedFor() {
      for (const endMs = Date.now() + WAIT_MS; Date.now() < endMs; ) {
        const rows = await sql`SELECT 1 FROM pg_stat_activity
          WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`;
        if (rows.length > 0) break;
        await new Promise((next) => setTimeout(next, 20));
      }
      letGo();
      await ended;
    },
  };
}
