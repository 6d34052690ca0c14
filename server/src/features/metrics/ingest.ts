// Takes chunks in: length, time and checksum are looked at, nothing is decoded, and the device hears after the commit.
import { type ChunkHeader, decodeChunkFrame, readChunkHeader } from '@muster/protocol';
import type { AnswerDurable } from '../../core/agents/durable.ts';
import type { Session } from '../../core/agents/session.ts';
import { type BatchWriter, createBatchWriter } from '../../core/batch-writer.ts';
import type { Clock } from '../../core/clock.ts';
import { codeOf } from '../../core/db/failures.ts';
import { type Day, dayOf } from '../../core/db/partitions.ts';
import type { RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { fail } from '../../errors.ts';
import { refuseSucceeded, type SessionFence } from '../devices/index.ts';
import { MAX_AHEAD_MS, MAX_BATCH_CHUNKS, MAX_QUEUED_CHUNKS } from './limits.ts';
import { type ChunkRow, ensureChunkDays, upsertChunks } from './store.ts';

/** How chunks come in. */
export interface Ingest {
  /** Resolves when the device has been answered. Throws for a frame that is none. */
  take(session: Session, frame: Uint8Array): Promise<void>;
  /** Partitions that exist as far as this process knows, so that no batch asks. */
  readonly days: Set<Day>;
  stop(): Promise<void>;
  counts(): { readonly stored: number; readonly batches: number };
}

export interface IngestDeps {
  readonly sql: RawSql;
  readonly clock: Clock;
  readonly retentionDays: number;
  readonly answerDurable: AnswerDurable;
  /** With several processes: refuses what the older session of a device brings. */
  readonly fence?: SessionFence;
  /** A chunk of that device is in the database. */
  stored(session: Session, header: ChunkHeader): void;
}

/** A chunk and the session that brought it. */
interface SessionChunk extends ChunkRow {
  readonly epoch: number;
  /** The device has opened another session since: it was not stored. */
  isRefused: boolean;
}

/** No partition takes the row (check_violation). */
const NO_PARTITION = '23514';

export function createIngest(deps: IngestDeps): Ingest {
  const { clock, retentionDays } = deps;
  const days = new Set<Day>();
  const writer: BatchWriter<SessionChunk> = createBatchWriter({
    name: 'metric_chunk',
    maxQueued: MAX_QUEUED_CHUNKS,
    maxRows: MAX_BATCH_CHUNKS,
    keyOf: ({ tenant, idx }) => `${tenant}/${idx}`,
    flush: (rows) => storeChunks(deps, days, rows),
    clock,
  });
  return {
    async take(session, frame) {
      const { seq, chunk } = decodeChunkFrame(frame);
      await deps.answerDurable(session, { seq, sizeBytes: frame.length }, async () => {
        const header = checkChunk(chunk, { nowMs: clock.now(), retentionDays });
        const { tenant, idx } = session;
        const startsAt = new Date(header.fromMs);
        // The frame's buffer is the socket's; a batch may come much later.
        const row = {
          ...{ tenant, idx, startsAt, seq },
          epoch: session.epoch,
          points: header.count,
          chunk: new Uint8Array(chunk),
          isRefused: false,
        };
        await writer.write(row);
        if (row.isRefused) throw refuseSucceeded();
        deps.stored(session, header);
      });
    },
    days,
    stop: () => writer.stop(),
    counts: () => ({ stored: writer.stats().stored, batches: writer.stats().batches }),
  };
}

/** Start of the oldest day that is kept, ms. */
export function oldestDayMs(nowMs: number, days: number): number {
  return Date.parse(`${dayOf(new Date(nowMs - days * 86_400_000))}T00:00:00Z`);
}

/** Header of a chunk that may be stored. @throws MusterError E_CHUNK, E_SIZE, or E_CHUNK_TIME outside of what is kept. */
function checkChunk(
  chunk: Uint8Array,
  limits: { readonly nowMs: number; readonly retentionDays: number },
): ChunkHeader {
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

/** One statement, and what it takes to make partitions that are missing. */
async function storeChunks(deps: IngestDeps, days: Set<Day>, rows: readonly SessionChunk[]) {
  const { sql } = deps;
  await ensureDays(sql, days, rows);
  try {
    await upsert(deps, rows);
  } catch (error) {
    if (codeOf(error) !== NO_PARTITION) throw error;
    // Another process whose clock is ahead has dropped a partition that was known here.
    days.clear();
    await ensureDays(sql, days, rows);
    await upsert(deps, rows);
  }
}

async function upsert({ sql, clock, fence }: IngestDeps, rows: readonly SessionChunk[]): Promise<void> {
  const today = dayOf(new Date(clock.now()));
  if (fence === undefined) return upsertChunks(sql, newestOfEach(rows), today);
  await inTransaction(sql, async (tx) => {
    const kept = await fence(tx, rows);
    const isKept = new Set(kept);
    for (const row of rows) row.isRefused = !isKept.has(row);
    if (kept.length > 0) await upsertChunks(tx, newestOfEach(kept), today);
  });
}

/** Makes the partitions that a batch needs; a device that was away for weeks needs old ones. */
async function ensureDays(sql: RawSql, days: Set<Day>, rows: readonly ChunkRow[]): Promise<void> {
  const missing = new Set(rows.map(({ startsAt }) => dayOf(startsAt)).filter((day) => !days.has(day)));
  for (const day of missing) {
    await ensureChunkDays(sql, { from: day, to: day });
    days.add(day);
  }
}
