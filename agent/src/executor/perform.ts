// Carries out one run: check → effect → verify, each arrow durable before the next thing happens.
import { type Content, kindEntry } from '@muster/protocol/commands';
import { fail } from '../errors.ts';
import { hashFile } from './contents.ts';
import type { Disk } from './disk.ts';
import { describeFailure, type EndDeps, endRun } from './ends.ts';
import type { Failpoint } from './failpoints.ts';
import type { Check, Effect, Kind, KindContext } from './kinds/kind.ts';
import { settleLeftovers } from './leftovers.ts';
import { MAX_ATTEMPTS, MAX_CRASHES } from './limits.ts';
import { type Order, readOrder } from './order.ts';
import type { Decision, RunEntry, RunPlace } from './records.ts';
import type { Ending } from './results.ts';
import { readTail } from './spool/output.ts';
import {
  type Asked,
  prepareSpool,
  readSpool,
  readWork,
  type SpoolExit,
  type SpoolOutcome,
  type SpoolWork,
  spoolFolder,
  takeClaim,
} from './spool/spool.ts';
import type { Units } from './units.ts';
import { type Seen, type WatchDeps, watchUnit } from './watch.ts';

/** A kind whose parameters are known to fit. */
export type AnyKind = Pick<Kind<never>, 'name'> & {
  check(args: never, context: KindContext): Promise<Check>;
  verify(args: never, context: KindContext): Promise<string | null>;
  probe?: Kind<never>['probe'];
};

/** What carrying out needs. */
export interface PerformDeps extends EndDeps, WatchDeps {
  readonly disk: Disk;
  readonly units: Units;
  readonly failpoint: Failpoint;
  readonly bootId: string;
  findKind(name: string): AnyKind | undefined;
  kindContext(run: RunEntry, content: Content | null): Promise<KindContext>;
  /** How a run ends that a halt, a cancellation or its time keeps from starting now; null: it may. */
  findBar(run: RunEntry): Ending | null;
  /** A person's decision about another run; gives how this one ends. */
  resolve(run: RunEntry, args: DecisionArgs): Promise<Ending>;
  nowMs(): number;
  log: { warn(fields: object, message: string): void };
}

/** Parameters of `run.resolve`. */
export interface DecisionArgs {
  readonly command: string;
  readonly action: Decision['action'];
}

/** One run at work. */
interface Work {
  readonly cmdId: string;
  readonly stop: AbortSignal;
  readonly order: Order;
  readonly kind: AnyKind;
  readonly context: KindContext;
}

const CANCELED: Ending = { state: 'canceled', code: 'E_HALTED', summary: 'It was stopped on request.' };

function requireRun(deps: PerformDeps, cmdId: string): RunEntry {
  const run = deps.ledger.book.run(cmdId);
  if (run === undefined) throw fail('E_STATE');
  return run;
}

/** The parameters: their schema was checked before the run was journalled. */
function argsOf({ order }: Work): never {
  return order.command.args as never;
}

async function openWork(deps: PerformDeps, cmdId: string, stop: AbortSignal): Promise<Work> {
  const run = requireRun(deps, cmdId);
  const order = readOrder(run);
  const kind = deps.findKind(run.kind);
  if (kind === undefined)
    throw fail('E_KIND', { detail: `This agent cannot do ${run.kind} yet; update it.` });
  return { cmdId, stop, order, kind, context: await deps.kindContext(run, order.content) };
}

/** Journals the start of an attempt; after this the effect may begin. */
async function start(deps: PerformDeps, { cmdId }: Work, place: RunPlace): Promise<number> {
  const run = requireRun(deps, cmdId);
  const attempts = run.attempts + 1;
  const atMs = deps.nowMs();
  const attempt = { atMs, bootId: deps.bootId, place };
  const decision = run.decision === null ? null : { ...run.decision, isUsed: true };
  const set = { attempts, startedAtMs: run.startedAtMs ?? atMs, attempt, decision };
  await deps.ledger.step(cmdId, { said: { state: 'running', atMs }, set });
  deps.told(cmdId);
  deps.failpoint('run.started');
  return attempts;
}

/** Looks, and does what follows. */
async function checkAndAct(deps: PerformDeps, work: Work): Promise<void> {
  const check = await work.kind.check(argsOf(work), work.context);
  deps.failpoint('run.checked');
  if (work.stop.aborted) return endRun(deps, work.cmdId, CANCELED);
  const { summary } = check;
  if (check.state === 'refused')
    return endRun(deps, work.cmdId, { state: 'refused', code: check.code, summary });
  if (check.state === 'holds')
    return endRun(deps, work.cmdId, { state: 'succeeded', code: null, summary, unchanged: true });
  if (requireRun(deps, work.cmdId).dryRun)
    return endRun(deps, work.cmdId, { state: 'succeeded', code: null, summary });
  // The check took its time, and may have come after a crash: a kind that cannot be stopped must not be started either.
  const bar = deps.findBar(requireRun(deps, work.cmdId));
  if (bar !== null) return endRun(deps, work.cmdId, bar);
  return act(deps, work, check.effect);
}

async function act(deps: PerformDeps, work: Work, effect: Effect): Promise<void> {
  switch (effect.where) {
    case 'unit': {
      const { program, okExits } = effect;
      return runUnit(deps, work, { ...askedOf(deps, work), does: 'program', program, okExits });
    }
    case 'inside':
      if (kindEntry(work.kind.name).changes || effect.looksWide === true)
        return runUnit(deps, work, describeOwn(deps, work));
      await start(deps, work, 'inside');
      return runInside(deps, work, effect);
    case 'core':
      return endRun(deps, work.cmdId, {
        state: 'succeeded',
        code: null,
        summary:
          effect.act === 'unenroll' ? 'The device leaves the organization.' : 'The inventory is read again.',
        act: effect.act,
      });
  }
}

function askedOf(deps: PerformDeps, { cmdId }: Work): Asked {
  const { requester, reason } = requireRun(deps, cmdId);
  const { deviceId } = deps.resultContext();
  return { cmdId, deviceId, requester, reason };
}

/** The kind's own effect, for a wrapper: this process has no power to change anything. */
function describeOwn(deps: PerformDeps, work: Work): SpoolWork {
  const { order, kind, context } = work;
  const { content, command } = order;
  const { ownFolders = [] } = context;
  const own = { does: 'effect', kind: kind.name, args: command.args, content, ownFolders } as const;
  return { ...askedOf(deps, work), ...own };
}

async function runInside(
  deps: PerformDeps,
  { cmdId, stop }: Work,
  effect: Extract<Effect, { where: 'inside' }>,
): Promise<void> {
  deps.failpoint('run.effect');
  const { ok, summary, output, file } = await effect.run(stop);
  if (stop.aborted && !ok) return endRun(deps, cmdId, CANCELED);
  const folder = `spool/${cmdId}.file`;
  const path = file?.path.split('/').at(-1);
  const held =
    path === undefined
      ? null
      : { path: `${folder}/${path}`, ...(await hashFile(deps.disk, `${folder}/${path}`)) };
  const state = ok ? 'succeeded' : 'failed';
  return endRun(deps, cmdId, { state, code: null, summary, output: Buffer.from(output), file: held });
}

async function runUnit(deps: PerformDeps, work: Work, unit: SpoolWork): Promise<void> {
  const { cmdId } = work;
  const folder = spoolFolder(cmdId, await start(deps, work, 'unit'));
  await prepareSpool(deps, folder, unit);
  deps.failpoint('unit.start');
  const { ended } = await deps.units.start(folder);
  deps.failpoint('unit.started');
  const seen = await watchUnit(deps, { cmdId, folder, stop: work.stop, ended });
  return concludeUnit(deps, work, { folder, seen });
}

/** How a program's end reads. */
function describeExit(exit: SpoolExit, okExits: readonly number[]): Ending | null {
  const { failure, stopped, timedOut, signal } = exit;
  if (failure !== null)
    return { state: 'failed', code: 'E_KIND', summary: `The program could not be started: ${failure}` };
  if (stopped) return CANCELED;
  if (timedOut)
    return {
      state: 'failed',
      code: 'E_PROGRAM_TIMEOUT',
      summary: 'The program ran longer than allowed and was ended.',
    };
  if (signal !== null) return { state: 'failed', code: null, summary: `The program was ended by ${signal}.` };
  if (exit.exit !== null && okExits.includes(exit.exit)) return null;
  return { state: 'failed', code: null, summary: `The program ended with exit code ${exit.exit}.` };
}

/** How the end of a kind's own effect reads; null: well. */
function describeOutcome({ ok, code, summary }: SpoolOutcome, stopped: boolean): Ending | null {
  if (ok) return null;
  return stopped ? CANCELED : { state: 'failed', code, summary };
}

/** Ends a unit's run by what was seen of it. */
async function concludeUnit(
  deps: PerformDeps,
  work: Work,
  { folder, seen }: { readonly folder: string; readonly seen: Seen },
): Promise<void> {
  if (seen === 'not-begun' || seen === 'gone') return interrupt(deps, work, folder);
  const { exit, outputBytes, outcome, stopped } = seen;
  const unit = await readWork(deps.disk, folder);
  const okExits = unit?.does === 'program' ? unit.okExits : [0];
  const output = await readTail(deps.disk, folder);
  const facts = { exit, output, outputBytes };
  const bad = outcome === null ? describeExit(seen, okExits) : describeOutcome(outcome, stopped);
  if (bad !== null) return endRun(deps, work.cmdId, { ...bad, ...facts });
  const missing = await work.kind.verify(argsOf(work), work.context);
  deps.failpoint('run.verified');
  if (missing !== null)
    return endRun(deps, work.cmdId, { state: 'failed', code: null, summary: missing, ...facts });
  return endRun(deps, work.cmdId, {
    state: 'succeeded',
    code: null,
    summary: outcome?.summary ?? 'Done, and its effect holds.',
    unchanged: outcome?.unchanged ?? false,
    ...facts,
  });
}

/** A unit is found gone, or never begun: it is taken away from any late wrapper, and what is to be done is decided. */
async function interrupt(deps: PerformDeps, work: Work, folder: string): Promise<void> {
  const run = requireRun(deps, work.cmdId);
  const isThere = (await readWork(deps.disk, folder)) !== null;
  const none = { pid: 0, startTicks: 0, bootId: deps.bootId };
  // A spool is removed after the end: with that end lost to damage, its absence says nothing.
  const isSpoolOver = !isThere && deps.ledger.book.damagedAtMs() >= (run.attempt?.atMs ?? 0);
  if (isSpoolOver) return decide(deps, work, false);
  const neverBegan =
    !isThere ||
    (await takeClaim(deps, folder, none)) ||
    (await readSpool(deps.disk, folder)).claim?.pid === 0;
  if (!neverBegan) {
    const { claim, exit } = await readSpool(deps.disk, folder);
    if (exit !== null) return concludeUnit(deps, work, { folder, seen: exit });
    // A late wrapper was faster: it runs after all.
    if (claim !== null && (await deps.units.isAlive(claim))) return adopt(deps, work, folder);
    await settleLeftovers(deps, { run, stop: work.stop }, folder);
  }
  return decide(deps, work, neverBegan);
}

async function adopt(deps: PerformDeps, work: Work, folder: string): Promise<void> {
  const { cmdId, stop } = work;
  const seen = await watchUnit(deps, { cmdId, folder, stop, ended: null });
  return concludeUnit(deps, work, { folder, seen });
}

/** Asks the system what became of an interrupted effect. */
async function probe(deps: PerformDeps, work: Work, run: RunEntry): Promise<void> {
  const { cmdId, context, kind } = work;
  const started = { atMs: run.attempt?.atMs ?? 0, bootId: run.attempt?.bootId ?? '' };
  const probed = (await kind.probe?.(argsOf(work), context, started)) ?? 'half-done';
  if (probed === 'not-done') return checkAndAct(deps, work);
  const summary = 'It was interrupted, and its effect holds.';
  if (probed === 'done') return endRun(deps, cmdId, { state: 'succeeded', code: null, summary });
  return endRun(deps, cmdId, {
    state: 'failed',
    code: 'E_INTERRUPTED',
    summary: 'It was interrupted in the middle, and it cannot be told how far it came.',
  });
}

/** Journals the interruption and counts it; one that is journalled already was counted at the start of this executor. */
async function noteInterruption(deps: PerformDeps, cmdId: string): Promise<RunEntry> {
  const { state, crashes } = requireRun(deps, cmdId);
  if (state !== 'interrupted') {
    const said = { state: 'interrupted', atMs: deps.nowMs() } as const;
    await deps.ledger.step(cmdId, { said, set: { crashes: crashes + 1 } });
    deps.told(cmdId);
  }
  return requireRun(deps, cmdId);
}

/** What becomes of an interrupted run, by its class. `neverBegan`: the effect certainly did not take place. */
async function decide(deps: PerformDeps, work: Work, neverBegan: boolean): Promise<void> {
  const { cmdId } = work;
  const run = await noteInterruption(deps, cmdId);
  if (run.crashes >= MAX_CRASHES || run.attempts >= MAX_ATTEMPTS)
    return endRun(deps, cmdId, {
      state: 'quarantined',
      code: 'E_CRASHED',
      summary: 'It was interrupted three times and is not tried again.',
    });
  if (work.stop.aborted) return endRun(deps, cmdId, CANCELED);
  const { repeat } = kindEntry(run.kind);
  if (neverBegan || repeat === 'convergent') return checkAndAct(deps, work);
  return repeat === 'once' ? waitForPerson(deps, cmdId) : probe(deps, work, run);
}

async function waitForPerson(deps: PerformDeps, cmdId: string): Promise<void> {
  const said = {
    state: 'waiting-person',
    atMs: deps.nowMs(),
    code: 'E_INTERRUPTED',
    message: 'It was interrupted and may run only once; order run.resolve with again or give-up.',
  } as const;
  await deps.ledger.step(cmdId, { said, set: { isTried: false } });
  deps.told(cmdId);
}

/** Goes on with a run that an earlier executor left under way. */
async function goOn(deps: PerformDeps, work: Work): Promise<void> {
  const run = requireRun(deps, work.cmdId);
  const isUnit = run.attempt?.place === 'unit' && run.state === 'running';
  if (!isUnit) return decide(deps, work, false);
  const folder = spoolFolder(work.cmdId, run.attempts);
  const { claim, exit } = await readSpool(deps.disk, folder);
  if (exit !== null) return concludeUnit(deps, work, { folder, seen: exit });
  if (claim !== null && (await deps.units.isAlive(claim))) return adopt(deps, work, folder);
  return interrupt(deps, work, folder);
}

/** True for a run whose start may have stood in a damaged part of the journal, and that must not simply be done again. */
function isInDoubt({ ledger }: PerformDeps, run: RunEntry): boolean {
  const isNew = run.state === 'accepted' || run.state === 'deferred';
  const couldHaveBegun = run.notBeforeMs <= ledger.book.damagedAtMs();
  return isNew && couldHaveBegun && !run.dryRun && kindEntry(run.kind).repeat !== 'convergent';
}

/** Takes a run in doubt for one that was interrupted: the system is asked, or a person. */
async function doubt(deps: PerformDeps, { cmdId }: Work, run: RunEntry): Promise<void> {
  const atMs = deps.nowMs();
  const attempt = { atMs: run.notBeforeMs, bootId: deps.bootId, place: 'inside' } as const;
  await deps.ledger.step(
    cmdId,
    { said: { state: 'running', atMs }, set: { attempt, startedAtMs: run.notBeforeMs } },
    {
      said: {
        state: 'interrupted',
        atMs,
        code: 'E_STATE',
        message: 'The journal was damaged; it may have begun before.',
      },
    },
  );
  deps.told(cmdId);
}

async function performOpened(deps: PerformDeps, cmdId: string, stop: AbortSignal): Promise<void> {
  const run = requireRun(deps, cmdId);
  if (run.kind === 'run.resolve') {
    const { args } = readOrder(run).command;
    const ending = deps.findBar(run) ?? (await deps.resolve(run, args as unknown as DecisionArgs));
    return endRun(deps, cmdId, ending);
  }
  const work = await openWork(deps, cmdId, stop);
  if (isInDoubt(deps, run)) {
    await doubt(deps, work, run);
    return goOn(deps, work);
  }
  return run.state === 'running' || run.state === 'interrupted' ? goOn(deps, work) : checkAndAct(deps, work);
}

/** Carries a run to its end, or to where a person must decide. Failures of a kind are its end, not ours. */
export async function perform(deps: PerformDeps, cmdId: string, stop: AbortSignal): Promise<void> {
  try {
    await performOpened(deps, cmdId, stop);
  } catch (error) {
    deps.log.warn({ err: error, cmdId }, 'a run failed with an exception');
    await endRun(deps, cmdId, describeFailure(error));
  }
  deps.failpoint('run.ended');
}
