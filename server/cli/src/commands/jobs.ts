// `muster jobs`, `job`, `cancel`, `continue`: what was ordered, how it stands, and decisions about it.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isFinal, isMusterError, type RunState, runStates } from '@muster/protocol';
import { type JobState, jobStates, MAX_LISTED_TARGETS } from '@muster/protocol/commands';
import { type Command, Option } from 'commander';
import { take } from '../api/client.ts';
import { findDevice } from '../api/find-device.ts';
import { collectPages, pageOf } from '../api/pages.ts';
import type { Job } from '../api/types.ts';
import { fail } from '../errors.ts';
import { describeTruncated, readRuns } from '../jobs/conclude.ts';
import { readNamedContent } from '../jobs/content-args.ts';
import { decodeCommand } from '../jobs/documents.ts';
import { followJob } from '../jobs/follow.ts';
import { describeHolding } from '../jobs/halts-in-force.ts';
import { beginningOf } from '../output/count.ts';
import { safeText } from '../output/safe-text.ts';
import { formatBytes } from '../output/units.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { readTrust } from '../trust/read-trust.ts';
import { drawCommand } from '../views/command.ts';
import { describeContent } from '../views/content.ts';
import { drawJobState, drawJobs, drawRuns } from '../views/jobs.ts';
import { addListOptions, type ListOptions, wantedRows } from './options.ts';

/** Jobs a list shows when nobody says, and runs. */
const USUAL_JOBS = 50;
const USUAL_RUNS = 500;

interface JobListOptions extends ListOptions {
  readonly state?: JobState;
}

/** A job by its id or the beginning of it. @throws MusterError E_USAGE */
export async function findJob({ api }: Pick<Session, 'api'>, text: string): Promise<Job> {
  const id = text.startsWith('cmd_') ? text : `cmd_${text}`;
  if (/^cmd_[a-z2-7]{26}$/.test(id))
    return take(api.http.GET('/api/v1/jobs/{id}', { params: { path: { id } } }));
  const { jobs } = await take(api.http.GET('/api/v1/jobs', { params: { query: { limit: 500 } } }));
  const found = jobs.filter((job) => job.id.startsWith(id));
  const [first, second] = found;
  if (first !== undefined && second === undefined)
    return take(api.http.GET('/api/v1/jobs/{id}', { params: { path: { id: first.id } } }));
  throw fail('E_USAGE', {
    detail: `${first === undefined ? 'No job begins' : 'Several jobs begin'} with ${text}; muster jobs lists them.`,
  });
}

/** Registers the commands. */
export function registerJobs(program: Command, terminal: Terminal): void {
  const jobs = program
    .command('jobs')
    .summary('list what was ordered')
    .description('Lists jobs, newest first.')
    .addOption(new Option('--state <state>', 'only in this state').choices(jobStates));
  addListOptions(jobs, USUAL_JOBS).action((options: JobListOptions, command: Command) =>
    withSession(terminal, command, (session) => list(session, options)),
  );
  registerJob(program, terminal);
  registerDecisions(program, terminal);
}

async function list(session: Session, options: JobListOptions): Promise<void> {
  const { state } = options;
  const page = await collectPages(
    async ({ limit, cursor }) => {
      const query = { limit, ...(state && { state }), ...(cursor && { after: Number(cursor) }) };
      const { jobs, next } = await take(session.api.http.GET('/api/v1/jobs', { params: { query } }));
      return pageOf(jobs, next);
    },
    { wanted: wantedRows(options, USUAL_JOBS) },
  );
  const { items, next } = page;
  if (items.length === 0)
    session.note(
      state === undefined ? 'Nothing has been ordered yet; muster run does it.' : `No job is ${state}.`,
    );
  if (items.length > 0 || session.json)
    session.print(page, (canvas) => drawJobs(items, session.terminal.now(), canvas));
  if (next !== null)
    session.note(`${beginningOf(items.length, { word: 'newest', thing: 'job' })}; --all shows all.`);
}

interface JobOptions extends Pick<ListOptions, 'all'> {
  readonly follow?: true;
  readonly output?: string;
  readonly runs?: RunState | 'all';
  readonly untilAll?: true;
  readonly fetched?: string;
  readonly to?: string;
}

function registerJob(program: Command, terminal: Terminal): void {
  program
    .command('job')
    .summary('show a job, follow it, or read the output of a device')
    .description(
      'Shows a job as it was signed and how it stands, follows it live, or prints the output of one device.',
    )
    .argument('<job>', 'id of the job, its beginning is enough')
    .option('--follow', 'watch it until it is over')
    .option('--until-all', 'with --follow: also wait for devices that are offline')
    .addOption(new Option('--output <device>', 'print what the run on a device wrote').conflicts('follow'))
    .addOption(
      new Option('--runs <state>', 'list the runs in a state').choices(['all', ...Object.keys(runStates)]),
    )
    .option('--all', `with --runs: all of them, not only the first ${USUAL_RUNS}`)
    .option('--fetched <device>', 'save the file that file.fetch has brought from a device')
    .option('--to <file>', 'where it is saved')
    .action((id: string, options: JobOptions, command: Command) =>
      withSession(terminal, command, async (session) => {
        const job = await findJob(session, id);
        if (options.fetched !== undefined) return saveFetched(session, job, options);
        if (options.output !== undefined) return printOutput(session, job, options.output);
        if (options.runs !== undefined) return printRuns(session, job, options);
        if (options.follow !== true) return show(session, job);
        return followJob(session, job, { names: namesOf(job), waitsForOffline: options.untilAll === true });
      }),
    );
}

/** Names that were signed with the job. */
function namesOf(job: Job): Map<string, string> {
  if (job.envelope === null) return new Map();
  const { targets } = decodeCommand(job.envelope);
  return new Map('list' in targets ? targets.list.map(({ id, hostname }) => [id, hostname]) : []);
}

/** Of a job with devices that one does not see: how it stands on the others. */
function showPart(session: Session, job: Job): void {
  session.print(job, (canvas) => drawJobState(job, canvas));
  session.note('Your roles let you see only some of its devices; the counts are of these.');
}

async function show(session: Session, job: Job): Promise<void> {
  if (job.envelope === null) return showPart(session, job);
  const { document: trust } = await readTrust(session, session.terminal.env);
  const command = decodeCommand(job.envelope);
  const { items } = session.json
    ? { items: [] }
    : await readRuns(session, job.id, { wanted: MAX_LISTED_TARGETS });
  const isAll = items.length === job.targets;
  const named = await readNamedContent(session, command);
  const content = named === null ? undefined : describeContent(named);
  session.print(job, (canvas) =>
    [
      drawCommand({ command, trust, on: job.options.on ?? undefined, content }, canvas),
      '',
      drawJobState(job, canvas),
      ...(isAll ? ['', drawRuns(items, canvas)] : []),
    ].join('\n'),
  );
  if (!isAll && !session.json) session.note(`muster job ${job.id} --runs all lists what each device says.`);
  if (job.endedAt !== null) return;
  const holding = await describeHolding(session, { kind: command.kind, id: job.id });
  if (holding !== '') session.note(holding);
}

async function printRuns(session: Session, job: Job, options: JobOptions): Promise<void> {
  const state = options.runs === 'all' ? undefined : options.runs;
  const page = await readRuns(session, job.id, { state, wanted: wantedRows(options, USUAL_RUNS) });
  const { items, next } = page;
  if (items.length === 0) session.note('There are no such runs.');
  if (items.length > 0 || session.json) session.print(page, (canvas) => drawRuns(items, canvas));
  if (next !== null)
    session.note(`${beginningOf(items.length, { word: 'first', thing: 'run' })}; --all shows all.`);
}

async function printOutput(session: Session, job: Job, text: string): Promise<void> {
  const { api } = session;
  const { id: deviceId, hostname } = await findDevice(api, text);
  const path = { id: job.id, deviceId };
  const run = await take(api.http.GET('/api/v1/jobs/{id}/runs/{deviceId}', { params: { path } }));
  session.print(run, () => (run.output ?? '').replace(/\n$/, '').split('\n').map(safeText).join('\n'));
  if (run.isGenuine === false) session.note('Its own key did not sign this result; believe nothing of it.');
  if (run.truncated) session.note(describeTruncated(hostname));
  if (run.output !== null) return;
  session.note(
    isFinal(run.state)
      ? `${hostname} is ${run.state}; there is no output.`
      : run.state === 'running'
        ? `${hostname} is still running; muster job ${job.id} --follow shows its output.`
        : `${hostname} is ${run.state}; there is no output yet.`,
  );
}

/** Saves a fetched file; never over another one. */
async function saveFetched(session: Session, job: Job, { fetched = '', to }: JobOptions): Promise<void> {
  if (to === undefined) throw fail('E_USAGE', { detail: 'Say where the file is saved: --to <file>.' });
  const { api, note } = session;
  const { id: deviceId, hostname } = await findDevice(api, fetched);
  const pieces = api.download(`/api/v1/jobs/${job.id}/runs/${deviceId}/file`);
  // The first piece is there, or the refusal is, before a file is made.
  const first = await pieces.next();
  let sizeBytes = 0;
  const rest = async function* () {
    for (let piece = first; piece.done !== true; piece = await pieces.next()) {
      sizeBytes += piece.value.length;
      yield piece.value;
    }
  };
  try {
    await pipeline(rest(), createWriteStream(to, { flags: 'wx', mode: 0o600 }));
  } catch (cause) {
    if (isMusterError(cause)) throw cause;
    throw fail('E_FILE', { cause, detail: `The file ${to} cannot be made; it may be there already.` });
  }
  note(`${to} holds what ${hostname} sent, ${formatBytes(sizeBytes)}.`);
}

function registerDecisions(program: Command, terminal: Terminal): void {
  program
    .command('cancel')
    .summary('stop a job')
    .description('Keeps a job from starting where it has not, and stops it where it runs and can be stopped.')
    .argument('<job>', 'id of the job, its beginning is enough')
    .option('--reason <text>', 'why', 'muster cancel')
    .action((id: string, { reason }: { readonly reason: string }, command: Command) =>
      withSession(terminal, command, async (session) => {
        const path = { id: (await findJob(session, id)).id };
        const job = await take(
          session.api.http.POST('/api/v1/jobs/{id}/cancel', { params: { path }, body: { reason } }),
        );
        session.print(job, (canvas) => drawJobState(job, canvas));
      }),
    );
  program
    .command('continue')
    .summary('go on with a job that was held')
    .description('Goes on with a job that was held after failures. It is held again at as many more.')
    .argument('<job>', 'id of the job, its beginning is enough')
    .action((id: string, _options: unknown, command: Command) =>
      withSession(terminal, command, async (session) => {
        const path = { id: (await findJob(session, id)).id };
        const job = await take(session.api.http.POST('/api/v1/jobs/{id}/continue', { params: { path } }));
        session.print(job, (canvas) => drawJobState(job, canvas));
      }),
    );
}
