// Live charts: a sample each second for as long as somebody looks.
import { Box, Skeleton, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useText } from '../../app/text.ts';
import { addSample, type LiveSample, toColumns } from '../../charts/live-columns.ts';
import { Empty } from '../../parts/Empty.tsx';
import { Status } from '../../parts/Status.tsx';
import { useStream } from '../../parts/stream.ts';
import { Panels } from './Panels.tsx';
import { toSeries } from './series-lines.ts';
import { text } from './text-work.ts';
import type { Device } from './types.ts';

const EVERY_MS = 1_000;
const MINUTES = 5;
const WINDOW_MS = MINUTES * 60_000;

/** A sample of the stream; null for anything else. */
function parseSample(data: unknown): LiveSample | null {
  if (typeof data !== 'object' || data === null || !('at' in data) || !('values' in data)) return null;
  const { at, values } = data;
  if (typeof at !== 'string' || typeof values !== 'object' || values === null) return null;
  const numbers = Object.entries(values).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return { atMs: Date.parse(at), values: Object.fromEntries(numbers) };
}

interface Props {
  readonly device: Device;
  readonly onHistory: () => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

export function LiveCharts({ device, onHistory, onZoom }: Props) {
  const say = useText(text);
  const [samples, setSamples] = useState<readonly LiveSample[]>([]);
  const [isOnline, setOnline] = useState(true);
  // A device that is away when the page opens has no stream; one that goes away later keeps it, and comes back in it.
  const canStream = device.presence === 'online' || samples.length > 0;
  useStream(canStream ? `/api/v1/devices/${device.id}/metrics/live?everyMs=${EVERY_MS}` : null, {
    state: (data) =>
      setOnline(typeof data === 'object' && data !== null && 'online' in data && data.online === true),
    sample: (data) => {
      const sample = parseSample(data);
      if (sample !== null) setSamples((before) => addSample(before, sample, WINDOW_MS));
    },
  });
  const columns = useMemo(() => toColumns(samples, EVERY_MS), [samples]);
  const series = useMemo(() => toSeries(columns), [columns]);
  const toMs = samples.at(-1)?.atMs ?? 0;
  const ends = useMemo(() => ({ fromMs: toMs - WINDOW_MS, toMs }), [toMs]);
  const marks = useMemo(() => [], []);
  if (!canStream)
    return (
      <Empty
        title={say('liveOffline')}
        why={say('liveOfflineWhy')}
        action={{ label: say('showHistory'), onClick: onHistory }}
      />
    );
  if (samples.length === 0)
    return (
      <>
        <Text size="sm" c="dimmed" role="status">
          {say('liveWaiting')}
        </Text>
        <Skeleton height={200} />
      </>
    );
  return (
    <>
      <Box fz="sm">
        {isOnline ? (
          <Status tone="busy" word={say('liveState', { minutes: MINUTES })} />
        ) : (
          <Status tone="warn" word={say('liveLost')} />
        )}
      </Box>
      <Panels
        {...{ series, ends, marks, onZoom }}
        times={columns.times}
        processors={device.facts?.cpuThreads ?? null}
      />
    </>
  );
}
