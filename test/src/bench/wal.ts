// How much work adds to the log of the database (WAL): exact bytes, whatever else the machine does.
import type { Sql } from 'postgres';

/** Where the log ends, bytes from its beginning. */
export async function readWalBytes(sql: Sql): Promise<number> {
  const [row] = await sql<{ at: string }[]>`SELECT pg_current_wal_insert_lsn() - '0/0' AS at`;
  return Number(row?.at);
}
