// What happens to a job, decided over copies of its blocks: pure, so that a batch can be tried again after a failure.
import { isFinal, type RunReport, type RunState } from '@muster/protocol';
import type { AuditEvent } from '../../core/audit/audit.ts';
import { idxsOf, type Job, type JobHead, type OpenJob } from './job.ts';
import { BLOCK_DEVICES } from './limits.ts';
import {
  blockOf,
  codeOf,
  countFailures,
  countOpen,
  leadsTo,
  NOT_MEANT,
  stateOf,
  type Tally,
} from './states.ts';

/** Devices of a job are offered it; `moved` says afterwards which still waited for that. */
export interface OfferChange {
  readonly kind: 'offer';
  readonly job: OpenJob;
  readonly idxs: readonly number[];
  moved: readonly number[];
}

/** The server ends runs, or a person changes the header. */
export interface JobChange {
  readonly kind: 'job';
  readonly job: OpenJob;
  /** Null leaves the header as it is. */
  head?(head: JobHead): Partial<JobHead> | null;
  /** Where runs go; null leaves one as it is. */
  close?(state: RunState): RunState | null;
  /** Only this device's run; absent: all. */
  readonly idx?: number;
  /** Stored with the change; absent: the server does it by itself. */
  readonly event?: AuditEvent;
}

/** A device says where its run stands. */
export interface ReportChange {
  readonly kind: 'report';
  readonly tenant: number;
  readonly idx: number;
  readonly deviceId: string;
  readonly report: RunReport;
  /** Said afterwards: `unknown`: no job means that device. */
  outcome: 'moved' | 'same' | 'unknown';
}

export type Change = OfferChange | JobChange | ReportChange;

/** A run that changed its state. */
export interface Moved {
  readonly idx: number;
  readonly from: RunState;
  readonly to: RunState;
  /** Null: the server moved it by itself. */
  readonly by: ReportChange | null;
}

/** What a batch makes of one job. */
export interface Draft {
  readonly job: Job;
  readonly blocks: Map<number, Uint8Array>;
  readonly counts: Tally;
  readonly ns: Map<number, number>;
  head: JobHead;
  readonly moved: Moved[];
  readonly events: AuditEvent[];
}

/** A draft that changes nothing yet. */
export function beginDraft(job: Job): Draft {
  const counts = job.counts.slice();
  return { job, blocks: new Map(), counts, ns: new Map(), head: job.head, moved: [], events: [] };
}

function stateIn({ job, blocks }: Draft, idx: number): RunState | undefined {
  const at = blockOf(idx);
  const block = blocks.get(at) ?? job.blocks.get(at);
  return stateOf(block?.[idx % BLOCK_DEVICES] ?? NOT_MEANT);
}

function move(draft: Draft, moved: Moved): void {
  const at = blockOf(moved.idx);
  const block = draft.blocks.get(at) ?? draft.job.blocks.get(at)?.slice();
  if (block === undefined) return;
  draft.blocks.set(at, block);
  block[moved.idx % BLOCK_DEVICES] = codeOf(moved.to);
  draft.counts[codeOf(moved.from)] = (draft.counts[codeOf(moved.from)] ?? 0) - 1;
  draft.counts[codeOf(moved.to)] = (draft.counts[codeOf(moved.to)] ?? 0) + 1;
  draft.moved.push(moved);
}

/** Devices that were offered the job by this change. */
export function applyOffer(draft: Draft, { idxs }: OfferChange): number[] {
  // A cancellation or hold may have come first.
  if (draft.head.state !== 'running') return [];
  return idxs.filter((idx) => {
    if (stateIn(draft, idx) !== 'queued') return false;
    move(draft, { idx, from: 'queued', to: 'offered', by: null });
    return true;
  });
}

/** Ends runs and changes the header. */
export function applyJobChange(draft: Draft, { head, close, idx, event }: JobChange): void {
  const change = head?.(draft.head) ?? null;
  if (change !== null) draft.head = { ...draft.head, ...change };
  if (change !== null && event !== undefined) draft.events.push(event);
  if (close === undefined) return;
  const idxs = idx === undefined ? idxsOf(draft.job, (state) => !isFinal(state)) : [idx];
  for (const one of idxs) {
    const from = stateIn(draft, one);
    const to = from === undefined ? null : close(from);
    if (from !== undefined && to !== null && to !== from) move(draft, { idx: one, from, to, by: null });
  }
}

/** Takes a report. A repeated or late one changes nothing. */
export function applyReport(draft: Draft, change: ReportChange): ReportChange['outcome'] {
  const { idx, report } = change;
  const from = stateIn(draft, idx);
  if (from === undefined) return 'unknown';
  const last = draft.ns.get(idx) ?? draft.job.ns.get(idx);
  if (last !== undefined && report.n <= last) return 'same';
  if (!leadsTo(from, report.state)) return 'same';
  move(draft, { idx, from, to: report.state, by: change });
  // From an interruption on states come round again, and only their number tells an old report from a new one.
  if (last !== undefined || report.state === 'interrupted' || report.state === 'waiting-person')
    draft.ns.set(idx, report.n);
  return 'moved';
}

/** What follows from the counts: too many failures hold the rest, and a job without open targets is over. */
export function settleDraft(draft: Draft, nowMs: number): void {
  const { head, counts, job } = draft;
  if (head.endedMs !== null) return;
  const failures = countFailures(counts);
  const queued = counts[codeOf('queued')] ?? 0;
  if (head.state === 'running' && head.stopAt !== null && failures >= head.stopAt && queued > 0) {
    const note = `${failures} of the devices reported a failure; continue or cancel it.`;
    draft.head = { ...head, state: 'held', note };
  }
  if (countOpen(counts) > 0) return;
  const isExpired = (counts[codeOf('expired')] ?? 0) === job.targets;
  const state = head.state === 'canceled' ? 'canceled' : isExpired ? 'expired' : 'done';
  draft.head = { ...draft.head, state, endedMs: nowMs };
}

/** True when there is something to be stored. */
export function hasChanged({ job, head, blocks }: Draft): boolean {
  return blocks.size > 0 || head !== job.head;
}
