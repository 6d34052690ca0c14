// Follows a job live: a progress line, outputs as they come, and at the end who did not do what was asked.
import { type RunState, runStates } from '@muster/protocol';
import { type ServerEvent, take } from '../api/client.ts';
import type { Job, Run } from '../api/types.ts';
import { fail } from '../errors.ts';
import { formatCount } from '../output/count.ts';
import { formatJson, safeText } from '../output/safe-text.ts';
import type { Session } from '../session.ts';
import { untilInterrupted } from '../signals.ts';
import { countFinal, describeEnd, drawRuns, formatCounts } from '../views/jobs.ts';

/** When only devices that are not there are left, it is waited this much longer, ms. */
const OFFLINE_GRACE_MS = 5_000;
/** Pause before a broken stream is opened again, ms. */
const RECONNECT_MS = 1_000;
/** Runs listed at the end, and outputs read then. */
const MAX_LISTED = 500;
const MAX_READ_OUTPUTS = 25;

/** How a job is followed. */
export interface FollowOptions {
  /** Names of devices by id, as far as they are known. */
  readonly names: ReadonlyMap<string, string>;
  /** Go on when only devices that are not connected are left. */
  readonly waitsForOffline: boolean;
}

interface Progress {
  readonly state: Job['state'];
  readonly counts: Readonly<Record<string, number>>;
  readonly held: string | null;
}

function isProgress(data: unknown): data is Progress {
  return typeof data === 'object' && data !== null && 'state' in data && 'counts' in data;
}

/** Prints pieces of output as whole lines, with the name of the device before each where there are several. */
class Outputs {
  private readonly rests = new Map<string, string>();
  /** Devices something was printed of. */
  readonly seen = new Set<string>();
  private readonly write: (text: string) => void;
  private readonly prefixOf: (deviceId: string) => string;

  constructor(write: (text: string) => void, prefixOf: (deviceId: string) => string) {
    this.write = write;
    this.prefixOf = prefixOf;
  }

  add(deviceId: string, text: string): void {
    this.seen.add(deviceId);
    const lines = `${this.rests.get(deviceId) ?? ''}${text}`.split('\n');
    this.rests.set(deviceId, lines.pop() ?? '');
    for (const line of lines) this.line(deviceId, line);
  }

  /** The last line of a program often has no end. */
  finish(deviceId: string): void {
    const rest = this.rests.get(deviceId) ?? '';
    this.rests.delete(deviceId);
    if (rest !== '') this.line(deviceId, rest);
  }

  finishAll(): void {
    for (const deviceId of [...this.rests.keys()]) this.finish(deviceId);
  }

  private line(deviceId: string, text: string): void {
    this.write(`${this.prefixOf(deviceId)}${safeText(text.replace(/\r$/, '').replaceAll('\t', '    '))}\n`);
  }
}

/** Why following ended. */
type Ending = 'end' | 'held' | 'offline' | 'interrupted' | 'signatures';

/** One line that stays in its place on a terminal, and is nothing elsewhere. */
function createLine({ terminal, json }: Session) {
  const isShown = terminal.stderr.isTTY === true && !json;
  let last = '';
  return {
    show(text: string): void {
      if (isShown && text !== last) terminal.stderr.write(`\r\u001b[K${text}`);
      last = text;
    },
    clear(): void {
      if (isShown && last !== '') terminal.stderr.write('\r\u001b[K');
      last = '';
    },
  };
}

/** True when nothing but devices that have not been reached is left. */
function isOnlyQueued(counts: Progress['counts'], targets: number): boolean {
  const open = targets - countFinal(counts);
  return open > 0 && (counts.queued ?? 0) === open;
}

/** Reads the stream once; null: it broke. */
async function readStream(
  session: Session,
  job: Job,
  { follow, outputs, signal }: { follow: FollowOptions; outputs: Outputs; signal: AbortSignal },
): Promise<Ending | null> {
  const line = createLine(session);
  const giveUp = new AbortController();
  const both = AbortSignal.any([signal, giveUp.signal]);
  let timer: NodeJS.Timeout | undefined;
  const onProgress = ({ counts, state, held }: Progress): Ending | null => {
    line.show(
      `${formatCount(countFinal(counts))} of ${formatCount(job.targets)} done: ${formatCounts(counts)}`,
    );
    if (state === 'held') {
      line.clear();
      session.note(`The job is held: ${held ?? 'too many failures'}.`);
      return 'held';
    }
    if (state === 'awaiting-signatures') return 'signatures';
    const isWaiting = isOnlyQueued(counts, job.targets) && !follow.waitsForOffline;
    if (!isWaiting) clearTimeout(timer);
    timer = isWaiting ? (timer ?? setTimeout(() => giveUp.abort(), OFFLINE_GRACE_MS)) : undefined;
    return null;
  };
  try {
    for await (const event of session.api.events(`/api/v1/jobs/${job.id}/events`, both)) {
      if (session.json) session.terminal.stdout.write(`${formatJson(event, 0)}\n`);
      line.clear();
      const ending = onEvent(event, outputs, onProgress);
      if (ending !== null) return ending;
    }
  } finally {
    clearTimeout(timer);
    line.clear();
  }
  return signal.aborted ? 'interrupted' : giveUp.signal.aborted ? 'offline' : null;
}

function onEvent(
  { event, data }: ServerEvent,
  outputs: Outputs,
  onProgress: (progress: Progress) => Ending | null,
): Ending | null {
  if (event === 'end') return 'end';
  if (event === 'progress' && isProgress(data)) return onProgress(data);
  const { deviceId, text, state } = data as { deviceId?: unknown; text?: unknown; state?: unknown };
  if (typeof deviceId !== 'string') return null;
  if (event === 'output' && typeof text === 'string') outputs.add(deviceId, text);
  if (event === 'run' && typeof state === 'string' && runStates[state as RunState]?.final)
    outputs.finish(deviceId);
  return null;
}

async function readEnding(
  session: Session,
  job: Job,
  parts: { follow: FollowOptions; outputs: Outputs },
): Promise<Ending> {
  const { signal, end } = untilInterrupted();
  try {
    for (;;) {
      const ending = await readStream(session, job, { ...parts, signal });
      if (ending !== null) return ending;
      // The server went away or restarts; the job does not depend on this terminal.
      await new Promise((next) => setTimeout(next, RECONNECT_MS));
      if (signal.aborted) return 'interrupted';
    }
  } finally {
    end();
  }
}

/** Every run that fits, up to a bound. */
export async function readRuns(
  { api }: Session,
  id: string,
  state?: RunState,
): Promise<{ runs: Run[]; isAll: boolean }> {
  const runs: Run[] = [];
  let after: number | undefined;
  for (;;) {
    const query = { limit: MAX_LISTED, ...(state && { state }), ...(after !== undefined && { after }) };
    const page = await take(api.http.GET('/api/v1/jobs/{id}/runs', { params: { path: { id }, query } }));
    runs.push(...page.runs);
    if (page.next === null || runs.length >= MAX_LISTED) return { runs, isAll: page.next === null };
    after = Number(page.next);
  }
}

/** Output of runs that ended before anybody listened. */
async function printMissed(session: Session, job: Job, outputs: Outputs): Promise<void> {
  if (job.targets > MAX_READ_OUTPUTS) return;
  const { runs } = await readRuns(session, job.id);
  for (const { deviceId, outputSha256 } of runs) {
    if (outputSha256 === null || outputs.seen.has(deviceId)) continue;
    const path = { id: job.id, deviceId };
    const { output } = await take(
      session.api.http.GET('/api/v1/jobs/{id}/runs/{deviceId}', { params: { path } }),
    );
    outputs.add(deviceId, output ?? '');
    outputs.finish(deviceId);
  }
}

/** All runs that did not succeed, state by state, so that a long list of successes is not read. */
async function readOthers(session: Session, job: Job): Promise<Run[]> {
  const states = (Object.keys(runStates) as RunState[]).filter(
    (state) => state !== 'succeeded' && (job.counts[state] ?? 0) > 0,
  );
  const lists = await Promise.all(states.map((state) => readRuns(session, job.id, state)));
  return lists.flatMap(({ runs }) => runs).slice(0, MAX_LISTED);
}

/** Says how it stands and turns it into the exit code. @throws MusterError E_JOB_FAILED, E_JOB_OPEN */
async function conclude(session: Session, job: Job, ending: Ending): Promise<void> {
  const others = await readOthers(session, job);
  if (session.json) session.terminal.stdout.write(`${formatJson({ event: 'job', data: job }, 0)}\n`);
  else if (others.length > 0) session.print(others, (canvas) => drawRuns(others, canvas));
  if (job.endedAt !== null) {
    session.note(describeEnd(job));
    if (job.counts.succeeded !== job.targets) throw fail('E_JOB_FAILED');
    return;
  }
  const why = {
    end: 'The job is not over.',
    held: `It is held; muster continue ${job.id} goes on, muster cancel ${job.id} ends it.`,
    offline:
      Date.parse(job.notBefore) > session.terminal.now()
        ? `Nothing starts before ${job.notBefore}. muster job ${job.id} --follow watches it then.`
        : `The other devices are not reached now (offline, or held by a halt); they get it when they are, until ${job.notAfter}. muster job ${job.id} --follow watches it again.`,
    interrupted: `The job goes on without this terminal; muster job ${job.id} --follow watches it again, muster cancel ${job.id} ends it.`,
    signatures: `It waits for another signature; muster approve ${job.id} adds it.`,
  }[ending];
  throw fail('E_JOB_OPEN', { detail: why });
}

/** Follows until the job is over, or nothing more is to be expected soon. @throws MusterError E_JOB_FAILED, E_JOB_OPEN */
export async function followJob(session: Session, job: Job, follow: FollowOptions): Promise<void> {
  const write = (text: string) => {
    if (!session.json) session.terminal.stdout.write(text);
  };
  const nameOf = (deviceId: string) => safeText(follow.names.get(deviceId) ?? deviceId);
  const outputs = new Outputs(write, (deviceId) => (job.targets === 1 ? '' : `${nameOf(deviceId)}: `));
  const ending = await readEnding(session, job, { follow, outputs });
  outputs.finishAll();
  const path = { id: job.id };
  const now = await take(session.api.http.GET('/api/v1/jobs/{id}', { params: { path } }));
  if (now.endedAt !== null && !session.json) await printMissed(session, now, outputs);
  await conclude(session, now, ending);
}
