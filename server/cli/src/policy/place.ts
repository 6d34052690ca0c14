// A file, what is wrong in it, and where that stands as people count it. Runs in a page too.

/** A file that was read. */
export interface Source {
  /** As it was named, or found below a folder that was named. */
  readonly path: string;
  readonly text: string;
}

/** Something wrong in a file. */
export interface Fault {
  readonly source: Source;
  /** UTF-16 units from the beginning of the text. */
  readonly at: number;
  /** One sentence that says what to do. */
  readonly message: string;
}

/** A place as people and editors count it: both from 1, columns by characters (code points). */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where an offset stands. */
export function placeOf({ text }: Source, at: number): Place {
  const before = text.slice(0, at);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(start)].length + 1 };
}
