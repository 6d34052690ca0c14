// A file as faults are told about it: `path:line:column: sentence`, the line, and a caret under the place.
import { safeText, textWidth } from '../output/safe-text.ts';
import { MAX_SHOWN_CHARS, MAX_SHOWN_FAULTS } from './limits.ts';
import { type Fault, placeOf } from './place.ts';

/** Lines for a terminal: the sentence behind its place, the line of the file, and the caret. */
export function describeFault({ source, at, message }: Fault): string {
  const { line, column } = placeOf(source, at);
  const start = source.text.lastIndexOf('\n', at - 1) + 1;
  const end = source.text.indexOf('\n', start);
  const characters = [...source.text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '')];
  // Of a long line the part around the place.
  const from = characters.length <= MAX_SHOWN_CHARS ? 0 : Math.max(0, column - 1 - MAX_SHOWN_CHARS / 2);
  const shown = characters.slice(from, from + MAX_SHOWN_CHARS).map(showCharacter);
  const caret = ' '.repeat(textWidth(shown.slice(0, column - 1 - from).join('')));
  const head = `${safeText(source.path)}:${line}:${column}: ${safeText(message)}`;
  // An empty line shows nothing that a caret could point at.
  return characters.length === 0 ? head : `${head}\n  ${shown.join('')}\n  ${caret}^`;
}

/** A tab would move the caret, and a control character more than that. */
function showCharacter(character: string): string {
  return character === '\t' ? ' ' : safeText(character);
}

/** The first faults for programs, and how many there are. */
export function listFaults(faults: readonly Fault[]) {
  return {
    faults: faults.slice(0, MAX_SHOWN_FAULTS).map(({ source, at, message }) => ({
      file: source.path,
      ...placeOf(source, at),
      message,
    })),
    faultCount: faults.length,
  };
}
