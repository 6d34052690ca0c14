// The segment files of the ring: which there are, which one takes the next block, and which one goes.
import type { Storage } from '../platform/storage.ts';
import { MAX_RING_BYTES, MAX_SEGMENT_BYTES, MAX_SEGMENTS, RING_KEEP_MS } from './limits.ts';
import {
  nameSegment,
  parseSegment,
  parseSegmentName,
  type Segment,
  type SegmentContent,
  segmentStart,
} from './ring-segment.ts';

/** A segment on disk. */
export interface KeptSegment extends Segment {
  sizeBytes: number;
  /** Damaged places when it was read last. */
  damagedPlaces: number;
}

/** The files. Everything but `choose` and the sums may fail as the disk does. */
export interface RingDisk {
  /** Oldest first. */
  readonly segments: readonly KeptSegment[];
  sizeBytes(): number;
  /** Finds what is there. */
  find(): Promise<void>;
  /** Whole content of one segment, at most MAX_SEGMENT_BYTES. */
  read(segment: KeptSegment): Promise<SegmentContent>;
  /** Cuts the torn tail of the last segment. Answers how much that was, and the end of the newest block, null when there is none. */
  repairTail(): Promise<{ readonly cutBytes: number; readonly newestMs: number | null }>;
  /** The segment that takes a block of that time and size: the last one, or a new one where the last does not fit. */
  choose(fromMs: number, sizeBytes: number): KeptSegment;
  /** Adds bytes to a chosen segment, then drops the oldest segments where there is too much. */
  append(segment: KeptSegment, bytes: Uint8Array): Promise<void>;
}

/** What the files need. */
export interface RingDiskOptions {
  readonly storage: Storage;
  /** Folder of the segments in the storage. */
  readonly folder: string;
  /** Most bytes on disk; the oldest segment goes first. Absent: MAX_RING_BYTES. */
  readonly maxBytes?: number;
}

/** Opens the folder of segments; nothing is read before `find`. */
export function createRingDisk({ storage, folder, maxBytes = MAX_RING_BYTES }: RingDiskOptions): RingDisk {
  const segments: KeptSegment[] = [];
  const pathOf = (segment: Segment) => `${folder}/${segment.name}`;
  const sizeBytes = () => segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);

  async function removeOldest() {
    const oldest = segments[0];
    if (oldest === undefined) return;
    await storage.remove(pathOf(oldest));
    segments.shift();
  }

  async function read(segment: KeptSegment) {
    const bytes = await storage.readRange(pathOf(segment), 0, MAX_SEGMENT_BYTES);
    const content = parseSegment(bytes ?? new Uint8Array(0));
    segment.damagedPlaces = content.damagedPlaces;
    return content;
  }

  async function dropOld(newest: KeptSegment, isNew: boolean) {
    const oldest = segments[0];
    const isOld = oldest !== undefined && oldest.startMs < newest.startMs - RING_KEEP_MS;
    // at most one goes by age for each new one: a clock that is wrong for an hour must not empty the ring
    if (isNew && isOld) await removeOldest();
    while (segments.length > MAX_SEGMENTS || (sizeBytes() > maxBytes && segments.length > 1)) {
      await removeOldest();
    }
  }

  return {
    segments,
    sizeBytes,
    read,
    async find() {
      for (const name of await storage.list(folder)) {
        const segment = parseSegmentName(name);
        if (segment === null) continue;
        const size = (await storage.size(pathOf(segment))) ?? 0;
        segments.push({ ...segment, sizeBytes: size, damagedPlaces: 0 });
      }
      segments.sort((a, b) => a.number - b.number);
    },
    async repairTail() {
      const newest = segments.at(-1);
      if (newest === undefined || newest.sizeBytes > MAX_SEGMENT_BYTES)
        return { cutBytes: 0, newestMs: null };
      const { blocks, goodBytes } = await read(newest);
      const cutBytes = newest.sizeBytes - goodBytes;
      if (cutBytes > 0) await storage.truncate(pathOf(newest), goodBytes);
      newest.sizeBytes = goodBytes;
      return { cutBytes, newestMs: blocks.at(-1)?.toMs ?? null };
    },
    choose(fromMs, size) {
      const last = segments.at(-1);
      const startMs = segmentStart(fromMs);
      const hasRoom = last?.startMs === startMs && last.sizeBytes + size <= MAX_SEGMENT_BYTES;
      if (last !== undefined && hasRoom) return last;
      return { ...nameSegment((last?.number ?? 0) + 1, startMs), sizeBytes: 0, damagedPlaces: 0 };
    },
    async append(segment, bytes) {
      // Without it the kernel writes the same bytes half a minute later, and a power cut in between takes a second block.
      await storage.append(pathOf(segment), bytes, { sync: true });
      segment.sizeBytes += bytes.length;
      const isNew = segments.at(-1) !== segment;
      if (isNew) segments.push(segment);
      await dropOld(segment, isNew);
    },
  };
}
