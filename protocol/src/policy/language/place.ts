// Says where an expression is wrong: one sentence, then the line with a caret under the place.
import { fail, type MusterError } from '../../errors.ts';

/** Longest piece of a line that is shown, characters; the piece lies around the place. */
const SHOWN_CHARS = 72;
/** Characters shown before the place when the line is longer than that. */
const SHOWN_BEFORE = 36;

/**
 * Controls, unassigned characters, blanks other than the plain one, and whatever is not seen or turns the direction of
 * writing. Line breaks and tabs are none.
 */
export const HIDDEN = /[^\P{C}\n\t]|[^\P{Z} ]|\p{Default_Ignorable_Code_Point}/u;

/**
 * The error E_EXPRESSION. Its detail is the sentence, a line break, `line:column | text`, a line break and the caret;
 * lines and columns count from 1, columns by characters (code points).
 */
export function refuse(text: string, at: number, sentence: string): MusterError {
  return fail('E_EXPRESSION', { detail: `${sentence}\n${showPlace(text, at)}` });
}

/** A piece of an expression inside a sentence: on one line, without what cannot be seen, and short. */
export function shorten(piece: string): string {
  const shown = [...piece.slice(0, SHOWN_CHARS)].map((char) =>
    /\n|\t/.test(char) || HIDDEN.test(char) ? '?' : char,
  );
  return shown.length <= SHOWN_BEFORE ? shown.join('') : `${shown.slice(0, SHOWN_BEFORE).join('')}…`;
}

/** `2:3 | the line` and the caret below, both cut to the same piece of a long line. */
function showPlace(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  const start = at - (before.at(-1)?.length ?? 0);
  const line = [...(text.slice(start).split('\n')[0] ?? '')];
  const column = [...text.slice(start, at)].length;
  const from = line.length <= SHOWN_CHARS ? 0 : Math.max(0, column - SHOWN_BEFORE);
  const shown = line
    .slice(from, from + SHOWN_CHARS)
    .map((char) => (HIDDEN.test(char) ? '?' : char))
    .join('')
    // A tab would move the caret.
    .replaceAll('\t', ' ');
  const head = `${before.length}:${column + 1} | `;
  return `${head}${shown}\n${' '.repeat(head.length + column - from)}^`;
}
