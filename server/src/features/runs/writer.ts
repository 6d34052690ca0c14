// The one writer of jobs: changes of all kinds in batches, each batch one transaction; memory follows after the commit.
import { isFinal } from '@muster/protocol';
import { insertPending } from '../../core/audit/store.ts';
import { createBatchWriter } from '../../core/batch-writer.ts';
import type { Clock } from '../../core/clock.ts';
import { isConflict } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { type Fenced, unfenced } from '../../core/lease.ts';
import { runAsOne } from './as-one.ts';
import {
  applyJobChange,
  applyOffer,
  applyReport,
  beginDraft,
  type Change,
  type Draft,
  hasChanged,
  type Moved,
  type ReportChange,
  settleDraft,
} from './changes.ts';
import type { Job } from './job.ts';
import { CHANGE_WAIT_MS, MAX_QUEUED_CHANGES } from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { readJobs } from './read-job.ts';
import { toStored } from './results.ts';
import { blockOf, toCounts } from './states.ts';
import { updateBlocks, updateHeads } from './store.ts';
import { type BlobRow, insertBlobs, insertRuns, type RunRow, upsertRuns } from './store-runs.ts';

/** Bytes of outputs in one statement. */
const BLOB_STATEMENT_BYTES = 4 * 1024 * 1024;

/** What the writer needs. */
export interface WriterDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly open: OpenJobs;
  /** How it is stored when another process may have taken the work over. */
  readonly fenced?: Fenced;
  /** Runs or the header of a job have changed, durably. */
  changed(job: Job, moved: readonly Moved[]): void;
}

/** The writer. */
export interface JobWriter {
  /** Resolves after the commit. Rejects with E_BUSY, E_UNAVAILABLE. */
  write(change: Change): Promise<void>;
  /** Stores what waits. */
  stop(): Promise<void>;
}

/** The row that a report is worth. */
interface NotedRun {
  readonly job: Job;
  readonly row: RunRow;
  readonly blob: BlobRow | null;
  /** A row of an earlier report is there, or may be. */
  readonly hasRow: boolean;
  /** The run goes on. */
  readonly isOpen: boolean;
}

/** What a batch of changes amounts to. */
interface Outcome {
  readonly drafts: readonly Draft[];
  readonly noted: readonly NotedRun[];
  /** Said to the changes once they are stored. */
  readonly tell: readonly (() => void)[];
}

/** Makes it. One batch at a time, in order: what lies in memory is what the last commit left. */
export function createJobWriter(deps: WriterDeps): JobWriter {
  const writer = createBatchWriter<Change>({
    name: 'job',
    maxQueued: MAX_QUEUED_CHANGES,
    maxMs: CHANGE_WAIT_MS,
    inFlight: 1,
    flush: (changes) => flush(deps, changes),
    clock: deps.clock,
  });
  return { write: (change) => writer.write(change), stop: () => writer.stop() };
}

async function flush(deps: WriterDeps, changes: readonly Change[]): Promise<void> {
  const ended = await readEnded(deps, changes);
  const outcome = decide(deps, changes, ended);
  await storeOnce(deps, outcome);
  for (const say of outcome.tell) say();
  for (const { job, row, isOpen } of outcome.noted) if (isOpen) job.noted.add(row.idx);
  for (const draft of outcome.drafts) adopt(deps, draft);
}

const keyOf = (tenant: number, id: string) => `${tenant}/${id}`;

/** Jobs that are over and that a device still reports about, as after `unknown`: two statements a tenant. */
async function readEnded({ sql, open }: WriterDeps, changes: readonly Change[]): Promise<Map<string, Job>> {
  const late = changes.filter((change): change is ReportChange => change.kind === 'report');
  const unknown = late.filter(({ tenant, report }) => open.find(tenant, report.cmdId) === undefined);
  const jobs = new Map<string, Job>();
  for (const tenant of new Set(unknown.map((change) => change.tenant))) {
    const wanted = unknown.map(({ report, idx }) => ({ id: report.cmdId, block: blockOf(idx) }));
    for (const [id, job] of await readJobs(sql, tenant, wanted)) jobs.set(keyOf(tenant, id), job);
  }
  return jobs;
}

/** Decides about every change in order. */
function decide({ clock, open }: WriterDeps, changes: readonly Change[], ended: Map<string, Job>): Outcome {
  const nowMs = clock.now();
  const drafts = new Map<Job, Draft>();
  const noted = new Map<string, NotedRun>();
  const tell: (() => void)[] = [];
  const draftOf = (job: Job) => {
    const draft = drafts.get(job) ?? beginDraft(job);
    drafts.set(job, draft);
    return draft;
  };
  function takeReport(change: ReportChange): ReportChange['outcome'] {
    const { tenant, idx, report } = change;
    const job = open.find(tenant, report.cmdId) ?? ended.get(keyOf(tenant, report.cmdId));
    if (job === undefined) return 'unknown';
    const draft = draftOf(job);
    const outcome = applyReport(draft, change);
    if (outcome !== 'moved') return outcome;
    const isNumbered = draft.ns.has(idx);
    const { row, blob } = toStored(change, { job, at: new Date(nowMs), isNumbered });
    // A run that was over may have any row; one that is open only what was noted here or read at the start.
    const from = draft.moved.at(-1)?.from;
    const hasRow = job.noted.has(idx) || from === undefined || isFinal(from);
    const isOpen = !isFinal(report.state);
    if (row !== null) noted.set(`${tenant}/${job.number}/${idx}`, { job, row, blob, hasRow, isOpen });
    return outcome;
  }
  for (const change of changes) {
    if (change.kind === 'report') {
      const outcome = takeReport(change);
      tell.push(() => {
        change.outcome = outcome;
      });
    } else if (change.kind === 'offer') {
      const moved = applyOffer(draftOf(change.job), change);
      tell.push(() => {
        change.moved = moved;
      });
    } else applyJobChange(draftOf(change.job), change);
  }
  for (const draft of drafts.values()) settleDraft(draft, nowMs);
  return { drafts: [...drafts.values()].filter(hasChanged), noted: sortRows([...noted.values()]), tell };
}

/** In the order of the key: neighbors come into the same page of the index. */
function sortRows(noted: readonly NotedRun[]): NotedRun[] {
  return noted.toSorted(({ row: a }, { row: b }) => a.tenant - b.tenant || a.job - b.job || a.idx - b.idx);
}

/** A batch whose commit had no answer finds its own rows when it is repeated. */
async function storeOnce(deps: WriterDeps, outcome: Outcome): Promise<void> {
  const fenced = deps.fenced ?? unfenced(deps.sql);
  try {
    await fenced((sql) => store(sql, outcome));
  } catch (error) {
    if (!isConflict(error, 'job_exception_pkey')) throw error;
    const noted = outcome.noted.map((one) => ({ ...one, hasRow: true }));
    await fenced((sql) => store(sql, { ...outcome, noted }));
  }
}

/** One statement: blocks, headers, rows of runs, outputs; more only for outputs that are too large for it. */
async function store(sql: RawSql, { drafts, noted }: Outcome): Promise<void> {
  if (drafts.length === 0) return;
  const sorted = drafts.toSorted((a, b) => a.job.tenant - b.job.tenant || a.job.number - b.job.number);
  const blocks = sorted.flatMap(({ job, blocks: changed }) =>
    [...changed].map(([block, states]) => ({ tenant: job.tenant, job: job.number, block, states })),
  );
  const heads = sorted.filter(({ job, head }) => head !== job.head || head.endedMs !== null);
  const fresh = noted.filter(({ hasRow }) => !hasRow).map(({ row }) => row);
  const known = noted.filter(({ hasRow }) => hasRow).map(({ row }) => row);
  const blobs = uniqueBlobs(noted.flatMap(({ blob }) => blob ?? []));
  const ended = heads.map(({ job, head, counts }) => ({
    tenant: job.tenant,
    number: job.number,
    head,
    counts: head.endedMs === null ? null : toCounts(counts),
  }));
  // What does not fit into one statement is stored before: an output that nothing names does no harm.
  const [last, ...large] = cutBlobs(blobs).toReversed();
  for (const part of large) await insertBlobs(sql, part);
  await runAsOne(sql, [
    ...(blocks.length > 0 ? [updateBlocks(sql, blocks)] : []),
    ...(heads.length > 0 ? [updateHeads(sql, ended)] : []),
    ...(last === undefined ? [] : [insertBlobs(sql, last)]),
    ...(fresh.length > 0 ? [insertRuns(sql, fresh)] : []),
    ...(known.length > 0 ? [upsertRuns(sql, known)] : []),
    ...drafts.flatMap(({ events }) => events.map((event) => insertPending(sql, event))),
  ]);
}

/** Each output once, in the order of its hash. */
function uniqueBlobs(blobs: readonly BlobRow[]): BlobRow[] {
  const byHash = new Map(
    blobs.map((blob) => [`${blob.tenant}/${Buffer.from(blob.hash).toString('hex')}`, blob]),
  );
  return [...byHash].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, blob]) => blob);
}

function cutBlobs(blobs: readonly BlobRow[]): BlobRow[][] {
  const parts: BlobRow[][] = [];
  let sizeBytes = BLOB_STATEMENT_BYTES;
  for (const blob of blobs) {
    if (sizeBytes + blob.body.length > BLOB_STATEMENT_BYTES) {
      parts.push([]);
      sizeBytes = 0;
    }
    parts.at(-1)?.push(blob);
    sizeBytes += blob.body.length;
  }
  return parts;
}

/** What was stored becomes what is known. */
function adopt({ open, changed }: WriterDeps, draft: Draft): void {
  const { job } = draft;
  for (const [block, states] of draft.blocks) job.blocks.set(block, states);
  for (const [idx, n] of draft.ns) job.ns.set(idx, n);
  job.counts = draft.counts;
  job.head = draft.head;
  if (draft.head.endedMs !== null) open.remove(job);
  changed(job, draft.moved);
}
