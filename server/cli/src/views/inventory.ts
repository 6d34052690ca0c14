// Sections of an inventory: the overview, rows as a table, a single row as a list of facts.
import { type Column, findSection, type Section } from '@muster/protocol';
import type { DeviceInventory, LiveRows, Row, SectionRows, SoftwarePage } from '../api/types.ts';
import { type Canvas, paint } from '../output/canvas.ts';
import { formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { safeText } from '../output/safe-text.ts';
import { type Cell, drawFacts, drawTable } from '../output/table.ts';
import { formatAgo, formatBytes, formatMetric } from '../output/units.ts';

/** What the columns of a section mean, where this version knows the section. */
type Columns = Readonly<Record<string, Column>>;

/** A value as people read it; a dash is "no data". */
export function formatValue(value: Row[string] | undefined, column: Column | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return column?.type === 'time' ? formatMoment(value) : value;
  return column?.unit === undefined ? String(value) : formatMetric(value, column.unit);
}

/** Columns that come first where room is short: what one looks for, and long texts last. */
const firstColumns: Readonly<Record<string, readonly string[]>> = {
  processes: ['pid', 'name', 'cpu_used_ratio', 'resident_size', 'username', 'state', 'start_time', 'threads'],
};

/** Names of columns in the order of the section; those it does not know come last. */
function namesOf(rows: readonly Row[], section: Section | undefined): string[] {
  const found = new Set(rows.flatMap((row) => Object.keys(row)));
  const known = [...(firstColumns[section?.name ?? ''] ?? []), ...Object.keys(section?.columns ?? {})];
  return [...known.filter((name) => found.delete(name)), ...found];
}

/** Programs by what they use now; anything else as the device sorts it. */
function sortRows(name: string, rows: readonly Row[]): readonly Row[] {
  if (name !== 'processes') return rows;
  const use = (row: Row, column: string) => (typeof row[column] === 'number' ? row[column] : 0);
  return rows.toSorted(
    (a, b) =>
      use(b, 'cpu_used_ratio') - use(a, 'cpu_used_ratio') ||
      use(b, 'resident_size') - use(a, 'resident_size'),
  );
}

function isNumber(column: Column | undefined): boolean {
  return column?.type === 'integer' || column?.type === 'real';
}

/** Rows of a section. A section that has one row by nature is a list of facts, for it would be too wide. */
export function drawRows(name: string, rows: readonly Row[], canvas: Canvas): string {
  const section = findSection(name);
  const columns: Columns = section?.columns ?? {};
  const names = namesOf(rows, section);
  const [first] = rows;
  if (first !== undefined && rows.length === 1 && section?.key.length === 0)
    return drawFacts(
      names.map((column) => [column, formatValue(first[column], columns[column])]),
      canvas,
    );
  // A column without any value tells nothing; --json has it all the same.
  const filled = names.filter((column) =>
    rows.some((row) => row[column] !== null && row[column] !== undefined),
  );
  return drawTable(
    filled.map((title) => ({
      title,
      asIs: true,
      align: isNumber(columns[title]) ? 'right' : 'left',
      whole: columns[title]?.type === 'time',
    })),
    sortRows(name, rows).map((row) => filled.map((column) => formatValue(row[column], columns[column]))),
    canvas,
  );
}

/** A text with its tone. */
type Toned = Exclude<Cell, string>;

/** Why there are no rows. */
function explainEmpty({ outcome, reason }: { outcome: SectionRows['outcome']; reason: string }): Toned {
  if (outcome === 'error') return { text: `could not be read: ${reason}`, tone: 'bad' };
  if (outcome === 'no-data') return { text: `no data: ${reason}`, tone: 'quiet' };
  return { text: 'no rows', tone: 'quiet' };
}

/** Draws a section with its source and age. */
export function drawSection(section: SectionRows, nowMs: number, canvas: Canvas): string {
  const head = `${section.title}, ${section.source} Since ${formatMoment(section.since)} (${formatAgo(section.since, nowMs)}).`;
  return drawSubject(head, section, canvas);
}

/** Draws what a device has just answered. */
export function drawLive(section: LiveRows, canvas: Canvas): string {
  const title = findSection(section.name)?.title ?? section.name;
  return drawSubject(`${title}, asked of the device at ${formatMoment(section.at)}.`, section, canvas);
}

function drawSubject(head: string, section: SectionRows | LiveRows, canvas: Canvas): string {
  const { text, tone } = explainEmpty(section);
  const body =
    section.items.length > 0
      ? drawRows(section.name, section.items, canvas)
      : paint(safeText(text), tone, canvas);
  // A program that reads the rows wants nothing in front of them.
  return canvas.width === null ? body : `${paint(head, 'quiet', canvas)}\n\n${body}`;
}

/** The title of a section, and why it has no rows. */
function describeSection(section: DeviceInventory['sections'][number]): Cell {
  if (section.outcome === 'ok') return section.title;
  const why = explainEmpty(section);
  return { ...why, text: `${section.title}: ${why.text}` };
}

/** Draws the sections a device has. */
export function drawSections(inventory: DeviceInventory, nowMs: number, canvas: Canvas): string {
  return drawTable(
    [
      { title: 'section' },
      { title: 'rows', align: 'right' },
      { title: 'since', whole: true },
      { title: 'what' },
    ],
    inventory.sections.map((section) => [
      section.name,
      section.outcome === 'ok' ? formatCount(section.rowCount) : '–',
      formatAgo(section.since, nowMs),
      describeSection(section),
    ]),
    canvas,
  );
}

/** Draws installed packages. */
export function drawSoftware(items: SoftwarePage['items'], canvas: Canvas): string {
  return drawTable(
    [
      { title: 'package' },
      { title: 'version' },
      { title: 'arch' },
      { title: 'of' },
      { title: 'size', align: 'right' },
      { title: 'status' },
    ],
    items.map(({ name, version, arch, ecosystem, sizeBytes, status }) => [
      name,
      version,
      arch,
      ecosystem,
      sizeBytes === null ? '–' : formatBytes(sizeBytes),
      status === 'installed' ? status : { text: status, tone: 'warn' },
    ]),
    canvas,
  );
}
