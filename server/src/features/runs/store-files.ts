// Statements of files that were fetched from devices.
import type { RawSql } from '../../core/db/pool.ts';

/** A file of a run. */
export interface FileRef {
  readonly tenant: number;
  readonly job: number;
  readonly idx: number;
}

/** How much of it is here. */
export interface FileRow {
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly received: number;
  readonly complete: boolean;
}

/** The job of a command that fetches a file, and the state byte of a device in it. */
export async function selectFetch(
  sql: RawSql,
  tenant: number,
  question: { readonly id: string; readonly block: number; readonly at: number },
): Promise<{ job: number; code: number; storedBytes: number } | undefined> {
  const rows = await sql<{ job: number; code: number; storedBytes: number }[]>`
    SELECT j.number AS job, get_byte(b.states, ${question.at}) AS code,
      (SELECT coalesce(sum(size_bytes), 0)::bigint FROM job_file f WHERE f.tenant = j.tenant AND f.job = j.number)
        AS "storedBytes"
    FROM job j JOIN job_block b ON b.tenant = j.tenant AND b.job = j.number AND b.block = ${question.block}
    WHERE j.tenant = ${tenant} AND j.id = ${question.id} AND j.kind = 'file.fetch'`;
  return rows[0];
}

/** The file of a run. */
export async function selectFile(sql: RawSql, { tenant, job, idx }: FileRef): Promise<FileRow | undefined> {
  const rows = await sql<FileRow[]>`
    SELECT sha256, size_bytes AS "sizeBytes", received, complete FROM job_file
    WHERE tenant = ${tenant} AND job = ${job} AND idx = ${idx}`;
  return rows[0];
}

/** Begins a file, anew where another one was half here. */
export async function beginFile(
  sql: RawSql,
  { tenant, job, idx }: FileRef,
  file: { readonly sha256: Uint8Array; readonly sizeBytes: number },
): Promise<void> {
  await sql`
    WITH gone AS (DELETE FROM job_file_piece WHERE tenant = ${tenant} AND job = ${job} AND idx = ${idx})
    INSERT INTO job_file (tenant, job, idx, sha256, size_bytes)
    VALUES (${tenant}, ${job}, ${idx}, ${Buffer.from(file.sha256)}, ${file.sizeBytes})
    ON CONFLICT (tenant, job, idx) DO UPDATE
      SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes, received = 0, complete = false`;
}

/** Appends a piece where the file ends so far; false when it ends elsewhere. */
export async function insertFilePiece(
  sql: RawSql,
  { tenant, job, idx }: FileRef,
  { start, body }: { readonly start: number; readonly body: Uint8Array },
): Promise<boolean> {
  const result = await sql`
    WITH grown AS (
      UPDATE job_file SET received = received + ${body.length}
      WHERE tenant = ${tenant} AND job = ${job} AND idx = ${idx} AND received = ${start} AND NOT complete RETURNING 1)
    INSERT INTO job_file_piece (tenant, job, idx, start, body)
    SELECT ${tenant}::integer, ${job}::bigint, ${idx}::integer, ${start}::integer, ${Buffer.from(body)}::bytea FROM grown`;
  return result.count === 1;
}

/** Pieces from a place on. */
export function selectFilePieces(
  sql: RawSql,
  { tenant, job, idx }: FileRef,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<{ start: number; body: Buffer }[]> {
  return sql`SELECT start, body FROM job_file_piece
    WHERE tenant = ${tenant} AND job = ${job} AND idx = ${idx} AND start >= ${from} ORDER BY start LIMIT ${limit}`;
}

/** The whole file was held against its hash. */
export async function markFileComplete(sql: RawSql, { tenant, job, idx }: FileRef): Promise<void> {
  await sql`UPDATE job_file SET complete = true
    WHERE tenant = ${tenant} AND job = ${job} AND idx = ${idx} AND received = size_bytes`;
}
