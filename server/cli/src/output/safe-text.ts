// Text of devices as it may reach a terminal, and how many columns it takes there.
import { stripVTControlCharacters } from 'node:util';

/** Controls, line separators, and the marks that turn the direction of what follows. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** The same without what JSON escapes already. */
const unsafeInJson = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from a device as it may be shown: no control characters, no escape sequences. */
export function safeText(text: string): string {
  return stripVTControlCharacters(text).replace(unsafe, '\ufffd');
}

/** JSON that reads back as exactly the same data and cannot steer a terminal. */
export function formatJson(data: unknown, indent = 2): string {
  return JSON.stringify(data, null, indent).replace(
    unsafeInJson,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const segmenter = new Intl.Segmenter();
/** Characters that terminals draw two columns wide (Unicode TR 11, the ranges in use) and pictographs. */
const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1b000}-\u{1b2ff}\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}])/u;
const plain = /^[\u0020-\u007e\u00a0-\u02ff\u2010-\u205e\u2580-\u259f]*$/;

/** Columns that a text without escape sequences takes in a terminal. */
export function textWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** The text in at most that many columns; what is cut ends with an ellipsis. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = wide.test(segment) ? 2 : 1;
    if (used + next > width - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept}…`;
}

/** A word in pieces of at most that many columns. */
function breakWord(word: string, width: number): string[] {
  if (textWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of segmenter.segment(word)) {
    if (piece !== '' && textWidth(piece + segment) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...pieces, piece];
}

/** The text in lines of at most that many columns: broken at blanks, and inside a word only where it is too long itself. */
export function wrapText(text: string, width: number): string[] {
  if (textWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line: string | null = null;
  for (const word of text.split(' ').flatMap((one) => breakWord(one, width))) {
    const longer: string = line === null ? word : `${line} ${word}`;
    if (line !== null && textWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line ?? ''].map((one) => one.trimEnd());
}
