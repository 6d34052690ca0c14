// Statements of what the runs of a job have printed: equal outputs once, with how many devices printed each.
import type { RawSql } from '../../core/db/pool.ts';
import { inScope } from '../../core/db/scope.ts';
import type { DeviceSet } from '../../core/http/scope.ts';

interface JobRef {
  readonly tenant: number;
  readonly number: number;
}

/** An output of a job. */
export interface OutputRow {
  readonly hash: Buffer;
  /** Devices that printed exactly this. */
  readonly devices: number;
  /** One of them. */
  readonly idx: number;
  readonly truncated: boolean;
  readonly sizeBytes: number;
  /** The beginning, or what stands around the first hit of a search. */
  readonly body: Buffer;
}

/** The outputs of a job, those of most devices first. A search finds the bytes of a text as they are. */
export function selectOutputs(
  sql: RawSql,
  job: JobRef,
  wish: {
    readonly text: string;
    readonly bytes: number;
    readonly limit: number;
    readonly scope: DeviceSet | null;
  },
): Promise<OutputRow[]> {
  const { text, bytes, limit, scope } = wish;
  const found = Buffer.from(text);
  return sql<OutputRow[]>`
    SELECT g.hash, g.devices, g.idx, g.truncated, length(b.body) AS "sizeBytes",
      substring(b.body FROM greatest(1, position(${found}::bytea IN b.body) - ${bytes >> 2}) FOR ${bytes}) AS body
    FROM (
      SELECT output AS hash, count(*)::integer AS devices, min(idx) AS idx, bool_or(truncated) AS truncated
      FROM job_exception WHERE tenant = ${job.tenant} AND job = ${job.number} AND output <> '' ${inScope(sql, scope)} GROUP BY output
    ) AS g JOIN blob b ON b.tenant = ${job.tenant} AND b.hash = g.hash
    WHERE ${text} = '' OR position(${found}::bytea IN b.body) > 0
    ORDER BY g.devices DESC, g.idx LIMIT ${limit}`;
}

/** How many different outputs a job has, and how many devices printed something. */
export async function countOutputs(
  sql: RawSql,
  job: JobRef,
  scope: DeviceSet | null,
): Promise<{ readonly outputs: number; readonly devices: number }> {
  const [row] = await sql<{ outputs: number; devices: number }[]>`
    SELECT count(DISTINCT output)::integer AS outputs, count(*)::integer AS devices
    FROM job_exception WHERE tenant = ${job.tenant} AND job = ${job.number} AND output <> '' ${inScope(sql, scope)}`;
  return row ?? { outputs: 0, devices: 0 };
}

/** Numbers of devices that printed an output, from a first one on. */
export async function selectIdxsByOutput(
  sql: RawSql,
  job: JobRef,
  page: {
    readonly hash: string;
    readonly from: number;
    readonly limit: number;
    readonly scope: DeviceSet | null;
  },
): Promise<number[]> {
  const hash = Buffer.from(page.hash, 'base64url');
  const rows = await sql<{ idx: number }[]>`SELECT idx FROM job_exception
    WHERE tenant = ${job.tenant} AND job = ${job.number} AND output = ${hash} AND idx >= ${page.from}
      ${inScope(sql, page.scope)}
    ORDER BY idx LIMIT ${page.limit}`;
  return rows.map(({ idx }) => idx);
}
