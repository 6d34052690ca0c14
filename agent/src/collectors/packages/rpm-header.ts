// Reads the few wanted tags of an rpm header as it lies in every form of the rpm database.
// Form: index length and data length (4 bytes each, big-endian), 16 bytes an index entry (tag, type, offset, count), data.
// Source: the rpm project's description of its package format, version 4, header structure.

import type { PackageRow } from './source.ts';
import { DamagedDatabase, type StoredBytes, viewOf } from './stored-bytes.ts';

/** Most entries of an index; rpm's own bound. */
const MAX_ENTRIES = 0xffff;
/** Longest text of a wanted tag, bytes. */
const MAX_TEXT_BYTES = 1024;
/** First try for a text, bytes: names and versions are short. */
const SHORT_TEXT_BYTES = 128;

const TAGS = new Map([
  [1000, 'name'],
  [1001, 'version'],
  [1002, 'release'],
  [1003, 'epoch'],
  [1009, 'size'],
  [1022, 'arch'],
  [1044, 'sourceRpm'],
  [5009, 'longSize'],
]);
const TYPE_INT32 = 4;
const TYPE_INT64 = 5;
const TYPE_STRING = 6;

type Values = Record<string, string | number | undefined>;

async function readText(header: StoredBytes, offset: number): Promise<string> {
  for (const limit of [SHORT_TEXT_BYTES, MAX_TEXT_BYTES]) {
    const bytes = await header.read(offset, Math.min(limit, header.size - offset));
    const end = bytes.indexOf(0);
    if (end >= 0) return Buffer.from(bytes.subarray(0, end)).toString('utf8');
  }
  throw new DamagedDatabase('A text of a package header does not end.');
}

async function readValue(
  header: StoredBytes,
  type: number,
  offset: number,
): Promise<string | number | undefined> {
  if (type === TYPE_STRING) return readText(header, offset);
  if (type === TYPE_INT32) return viewOf(await header.read(offset, 4)).getUint32(0);
  if (type === TYPE_INT64) return Number(viewOf(await header.read(offset, 8)).getBigUint64(0));
  return undefined;
}

/** Reads the wanted tags in the order in which they lie, since going back in a long value is dear. */
async function readTags(header: StoredBytes): Promise<Values> {
  const lengths = viewOf(await header.read(0, 8));
  const entries = lengths.getUint32(0);
  const dataAt = 8 + entries * 16;
  if (entries > MAX_ENTRIES || dataAt + lengths.getUint32(4) > header.size) {
    throw new DamagedDatabase('A package header is longer than its place.');
  }
  const index = viewOf(await header.read(8, entries * 16));
  const wanted: { name: string; type: number; at: number }[] = [];
  for (let at = 0; at < entries * 16; at += 16) {
    const name = TAGS.get(index.getUint32(at));
    if (name !== undefined)
      wanted.push({ name, type: index.getUint32(at + 4), at: dataAt + index.getUint32(at + 8) });
  }
  if (wanted.some(({ at }) => at >= header.size))
    throw new DamagedDatabase('A tag of a package header lies outside it.');
  wanted.sort((a, b) => a.at - b.at);
  const values: Values = {};
  for (const { name, type, at } of wanted) values[name] = await readValue(header, type, at);
  return values;
}

/** `glibc-2.34-60.el9.src.rpm` → `glibc`; null for anything else, as the `(none)` of imported keys. */
export function parseSourceName(file: string): string | null {
  return /^(.+)-[^-]+-[^-]+\.(?:no)?src\.rpm$/.exec(file)?.[1] ?? null;
}

/** Row of one header. @throws DamagedDatabase */
export async function readHeader(header: StoredBytes): Promise<PackageRow> {
  const { name, version, release, epoch, arch, size, longSize, sourceRpm } = await readTags(header);
  if (typeof name !== 'string' || typeof version !== 'string' || typeof release !== 'string') {
    throw new DamagedDatabase('A package header has no name or version.');
  }
  const source = typeof sourceRpm === 'string' ? parseSourceName(sourceRpm) : null;
  const bytes = longSize ?? size;
  return {
    ecosystem: 'rpm',
    name,
    version: `${typeof epoch === 'number' ? `${epoch}:` : ''}${version}-${release}`,
    arch: typeof arch === 'string' ? arch : '',
    source: source === name ? null : source,
    size: typeof bytes === 'number' && Number.isSafeInteger(bytes) ? bytes : null,
    status: 'installed',
  };
}
