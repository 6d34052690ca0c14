// One transaction on a connection of its own, which a lost connection ends instead of breaking the process.
//
// The client's own `begin` marks its connection as taken only when BEGIN could be written at once and was not queued behind another
// statement (postgres 3.4.9, src/connection.js, execute), and after a lost connection sends ROLLBACK to a socket that is null.
//
// Its `reserve` can wait for ever: when a connection is lost, the first that waits goes along with the reconnection, which answers
// a statement but forgets a reservation (src/index.js, onclose; src/connection.js, ReadyForQuery). So it is repeated while it waits.
import type { ReservedSql } from 'postgres';
import type { RawSql } from './pool.ts';

/** A connection that has not come for this long is asked for again, ms. */
const RESERVE_AGAIN_MS = 1_000;

/** Runs the work between BEGIN and COMMIT; rolls back when it throws. Resolves after the commit. */
export async function inTransaction<T>(sql: RawSql, work: (tx: RawSql) => Promise<T>): Promise<T> {
  const tx = await reserve(sql);
  let isLost = false;
  try {
    await tx`BEGIN`;
    const result = await work(tx);
    await tx`COMMIT`;
    return result;
  } catch (error) {
    isLost = isConnectionLost(error) || !(await rollBack(tx));
    throw error;
  } finally {
    // A lost connection has been given back by the client itself.
    if (!isLost) tx.release();
  }
}

/** The first connection that comes of one or more reservations; what the others get is given back at once. */
function reserve(sql: RawSql): Promise<ReservedSql<{ int8: number | bigint }>> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const again = setInterval(attempt, RESERVE_AGAIN_MS);
    function settle(): void {
      isSettled = true;
      clearInterval(again);
    }
    function attempt(): void {
      sql.reserve().then(
        (tx) => {
          if (isSettled) return tx.release();
          settle();
          resolve(tx);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    }
    attempt();
  });
}

/** True when the connection is usable again. */
async function rollBack(tx: RawSql): Promise<boolean> {
  try {
    await tx`ROLLBACK`;
    return true;
  } catch (error) {
    if (isConnectionLost(error)) return false;
    throw error;
  }
}

/** PostgreSQL ends the connection after FATAL and PANIC; the client's own codes and those of sockets are no SQLSTATE. */
function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  if ('severity' in error) return error.severity === 'FATAL' || error.severity === 'PANIC';
  return /^(?:CONNECT|E)[A-Z_]+$/.test(error.code) && !error.code.startsWith('E_');
}
