// The write-ahead log of an SQLite database: which frame holds the newest committed form of a page.
// Source: "Database File Format", section 4, https://www.sqlite.org/fileformat2.html#walformat
import { DamagedDatabase, type StoredBytes, viewOf } from './stored-bytes.ts';

/** Largest log that is read, bytes; rpm merges its log at 10,000 pages (40 MB). */
const MAX_WAL_BYTES = 256 * 1024 * 1024;
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Magic number; its lowest bit says in which byte order the sums are made. */
const MAGIC = 0x377f0682;

/** A readable log. */
export interface WalIndex {
  readonly pageBytes: number;
  /** Pages of the database after the newest commit. */
  readonly pages: number;
  /** Place of a page in the log, by page number. */
  readonly frames: ReadonlyMap<number, number>;
}

type Sum = readonly [number, number];

/** SQLite's running sum over pairs of 32-bit words. */
function addSum([a, b]: Sum, bytes: Uint8Array, littleEndian: boolean): Sum {
  const view = viewOf(bytes);
  let s0 = a;
  let s1 = b;
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    s0 = (s0 + view.getUint32(at, littleEndian) + s1) >>> 0;
    s1 = (s1 + view.getUint32(at + 4, littleEndian) + s0) >>> 0;
  }
  return [s0, s1];
}

function isSum([a, b]: Sum, view: DataView, at: number): boolean {
  return view.getUint32(at) === a && view.getUint32(at + 4) === b;
}

/** What the header of a log says. */
interface WalHeader {
  readonly pageBytes: number;
  readonly littleEndian: boolean;
  /** The two random numbers that every frame of this round repeats. */
  readonly salts: readonly [number, number];
  readonly sum: Sum;
}

/** Null for a header with a wrong sum, as one that was never written whole. */
function parseHeader(head: Uint8Array): WalHeader | null {
  const view = viewOf(head);
  const littleEndian = view.getUint32(0) === MAGIC;
  if (!littleEndian && view.getUint32(0) !== MAGIC + 1) return null;
  const pageBytes = view.getUint32(8);
  const sum = addSum([0, 0], head.subarray(0, 24), littleEndian);
  if (pageBytes < 512 || pageBytes > 65536 || !isSum(sum, view, 24)) return null;
  return { pageBytes, littleEndian, salts: [view.getUint32(16), view.getUint32(20)], sum };
}

/** The sum up to and including a frame; null where the log ends: an old salt, a wrong sum. */
function followFrame(header: WalHeader, before: Sum, frame: Uint8Array): Sum | null {
  const fields = viewOf(frame);
  if (fields.getUint32(8) !== header.salts[0] || fields.getUint32(12) !== header.salts[1]) return null;
  const middle = addSum(before, frame.subarray(0, 8), header.littleEndian);
  const sum = addSum(middle, frame.subarray(FRAME_HEADER_BYTES), header.littleEndian);
  return isSum(sum, fields, 16) ? sum : null;
}

/**
 * Reads the committed frames. Frames with an old salt or a wrong sum end the log, as they do for SQLite: they are left over
 * from an earlier round or were being written. Null when nothing is committed there.
 * @throws DamagedDatabase for a log that is too large.
 */
export async function readWal(wal: StoredBytes): Promise<WalIndex | null> {
  if (wal.size < HEADER_BYTES) return null;
  if (wal.size > MAX_WAL_BYTES) throw new DamagedDatabase('The log of the database is too large.');
  const header = parseHeader(await wal.read(0, HEADER_BYTES));
  if (header === null) return null;
  const frameBytes = FRAME_HEADER_BYTES + header.pageBytes;
  const frames = new Map<number, number>();
  let uncommitted: [number, number][] = [];
  let pages = 0;
  let sum: Sum | null = header.sum;
  for (let at = HEADER_BYTES; at + frameBytes <= wal.size; at += frameBytes) {
    const frame = await wal.read(at, frameBytes);
    sum = followFrame(header, sum, frame);
    if (sum === null) break;
    const fields = viewOf(frame);
    uncommitted.push([fields.getUint32(0), at + FRAME_HEADER_BYTES]);
    const pagesAfterCommit = fields.getUint32(4);
    if (pagesAfterCommit === 0) continue;
    for (const [page, place] of uncommitted) frames.set(page, place);
    uncommitted = [];
    pages = pagesAfterCommit;
  }
  return pages === 0 ? null : { pageBytes: header.pageBytes, pages, frames };
}
