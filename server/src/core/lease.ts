// A lease by which one of several processes does what only one may do, fenced so that a former holder changes nothing any more.
//
//   candidate → holder → over        (a process that was succeeded, or gave up, takes it no second time: it ends and starts anew)
import { fail } from '../errors.ts';
import { LEASE_GRACE_MS, LEASE_LOOK_MS, LEASE_MS, LEASE_RENEW_MS } from '../timing.ts';
import type { Clock } from './clock.ts';
import type { RawSql } from './db/pool.ts';
import { inTransaction } from './db/transaction.ts';
import type { Logger } from './log.ts';
import { endLease, type LeaseRow, lockLease, readLease, renewLease, takeLease } from './store-lease.ts';

/** A lease that this process took. */
export interface Lease {
  readonly name: string;
  readonly token: number;
}

/** Runs work in a transaction that commits only while the lease is held. */
export type Fenced = <T>(work: (tx: RawSql) => Promise<T>) => Promise<T>;

/** Where only one process writes there is nobody to fence out: each statement stands for itself. */
export function unfenced(sql: RawSql): Fenced {
  return (work) => work(sql);
}

/** Takes one lease as soon as it may, and holds it. */
export interface LeaseKeeper {
  /** Looks for the first time; held already when it resolves, if nobody else has it. A database that is away is looked for again. */
  start(): Promise<void>;
  /** What is held now. */
  current(): Lease | undefined;
  /** Looks now: somebody has gone, or the database is back. */
  look(): void;
  /** Begins a transaction with {@link LeaseKeeper.guard}. */
  readonly fenced: Fenced;
  /**
   * Must be the first statement of a transaction that others may not change after. Rejects with E_FENCED_OUT when the lease is not
   * held, and steps down when somebody else has it.
   */
  guard(tx: RawSql): Promise<void>;
  /** Gives it up: who waits may take it at once. Transactions that began before end first. */
  stop(): Promise<void>;
}

/** What a keeper needs. */
export interface LeaseDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly name: string;
  /** Of the data folder, see instance.ts. */
  readonly instance: string;
  /** This process: its id on the bus. */
  readonly holder: string;
  /** Ids of all other processes of this data folder; who is not among them has ended. */
  readonly present: () => readonly string[];
  /** Called once, in the turn in which it was taken. */
  readonly onTaken?: (lease: Lease) => void;
  /** Called once when somebody else has it. */
  readonly onLost?: (lease: Lease) => void;
  /** Other times than those of timing.ts, for tests, ms. */
  readonly times?: Partial<LeaseTimes>;
}

interface LeaseTimes {
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly renewMs: number;
  readonly lookMs: number;
}

/** Makes a keeper; nothing happens before `start`. */
export function createLeaseKeeper(deps: LeaseDeps): LeaseKeeper {
  const keeper = new Keeper(deps);
  return {
    start: () => keeper.start(),
    current: () => keeper.lease,
    look: () => keeper.lookSoon(),
    fenced: (work) =>
      inTransaction(deps.sql, async (tx) => {
        await keeper.guard(tx);
        return work(tx);
      }),
    guard: (tx) => keeper.guard(tx),
    stop: () => keeper.stop(),
  };
}

/** A lease that somebody else lets end, as it was first seen so. */
interface Ending {
  readonly until: string;
  readonly sinceMs: number;
}

class Keeper {
  lease: Lease | undefined;
  private readonly deps: LeaseDeps;
  private readonly times: LeaseTimes;
  private isOver = false;
  private ending: Ending | undefined;
  private hasToldStranger = false;
  private cancel: (() => void) | undefined;
  private looking: Promise<void> | undefined;

  constructor(deps: LeaseDeps) {
    this.deps = deps;
    this.times = {
      leaseMs: LEASE_MS,
      graceMs: LEASE_GRACE_MS,
      renewMs: LEASE_RENEW_MS,
      lookMs: LEASE_LOOK_MS,
      ...deps.times,
    };
  }

  async start(): Promise<void> {
    this.lookSoon();
    await this.looking;
  }

  lookSoon(): void {
    if (this.isOver) return;
    this.cancel?.();
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
      if (this.isOver) return;
      const { renewMs, lookMs } = this.times;
      this.cancel = this.deps.clock.after(this.lease ? renewMs : lookMs, () => this.lookSoon());
    });
  }

  async guard(tx: RawSql): Promise<void> {
    const { lease } = this;
    if (!lease) throw fail('E_FENCED_OUT');
    if (await lockLease(tx, lease)) return;
    this.stepDown(lease);
    throw fail('E_FENCED_OUT');
  }

  async stop(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    this.cancel?.();
    await this.looking;
    const { lease } = this;
    this.lease = undefined;
    if (!lease) return;
    try {
      await endLease(this.deps.sql, lease);
    } catch (err) {
      // It ends by itself, or at once for a process of the same data folder.
      this.deps.log.warn({ err, lease: lease.name }, 'the lease could not be given up');
    }
  }

  private async look(): Promise<void> {
    try {
      await (this.lease ? this.renew(this.lease) : this.tryTake());
    } catch (err) {
      // What was seen before the database was away says nothing about now: its holder asks first.
      this.ending = undefined;
      this.deps.log.debug({ err, lease: this.deps.name }, 'the lease could not be looked at');
    }
  }

  private async renew(lease: Lease): Promise<void> {
    if (!(await renewLease(this.deps.sql, lease, this.times.leaseMs))) this.stepDown(lease);
  }

  private async tryTake(): Promise<void> {
    const { sql, name, instance, holder, log } = this.deps;
    const row = await readLease(sql, name);
    if (row && !this.mayTake(row)) {
      this.tellStranger(row);
      return;
    }
    const { leaseMs } = this.times;
    const token = await takeLease(sql, { name, seen: row?.token ?? 0 }, { instance, holder, leaseMs });
    if (token === undefined) return;
    const lease: Lease = { name, token };
    this.lease = lease;
    // Not under its own name: fields called token are kept out of the log.
    log.info({ lease: name, fence: token }, 'took the lease');
    if (!this.isOver) this.deps.onTaken?.(lease);
  }

  /** Given up, held by a process that has ended, or left to end for so long that its holder would have renewed it. */
  private mayTake(row: LeaseRow): boolean {
    const { instance, holder, present } = this.deps;
    if (row.validMs === null) return true;
    if (row.instance === instance && (row.holder === holder || !present().includes(row.holder))) return true;
    if (row.validMs >= 0) return false;
    if (this.ending?.until !== row.until) this.ending = { until: row.until, sinceMs: row.nowMs };
    return row.nowMs - this.ending.sinceMs >= this.times.graceMs;
  }

  /** Two servers on one database are a mistake, or one of them is to take over when the other ends. */
  private tellStranger(row: LeaseRow): void {
    const { instance, name, log } = this.deps;
    if (row.instance === instance || this.hasToldStranger) return;
    this.hasToldStranger = true;
    log.warn(
      { lease: name, holder: row.holder },
      'a process of another data folder holds the lease; waiting for its end',
    );
  }

  private stepDown(lease: Lease): void {
    if (this.lease !== lease) return;
    this.lease = undefined;
    this.isOver = true;
    this.cancel?.();
    this.deps.log.warn({ lease: lease.name }, 'another process has taken the lease');
    this.deps.onLost?.(lease);
  }
}
