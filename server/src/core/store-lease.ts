// The statements of leases; all times in them are the database's.
import type { RawSql } from './db/pool.ts';

/** A lease as it stands in the database. */
export interface LeaseRow {
  readonly token: number;
  readonly instance: string;
  readonly holder: string;
  /** How long it is still valid, ms; negative when it has ended, null when it was given up. */
  readonly validMs: number | null;
  /** The end of its validity, to be compared only. */
  readonly until: string;
  /** Time of the database, ms since 1970. */
  readonly nowMs: number;
}

/** Who takes a lease, and for how long, ms. */
export interface LeaseClaim {
  readonly instance: string;
  readonly holder: string;
  readonly leaseMs: number;
}

/** The lease of that name, or undefined when nobody ever had it. */
export async function readLease(sql: RawSql, name: string): Promise<LeaseRow | undefined> {
  const [row] = await sql<LeaseRow[]>`
    SELECT
      token::float8, instance, holder, valid_until::text AS until,
      CASE WHEN isfinite(valid_until)
        THEN (extract(epoch FROM valid_until - clock_timestamp()) * 1000)::float8
      END AS "validMs",
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs"
    FROM lease WHERE name = ${name}`;
  return row;
}

/**
 * Takes a lease that was seen with that token (0: nobody ever had it), and raises the token. Waits for the transactions of the former
 * holder that have begun. The new token, or undefined when somebody else was faster.
 */
export async function takeLease(
  sql: RawSql,
  { name, seen }: { readonly name: string; readonly seen: number },
  { instance, holder, leaseMs }: LeaseClaim,
): Promise<number | undefined> {
  const until = sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`;
  const [row] =
    seen === 0
      ? await sql<{ token: number }[]>`
          INSERT INTO lease (name, token, instance, holder, valid_until)
          VALUES (${name}, 1, ${instance}, ${holder}, ${until})
          ON CONFLICT (name) DO NOTHING RETURNING token::float8`
      : await sql<{ token: number }[]>`
          UPDATE lease
          SET token = token + 1, instance = ${instance}, holder = ${holder}, valid_until = ${until}
          WHERE name = ${name} AND token = ${seen} RETURNING token::float8`;
  return row?.token;
}

/** Makes the lease valid for longer; false when it was taken by somebody else. */
export async function renewLease(
  sql: RawSql,
  { name, token }: { readonly name: string; readonly token: number },
  leaseMs: number,
): Promise<boolean> {
  const result = await sql`
    UPDATE lease SET valid_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    WHERE name = ${name} AND token = ${token}`;
  return result.count > 0;
}

/** Gives the lease up, so that the next may take it at once. */
export async function endLease(
  sql: RawSql,
  { name, token }: { readonly name: string; readonly token: number },
): Promise<void> {
  await sql`UPDATE lease SET valid_until = '-infinity' WHERE name = ${name} AND token = ${token}`;
}

/** Keeps everybody else from taking the lease until this transaction ends; false when somebody has taken it. */
export async function lockLease(
  tx: RawSql,
  { name, token }: { readonly name: string; readonly token: number },
): Promise<boolean> {
  const rows = await tx`SELECT 1 FROM lease WHERE name = ${name} AND token = ${token} FOR KEY SHARE`;
  return rows.length > 0;
}
