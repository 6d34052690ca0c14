// Charts of a device: a range of time in the address, or live; what changed in that time is marked in all of them.
import { ActionIcon, Box, Group, SegmentedControl, Skeleton, Stack, Text, Tooltip } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconZoomIn, IconZoomOut } from '@tabler/icons-react';
import { useCallback, useMemo } from 'react';
import { useText } from '../../app/text.ts';
import {
  fitRange,
  namedRanges,
  rangeNames,
  shiftRange,
  type TimeRange,
  widenRange,
} from '../../charts/range.ts';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { endsOf, type RangeWish, useMarks, useMetrics } from './data.ts';
import { LiveCharts } from './LiveCharts.tsx';
import { Marks } from './Marks.tsx';
import { Panels } from './Panels.tsx';
import { type DeviceSearch, parseSearch } from './search.ts';
import { timesOf } from './series-lines.ts';
import { text } from './text-work.ts';
import type { Change, Device } from './types.ts';

const USUAL = '1d';
const NO_CHANGES: readonly Change[] = [];

/** What the address says: an exact range before a named one. */
function wishOf({ from, to, range }: DeviceSearch): RangeWish {
  if (from !== undefined && to !== undefined) return { fromMs: from, toMs: to };
  return { lengthMs: namedRanges[range === undefined || range === 'live' ? USUAL : range] };
}

export function Charts({ device }: { readonly device: Device }) {
  const [search, set] = useSearchState<DeviceSearch>(parseSearch);
  const { from, to, range } = search;
  const wish = useMemo(() => wishOf(search), [search]);
  const isLive = range === 'live' && from === undefined;
  const zoom = useCallback(
    (fromMs: number, toMs: number) => {
      const fit = fitRange({ fromMs, toMs }, Date.now());
      set({ from: fit.fromMs, to: fit.toMs, range: null });
    },
    [set],
  );
  return (
    <Stack gap="md">
      <Ranges
        chosen={from !== undefined && to !== undefined ? { fromMs: from, toMs: to } : (range ?? USUAL)}
        onName={(name) => set({ range: name, from: null, to: null })}
        onRange={({ fromMs, toMs }) => zoom(fromMs, toMs)}
        wish={wish}
      />
      {isLive ? (
        <LiveCharts
          device={device}
          onHistory={() => set({ range: '1h', from: null, to: null })}
          onZoom={zoom}
        />
      ) : (
        <History
          device={device}
          wish={wish}
          onZoom={zoom}
          onLonger={() => set({ range: '7d', from: null, to: null })}
        />
      )}
    </Stack>
  );
}

interface RangesProps {
  readonly chosen: NonNullable<DeviceSearch['range']> | TimeRange;
  readonly wish: RangeWish;
  readonly onName: (name: NonNullable<DeviceSearch['range']>) => void;
  readonly onRange: (range: TimeRange) => void;
}

function Ranges({ chosen, wish, onName, onRange }: RangesProps) {
  const say = useText(text);
  const format = useFormat();
  const names = [...rangeNames, 'live'] as const;
  const now = Date.now();
  const isExact = typeof chosen !== 'string';
  const ends = () => endsOf(wish, Date.now());
  const middle = ({ fromMs, toMs }: TimeRange) => ({
    fromMs: fromMs + (toMs - fromMs) / 4,
    toMs: toMs - (toMs - fromMs) / 4,
  });
  const moves = [
    ['earlier', IconChevronLeft, () => shiftRange(ends(), -1, Date.now())],
    ['later', IconChevronRight, () => shiftRange(ends(), 1, Date.now())],
    ['zoomIn', IconZoomIn, () => middle(ends())],
    ['zoomOut', IconZoomOut, () => widenRange(ends(), Date.now())],
  ] as const;
  return (
    <Group gap="xs">
      <SegmentedControl
        size="xs"
        aria-label={say('range')}
        value={isExact ? '' : chosen}
        onChange={(next) => {
          const name = names.find((one) => one === next);
          if (name !== undefined) onName(name);
        }}
        data={names.map((value) => ({
          value,
          label: value === 'live' ? say('live') : say(`range_${value}`),
        }))}
      />
      {chosen !== 'live' &&
        moves.map(([word, Icon, move]) => (
          <Tooltip key={word} label={say(word)}>
            <ActionIcon variant="default" aria-label={say(word)} onClick={() => onRange(move())}>
              <Icon size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
        ))}
      {isExact && (
        <Text size="sm" className="tabular">
          {say('exactRange', {
            from: format.moment(chosen.fromMs, now),
            to: format.moment(chosen.toMs, now),
          })}
        </Text>
      )}
      {chosen !== 'live' && (
        <Text size="xs" c="dimmed" visibleFrom="md">
          {say('zoomHint')}
        </Text>
      )}
    </Group>
  );
}

interface HistoryProps {
  readonly device: Device;
  readonly wish: RangeWish;
  readonly onZoom: (fromMs: number, toMs: number) => void;
  readonly onLonger: () => void;
}

function History({ device, wish, onZoom, onLonger }: HistoryProps) {
  const say = useText(text);
  const metrics = useMetrics(device.id, wish);
  const changes = useMarks(device.id, wish);
  const marked = changes.data ?? NO_CHANGES;
  const times = useMemo(
    () => (metrics.data === undefined ? [] : timesOf(metrics.data.range)),
    [metrics.data],
  );
  const marks = useMemo(() => marked.map(({ at }) => ({ atMs: Date.parse(at) })), [marked]);
  if (metrics.isPending) return <Waiting />;
  if (metrics.isError)
    return <Problem error={metrics.error} what={say('chartsFailed')} retry={() => void metrics.refetch()} />;
  const { range, ends } = metrics.data;
  if (range.series.length === 0)
    return (
      <>
        <Empty
          title={say('noMeasurements')}
          why={say('noMeasurementsWhy')}
          action={{ label: say('longer'), onClick: onLonger }}
          docs="architecture/metrics"
        />
        <Marks changes={marked} ends={ends} />
      </>
    );
  return (
    <>
      <Marks changes={marked} ends={ends} />
      <Panels
        series={range.series}
        times={times}
        ends={ends}
        marks={marks}
        processors={device.facts?.cpuThreads ?? null}
        onZoom={onZoom}
      />
    </>
  );
}

function Waiting() {
  return (
    <Box aria-busy>
      {['one', 'two', 'three'].map((key) => (
        <Skeleton key={key} height={200} mb="md" />
      ))}
    </Box>
  );
}
