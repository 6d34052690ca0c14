// Statements of the halts feature.
import { type AuditEvent, writeAudit } from '../../core/audit/audit.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** A halt as it is stored; envelopes as text. */
export interface HaltRow {
  readonly id: string;
  readonly envelope: string;
  readonly lift: string | null;
  readonly untilAt: Date;
  readonly createdAt: Date;
  readonly liftedAt: Date | null;
}

function columns(sql: RawSql) {
  return sql`id, envelope, lift, until_at AS "untilAt", created_at AS "createdAt", lifted_at AS "liftedAt"`;
}

/** Halts that have not ended by themselves, oldest first. */
export function selectCurrent(sql: RawSql, tenant: number, now: Date): Promise<HaltRow[]> {
  return sql<HaltRow[]>`SELECT ${columns(sql)} FROM halt
    WHERE tenant = ${tenant} AND until_at > ${now} ORDER BY created_at, id`;
}

/** The newest halts, also ended ones. */
export function selectNewest(sql: RawSql, tenant: number, limit: number): Promise<HaltRow[]> {
  return sql<HaltRow[]>`SELECT ${columns(sql)} FROM halt
    WHERE tenant = ${tenant} ORDER BY until_at DESC, id LIMIT ${limit}`;
}

/** Stores a halt with the event; one with that id keeps what it has. */
export async function insertHalt(
  tx: RawSql,
  tenant: number,
  { row, event }: { readonly row: HaltRow; readonly event: AuditEvent },
): Promise<void> {
  const result = await tx`INSERT INTO halt (tenant, id, envelope, until_at, created_at)
    VALUES (${tenant}, ${row.id}, ${row.envelope}, ${row.untilAt}, ${row.createdAt})
    ON CONFLICT (tenant, id) DO NOTHING`;
  if (result.count === 1) await writeAudit(tx, event);
}

/** Notes what lifts a halt, with the event; the first stays. */
export async function updateLifted(
  tx: RawSql,
  tenant: number,
  {
    id,
    lift,
    at,
    event,
  }: { readonly id: string; readonly lift: string; readonly at: Date; readonly event: AuditEvent },
): Promise<void> {
  const result = await tx`UPDATE halt SET lift = ${lift}, lifted_at = ${at}
    WHERE tenant = ${tenant} AND id = ${id} AND lift IS NULL`;
  if (result.count === 1) await writeAudit(tx, event);
}
