// Takes chunks in: length, time and checksum are looked at, nothing is decoded, and the device hears after the commit.
import { decodeChunkFrame, readChunkHeader } from '@muster/protocol';
import { answerDurable } from '../../core/agents/durable.ts';
import type { Session } from '../../core/agents/session.ts';
import { type BatchWriter, createBatchWriter } from '../../core/batch-writer.ts';
import type { Clock } from '../../core/clock.ts';
import { type Day, dayOf } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { fail } from '../../errors.ts';
import { MAX_AHEAD_MS, MAX_BATCH_CHUNKS, MAX_QUEUED_CHUNKS } from './limits.ts';
import { type ChunkRow, ensureChunkDays, upsertChunks } from './store.ts';

/** How chunks come in. */
export interface Ingest {
  /** Resolves when the device has been answered. Throws for a frame that is none. */
  take(session: Session, frame: Uint8Array): Promise<void>;
  /** Partitions that exist for certain, so that no batch asks. */
  readonly days: Set<Day>;
  stop(): Promise<void>;
  counts(): { readonly stored: number; readonly batches: number };
}

export function createIngest(deps: {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly retentionDays: number;
}): Ingest {
  const { sql, clock, retentionDays } = deps;
  const days = new Set<Day>();
  const writer: BatchWriter<ChunkRow> = createBatchWriter({
    name: 'metric_chunk',
    maxQueued: MAX_QUEUED_CHUNKS,
    maxRows: MAX_BATCH_CHUNKS,
    flush: async (rows) => {
      await ensureDays(sql, days, rows);
      await upsertChunks(sql, newestOfEach(rows), dayOf(new Date(clock.now())));
    },
    clock,
  });
  return {
    async take(session, frame) {
      const { seq, chunk } = decodeChunkFrame(frame);
      await answerDurable(session, seq, () => {
        const { fromMs, count } = checkChunk(chunk, { nowMs: clock.now(), retentionDays });
        const { tenant, idx } = session;
        // The frame's buffer is the socket's; a batch may come much later.
        return writer.write({
          tenant,
          idx,
          startsAt: new Date(fromMs),
          seq,
          points: count,
          chunk: Uint8Array.from(chunk),
        });
      });
    },
    days,
    stop: () => writer.stop(),
    counts: () => ({ stored: writer.stats().stored, batches: writer.stats().batches }),
  };
}

/** Start of the oldest day that is kept. */
export function oldestDayMs(nowMs: number, retentionDays: number): number {
  return Date.parse(`${dayOf(new Date(nowMs - retentionDays * 86_400_000))}T00:00:00Z`);
}

/** Header of a chunk that may be stored. @throws MusterError E_CHUNK, E_SIZE, or E_CHUNK_TIME outside of what is kept. */
export function checkChunk(
  chunk: Uint8Array,
  limits: { readonly nowMs: number; readonly retentionDays: number },
) {
  const header = readChunkHeader(chunk);
  if (header.tier !== 'minute')
    throw fail('E_CHUNK', { detail: 'Only chunks of minutes are taken; update the agent.' });
  const isOld = header.fromMs < oldestDayMs(limits.nowMs, limits.retentionDays);
  if (isOld || header.toMs > limits.nowMs + MAX_AHEAD_MS) throw fail('E_CHUNK_TIME');
  return header;
}

/** One chunk a device and hour, the newest: one statement cannot change a row twice. */
function newestOfEach(rows: readonly ChunkRow[]): ChunkRow[] {
  const newest = new Map<string, ChunkRow>();
  for (const row of rows) {
    const key = `${row.tenant}/${row.idx}/${row.startsAt.getTime()}`;
    if (row.seq >= (newest.get(key)?.seq ?? 0)) newest.set(key, row);
  }
  return [...newest.values()];
}

/** Makes the partitions that a batch needs; a device that was away for weeks needs old ones. */
async function ensureDays(sql: RawSql, days: Set<Day>, rows: readonly ChunkRow[]): Promise<void> {
  const missing = new Set(rows.map(({ startsAt }) => dayOf(startsAt)).filter((day) => !days.has(day)));
  for (const day of missing) {
    await ensureChunkDays(sql, { from: day, to: day });
    days.add(day);
  }
}
