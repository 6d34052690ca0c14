// Reads numbers and names out of the bytes of a /proc file without making strings or arrays.

/** A place in some bytes. One object lives as long as its reader and is pointed at fresh bytes for each read. */
export interface Scan {
  bytes: Uint8Array;
  /** Next byte to look at. */
  at: number;
  /** First byte that no longer belongs to the text. */
  end: number;
}

const SPACE = 0x20;
const TAB = 0x09;
const NEWLINE = 0x0a;
const POINT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Makes a scan that points at nothing. */
export function createScan(): Scan {
  return { bytes: new Uint8Array(0), at: 0, end: 0 };
}

/** Points the scan at the first `length` bytes. */
export function rewind(scan: Scan, bytes: Uint8Array, length: number) {
  scan.bytes = bytes;
  scan.at = 0;
  scan.end = length;
}

function byteAt(scan: Scan, at: number): number {
  return at < scan.end ? (scan.bytes[at] ?? NEWLINE) : NEWLINE;
}

/** Moves to the next field of this line; stays at the end of the line where there is none. */
export function skipSpaces(scan: Scan) {
  let byte = byteAt(scan, scan.at);
  while (byte === SPACE || byte === TAB) byte = byteAt(scan, ++scan.at);
}

/** Moves behind the field that begins here or after spaces. */
export function skipField(scan: Scan) {
  skipSpaces(scan);
  let byte = byteAt(scan, scan.at);
  while (byte !== SPACE && byte !== TAB && byte !== NEWLINE) byte = byteAt(scan, ++scan.at);
}

/** Moves to the start of the next line. False when there is none. */
export function nextLine(scan: Scan): boolean {
  while (byteAt(scan, scan.at) !== NEWLINE) scan.at++;
  scan.at = Math.min(scan.at + 1, scan.end);
  return scan.at < scan.end;
}

/** Moves behind the next `byte` of this line. False, and at the end of the line, when there is none. */
export function skipPast(scan: Scan, wanted: number): boolean {
  for (;;) {
    const byte = byteAt(scan, scan.at);
    if (byte === NEWLINE) return false;
    scan.at++;
    if (byte === wanted) return true;
  }
}

/**
 * Reads the decimal number of this line that stands here or after spaces, and moves behind it. NaN when the field is none.
 * Counters above 2^53 lose their last bits, which a difference of two readings does not feel.
 */
export function readNumber(scan: Scan): number {
  skipSpaces(scan);
  const negative = byteAt(scan, scan.at) === MINUS;
  if (negative) scan.at++;
  const from = scan.at;
  let value = 0;
  let scale = 0;
  for (;;) {
    const byte = byteAt(scan, scan.at);
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      scale *= 10;
    } else if (byte === POINT && scale === 0) scale = 1;
    else break;
    scan.at++;
  }
  if (scan.at === from) return Number.NaN;
  if (scale > 1) value /= scale;
  return negative ? -value : value;
}

/** True when this exact text stands here; moves behind it then. */
export function takeText(scan: Scan, text: Uint8Array): boolean {
  if (scan.at + text.length > scan.end) return false;
  for (let index = 0; index < text.length; index++) {
    if (scan.bytes[scan.at + index] !== text[index]) return false;
  }
  scan.at += text.length;
  return true;
}
