// The contract of a reader: one subject, read from /proc or /sys into the series table; no timing, no logging.
import type { Clock } from '../platform/clock.ts';
import type { ProcFile, ProcSource } from '../platform/linux/proc-reader.ts';
import { rewind, type Scan } from './scan.ts';
import type { SeriesTable } from './series-table.ts';

/** When a sample is taken. */
export interface Moment {
  /** Wall clock, ms since 1970. */
  readonly atMs: number;
  /** Time since the sample before, s; NaN for the first one and after a gap, which makes every rate "no data". */
  readonly elapsedS: number;
  /** Number of this sample; one more than the one before. */
  readonly number: number;
  /** True in the samples that also read what is slow or changes slowly. */
  readonly slow: boolean;
}

/** What a reader may touch. */
export interface ReaderContext {
  readonly source: ProcSource;
  readonly table: SeriesTable;
  /** For how long a file takes to answer, nothing else. */
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Messages that wait in the outbox; null where nobody knows. */
  outboxDepth(): number | null;
}

/** Reads one subject. What is absent is left without a value, never set to zero. */
export interface Reader {
  read(moment: Moment): void;
  close(): void;
}

/** Makes a reader; files are opened at the first read. */
export type CreateReader = (context: ReaderContext) => Reader;

/** Growth per second of a counter; NaN when it was restarted, wrapped around, or has no reading before. */
export function toRate(now: number, before: number, elapsedS: number): number {
  const grown = now - before;
  return grown >= 0 && elapsedS > 0 ? grown / elapsedS : Number.NaN;
}

/** Reads a file and points the scan at its start. False, and the scan at nothing, when it is absent. */
export function readInto(scan: Scan, source: ProcSource, file: ProcFile): boolean {
  // the read may replace the source's buffer, so it must come before the buffer is looked at
  const length = file.read();
  rewind(scan, source.bytes, Math.max(0, length));
  return length > 0;
}
