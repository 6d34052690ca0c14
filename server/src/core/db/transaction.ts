// One transaction on a connection of its own, which a lost connection ends instead of breaking the process.
//
// The client's own `begin` marks its connection as taken only when BEGIN could be written at once and was not queued behind another
// statement (postgres 3.4.9, src/connection.js, execute), and after a lost connection sends ROLLBACK to a socket that is null.
import type { RawSql } from './pool.ts';

/** Runs the work between BEGIN and COMMIT; rolls back when it throws. Resolves after the commit. */
export async function inTransaction<T>(sql: RawSql, work: (tx: RawSql) => Promise<T>): Promise<T> {
  const tx = await sql.reserve();
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
