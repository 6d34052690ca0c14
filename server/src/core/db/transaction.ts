// Transactions, each alone on a connection of its own for as long as it lasts; a lost connection ends it instead of going on without it.
//
// The client's own `begin` and `reserve` (postgres 3.4.9) share their connections with other statements. When one is lost, it is opened
// again for whoever waits, and what is left of the transaction would be carried out there, statement by statement, outside of any
// (src/index.js, onclose); or the statement goes to a socket that is null, which ends the process (src/connection.js, nextWrite).
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { fail } from '../../errors.ts';
import { MAX_WAITING_TRANSACTIONS } from '../../limits.ts';
import { refuseAway } from './away.ts';
import type { RawSql } from './raw-sql.ts';
import type { Sockets, Target } from './sockets.ts';

/** The transactions of a client. */
export interface Transactions {
  run<T>(work: (tx: RawSql) => Promise<T>): Promise<T>;
  /** Lets those under way finish for that long, then ends them. */
  close(timeoutMs: number): Promise<void>;
}

/** What transactions need. */
export interface TransactionDeps {
  /** The client by which features know them. */
  readonly sql: RawSql;
  /** Transactions at a time. */
  readonly count: number;
  readonly sockets: Sockets;
  /** Makes a client of one connection that opens its sockets so. */
  open(openSocket: Sockets['open']): RawSql;
}

const transactionsOf = new WeakMap<RawSql, Transactions>();
/** The transaction that the present work is part of; known in tests only, for it makes every promise of the process slower. */
let present: AsyncLocalStorage<{ isOver: boolean }> | undefined;

/** From here on a statement that goes past the transaction it belongs to fails: it could wait for the one that waits for it. */
export function watchNesting(): void {
  present ??= new AsyncLocalStorage();
}

/**
 * Runs the work between BEGIN and COMMIT; rolls back when it throws. Resolves after the commit. Throws E_UNAVAILABLE at once while the
 * database is away, E_BUSY when too many wait.
 */
export async function inTransaction<T>(sql: RawSql, work: (tx: RawSql) => Promise<T>): Promise<T> {
  const transactions = transactionsOf.get(sql);
  if (transactions === undefined) throw new Error('this client has no transactions');
  return transactions.run(work);
}

/** True inside of a transaction, where that is watched: another connection must not be asked for there. */
export function isInTransaction(): boolean {
  return present?.getStore()?.isOver === false;
}

/** Makes the transactions of a client; nothing is connected yet. */
export function createTransactions(deps: TransactionDeps): Transactions {
  const transactions = new ConnectionQueue(deps);
  transactionsOf.set(deps.sql, transactions);
  return transactions;
}

/** One connection for transactions. While it is sealed it is not opened again. */
class TransactionConnection {
  readonly sql: RawSql;
  private socket: Socket | undefined;
  private isSealed = false;

  constructor({ open, sockets }: TransactionDeps) {
    this.sql = open((target: Target) => {
      if (this.isSealed)
        throw Object.assign(new Error('the connection was lost'), { code: 'CONNECTION_CLOSED' });
      this.socket = sockets.open(target);
      return this.socket;
    });
  }

  async run<T>(work: (tx: RawSql) => Promise<T>): Promise<T> {
    const { sql } = this;
    await sql`BEGIN`;
    this.isSealed = true;
    const result = await work(sql);
    await sql`COMMIT`;
    this.isSealed = false;
    return result;
  }

  /** True when it can be used again. */
  async rollBack(): Promise<boolean> {
    // Lost, or it never began.
    if (this.socket?.destroyed !== false) return false;
    if (!this.isSealed) return true;
    try {
      await this.sql`ROLLBACK`;
      this.isSealed = false;
      return true;
    } catch {
      // Whatever it says, the database rolls back what it hears no more of.
      return false;
    }
  }

  /** Ends it at once. */
  discard(): void {
    this.isSealed = true;
    this.socket?.destroy();
    void this.sql.end({ timeout: 0 });
  }
}

/** Hands connections to transactions in the order in which they came. */
class ConnectionQueue implements Transactions {
  private readonly deps: TransactionDeps;
  private readonly idle: TransactionConnection[] = [];
  private readonly all = new Set<TransactionConnection>();
  private readonly waiting: ((connection: TransactionConnection) => void)[] = [];

  constructor(deps: TransactionDeps) {
    this.deps = deps;
  }

  async run<T>(work: (tx: RawSql) => Promise<T>): Promise<T> {
    refuseAway(this.deps.sql);
    const connection = await this.take();
    const state = { isOver: false };
    let isUsable = true;
    try {
      const run = () => connection.run(work);
      return await (present === undefined ? run() : present.run(state, run));
    } catch (error) {
      isUsable = await connection.rollBack();
      throw error;
    } finally {
      state.isOver = true;
      this.giveBack(connection, isUsable);
    }
  }

  async close(timeoutMs: number): Promise<void> {
    await Promise.all([...this.all].map(({ sql }) => sql.end({ timeout: timeoutMs / 1000 })));
  }

  private take(): TransactionConnection | Promise<TransactionConnection> {
    const idle = this.idle.pop();
    if (idle !== undefined) return idle;
    if (this.all.size < this.deps.count) return this.open();
    if (this.waiting.length >= MAX_WAITING_TRANSACTIONS) {
      throw fail('E_BUSY', { detail: 'Too many transactions wait for the database.' });
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private open(): TransactionConnection {
    const connection = new TransactionConnection(this.deps);
    this.all.add(connection);
    return connection;
  }

  private giveBack(connection: TransactionConnection, isUsable: boolean): void {
    if (!isUsable) {
      this.all.delete(connection);
      connection.discard();
    }
    const next = this.waiting.shift();
    if (next !== undefined) next(isUsable ? connection : this.open());
    else if (isUsable) this.idle.push(connection);
  }
}
