// What is asked of the device at this moment: processes, ports, people who are signed in.
import { Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { useLanguage, useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { useLiveSection, useSections } from './data.ts';
import { Rows } from './Rows.tsx';
import { SectionFrame, type SectionProps, useSectionTitle } from './Sections.tsx';
import { type DeviceSearch, parseSearch } from './search.ts';
import { sourceOf } from './sources.ts';
import { text } from './text-inventory.ts';
import type { Device, LiveSection, SectionInfo } from './types.ts';
import { sortRows } from './values.ts';

/** How often the device is asked while somebody looks, ms. */
const EVERY_MS = 5_000;

interface Props {
  readonly device: Device;
  readonly sections: readonly string[];
  /** Left out while the tab shows another moment: nobody kept it. */
  readonly isOnlyNow?: boolean;
}

export function LiveSections({ device, sections, isOnlyNow = false }: Props) {
  const say = useText(text);
  const [{ at }] = useSearchState<DeviceSearch>(parseSearch);
  if (at !== undefined && isOnlyNow) return null;
  if (device.presence !== 'online') {
    if (isOnlyNow) return null;
    return <Empty title={say('liveOffline')} why={say('liveOfflineWhy')} docs="architecture/inventory" />;
  }
  return (
    <Stack gap="xl">
      {sections.map((name) => (
        <LivePart key={name} device={device} name={name} isAlone={!isOnlyNow} />
      ))}
    </Stack>
  );
}

function LivePart({ device, name, isAlone }: SectionProps) {
  const say = useText(text);
  const [isPaused, setPaused] = useState(false);
  const infos = useSections();
  const live = useLiveSection(device.id, name, isPaused ? false : EVERY_MS);
  const info = infos.data?.get(name);
  const title = useSectionTitle()(name, info?.title ?? name);
  if (live.isPending || infos.isPending) return <Skeleton height={220} />;
  if (live.data === undefined)
    return (
      <Problem
        error={live.error ?? new ApiError(0, {})}
        what={say('sectionFailed', { title })}
        retry={() => void live.refetch()}
      />
    );
  return (
    <LiveBody
      {...{ name, title, info, isAlone, isPaused, setPaused }}
      answer={live.data}
      problem={live.isError ? <Problem error={live.error} retry={() => void live.refetch()} /> : null}
    />
  );
}

interface LiveBodyProps {
  readonly name: string;
  readonly title: string;
  readonly info: SectionInfo | undefined;
  readonly isAlone: boolean;
  readonly isPaused: boolean;
  readonly setPaused: (isPaused: boolean) => void;
  readonly answer: LiveSection;
  readonly problem: ReactNode;
}

function LiveBody({ name, title, info, isAlone, isPaused, setPaused, answer, problem }: LiveBodyProps) {
  const say = useText(text);
  const { language: locale } = useLanguage();
  const format = useFormat();
  const { items, at, outcome, reason } = answer;
  const rows = name === 'processes' ? sortRows(items, '-cpu_used_ratio', locale) : items;
  const asked = say('asked', { source: sourceOf(name), time: format.exact(Date.parse(at)) });
  return (
    <SectionFrame
      title={title}
      hint={info?.source}
      origin={
        <Group gap="xs">
          <Text span size="xs" c="dimmed">
            {isPaused ? asked : `${asked} · ${say('liveEvery', { span: format.span(EVERY_MS) })}`}
          </Text>
          <Button
            size="compact-xs"
            variant="default"
            leftSection={
              isPaused ? <IconPlayerPlay size={12} aria-hidden /> : <IconPlayerPause size={12} aria-hidden />
            }
            onClick={() => setPaused(!isPaused)}
          >
            {say(isPaused ? 'resume' : 'pause')}
          </Button>
        </Group>
      }
    >
      {problem}
      {outcome === 'ok' && rows.length > 0 ? (
        <Rows name={name} title={title} rows={rows} info={info} at={at} isAlone={isAlone} />
      ) : (
        <Text size="sm" c="dimmed">
          {outcome === 'ok' ? say('noRows') : say(outcome === 'error' ? 'unreadable' : 'noData', { reason })}
        </Text>
      )}
    </SectionFrame>
  );
}
