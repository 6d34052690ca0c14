// A transaction of somebody else that is held open in a test until another one waits for it: what a race does, for certain.
import type { DatabaseAddress } from '../db/address.ts';
import { createPool, type RawSql } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import type { TestLike } from './database.ts';
import { until } from './until.ts';

/** Does the work and holds its locks. `commitOnceWaitedFor` lets go when a statement waits for it. @throws when none comes to wait */
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
  const pid = await new Promise<number>((resolve, reject) => {
    ended = inTransaction(sql, async (tx) => {
      await work(tx);
      const [row] = await tx<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
      resolve(row?.pid ?? 0);
      await released;
    });
    ended.catch(reject);
  });
  return {
    async commitOnceWaitedFor() {
      try {
        await until('a statement waits for the transaction', async () => {
          const rows = await sql`SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND ${pid} = ANY(pg_blocking_pids(pid))`;
          return rows.length > 0;
        });
      } finally {
        letGo();
        await ended;
      }
    },
  };
}
