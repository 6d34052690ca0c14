// Finds a place inside a text of YAML, whose quotes, escapes and folded lines are not part of its value.
import type { Scalar } from 'yaml';

/** What YAML may add or take away where it folds lines. */
const blank = /[ \t\r\n]/;

/** The value of a node, and where it was written. */
export interface WrittenScalar {
  readonly type: Scalar['type'] | undefined;
  readonly value: string;
  /** First place of the text in the file, quotes and header included, and the place behind it. */
  readonly range: readonly [number, number];
}

/**
 * Where character `offset` of the value stands in the file. The start of the text where that cannot be said, as
 * behind an escape like `\x41`.
 */
export function findInScalar(text: string, written: WrittenScalar, offset: number): number {
  const [start, end] = written.range;
  const begin = start + headLength(text.slice(start, end), written.type);
  const found = align(text.slice(begin, end), written, offset);
  return found === null ? start : begin + found;
}

/** The quote, or the line of a block that says how it is folded. */
function headLength(source: string, type: WrittenScalar['type']): number {
  if (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') return 1;
  return type === 'BLOCK_FOLDED' || type === 'BLOCK_LITERAL' ? source.indexOf('\n') + 1 : 0;
}

/** Walks value and source side by side: all but blanks must be the same in both. */
function align(source: string, { type, value }: WrittenScalar, offset: number): number | null {
  let at = 0;
  for (let place = 0; place <= offset; place++) {
    const character = value[place];
    // A blank of the value may be a line break of the file; the end of the value has no character.
    if (character === undefined || blank.test(character)) continue;
    while (blank.test(source[at] ?? '')) at++;
    if (place === offset) return at;
    const width = writtenWidth(source, at, { type, character });
    if (width === 0) return null;
    at += width;
  }
  return at;
}

/** Characters that one of the value takes in the file: two behind an escape; 0 where it is another. */
function writtenWidth(
  source: string,
  at: number,
  { type, character }: { readonly type: WrittenScalar['type']; readonly character: string },
): number {
  if (type === 'QUOTE_SINGLE' && character === "'") return source.startsWith("''", at) ? 2 : 0;
  if (type === 'QUOTE_DOUBLE' && source[at] === '\\') return source[at + 1] === character ? 2 : 0;
  return source[at] === character ? 1 : 0;
}
