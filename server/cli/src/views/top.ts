// The live table of the fleet: how it is sorted, what keys do, and one picture of it.
import type { LiveValues } from '../api/live-values.ts';
import type { Top, TopRow } from '../api/types.ts';
import { type Canvas, paint, type Tone } from '../output/canvas.ts';
import { countOf } from '../output/count.ts';
import { cutText, safeText } from '../output/safe-text.ts';
import { type Cell, type ColumnSpec, drawTable } from '../output/table.ts';
import { formatAgo, formatRatio, formatSpan } from '../output/units.ts';

/** What the table can be sorted by, as the API calls it. */
export const sortKeys = ['cpu', 'memory', 'disk', 'load', 'name'] as const;
export type SortKey = (typeof sortKeys)[number];

/** Keys of the keyboard. */
const sortByKey: Readonly<Record<string, SortKey>> = {
  c: 'cpu',
  m: 'memory',
  d: 'disk',
  l: 'load',
  n: 'name',
};

/** What somebody sees. */
export interface TopState {
  /** Null before the first answer. */
  readonly top: Top | null;
  readonly sort: SortKey;
  /** First row that is shown. */
  readonly offset: number;
  /** Why there is no newer data; null while all is well. */
  readonly problem: string | null;
}

/** Finds the live values of a device; null where there are none. */
export type FindLive = (id: string) => LiveValues | null;

const noLive: FindLive = () => null;

/** From here on a ratio is shown as worth a look, and as trouble. */
const BUSY_RATIO = 0.75;
const HIGH_RATIO = 0.9;
/** Lines above the rows: two of the head, an empty one, the titles. */
const HEAD_LINES = 4;
/** A heartbeat older than this says little about now, ms. */
const OLD_BEAT_MS = 180_000;

/** A row with the newest values there are: live ones above the last heartbeat, which alone has load and uptime. */
function withLive(row: TopRow, live: FindLive): TopRow {
  return { ...row, ...live(row.id) };
}

const sortFields = {
  cpu: 'cpuUsedRatio',
  memory: 'memoryUsedRatio',
  disk: 'diskUsedRatio',
  load: 'loadPerCpu',
} as const satisfies Record<Exclude<SortKey, 'name'>, keyof TopRow>;

function byName(a: TopRow, b: TopRow): number {
  const [one, other] = [`${a.hostname.toLowerCase()}\0${a.id}`, `${b.hostname.toLowerCase()}\0${b.id}`];
  return one < other ? -1 : 1;
}

/** Rows in order, as the API has it: highest first, those without a value last; equals by name. */
export function sortRows(rows: readonly TopRow[], sort: SortKey, live: FindLive = noLive): TopRow[] {
  const newest = rows.map((row) => withLive(row, live));
  if (sort === 'name') return newest.toSorted(byName);
  const field = sortFields[sort];
  return newest.toSorted((a, b) => (b[field] ?? -1) - (a[field] ?? -1) || byName(a, b));
}

/** How far keys move the rows; pages are of that many rows. */
function movesOf(pageRows: number): Readonly<Record<string, number>> {
  return {
    '\u001b[A': -1,
    k: -1,
    '\u001b[B': 1,
    j: 1,
    '\u001b[5~': -pageRows,
    '\u001b[6~': pageRows,
    ' ': pageRows,
    g: Number.NEGATIVE_INFINITY,
    G: Number.POSITIVE_INFINITY,
  };
}

/** The state after a key; null: the person wants to leave. */
export function applyKey(state: TopState, key: string, pageRows: number): TopState | null {
  if (key === 'q' || key === 'Q' || key === '\u0003' || key === '\u001b') return null;
  const sort = Object.hasOwn(sortByKey, key) ? sortByKey[key] : undefined;
  if (sort !== undefined) return { ...state, sort, offset: 0 };
  const moves = movesOf(pageRows);
  const move = Object.hasOwn(moves, key) ? moves[key] : undefined;
  if (move === undefined) return state;
  const last = Math.max(0, (state.top?.items.length ?? 0) - pageRows);
  return { ...state, offset: Math.max(0, Math.min(last, state.offset + move)) };
}

/** Rows of the fleet that fit into a terminal of that height. */
export function pageRowsOf(height: number): number {
  // The line below the rows is for what could not be shown.
  return Math.max(1, height - HEAD_LINES - 1);
}

function ratioCell(ratio: number | null): Cell {
  if (ratio === null) return { text: '–', tone: 'quiet' };
  const tone: Tone = ratio >= HIGH_RATIO ? 'bad' : ratio >= BUSY_RATIO ? 'warn' : 'plain';
  return { text: formatRatio(ratio), tone };
}

function drawRow(row: TopRow, nowMs: number): Cell[] {
  const isOld = nowMs - Date.parse(row.at) > OLD_BEAT_MS;
  return [
    row.hostname,
    ratioCell(row.cpuUsedRatio),
    ratioCell(row.memoryUsedRatio),
    ratioCell(row.diskUsedRatio),
    ratioCell(row.swapUsedRatio),
    row.loadPerCpu === null ? { text: '–', tone: 'quiet' } : row.loadPerCpu.toFixed(2),
    formatSpan(row.uptimeS * 1_000),
    { text: formatAgo(row.at, nowMs), tone: isOld ? 'warn' : 'plain' },
  ];
}

/** Columns; the sign before a title says by what the rows are sorted, also without color. */
function columnsOf(sort: SortKey, canvas: Canvas): ColumnSpec[] {
  const sorted = (title: SortKey): string => {
    if (canvas.width === null) return title;
    return title === sort ? `▾${title}` : ` ${title}`;
  };
  return [
    { title: sorted('name') },
    { title: sorted('cpu'), align: 'right' },
    { title: sorted('memory'), align: 'right' },
    { title: sorted('disk'), align: 'right' },
    { title: 'swap', align: 'right' },
    { title: sorted('load'), align: 'right' },
    { title: 'up', whole: true },
    { title: 'measured', whole: true },
  ];
}

/** Draws rows as a table, without the head of the live view. */
export function drawRanking(
  rows: readonly TopRow[],
  { nowMs, sort }: { readonly nowMs: number; readonly sort: SortKey },
  canvas: Canvas,
): string {
  return drawTable(
    columnsOf(sort, canvas),
    rows.map((row) => drawRow(row, nowMs)),
    canvas,
  );
}

function headOf({ top, problem }: TopState, url: string, nowMs: number): { text: string; tone: Tone } {
  if (top === null) return { text: problem ?? `Asking ${url} …`, tone: problem === null ? 'quiet' : 'bad' };
  if (problem !== null)
    return { text: `${problem} Data from ${formatSpan(nowMs - Date.parse(top.at))} ago.`, tone: 'bad' };
  const rest = top.online > top.items.length ? `, the first ${top.items.length} are shown` : '';
  return { text: `${url}  ${countOf(top.online, 'device')} online${rest}`, tone: 'strong' };
}

/** Rows that are on the screen, with their newest values. */
export function visibleRows({ top, sort, offset }: TopState, height: number, live: FindLive): TopRow[] {
  if (top === null) return [];
  const pageRows = pageRowsOf(height);
  const first = Math.max(0, Math.min(offset, top.items.length - pageRows));
  return sortRows(top.items, sort, live).slice(first, first + pageRows);
}

/** What a picture is made with. */
export interface Picture {
  readonly url: string;
  readonly nowMs: number;
  readonly height: number;
  readonly live: FindLive;
}

/** One picture: `height` lines or fewer, none wider than the canvas. */
export function drawTop(state: TopState, { url, nowMs, height, live }: Picture, canvas: Canvas): string[] {
  const width = canvas.width ?? Number.POSITIVE_INFINITY;
  const head = headOf(state, safeText(url), nowMs);
  const keys = 'q quit   sort by c CPU, m memory, d disk, l load, n name   ↑ ↓ scroll';
  const lines = [
    paint(cutText(head.text, width), head.tone, canvas),
    paint(cutText(keys, width), 'quiet', canvas),
  ];
  if (state.top === null) return lines;
  const table = drawRanking(visibleRows(state, height, live), { nowMs, sort: state.sort }, canvas);
  return [...lines, '', ...table.split('\n')].slice(0, height);
}
