// What people do with jobs: order, sign, continue, cancel. A constant number of statements for any number of targets.
import {
  decodeBase64url,
  type Envelope,
  isMusterError,
  parseEnvelope,
  type RunState,
  readTimeMs,
} from '@muster/protocol';
import { CLOCK_SKEW_MS, type JobState, MAX_CANCELED } from '@muster/protocol/commands';
import type { Connections } from '../../core/agents/session.ts';
import type { AuditOrigin } from '../../core/audit/audit.ts';
import type { Clock } from '../../core/clock.ts';
import { isConflict, isPassing, withMappedErrors } from '../../core/db/failures.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { type Fenced, unfenced } from '../../core/lease.ts';
import { fail } from '../../errors.ts';
import type { TargetSource } from '../devices/index.ts';
import { COMMANDS_CAPABILITY, type Halts } from '../halts/index.ts';
import { eventOf, type JobPlace, orderEvent } from './audit.ts';
import { checkBudget } from './budget.ts';
import type { JobChange } from './changes.ts';
import type { Dispatcher } from './dispatch.ts';
import { createOrderDoubts, type OrderDoubts } from './doubts.ts';
import { idxsOf, type Job, type JobOptions, type OpenJob, toOpen } from './job.ts';
import { type JudgeDeps, type JudgedCommand, judgeCommand } from './judge.ts';
import { closeQueued, type Life } from './life.ts';
import { defaultStopAt, FIRST_WAVE } from './limits.ts';
import type { OpenJobs } from './open-jobs.ts';
import { checkJob, findTargets, type JobOrder } from './order-targets.ts';
import { holdJob, resumeJob } from './pause.ts';
import { listIdxs, readJobs, toJob } from './read-job.ts';
import { roomOf } from './room.ts';
import { makeBlocks, tally } from './states.ts';
import { insertJob, selectCanceled, selectDuplicate } from './store.ts';
import type { Snapshots } from './targets.ts';
import type { JobWriter } from './writer.ts';

/** What the service needs. */
export interface JobsDeps {
  readonly sql: RawSql;
  /** How an order is stored when another process may have taken the work over. */
  readonly fenced?: Fenced;
  readonly clock: Clock;
  readonly judge: JudgeDeps;
  readonly open: OpenJobs;
  readonly writer: JobWriter;
  readonly dispatcher: Dispatcher;
  readonly life: Life;
  readonly devices: TargetSource;
  readonly snapshots: Snapshots;
  readonly connections: Connections;
  readonly halts: Pick<Halts, 'find' | 'setCanceled'>;
  content(digest: string): Promise<Envelope>;
}

/** What an order needs besides. */
interface OrderDeps extends JobsDeps {
  readonly doubts: OrderDoubts;
}

/** Jobs as people see them. */
export interface Jobs {
  /** Stores an order durably and begins it; `isNew` is false where the same bytes were ordered before. */
  order(order: JobOrder): Promise<{ readonly job: Job; readonly isNew: boolean }>;
  /** @throws MusterError E_NOT_FOUND */
  find(tenant: number, id: string): Promise<Job>;
  sign(place: JobPlace, envelope: unknown): Promise<Job>;
  cancel(place: JobPlace, reason: string): Promise<Job>;
  /** Offers it to nobody more until somebody goes on; devices that have it carry it out. @throws MusterError E_JOB_STATE */
  hold(place: JobPlace, reason: string): Promise<Job>;
  /** Goes on after a hold: as many failures again are let through. */
  resume(place: JobPlace): Promise<Job>;
  /** Numbers of its devices whose runs are in these states. @throws MusterError E_NOT_FOUND */
  idxsIn(tenant: number, id: string, states: readonly RunState[]): Promise<number[]>;
  /** Tells everybody which commands must not start any more. */
  announceCanceled(tenant: number): Promise<void>;
  stop(): void;
}

/** Makes the service. */
export function createJobs(deps: JobsDeps): Jobs {
  const doubts = createOrderDoubts({ ...deps, adopt: (job) => adopt(deps, job) });
  // One after the other, so that two do not take the same last place.
  let canceling: Promise<unknown> = Promise.resolve();
  return {
    find: (tenant, id) => findJob(deps, tenant, id),
    order: (order) => takeOrder({ ...deps, doubts }, order),
    sign: async (place, envelope) =>
      signJob(deps, await findOpen(deps, place), { envelope, origin: place.origin }),
    cancel(place, reason) {
      const { origin } = place;
      const mine = canceling.then(async () =>
        cancelJob(deps, await findOpen(deps, place), { reason, origin }),
      );
      canceling = mine.catch(() => undefined);
      return mine;
    },
    hold: async (place, reason) =>
      holdJob(deps, await findOpen(deps, place), { reason, origin: place.origin }),
    resume: async (place) => resumeJob(deps, await findOpen(deps, place), place.origin),
    idxsIn: async (tenant, id, states) => listIdxs(deps.sql, await findJob(deps, tenant, id), states),
    announceCanceled: (tenant) => announceCanceled(deps, tenant),
    stop: () => doubts.stop(),
  };
}

/** A job that was stored without an answer goes on as after a start: what was offered is offered again. */
function adopt({ open, dispatcher, life }: JobsDeps, job: OpenJob): void {
  open.add(job);
  if (job.head.state === 'running') {
    dispatcher.send(job, [...idxsOf(job, (state) => state === 'offered')]);
    dispatcher.begin(job);
  }
  life.arm();
}

async function findJob({ sql, open }: JobsDeps, tenant: number, id: string): Promise<Job> {
  const known = open.find(tenant, id);
  if (known !== undefined) return known;
  const jobs = await withMappedErrors(() => readJobs(sql, tenant, [{ id, block: null }]));
  const job = jobs.get(id);
  if (job === undefined) throw fail('E_NOT_FOUND', { detail: 'There is no job with that id.' });
  return job;
}

async function findOpen(deps: JobsDeps, place: JobPlace): Promise<OpenJob> {
  const { tenant, id } = place;
  await findJob(deps, tenant, id);
  const job = deps.open.find(tenant, id);
  if (job === undefined) throw fail('E_JOB_STATE', { detail: 'The job is over.' });
  await checkJob(place, job);
  return job;
}

async function change({ writer, life }: JobsDeps, job: OpenJob, what: Omit<JobChange, 'kind' | 'job'>) {
  await writer.write({ kind: 'job', job, ...what });
  life.arm();
}

/**
 * The commands that a word must name. None is left out while it matters: a device that has taken a word never thinks it earlier than
 * that word says, so once the word is behind `notAfter` nothing starts by the command any more; the skew is a margin beside that.
 */
function readCanceled({ sql, clock }: JobsDeps, tenant: number): Promise<string[]> {
  const page = { over: new Date(clock.now() - CLOCK_SKEW_MS), limit: MAX_CANCELED + 1 };
  return withMappedErrors(() => selectCanceled(sql, tenant, page));
}

async function announceCanceled(deps: JobsDeps, tenant: number): Promise<void> {
  deps.halts.setCanceled(await readCanceled(deps, tenant));
}

/** A word names so many and no more; one that it cannot name would not be canceled. @throws MusterError E_LIMIT */
async function checkCancelRoom(deps: JobsDeps, { tenant, head, id }: OpenJob): Promise<void> {
  const isOffered = head.state !== 'awaiting-signatures' && head.state !== 'scheduled';
  if (!isOffered || head.state === 'canceled') return;
  if ((await readCanceled(deps, tenant)).length < MAX_CANCELED) return;
  throw fail('E_LIMIT', {
    detail: `${MAX_CANCELED} canceled commands still wait for devices, and devices are told of no more; stop this one by a halt: muster halt --job ${id}`,
  });
}

async function takeOrder(deps: OrderDeps, order: JobOrder): Promise<{ job: Job; isNew: boolean }> {
  const judged = judgeCommand(order.envelope, deps.judge);
  const known = deps.open.find(order.tenant, judged.command.cmdId);
  if (known !== undefined) {
    await checkJob(order, requireSame(known, judged));
    return { job: known, isNew: false };
  }
  let made: MadeJob;
  try {
    made = await makeJob(deps, order, judged);
  } catch (error) {
    if (isMusterError(error, 'E_SCOPE')) throw error;
    const earlier = await findEarlier(deps, { tenant: order.tenant, judged, error });
    return { job: await deps.doubts.takeUp(earlier), isNew: false };
  }
  const { job, wave } = made;
  // The same bytes may have been handed in again meanwhile, and taken up.
  const taken = deps.open.find(job.tenant, job.id);
  if (taken !== undefined) return { job: taken, isNew: false };
  deps.open.add(job);
  // The first wave is stored as offered; the others follow in waves of their own.
  if (job.head.state === 'running') {
    deps.dispatcher.send(job, wave);
    deps.dispatcher.begin(job);
  }
  deps.life.arm();
  return { job, isNew: true };
}

async function signJob(
  deps: JobsDeps,
  job: OpenJob,
  { envelope: input, origin }: { readonly envelope: unknown; readonly origin: AuditOrigin },
): Promise<Job> {
  const added = parseEnvelope(input);
  const { envelope } = job.head;
  if (added.payload !== envelope.payload || added.payloadType !== envelope.payloadType)
    throw fail('E_REPLAY');
  const known = new Set(envelope.signatures.map(({ keyid, sig }) => `${keyid} ${sig}`));
  const fresh = added.signatures.filter(({ keyid, sig }) => !known.has(`${keyid} ${sig}`));
  const judged = judgeCommand({ ...envelope, signatures: [...envelope.signatures, ...fresh] }, deps.judge);
  const state = firstState(judged, deps.clock.now());
  await change(deps, job, {
    head: (head) => ({
      envelope: judged.envelope,
      signers: judged.signers,
      ...(head.state === 'awaiting-signatures' ? { state } : {}),
    }),
    event: eventOf(job, origin, { act: 'job.sign', detail: { signers: [...judged.signers] } }),
  });
  if (job.head.state === 'running') deps.dispatcher.begin(job);
  return job;
}

async function cancelJob(
  deps: JobsDeps,
  job: OpenJob,
  { reason, origin }: { readonly reason: string; readonly origin: AuditOrigin },
): Promise<Job> {
  await checkCancelRoom(deps, job);
  await change(deps, job, {
    head: () => ({ state: 'canceled', note: reason }),
    close: closeQueued('canceled'),
    event: eventOf(job, origin, { act: 'job.cancel', detail: { reason } }),
  });
  await announceCanceled(deps, job.tenant);
  return job;
}

/** @throws MusterError E_REPLAY for the same id over other bytes */
function requireSame(known: Job, { digest }: JudgedCommand): Job {
  if (known.digest !== digest) throw fail('E_REPLAY');
  return known;
}

/**
 * The job of the same bytes, after it could not be made: looked for only then, since nearly every order is new.
 * @throws MusterError E_REPLAY for the same id over other bytes; the failure itself where there is no such job
 */
async function findEarlier(
  { sql }: JobsDeps,
  {
    tenant,
    judged,
    error,
  }: { readonly tenant: number; readonly judged: JudgedCommand; readonly error: unknown },
): Promise<Job> {
  // Whether an insert without an answer took place is not known here: it is in doubt, and asking again tells.
  if (isPassing(error)) throw error;
  const id = judged.command.cmdId;
  const known = (await withMappedErrors(() => readJobs(sql, tenant, [{ id, block: null }]))).get(id);
  if (known === undefined) throw error;
  return requireSame(known, judged);
}

function firstState({ isSigned, command }: JudgedCommand, nowMs: number): JobState {
  if (!isSigned) return 'awaiting-signatures';
  return readTimeMs(command.notBefore) > nowMs ? 'scheduled' : 'running';
}

function toOptions(order: JobOrder, { command }: JudgedCommand, on: string | null): JobOptions {
  const named = command.args.content;
  return {
    on,
    concurrency: order.concurrency ?? null,
    batches: [...new Set(order.batches)].toSorted((a, b) => a - b),
    dedupeKey: order.dedupeKey ?? null,
    content: typeof named === 'string' ? [named] : [...new Set(order.content)],
  };
}

/** A stored order. */
interface MadeJob {
  readonly job: OpenJob;
  /** Devices that are stored as offered. */
  readonly wave: readonly number[];
}

/** Stores the order: targets, budget and content are looked at first. */
async function makeJob(deps: OrderDeps, order: JobOrder, judged: JudgedCommand): Promise<MadeJob> {
  const { sql, clock, open } = deps;
  const { command, commandClass } = judged;
  open.checkRoom(order.tenant);
  const targets = await findTargets(deps, order, judged);
  const options = toOptions(order, judged, targets.on);
  for (const digest of options.content) await deps.content(digest);
  await checkBudget(sql, order.tenant, { judged, nowMs: clock.now() });
  const nowMs = clock.now();
  const row = {
    tenant: order.tenant,
    id: command.cmdId,
    digest: Buffer.from(decodeBase64url(judged.digest)),
    kind: judged.kind,
    class: commandClass,
    requester: command.requester,
    madeBy: order.madeBy,
    envelope: JSON.stringify(judged.envelope),
    options,
    signers: [...judged.signers],
    targets: judged.targets,
    state: firstState(judged, nowMs),
    note: '',
    stopAt: order.stopAtFailures ?? defaultStopAt(commandClass, judged.targets),
    notBefore: new Date(readTimeMs(command.notBefore)),
    notAfter: new Date(readTimeMs(command.notAfter)),
    createdAt: new Date(nowMs),
  };
  const blocks = makeBlocks(targets.idxs, 'queued');
  const job = toOpen(toJob({ ...row, number: 0, endedAt: null, counts: null }, blocks));
  const wave = job.head.state === 'running' ? markFirstWave(deps, job, targets.idxs) : [];
  const event = orderEvent(job, order.origin, judged);
  const number = await insertOnce(deps, { row, blocks: job.blocks, event });
  const tree = targets.tree === null ? null : Promise.resolve(targets.tree);
  return { job: { ...job, number, tree }, wave };
}

/** Devices that are connected now are stored as offered together with the job: which. */
function markFirstWave({ connections, halts }: JobsDeps, job: OpenJob, idxs: Iterable<number>): number[] {
  if (halts.find({ cmdId: job.id, kind: job.kind }) !== undefined) return [];
  const wave: number[] = [];
  const room = Math.min(FIRST_WAVE, roomOf(job));
  for (const idx of idxs) {
    if (wave.length >= room) break;
    const session = connections.find(job.tenant, idx);
    if (session !== undefined && session.capability >= COMMANDS_CAPABILITY) wave.push(idx);
  }
  for (const [block, states] of makeBlocks(wave, 'offered')) {
    const stored = job.blocks.get(block);
    if (stored !== undefined) for (const [at, code] of states.entries()) if (code !== 255) stored[at] = code;
  }
  job.counts = tally(job.blocks.values());
  return wave;
}

async function insertOnce(
  { sql, doubts, fenced = unfenced(sql) }: OrderDeps,
  job: Parameters<typeof insertJob>[1],
): Promise<number> {
  const { tenant, id, options } = job.row;
  try {
    return await withMappedErrors(() => fenced((tx) => insertJob(tx, job)));
  } catch (error) {
    if (isPassing(error)) doubts.note(tenant, id);
    if (isConflict(error, 'job_dedupe') && options.dedupeKey !== null) {
      const other = await selectDuplicate(sql, tenant, options.dedupeKey);
      throw fail('E_DUPLICATE', {
        detail: `The job ${other ?? 'just made'} with that dedupe key is not over.`,
      });
    }
    if (isConflict(error))
      throw fail('E_CONFLICT', { detail: 'The same command is being handed in; ask for it.' });
    throw error;
  }
}
