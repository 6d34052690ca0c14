// Package headers in rpm's own "ndb" database (Packages.db, used by SUSE): a slot table, then one block run a package.
// Source: lib/backend/ndb/rpmpkg.c of the rpm project describes the layout; all numbers are little-endian.
import type { Files } from '../../platform/files.ts';
import { DamagedDatabase, openStoredFile, type StoredBytes, viewOf } from './stored-bytes.ts';

const FILE_MAGIC = 0x506d7052; // "RpmP"
const SLOT_MAGIC = 0x746f6c53; // "Slot"
const BLOB_MAGIC = 0x53626c42; // "BlbS"
const FILE_HEADER_BYTES = 32;
const PAGE_BYTES = 4096;
const SLOT_BYTES = 16;
const BLOCK_BYTES = 16;
const BLOB_HEAD_BYTES = 16;
const BLOB_TAIL_BYTES = 12;

/** The header of one slot's package. */
async function openBlob(
  file: StoredBytes,
  slot: { index: number; at: number; room: number },
): Promise<StoredBytes> {
  const head = viewOf(await file.read(slot.at, BLOB_HEAD_BYTES));
  const size = head.getUint32(12, true);
  if (head.getUint32(0, true) !== BLOB_MAGIC || head.getUint32(4, true) !== slot.index) {
    throw new DamagedDatabase('A slot names a place that holds another package.');
  }
  if (BLOB_HEAD_BYTES + size + BLOB_TAIL_BYTES > slot.room)
    throw new DamagedDatabase('A package header is longer than its place.');
  return {
    size,
    read(offset, length) {
      if (offset + length > size) throw new DamagedDatabase('A value is shorter than it says.');
      return file.read(slot.at + BLOB_HEAD_BYTES + offset, length);
    },
  };
}

/** Calls `onHeader` with each package header until it answers false; false when the file is absent. @throws DamagedDatabase */
export async function scanNdb(
  files: Files,
  path: string,
  onHeader: (header: StoredBytes) => Promise<boolean>,
): Promise<boolean> {
  const file = await openStoredFile(files, path);
  if (file === null) return false;
  const head = viewOf(await file.read(0, FILE_HEADER_BYTES));
  if (head.getUint32(0, true) !== FILE_MAGIC) throw new DamagedDatabase('The file is not an rpm database.');
  if (head.getUint32(4, true) !== 0) throw new DamagedDatabase('The database has an unknown version.');
  const slotsEnd = head.getUint32(12, true) * PAGE_BYTES;
  if (slotsEnd > file.size) throw new DamagedDatabase('The slot table is longer than the file.');
  for (let at = FILE_HEADER_BYTES; at < slotsEnd; at += SLOT_BYTES) {
    const slot = viewOf(await file.read(at, SLOT_BYTES));
    if (slot.getUint32(0, true) !== SLOT_MAGIC) throw new DamagedDatabase('The slot table is damaged.');
    const index = slot.getUint32(4, true);
    if (index === 0) continue;
    const place = {
      index,
      at: slot.getUint32(8, true) * BLOCK_BYTES,
      room: slot.getUint32(12, true) * BLOCK_BYTES,
    };
    if (!(await onHeader(await openBlob(file, place)))) break;
  }
  return true;
}
