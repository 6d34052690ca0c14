// Colors of charts in both themes: a canvas knows nothing of the styles of the page.

/** What a line stands for, where that decides its color and not its place. */
export type LineTone = 'good' | 'idle' | 'warn';

/** What is drawn in which color. */
export interface ChartColors {
  readonly lines: readonly string[];
  /** Of lines that stand for something good, for nothing special, for something worth a look. */
  readonly tones: Readonly<Record<LineTone, string>>;
  readonly text: string;
  readonly grid: string;
  readonly warning: string;
  readonly critical: string;
  readonly mark: string;
  /** Between mean and peak. */
  readonly band: string;
}

// Told apart also by people who see less color: hues and lightness differ, and every line but the first has its own dashes.
const light: ChartColors = {
  lines: ['#1c6fc4', '#b3480b', '#1b7f4b', '#8a3fb5', '#8a6d00', '#b3255f'],
  tones: { good: '#1b7f4b', idle: '#6c757d', warn: '#b35c00' },
  text: '#495057',
  grid: '#e3e6ea',
  warning: '#b35c00',
  critical: '#c92a2a',
  mark: '#6741d9',
  band: 'rgba(28, 111, 196, 0.16)',
};

const dark: ChartColors = {
  lines: ['#6db3f2', '#f0a35e', '#69cf97', '#c89bf0', '#e0c34a', '#f28cb1'],
  tones: { good: '#69cf97', idle: '#a5adb5', warn: '#ffb057' },
  text: '#b8bec6',
  grid: '#3a3d42',
  warning: '#ffb057',
  critical: '#ff8080',
  mark: '#b197fc',
  band: 'rgba(109, 179, 242, 0.2)',
};

export function chartColors(scheme: 'light' | 'dark'): ChartColors {
  return scheme === 'dark' ? dark : light;
}

/** The color of a line: that of what it stands for, or of its place. */
export function colorOf({ lines, tones }: ChartColors, place: number, tone?: LineTone): string {
  return tone === undefined ? (lines[place % lines.length] ?? '') : tones[tone];
}

/** Dashes of the line of that place, in CSS pixels; the first is whole. */
const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [10, 3, 2, 3], [4, 4], [12, 4]];

export function dashOf(place: number): number[] {
  return [...(dashes[place % dashes.length] ?? [])];
}
