// Statements of jobs: headers with their blocks, in one statement a request however many targets there are.
import type { Envelope, RunState } from '@muster/protocol';
import type { JobState } from '@muster/protocol/commands';
import type { AuditEvent } from '../../core/audit/audit.ts';
import { insertPending } from '../../core/audit/store.ts';
import { byteas, int4s, int8s, jsonbs, texts, timestamps } from '../../core/db/columns.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Part } from './as-one.ts';
import type { Job, JobHead, JobOptions } from './job.ts';
import { type Counts, codeOf } from './states.ts';

/** A header as it is stored. */
export interface JobRow {
  readonly tenant: number;
  readonly number: number;
  readonly id: string;
  readonly digest: Buffer;
  readonly kind: string;
  readonly class: Job['commandClass'];
  readonly requester: string;
  readonly madeBy: string;
  readonly envelope: string;
  readonly options: JobOptions;
  readonly signers: string[];
  readonly targets: number;
  readonly state: JobState;
  readonly note: string;
  readonly stopAt: number | null;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly counts: Counts | null;
}

function columns(sql: RawSql) {
  return sql`tenant, number, id, digest, kind, class, requester, made_by AS "madeBy", envelope, options, signers, targets,
    state, note, stop_at AS "stopAt", not_before AS "notBefore", not_after AS "notAfter", created_at AS "createdAt",
    ended_at AS "endedAt", counts`;
}

/** A new job with its blocks. */
export interface NewJob {
  readonly row: Omit<JobRow, 'number' | 'endedAt' | 'counts'>;
  readonly blocks: ReadonlyMap<number, Uint8Array>;
  readonly event: AuditEvent;
}

/** Stores a job, every block and the event in one statement, which is its own transaction; returns its number. */
export async function insertJob(sql: RawSql, { row, blocks, event }: NewJob): Promise<number> {
  const numbers = [...blocks.keys()];
  const [made] = await sql<{ number: number }[]>`
    WITH made AS (
      INSERT INTO job (tenant, id, digest, kind, class, requester, made_by, envelope, options, dedupe_key, signers, targets,
        state, note, stop_at, not_before, not_after, created_at)
      VALUES (${row.tenant}, ${row.id}, ${row.digest}, ${row.kind}, ${row.class}, ${row.requester}, ${row.madeBy},
        ${row.envelope}, ${JSON.stringify(row.options)}::text::jsonb, ${row.options.dedupeKey}, ${row.signers}, ${row.targets},
        ${row.state}, ${row.note}, ${row.stopAt}, ${row.notBefore}, ${row.notAfter}, ${row.createdAt})
      RETURNING number
    ), stored AS (
      INSERT INTO job_block (tenant, job, block, states)
      SELECT ${row.tenant}, made.number, fresh.block, fresh.states
      FROM made, unnest(${int4s(sql, numbers)}, ${byteas(sql, [...blocks.values()])}) AS fresh (block, states)
    ), audited AS (${insertPending(sql, event)})
    SELECT number FROM made`;
  return made?.number ?? 0;
}

/** Jobs with these ids. */
export function selectJobs(sql: RawSql, tenant: number, ids: readonly string[]): Promise<JobRow[]> {
  return sql<
    JobRow[]
  >`SELECT ${columns(sql)} FROM job WHERE tenant = ${tenant} AND id = ANY(${texts(sql, ids)})`;
}

/** Jobs that are not over, of all tenants. */
export function selectOpenJobs(sql: RawSql): Promise<JobRow[]> {
  return sql<JobRow[]>`SELECT ${columns(sql)} FROM job WHERE ended_at IS NULL ORDER BY tenant, number`;
}

/** Ids of canceled commands by which a device could still start something: not every run has ended, and their time is not over. Newest first. */
export async function selectCanceled(
  sql: RawSql,
  tenant: number,
  { over, limit }: { readonly over: Date; readonly limit: number },
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`SELECT id FROM job
    WHERE tenant = ${tenant} AND state = 'canceled' AND ended_at IS NULL AND not_after > ${over}
    ORDER BY number DESC LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

/** The open job with a dedupe key. */
export async function selectDuplicate(sql: RawSql, tenant: number, key: string): Promise<string | undefined> {
  const rows = await sql<{ id: string }[]>`SELECT id FROM job
    WHERE tenant = ${tenant} AND dedupe_key = ${key} AND ended_at IS NULL`;
  return rows[0]?.id;
}

/** Newest jobs before a number. */
export function selectJobPage(
  sql: RawSql,
  tenant: number,
  page: {
    readonly state: JobState | null;
    /** Exact, or the beginning of one with a * behind it. */
    readonly kind: string | null;
    readonly requester: string | null;
    readonly before: number | null;
    readonly limit: number;
  },
): Promise<JobRow[]> {
  const { state, kind, requester, before, limit } = page;
  const prefix = kind?.endsWith('*') === true ? kind.slice(0, -1) : null;
  return sql<JobRow[]>`SELECT ${columns(sql)} FROM job
    WHERE tenant = ${tenant} AND (${state}::text IS NULL OR state = ${state})
      AND (${kind}::text IS NULL OR kind = ${kind} OR starts_with(kind, ${prefix}))
      AND (${requester}::text IS NULL OR requester = ${requester})
      AND (${before}::bigint IS NULL OR number < ${before})
    ORDER BY number DESC LIMIT ${limit}`;
}

/** Targets that were ordered since a moment, by a signer and by everybody. */
export async function selectSpent(
  sql: RawSql,
  tenant: number,
  question: { readonly commandClass: string; readonly requester: string; readonly since: Date },
): Promise<{ signer: number; organization: number }> {
  const [row] = await sql<{ signer: number; organization: number }[]>`
    SELECT coalesce(sum(targets), 0)::bigint AS organization,
      coalesce(sum(targets) FILTER (WHERE requester = ${question.requester}), 0)::bigint AS signer
    FROM job WHERE tenant = ${tenant} AND created_at > ${question.since} AND class = ${question.commandClass}`;
  return row ?? { signer: 0, organization: 0 };
}

/** A header as it becomes. */
export interface HeadChange {
  readonly tenant: number;
  readonly number: number;
  readonly head: JobHead;
  /** Written when the job is over. */
  readonly counts: Counts | null;
}

/** Writes the headers that changed. */
export function updateHeads(sql: RawSql, changes: readonly HeadChange[]): Part {
  const ended = (ms: number | null) => (ms === null ? null : new Date(ms));
  return sql`
    UPDATE job SET state = change.state, note = change.note, stop_at = change.stop_at, envelope = change.envelope,
      signers = ARRAY(SELECT jsonb_array_elements_text(change.signers)), ended_at = change.ended_at,
      counts = coalesce(change.counts, job.counts)
    FROM unnest(
      ${int4s(
        sql,
        changes.map((one) => one.tenant),
      )}, ${int8s(
        sql,
        changes.map((one) => one.number),
      )},
      ${texts(
        sql,
        changes.map(({ head }) => head.state),
      )}, ${texts(
        sql,
        changes.map(({ head }) => head.note),
      )},
      ${int4s(
        sql,
        changes.map(({ head }) => head.stopAt),
      )},
      ${texts(
        sql,
        changes.map(({ head }) => JSON.stringify(head.envelope satisfies Envelope)),
      )},
      ${jsonbs(
        sql,
        changes.map(({ head }) => head.signers),
      )},
      ${timestamps(
        sql,
        changes.map(({ head }) => ended(head.endedMs)),
      )}, ${jsonbs(
        sql,
        changes.map(({ counts }) => counts),
      )}
    ) AS change (tenant, number, state, note, stop_at, envelope, signers, ended_at, counts)
    WHERE job.tenant = change.tenant AND job.number = change.number`;
}

/** A block of a job. */
export interface BlockRow {
  readonly tenant: number;
  readonly job: number;
  readonly block: number;
  readonly states: Uint8Array;
}

/** Blocks of jobs that are not over. */
export function selectOpenBlocks(sql: RawSql): Promise<BlockRow[]> {
  return sql<BlockRow[]>`SELECT b.tenant, b.job, b.block, b.states FROM job_block b
    JOIN job j ON j.tenant = b.tenant AND j.number = b.job WHERE j.ended_at IS NULL`;
}

/** Some blocks, each named by job and number. */
export function selectBlocks(
  sql: RawSql,
  tenant: number,
  refs: readonly { readonly job: number; readonly block: number }[],
): Promise<BlockRow[]> {
  return sql<BlockRow[]>`SELECT b.tenant, b.job, b.block, b.states FROM job_block b
    JOIN unnest(${int8s(
      sql,
      refs.map(({ job }) => job),
    )}, ${int4s(
      sql,
      refs.map(({ block }) => block),
    )}) AS asked (job, block)
      ON b.job = asked.job AND b.block = asked.block
    WHERE b.tenant = ${tenant}`;
}

/** All blocks of some jobs. */
export function selectWholeBlocks(sql: RawSql, tenant: number, jobs: readonly number[]): Promise<BlockRow[]> {
  return sql<BlockRow[]>`SELECT tenant, job, block, states FROM job_block
    WHERE tenant = ${tenant} AND job = ANY(${int8s(sql, jobs)})`;
}

/** Blocks of one job from a number on; with a state only those that have a run in it. */
export function selectBlockPage(
  sql: RawSql,
  job: { readonly tenant: number; readonly number: number },
  page: { readonly from: number; readonly state: RunState | null; readonly limit: number },
): Promise<BlockRow[]> {
  const code = page.state === null ? null : Buffer.from([codeOf(page.state)]);
  return sql<BlockRow[]>`SELECT tenant, job, block, states FROM job_block
    WHERE tenant = ${job.tenant} AND job = ${job.number} AND block >= ${page.from}
      AND (${code}::bytea IS NULL OR position(${code}::bytea IN states) > 0)
    ORDER BY block LIMIT ${page.limit}`;
}

/** Writes blocks as they have become. */
export function updateBlocks(sql: RawSql, rows: readonly BlockRow[]): Part {
  return sql`
    UPDATE job_block SET states = change.states
    FROM unnest(
      ${int4s(
        sql,
        rows.map((row) => row.tenant),
      )}, ${int8s(
        sql,
        rows.map((row) => row.job),
      )},
      ${int4s(
        sql,
        rows.map((row) => row.block),
      )}, ${byteas(
        sql,
        rows.map((row) => row.states),
      )}
    ) AS change (tenant, job, block, states)
    WHERE job_block.tenant = change.tenant AND job_block.job = change.job AND job_block.block = change.block`;
}
