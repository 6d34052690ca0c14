// Package headers in a Berkeley DB hash file (Packages, rpm before 4.16: RHEL 8 and older): buckets, pages, overflow chains.
// Source: dbinc/db_page.h and dbinc/hash.h of Berkeley DB describe the layout; numbers are in the order of the writing machine.
import type { Files } from '../../platform/files.ts';
import {
  createChainedBytes,
  DamagedDatabase,
  openStoredFile,
  type StoredBytes,
  viewOf,
} from './stored-bytes.ts';

const MAGIC = 0x061561;
const META_BYTES = 512;
const PAGE_HEADER_BYTES = 26;
const SPARES = 32;
const PAGE_OVERFLOW = 7;
const PAGES_HASH = [2, 13];
const ITEM_INLINE = 1;
const ITEM_OFF_PAGE = 3;

interface Meta {
  readonly littleEndian: boolean;
  readonly pageBytes: number;
  readonly buckets: number;
  /** Offset between bucket and page number, by power of two of the bucket. */
  readonly spares: readonly number[];
}

interface Reader extends Meta {
  page(number: number): Promise<DataView>;
}

function parseMeta(view: DataView): Meta {
  const littleEndian = view.getUint32(12, true) === MAGIC;
  if (!littleEndian && view.getUint32(12) !== MAGIC)
    throw new DamagedDatabase('The file is not a Berkeley DB hash.');
  const pageBytes = view.getUint32(20, littleEndian);
  if (pageBytes < 512 || pageBytes > 65536 || (pageBytes & (pageBytes - 1)) !== 0) {
    throw new DamagedDatabase('The page size is not possible.');
  }
  if (view.getUint8(24) !== 0) throw new DamagedDatabase('The database is encrypted.');
  const spares = Array.from({ length: SPARES }, (_, i) => view.getUint32(96 + i * 4, littleEndian));
  return { littleEndian, pageBytes, buckets: view.getUint32(72, littleEndian) + 1, spares };
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** First page of a bucket: buckets are laid out in runs that double. */
function pageOfBucket({ spares }: Meta, bucket: number): number {
  return bucket + (spares[bucket === 0 ? 0 : 32 - Math.clz32(bucket)] ?? 0);
}

/** Value that lies in pages of its own. */
function openChain(reader: Reader, size: number, first: number): StoredBytes {
  return createChainedBytes({ size, first: new Uint8Array(0), next: first }, async (number) => {
    const view = await reader.page(number);
    if (view.getUint8(25) !== PAGE_OVERFLOW)
      throw new DamagedDatabase('A page of a value is of another kind.');
    const end = PAGE_HEADER_BYTES + view.getUint16(22, reader.littleEndian);
    if (end > reader.pageBytes) throw new DamagedDatabase('A page says that it holds more than its size.');
    const bytes = new Uint8Array(view.buffer, view.byteOffset + PAGE_HEADER_BYTES, end - PAGE_HEADER_BYTES);
    return { bytes, next: view.getUint32(16, reader.littleEndian) };
  });
}

/** Value beside a key; null for the counter that rpm keeps under key 0. */
function openItem(reader: Reader, page: DataView, item: number): StoredBytes | null {
  const { littleEndian, pageBytes } = reader;
  const startOf = (index: number) =>
    index < 0 ? pageBytes : page.getUint16(PAGE_HEADER_BYTES + index * 2, littleEndian);
  const keyAt = startOf(item);
  const at = startOf(item + 1);
  if (keyAt + 5 > pageBytes || at >= keyAt) throw new DamagedDatabase('An item lies outside its page.');
  if (page.getUint32(keyAt + 1, true) === 0) return null;
  const type = page.getUint8(at);
  if (type === ITEM_OFF_PAGE && at + 12 <= keyAt)
    return openChain(reader, page.getUint32(at + 8, littleEndian), page.getUint32(at + 4, littleEndian));
  if (type !== ITEM_INLINE) throw new DamagedDatabase('An item is of an unknown kind.');
  const first = new Uint8Array(page.buffer, page.byteOffset + at + 1, keyAt - at - 1);
  return createChainedBytes({ size: first.length, first, next: 0 }, () => {
    throw new DamagedDatabase('A value ends too early.');
  });
}

/** Calls `onHeader` with each package header until it answers false; false when the file is absent. @throws DamagedDatabase */
export async function scanBdb(
  files: Files,
  path: string,
  onHeader: (header: StoredBytes) => Promise<boolean>,
): Promise<boolean> {
  const file = await openStoredFile(files, path);
  if (file === null) return false;
  const meta = parseMeta(viewOf(await file.read(0, META_BYTES)));
  const pages = Math.floor(file.size / meta.pageBytes);
  // A page belongs to one bucket or one value, so a whole walk reads each at most once.
  let budget = pages;
  const reader: Reader = {
    ...meta,
    async page(number) {
      if (number >= pages) throw new DamagedDatabase('A page outside the database is named.');
      if (budget-- <= 0) throw new DamagedDatabase('The pages of the database form a ring.');
      return viewOf(await file.read(number * meta.pageBytes, meta.pageBytes));
    },
  };
  // A copy, since the values that the page names are read while it is gone through.
  const kept = new Uint8Array(meta.pageBytes);
  const page = viewOf(kept);
  for (let bucket = 0; bucket < meta.buckets; bucket++) {
    for (let next = pageOfBucket(meta, bucket); next !== 0; ) {
      kept.set(bytesOf(await reader.page(next)));
      if (!PAGES_HASH.includes(page.getUint8(25)))
        throw new DamagedDatabase('A bucket is a page of another kind.');
      const items = page.getUint16(20, meta.littleEndian);
      if (PAGE_HEADER_BYTES + items * 2 > meta.pageBytes)
        throw new DamagedDatabase('A page names more items than it can hold.');
      for (let item = 0; item + 1 < items; item += 2) {
        const header = openItem(reader, page, item);
        if (header !== null && !(await onHeader(header))) return true;
      }
      next = page.getUint32(16, meta.littleEndian);
    }
  }
  return true;
}
