// Collects rows from many callers into few statements; each caller hears back after the commit.
//
// A batch is sent when it is full or its oldest row has waited long enough, which may be no longer than its turn. While the database is gone, batches
// under way are repeated and new rows wait as long as the queue has room. A batch that fails for a reason of its
// own is cut in halves until the rows that carry the fault are alone, so that the others are stored.
import { fail } from '../errors.ts';
import { BATCH_ROWS, BATCHES_IN_FLIGHT, MAX_BATCH_ATTEMPTS, MAX_BISECT_FLUSHES } from '../limits.ts';
import { BATCH_RETRY_MAX_MS, BATCH_RETRY_MIN_MS, BATCH_STOP_MS, BATCH_WAIT_MS } from '../timing.ts';
import type { Clock } from './clock.ts';
import { classifyFailure, type FailureKind } from './db/failures.ts';
import { pause } from './turns.ts';

/** Counts since the writer was made. */
export interface BatchStats {
  /** Rows stored, and rows refused by `flush`. Rows that never found room are in neither. */
  readonly stored: number;
  readonly refused: number;
  /** Calls of `flush` that succeeded, and that failed for a passing reason. */
  readonly batches: number;
  readonly retries: number;
  /** Rows waiting and under way. */
  readonly queued: number;
}

export interface BatchWriter<Row> {
  /** Resolves after the commit. Rejects with E_BUSY when there is no room, E_UNAVAILABLE at stop, or the row's own fault. */
  write(row: Row): Promise<void>;
  /** Rows waiting and under way. */
  size(): number;
  /** Sends what waits at once; resolves when nothing waits or is under way. */
  drain(): Promise<void>;
  /** Refuses new rows, drains, and after 10 s gives up on what a lost database still holds back. */
  stop(): Promise<void>;
  stats(): BatchStats;
}

export interface BatchOptions<Row> {
  /** Named in errors. */
  readonly name: string;
  /**
   * Stores the rows in one transaction, in any order it likes. It may be called again with the same rows (a
   * connection can break between commit and answer), and two calls may run at once.
   */
  readonly flush: (rows: Row[]) => Promise<unknown>;
  readonly clock: Clock;
  /** Most rows waiting and under way. */
  readonly maxQueued: number;
  /** Rows with the same key keep their order: never in two batches at once. Without it order is not kept. */
  readonly keyOf?: (row: Row) => string | number;
  readonly maxRows?: number;
  /** How long a row may wait for others, ms. 0: to the end of its turn, so that what arrived with it goes with it. */
  readonly maxMs?: number;
  readonly inFlight?: number;
  /** How a failure of `flush` is taken; default: as one of the database. */
  readonly classify?: (error: unknown) => FailureKind;
}

interface Entry<Row> {
  readonly row: Row;
  resolve(): void;
  reject(error: unknown): void;
}

/** Makes a writer; it holds no resources besides timers. */
export function createBatchWriter<Row>(options: BatchOptions<Row>): BatchWriter<Row> {
  const queue = new BatchQueue(options);
  return {
    write: (row) => queue.write(row),
    size: () => queue.size(),
    drain: () => queue.drain(),
    stop: () => queue.stop(),
    stats: () => ({ ...queue.counts, queued: queue.size() }),
  };
}

/** Calls `action` once the turn is over; the returned function cancels it. */
function afterTurn(action: () => void): () => void {
  let isCanceled = false;
  void pause().then(() => {
    if (!isCanceled) action();
  });
  return () => {
    isCanceled = true;
  };
}

/** Decides what goes into which batch and when. */
class BatchQueue<Row> {
  readonly counts = { stored: 0, refused: 0, batches: 0, retries: 0 };
  private readonly options: BatchOptions<Row>;
  private readonly maxRows: number;
  private readonly underWay = new Set<Entry<Row>[]>();
  private readonly keysUnderWay = new Set<string | number>();
  private readonly drainers: (() => void)[] = [];
  /** Ends the pauses between attempts. */
  private readonly wakers = new Set<() => void>();
  private waiting: Entry<Row>[] = [];
  private rowsUnderWay = 0;
  private isDue = false;
  private isStopped = false;
  private hasGivenUp = false;
  private cancelTimer: (() => void) | undefined;

  constructor(options: BatchOptions<Row>) {
    this.options = options;
    this.maxRows = options.maxRows ?? BATCH_ROWS;
  }

  write(row: Row): Promise<void> {
    if (this.isStopped) return Promise.reject(fail('E_UNAVAILABLE'));
    if (this.size() >= this.options.maxQueued) {
      return Promise.reject(
        fail('E_BUSY', { detail: `Too many rows wait to be stored (${this.options.name}).` }),
      );
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ row, resolve, reject });
      if (this.waiting.length >= this.maxRows) this.pump();
      else this.armTimer();
    });
  }

  size(): number {
    return this.waiting.length + this.rowsUnderWay;
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.drainers.push(resolve);
      this.sendSoon();
    });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    let cancel: (() => void) | undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.options.clock.after(BATCH_STOP_MS, resolve);
    });
    await Promise.race([this.drain(), late]);
    cancel?.();
    this.giveUp();
  }

  private armTimer(): void {
    if (this.cancelTimer !== undefined) return;
    const waitMs = this.options.maxMs ?? BATCH_WAIT_MS;
    // A timer of no time still takes a whole millisecond.
    if (waitMs === 0) this.cancelTimer = afterTurn(() => this.sendSoon());
    else this.cancelTimer = this.options.clock.after(waitMs, () => this.sendSoon());
  }

  /** From here on whatever waits goes out as soon as a batch is free. */
  private sendSoon(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.isDue = true;
    this.pump();
  }

  /** Starts as many batches as there is reason and room for. */
  private pump(): void {
    const inFlight = this.options.inFlight ?? BATCHES_IN_FLIGHT;
    while (this.underWay.size < inFlight && this.hasReason()) {
      const batch = this.takeBatch();
      // Every waiting row follows one that is under way.
      if (batch.length === 0) break;
      void this.run(batch);
    }
    if (this.waiting.length === 0) this.isDue = false;
    else if (!this.isDue) this.armTimer();
    if (this.size() === 0) for (const done of this.drainers.splice(0)) done();
  }

  private hasReason(): boolean {
    return this.waiting.length >= this.maxRows || (this.isDue && this.waiting.length > 0);
  }

  private takeBatch(): Entry<Row>[] {
    const { keyOf } = this.options;
    const batch: Entry<Row>[] = [];
    const rest: Entry<Row>[] = [];
    for (const entry of this.waiting) {
      const isFree = batch.length < this.maxRows && !(keyOf && this.keysUnderWay.has(keyOf(entry.row)));
      (isFree ? batch : rest).push(entry);
    }
    this.waiting = rest;
    return batch;
  }

  private async run(batch: Entry<Row>[]): Promise<void> {
    const { keyOf } = this.options;
    this.underWay.add(batch);
    this.rowsUnderWay += batch.length;
    if (keyOf) for (const { row } of batch) this.keysUnderWay.add(keyOf(row));
    await this.store(batch, { flushes: MAX_BISECT_FLUSHES });
    this.underWay.delete(batch);
    this.rowsUnderWay -= batch.length;
    if (keyOf) for (const { row } of batch) this.keysUnderWay.delete(keyOf(row));
    this.pump();
  }

  /** Stores a batch or, after a fault, its halves. Never rejects: every entry is answered. */
  private async store(batch: Entry<Row>[], budget: { flushes: number }): Promise<void> {
    budget.flushes -= 1;
    const outcome = await this.flushWithRetries(batch);
    if (outcome === 'stored') {
      this.counts.stored += batch.length;
      for (const entry of batch) entry.resolve();
      return;
    }
    if (batch.length > 1 && budget.flushes > 0 && !this.hasGivenUp) {
      const middle = batch.length >> 1;
      await this.store(batch.slice(0, middle), budget);
      await this.store(batch.slice(middle), budget);
      return;
    }
    this.counts.refused += batch.length;
    // Whose row it was is known for a single one only; the others must not pay for it, so they may come again.
    const error = batch.length === 1 ? outcome.error : fail('E_UNAVAILABLE', { cause: outcome.error });
    for (const entry of batch) entry.reject(error);
  }

  /** Repeats what fails for passing reasons; comes back with the fault that does not pass. */
  private async flushWithRetries(batch: Entry<Row>[]): Promise<'stored' | { error: unknown }> {
    const classify = this.options.classify ?? classifyFailure;
    let ownFailures = 0;
    for (let attempt = 0; !this.hasGivenUp; attempt += 1) {
      try {
        await this.options.flush(batch.map(({ row }) => row));
        this.counts.batches += 1;
        return 'stored';
      } catch (error) {
        const kind = classify(error);
        if (kind === 'busy') ownFailures += 1;
        if (kind === 'fault' || ownFailures >= MAX_BATCH_ATTEMPTS) return { error };
        this.counts.retries += 1;
        await this.pause(Math.min(BATCH_RETRY_MAX_MS, BATCH_RETRY_MIN_MS * 2 ** Math.min(attempt, 10)));
      }
    }
    return { error: fail('E_UNAVAILABLE') };
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.wakers.delete(wake);
        cancel();
        resolve();
      };
      const cancel = this.options.clock.after(ms, wake);
      this.wakers.add(wake);
    });
  }

  /** The unanswered are told to send again; a flush that hangs may still commit, which repeating must bear anyway. */
  private giveUp(): void {
    this.hasGivenUp = true;
    this.cancelTimer?.();
    for (const batch of [...this.underWay, this.waiting.splice(0)]) {
      for (const entry of batch) entry.reject(fail('E_UNAVAILABLE'));
    }
    for (const wake of [...this.wakers]) wake();
  }
}
