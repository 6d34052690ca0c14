// CRC-32 (IEEE 802.3, reflected, as zlib and PNG use it) without node built-ins.

/** One entry a byte value. A DataView, so that reading it needs no check for absent elements. */
const table = new DataView(new ArrayBuffer(256 * 4));
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  table.setUint32(byte * 4, value >>> 0);
}

/**
 * CRC-32 of bytes as an unsigned number; continues from `before`, the CRC of what stands in front of them.
 * Finds every error burst of up to 32 bits, so every single flipped bit; no defense against people, that is the session's work.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ table.getUint32(((crc ^ byte) & 0xff) * 4);
  return ~crc >>> 0;
}
