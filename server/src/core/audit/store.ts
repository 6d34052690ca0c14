// Statements of the audit that writers need: an event by itself in a transaction, or as a part of the statement that makes the change.
import { sql as drizzleSql, type SQL } from 'drizzle-orm';
import type { PendingQuery, Row } from 'postgres';
import type { RawSql } from '../db/pool.ts';
import { type AuditEvent, formatEvent } from './event.ts';

/** Stores an event for the sealer; its time and its transaction are the database's. It runs when awaited, or as a part of WITH. */
export function insertPending(tx: RawSql, event: AuditEvent): PendingQuery<Row[]> {
  return tx`INSERT INTO audit_pending (tenant, body) VALUES (${event.tenant}, ${formatEvent(event)})`;
}

/** The same for each row of a part called `changed`: a change that found nothing to change is no event. */
export function insertPendingIfChanged(tx: RawSql, event: AuditEvent): PendingQuery<Row[]> {
  return tx`INSERT INTO audit_pending (tenant, body)
    SELECT ${event.tenant}::integer, ${formatEvent(event)}::text FROM changed`;
}

/** Stores the events that a part called `audited` has as its column `body`, for changes of many that are one statement. */
export function insertPendingBodies(tx: RawSql, tenant: number): PendingQuery<Row[]> {
  return tx`INSERT INTO audit_pending (tenant, body) SELECT ${tenant}::integer, body FROM audited`;
}

/** As insertPendingIfChanged, for drizzle. */
export function auditIfChanged(event: AuditEvent): SQL {
  return drizzleSql`INSERT INTO audit_pending (tenant, body)
    SELECT ${event.tenant}::integer, ${formatEvent(event)}::text FROM changed`;
}

/** An event that waits to be sealed. */
export interface PendingRow {
  /** Id of its transaction, decimal. */
  readonly xid: string;
  readonly position: number;
  readonly at: Date;
  /** The event as text. */
  readonly body: string;
}

/**
 * Takes the oldest events out of the table, by transaction id: only those behind which no older transaction can still come. Ids from
 * the future belong to another cluster, out of a backup: nothing is under way there.
 */
export async function takePending(tx: RawSql, tenant: number, limit: number): Promise<PendingRow[]> {
  const rows = await tx<PendingRow[]>`
    DELETE FROM audit_pending WHERE position IN (
      SELECT position FROM audit_pending
      WHERE tenant = ${tenant} AND (xid < pg_snapshot_xmin(pg_current_snapshot()) OR xid >= pg_snapshot_xmax(pg_current_snapshot()))
      ORDER BY xid, position LIMIT ${limit})
    RETURNING xid::text AS xid, position, at, body`;
  return rows.toSorted((a, b) => Number(BigInt(a.xid) - BigInt(b.xid)) || a.position - b.position);
}

/** What a list of events is narrowed by; null: by nothing. Ids are exact. */
export interface AuditFilter {
  readonly act: string | null;
  readonly actor: string | null;
  readonly subject: string | null;
  readonly outcome: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
}

/** The newest events that wait to be sealed. */
export function selectPending(
  sql: RawSql,
  tenant: number,
  { filter, limit }: { readonly filter: AuditFilter; readonly limit: number },
): Promise<PendingRow[]> {
  const { act, actor, subject, outcome, from, to } = filter;
  return sql<PendingRow[]>`
    SELECT xid::text AS xid, position, at, body FROM audit_pending
    WHERE tenant = ${tenant}
      AND (${act}::text IS NULL OR body::jsonb ->> 'act' = ${act})
      AND (${actor}::text IS NULL OR body::jsonb -> 'actor' ->> 'id' = ${actor})
      AND (${subject}::text IS NULL OR body::jsonb -> 'subject' ->> 'id' = ${subject})
      AND (${outcome}::text IS NULL OR body::jsonb ->> 'outcome' = ${outcome})
      AND (${from}::timestamptz IS NULL OR at >= ${from}) AND (${to}::timestamptz IS NULL OR at < ${to})
    ORDER BY xid DESC, position DESC LIMIT ${limit}`;
}
