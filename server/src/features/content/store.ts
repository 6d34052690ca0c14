// Statements of the content feature: signed documents and the pieces of their bodies.
import type { RawSql } from '../../core/db/pool.ts';

/** Whether enough signers have approved it. */
export type ContentState = 'awaiting-signatures' | 'approved';

/** A content document as it is stored. */
export interface ContentRow {
  readonly sha256: Buffer;
  readonly state: ContentState;
  readonly envelope: string;
  readonly sizeBytes: number;
  readonly received: number;
  readonly complete: boolean;
  readonly createdAt: Date;
}

/** A body in a tenant. */
export interface ContentRef {
  readonly tenant: number;
  readonly sha256: Uint8Array;
}

function columns(sql: RawSql) {
  return sql`sha256, state, envelope, size_bytes AS "sizeBytes", received, complete, created_at AS "createdAt"`;
}

/** The document for that body. */
export async function selectContent(
  sql: RawSql,
  { tenant, sha256 }: ContentRef,
): Promise<ContentRow | undefined> {
  const rows = await sql<ContentRow[]>`SELECT ${columns(sql)} FROM content
    WHERE tenant = ${tenant} AND sha256 = ${Buffer.from(sha256)}`;
  return rows[0];
}

/** The newest documents. */
export function selectAllContent(sql: RawSql, tenant: number, limit: number): Promise<ContentRow[]> {
  return sql<ContentRow[]>`SELECT ${columns(sql)} FROM content
    WHERE tenant = ${tenant} ORDER BY created_at DESC, sha256 LIMIT ${limit}`;
}

/** How many documents there are, and the bytes of their bodies. */
export async function selectUsage(
  sql: RawSql,
  tenant: number,
): Promise<{ count: number; sizeBytes: number }> {
  const [row] = await sql<{ count: number; sizeBytes: number }[]>`
    SELECT count(*) AS count, coalesce(sum(size_bytes), 0)::bigint AS "sizeBytes" FROM content WHERE tenant = ${tenant}`;
  return row ?? { count: 0, sizeBytes: 0 };
}

/** Stores a document; false when there is one for that body. */
export async function insertContent(
  sql: RawSql,
  tenant: number,
  row: Omit<ContentRow, 'received' | 'complete'>,
): Promise<boolean> {
  const result = await sql`INSERT INTO content (tenant, sha256, state, envelope, size_bytes, created_at)
    VALUES (${tenant}, ${row.sha256}, ${row.state}, ${row.envelope}, ${row.sizeBytes}, ${row.createdAt})
    ON CONFLICT (tenant, sha256) DO NOTHING`;
  return result.count === 1;
}

/** Exchanges the envelope unless somebody else did meanwhile; false then. */
export async function updateEnvelope(
  sql: RawSql,
  { tenant, sha256 }: ContentRef,
  change: { readonly before: string; readonly after: string; readonly state: ContentState },
): Promise<boolean> {
  const result = await sql`UPDATE content SET envelope = ${change.after}, state = ${change.state}
    WHERE tenant = ${tenant} AND sha256 = ${Buffer.from(sha256)} AND envelope = ${change.before}`;
  return result.count === 1;
}

/** Appends a piece where the body ends so far; false when it ends elsewhere. One statement, so that no piece stands alone. */
export async function insertPiece(
  sql: RawSql,
  { tenant, sha256 }: ContentRef,
  { start, body }: { readonly start: number; readonly body: Uint8Array },
): Promise<boolean> {
  const hash = Buffer.from(sha256);
  const result = await sql`
    WITH grown AS (
      UPDATE content SET received = received + ${body.length}
      WHERE tenant = ${tenant} AND sha256 = ${hash} AND received = ${start} AND NOT complete RETURNING 1)
    INSERT INTO content_piece (tenant, sha256, start, body)
    SELECT ${tenant}::integer, ${hash}::bytea, ${start}::integer, ${Buffer.from(body)}::bytea FROM grown`;
  return result.count === 1;
}

/** Pieces from a place on. */
export function selectPieces(
  sql: RawSql,
  { tenant, sha256 }: ContentRef,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<{ start: number; body: Buffer }[]> {
  return sql`SELECT start, body FROM content_piece
    WHERE tenant = ${tenant} AND sha256 = ${Buffer.from(sha256)} AND start >= ${from} ORDER BY start LIMIT ${limit}`;
}

/** Bytes of a complete body from a place on, at most so many and at most to the end of the stored piece; undefined: not here. */
export async function selectBytes(
  sql: RawSql,
  { tenant, sha256 }: ContentRef,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ sizeBytes: number; data: Buffer | null } | undefined> {
  const hash = Buffer.from(sha256);
  const rows = await sql<{ sizeBytes: number; data: Buffer | null }[]>`
    SELECT content.size_bytes AS "sizeBytes", piece.data FROM content LEFT JOIN LATERAL (
      SELECT substring(body FROM ${offset}::integer - start + 1 FOR ${limit}::integer) AS data FROM content_piece
      WHERE tenant = ${tenant} AND sha256 = ${hash} AND start <= ${offset}::integer ORDER BY start DESC LIMIT 1) AS piece ON true
    WHERE tenant = ${tenant} AND sha256 = ${hash} AND complete`;
  return rows[0];
}

/** The whole body was held against its hash. */
export async function markComplete(sql: RawSql, { tenant, sha256 }: ContentRef): Promise<void> {
  await sql`UPDATE content SET complete = true
    WHERE tenant = ${tenant} AND sha256 = ${Buffer.from(sha256)} AND received = size_bytes`;
}

/** Throws a body away that has another hash. */
export async function discardBody(sql: RawSql, { tenant, sha256 }: ContentRef): Promise<void> {
  const hash = Buffer.from(sha256);
  await sql`
    WITH gone AS (DELETE FROM content_piece WHERE tenant = ${tenant} AND sha256 = ${hash})
    UPDATE content SET received = 0 WHERE tenant = ${tenant} AND sha256 = ${hash} AND NOT complete`;
}
