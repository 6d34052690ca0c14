// Knows whether the database answers, by asking on a connection of its own, and cuts sockets that wait on a dead one.
import { DB_GIVE_UP_MS, DB_PROBE_DOWN_MS, DB_PROBE_MS, DB_PROBE_TIMEOUT_MS } from '../../timing.ts';
import type { Clock } from '../clock.ts';
import type { Connection } from './pool.ts';

export type HealthState = 'available' | 'unavailable';

/** Watches one database. */
export interface Health {
  /** Asks once, then regularly. */
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): HealthState;
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
}

/** Makes the watcher; it counts as unavailable until the first answer. */
export function createHealth(options: HealthOptions): Health {
  const watcher = new Watcher(options);
  return {
    start: () => watcher.start(),
    stop: () => watcher.stop(),
    state: () => watcher.state,
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
    this.change(isWell ? 'available' : 'unavailable');
    this.cancelNext = this.options.clock.after(isWell ? DB_PROBE_MS : DB_PROBE_DOWN_MS, () =>
      this.probeSoon(),
    );
  }

  private async ask(): Promise<boolean> {
    const connection = this.connection ?? this.options.open();
    this.connection = connection;
    let cancelTimeout: (() => void) | undefined;
    const timeout = new Promise<false>((resolve) => {
      cancelTimeout = this.options.clock.after(DB_PROBE_TIMEOUT_MS, () => resolve(false));
    });
    const answer = connection.sql`SELECT 1`.then(
      () => true,
      () => false,
    );
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
