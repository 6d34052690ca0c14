// Pieces of byte-sortable version keys.
// Everything is printable ASCII, so JavaScript, PostgreSQL's "C" collation and memcmp all order keys alike.

/** Sorts below END and every piece: the tilde of deb and rpm, a pre-release. */
export const BEFORE = '!';
/** The end of a part. It sorts below whatever a longer part would have in its place. */
export const END = '#';
/** Opens a piece of text. Below DIGITS. */
export const TEXT = 'a';
/** Opens a number. */
export const DIGITS = 'n';

/** Digits one length letter can announce; longer numbers take several. */
const LONGEST_RUN = 57;
/** The letter of a length of 0: `A` says zero digits, `B` one … `z` says "LONGEST_RUN digits and the next letter's". */
const FIRST_LETTER = 0x41;

/** True for `0`…`9` and for nothing else, whatever the language of the machine. */
export function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

/** True for `A`…`Z` and `a`…`z` and for nothing else. */
export function isLetter(char: string): boolean {
  return (char >= 'A' && char <= 'Z') || (char >= 'a' && char <= 'z');
}

/**
 * A number of any length as text that sorts by its value: its length without leading zeros in one letter, then the digits.
 * `007` and `7` give the same text, '' counts as zero.
 */
export function encodeNumber(digits: string): string {
  const plain = digits.replace(/^0+/, '');
  let lengths = '';
  let rest = plain.length;
  while (rest >= LONGEST_RUN) {
    lengths += String.fromCharCode(FIRST_LETTER + LONGEST_RUN);
    rest -= LONGEST_RUN;
  }
  return `${lengths}${String.fromCharCode(FIRST_LETTER + rest)}${plain}`;
}

/** Any text, so that it sorts by UTF-16 code units and ends below every longer text: printable ASCII stays readable. */
export function encodeText(text: string): string {
  let key = '';
  for (let i = 0; i < text.length; i++) key += encodeUnit(text.charCodeAt(i));
  return `${key} `;
}

/**
 * One UTF-16 unit. `"`…`}` stand for themselves; what lies below is written behind `!`, what lies above behind `~`,
 * both as four hex digits. Nothing begins with a space, which is left to end a text.
 */
export function encodeUnit(unit: number): string {
  if (unit > 0x21 && unit < 0x7e) return String.fromCharCode(unit);
  return `${unit <= 0x21 ? '!' : '~'}${unit.toString(16).padStart(4, '0')}`;
}

/** Orders two keys: −1, 0 or 1. */
export function compareKeys(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
