// Looks after the tables of metrics: partitions ahead of time, retention, and days of hours made from days of minutes.
import type { Clock } from '../../core/clock.ts';
import { type Day, dayOf } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Logger } from '../../core/log.ts';
import { openChunk, rollUp } from './decode.ts';
import { oldestDayMs } from './ingest.ts';
import {
  MAX_ROLLUP_BATCHES,
  PARTITIONS_AHEAD_DAYS,
  ROLLUP_AFTER_MS,
  ROLLUP_BATCH,
  SWEEP_MS,
} from './limits.ts';
import {
  type DueDay,
  dropOld,
  ensureChunkDays,
  ensureRollupMonth,
  type RolledDay,
  readDue,
  readDueChunks,
  storeRollups,
} from './store.ts';

/** The periodic work. */
export interface Sweep {
  /** Makes the partitions of today, then begins to sweep. */
  start(): Promise<void>;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
  /** One sweep now; resolves with the number of days rolled up. */
  run(): Promise<number>;
}

export interface SweepDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retention: { readonly minuteDays: number; readonly hourDays: number };
  /** Partitions that exist, as the ingest knows them. */
  readonly days: Set<Day>;
}

const DAY_MS = 86_400_000;

export function createSweep(deps: SweepDeps): Sweep {
  const { clock, log } = deps;
  let cancel: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;

  async function run(): Promise<number> {
    await lookAfterPartitions(deps);
    let count = 0;
    for (let batch = 0; batch < MAX_ROLLUP_BATCHES && !isStopped; batch++) {
      const rolled = await rollUpBatch(deps);
      count += rolled;
      if (rolled < ROLLUP_BATCH) break;
    }
    return count;
  }

  function arm(): void {
    cancel = clock.after(SWEEP_MS, () => {
      running = run().then(
        (days) => {
          if (days > 0) log.info({ days }, 'rolled up measurements');
        },
        // The next sweep does what this one could not.
        (err: unknown) => log.warn({ err }, 'sweep of measurements failed'),
      );
      void running.then(() => {
        if (!isStopped) arm();
      });
    });
  }

  return {
    async start() {
      await lookAfterPartitions(deps);
      arm();
    },
    async stop() {
      isStopped = true;
      cancel?.();
      await running;
    },
    run,
  };
}

async function lookAfterPartitions({ sql, clock, retention, days }: SweepDeps): Promise<void> {
  const nowMs = clock.now();
  const today = dayOf(new Date(nowMs));
  const ahead = Array.from({ length: PARTITIONS_AHEAD_DAYS + 1 }, (_, at) =>
    dayOf(new Date(nowMs + at * DAY_MS)),
  );
  await ensureChunkDays(sql, { from: today, to: ahead.at(-1) ?? today });
  for (const day of ahead) days.add(day);
  const minutesFrom = dayOf(new Date(oldestDayMs(nowMs, retention.minuteDays)));
  const hoursFrom = dayOf(new Date(oldestDayMs(nowMs, retention.hourDays)));
  for (const day of days) if (day < minutesFrom) days.delete(day);
  await dropOld(sql, { minutesFrom, hoursFrom });
}

/** Rolls up some days that have ended; resolves with how many. */
async function rollUpBatch({ sql, clock }: SweepDeps): Promise<number> {
  const due = await readDue(sql, dayOf(new Date(clock.now() - ROLLUP_AFTER_MS)), ROLLUP_BATCH);
  if (due.length === 0) return 0;
  for (const month of new Set(due.map(({ day }) => `${day.slice(0, 7)}-01`)))
    await ensureRollupMonth(sql, month);
  const chunks = await readDueChunks(sql, due);
  const keyOf = ({ tenant, idx, day }: Pick<DueDay, 'tenant' | 'idx' | 'day'>) => `${tenant}/${idx}/${day}`;
  const rolled: RolledDay[] = [];
  for (const one of due) {
    const own = chunks
      .filter((row) => keyOf(row) === keyOf(one))
      .flatMap(({ chunk }) => openChunk(chunk) ?? []);
    rolled.push({ ...one, chunk: rollUp(Date.parse(`${one.day}T00:00:00Z`), own) });
    // A day of one device takes some milliseconds to decode; frames of others come first.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await storeRollups(sql, rolled);
  return due.length;
}
