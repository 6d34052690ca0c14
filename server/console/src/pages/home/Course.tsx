// How many devices were there over the last day or month; where the server was away there is a gap.
import { Box, Group, SegmentedControl, Skeleton, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Chart } from '../../charts/Chart.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import classes from './home.module.css';
import { parseSearch } from './search.ts';
import { text } from './text-course.ts';

const ranges = ['24h', '30d'] as const;
type Range = (typeof ranges)[number];

/** A sample comes each quarter of an hour, ms. */
const AGAIN_MS = 300_000;
/** Of fewer moments nothing can be drawn. */
const MIN_SAMPLES = 2;
const names = ['online', 'offline', 'missing'] as const;
const tones = { online: 'good', offline: 'idle', missing: 'warn' } as const;
const nothing: readonly never[] = [];

async function readCourse(range: Range) {
  return take(api.GET('/api/v1/devices/presence', { params: { query: { range } } }));
}

type Sample = Awaited<ReturnType<typeof readCourse>>['samples'][number];

export function Course() {
  const say = useText(text);
  const [{ range = '24h' }, set] = useSearchState(parseSearch);
  const course = useQuery({
    queryKey: ['home', 'course', range],
    queryFn: () => readCourse(range),
    placeholderData: keepPreviousData,
    refetchInterval: AGAIN_MS,
  });
  return (
    <Box
      mt="md"
      component="section"
      className={classes.course}
      aria-label={say('title')}
      aria-busy={course.isPending}
    >
      <Group justify="flex-end" mb={4}>
        <SegmentedControl
          size="xs"
          aria-label={say('range')}
          value={range}
          data={ranges.map((value) => ({ value, label: say(value) }))}
          onChange={(next) => set({ range: next === '30d' ? next : null }, { replace: true })}
        />
      </Group>
      {course.isError && (
        <Problem error={course.error} what={say('failed')} retry={() => void course.refetch()} />
      )}
      {course.isPending && <Skeleton h={236} />}
      {course.data !== undefined && <Drawn samples={course.data.samples} />}
    </Box>
  );
}

function Drawn({ samples }: { readonly samples: readonly Sample[] }) {
  const say = useText(text);
  const times = useMemo(() => samples.map(({ at }) => Date.parse(at) / 1_000), [samples]);
  const taken = samples.filter(({ online }) => online !== null);
  // What nobody of this fleet ever is would only be a line along the bottom.
  const shown = names.filter((name) => name === 'online' || taken.some((sample) => sample[name] !== 0));
  const lines = shown.map((name) => ({
    label: say(name),
    tone: tones[name],
    values: samples.map((sample) => sample[name]),
  }));
  if (taken.length < MIN_SAMPLES)
    return (
      <Text size="sm" c="dimmed" className={classes.first}>
        {say('first')}
      </Text>
    );
  return (
    <Chart
      title={say('title')}
      unit="{device}"
      times={times}
      lines={lines}
      fromMs={(times[0] ?? 0) * 1_000}
      toMs={(times.at(-1) ?? 0) * 1_000}
      limits={nothing}
      marks={nothing}
      syncKey="course"
      onZoom={stay}
    />
  );
}

/** The two ranges are all there is to see. */
function stay(): void {
  // A selection changes nothing.
}
