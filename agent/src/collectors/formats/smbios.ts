// The SMBIOS table: entries with a fixed part and the strings behind it (DSP0134, section 6.1).

/** Entries read of one table; real ones have about a hundred. */
const MAX_ENTRIES = 4096;

/** One entry of the table. */
export interface SmbiosEntry {
  readonly type: number;
  readonly handle: number;
  /** The fixed part, header included, so that offsets are those of the specification. */
  readonly bytes: DataView;
  /** The string with that number of the entry; null for 0 and for numbers it does not have. */
  text(at: number): string | null;
}

/** End of the strings that follow the fixed part: the first two NULs in a row. */
function findEnd(table: Uint8Array, from: number): number {
  let at = from;
  while (at + 1 < table.length && (table[at] !== 0 || table[at + 1] !== 0)) at++;
  return at;
}

/** Entries in order, up to the end-of-table entry (type 127) or the first that does not fit. */
export function parseSmbios(table: Uint8Array): SmbiosEntry[] {
  const entries: SmbiosEntry[] = [];
  let at = 0;
  while (at + 4 <= table.length && entries.length < MAX_ENTRIES) {
    const length = table[at + 1] ?? 0;
    if (length < 4 || at + length > table.length) break;
    const bytes = new DataView(table.buffer, table.byteOffset + at, length);
    const end = findEnd(table, at + length);
    const strings = new TextDecoder('latin1').decode(table.subarray(at + length, end)).split('\u0000');
    const type = bytes.getUint8(0);
    if (type === 127) break;
    entries.push({
      type,
      handle: bytes.getUint16(2, true),
      bytes,
      text: (number) => (number === 0 ? null : (strings[number - 1] ?? null)),
    });
    at = end + 2;
  }
  return entries;
}
