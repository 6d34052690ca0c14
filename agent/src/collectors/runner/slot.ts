// One collector at work: timed, limited, its outcome counted, its stamp compared.
import { isMusterError, type Outcome, type Value } from '@muster/protocol';
import type { Clock } from '../../platform/clock.ts';
import type { AnyCollector, CollectContext } from '../collector.ts';
import { STAMP_TRUST_MS } from './limits.ts';

/** What any collector found. */
export type AnyOutcome = Outcome<Readonly<Record<string, Value>>>;

/** How a collector has done since the agent started. */
export interface CollectorStats {
  readonly name: string;
  /** Runs by outcome; `unchanged` counts checks that the stamp answered. */
  ok: number;
  noData: number;
  error: number;
  unchanged: number;
  /** Errors in a row, up to now. */
  errorsInRow: number;
  /** Duration of the last run, ms; null before the first. */
  lastMs: number | null;
  /** Reason of the last `no-data` or `error`; empty after an `ok`. */
  reason: string;
}

/** A collector with its memory of earlier runs. */
export interface Slot {
  readonly collector: AnyCollector;
  readonly stats: CollectorStats;
  /**
   * Runs the collector unless its stamp is as before. Never throws: an exception is the outcome `error`.
   * Null: nothing new, or a run that was given up is still under way.
   */
  check(): Promise<AnyOutcome | null>;
  /** Runs the collector whatever its stamp says; two callers at one time share one run. */
  run(): Promise<AnyOutcome>;
}

/** Errors carry paths and codes, which stay the same; so do these reasons, and a lasting fault is one change only. */
function toError(error: unknown): AnyOutcome {
  const words = error instanceof Error ? error.message : String(error);
  return { outcome: 'error', reason: isMusterError(error) ? `${error.code}: ${words}` : words };
}

/** The outcome of the work, or that of lateness once the time is over. */
async function withinTime(
  work: Promise<AnyOutcome>,
  late: AnyOutcome,
  timeoutMs: number,
): Promise<AnyOutcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<AnyOutcome>((resolve) => {
    timer = setTimeout(() => resolve(late), timeoutMs);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

function createStats(name: string): CollectorStats {
  return { name, ok: 0, noData: 0, error: 0, unchanged: 0, errorsInRow: 0, lastMs: null, reason: '' };
}

/** Makes the slot of a collector; nothing runs yet. */
export function createSlot(collector: AnyCollector, context: CollectContext, clock: Clock): Slot {
  const stats = createStats(collector.section.name);
  const { timeoutMs } = collector;
  const late: AnyOutcome = { outcome: 'error', reason: `No answer within ${timeoutMs} ms.` };
  let stamp: string | null = null;
  let stampedMs = 0;
  let current: Promise<AnyOutcome> | null = null;
  let unfinished = false;

  function count(outcome: AnyOutcome, startedMs: number) {
    stats.lastMs = clock.monotonic() - startedMs;
    stats.reason = outcome.outcome === 'ok' ? '' : outcome.reason;
    stats[outcome.outcome === 'no-data' ? 'noData' : outcome.outcome]++;
    stats.errorsInRow = outcome.outcome === 'error' ? stats.errorsInRow + 1 : 0;
  }

  /** Runs the collector, remembering when it outlives its time: a hung one must not be started again and again. */
  async function work(): Promise<AnyOutcome> {
    unfinished = true;
    try {
      return await collector.collect(context);
    } catch (error) {
      return toError(error);
    } finally {
      unfinished = false;
    }
  }

  async function runOnce(): Promise<AnyOutcome> {
    if (unfinished) return late;
    const startedMs = clock.monotonic();
    const outcome = await withinTime(work(), late, timeoutMs);
    count(outcome, startedMs);
    return outcome;
  }

  function run(): Promise<AnyOutcome> {
    current ??= runOnce().finally(() => {
      current = null;
    });
    return current;
  }

  async function readStamp(): Promise<string | null> {
    try {
      return (await collector.stamp?.(context)) ?? null;
    } catch {
      // What hinders the stamp hinders the collector too, which says it better.
      return null;
    }
  }

  return {
    collector,
    stats,
    run,
    async check() {
      if (unfinished) return null;
      const now = await readStamp();
      const trusted = clock.monotonic() - stampedMs < STAMP_TRUST_MS && stats.errorsInRow === 0;
      if (now !== null && now === stamp && trusted) {
        stats.unchanged++;
        return null;
      }
      const outcome = await run();
      // The stamp from before the run: what changes while reading is read again.
      stamp = now;
      stampedMs = clock.monotonic();
      return outcome;
    },
  };
}
