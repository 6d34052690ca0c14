// Reads the journal at a start: only a torn tail is cut; damage before it is copied aside and what stands behind it counts.
import { type Disk, readWhole, writeWhole } from '../disk.ts';
import { BALLAST_BYTES, SEGMENT_BYTES } from '../limits.ts';
import { type Batch, type Gap, isTorn, parseSegment } from './frames.ts';

/** Where the segments lie. */
export const JOURNAL_FOLDER = 'journal';
/** Where damaged places are copied to. */
const DAMAGED_FOLDER = 'journal-damaged';
/** Damaged places that are kept; the oldest go first. */
const MAX_DAMAGED_FILES = 16;
/** Most of a segment that is read, bytes: one is closed at the first batch beyond SEGMENT_BYTES. */
const MAX_READ_BYTES = 2 * SEGMENT_BYTES + BALLAST_BYTES;

/** Marks of a snapshot: what stands between them replaces all that came before. */
export type SnapshotMark = { readonly t: 'snapshot' } | { readonly t: 'snapshot-end' };

/** What a start finds. */
export interface JournalContent<R> {
  /** In order, from the last whole snapshot on. */
  readonly records: readonly R[];
  /** Numbers of the segments that count, ascending. */
  readonly segments: readonly number[];
  /** Size of the last one, bytes. */
  readonly lastBytes: number;
  readonly totalBytes: number;
  /** The last segment holds damage, so that nothing may be appended to it. */
  readonly isSealed: boolean;
  /** Bytes of a write that was not completed, cut from the end. */
  readonly cutBytes: number;
  /** Bytes that were whole once and are not any more; copied to DAMAGED_FOLDER. */
  readonly damagedBytes: number;
}

/** Path of a segment. */
export function segmentPath(segment: number): string {
  return `${JOURNAL_FOLDER}/${String(segment).padStart(8, '0')}.log`;
}

async function listSegments(disk: Disk): Promise<number[]> {
  const names = await disk.list(JOURNAL_FOLDER);
  return names.filter((name) => /^\d{8,}\.log$/.test(name)).map((name) => Number.parseInt(name, 10));
}

/** Copies a damaged place where it outlives its segment; a full disk is no reason not to start. */
async function setAside(disk: Disk, segment: number, { offset, bytes }: Gap): Promise<void> {
  const name = `${String(segment).padStart(8, '0')}-${offset}.bin`;
  if ((await disk.size(`${DAMAGED_FOLDER}/${name}`)) === bytes.length) return;
  await disk.makeFolder(DAMAGED_FOLDER);
  await Promise.allSettled([writeWhole(disk, { folder: DAMAGED_FOLDER, name }, bytes)]);
  const names = await disk.list(DAMAGED_FOLDER);
  for (const old of names.slice(0, -MAX_DAMAGED_FILES)) await disk.remove(`${DAMAGED_FOLDER}/${old}`);
}

async function cutTail(disk: Disk, segment: number, sizeBytes: number): Promise<void> {
  const file = await disk.open(segmentPath(segment));
  try {
    await file.truncate(sizeBytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

interface Segment<R> {
  readonly number: number;
  readonly sizeBytes: number;
  readonly batches: readonly Batch<R | SnapshotMark>[];
}

/**
 * Segments from the last whole snapshot on. A snapshot that was not completed lies in segments of its own behind those it was
 * to replace, which are still there; where they are gone, its end was damaged, and what there is of it counts.
 */
function fromSnapshot<R extends { readonly t: string }>(
  segments: readonly Segment<R>[],
): { used: readonly Segment<R>[]; useless: readonly Segment<R>[] } {
  const begins = segments.map(({ batches }) => batches[0]?.records[0]?.t === 'snapshot');
  const start = begins.lastIndexOf(true);
  if (start <= 0) return { used: segments, useless: [] };
  const isWhole = segments
    .slice(start)
    .some(({ batches }) => batches.some(({ records }) => records[0]?.t === 'snapshot-end'));
  const [before, after] = [segments.slice(0, start), segments.slice(start)];
  return isWhole ? { used: after, useless: before } : { used: before, useless: after };
}

/** Reads one segment; what is no batch is cut or set aside. */
async function readSegment<R>(
  disk: Disk,
  { number, isLast }: { readonly number: number; readonly isLast: boolean },
): Promise<{ segment: Segment<R>; isSealed: boolean; cutBytes: number; damagedBytes: number }> {
  const bytes = (await readWhole(disk, segmentPath(number), MAX_READ_BYTES)) ?? Buffer.alloc(0);
  const { batches, gaps } = parseSegment<R | SnapshotMark>(bytes);
  const found = { isSealed: false, cutBytes: 0, damagedBytes: 0 };
  let sizeBytes = bytes.length;
  for (const gap of gaps) {
    const isTail = isLast && gap.offset + gap.bytes.length === bytes.length;
    const wasTorn = isTail && isTorn(gap.bytes);
    if (!wasTorn) {
      found.damagedBytes += gap.bytes.length;
      found.isSealed ||= isLast;
      await setAside(disk, number, gap);
    }
    if (!isTail) continue;
    found.cutBytes += wasTorn ? gap.bytes.length : 0;
    sizeBytes = gap.offset;
    await cutTail(disk, number, gap.offset);
  }
  return { segment: { number, sizeBytes, batches }, ...found };
}

/** Reads all segments in order. */
export async function readJournal<R extends { readonly t: string }>(disk: Disk): Promise<JournalContent<R>> {
  const numbers = await listSegments(disk);
  const segments: Segment<R>[] = [];
  const found = { isSealed: false, cutBytes: 0, damagedBytes: 0 };
  for (const number of numbers) {
    const read = await readSegment<R>(disk, { number, isLast: number === numbers.at(-1) });
    segments.push(read.segment);
    found.isSealed ||= read.isSealed;
    found.cutBytes += read.cutBytes;
    found.damagedBytes += read.damagedBytes;
  }
  const { used, useless } = fromSnapshot(segments);
  for (const { number } of useless) await disk.remove(segmentPath(number));
  const isRecord = (record: R | SnapshotMark): record is R =>
    record.t !== 'snapshot' && record.t !== 'snapshot-end';
  return {
    records: used.flatMap(({ batches }) => batches.flatMap(({ records }) => records.filter(isRecord))),
    segments: used.map(({ number }) => number),
    lastBytes: used.at(-1)?.sizeBytes ?? 0,
    totalBytes: used.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ...found,
  };
}
