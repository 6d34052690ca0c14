// The end of following a job: what was not printed yet, who did not do what was asked, and the exit code.
import { type RunState, runStates } from '@muster/protocol';
import { MAX_OUTPUT_BYTES } from '@muster/protocol/commands';
import { take } from '../api/client.ts';
import { collectPages, type Page, pageOf } from '../api/pages.ts';
import type { Job, Run } from '../api/types.ts';
import { fail } from '../errors.ts';
import { formatMoment } from '../output/moments.ts';
import { formatJson, safeText } from '../output/safe-text.ts';
import { formatBytes } from '../output/units.ts';
import type { Session } from '../session.ts';
import { describeEnd, drawRuns } from '../views/jobs.ts';
import { describeHolding } from './halts-in-force.ts';
import type { Outputs } from './outputs.ts';

/** Runs listed at the end, and outputs read then. */
const MAX_LISTED = 500;
const MAX_READ_OUTPUTS = 25;

/** Why following ended. */
export type Ending =
  | { readonly why: 'end' | 'held' | 'offline' | 'interrupted' | 'signatures' | 'unreachable' }
  | { readonly why: 'away'; readonly names: readonly string[] };

/** What is said where a program wrote more than is kept. */
export function describeTruncated(hostname: string): string {
  return `${safeText(hostname)} wrote more than the ${formatBytes(MAX_OUTPUT_BYTES)} that are kept; the beginning of it is gone.`;
}

/** Every run that fits, up to a bound. */
export async function readRuns(
  { api }: Session,
  id: string,
  { state, wanted = MAX_LISTED }: { readonly state?: RunState | undefined; readonly wanted?: number } = {},
): Promise<Page<Run>> {
  return collectPages(
    async ({ limit, cursor }) => {
      const query = { limit, ...(state && { state }), ...(cursor && { after: Number(cursor) }) };
      const answer = await take(api.http.GET('/api/v1/jobs/{id}/runs', { params: { path: { id }, query } }));
      return pageOf(answer.runs, answer.next);
    },
    { wanted },
  );
}

/** Output that did not come live; says where some of it is not to be had. */
export async function printMissed(session: Session, job: Job, outputs: Outputs): Promise<void> {
  if (job.targets > MAX_READ_OUTPUTS) return;
  const { items } = await readRuns(session, job.id);
  for (const { deviceId, hostname, outputSha256 } of items) {
    if (outputSha256 === null) continue;
    const path = { id: job.id, deviceId };
    const { output, truncated } = await take(
      session.api.http.GET('/api/v1/jobs/{id}/runs/{deviceId}', { params: { path } }),
    );
    const isWhole = outputs.addKept(deviceId, { output: output ?? '', truncated });
    if (truncated) session.note(describeTruncated(hostname));
    if (!isWhole)
      session.note(
        `Not all of the output of ${hostname} came live; muster job ${job.id} --output ${hostname} prints what is kept.`,
      );
  }
}

/** All runs that did not succeed, state by state, so that a long list of successes is not read; of a dry run all. */
async function readWorthSaying(session: Session, job: Job): Promise<Run[]> {
  if (job.dryRun) return (await readRuns(session, job.id)).items;
  const states = (Object.keys(runStates) as RunState[]).filter(
    (state) => state !== 'succeeded' && (job.counts[state] ?? 0) > 0,
  );
  const lists = await Promise.all(states.map((state) => readRuns(session, job.id, { state })));
  return lists.flatMap(({ items }) => items).slice(0, MAX_LISTED);
}

async function noteEnd(session: Session, job: Job): Promise<void> {
  if (job.targets === 1 && !job.dryRun && job.counts.succeeded === 1) {
    const [run] = (await readRuns(session, job.id)).items;
    if (run !== undefined && run.message !== '') session.note(`${run.hostname}: ${run.message}`);
  }
  session.note(describeEnd(job));
  if (job.dryRun) session.note('Dry run: nothing was changed.');
}

function describeAway(names: readonly string[], id: string): string {
  const [one = '', ...more] = names;
  const who =
    more.length === 0
      ? `${one} went offline; its run goes on there.`
      : `${names.join(', ')} went offline; their runs go on there.`;
  return `${who} muster job ${id} --follow watches it again.`;
}

function describeUnreached({ counts, targets }: Job): string {
  if (targets === 1) return 'The device is not reached now; it gets it when it is';
  const hasOthers = Object.keys(counts).some((state) => state !== 'queued');
  return `The ${hasOthers ? 'other ' : ''}devices are not reached now; they get it when they are`;
}

/** Why the job is still open, and what to do. */
function describeOpen(job: Job, ending: Ending, nowMs: number): string {
  const again = `muster job ${job.id} --follow watches it again`;
  switch (ending.why) {
    case 'away':
      return describeAway(ending.names, job.id);
    case 'held':
      return `It is held; muster continue ${job.id} goes on, muster cancel ${job.id} ends it.`;
    case 'offline':
      if (Date.parse(job.notBefore) > nowMs)
        return `Nothing starts before ${formatMoment(job.notBefore)}. muster job ${job.id} --follow watches it then.`;
      return `${describeUnreached(job)}, until ${formatMoment(job.notAfter)}. ${again}.`;
    case 'interrupted':
      return `The job goes on without this terminal; ${again}, muster cancel ${job.id} ends it.`;
    case 'signatures':
      return `It waits for another signature; muster approve ${job.id} adds it.`;
    default:
      return `The job is not over; ${again}.`;
  }
}

/** Says how it stands and turns it into the exit code. @throws MusterError E_JOB_FAILED, E_JOB_OPEN */
export async function conclude(session: Session, job: Job, ending: Ending): Promise<void> {
  const runs = await readWorthSaying(session, job);
  if (session.json) session.terminal.stdout.write(`${formatJson({ event: 'job', data: job }, 0)}\n`);
  else if (runs.length > 0) session.print(runs, (canvas) => drawRuns(runs, canvas));
  if (job.endedAt !== null) {
    await noteEnd(session, job);
    if (job.counts.succeeded !== job.targets) throw fail('E_JOB_FAILED');
    return;
  }
  const holding =
    ending.why === 'offline' ? await describeHolding(session, { kind: job.kind, id: job.id }) : '';
  if (holding !== '') session.note(holding);
  throw fail('E_JOB_OPEN', { detail: describeOpen(job, ending, session.terminal.now()) });
}
