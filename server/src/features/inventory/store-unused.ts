// The statements that find content to which nothing refers, no interval of the history either, and delete it after a time of grace.
//
// Why nothing in flight is broken: marked content counts as not known (readKnown), so an offer made after the mark brings its bodies along,
// and storing them takes the mark away. An offer that was looked up before the mark is stored long before the grace is over, or not at all
// (MAX_SUBMISSION_AGE_MS). What was marked while such an offer was being stored is found to be referred to, and keeps its row.
import { byteas, int4s } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** Marks what nothing refers to; takes the mark from what something does. */
export async function markSlices(tx: RawSql, now: Date): Promise<void> {
  await tx`
    UPDATE slice s SET unused_since = NULL
    WHERE unused_since IS NOT NULL
      AND EXISTS (SELECT FROM device_slice d WHERE d.tenant = s.tenant AND d.hash = s.hash)`;
  await tx`
    UPDATE slice s SET unused_since = ${now}
    WHERE unused_since IS NULL
      AND NOT EXISTS (SELECT FROM device_slice d WHERE d.tenant = s.tenant AND d.hash = s.hash)`;
}

/** The same for sets. Those that some device holds now are counted, so only the rest is looked for in the history. */
export async function markSets(tx: RawSql, now: Date): Promise<void> {
  await tx`
    WITH held AS MATERIALIZED (SELECT DISTINCT unnest(parts) AS id FROM device_packages WHERE valid_to <> 'infinity')
    UPDATE package_set s SET unused_since = CASE WHEN held.id IS NULL THEN ${now}::timestamptz END
    FROM package_set c LEFT JOIN held ON held.id = c.id
    WHERE c.devices = 0 AND s.id = c.id AND (held.id IS NULL) = (s.unused_since IS NULL)`;
  await tx`UPDATE package_set SET unused_since = NULL WHERE unused_since IS NOT NULL AND devices > 0`;
}

/** Deletes slices marked before that time and still referred to by nothing; returns how many. */
export async function deleteSlices(tx: RawSql, before: Date, limit: number): Promise<number> {
  const result = await tx`
    DELETE FROM slice
    WHERE (tenant, hash) IN (
        SELECT s.tenant, s.hash FROM slice s
        WHERE s.unused_since < ${before}
          AND NOT EXISTS (SELECT FROM device_slice d WHERE d.tenant = s.tenant AND d.hash = s.hash)
        LIMIT ${limit}
      )
      -- whoever stored it again meanwhile took the mark away
      AND unused_since < ${before}`;
  return result.count;
}

/** The same for sets; marks the packages that stood in no other set. */
export async function deleteSets(tx: RawSql, { before, now, limit }: Deletion): Promise<number> {
  const gone = await tx<{ ids: number[] }[]>`
    WITH held AS MATERIALIZED (SELECT DISTINCT unnest(parts) AS id FROM device_packages)
    DELETE FROM package_set
    WHERE id IN (
        SELECT s.id FROM package_set s
        WHERE s.unused_since < ${before} AND s.devices = 0 AND NOT EXISTS (SELECT FROM held WHERE held.id = s.id)
        LIMIT ${limit}
      )
      AND unused_since < ${before} AND devices = 0
    RETURNING ids`;
  const ids = [...new Set(gone.flatMap((set) => set.ids))];
  if (ids.length > 0) {
    await tx`
      UPDATE package p SET unused_since = ${now}
      WHERE p.id = ANY(${int4s(tx, ids)}) AND NOT EXISTS (SELECT FROM package_set s WHERE s.ids @> ARRAY[p.id])`;
  }
  return gone.length;
}

/** What is deleted at once. */
export interface Deletion {
  readonly before: Date;
  readonly now: Date;
  readonly limit: number;
}

/** Deletes packages marked before that time that stand in no set; returns how many. */
export async function deletePackages(tx: RawSql, before: Date, limit: number): Promise<number> {
  await tx`
    UPDATE package p SET unused_since = NULL
    WHERE unused_since IS NOT NULL AND EXISTS (SELECT FROM package_set s WHERE s.ids @> ARRAY[p.id])`;
  const result = await tx`
    DELETE FROM package
    WHERE id IN (
        SELECT p.id FROM package p
        WHERE p.unused_since < ${before} AND NOT EXISTS (SELECT FROM package_set s WHERE s.ids @> ARRAY[p.id])
        LIMIT ${limit}
      )
      AND unused_since < ${before}`;
  return result.count;
}

/** Takes the marks from sets that are stored again. A statement of its own: what follows must see whether they are still there. */
export async function reviveSets(
  tx: RawSql,
  rows: readonly { tenant: number; hash: Buffer }[],
): Promise<void> {
  await tx`
    UPDATE package_set s SET unused_since = NULL
    FROM unnest(${int4s(
      tx,
      rows.map((row) => row.tenant),
    )}, ${byteas(
      tx,
      rows.map((row) => row.hash),
    )}) AS r(tenant, hash)
    WHERE s.tenant = r.tenant AND s.hash = r.hash AND s.unused_since IS NOT NULL`;
}

/** The same for packages. */
export async function revivePackages(
  tx: RawSql,
  rows: readonly { tenant: number; digest: Buffer }[],
): Promise<void> {
  await tx`
    UPDATE package p SET unused_since = NULL
    FROM unnest(${int4s(
      tx,
      rows.map((row) => row.tenant),
    )}, ${byteas(
      tx,
      rows.map((row) => row.digest),
    )}) AS r(tenant, digest)
    WHERE p.tenant = r.tenant AND p.digest = r.digest AND p.unused_since IS NOT NULL`;
}
