// Statements of waves: one row an organization, changed only from what was read.
import { type AuditEvent, writeAudit } from '../../core/audit/audit.ts';
import { int4s } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Rollout } from './rollout.ts';

function selectFrom(sql: RawSql, tenant: number) {
  return sql`
    SELECT epoch, version, digest, base, shares, soak_s AS "soakS", tolerance, first_on AS "firstOn", first, salt, wave, state, trouble,
      changed_by AS "changedBy", began_at AS "beganAt", wave_at AS "waveAt", watched_from AS "watchedFrom"
    FROM policy_rollout WHERE tenant = ${tenant}`;
}

/** The newest order; null: there never was one. */
export async function selectRollout(sql: RawSql, tenant: number): Promise<Rollout | null> {
  const rows = await sql<Rollout[]>`${selectFrom(sql, tenant)}`;
  return rows[0] ?? null;
}

/** The same, held until the end of the transaction. */
export async function lockRollout(tx: RawSql, tenant: number): Promise<Rollout | null> {
  const rows = await tx<Rollout[]>`${selectFrom(tx, tenant)} FOR UPDATE`;
  return rows[0] ?? null;
}

/** Stores it in the place of the one before. */
export async function putRollout(tx: RawSql, tenant: number, one: Rollout): Promise<void> {
  await tx`
    INSERT INTO policy_rollout (tenant, epoch, version, digest, base, shares, soak_s, tolerance, first_on, first, salt, wave, state,
      trouble, changed_by, began_at, wave_at, watched_from)
    VALUES (${tenant}, ${one.epoch}, ${one.version}, ${one.digest}, ${one.base}, ${int4s(tx, one.shares)}, ${one.soakS},
      ${one.tolerance}, ${one.firstOn}, ${Buffer.from(one.first)}, ${one.salt}, ${one.wave}, ${one.state},
      ${one.trouble === null ? null : JSON.stringify(one.trouble)}::text::jsonb, ${one.changedBy}, ${one.beganAt}, ${one.waveAt},
      ${one.watchedFrom})
    ON CONFLICT (tenant) DO UPDATE SET epoch = EXCLUDED.epoch, version = EXCLUDED.version, digest = EXCLUDED.digest,
      base = EXCLUDED.base, shares = EXCLUDED.shares, soak_s = EXCLUDED.soak_s, tolerance = EXCLUDED.tolerance,
      first_on = EXCLUDED.first_on, first = EXCLUDED.first, salt = EXCLUDED.salt, wave = EXCLUDED.wave, state = EXCLUDED.state,
      trouble = EXCLUDED.trouble, changed_by = EXCLUDED.changed_by, began_at = EXCLUDED.began_at, wave_at = EXCLUDED.wave_at,
      watched_from = EXCLUDED.watched_from`;
}

/** Where it still stands as it was read, it stands so from here on, with the event. False: somebody else was first. In a transaction. */
export async function changeRollout(
  tx: RawSql,
  tenant: number,
  { from, to, event }: { readonly from: Rollout; readonly to: Rollout; readonly event: AuditEvent },
): Promise<boolean> {
  const { count } = await tx`
    UPDATE policy_rollout SET wave = ${to.wave}, state = ${to.state},
      trouble = ${to.trouble === null ? null : JSON.stringify(to.trouble)}::text::jsonb, changed_by = ${to.changedBy},
      wave_at = ${to.waveAt}, watched_from = ${to.watchedFrom}
    WHERE tenant = ${tenant} AND digest = ${from.digest} AND wave = ${from.wave} AND state = ${from.state}`;
  if (count === 0) return false;
  await writeAudit(tx, event);
  return true;
}
