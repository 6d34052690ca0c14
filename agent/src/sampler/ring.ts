// The ring: 30 days of raw samples on disk, bounded, appended rarely, readable in spite of damage.
import { type Block, type Deflate, decodeBlock, encodeBlock, type Inflate } from '@muster/protocol';
import { errorCode, isDiskFull } from '../platform/storage.ts';
import { HOUR_MS, MAX_SEGMENT_BYTES, MAX_WAITING_BLOCKS, MAX_WAITING_BYTES, SEGMENT_MS } from './limits.ts';
import { createRingDisk, type KeptSegment, type RingDisk, type RingDiskOptions } from './ring-disk.ts';
import { type FoundBlock, frameBlock, parseSegment, segmentStart } from './ring-segment.ts';

/** How the ring is. */
export interface RingStatus {
  readonly segments: number;
  readonly sizeBytes: number;
  /** Damaged places seen so far in the segments there are. */
  readonly damagedPlaces: number;
  /** Bytes of torn tails cut off since the start. */
  readonly cutBytes: number;
  /** Blocks that wait in memory because the disk took none. */
  readonly waitingBlocks: number;
  /** Blocks lost since the start because the disk took none for too long. */
  readonly droppedBlocks: number;
  /** Writes to the disk since the start. */
  readonly writes: number;
  /** Why the disk failed last: `full`, or the code of the system; null when the last attempt went well. */
  readonly trouble: string | null;
}

/** What the ring needs. */
export interface RingOptions extends RingDiskOptions {
  readonly deflate: Deflate;
  readonly inflate: Inflate;
}

/** The ring. Nothing here rejects because of the disk. */
export interface Ring {
  /** Finds the segments and cuts the torn tail of the last one. Answers the end of the newest block, ms since 1970; null when empty. */
  open(): Promise<number | null>;
  /** Adds a block behind those of earlier calls; resolves when it is written, or waits in memory. */
  append(block: Block): Promise<void>;
  /**
   * Blocks that hold samples of [fromMs, toMs), in the order of writing: where two overlap, the later one knows better.
   * One segment at a time is in memory.
   */
  read(fromMs: number, toMs: number): AsyncGenerator<Block>;
  status(): RingStatus;
}

/** Framed blocks on their way to the disk, bounded, oldest dropped first. */
function createQueue() {
  const frames: FoundBlock[] = [];
  let sizeBytes = 0;
  let dropped = 0;
  return {
    frames,
    dropped: () => dropped,
    add(frame: FoundBlock) {
      frames.push(frame);
      sizeBytes += frame.bytes.length;
      while (frames.length > MAX_WAITING_BLOCKS || (sizeBytes > MAX_WAITING_BYTES && frames.length > 1)) {
        sizeBytes -= frames.shift()?.bytes.length ?? 0;
        dropped++;
      }
    },
    /** Takes written ones out. */
    remove(written: ReadonlySet<FoundBlock>) {
      const rest = frames.filter((frame) => !written.has(frame));
      frames.splice(0, frames.length, ...rest);
      sizeBytes = rest.reduce((sum, { bytes }) => sum + bytes.length, 0);
    },
  };
}

/** The first waiting frames, as many as go into one segment together. */
function takeBatch(frames: readonly FoundBlock[], segment: KeptSegment): FoundBlock[] {
  const batch: FoundBlock[] = [];
  let sizeBytes = segment.sizeBytes;
  for (const frame of frames) {
    sizeBytes += frame.bytes.length;
    const fits = segmentStart(frame.fromMs) === segment.startMs && sizeBytes <= MAX_SEGMENT_BYTES;
    if (!fits) break;
    batch.push(frame);
  }
  return batch;
}

function overlaps(found: FoundBlock, fromMs: number, toMs: number): boolean {
  return found.fromMs < toMs && found.toMs > fromMs;
}

/** Runs disk work in turn; a failing disk is remembered, and tried again with the next work. */
function createTurns() {
  let last: Promise<void> = Promise.resolve();
  const turns = {
    /** Null while all goes well. */
    trouble: null as string | null,
    run(work: () => Promise<void>): Promise<void> {
      last = last.then(work).then(
        () => {
          turns.trouble = null;
        },
        (error: unknown) => {
          turns.trouble = isDiskFull(error) ? 'full' : errorCode(error) || 'failed';
        },
      );
      return last;
    },
  };
  return turns;
}

/** Blocks of one segment; an unreadable one has none. */
async function readBlocks(disk: RingDisk, segment: KeptSegment): Promise<readonly FoundBlock[]> {
  try {
    return (await disk.read(segment)).blocks;
  } catch (error) {
    if (errorCode(error) === '') throw error;
    segment.damagedPlaces++;
    return [];
  }
}

/** Makes the ring; nothing is read or written before `open`. */
export function createRing({ deflate, inflate, ...files }: RingOptions): Ring {
  const disk = createRingDisk(files);
  const queue = createQueue();
  const turns = createTurns();
  let cutBytes = 0;
  let writes = 0;

  async function writeWaiting() {
    for (let first = queue.frames[0]; first !== undefined; first = queue.frames[0]) {
      const segment = disk.choose(first.fromMs, first.bytes.length);
      const batch = takeBatch(queue.frames, segment);
      writes++;
      await disk.append(segment, Buffer.concat(batch.map(({ bytes }) => bytes)));
      queue.remove(new Set(batch));
    }
  }

  function decode({ bytes }: FoundBlock): Block[] {
    try {
      return [decodeBlock(bytes, inflate)];
    } catch {
      // its checksum is right, so another version of the agent wrote it: nothing to us
      return [];
    }
  }

  return {
    async open() {
      let newest: number | null = null;
      await turns.run(async () => {
        await disk.find();
        const repaired = await disk.repairTail();
        cutBytes += repaired.cutBytes;
        newest = repaired.newestMs;
      });
      return newest;
    },
    append(block) {
      const bytes = frameBlock(encodeBlock(block, deflate));
      const [frame] = parseSegment(bytes).blocks;
      if (frame !== undefined) queue.add({ ...frame, bytes });
      return turns.run(writeWaiting);
    },
    async *read(fromMs, toMs) {
      // looked at first: what is written meanwhile may come twice, but is never missed
      const frames = [...queue.frames];
      for (const segment of [...disk.segments]) {
        if (segment.startMs >= toMs || segment.startMs + SEGMENT_MS + HOUR_MS <= fromMs) continue;
        for (const found of await readBlocks(disk, segment)) {
          if (overlaps(found, fromMs, toMs)) yield* decode(found);
        }
      }
      for (const waiting of frames) {
        if (overlaps(waiting, fromMs, toMs)) yield* parseSegment(waiting.bytes).blocks.flatMap(decode);
      }
    },
    status: () => ({
      segments: disk.segments.length,
      sizeBytes: disk.sizeBytes(),
      damagedPlaces: disk.segments.reduce((sum, { damagedPlaces }) => sum + damagedPlaces, 0),
      cutBytes,
      waitingBlocks: queue.frames.length,
      droppedBlocks: queue.dropped(),
      writes,
      trouble: turns.trouble,
    }),
  };
}
