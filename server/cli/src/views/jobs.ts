// Jobs and runs: how they stand, and who did not do what was asked.
import { isFinal, type RunState, runStates } from '@muster/protocol';
import type { Job, JobSummary, Run } from '../api/types.ts';
import { type Canvas, fitId, type Tone } from '../output/canvas.ts';
import { countOf, formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { drawFacts, drawTable, drawWhole } from '../output/table.ts';
import { formatAgo } from '../output/units.ts';

const tones: Readonly<Record<JobSummary['state'], Tone>> = {
  'awaiting-signatures': 'warn',
  scheduled: 'plain',
  running: 'plain',
  held: 'warn',
  done: 'good',
  canceled: 'quiet',
  expired: 'quiet',
};

function runTone(state: RunState): Tone {
  if (state === 'succeeded') return 'good';
  return isFinal(state) ? 'bad' : state === 'waiting-person' ? 'warn' : 'plain';
}

/** States in which nothing was heard of a device. */
const unheard = new Set<RunState>(['expired', 'unknown']);

/** Counts in the order runs go through the states: `3 running, 97 succeeded`. */
export function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.keys(runStates)
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => `${formatCount(counts[state] ?? 0)} ${state}`)
    .join(', ');
}

/** Targets that are final, and all. */
export function countFinal(counts: Readonly<Record<string, number>>): number {
  return Object.entries(counts).reduce(
    (sum, [state, count]) => sum + (state in runStates && isFinal(state as RunState) ? count : 0),
    0,
  );
}

/** Draws the list. */
export function drawJobs(jobs: readonly JobSummary[], nowMs: number, canvas: Canvas): string {
  return drawTable(
    [
      { title: 'job', whole: true },
      { title: 'kind' },
      { title: 'state' },
      { title: 'devices', align: 'right' },
      { title: 'runs' },
      { title: 'made' },
      { title: 'asked by' },
      { title: 'reason' },
    ],
    jobs.map((job) => [
      fitId(job.id, canvas),
      job.dryRun ? `${job.kind} (dry run)` : job.kind,
      { text: job.state, tone: tones[job.state] },
      formatCount(job.targets),
      formatCounts(job.counts),
      formatAgo(job.createdAt, nowMs),
      job.requester,
      job.reason,
    ]),
    canvas,
  );
}

/** Draws how one job stands; the command itself is drawn apart. */
export function drawJobState(job: Job, canvas: Canvas): string {
  const { options } = job;
  const carried = [
    options.concurrency === null ? '' : `${options.concurrency} at a time`,
    options.batches.length === 0 ? '' : `in batches to ${options.batches.join(', ')} %`,
    options.stopAtFailures === null ? '' : `held at ${countOf(options.stopAtFailures, 'failure')}`,
  ].filter((text) => text !== '');
  return drawFacts(
    [
      ['State', { text: job.state, tone: tones[job.state] }],
      ['', job.held],
      ['Runs', formatCounts(job.counts)],
      ['Signed by', `${job.signers.join(', ')} (${job.signers.length} of ${job.needed})`],
      ['Carried out', carried.join(', ')],
      ['Made', `${formatMoment(job.createdAt)} with the token ${job.madeBy}`],
      ['Ended', job.endedAt === null ? null : formatMoment(job.endedAt)],
    ],
    canvas,
  );
}

/** What a run says for itself. */
function describeRun({ state, code, message, exit }: Run): string {
  if (unheard.has(state) && message === '') return 'did not answer';
  const why = code === null ? (exit === null ? '' : `exit code ${exit}`) : code;
  return [why, message].filter((text) => text !== '').join(': ');
}

/** So few runs are drawn whole: what each says matters more than a table. */
const MAX_WHOLE = 5;

/** Draws runs, as those that did not succeed. */
export function drawRuns(runs: readonly Run[], canvas: Canvas): string {
  const draw = runs.length <= MAX_WHOLE ? drawWhole : drawTable;
  return draw(
    [{ title: 'device' }, { title: 'state' }, { title: 'what it says' }, { title: 'id', whole: true }],
    runs.map((run) => [
      run.hostname,
      { text: run.state, tone: runTone(run.state) },
      describeRun(run),
      run.deviceId,
    ]),
    canvas,
  );
}

/** The end of a job in a sentence. */
export function describeEnd({ counts, targets, state }: Pick<Job, 'counts' | 'targets' | 'state'>): string {
  const silent = (counts.expired ?? 0) + (counts.unknown ?? 0);
  const all =
    counts.succeeded === targets ? `All ${countOf(targets, 'device')} succeeded` : formatCounts(counts);
  const who = silent === 0 ? '' : `; ${countOf(silent, 'device')} did not answer`;
  return `${targets === 1 && counts.succeeded === 1 ? 'It succeeded' : all}${who}${state === 'canceled' ? '; the job was canceled' : ''}.`;
}
