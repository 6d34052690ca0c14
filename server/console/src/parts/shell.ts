// Lines for a terminal.

/** A word of a POSIX shell; in single quotes where a shell would read more into it. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
