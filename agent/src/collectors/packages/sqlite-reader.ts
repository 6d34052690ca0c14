// A read-only walk through one table of an SQLite database: b-tree pages, overflow chains, records. No SQL, no indexes.
// Source: "Database File Format", sections 1 and 2, https://www.sqlite.org/fileformat2.html
import type { Files } from '../../platform/files.ts';
import { readWal, type WalIndex } from './sqlite-wal.ts';
import {
  createChainedBytes,
  DamagedDatabase,
  openStoredFile,
  type StoredBytes,
  viewOf,
} from './stored-bytes.ts';

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
const LEAF = 0x0d;
const INTERIOR = 0x05;
/** Deepest b-tree that is followed; 512-byte pages reach this with more rows than a file can hold. */
const MAX_DEPTH = 24;
/** Columns of a record that are looked at; the tables read here have fewer. */
const MAX_COLUMNS = 32;

/** A column of a record: where it lies in the payload. Text and blobs have the serial types from 12 on. */
interface Field {
  readonly serial: number;
  readonly at: number;
  readonly size: number;
}

/** An open database. */
export interface SqliteReader {
  /** Calls `onRow` with each row's payload in key order until it answers false. @throws DamagedDatabase */
  scan(table: string, onRow: (payload: StoredBytes) => Promise<boolean>): Promise<void>;
}

interface Pager {
  /** Bytes of a page that hold content. */
  readonly usable: number;
  page(number: number): Promise<Uint8Array>;
  /** Copy of a page that outlives the next read; one a level of the tree, used again by the next page of that level. */
  keep(page: Uint8Array, depth: number): Uint8Array;
}

/** Variable-length integer of up to 9 bytes; only its low 53 bits matter for sizes. */
function parseVarint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    if (i === 8) return { value: value * 256 + byte, next: at + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  throw new DamagedDatabase('A number of the database does not end.');
}

function sizeOfSerial(serial: number): number {
  if (serial >= 12) return Math.floor((serial - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][serial] ?? 0;
}

/** Columns of a record. Its header always lies in the first part of the payload. */
export async function readFields(payload: StoredBytes): Promise<Field[]> {
  const head = await payload.read(0, Math.min(payload.size, 9 * MAX_COLUMNS));
  const { value: headerBytes, next } = parseVarint(head, 0);
  const fields: Field[] = [];
  let at = headerBytes;
  for (let place = next; place < headerBytes && fields.length < MAX_COLUMNS; ) {
    const { value: serial, next: after } = parseVarint(head, place);
    const size = sizeOfSerial(serial);
    fields.push({ serial, at, size });
    at += size;
    place = after;
  }
  if (at > payload.size) throw new DamagedDatabase('A row is shorter than its columns.');
  return fields;
}

/** A blob column as bytes of its own. */
export function fieldBytes(payload: StoredBytes, field: Field): StoredBytes {
  return {
    size: field.size,
    read(offset, length) {
      if (offset + length > field.size) throw new DamagedDatabase('A value is shorter than it says.');
      return payload.read(field.at + offset, length);
    },
  };
}

/** Number of the small integer types that hold page numbers. */
async function readInteger(payload: StoredBytes, field: Field): Promise<number> {
  if (field.serial === 8 || field.serial === 9) return field.serial - 8;
  const bytes = await payload.read(field.at, field.size);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

async function readText(payload: StoredBytes, field: Field | undefined): Promise<string> {
  if (field === undefined || field.size > 256) return '';
  return Buffer.from(await payload.read(field.at, field.size)).toString('utf8');
}

async function readPageOne(
  main: StoredBytes,
  wal: StoredBytes | null,
  index: WalIndex | null,
): Promise<Uint8Array> {
  const place = index?.frames.get(1);
  if (wal !== null && place !== undefined) return wal.read(place, HEADER_BYTES);
  if (main.size < HEADER_BYTES) throw new DamagedDatabase('The file is too short for a database.');
  return main.read(0, HEADER_BYTES);
}

/** Reads pages from the log where it has a newer form, within a budget that a damaged file cannot exceed. */
async function createPager(main: StoredBytes, wal: StoredBytes | null): Promise<Pager> {
  const index = wal === null ? null : await readWal(wal);
  const head = Buffer.from(await readPageOne(main, wal, index));
  if (head.toString('latin1', 0, 16) !== MAGIC)
    throw new DamagedDatabase('The file is not an SQLite database.');
  const stated = head.readUInt16BE(16);
  const pageBytes = stated === 1 ? 65536 : stated;
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0)
    throw new DamagedDatabase('The page size is not possible.');
  if (index !== null && index.pageBytes !== pageBytes)
    throw new DamagedDatabase('The log belongs to another database.');
  if (head.readUInt32BE(56) > 1) throw new DamagedDatabase('The database is not written in UTF-8.');
  const usable = pageBytes - head.readUInt8(20);
  if (usable < 480) throw new DamagedDatabase('The page size is not possible.');
  const pages = index?.pages ?? Math.floor(main.size / pageBytes);
  // Every page belongs to one place, so nobody needs one more than twice (the schema, then the table).
  let budget = 2 * pages + 16;
  const kept: Uint8Array[] = [];
  return {
    usable,
    keep(page, depth) {
      const copy = kept[depth] ?? new Uint8Array(pageBytes);
      kept[depth] = copy;
      copy.set(page);
      return copy;
    },
    async page(number) {
      if (number < 1 || number > pages) throw new DamagedDatabase('A page outside the database is named.');
      if (budget-- <= 0) throw new DamagedDatabase('The pages of the database form a ring.');
      const place = index?.frames.get(number);
      if (wal !== null && place !== undefined) return wal.read(place, pageBytes);
      return main.read((number - 1) * pageBytes, pageBytes);
    },
  };
}

/** Payload of a leaf cell, with its overflow chain. Sizes as in section 1.6 of the format. */
function payloadOf(pager: Pager, page: Uint8Array, cellAt: number): StoredBytes {
  const { value: size, next } = parseVarint(page, cellAt);
  const { next: at } = parseVarint(page, next);
  const { usable } = pager;
  const most = usable - 35;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((size - least) % (usable - 4));
  const local = size <= most ? size : fitting <= most ? fitting : least;
  const hasMore = size > local;
  if (at + local + (hasMore ? 4 : 0) > page.length)
    throw new DamagedDatabase('A cell does not fit its page.');
  const first = page.subarray(at, at + local);
  return createChainedBytes(
    { size, first, next: hasMore ? viewOf(page).getUint32(at + local) : 0 },
    async (number) => {
      const bytes = await pager.page(number);
      return { bytes: bytes.subarray(4, usable), next: viewOf(bytes).getUint32(0) };
    },
  );
}

/** Walks a table's b-tree in key order; answers false when the caller has seen enough. */
async function walk(
  pager: Pager,
  place: { readonly root: number; readonly depth: number },
  onRow: (payload: StoredBytes) => Promise<boolean>,
): Promise<boolean> {
  if (place.depth > MAX_DEPTH) throw new DamagedDatabase('The table is deeper than possible.');
  const page = pager.keep(await pager.page(place.root), place.depth);
  const view = viewOf(page);
  const start = place.root === 1 ? HEADER_BYTES : 0;
  const type = view.getUint8(start);
  if (type !== LEAF && type !== INTERIOR)
    throw new DamagedDatabase('A page of the table is of another kind.');
  const cells = view.getUint16(start + 3);
  const pointersAt = start + (type === LEAF ? 8 : 12);
  if (pointersAt + cells * 2 > page.length)
    throw new DamagedDatabase('A page names more cells than it can hold.');
  for (let i = 0; i < cells; i++) {
    const cellAt = view.getUint16(pointersAt + i * 2);
    if (cellAt + 4 > page.length) throw new DamagedDatabase('A cell lies outside its page.');
    const goOn =
      type === LEAF
        ? await onRow(payloadOf(pager, page, cellAt))
        : await walk(pager, { root: view.getUint32(cellAt), depth: place.depth + 1 }, onRow);
    if (!goOn) return false;
  }
  if (type === LEAF) return true;
  return walk(pager, { root: view.getUint32(start + 8), depth: place.depth + 1 }, onRow);
}

/** First page of a table, from the schema on page 1. */
async function findRoot(pager: Pager, table: string): Promise<number> {
  let root = 0;
  await walk(pager, { root: 1, depth: 0 }, async (payload) => {
    const [type, name, , rootpage] = await readFields(payload);
    if ((await readText(payload, type)) !== 'table' || (await readText(payload, name)) !== table) return true;
    if (rootpage !== undefined) root = await readInteger(payload, rootpage);
    return false;
  });
  if (root === 0) throw new DamagedDatabase(`The database has no table ${table}.`);
  return root;
}

/** Opens a database with its log; null when it is absent or may not be read. @throws DamagedDatabase */
export async function openSqlite(files: Files, path: string): Promise<SqliteReader | null> {
  const main = await openStoredFile(files, path);
  if (main === null) return null;
  const pager = await createPager(main, await openStoredFile(files, `${path}-wal`));
  return {
    async scan(table, onRow) {
      await walk(pager, { root: await findRoot(pager, table), depth: 0 }, onRow);
    },
  };
}
