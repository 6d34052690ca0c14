// Knows whether the database answers, by asking on a connection of its own, and cuts sockets that wait on a dead one.
import type { Sql } from 'postgres';
import { DB_GIVE_UP_MS, DB_PROBE_DOWN_MS, DB_PROBE_MS, DB_PROBE_TIMEOUT_MS } from '../../timing.ts';
import type { Clock } from '../clock.ts';

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
  readonly open: () => Sql;
  /** Called once when the database has been silent for DB_GIVE_UP_MS. */
  readonly giveUp: () => void;
}

/** Makes the watcher; it counts as unavailable until the first answer. */
export function createHealth(options: HealthOptions): Health {
  const { clock } = options;
  const listeners = new Set<(state: HealthState) => void>();
  let state: HealthState = 'unavailable';
  let probeSql: Sql | undefined;
  let cancelNext: (() => void) | undefined;
  let probing: Promise<void> | undefined;
  let isStopped = true;
  let downSinceMs: number | undefined;

  async function probe(): Promise<void> {
    const isWell = await askOnce();
    if (isStopped) return;
    if (isWell) downSinceMs = undefined;
    else noteSilence();
    change(isWell ? 'available' : 'unavailable');
    cancelNext = clock.after(isWell ? DB_PROBE_MS : DB_PROBE_DOWN_MS, run);
  }

  function run(): void {
    cancelNext?.();
    probing ??= probe().finally(() => {
      probing = undefined;
    });
  }

  async function askOnce(): Promise<boolean> {
    probeSql ??= options.open();
    const asked = probeSql;
    let cancelTimeout: (() => void) | undefined;
    const timeout = new Promise<false>((resolve) => {
      cancelTimeout = clock.after(DB_PROBE_TIMEOUT_MS, () => resolve(false));
    });
    const answer = asked`SELECT 1`.then(
      () => true,
      () => false,
    );
    const isWell = await Promise.race([answer, timeout]);
    cancelTimeout?.();
    if (!isWell) {
      // The unanswered question would hold up the next one.
      probeSql = undefined;
      await asked.end({ timeout: 0 });
    }
    return isWell;
  }

  function noteSilence(): void {
    const nowMs = clock.monotonic();
    downSinceMs ??= nowMs;
    if (nowMs - downSinceMs < DB_GIVE_UP_MS) return;
    downSinceMs = nowMs;
    options.giveUp();
  }

  function change(next: HealthState): void {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener(next);
  }

  return {
    async start() {
      isStopped = false;
      run();
      await probing;
    },
    async stop() {
      isStopped = true;
      cancelNext?.();
      await probing;
      cancelNext?.();
      await probeSql?.end({ timeout: 1 });
    },
    state: () => state,
    suspect() {
      if (!isStopped && state === 'available') run();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
