// Transactions, each alone on a connection for as long as it lasts; a lost connection ends it instead of going on without it.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Lane, Lanes } from './lanes.ts';
import type { RawSql } from './raw-sql.ts';

const lanesOf = new WeakMap<RawSql, Lanes<RawSql>>();
/** The transaction that the present work is part of; known in tests only, for it makes every promise of the process slower. */
let present: AsyncLocalStorage<{ isOver: boolean }> | undefined;

/** From here on a statement that goes past the transaction it belongs to fails: it could wait for the one that waits for it. */
export function watchNesting(): void {
  present ??= new AsyncLocalStorage();
}

/** True inside of a transaction, where that is watched: another connection must not be asked for there. */
export function isInTransaction(): boolean {
  return present?.getStore()?.isOver === false;
}

/** Transactions of that client go over these connections. */
export function useLanes(sql: RawSql, lanes: Lanes<RawSql>): void {
  lanesOf.set(sql, lanes);
}

/**
 * Runs the work between BEGIN and COMMIT; rolls back when it throws. Resolves after the commit. Throws E_UNAVAILABLE at once while the
 * database is away, or too many wait.
 */
export async function inTransaction<T>(sql: RawSql, work: (tx: RawSql) => Promise<T>): Promise<T> {
  const lanes = lanesOf.get(sql);
  if (lanes === undefined) throw new Error('this client has no transactions');
  const lane = await lanes.take();
  const state = { isOver: false };
  let isClean = true;
  try {
    const run = () => carryOut(lane.sql, work);
    return await (present === undefined ? run() : present.run(state, run));
  } catch (error) {
    isClean = await rollBack(lane);
    throw error;
  } finally {
    state.isOver = true;
    lanes.giveBack(lane, isClean);
  }
}

async function carryOut<T>(tx: RawSql, work: (tx: RawSql) => Promise<T>): Promise<T> {
  await tx`BEGIN`;
  const result = await work(tx);
  await tx`COMMIT`;
  return result;
}

/** True when the connection can be used again. */
async function rollBack(lane: Lane<RawSql>): Promise<boolean> {
  if (!lane.isUsable()) return false;
  try {
    await lane.sql`ROLLBACK`;
    return true;
  } catch {
    // Whatever it says, the database rolls back what it hears no more of.
    return false;
  }
}
