// Tables for the terminal: quiet, without frames, numbers to the right, cut to the width of the terminal.
import Table from 'cli-table3';
import { type Canvas, paint, plainCanvas, type Tone } from './canvas.ts';
import { cutText, safeText, textWidth, wrapText } from './safe-text.ts';

/** One column of a table. */
export interface ColumnSpec {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Ids and times: half of one is worth nothing, so it is never cut. Numbers never are. */
  readonly whole?: boolean;
  /** A name that people type again keeps its small letters. */
  readonly asIs?: boolean;
}

/** A cell; plain text has no tone. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

const GAP = 2;
/** A column that may be cut keeps at least this. */
const MIN_COLUMN = 12;

/** The text of a cell, made safe. */
function cellText(cell: Cell): string {
  return safeText(typeof cell === 'string' ? cell : cell.text);
}

function toneOf(cell: Cell): Tone {
  return typeof cell === 'string' ? 'plain' : cell.tone;
}

function titleOf({ title, asIs = false }: ColumnSpec): string {
  return asIs ? safeText(title) : title.toUpperCase();
}

/** Columns each column needs. */
function naturalWidths(columns: readonly ColumnSpec[], texts: readonly (readonly string[])[]): number[] {
  return columns.map((column, at) =>
    texts.reduce((width, row) => Math.max(width, textWidth(row[at] ?? '')), textWidth(titleOf(column))),
  );
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

function isRigid(column: ColumnSpec | undefined): boolean {
  return column?.whole === true || column?.align === 'right';
}

/**
 * Brings columns into a width: the widest one gives way first; when none can give more, the last column is left out.
 * The result has as many widths as columns that are shown.
 */
export function fitWidths(
  columns: readonly ColumnSpec[],
  natural: readonly number[],
  width: number,
): number[] {
  const widths = [...natural];
  while (total(widths) > width) {
    const soft = widths.map((value, at) => (isRigid(columns[at]) || value <= MIN_COLUMN ? 0 : value));
    const widest = Math.max(...soft);
    if (widest === 0) {
      if (widths.length === 1) break;
      widths.pop();
      // What was cut for the column that is now gone need not be.
      for (const at of widths.keys()) widths[at] = natural[at] ?? 0;
      continue;
    }
    const second = Math.max(MIN_COLUMN, ...soft.filter((value) => value < widest));
    const share = Math.ceil((total(widths) - width) / soft.filter((value) => value === widest).length);
    const next = Math.max(second, widest - share);
    for (const [at, value] of soft.entries()) if (value === widest) widths[at] = next;
  }
  return widths;
}

/**
 * Draws a table; cells are made safe here, so callers need not. On a canvas with a width, long cells are cut and
 * columns without room are named below.
 */
export function drawTable(
  columns: readonly ColumnSpec[],
  rows: readonly (readonly Cell[])[],
  canvas: Canvas = plainCanvas,
): string {
  const texts = rows.map((row) => row.map(cellText));
  const natural = naturalWidths(columns, texts);
  const widths = canvas.width === null ? natural : fitWidths(columns, natural, canvas.width);
  const shown = columns.slice(0, widths.length);
  const table = new Table({
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: shown.map(({ align }) => align ?? 'left'),
  });
  table.push(shown.map((column, at) => paint(cutText(titleOf(column), widths[at] ?? 0), 'quiet', canvas)));
  for (const [row, cells] of rows.entries()) {
    table.push(
      shown.map((_, at) =>
        paint(cutText(texts[row]?.[at] ?? '', widths[at] ?? 0), toneOf(cells[at] ?? ''), canvas),
      ),
    );
  }
  const hidden = columns.slice(widths.length).map(({ title }) => title);
  const lines = table.toString().split('\n');
  if (hidden.length > 0)
    lines.push(paint(`not shown for want of room: ${hidden.join(', ')}`, 'quiet', canvas));
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Draws labels with their values; long values go on below themselves, nothing is cut. Rows without a value are left out. */
export function drawFacts(facts: readonly (readonly [string, Cell | null])[], canvas: Canvas): string {
  const shown = facts.flatMap(([label, cell]) =>
    cell === null || cellText(cell) === '' ? [] : [{ label, cell }],
  );
  const width = Math.max(0, ...shown.map(({ label }) => textWidth(label)));
  const room =
    canvas.width === null ? Number.POSITIVE_INFINITY : Math.max(MIN_COLUMN, canvas.width - width - GAP);
  const indent = ' '.repeat(width + GAP);
  return shown
    .map(({ label, cell }) => {
      const [first = '', ...more] = wrapText(cellText(cell), room).map((line) =>
        paint(line, toneOf(cell), canvas),
      );
      const head = `${paint(label.padEnd(width + GAP), 'quiet', canvas)}${first}`;
      return [head, ...more.map((line) => `${indent}${line}`)].join('\n');
    })
    .join('\n');
}

/** Draws rows so that nothing is cut: as a table where it fits, else each row as lines of its own. */
export function drawWhole(
  columns: readonly ColumnSpec[],
  rows: readonly (readonly Cell[])[],
  canvas: Canvas,
): string {
  const natural = naturalWidths(
    columns,
    rows.map((row) => row.map(cellText)),
  );
  if (canvas.width === null || total(natural) <= canvas.width) return drawTable(columns, rows, canvas);
  return rows
    .map((row) =>
      drawFacts(
        columns.map((column, at) => [`  ${titleOf(column).toLowerCase()}`, row[at] ?? null]),
        canvas,
      ),
    )
    .join('\n\n');
}
