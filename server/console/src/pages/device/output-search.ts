// Finds text in the output of a program, line by line, in whatever case.

/** A piece of a line. */
interface Piece {
  readonly text: string;
  readonly isHit: boolean;
  /** Where it begins in the line. */
  readonly at: number;
}

/** A line with its number, from 1. */
export interface Line {
  readonly number: number;
  readonly pieces: readonly Piece[];
}

/** Lines of an output; with a search only those that have it, and how many these are. */
export function findLines(
  output: string,
  search: string,
): { readonly lines: readonly Line[]; readonly hits: number } {
  const all = output.replace(/\n$/, '').split('\n');
  if (search === '') {
    const lines = all.map((text, index) => ({ number: index + 1, pieces: [{ text, isHit: false, at: 0 }] }));
    return { lines, hits: 0 };
  }
  const lines = all.flatMap((text, index) => {
    const pieces = splitLine(text, search);
    return pieces.length === 0 ? [] : [{ number: index + 1, pieces }];
  });
  return { lines, hits: lines.length };
}

function splitLine(text: string, search: string): Piece[] {
  const low = text.toLowerCase();
  const wanted = search.toLowerCase();
  // Where lower case is of another length, places would not fit the line.
  const source = low.length === text.length ? low : text;
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = source.indexOf(wanted); at >= 0; at = source.indexOf(wanted, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), isHit: false, at: from });
    pieces.push({ text: text.slice(at, at + wanted.length), isHit: true, at });
    from = at + wanted.length;
  }
  if (pieces.length > 0 && from < text.length)
    pieces.push({ text: text.slice(from), isHit: false, at: from });
  return pieces;
}
