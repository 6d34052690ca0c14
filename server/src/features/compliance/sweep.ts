// Looks after compliance from time to time: who does not report any more, partitions ahead of time, what is too old.
import { dayOf } from '../../core/db/partitions.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { ComplianceDeps } from './deps.ts';
import { FINE_KEPT_MS, FIRST_SWEEP_MS, KEPT_MS, SILENT_BATCH, SWEEP_MS } from './limits.ts';
import { silenceSome } from './silence.ts';
import { dropPast, ensurePastMonth, mergeChanges } from './store.ts';

/** The periodic work, of one process. */
export interface Sweep {
  start(): void;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
  /** One sweep now; resolves with how many devices fell silent. */
  run(): Promise<number>;
}

const DAY_MS = 86_400_000;
/** Longer than a month. */
const MONTH_AHEAD_MS = 32 * DAY_MS;

/** Makes it; nothing happens before `start`. */
export function createSweep(deps: ComplianceDeps): Sweep {
  const { sql, clock, log, tenant } = deps;
  const fenced =
    deps.fenced ?? (<T>(work: Parameters<typeof inTransaction<T>>[1]) => inTransaction(sql, work));
  let cancel: (() => void) | undefined;
  let running: Promise<unknown> | undefined;
  let isStopped = false;

  async function run(): Promise<number> {
    const nowMs = clock.now();
    for (const ahead of [0, MONTH_AHEAD_MS])
      await ensurePastMonth(sql, `${dayOf(new Date(nowMs + ahead)).slice(0, 7)}-01`);
    let silent = 0;
    for (let found = SILENT_BATCH; found === SILENT_BATCH && !isStopped; silent += found)
      found = await fenced((tx) => silenceSome(tx, { tenant, nowMs }));
    await fenced((tx) => mergeChanges(tx, new Date(`${dayOf(new Date(nowMs - FINE_KEPT_MS))}T00:00:00Z`)));
    await dropPast(sql, dayOf(new Date(nowMs - KEPT_MS)));
    return silent;
  }

  async function runLogged(): Promise<void> {
    try {
      const devices = await run();
      if (devices > 0) log.info({ devices }, 'devices do not report any more how they comply');
    } catch (err) {
      // The next sweep does what this one could not.
      log.warn({ err }, 'sweep of compliance failed');
    }
  }

  function arm(delayMs: number): void {
    cancel = clock.after(delayMs, () => {
      running = runLogged().then(() => {
        if (!isStopped) arm(SWEEP_MS);
      });
    });
  }

  return {
    start: () => arm(FIRST_SWEEP_MS),
    async stop() {
      isStopped = true;
      cancel?.();
      await running;
    },
    run,
  };
}
