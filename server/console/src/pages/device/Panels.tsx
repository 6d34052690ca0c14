// All charts of a device over one range of time, their cursors linked.
import { Box } from '@mantine/core';
import { useMemo } from 'react';
import { useText } from '../../app/text.ts';
import { Chart } from '../../charts/Chart.tsx';
import { findLimits, type MetricSeries, panels, pickSeries } from '../../charts/panels.ts';
import type { Mark } from '../../charts/plot.ts';
import type { TimeRange } from '../../charts/range.ts';
import { text as chartText } from '../../charts/text.ts';
import classes from './device.module.css';
import { toLines } from './series-lines.ts';
import { text } from './text-work.ts';

interface Props {
  readonly series: readonly MetricSeries[];
  readonly times: readonly number[];
  readonly ends: TimeRange;
  readonly marks: readonly Mark[];
  readonly processors: number | null;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

type Word = 'system_cpu_busy';

export function Panels({ series, times, ends, marks, processors, onZoom }: Props) {
  const say = useText(text);
  const name = useText(chartText);
  const charts = useMemo(
    () =>
      panels.flatMap((panel) => {
        const picked = pickSeries(series, panel);
        const [first] = picked;
        if (first === undefined) return [];
        const lines = toLines(picked, (metric) => {
          const key = metric.replaceAll('.', '_');
          return key in text.en ? say(key as Word) : metric;
        });
        return [{ panel, lines, unit: first.unit, limits: findLimits(picked, processors) }];
      }),
    [series, processors, say],
  );
  return (
    <Box className={classes.charts}>
      {charts.map(({ panel, lines, unit, limits }) => (
        <Chart
          key={panel.key}
          title={name(panel.key)}
          unit={unit}
          times={times}
          lines={lines}
          fromMs={ends.fromMs}
          toMs={ends.toMs}
          isShare={'isShare' in panel}
          limits={limits}
          marks={marks}
          syncKey="device"
          onZoom={onZoom}
        />
      ))}
    </Box>
  );
}
