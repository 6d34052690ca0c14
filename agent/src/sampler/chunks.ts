// Hour chunks: the open hour every quarter of an hour, closed hours once, and any hour again from the ring.
import type { Deflate } from '@muster/protocol';
import { createHour, type Hour, hourOf } from './hour.ts';
import { CHUNK_EVERY_MS, HOUR_MS, MAX_CLOSED_HOURS } from './limits.ts';
import type { Ring } from './ring.ts';
import type { SeriesValues } from './series-table.ts';

/** A chunk to be sent; it replaces an earlier one of the same hour. */
export interface HourChunk {
  /** Start of the hour, ms since 1970. */
  readonly fromMs: number;
  readonly bytes: Uint8Array;
  /** False for the hour that is still going on. */
  readonly closed: boolean;
}

/** What chunks need. */
export interface ChunksOptions {
  readonly ring: Pick<Ring, 'read'>;
  readonly deflate: Deflate;
  /** 0…1: when in each quarter of an hour chunks are handed on, so that a fleet does not send in step. */
  readonly phase: number;
  onChunk(chunk: HourChunk): void;
}

/** Chunks of this device. */
export interface Chunks {
  /**
   * Takes the open hour up again after a restart. `newestMs`: end of what the ring holds; an hour that was closed by nobody
   * is handed on with the next chunk.
   */
  resume(nowMs: number, newestMs: number | null): Promise<void>;
  /** Takes a sample in; hands chunks on when it is time. */
  add(slotMs: number, values: SeriesValues): void;
  /** The open hour as it is now; null while it has no value. */
  openHour(): HourChunk | null;
  /** Any hour that the ring still holds; null where it holds nothing of it. */
  rebuildHour(fromMs: number): Promise<HourChunk | null>;
  /** Resolves when everything that was to be read from the ring has been taken in. */
  settle(): Promise<void>;
}

/** Makes the chunks; nothing is read before `resume`. */
export function createChunks({ ring, deflate, phase, onChunk }: ChunksOptions): Chunks {
  const closed: HourChunk[] = [];
  const phaseMs = phase * CHUNK_EVERY_MS;
  let hour: Hour | null = null;
  let quarter = Number.NaN;
  let filling: Promise<void> = Promise.resolve();

  function encode(from: Hour, isClosed: boolean): HourChunk | null {
    const bytes = from.encode(deflate);
    return bytes === null ? null : { fromMs: from.fromMs, bytes, closed: isClosed };
  }

  async function fill(into: Hour) {
    for await (const block of ring.read(into.fromMs, into.fromMs + HOUR_MS)) into.addBlock(block);
  }

  function close(ended: Hour) {
    const chunk = encode(ended, true);
    if (chunk !== null) closed.push(chunk);
    // the ring still has what is dropped here
    if (closed.length > MAX_CLOSED_HOURS) closed.shift();
  }

  /** Begins the hour of a sample. One that does not follow the last (start, sleep, clock) may have a first part in the ring. */
  function enterHour(fromMs: number): Hour {
    const before = hour;
    if (before?.fromMs === fromMs) return before;
    if (before !== null) close(before);
    const entered = createHour(fromMs);
    hour = entered;
    // samples that come meanwhile are taken in once, whether from here or from there
    if (before?.fromMs !== fromMs - HOUR_MS) filling = filling.then(() => fill(entered));
    return entered;
  }

  function handOn() {
    for (const chunk of closed.splice(0)) onChunk(chunk);
    const open = hour === null ? null : encode(hour, false);
    if (open !== null) onChunk(open);
  }

  async function rebuildHour(fromMs: number): Promise<HourChunk | null> {
    if (fromMs === hour?.fromMs) return encode(hour, false);
    const rebuilt = createHour(fromMs);
    await fill(rebuilt);
    return encode(rebuilt, true);
  }

  return {
    async resume(nowMs, newestMs) {
      const opened = createHour(hourOf(nowMs));
      hour = opened;
      await fill(opened);
      const last = newestMs === null ? opened.fromMs : hourOf(newestMs - 1);
      const missed = last === opened.fromMs ? null : await rebuildHour(last);
      if (missed !== null) closed.push(missed);
    },
    add(slotMs, values) {
      enterHour(hourOf(slotMs)).add(slotMs, values);
      const now = Math.floor((slotMs - phaseMs) / CHUNK_EVERY_MS);
      const isDue = !Number.isNaN(quarter) && now !== quarter;
      quarter = now;
      if (isDue) handOn();
    },
    openHour: () => (hour === null ? null : encode(hour, false)),
    rebuildHour,
    settle: () => filling,
  };
}
