// Rows as files: CSV that no spreadsheet takes for a formula, and JSON.
import type { CellValue, Column, PageWish, Source } from './column.ts';

/** Most rows of one file; a fleet is smaller. */
const MAX_EXPORT_ROWS = 200_000;
/** Rows asked for at once. */
const EXPORT_PAGE_ROWS = 500;

/** Pure: one cell. What a spreadsheet would calculate gets a quote before it (OWASP, CSV injection). */
function csvCell(value: CellValue): string {
  if (value === null) return '';
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Pure: rows as RFC 4180 text. */
export function toCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ id }) => csvCell(id)),
    ...rows.map((row) => columns.map((column) => csvCell(readCell(column, row)))),
  ];
  return `${lines.map((cells) => cells.join(',')).join('\r\n')}\r\n`;
}

/** Pure: rows as a list of objects. */
export function toJson<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const list = rows.map((row) =>
    Object.fromEntries(columns.map((column) => [column.id, readCell(column, row)])),
  );
  return `${JSON.stringify(list, null, 2)}\n`;
}

function readCell<Row>(column: Column<Row>, row: Row): CellValue {
  return column.value?.(row) ?? null;
}

/** Reads all rows that match, page by page; `told` hears how many there are so far. */
export async function readAll<Row>(
  source: Source<Row>,
  { sort, signal, told }: Pick<PageWish, 'sort' | 'signal'> & { readonly told?: (count: number) => void },
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const page = await source.load({ cursor, sort, signal, limit: EXPORT_PAGE_ROWS });
    rows.push(...page.items);
    told?.(rows.length);
    cursor = page.next;
  } while (cursor !== null && rows.length < MAX_EXPORT_ROWS);
  return rows;
}

/** Hands a file to the browser. */
export function saveFile(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
