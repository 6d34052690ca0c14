// One worker as its supervisor sees it: forked, asked whether it still turns, told to stop, started again when it ends.
//
//   starting → ready → ended → (pause) → starting …      a start that fails for its own reason counts; MAX_WORKER_STARTS in a row end the server
import cluster, { type Worker } from 'node:cluster';
import { MusterError } from '@muster/protocol';
import { seatWorker } from '../bus/cluster.ts';
import type { Hub } from '../bus/hub.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/log.ts';
import { fail } from '../errors.ts';
import { MAX_WORKER_STARTS } from '../limits.ts';
import {
  WORKER_HANG_MS,
  WORKER_PING_MS,
  WORKER_RESTART_MAX_MS,
  WORKER_RESTART_MIN_MS,
  WORKER_SETTLED_MS,
  WORKER_START_MS,
  WORKER_STOP_MS,
} from '../timing.ts';
import { watchHandoffs } from './handoff.ts';
import { hear, type Order, type Report, type Said } from './words.ts';

/** Pings without an answer after which a worker hangs. Counted, not timed: a machine that slept has not asked either. */
const MAX_PINGS = Math.ceil(WORKER_HANG_MS / WORKER_PING_MS);

export interface WorkerDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly hub: Hub;
  readonly number: number;
  /** What it is told at each start. */
  readonly begin: () => Pick<Order & { word: 'begin' }, 'config' | 'address'>;
  /** Called when starting it again makes no sense. */
  readonly giveUp: (error: MusterError) => void;
}

/** A worker and its successors. */
export interface WorkerProcess {
  /** Resolves with the address it listens on when it is ready for the first time; whoever never gets there calls `giveUp`. */
  start(): Promise<string>;
  /** Drains it; resolves when its process has ended. */
  stop(): Promise<void>;
}

/** Makes it; nothing is forked before `start`. */
export function createWorkerProcess(deps: WorkerDeps): WorkerProcess {
  const slot = new Slot(deps);
  return { start: () => slot.start(), stop: () => slot.stop() };
}

class Slot {
  private readonly deps: WorkerDeps;
  private worker: Worker | undefined;
  private isStopping = false;
  private starts = 0;
  /** Starts that failed one after the other, and pauses since it last ran for a good while. */
  private failures = 0;
  private pauses = 0;
  private cancelNext: () => void = () => {};
  private cancelDeadline: () => void = () => {};
  private onReady: (url: string) => void = () => {};
  private onEnded: () => void = () => {};

  constructor(deps: WorkerDeps) {
    this.deps = deps;
  }

  start(): Promise<string> {
    return new Promise((resolve) => {
      this.onReady = resolve;
      this.launch();
    });
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const { worker } = this;
    this.cancelNext();
    if (!worker) return;
    await new Promise<void>((resolve) => {
      this.onEnded = resolve;
      say(worker, { word: 'stop' });
      this.deadline(WORKER_STOP_MS, 'did not stop in time');
    });
  }

  private launch(): void {
    // Those behind the first are started when it is ready, which may be after the whole server was told to stop.
    if (this.isStopping) return;
    const { deps } = this;
    this.starts += 1;
    const worker = cluster.fork();
    this.worker = worker;
    const term: Term = { startedMs: deps.clock.monotonic(), isReady: false, pings: 0, failure: undefined };
    seatWorker(deps.hub, worker, deps.number);
    watchHandoffs(worker);
    this.deadline(WORKER_START_MS, 'did not become ready in time');
    worker.on('message', (message: unknown) => {
      const report = hear<Report>(message);
      if (report) this.receive(worker, term, report);
    });
    let isOver = false;
    const end = (how: object) => {
      if (isOver) return;
      isOver = true;
      this.end(term, how);
    };
    worker.once('exit', (code, signal) => end({ code, signal }));
    // It could not be forked, or its channel broke; then it ends too.
    worker.on('error', (err) => (worker.process.pid === undefined ? end({ err }) : undefined));
  }

  private receive(worker: Worker, term: Term, report: Report): void {
    const { clock, log, number, begin } = this.deps;
    if (report.word === 'here') {
      say(worker, { word: 'begin', number, ...begin() });
      if (this.isStopping) say(worker, { word: 'stop' });
      this.cancelNext = every(clock, WORKER_PING_MS, () => this.ping(worker, term));
    } else if (report.word === 'pong') term.pings = 0;
    else if (report.word === 'failed') term.failure = report;
    else {
      term.isReady = true;
      this.failures = 0;
      if (!this.isStopping) this.cancelDeadline();
      log.info({ worker: number, pid: worker.process.pid }, 'a worker is ready');
      this.onReady(report.url);
    }
  }

  private ping(worker: Worker, term: Term): void {
    if (term.pings >= MAX_PINGS) this.kill('does not answer');
    term.pings += 1;
    say(worker, { word: 'ping' });
  }

  private end(term: Term, how: object): void {
    const { log, number } = this.deps;
    this.worker = undefined;
    this.cancelNext();
    this.cancelDeadline();
    if (this.isStopping) this.onEnded();
    else {
      log.error({ worker: number, ...how }, 'a worker ended');
      this.startAgain(term);
    }
  }

  private startAgain(term: Term): void {
    const { clock, giveUp } = this.deps;
    if (!term.isReady && term.failure?.retryable !== true) this.failures += 1;
    const error = this.judge(term);
    if (error) {
      giveUp(error);
      return;
    }
    if (clock.monotonic() - term.startedMs > WORKER_SETTLED_MS) this.pauses = 0;
    const pauseMs = Math.min(WORKER_RESTART_MAX_MS, WORKER_RESTART_MIN_MS * 2 ** this.pauses);
    this.pauses += 1;
    this.cancelNext = clock.after(pauseMs, () => this.launch());
  }

  /** Why another start makes no sense; nothing when it does. */
  private judge({ failure }: Term): MusterError | undefined {
    // The very first start tells of a setting that will not do: a port in use, a certificate that cannot be read.
    if (this.starts === 1 && failure?.retryable === false && failure.code !== 'E_INTERNAL')
      return new MusterError(failure.code, { sentence: failure.message, retryable: false });
    if (this.failures < MAX_WORKER_STARTS) return undefined;
    const why = failure ? `: ${failure.message}` : '; its last lines in the log say why.';
    return fail('E_WORKERS', {
      detail: `Worker ${this.deps.number} failed to start ${this.failures} times in a row${why}`,
    });
  }

  private deadline(ms: number, why: string): void {
    this.cancelDeadline();
    this.cancelDeadline = this.deps.clock.after(ms, () => this.kill(why));
  }

  private kill(why: string): void {
    this.deps.log.error({ worker: this.deps.number, why }, 'killing a worker');
    this.worker?.process.kill('SIGKILL');
  }
}

/** One life of a worker. */
interface Term {
  readonly startedMs: number;
  isReady: boolean;
  /** Pings it has not answered. */
  pings: number;
  failure: (Report & { readonly word: 'failed' }) | undefined;
}

/** A worker that has ended, or whose channel is broken, hears nothing; its end is told elsewhere. */
function say(worker: Worker, said: Order): void {
  if (worker.isConnected()) worker.send({ said } satisfies Said<Order>, () => undefined);
}

function every(clock: Clock, everyMs: number, work: () => void): () => void {
  let cancel = clock.after(everyMs, again);
  function again(): void {
    cancel = clock.after(everyMs, again);
    work();
  }
  return () => cancel();
}
