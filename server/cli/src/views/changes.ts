// Changes of an inventory: the timeline of a device, and the differences between two states.
import { findSection } from '@muster/protocol';
import type { Difference, TimelineItem } from '../api/types.ts';
import { type Canvas, paint, type Tone } from '../output/canvas.ts';
import { formatCount } from '../output/count.ts';
import { formatMoment } from '../output/moments.ts';
import { cutText, safeText } from '../output/safe-text.ts';
import { formatValue } from './inventory.ts';

/** Rows shown of one change, unless all are wanted. */
const SHOWN_ROWS = 6;

type RowChange = Difference['rows'][number];

const signs = {
  added: { sign: '+', tone: 'good' },
  removed: { sign: '-', tone: 'bad' },
  changed: { sign: '~', tone: 'warn' },
} as const satisfies Record<RowChange['change'], { sign: string; tone: Tone }>;

/** The values that tell a row from others, else its first ones; nothing for the only row of a section. */
function nameRow(section: string, { row, values }: RowChange): string[] {
  const known = findSection(section);
  const key = known?.key ?? Object.keys(row).slice(0, 3);
  const same = key.filter((name) => values.every(({ column }) => column !== name));
  return same.map((name) => formatValue(row[name], known?.columns[name])).filter((word) => word !== '');
}

function describeRow(section: string, changed: RowChange): string {
  const { change, row } = changed;
  const columns = findSection(section)?.columns ?? {};
  const name = nameRow(section, changed);
  if (change !== 'changed') {
    // Of a package that came or went, the version is what one asks next.
    const version = typeof row.version === 'string' ? [row.version] : [];
    return [...new Set([...name, ...version])].join(' ') || change;
  }
  const values = changed.values.map(({ column, before, after }) => {
    const [from, to] = [formatValue(before, columns[column]), formatValue(after, columns[column])];
    return `${column} ${from} → ${to}`;
  });
  return [name.join(' '), values.join(', ')].filter((text) => text !== '').join(': ');
}

/** `+3 -1 ~2`, or what became of a section that is not compared row by row. */
function describeCounts({ added, removed, changed, beforeOutcome, afterOutcome }: Difference): string {
  const counts = [
    ['+', added],
    ['-', removed],
    ['~', changed],
  ] as const;
  const words = counts
    .filter(([, count]) => count > 0)
    .map(([sign, count]) => `${sign}${formatCount(count)}`);
  if (words.length > 0) return words.join(' ');
  return beforeOutcome === afterOutcome
    ? 'other values'
    : `${beforeOutcome ?? 'absent'} → ${afterOutcome ?? 'absent'}`;
}

function drawRowChanges(difference: Difference, all: boolean, canvas: Canvas): string[] {
  const { rows, added, removed, changed, section } = difference;
  const shown = all ? rows : rows.slice(0, SHOWN_ROWS);
  const lines = shown.map((row) => {
    const { sign, tone } = signs[row.change];
    const text = `  ${sign} ${safeText(describeRow(section, row))}`;
    return paint(canvas.width === null ? text : cutText(text, canvas.width), tone, canvas);
  });
  const rest = added + removed + changed - shown.length;
  if (rest > 0 && rows.length > 0) lines.push(paint(`    and ${formatCount(rest)} more`, 'quiet', canvas));
  return lines;
}

const kinds = { first: 'first seen', appeared: 'appeared again', changed: '', vanished: 'vanished' } as const;

/** The first report of a device is one event, not one for each section. */
function joinFirsts(items: readonly TimelineItem[]): TimelineItem[] {
  const joined: TimelineItem[] = [];
  for (const item of items) {
    const last = joined.at(-1);
    if (last?.kind === 'first' && item.kind === 'first' && formatMoment(last.at) === formatMoment(item.at))
      joined[joined.length - 1] = { ...last, title: `${last.title}, ${item.title}` };
    else joined.push(item);
  }
  return joined;
}

/** Draws changes, newest first. */
export function drawTimeline(items: readonly TimelineItem[], all: boolean, canvas: Canvas): string {
  return joinFirsts(items)
    .flatMap((item) => {
      const what = item.kind === 'changed' ? describeCounts(item) : kinds[item.kind];
      const at = paint(formatMoment(item.at), 'quiet', canvas);
      if (item.kind === 'first') return [`${at}  ${what}: ${safeText(item.title)}`];
      const head = `${at}  ${paint(safeText(item.title), 'strong', canvas)}  ${what}`;
      return [head, ...drawRowChanges(item, all, canvas)];
    })
    .join('\n');
}

/** Draws what differs, section by section. */
export function drawDifferences(items: readonly Difference[], all: boolean, canvas: Canvas): string {
  return items
    .flatMap((item) => [
      `${paint(safeText(item.title), 'strong', canvas)}  ${describeCounts(item)}`,
      ...drawRowChanges(item, all, canvas),
    ])
    .join('\n');
}
