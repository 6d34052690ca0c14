// The order of version("…") in expressions: by the numbers at the beginning, the same for every operating system.

/** Numbers of a version that count; what follows makes no difference. */
const MAX_NUMBERS = 8;
/** Digits of one number; a longer one makes the text no version. */
const MAX_DIGITS = 15;

/**
 * A key that sorts as the versions do, byte by byte, or null for a text that does not begin with a number.
 * `12.4` is newer than `12`, `12.0` equals `12`, `6.1.0-21-amd64` is 6, 1, 0, 21: the numbers end where something other than
 * one of `. - + _ ~ :` or a digit comes. Packages have orders of their own: see protocol/src/versions.
 */
export function readVersionKey(text: string): string | null {
  const next = /(\d+)(?:[-.+_~:](?=\d))?/y;
  // Padded to one length, numbers sort as texts; so does the whole, which a database can do too (COLLATE "C").
  const numbers: string[] = [];
  while (numbers.length < MAX_NUMBERS) {
    const digits = next.exec(text)?.[1];
    if (digits === undefined) break;
    const plain = digits.replace(/^0+/, '');
    if (plain.length > MAX_DIGITS) return null;
    numbers.push(plain.padStart(MAX_DIGITS, '0'));
  }
  if (numbers.length === 0) return null;
  // Zeros at the end say nothing; without them a shorter key sorts below a longer one, as it should.
  while (numbers.length > 0 && /^0+$/.test(numbers.at(-1) ?? '')) numbers.pop();
  return numbers.join('.');
}
