// Tables for the terminal: quiet, without frames, numbers to the right, cut to the width of the terminal.
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';

/** One column of a table. */
export interface ColumnSpec {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

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

/** Text from a device as it may be shown: no control characters, no escape sequences. */
export function safeText(text: string): string {
  return stripVTControlCharacters(text).replace(
    /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    '\ufffd',
  );
}

/** Draws a table; cells are made safe here, so callers need not. */
export function drawTable(columns: readonly ColumnSpec[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: columns.map((column) => column.title.toUpperCase()),
    chars: NO_FRAME,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: columns.map((column) => column.align ?? 'left'),
  });
  for (const row of rows) table.push(row.map(safeText));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
