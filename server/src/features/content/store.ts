// Statements of the content feature: signed documents and the pieces of their bodies.
import { type AuditEvent, writeAudit } from '../../core/audit/audit.ts';
import { insertPendingIfChanged } from '../../core/audit/store.ts';
import type { RawSql } from '../../core/db/pool.ts';

/** Whether enough signers have approved it. */
export type ContentState = 'awaiting-signatures' | 'approved';

/** A content document as it is stored, with its body's progress. */
export interface ContentRow {
  readonly digest: Buffer;
  readonly sha256: Buffer;
  readonly state: ContentState;
  readonly envelope: string;
  readonly sizeBytes: number;
  readonly received: number;
  readonly complete: boolean;
  readonly createdAt: Date;
}

/** A document in a tenant. */
export interface ContentRef {
  readonly tenant: number;
  readonly digest: Uint8Array;
}

/** A body in a tenant; several documents may speak of it. */
export interface BodyRef {
  readonly tenant: number;
  readonly sha256: Uint8Array;
}

function selection(sql: RawSql) {
  return sql`SELECT digest, sha256, state, envelope, size_bytes AS "sizeBytes", received, complete, created_at AS "createdAt"
    FROM content JOIN content_body USING (tenant, sha256)`;
}

/** The document with that digest. */
export async function selectContent(
  sql: RawSql,
  { tenant, digest }: ContentRef,
): Promise<ContentRow | undefined> {
  const rows = await sql<
    ContentRow[]
  >`${selection(sql)} WHERE tenant = ${tenant} AND digest = ${Buffer.from(digest)}`;
  return rows[0];
}

/** The newest documents. */
export function selectAllContent(sql: RawSql, tenant: number, limit: number): Promise<ContentRow[]> {
  return sql<
    ContentRow[]
  >`${selection(sql)} WHERE tenant = ${tenant} ORDER BY created_at DESC, digest LIMIT ${limit}`;
}

/** Documents over a body that nobody can use yet, oldest first. */
export function selectDrafts(
  sql: RawSql,
  { tenant, sha256 }: BodyRef,
): Promise<{ digest: Buffer; envelope: string }[]> {
  return sql`SELECT digest, envelope FROM content
    WHERE tenant = ${tenant} AND sha256 = ${Buffer.from(sha256)} AND state = 'awaiting-signatures' ORDER BY created_at`;
}

/** Removes a document that still waits for signatures. */
export async function deleteDraft(sql: RawSql, { tenant, digest }: ContentRef): Promise<void> {
  await sql`DELETE FROM content
    WHERE tenant = ${tenant} AND digest = ${Buffer.from(digest)} AND state = 'awaiting-signatures'`;
}

/** How many documents there are, and the bytes of their bodies. */
export async function selectUsage(
  sql: RawSql,
  tenant: number,
): Promise<{ count: number; sizeBytes: number }> {
  const [row] = await sql<{ count: number; sizeBytes: number }[]>`
    SELECT (SELECT count(*) FROM content WHERE tenant = ${tenant}) AS count,
      (SELECT coalesce(sum(size_bytes), 0)::bigint FROM content_body WHERE tenant = ${tenant}) AS "sizeBytes"`;
  return row ?? { count: 0, sizeBytes: 0 };
}

/**
 * Stores a document with the event, in the caller's transaction; one with that digest keeps what it has. False where a body of that hash is known by another size, and nothing is
 * stored then.
 */
export async function insertContent(
  sql: RawSql,
  tenant: number,
  { row, event }: { readonly row: Omit<ContentRow, 'received' | 'complete'>; readonly event: AuditEvent },
): Promise<boolean> {
  const { sha256, sizeBytes } = row;
  await sql`INSERT INTO content_body (tenant, sha256, size_bytes) VALUES (${tenant}, ${sha256}, ${sizeBytes})
    ON CONFLICT (tenant, sha256) DO NOTHING`;
  const result = await sql`INSERT INTO content (tenant, digest, sha256, state, envelope, created_at)
    SELECT ${tenant}::integer, ${row.digest}::bytea, sha256, ${row.state}, ${row.envelope}, ${row.createdAt}::timestamptz
      FROM content_body WHERE tenant = ${tenant} AND sha256 = ${sha256} AND size_bytes = ${sizeBytes}
    ON CONFLICT (tenant, digest) DO NOTHING`;
  if (result.count === 1) await writeAudit(sql, event);
  return result.count === 1;
}

/** Exchanges the envelope unless somebody else did meanwhile; false then. */
export async function updateEnvelope(
  sql: RawSql,
  { tenant, digest }: ContentRef,
  change: {
    readonly before: string;
    readonly after: string;
    readonly state: ContentState;
    readonly event: AuditEvent;
  },
): Promise<boolean> {
  const rows = await sql`
    WITH changed AS (
      UPDATE content SET envelope = ${change.after}, state = ${change.state}
      WHERE tenant = ${tenant} AND digest = ${Buffer.from(digest)} AND envelope = ${change.before} RETURNING 1
    ), audited AS (${insertPendingIfChanged(sql, change.event)})
    SELECT FROM changed`;
  return rows.length === 1;
}

/** Appends a piece where the body ends so far; false when it ends elsewhere. One statement, so that no piece stands alone. */
export async function insertPiece(
  sql: RawSql,
  { tenant, sha256 }: BodyRef,
  { start, body }: { readonly start: number; readonly body: Uint8Array },
): Promise<boolean> {
  const hash = Buffer.from(sha256);
  const result = await sql`
    WITH grown AS (
      UPDATE content_body SET received = received + ${body.length}
      WHERE tenant = ${tenant} AND sha256 = ${hash} AND received = ${start} AND NOT complete RETURNING 1)
    INSERT INTO content_piece (tenant, sha256, start, body)
    SELECT ${tenant}::integer, ${hash}::bytea, ${start}::integer, ${Buffer.from(body)}::bytea FROM grown`;
  return result.count === 1;
}

/** Pieces from a place on. */
export function selectPieces(
  sql: RawSql,
  { tenant, sha256 }: BodyRef,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<{ start: number; body: Buffer }[]> {
  return sql`SELECT start, body FROM content_piece
    WHERE tenant = ${tenant} AND sha256 = ${Buffer.from(sha256)} AND start >= ${from} ORDER BY start LIMIT ${limit}`;
}

/** Bytes of a complete body from a place on, at most so many and at most to the end of the stored piece; undefined: not here. */
export async function selectBytes(
  sql: RawSql,
  { tenant, sha256 }: BodyRef,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ sizeBytes: number; data: Buffer | null } | undefined> {
  const hash = Buffer.from(sha256);
  const rows = await sql<{ sizeBytes: number; data: Buffer | null }[]>`
    SELECT content_body.size_bytes AS "sizeBytes", piece.data FROM content_body LEFT JOIN LATERAL (
      SELECT substring(body FROM ${offset}::integer - start + 1 FOR ${limit}::integer) AS data FROM content_piece
      WHERE tenant = ${tenant} AND sha256 = ${hash} AND start <= ${offset}::integer ORDER BY start DESC LIMIT 1) AS piece ON true
    WHERE tenant = ${tenant} AND sha256 = ${hash} AND complete`;
  return rows[0];
}

/** The whole body was held against its hash; stored with the event. */
export async function markComplete(
  sql: RawSql,
  { tenant, sha256 }: BodyRef,
  event: AuditEvent,
): Promise<void> {
  await sql`
    WITH changed AS (
      UPDATE content_body SET complete = true
      WHERE tenant = ${tenant} AND sha256 = ${Buffer.from(sha256)} AND received = size_bytes AND NOT complete RETURNING 1
    ), audited AS (${insertPendingIfChanged(sql, event)})
    SELECT 1`;
}

/** Throws a body away that has another hash. */
export async function discardBody(sql: RawSql, { tenant, sha256 }: BodyRef): Promise<void> {
  const hash = Buffer.from(sha256);
  await sql`
    WITH gone AS (DELETE FROM content_piece WHERE tenant = ${tenant} AND sha256 = ${hash})
    UPDATE content_body SET received = 0 WHERE tenant = ${tenant} AND sha256 = ${hash} AND NOT complete`;
}
