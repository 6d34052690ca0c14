// CRC-32 (IEEE 802.3, reflected, as zlib and PNG use it) without node built-ins.

const TABLE_BYTES = 256 * 4;

/**
 * Four tables in one: what a byte does to the CRC when 0, 1, 2 or 3 bytes follow it ("slicing by 4", M. Kounavis and F. Berry,
 * 2008), so that four bytes cost four lookups and no chain between them. A DataView, because reading it needs no check for
 * absent elements.
 */
const tables = new DataView(new ArrayBuffer(4 * TABLE_BYTES));
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  tables.setInt32(byte * 4, value);
}
for (let at = TABLE_BYTES; at < tables.byteLength; at += 4) {
  const before = tables.getInt32(at - TABLE_BYTES);
  tables.setInt32(at, (before >>> 8) ^ tables.getInt32((before & 0xff) * 4));
}

/**
 * CRC-32 of bytes as an unsigned number; continues from `before`, the CRC of what stands in front of them.
 * Finds every error burst of up to 32 bits, so every single flipped bit; no defense against people, that is the session's work.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length - (bytes.length % 4);
  let crc = ~before;
  for (let at = 0; at < whole; at += 4) {
    // The first byte of four has three behind it. Each shift picks a byte and leaves it multiplied by the size of an entry.
    const word = crc ^ view.getInt32(at, true);
    crc =
      tables.getInt32(3 * TABLE_BYTES + ((word & 0xff) << 2)) ^
      tables.getInt32(2 * TABLE_BYTES + ((word >>> 6) & 0x3fc)) ^
      tables.getInt32(TABLE_BYTES + ((word >>> 14) & 0x3fc)) ^
      tables.getInt32((word >>> 22) & 0x3fc);
  }
  for (let at = whole; at < bytes.length; at++)
    crc = (crc >>> 8) ^ tables.getInt32(((crc ^ view.getUint8(at)) & 0xff) << 2);
  return ~crc >>> 0;
}
