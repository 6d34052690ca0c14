// What text is drawn on, and the tones it may have; a tone only repeats what the words say.
import { styleText } from 'node:util';

/** Where text will stand. */
export interface Canvas {
  /** Columns; null: not a terminal, nothing is cut. */
  readonly width: number | null;
  readonly color: boolean;
}

/** From so many columns on there is room for whole ids beside everything else. */
const WIDE_COLUMNS = 140;
/** Characters of a short id: its kind and 40 random bits, enough to name it again. */
const SHORT_ID_CHARS = 12;

/** An id as commands take it, which is also its beginning; whole where nothing is cut. */
export function fitId(id: string, { width }: Canvas): string {
  return width === null || width >= WIDE_COLUMNS ? id : id.slice(0, SHORT_ID_CHARS);
}

/** A pipe or a file. */
export const plainCanvas: Canvas = { width: null, color: false };

/** What a text is about. */
export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'quiet' | 'strong';

const styles = {
  plain: [],
  good: ['green'],
  warn: ['yellow'],
  bad: ['red'],
  quiet: ['dim'],
  strong: ['bold'],
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** The text in its tone, where the canvas has color. */
export function paint(text: string, tone: Tone, canvas: Canvas): string {
  if (!canvas.color || tone === 'plain' || text === '') return text;
  // The decision is made already; styleText's own look at process.stdout would know nothing of this canvas.
  return styleText([...styles[tone]], text, { validateStream: false });
}
