// Makes jobs out of their stored rows: open ones at the start of the server, ended ones when somebody asks or reports late.
import { decodeBase64url, parseEnvelope, type RunState } from '@muster/protocol';
import { type Command, type CommandKind, parseDocument } from '@muster/protocol/commands';
import { withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { idxsOf, type Job, type OpenJob, toOpen } from './job.ts';
import { blockOf, fromCounts, tally } from './states.ts';
import {
  type BlockRow,
  type JobRow,
  selectBlockPage,
  selectBlocks,
  selectJobs,
  selectOpenBlocks,
  selectOpenJobs,
} from './store.ts';
import { selectOpenNumbers } from './store-runs.ts';

/** A job of a row, with the blocks that are given. */
export function toJob(row: JobRow, blocks: ReadonlyMap<number, Uint8Array>): Job {
  const envelope = parseEnvelope(row.envelope);
  const command = parseDocument<Command>(decodeBase64url(envelope.payload), 'command');
  const { state, note, stopAt, signers } = row;
  return {
    tenant: row.tenant,
    number: row.number,
    id: row.id,
    digest: row.digest.toString('base64url'),
    // It was checked before it was stored.
    kind: row.kind as CommandKind,
    commandClass: row.class,
    madeBy: row.madeBy,
    command,
    options: row.options,
    targets: row.targets,
    notBeforeMs: row.notBefore.getTime(),
    notAfterMs: row.notAfter.getTime(),
    createdMs: row.createdAt.getTime(),
    head: { state, note, stopAt, envelope, signers, endedMs: row.endedAt?.getTime() ?? null },
    blocks: new Map(blocks),
    counts: row.counts === null ? tally(blocks.values()) : fromCounts(row.counts),
    ns: new Map(),
    noted: new Set(),
  };
}

function groupBlocks(rows: readonly BlockRow[]): Map<string, Map<number, Uint8Array>> {
  const groups = new Map<string, Map<number, Uint8Array>>();
  for (const { tenant, job, block, states } of rows) {
    const group = groups.get(`${tenant}/${job}`) ?? new Map<number, Uint8Array>();
    groups.set(`${tenant}/${job}`, group);
    // A copy of its own: the client's buffer may be part of a larger one.
    group.set(block, Uint8Array.from(states));
  }
  return groups;
}

/** All jobs that are not over, with their blocks: three statements. */
export async function readOpenJobs(sql: RawSql): Promise<OpenJob[]> {
  const rows = await selectOpenJobs(sql);
  const blocks = groupBlocks(await selectOpenBlocks(sql));
  const jobs = rows.map((row) => toOpen(toJob(row, blocks.get(`${row.tenant}/${row.number}`) ?? new Map())));
  const byKey = new Map(jobs.map((job) => [`${job.tenant}/${job.number}`, job]));
  for (const { tenant, job, idx, n } of await selectOpenNumbers(sql)) {
    const found = byKey.get(`${tenant}/${job}`);
    found?.ns.set(idx, n);
    found?.noted.add(idx);
  }
  return jobs;
}

/** Jobs by id, each with the blocks of the devices named beside it: two statements. */
export async function readJobs(
  sql: RawSql,
  tenant: number,
  wanted: readonly { readonly id: string; readonly block: number | null }[],
): Promise<Map<string, Job>> {
  const rows = await selectJobs(sql, tenant, [...new Set(wanted.map(({ id }) => id))]);
  const numberOf = new Map(rows.map(({ id, number }) => [id, number]));
  const refs = wanted.flatMap(({ id, block }) => {
    const job = numberOf.get(id);
    return job === undefined || block === null ? [] : [{ job, block }];
  });
  const blocks = refs.length === 0 ? new Map() : groupBlocks(await selectBlocks(sql, tenant, refs));
  return new Map(rows.map((row) => [row.id, toJob(row, blocks.get(`${tenant}/${row.number}`) ?? new Map())]));
}

/** The job with the blocks that hold the wanted runs from a device number on. */
export async function loadBlocks(
  sql: RawSql,
  job: Job,
  page: { readonly from: number; readonly state: RunState | null; readonly limit: number },
): Promise<Job> {
  if (job.head.endedMs === null) return job;
  const rows = await withMappedErrors(() => selectBlockPage(sql, job, { ...page, from: blockOf(page.from) }));
  return { ...job, blocks: new Map(rows.map(({ block, states }) => [block, states])) };
}

/** Numbers of the devices whose runs are in these states. */
export async function listIdxs(sql: RawSql, job: Job, states: readonly RunState[]): Promise<number[]> {
  const whole = await loadBlocks(sql, job, { from: 0, state: null, limit: job.targets });
  return [...idxsOf(whole, (state) => states.includes(state))];
}
