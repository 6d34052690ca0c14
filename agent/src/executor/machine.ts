// The machine of runs: takes offers, starts what may start, stops what must, and goes on after a crash.
import { isFinal, type RunOffer } from '@muster/protocol';
import { commandDigest, isStoppable, RESULT_TYPE } from '@muster/protocol/commands';
import type { Contents } from './contents.ts';
import { readDecision, takeDecision } from './decisions.ts';
import { endRun } from './ends.ts';
import { type JudgeDeps, type Judgement, judgeOffer } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { MAX_AT_WORK, MAX_CRASHES } from './limits.ts';
import type { FromExecutor } from './local/messages.ts';
import { readOrder } from './order.ts';
import { type PerformDeps, perform } from './perform.ts';
import { type Readiness, readReadiness } from './readiness.ts';
import type { KeptOffer, RunEntry, RunStep } from './records.ts';
import type { Reports } from './reports.ts';
import { type Ending, plainSentence, writeEnd } from './results.ts';
import { findBar, findStop } from './stops.ts';
import { codeOf, type Words } from './words.ts';

/** What the machine needs. */
export interface MachineDeps {
  readonly ledger: Ledger;
  readonly contents: Contents;
  readonly reports: Reports;
  readonly perform: Omit<PerformDeps, 'resolve' | 'findBar' | 'told' | 'ledger'>;
  readonly words: Words;
  /** What offers are judged by at this moment; facts and deny list are read anew. */
  judgeDeps(): Promise<JudgeDeps>;
  send(message: FromExecutor): boolean;
  /** Something was accepted, started or ended: for the device's own logs. */
  note(what: 'accepted' | 'started' | 'ended' | 'refused', run: RunEntry): void;
  refused(code: string): void;
  /** A failure after which nothing can be promised: the process must end. */
  fatal(error: unknown): void;
}

/** The machine. */
export interface Machine {
  /** Goes on with what an earlier executor left; call once, first. */
  recover(): Promise<void>;
  offer(message: RunOffer): Promise<void>;
  /** Words, content or time may have changed what waits. */
  look(): void;
  /** Halts or cancellations may have come. */
  stopHalted(): Promise<void>;
  /** The server does not have that body: what waits for it ends. */
  refuseContent(sha256: string): Promise<void>;
  /** Runs at work in this process. */
  atWork(): number;
  /** Time to the next start that is only a matter of time, ms; null: none. */
  waitMs(): number | null;
}

/** Makes the machine. */
export function createMachine(deps: MachineDeps): Machine {
  return new RunMachine(deps);
}

const offersNoContent = ({ offer }: RunEntry) => offer !== null && offer.content.length === 0;

/** A run with its first step made, so that both are one record. */
function withStep(entry: RunEntry, step: Omit<RunStep, 'n'>): RunEntry {
  const run = { ...entry, state: step.state, n: 1, steps: [{ ...step, n: 1 }] };
  return isFinal(step.state) ? { ...run, offer: null } : run;
}

class RunMachine implements Machine {
  private readonly deps: MachineDeps;
  private readonly performing: PerformDeps;
  /** Runs at work. */
  private readonly working = new Map<string, AbortController>();
  /** Verified in this process, and not waiting since. */
  private readonly fresh = new Set<string>();
  private turn: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private wakeAt: number | null = null;
  private isLooking = false;
  private mustLookAgain = false;

  constructor(deps: MachineDeps) {
    this.deps = deps;
    const { ledger, reports, words } = deps;
    this.performing = {
      ...deps.perform,
      ledger,
      resolve: async (run, args) => takeDecision(run, args, { ledger, context: await deps.judgeDeps() }),
      findBar: (run) => findBar(run, { book: ledger.book, words }),
      told: (cmdId) => {
        reports.told(cmdId);
        this.noteStep(cmdId);
      },
    };
  }

  async recover(): Promise<void> {
    const { ledger } = this.deps;
    for (const run of ledger.book.openRuns()) {
      // Under way in a unit is no crash yet: its spool says what became of it.
      if (run.state === 'interrupted' || (run.isTried && run.state !== 'running')) {
        await ledger.set(run.cmdId, { crashes: run.crashes + 1, isTried: false });
      }
    }
    this.look();
  }

  offer(message: RunOffer): Promise<void> {
    const mine = this.turn.then(() => this.takeOffer(message));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  look(context?: JudgeDeps): void {
    if (this.isLooking) {
      this.mustLookAgain = true;
      return;
    }
    this.isLooking = true;
    this.lookAtAll(context)
      .catch(this.deps.fatal)
      .finally(() => {
        this.isLooking = false;
        if (!this.mustLookAgain) return;
        this.mustLookAgain = false;
        this.look();
      });
  }

  async stopHalted(): Promise<void> {
    const { ledger, words } = this.deps;
    for (const run of ledger.book.openRuns()) {
      const reason = findStop(run, { book: ledger.book, words });
      if (reason === null || run.state === 'waiting-person') continue;
      const work = this.working.get(run.cmdId);
      if (work === undefined && run.state !== 'running')
        await endRun(this.performing, run.cmdId, { state: 'canceled', code: 'E_HALTED', summary: reason });
      else if (isStoppable(run.kind)) work?.abort();
    }
    this.look();
  }

  async refuseContent(sha256: string): Promise<void> {
    for (const run of this.deps.ledger.book.openRuns()) {
      const isWaiting = run.state === 'accepted' || run.state === 'deferred';
      if (!isWaiting || this.working.has(run.cmdId) || readOrder(run).content?.sha256 !== sha256) continue;
      const summary = 'The server does not have the body of its content.';
      await endRun(this.performing, run.cmdId, { state: 'refused', code: 'E_CONTENT', summary });
    }
  }

  atWork(): number {
    return this.working.size;
  }

  waitMs(): number | null {
    return this.wakeAt === null ? null : Math.max(0, this.wakeAt - performance.now());
  }

  private noteStep(cmdId: string): void {
    const run = this.deps.ledger.book.run(cmdId);
    if (run?.state === 'running') this.deps.note('started', run);
    else if (run !== undefined && isFinal(run.state)) this.deps.note('ended', run);
  }

  private async takeOffer({ cmdId, envelope, proof, content }: RunOffer): Promise<void> {
    const { ledger, reports } = this.deps;
    const offer: KeptOffer = { envelope, proof, content };
    const context = await this.deps.judgeDeps();
    let digest: string;
    try {
      digest = commandDigest(envelope, context.crypto);
    } catch (error) {
      const code = codeOf(error);
      return this.refuse(cmdId, { is: 'refused', code, message: (error as Error).message });
    }
    const known = ledger.book.byDigest(digest);
    if (known === undefined) return this.settle(cmdId, judgeOffer(offer, context), context);
    await ledger.write();
    reports.answer(known.cmdId);
  }

  private async settle(cmdId: string, judgement: Judgement, context: JudgeDeps): Promise<void> {
    switch (judgement.is) {
      case 'accepted':
        return this.accept(judgement.entry, context);
      case 'ended':
        return this.keepRefused(judgement, context);
      case 'refused':
        return this.refuse(cmdId, judgement);
      case 'later':
        this.deps.send({
          type: 'later',
          cmdId,
          code: judgement.code,
          message: plainSentence(judgement.message),
        });
    }
  }

  private async accept(entry: RunEntry, context: JudgeDeps): Promise<void> {
    const { ledger, reports, words } = this.deps;
    const atMs = words.nowMs();
    const step = { state: 'accepted', atMs, code: null, message: '', end: null } as const;
    // What starts at once is written down as tried with the same sync.
    const isTried =
      entry.notBeforeMs <= words.startMs() && entry.commandClass !== 'destructive' && offersNoContent(entry);
    const run = withStep({ ...entry, isTried }, step);
    this.fresh.add(run.cmdId);
    await ledger.write({ t: 'run', run });
    this.deps.note('accepted', run);
    reports.told(run.cmdId);
    // By what was read for it just now.
    this.look(context);
  }

  private async keepRefused(
    { entry, state, code, message }: Extract<Judgement, { is: 'ended' }>,
    { words }: JudgeDeps,
  ): Promise<void> {
    const { ledger, reports } = this.deps;
    const ending: Ending = { state, code, summary: message };
    const end = writeEnd(entry, ending, this.performing.resultContext());
    const run = withStep(entry, { state, atMs: words.nowMs(), code, message: plainSentence(message), end });
    await ledger.write({ t: 'run', run });
    this.deps.refused(code);
    this.deps.note('refused', run);
    reports.told(run.cmdId);
  }

  /** Told once: what is not known to be authentic must not take the place of what is. */
  private refuse(cmdId: string, { code, message }: Extract<Judgement, { is: 'refused' }>): void {
    this.deps.refused(code);
    const nothing = { cmdId, startedAtMs: null, attempts: 0, dryRun: false };
    const context = this.performing.resultContext();
    const end = writeEnd(nothing, { state: 'refused', code, summary: message }, context);
    this.deps.send({
      type: 'report',
      ...{ cmdId, n: 1, state: 'refused', code, message: plainSentence(message) },
      at: new Date(context.nowMs).toISOString(),
      result: { payloadType: RESULT_TYPE, payload: end.result },
      ...{ output: '', act: null, isKept: false },
    });
  }

  private async lookAtAll(known?: JudgeDeps): Promise<void> {
    const { ledger } = this.deps;
    const waiting = ledger.book.openRuns().filter(({ cmdId }) => !this.working.has(cmdId));
    if (waiting.length === 0) return this.schedule(null);
    const context = known ?? (await this.deps.judgeDeps());
    let soonestMs: number | null = null;
    for (const { cmdId } of waiting) {
      const run = ledger.book.run(cmdId);
      if (run === undefined || run.offer === null || this.working.has(cmdId)) continue;
      const forMs = await this.lookAt(run, context);
      if (forMs !== null) soonestMs = Math.min(soonestMs ?? forMs, forMs);
    }
    this.schedule(soonestMs);
  }

  private schedule(forMs: number | null): void {
    clearTimeout(this.timer);
    this.wakeAt = forMs === null || !Number.isFinite(forMs) ? null : performance.now() + forMs;
    if (this.wakeAt === null || forMs === null) return;
    this.timer = setTimeout(() => this.look(), Math.min(forMs, 2 ** 31 - 1));
    this.timer.unref();
  }

  /** Starts a run, ends it, or says how long it must wait, ms. */
  private async lookAt(run: RunEntry, context: JudgeDeps): Promise<number | null> {
    const isUnderWay = run.state === 'running' || run.state === 'interrupted';
    if (!isUnderWay && run.crashes >= MAX_CRASHES) {
      await endRun(this.performing, run.cmdId, {
        state: 'quarantined',
        code: 'E_CRASHED',
        summary: 'The executor went down three times with it.',
      });
      return null;
    }
    if (!isUnderWay) {
      const { contents } = this.deps;
      const isFresh = this.fresh.has(run.cmdId);
      const readiness =
        run.state === 'waiting-person'
          ? readDecision(run, context)
          : await readReadiness(run, { order: readOrder(run), contents, isFresh }, context);
      if (readiness.is !== 'ready') return this.hold(run, readiness, context);
    }
    if (this.working.size < MAX_AT_WORK) this.start(run);
    else this.fresh.delete(run.cmdId);
    return null;
  }

  private async hold(
    run: RunEntry,
    readiness: Exclude<Readiness, { is: 'ready' }>,
    { words, moment }: JudgeDeps,
  ): Promise<number | null> {
    const { cmdId } = run;
    this.fresh.delete(cmdId);
    if (readiness.is === 'ended') {
      const { state, code, message } = readiness;
      await endRun(this.performing, cmdId, { state, code, summary: message });
      return null;
    }
    const { ledger, reports } = this.deps;
    const seen = moment();
    if (seen.bootId !== run.seen.bootId) await ledger.set(cmdId, { seen });
    if (run.state === 'accepted') {
      const { code, message } = readiness;
      await ledger.step(cmdId, {
        said: { state: 'deferred', atMs: words.nowMs(), code, message },
        set: { isTried: false },
      });
      reports.told(cmdId);
    }
    return readiness.forMs;
  }

  private start(run: RunEntry): void {
    const { cmdId } = run;
    const work = new AbortController();
    this.working.set(cmdId, work);
    this.fresh.delete(cmdId);
    this.tryRun(run, work.signal)
      .catch(this.deps.fatal)
      .finally(() => {
        this.working.delete(cmdId);
        this.look();
      });
  }

  /** That it is tried is known before: a command that brings the executor down must not do so for ever. */
  private async tryRun({ cmdId, state, isTried }: RunEntry, stop: AbortSignal): Promise<void> {
    const isUnderWay = state === 'running' || state === 'interrupted';
    if (!isUnderWay && !isTried) await this.deps.ledger.set(cmdId, { isTried: true });
    await perform(this.performing, cmdId, stop);
  }
}
