// Statements of what is worth a row of a run, and of outputs by hash.
import { booleans, byteas, int2s, int4s, int8s, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Part } from './as-one.ts';

/** What is worth a row. */
export interface RunRow {
  readonly tenant: number;
  readonly job: number;
  readonly idx: number;
  readonly n: number;
  readonly at: Date;
  readonly code: string | null;
  readonly message: string;
  readonly exit: number | null;
  readonly output: Uint8Array | null;
  readonly truncated: boolean;
  readonly payload: Uint8Array | null;
  readonly signature: Uint8Array | null;
  /** Empty: the result is packed, or there is none. */
  readonly keyid: string;
}

/** In the place of the hash of an output. */
const NO_OUTPUT = new Uint8Array(0);

/** An output by its hash. */
export interface BlobRow {
  readonly tenant: number;
  readonly hash: Uint8Array;
  readonly body: Uint8Array;
}

/** Writes rows of runs; a newer report of a run replaces the older. */
export function upsertRuns(sql: RawSql, rows: readonly RunRow[]): Part {
  return sql`${insertRuns(sql, rows)}
    ON CONFLICT (job, tenant, idx) DO UPDATE SET n = excluded.n, at = excluded.at, code = excluded.code,
      message = excluded.message, exit = excluded.exit, output = excluded.output, truncated = excluded.truncated,
      payload = excluded.payload, signature = excluded.signature, keyid = excluded.keyid`;
}

/** Writes rows of runs that have none: without a look for another, of which the log tells in a record a row. Fails where there is one. */
export function insertRuns(sql: RawSql, rows: readonly RunRow[]): Part {
  return sql`
    INSERT INTO job_exception (tenant, job, idx, n, at, code, message, exit, output, truncated, payload, signature, keyid)
    SELECT * FROM unnest(
      ${int4s(
        sql,
        rows.map((row) => row.tenant),
      )}, ${int8s(
        sql,
        rows.map((row) => row.job),
      )},
      ${int4s(
        sql,
        rows.map((row) => row.idx),
      )}, ${int4s(
        sql,
        rows.map((row) => row.n),
      )},
      ${timestamps(
        sql,
        rows.map((row) => row.at),
      )}, ${texts(
        sql,
        rows.map((row) => row.code ?? ''),
      )},
      ${texts(
        sql,
        rows.map((row) => row.message),
      )}, ${int2s(
        sql,
        rows.map((row) => row.exit),
      )},
      ${byteas(
        sql,
        rows.map((row) => row.output ?? NO_OUTPUT),
      )}, ${booleans(
        sql,
        rows.map((row) => row.truncated),
      )},
      ${byteas(
        sql,
        rows.map((row) => row.payload),
      )}, ${byteas(
        sql,
        rows.map((row) => row.signature),
      )},
      ${texts(
        sql,
        rows.map((row) => row.keyid),
      )})`;
}

/** Stores outputs; one that is here already costs nothing. */
export function insertBlobs(sql: RawSql, rows: readonly BlobRow[]): Part {
  return sql`
    INSERT INTO blob (tenant, hash, body)
    SELECT * FROM unnest(${int4s(
      sql,
      rows.map((row) => row.tenant),
    )}, ${byteas(
      sql,
      rows.map((row) => row.hash),
    )},
      ${byteas(
        sql,
        rows.map((row) => row.body),
      )})
    ON CONFLICT DO NOTHING`;
}

/** Numbers of reports of open jobs whose order matters: runs that were interrupted once. */
export function selectOpenNumbers(
  sql: RawSql,
): Promise<{ readonly tenant: number; readonly job: number; readonly idx: number; readonly n: number }[]> {
  return sql`SELECT e.tenant, e.job, e.idx, e.n FROM job_exception e
    JOIN job j ON j.tenant = e.tenant AND j.number = e.job WHERE j.ended_at IS NULL AND e.payload IS NULL`;
}

/** A row as lists show it. */
export type RunNote = Pick<RunRow, 'idx' | 'at' | 'code' | 'message' | 'exit' | 'output' | 'truncated'>;

/** Rows of some devices of a job. */
export function selectNotes(
  sql: RawSql,
  job: { readonly tenant: number; readonly number: number },
  idxs: readonly number[],
): Promise<RunNote[]> {
  return sql<
    RunNote[]
  >`SELECT idx, at, nullif(code, '') AS code, message, exit, nullif(output, '') AS output, truncated
    FROM job_exception
    WHERE tenant = ${job.tenant} AND job = ${job.number} AND idx = ANY(${int4s(sql, idxs)})`;
}

/** Rows of one device in some jobs. */
export function selectNotesOfDevice(
  sql: RawSql,
  device: { readonly tenant: number; readonly idx: number },
  jobs: readonly number[],
): Promise<(RunNote & { readonly job: number })[]> {
  return sql<(RunNote & { readonly job: number })[]>`
    SELECT job, idx, at, nullif(code, '') AS code, message, exit, nullif(output, '') AS output, truncated
    FROM job_exception
    WHERE tenant = ${device.tenant} AND idx = ${device.idx} AND job = ANY(${int8s(sql, jobs)})`;
}

/** One run with its result and output. */
export interface WholeRun extends RunNote {
  readonly payload: Buffer | null;
  readonly signature: Buffer | null;
  readonly keyid: string;
  readonly body: Buffer | null;
}

/** The row of one device with its output. */
export async function selectRun(
  sql: RawSql,
  job: { readonly tenant: number; readonly number: number },
  idx: number,
): Promise<WholeRun | undefined> {
  const rows = await sql<WholeRun[]>`
    SELECT e.idx, e.at, nullif(e.code, '') AS code, e.message, e.exit, nullif(e.output, '') AS output, e.truncated, e.payload, e.signature, e.keyid, b.body
    FROM job_exception e LEFT JOIN blob b ON b.tenant = e.tenant AND b.hash = e.output
    WHERE e.tenant = ${job.tenant} AND e.job = ${job.number} AND e.idx = ${idx}`;
  return rows[0];
}
