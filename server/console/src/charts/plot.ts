// A plot on a canvas: what uPlot is told, and what is drawn above it (limits, marks of changes).
import uPlot from 'uplot';
import { formatOf } from '../parts/format.ts';
import { type ChartColors, colorOf, dashOf, type LineTone } from './colors.ts';
import type { Limit } from './panels.ts';

/** A line: its values, and the largest of each step where they are known. */
export interface ChartLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly peaks?: readonly (number | null)[];
  /** What it stands for; absent: its place decides its color. */
  readonly tone?: LineTone;
}

/** A moment worth a mark. */
export interface Mark {
  readonly atMs: number;
}

/** What may change without a new plot. */
export interface PlotState {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limits: readonly Limit[];
  readonly marks: readonly Mark[];
  onZoom(fromMs: number, toMs: number): void;
  /** The cursor stands at a step; null: it left. */
  onCursor(at: number | null): void;
}

/** What makes a new plot when it changes. */
export interface PlotShape {
  readonly labels: readonly string[];
  /** By line. */
  readonly tones: readonly (LineTone | undefined)[];
  readonly hasBand: boolean;
  readonly unit: string;
  readonly isShare: boolean;
  readonly colors: ChartColors;
  readonly locale: string;
  /** Cursors of plots with the same key move together. */
  readonly syncKey: string;
}

export const PLOT_HEIGHT = 170;
/** A selection narrower than this is a click, CSS pixels. */
const MIN_ZOOM_PX = 6;
const DAY_S = 86_400;
const FONT = "11px 'Inter Variable', system-ui, sans-serif";
/** Ticks of sizes at whole powers of two. */
const byteSteps = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** Ticks of devices: there are no halves of them. */
const wholeSteps = Array.from({ length: 9 }, (_, at) => [1, 2, 5].map((step) => step * 10 ** at)).flat();

/** The columns of uPlot: times, lines, and the peaks last where there is a band. */
export function toData(
  times: readonly number[],
  lines: readonly ChartLine[],
  hasBand: boolean,
): uPlot.AlignedData {
  const columns = lines.map(({ values }) => [...values]);
  const peaks = hasBand ? [[...(lines[0]?.peaks ?? [])]] : [];
  return [[...times], ...columns, ...peaks];
}

/** Makes the plot in an element. `state` is read anew at each drawing. */
export function createPlot(
  place: HTMLElement,
  shape: PlotShape,
  { state, data }: { readonly state: { readonly current: PlotState }; readonly data: uPlot.AlignedData },
): uPlot {
  const options: uPlot.Options = {
    width: Math.max(place.clientWidth, 100),
    height: PLOT_HEIGHT,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      // Only the place of the cursor is shared: a zoom is made once, by the chart it was made in.
      sync: {
        key: shape.syncKey,
        filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave', sub: () => true },
      },
    },
    scales: {
      x: { time: true, range: () => [state.current.fromMs / 1_000, state.current.toMs / 1_000] },
      y: { range: (_plot, _min, max) => rangeOf(max, shape, state.current) },
    },
    axes: [timeAxis(shape), valueAxis(shape)],
    series: [
      {},
      ...shape.labels.map((_, at) => lineOf(at, shape)),
      ...(shape.hasBand ? [peakLine(shape)] : []),
    ],
    bands: shape.hasBand ? [{ series: [shape.labels.length + 1, 1], fill: shape.colors.band }] : [],
    hooks: {
      draw: [(plot) => drawAbove(plot, shape, state.current)],
      setSelect: [(plot) => zoom(plot, state.current)],
      setCursor: [(plot) => state.current.onCursor(plot.cursor.idx ?? null)],
    },
  };
  return new uPlot(options, data, place);
}

function lineOf(at: number, { colors, tones }: PlotShape): uPlot.Series {
  const stroke = colorOf(colors, at, tones[at]);
  return {
    stroke,
    width: 1.5,
    dash: dashOf(at),
    spanGaps: false,
    points: { show: isAlone, size: 4, fill: stroke },
  };
}

/** A value between two gaps has no line; it is a point then. */
function isAlone(plot: uPlot, series: number): boolean {
  const values = plot.data[series] ?? [];
  let count = 0;
  for (const value of values) if (value !== null && value !== undefined) count++;
  return count < 3;
}

function peakLine({ colors }: PlotShape): uPlot.Series {
  return { stroke: colors.band, width: 1, spanGaps: false, points: { show: false } };
}

function rangeOf(max: number | null, { isShare }: PlotShape, { limits }: PlotState): uPlot.Range.MinMax {
  if (isShare) return [0, 1];
  const top = max === null || max <= 0 ? 1 : max * 1.1;
  // A limit is drawn where the values come near it; far above it would flatten them.
  const near = limits.filter(({ value }) => value <= top * 3).map(({ value }) => value * 1.05);
  return [0, Math.max(top, ...near)];
}

function timeAxis({ colors, locale }: PlotShape): uPlot.Axis {
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const exact = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
  const day = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' });
  return {
    ...{ stroke: colors.text, font: FONT, space: 70, size: 32 },
    grid: { stroke: colors.grid, width: 1 },
    ticks: { stroke: colors.grid, width: 1 },
    values: (...[, splits, , , step]) =>
      splits.map((at) => {
        const moment = new Date(at * 1_000);
        const isMidnight = moment.getHours() === 0 && moment.getMinutes() === 0;
        if (step >= DAY_S || (isMidnight && step >= 60)) return day.format(moment);
        return (step < 60 ? exact : time).format(moment);
      }),
  };
}

function valueAxis({ colors, locale, unit }: PlotShape): uPlot.Axis {
  return {
    ...{ stroke: colors.text, font: FONT, size: 68, space: 32 },
    grid: { stroke: colors.grid, width: 1 },
    ticks: { show: false },
    ...(unit.startsWith('By') ? { incrs: byteSteps } : {}),
    ...(unit === '{device}' ? { incrs: wholeSteps } : {}),
    values: (_plot, splits) => splits.map((value) => formatOf(locale).measure(value, unit)),
  };
}

/** Limits as lines across, changes as lines down with a small head: both lie above the curves. */
function drawAbove(plot: uPlot, { colors }: PlotShape, { limits, marks, fromMs, toMs }: PlotState): void {
  const { ctx, bbox } = plot;
  const pixel = uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = pixel;
  const top = plot.scales.y?.max ?? 0;
  for (const { value, severity } of limits) {
    if (value > top) continue;
    ctx.strokeStyle = colors[severity];
    ctx.setLineDash([6 * pixel, 4 * pixel]);
    strokeLine(
      ctx,
      [bbox.left, plot.valToPos(value, 'y', true)],
      [bbox.left + bbox.width, plot.valToPos(value, 'y', true)],
    );
  }
  ctx.strokeStyle = colors.mark;
  ctx.fillStyle = colors.mark;
  for (const { atMs } of marks) {
    if (atMs < fromMs || atMs > toMs) continue;
    const x = plot.valToPos(atMs / 1_000, 'x', true);
    ctx.setLineDash([2 * pixel, 3 * pixel]);
    strokeLine(ctx, [x, bbox.top], [x, bbox.top + bbox.height]);
    ctx.beginPath();
    ctx.moveTo(x - 5 * pixel, bbox.top);
    ctx.lineTo(x + 5 * pixel, bbox.top);
    ctx.lineTo(x, bbox.top + 7 * pixel);
    ctx.fill();
  }
  ctx.restore();
}

type Place = readonly [x: number, y: number];

function strokeLine(ctx: CanvasRenderingContext2D, from: Place, to: Place): void {
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

function zoom(plot: uPlot, { onZoom }: PlotState): void {
  const { left, width } = plot.select;
  if (width < MIN_ZOOM_PX) return;
  const fromMs = plot.posToVal(left, 'x') * 1_000;
  const toMs = plot.posToVal(left + width, 'x') * 1_000;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom(fromMs, toMs);
}
