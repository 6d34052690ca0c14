// Knows whether the database answers, by asking on a connection of its own, and cuts sockets that wait on a dead one.
//
//   available → unavailable (a probe failed) → away (two in a row) → available, once no session from before is left
import type { Sql } from 'postgres';
import { AWAY_PROBES } from '../../limits.ts';
import { DB_GIVE_UP_MS, DB_PROBE_DOWN_MS, DB_PROBE_MS, DB_PROBE_TIMEOUT_MS } from '../../timing.ts';
import type { Clock } from '../clock.ts';
import { pause } from '../turns.ts';
import type { Connection } from './pool.ts';

export type HealthState = 'available' | 'unavailable';

/** Watches one database. */
export interface Health {
  /** Asks once, then regularly. */
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): HealthState;
  /** True from the second failed probe in a row until the database is well again: what needs it is refused at once. */
  isAway(): boolean;
  /** Tells of a failure seen elsewhere, so that the next probe comes at once. */
  suspect(): void;
  /** Calls back at every change; the returned function ends that. */
  onChange(listener: (state: HealthState) => void): () => void;
}

export interface HealthOptions {
  readonly clock: Clock;
  /** Opens the connection the probes use; it is replaced when a probe got no answer. */
  readonly open: () => Connection;
  /** Called once when the database has been silent for DB_GIVE_UP_MS. */
  readonly giveUp: () => void;
  /** The database answers again after it was away; false: it is not taken as well yet. */
  readonly returned?: (sql: Sql) => Promise<boolean>;
  /** Called with the connection after each probe that went well. */
  readonly lookAfter?: (sql: Sql) => Promise<void>;
  /** True: something waits for long, so the next probe comes sooner. */
  readonly isUneasy?: () => boolean;
}

/** Makes the watcher; it counts as unavailable until the first answer. */
export function createHealth(options: HealthOptions): Health {
  const watcher = new Watcher(options);
  return {
    start: () => watcher.start(),
    stop: () => watcher.stop(),
    state: () => watcher.state,
    isAway: () => watcher.failures >= AWAY_PROBES,
    suspect() {
      if (watcher.state === 'available') watcher.probeSoon();
    },
    onChange(listener) {
      watcher.listeners.add(listener);
      return () => watcher.listeners.delete(listener);
    },
  };
}

class Watcher {
  state: HealthState = 'unavailable';
  /** Probes in a row that failed. */
  failures = 0;
  readonly listeners = new Set<(state: HealthState) => void>();
  private readonly options: HealthOptions;
  private connection: Connection | undefined;
  private cancelNext: (() => void) | undefined;
  private probing: Promise<void> | undefined;
  private isStopped = true;
  private silentSinceMs: number | undefined;

  constructor(options: HealthOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.isStopped = false;
    this.probeSoon();
    await this.probing;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.probing;
    this.cancelNext?.();
    await this.connection?.sql.end({ timeout: 1 });
    this.connection?.cut();
    this.connection = undefined;
  }

  /** Asks now, unless a question is open or nobody watches. */
  probeSoon(): void {
    if (this.isStopped) return;
    this.cancelNext?.();
    this.probing ??= this.probe().finally(() => {
      this.probing = undefined;
    });
  }

  private async probe(): Promise<void> {
    const isWell = await this.ask();
    if (this.isStopped) return;
    if (isWell) this.silentSinceMs = undefined;
    else this.noteSilence();
    this.failures = isWell ? 0 : this.failures + 1;
    this.change(isWell ? 'available' : 'unavailable');
    const isUneasy = this.options.isUneasy?.() === true;
    this.cancelNext = this.options.clock.after(isWell && !isUneasy ? DB_PROBE_MS : DB_PROBE_DOWN_MS, () =>
      this.probeSoon(),
    );
  }

  private async ask(): Promise<boolean> {
    const connection = this.connection ?? this.options.open();
    this.connection = connection;
    let cancelTimeout: (() => void) | undefined;
    const timeout = new Promise<false>((resolve) => {
      cancelTimeout = this.options.clock.after(DB_PROBE_TIMEOUT_MS, () => {
        // After a long turn of this process the answer may lie in the socket: it is read before this.
        void pause().then(() => resolve(false));
      });
    });
    const answer = this.question(connection.sql).catch(() => false);
    const isWell = await Promise.race([answer, timeout]);
    cancelTimeout?.();
    if (!isWell) {
      // The unanswered question would hold up the next one. A polite end would wait for a peer that is silent.
      this.connection = undefined;
      await connection.sql.end({ timeout: 0 });
      connection.cut();
    }
    return isWell;
  }

  /** One answer is enough while all is well; after an outage, and while something waits, there is more to ask. */
  private async question(sql: Sql): Promise<boolean> {
    const { returned, lookAfter } = this.options;
    await sql`SELECT 1`;
    if (this.failures >= AWAY_PROBES && returned !== undefined && !(await returned(sql))) return false;
    await lookAfter?.(sql);
    return true;
  }

  private noteSilence(): void {
    const nowMs = this.options.clock.monotonic();
    this.silentSinceMs ??= nowMs;
    if (nowMs - this.silentSinceMs < DB_GIVE_UP_MS) return;
    this.silentSinceMs = nowMs;
    this.options.giveUp();
  }

  private change(next: HealthState): void {
    if (next === this.state) return;
    this.state = next;
    for (const listener of this.listeners) listener(next);
  }
}
