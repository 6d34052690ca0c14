// Looks after the tables of metrics: partitions ahead of time, retention, and days of hours made from days of minutes.
import type { Clock } from '../../core/clock.ts';
import { type Day, dayOf } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';
import type { Fenced } from '../../core/lease.ts';
import type { Logger } from '../../core/log.ts';
import { openChunk, rollUp } from './decode.ts';
import { oldestDayMs } from './ingest.ts';
import {
  FIRST_SWEEP_MS,
  MAX_ROLLUP_BATCHES,
  PARTITIONS_AHEAD_DAYS,
  ROLLUP_AFTER_MS,
  ROLLUP_BATCH,
  SWEEP_AGAIN_MS,
  SWEEP_MS,
} from './limits.ts';
import {
  type DueChunk,
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
  /** How roll-ups are stored. */
  readonly fenced: Fenced;
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
    await makePartitions(deps);
    let count = 0;
    for (let batch = 0; batch < MAX_ROLLUP_BATCHES && !isStopped; batch++) {
      const rolled = await rollUpBatch(deps);
      count += rolled;
      if (rolled < ROLLUP_BATCH) break;
    }
    await dropPartitions(deps);
    return count;
  }

  async function runLogged(): Promise<number> {
    try {
      const days = await run();
      if (days > 0) log.info({ days }, 'rolled up measurements');
      return days;
    } catch (err) {
      // The next sweep does what this one could not.
      log.warn({ err }, 'sweep of measurements failed');
      return 0;
    }
  }

  function arm(delayMs: number): void {
    cancel = clock.after(delayMs, () => {
      running = runLogged().then((days) => {
        const hasMore = days >= MAX_ROLLUP_BATCHES * ROLLUP_BATCH;
        if (!isStopped) arm(hasMore ? SWEEP_AGAIN_MS : SWEEP_MS);
      });
    });
  }

  return {
    async start() {
      await makePartitions(deps);
      if (!isStopped) arm(FIRST_SWEEP_MS);
    },
    async stop() {
      isStopped = true;
      cancel?.();
      await running;
    },
    run,
  };
}

async function makePartitions({ sql, clock, days }: SweepDeps): Promise<void> {
  const nowMs = clock.now();
  const ahead = Array.from({ length: PARTITIONS_AHEAD_DAYS + 1 }, (_, at) =>
    dayOf(new Date(nowMs + at * DAY_MS)),
  );
  const [today = dayOf(new Date(nowMs))] = ahead;
  await ensureChunkDays(sql, { from: today, to: ahead.at(-1) ?? today });
  for (const day of ahead) days.add(day);
}

async function dropPartitions({ sql, clock, retention, days }: SweepDeps): Promise<void> {
  const minutesFrom = dayOf(new Date(oldestDayMs(clock.now(), retention.minuteDays)));
  const hoursFrom = dayOf(new Date(oldestDayMs(clock.now(), retention.hourDays)));
  for (const day of days) if (day < minutesFrom) days.delete(day);
  await dropOld(sql, { minutesFrom, hoursFrom });
}

/** Rolls up some days that have ended; resolves with how many. */
async function rollUpBatch({ sql, clock, fenced }: SweepDeps): Promise<number> {
  const due = await readDue(sql, dayOf(new Date(clock.now() - ROLLUP_AFTER_MS)), ROLLUP_BATCH);
  if (due.length === 0) return 0;
  for (const month of new Set(due.map(({ day }) => `${day.slice(0, 7)}-01`)))
    await ensureRollupMonth(sql, month);
  const chunks = groupByDay(await readDueChunks(sql, due));
  const rolled: RolledDay[] = [];
  for (const one of due) {
    const hours = (chunks.get(keyOf(one)) ?? []).flatMap((bytes) => openChunk(bytes) ?? []);
    rolled.push({ ...one, chunk: rollUp(Date.parse(`${one.day}T00:00:00Z`), hours) });
    // A day of one device takes some milliseconds to decode; frames of others come first.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await fenced((tx) => storeRollups(tx, rolled));
  return due.length;
}

function keyOf({ tenant, idx, day }: Pick<DueDay, 'tenant' | 'idx' | 'day'>): string {
  return `${tenant}/${idx}/${day}`;
}

function groupByDay(rows: readonly DueChunk[]): ReadonlyMap<string, readonly Buffer[]> {
  const groups = new Map<string, Buffer[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row.chunk]);
    else group.push(row.chunk);
  }
  return groups;
}
