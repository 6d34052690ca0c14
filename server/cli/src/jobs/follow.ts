// Follows a job live: a progress line, outputs as they come, until it is over or nothing more is to be expected soon.
import { isFinal, isMusterError, type RunState, runStates } from '@muster/protocol';
import { type ServerEvent, take } from '../api/client.ts';
import type { Job } from '../api/types.ts';
import { fail } from '../errors.ts';
import { formatCount } from '../output/count.ts';
import { formatJson, safeText } from '../output/safe-text.ts';
import type { Session } from '../session.ts';
import { untilInterrupted } from '../signals.ts';
import { countFinal, formatCounts } from '../views/jobs.ts';
import { conclude, type Ending, printMissed, readRuns } from './conclude.ts';
import { Outputs } from './outputs.ts';

/** Usual grace, ms. */
const OFFLINE_GRACE_MS = 5_000;
/** Pause before a broken stream is opened again, and how long that is tried, ms. */
const RECONNECT_MS = 1_000;
const MAX_RECONNECT_MS = 30_000;
/** Devices whose presence is asked for one by one. */
const MAX_ASKED_DEVICES = 25;

/** How a job is followed. */
export interface FollowOptions {
  /** Names of devices by id, as far as they are known. */
  readonly names: ReadonlyMap<string, string>;
  /** Go on when only devices that are not connected are left. */
  readonly waitsForOffline: boolean;
  /** When only devices that are not there are left, it is waited this much longer, ms; also how often it is looked. */
  readonly graceMs?: number;
}

/** What following a job works with. */
interface Follower {
  readonly session: Session;
  readonly job: Job;
  readonly follow: FollowOptions;
  readonly outputs: Outputs;
}

interface Progress {
  readonly state: Job['state'];
  readonly counts: Readonly<Record<string, number>>;
  readonly held: string | null;
}

function isProgress(data: unknown): data is Progress {
  return typeof data === 'object' && data !== null && 'state' in data && 'counts' in data;
}

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

/** Names of the devices whose runs are open, when none of them is connected; null: one is, or there are too many to ask. */
async function readAway({ session, job }: Follower): Promise<string[] | null> {
  if (job.targets > MAX_ASKED_DEVICES) return null;
  const { items } = await readRuns(session, job.id);
  const open = items.filter(({ state }) => !isFinal(state));
  // Waiting for a device that never began is another ending.
  if (open.length === 0 || open.every(({ state }) => state === 'queued')) return null;
  for (const { deviceId: id } of open) {
    const device = await take(session.api.http.GET('/api/v1/devices/{id}', { params: { path: { id } } }));
    if (device.presence === 'online') return null;
  }
  return open.map(({ hostname }) => hostname);
}

/** Looks now and then whether anybody is left who could answer; `found` is called once. */
function watchPresence(follower: Follower, found: (names: readonly string[]) => void): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = follower.follow.waitsForOffline;
  let wasAway = false;
  const plan = () => {
    if (!isStopped) timer = setTimeout(() => void look(), follower.follow.graceMs ?? OFFLINE_GRACE_MS);
  };
  const look = async () => {
    // A server that is gone is the stream's matter.
    const names = await readAway(follower).catch(() => null);
    // Twice, because the last word of a device may be on its way.
    if (names !== null && wasAway && !isStopped) return found(names);
    wasAway = names !== null;
    plan();
  };
  plan();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Reads the stream once; null: it broke. */
async function readStream(
  follower: Follower,
  signal: AbortSignal,
  onAlive: () => void,
): Promise<Ending | null> {
  const { session, job, follow } = follower;
  const line = createLine(session);
  const giveUp = new AbortController();
  const both = AbortSignal.any([signal, giveUp.signal]);
  let given: Ending = { why: 'offline' };
  let timer: NodeJS.Timeout | undefined;
  const presence = watchPresence(follower, (names) => {
    given = { why: 'away', names };
    giveUp.abort();
  });
  const onProgress = ({ counts, state, held }: Progress): Ending | null => {
    line.show(
      `${formatCount(countFinal(counts))} of ${formatCount(job.targets)} done: ${formatCounts(counts)}`,
    );
    if (state === 'held') {
      line.clear();
      session.note(`The job is held: ${held ?? 'too many failures'}.`);
      return { why: 'held' };
    }
    if (state === 'awaiting-signatures') return { why: 'signatures' };
    const isWaiting = isOnlyQueued(counts, job.targets) && !follow.waitsForOffline;
    if (!isWaiting) clearTimeout(timer);
    timer = isWaiting
      ? (timer ?? setTimeout(() => giveUp.abort(), follow.graceMs ?? OFFLINE_GRACE_MS))
      : undefined;
    return null;
  };
  try {
    for await (const event of session.api.events(`/api/v1/jobs/${job.id}/events`, both)) {
      if (session.json) session.terminal.stdout.write(`${formatJson(event, 0)}\n`);
      line.clear();
      onAlive();
      const ending = onEvent(follower, event, onProgress);
      if (ending !== null) return ending;
    }
  } finally {
    presence.stop();
    clearTimeout(timer);
    line.clear();
  }
  return signal.aborted ? { why: 'interrupted' } : giveUp.signal.aborted ? given : null;
}

function onEvent(
  follower: Follower,
  { event, data }: ServerEvent,
  onProgress: (progress: Progress) => Ending | null,
): Ending | null {
  if (event === 'end') return { why: 'end' };
  if (event === 'progress' && isProgress(data)) return onProgress(data);
  const { deviceId, offset, text, state } = data as Readonly<Record<string, unknown>>;
  if (typeof deviceId !== 'string') return null;
  if (event === 'output' && typeof text === 'string')
    onOutput(follower, deviceId, { offset: typeof offset === 'number' ? offset : 0, text });
  if (event === 'run' && typeof state === 'string' && runStates[state as RunState]?.final)
    follower.outputs.finish(deviceId);
  return null;
}

function onOutput(
  { session, outputs, follow }: Follower,
  deviceId: string,
  piece: { readonly offset: number; readonly text: string },
): void {
  if (!outputs.addLive(deviceId, piece) || session.json) return;
  const name = follow.names.get(deviceId) ?? deviceId;
  session.note(
    `(Output of ${name} before this is missing here; --output shows what is kept once it is over.)`,
  );
}

/** Reads the stream, again where it breaks: the server may restart, and the job does not depend on this terminal. */
async function readEnding(follower: Follower): Promise<Ending> {
  const { signal, end } = untilInterrupted();
  const { session } = follower;
  let brokenSinceMs: number | null = null;
  const onAlive = () => {
    brokenSinceMs = null;
  };
  try {
    for (;;) {
      try {
        const ending = await readStream(follower, signal, onAlive);
        if (ending !== null) return ending;
      } catch (error) {
        if (!isMusterError(error, 'E_CONNECT') && !isMusterError(error, 'E_UNAVAILABLE')) throw error;
        if (brokenSinceMs === null) session.note('The server does not answer; trying again for 30 s.');
        brokenSinceMs ??= Date.now();
        if (Date.now() - brokenSinceMs > MAX_RECONNECT_MS) return { why: 'unreachable' };
      }
      await new Promise((next) => setTimeout(next, RECONNECT_MS));
      if (signal.aborted) return { why: 'interrupted' };
    }
  } finally {
    end();
  }
}

/** Follows until the job is over, or nothing more is to be expected soon. @throws MusterError E_JOB_FAILED, E_JOB_OPEN */
export async function followJob(session: Session, job: Job, follow: FollowOptions): Promise<void> {
  const write = (text: string) => {
    if (!session.json) session.terminal.stdout.write(text);
  };
  const nameOf = (deviceId: string) => safeText(follow.names.get(deviceId) ?? deviceId);
  const outputs = new Outputs(write, (deviceId) => (job.targets === 1 ? '' : `${nameOf(deviceId)}: `));
  const ending = await readEnding({ session, job, follow, outputs });
  outputs.finishAll();
  if (ending.why === 'unreachable')
    throw fail('E_JOB_OPEN', {
      detail: `The server cannot be reached; the job goes on without this terminal. muster job ${job.id} --follow watches it again.`,
    });
  const path = { id: job.id };
  const now = await take(session.api.http.GET('/api/v1/jobs/{id}', { params: { path } }));
  if (now.endedAt !== null && !session.json) await printMissed(session, now, outputs);
  await conclude(session, now, ending);
}
