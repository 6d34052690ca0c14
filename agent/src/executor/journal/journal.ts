// The executor's memory on disk: batches of records, durable before anything that follows from them shows outside.
import { isDiskFull } from '../../platform/storage.ts';
import type { AppendFile, Disk } from '../disk.ts';
import type { Failpoint } from '../failpoints.ts';
import { COMPACT_FROM_BYTES, DISK_PAUSE_MS, MAX_BATCH_BYTES, SEGMENT_BYTES } from '../limits.ts';
import type { Ballast } from './ballast.ts';
import { frameBatch } from './frames.ts';
import { JOURNAL_FOLDER, type JournalContent, readJournal, type SnapshotMark, segmentPath } from './read.ts';

/** What a journal is made of. */
export interface JournalDeps<R> {
  readonly disk: Disk;
  readonly ballast: Ballast;
  readonly failpoint: Failpoint;
  pause(ms: number): Promise<void>;
  /**
   * All that must be known, as records; replaces the older ones when the journal is written anew. May hold what still waits to
   * be written: replaying a record twice must change nothing.
   */
  snapshot(): readonly R[];
  /** The disk is full, or has room again. */
  full?(isFull: boolean): void;
}

/** The journal. Calls may overlap: what waits is written together with one sync. */
export interface Journal<R> {
  /**
   * Resolves when the records are durable; they are on disk whole or not at all. No records: when all before are durable.
   * A full disk is waited for: what happened must be known. Rejects, and never works again, when the disk fails otherwise.
   */
  append(records: readonly R[]): Promise<void>;
  /** Waits for what is under way and lets go of the file. */
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: Buffer | null;
  resolve(): void;
  reject(error: unknown): void;
}

/** Opens the journal and reads what an earlier process left. */
export async function openJournal<R extends { readonly t: string }>(
  deps: JournalDeps<R>,
): Promise<{ readonly journal: Journal<R>; readonly content: JournalContent<R> }> {
  await deps.disk.makeFolder(JOURNAL_FOLDER);
  await deps.disk.dirsync('.');
  const content = await readJournal<R>(deps.disk);
  return { journal: new SegmentJournal(deps, content), content };
}

/** Writes segments. */
class SegmentJournal<R extends { readonly t: string }> implements Journal<R> {
  private readonly deps: JournalDeps<R>;
  private segments: number[];
  private file: AppendFile | null = null;
  private fileBytes: number;
  private totalBytes: number;
  /** Size right after the last snapshot, bytes. */
  private baseBytes = 0;
  private mustRoll: boolean;
  private waiting: Waiting[] = [];
  private working: Promise<void> | null = null;
  private broken: unknown = null;

  constructor(deps: JournalDeps<R>, content: JournalContent<R>) {
    this.deps = deps;
    this.segments = [...content.segments];
    this.fileBytes = content.lastBytes;
    this.totalBytes = content.totalBytes;
    this.mustRoll = content.isSealed || content.segments.length === 0;
  }

  append(records: readonly R[]): Promise<void> {
    if (this.broken !== null) return Promise.reject(this.broken);
    const bytes = records.length === 0 ? null : frameBatch(records);
    if (bytes !== null && bytes.length > MAX_BATCH_BYTES) {
      return Promise.reject(new RangeError('a batch of the journal is too large'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ bytes, resolve, reject });
      this.working ??= this.work();
    });
  }

  async close(): Promise<void> {
    await this.working;
    await this.file?.close();
    this.file = null;
  }

  private async work(): Promise<void> {
    // One turn later, so that what is asked for in the same moment shares a sync.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.writePatiently(batch.flatMap(({ bytes }) => (bytes === null ? [] : [bytes])));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.broken = error;
        for (const { reject } of [...batch, ...this.waiting]) reject(error);
        this.waiting = [];
      }
    }
    this.working = null;
  }

  /** A full disk costs the ballast first, then time. */
  private async writePatiently(frames: readonly Buffer[]): Promise<void> {
    if (frames.length === 0) return;
    const bytes = Buffer.concat(frames);
    for (let tries = 0; ; tries++) {
      try {
        await this.write(bytes);
        if (tries > 0) this.deps.full?.(false);
        return;
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        this.deps.full?.(true);
        await this.deps.ballast.giveUp();
        if (tries > 0) await this.deps.pause(DISK_PAUSE_MS);
      }
    }
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.mustRoll || this.fileBytes >= SEGMENT_BYTES) await this.roll();
    this.file ??= await this.deps.disk.open(segmentPath(this.last()));
    await this.writeTo(this.file, bytes);
    this.fileBytes += bytes.length;
    this.totalBytes += bytes.length;
  }

  /** A write that fails is cut off again; where that fails too, a new segment is begun, and what is left is a torn tail. */
  private async writeTo(file: AppendFile, bytes: Buffer): Promise<void> {
    const { failpoint } = this.deps;
    try {
      failpoint('journal.write');
      await file.append(bytes);
      failpoint('journal.sync');
      await file.datasync();
      failpoint('journal.synced');
    } catch (error) {
      const [cut] = await Promise.allSettled([file.truncate(this.fileBytes)]);
      if (cut.status === 'rejected') this.mustRoll = true;
      throw error;
    }
  }

  private last(): number {
    return this.segments.at(-1) ?? 0;
  }

  /** Begins a new segment; where the journal has grown by half and more since, everything known is written anew. */
  private async roll(): Promise<void> {
    const isLarge = this.totalBytes >= Math.max(COMPACT_FROM_BYTES, 2 * this.baseBytes);
    if (isLarge) await this.compact();
    else await this.begin(this.last() + 1);
    this.mustRoll = false;
  }

  private async begin(segment: number): Promise<AppendFile> {
    await this.file?.close();
    this.file = null;
    this.deps.failpoint('journal.segment');
    const file = await this.deps.disk.open(segmentPath(segment));
    // What an earlier attempt at this number left.
    await file.truncate(0);
    await this.deps.disk.dirsync(JOURNAL_FOLDER);
    this.file = file;
    this.fileBytes = 0;
    this.segments.push(segment);
    return file;
  }

  /** Writes a snapshot into segments of its own, syncs them, and only then removes the older ones. */
  private async compact(): Promise<void> {
    const older = [...this.segments];
    const { disk, failpoint } = this.deps;
    const records = this.deps.snapshot();
    failpoint('journal.snapshot');
    try {
      let file = await this.begin(this.last() + 1);
      let totalBytes = 0;
      const frames = [{ t: 'snapshot' } satisfies SnapshotMark, ...records].map((one) => frameBatch([one]));
      for (const bytes of [...frames, frameBatch([{ t: 'snapshot-end' } satisfies SnapshotMark])]) {
        if (this.fileBytes >= SEGMENT_BYTES) {
          await file.datasync();
          file = await this.begin(this.last() + 1);
        }
        await file.append(bytes);
        this.fileBytes += bytes.length;
        totalBytes += bytes.length;
      }
      failpoint('journal.snapshot-end');
      await file.datasync();
      this.totalBytes = this.baseBytes = totalBytes;
    } catch (error) {
      await this.dropUnfinished(older);
      throw error;
    }
    failpoint('journal.remove');
    for (const segment of older) await disk.remove(segmentPath(segment));
    this.segments = this.segments.filter((segment) => !older.includes(segment));
  }

  private async dropUnfinished(older: readonly number[]): Promise<void> {
    await this.file?.close();
    this.file = null;
    for (const segment of this.segments.filter((one) => !older.includes(one))) {
      await this.deps.disk.remove(segmentPath(segment));
    }
    this.segments = [...older];
    this.fileBytes = SEGMENT_BYTES;
    // On a full disk the next batch is more important than a small journal.
    this.baseBytes = this.totalBytes;
  }
}
