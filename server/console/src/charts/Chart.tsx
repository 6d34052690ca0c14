// A chart: its title, what its lines say in words, the plot, and the values as a table for who wants them.
import { Box, Group, Text, useComputedColorScheme, VisuallyHidden } from '@mantine/core';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import 'uplot/dist/uPlot.min.css';
import type uPlot from 'uplot';
import { useLanguage, useText } from '../app/text.ts';
import { useFormat } from '../parts/format.ts';
import { chartColors, colorOf, dashOf, type LineTone } from './colors.ts';
import { describeLine } from './describe.ts';
import type { Limit } from './panels.ts';
import { type ChartLine, createPlot, type Mark, PLOT_HEIGHT, type PlotState, toData } from './plot.ts';
import { text } from './text.ts';
import { Values } from './Values.tsx';

export interface ChartProps {
  readonly title: string;
  readonly unit: string;
  /** Times of the points, s since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly isShare?: boolean;
  readonly limits: readonly Limit[];
  readonly marks: readonly Mark[];
  readonly syncKey: string;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

export function Chart(props: ChartProps) {
  const { title, unit, lines, times } = props;
  const say = useText(text);
  const values = useRef<(HTMLElement | null)[]>([]);
  const format = useFormat();
  const cursorTime = useRef<HTMLSpanElement | null>(null);
  const shown = useRef(props);
  shown.current = props;

  // The cursor moves sixty times a second in a dozen charts: its values are written without rendering anything.
  const onCursor = useCallback(
    (at: number | null) => {
      const { lines: now, times: at_s, unit: of } = shown.current;
      now.forEach((line, place) => {
        const element = values.current[place];
        const value = at === null ? lastOf(line.values) : line.values[at];
        if (element) element.textContent = format.measure(value, of);
      });
      const time = at === null ? undefined : at_s[at];
      if (cursorTime.current)
        cursorTime.current.textContent = time === undefined ? '' : format.moment(time * 1_000, Date.now());
    },
    [format],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines have new values to show
  useEffect(() => onCursor(null), [onCursor, lines]);

  return (
    <Box component="figure" m={0} aria-label={title} className="chart">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text fw={600} size="sm">
          {title}
        </Text>
        <Box component="span" fz="xs" c="dimmed" className="tabular" ref={cursorTime} aria-hidden />
      </Group>
      <Group gap="md" mih={20} aria-hidden>
        {lines.map((line, at) => (
          <Key
            key={line.label}
            place={at}
            label={line.label}
            tone={line.tone}
            hold={(element) => (values.current[at] = element)}
          />
        ))}
      </Group>
      <Plot {...props} onCursor={onCursor} />
      <VisuallyHidden component="figcaption">
        <Words {...props} />
      </VisuallyHidden>
      <Values label={say('values')} times={times} lines={lines} unit={unit} />
    </Box>
  );
}

function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

/** Color, dashes, name and value of a line. */
function Key({
  place,
  label,
  tone,
  hold,
}: {
  readonly place: number;
  readonly label: string;
  readonly tone: LineTone | undefined;
  readonly hold: (element: HTMLElement | null) => void;
}) {
  const colors = chartColors(useComputedColorScheme('light'));
  return (
    <Group gap={6} wrap="nowrap">
      <svg width={18} height={8} aria-hidden="true">
        <line
          x1={0}
          x2={18}
          y1={4}
          y2={4}
          stroke={colorOf(colors, place, tone)}
          strokeWidth={2}
          strokeDasharray={dashOf(place).join(' ')}
        />
      </svg>
      <Text span size="xs" truncate maw={180}>
        {label}
      </Text>
      <Box component="span" fz="xs" fw={600} className="tabular" ref={hold} />
    </Group>
  );
}

const lineTones = ['good', 'idle', 'warn'] as const satisfies readonly LineTone[];

function Plot(props: ChartProps & { readonly onCursor: (at: number | null) => void }) {
  const {
    lines,
    times,
    unit,
    isShare = false,
    syncKey,
    fromMs,
    toMs,
    limits,
    marks,
    onZoom,
    onCursor,
  } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = useComputedColorScheme('light');
  const { language: locale } = useLanguage();
  const state = useRef<PlotState>({ fromMs, toMs, limits, marks, onZoom, onCursor });
  state.current = { fromMs, toMs, limits, marks, onZoom, onCursor };
  const hasBand = lines.length === 1 && lines[0]?.peaks !== undefined;
  const labels = lines.map(({ label }) => label).join('\n');
  const toned = lines.map(({ tone = '' }) => tone).join('\n');
  const shape = useMemo(
    () => ({
      ...{ hasBand, unit, isShare, syncKey, locale },
      labels: labels === '' ? [] : labels.split('\n'),
      tones: toned.split('\n').map((tone) => lineTones.find((one) => one === tone)),
      colors: chartColors(scheme),
    }),
    [hasBand, unit, isShare, syncKey, locale, labels, toned, scheme],
  );
  const data = useMemo(() => toData(times, lines, hasBand), [times, lines, hasBand]);
  const newest = useRef(data);
  newest.current = data;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = createPlot(element, shape, { state, data: newest.current });
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: Math.max(element.clientWidth, 100), height: PLOT_HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ends of the range, limits and marks are read while drawing
  useEffect(() => plot.current?.setData(data), [data, fromMs, toMs, limits, marks]);
  return <div ref={place} aria-hidden="true" style={{ minHeight: PLOT_HEIGHT }} />;
}

/** The same in words, for screen readers. */
function Words({ lines, times, unit, limits }: ChartProps) {
  const say = useText(text);
  const format = useFormat();
  const sentences = lines.flatMap(({ label, values, peaks }) => {
    const found = describeLine(times, values, peaks);
    if (found === null) return [];
    const of = (value: number) => format.measure(value, unit);
    const at = format.exact(found.peakAtMs);
    const gaps = found.gaps === 0 ? [] : [say('gaps', { count: found.gaps })];
    return [
      say('summary', { label, last: of(found.last), mean: of(found.mean), peak: of(found.peak), at }),
      ...gaps,
    ];
  });
  const named = limits.map(({ severity, value }) =>
    say(`limit_${severity}`, { value: format.measure(value, unit) }),
  );
  const all = sentences.length === 0 ? [say('nothing')] : sentences;
  return [...all, ...(named.length === 0 ? [] : [say('limits', { limits: named.join(', ') })])].join(' ');
}
