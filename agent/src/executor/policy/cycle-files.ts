// What is kept of cycles beside the memory of items: when the next is due, what the last one found, and what the core has of it.
import { fail } from '@muster/protocol';
import { type Disk, readWhole, writeWhole } from '../disk.ts';
import type { ItemReport } from './cycle.ts';
import { MAX_REPORT_BYTES } from './limits.ts';
import { isKeys } from './resolved.ts';

const FOLDER = 'policies';
/** Largest file of the schedule, bytes. */
const MAX_SCHEDULE_BYTES = 4_096;

/** When the device looks. */
export interface Schedule {
  /** When the next cycle begins, ms since 1970; null: nothing is held. */
  readonly dueAtMs: number | null;
  /** Cycles in a row that could not be run, or went down. */
  readonly failures: number;
  /** The cycle that was begun last and is not known to be over. */
  readonly running: { readonly id: string; readonly sinceMs: number } | null;
  /** When one was begun last, ms since 1970; absent: never. */
  readonly lastMs?: number;
}

/** All that a cycle found. */
export interface WholeReport {
  /** Of the cycle; '' for one that a person started. */
  readonly id: string;
  /** Digest of the set by which it judged. */
  readonly set: string;
  /** When it was over, ms since 1970. */
  readonly atMs: number;
  readonly items: readonly ItemReport[];
}

/** What the core has, on its disk. */
export interface Told {
  /** Of the set by which it was judged; null: none. */
  readonly set: string | null;
  /** When it was told last, ms since 1970. */
  readonly atMs: number;
  /** Item → a hash of what was told of it. */
  readonly items: Readonly<Record<string, string>>;
}

/** Readers give null where nothing is, or what is there is damaged. */
export interface CycleFiles {
  schedule(): Promise<Schedule | null>;
  setSchedule(schedule: Schedule): Promise<void>;
  report(): Promise<WholeReport | null>;
  told(): Promise<Told | null>;
  setTold(told: Told): Promise<void>;
}

const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value);
const isRunning = (value: unknown) => isKeys(value) && typeof value.id === 'string' && isTime(value.sinceMs);

function isSchedule(value: unknown): value is Schedule {
  if (!isKeys(value) || !isTime(value.failures)) return false;
  if (value.lastMs !== undefined && !isTime(value.lastMs)) return false;
  return (
    (value.dueAtMs === null || isTime(value.dueAtMs)) && (value.running === null || isRunning(value.running))
  );
}

function isReport(value: unknown): value is WholeReport {
  if (!isKeys(value) || !Array.isArray(value.items)) return false;
  return typeof value.id === 'string' && typeof value.set === 'string' && isTime(value.atMs);
}

function isTold(value: unknown): value is Told {
  if (!isKeys(value) || !isTime(value.atMs) || !isKeys(value.items)) return false;
  return value.set === null || typeof value.set === 'string';
}

/** Our own file: it is as it was written, or it is not believed at all. */
function parse<T>(bytes: Buffer | null, isGood: (value: unknown) => value is T): T | null {
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isGood(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function put(disk: Disk, name: string, value: object): Promise<void> {
  await disk.makeFolder(FOLDER);
  await writeWhole(disk, { folder: FOLDER, name }, Buffer.from(JSON.stringify(value)));
}

/** Puts what a cycle found in the place of what the one before found. @throws MusterError E_LIMIT for more than can be kept */
export async function writeReport(disk: Disk, report: WholeReport): Promise<void> {
  if (JSON.stringify(report).length > MAX_REPORT_BYTES) throw fail('E_LIMIT');
  await put(disk, 'report.json', report);
}

/** Makes the reader and writer of a device's folder. */
export function createCycleFiles(disk: Disk): CycleFiles {
  return {
    schedule: async () =>
      parse(await readWhole(disk, `${FOLDER}/cycle.json`, MAX_SCHEDULE_BYTES), isSchedule),
    setSchedule: (schedule) => put(disk, 'cycle.json', schedule),
    report: async () => parse(await readWhole(disk, `${FOLDER}/report.json`, MAX_REPORT_BYTES), isReport),
    told: async () => parse(await readWhole(disk, `${FOLDER}/told.json`, MAX_REPORT_BYTES), isTold),
    setTold: (told) => put(disk, 'told.json', told),
  };
}
