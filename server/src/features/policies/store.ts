// Statements of the policies feature: revisions and sets are added and read, nothing else.
import { type AuditEvent, writeAudit } from '../../core/audit/audit.ts';
import { texts } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A revision as it is stored. */
export interface RevisionRow {
  readonly name: string;
  readonly epoch: number;
  readonly version: number;
  readonly digest: string;
  readonly envelope: string;
  readonly storedAt: Date;
}

/** A set as it is stored. */
export type SetRow = Omit<RevisionRow, 'name'>;

function selectRevisions(sql: RawSql) {
  return sql`SELECT name, epoch, version, digest, envelope, stored_at AS "storedAt" FROM policy_revision`;
}

function selectSets(sql: RawSql) {
  return sql`SELECT epoch, version, digest, envelope, stored_at AS "storedAt" FROM policy_set`;
}

/** The set in force in an epoch; undefined: none was ever signed. */
export async function selectSet(sql: RawSql, tenant: number, epoch: number): Promise<SetRow | undefined> {
  const rows = await sql<SetRow[]>`${selectSets(sql)}
    WHERE tenant = ${tenant} AND epoch = ${epoch} ORDER BY version DESC LIMIT 1`;
  return rows[0];
}

/** Digest of that set; undefined: none was ever signed. */
export async function selectSetDigest(
  sql: RawSql,
  tenant: number,
  epoch: number,
): Promise<string | undefined> {
  const rows = await sql<{ digest: string }[]>`SELECT digest FROM policy_set
    WHERE tenant = ${tenant} AND epoch = ${epoch} ORDER BY version DESC LIMIT 1`;
  return rows[0]?.digest;
}

/** The set with that digest. */
export async function findSet(sql: RawSql, tenant: number, digest: string): Promise<SetRow | undefined> {
  const rows = await sql<SetRow[]>`${selectSets(sql)} WHERE tenant = ${tenant} AND digest = ${digest}`;
  return rows[0];
}

/** The revisions with these digests, by name. */
export function selectMembers(
  sql: RawSql,
  tenant: number,
  digests: readonly string[],
): Promise<RevisionRow[]> {
  return sql<RevisionRow[]>`${selectRevisions(sql)}
    WHERE tenant = ${tenant} AND digest = ANY(${texts(sql, digests)}) ORDER BY name`;
}

/** The newest revisions of a policy. */
export function selectHistory(
  sql: RawSql,
  { tenant, name }: { readonly tenant: number; readonly name: string },
  limit: number,
): Promise<RevisionRow[]> {
  return sql<RevisionRow[]>`${selectRevisions(sql)}
    WHERE tenant = ${tenant} AND name = ${name} ORDER BY epoch DESC, version DESC LIMIT ${limit}`;
}

/** The highest version of each of these policies in an epoch. */
export async function selectVersions(
  sql: RawSql,
  tenant: number,
  { epoch, names }: { readonly epoch: number; readonly names: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ name: string; version: number }[]>`
    SELECT name, max(version) AS version FROM policy_revision
    WHERE tenant = ${tenant} AND epoch = ${epoch} AND name = ANY(${texts(sql, names)}) GROUP BY name`;
  return new Map(rows.map(({ name, version }) => [name, version]));
}

/** How many revisions there are in all. */
export async function countRevisions(sql: RawSql, tenant: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*) AS count FROM policy_revision WHERE tenant = ${tenant}`;
  return row?.count ?? 0;
}

/** What comes into force at once. */
export interface NewSet {
  readonly set: SetRow;
  readonly revisions: readonly RevisionRow[];
  readonly event: AuditEvent;
}

/**
 * Adds a set with its new revisions and the event, in the caller's transaction. False where another one of that version, or of one
 * of the revisions, came first; the caller rolls back then.
 */
export async function insertSet(
  tx: RawSql,
  tenant: number,
  { set, revisions, event }: NewSet,
): Promise<boolean> {
  const added = await tx`INSERT INTO policy_set (tenant, epoch, version, digest, envelope, stored_at)
    VALUES (${tenant}, ${set.epoch}, ${set.version}, ${set.digest}, ${set.envelope}, ${set.storedAt})
    ON CONFLICT DO NOTHING`;
  if (added.count === 0) return false;
  for (const one of revisions) {
    const { count } = await tx`
      INSERT INTO policy_revision (tenant, name, epoch, version, digest, envelope, stored_at)
      VALUES (${tenant}, ${one.name}, ${one.epoch}, ${one.version}, ${one.digest}, ${one.envelope}, ${one.storedAt})
      ON CONFLICT DO NOTHING`;
    if (count === 0) return false;
  }
  await writeAudit(tx, event);
  return true;
}
