// One timeline of inventory changes, runs and alerts, newest first, by kind.
import { Button, Checkbox, Group, Skeleton, Stack, UnstyledButton } from '@mantine/core';
import {
  IconBell,
  IconBellOff,
  IconChevronDown,
  IconChevronRight,
  IconClipboardList,
  IconTerminal2,
} from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { When } from '../../parts/When.tsx';
import { RunStatus } from '../../signing/states.tsx';
import { ChangedRows, useCounts } from './Changes.tsx';
import { DeviceLink } from './DeviceLink.tsx';
import { useAlerts, useRuns, useSections, useTimeline } from './data.ts';
import classes from './device.module.css';
import { useSectionTitle } from './Sections.tsx';
import { type DeviceSearch, type EventKind, eventKinds, parseKinds, parseSearch } from './search.ts';
import { text } from './text-inventory.ts';
import {
  type DeviceEvent,
  mergeEvents,
  toAlertEvents,
  toChangeEvents,
  toRunEvents,
} from './timeline-merge.ts';
import type { Change, Device } from './types.ts';

/** The lists of the chosen kinds as one. */
function useEvents(device: Device, kinds: readonly EventKind[]) {
  const changes = useTimeline(device.id, kinds.includes('inventory'));
  const runs = useRuns(device.id, kinds.includes('runs'));
  const alerts = useAlerts(device.id, kinds.includes('alerts'));
  const lists = {
    inventory: {
      events: toChangeEvents(changes.data?.pages.flatMap(({ items }) => items) ?? []),
      hasMore: changes.hasNextPage,
    },
    runs: {
      events: toRunEvents(runs.data?.pages.flatMap((page) => page.runs) ?? []),
      hasMore: runs.hasNextPage,
    },
    alerts: { events: toAlertEvents(alerts.data ?? []), hasMore: false },
  } as const;
  const wanted = [
    ...(kinds.includes('inventory') ? [changes] : []),
    ...(kinds.includes('runs') ? [runs] : []),
    ...(kinds.includes('alerts') ? [alerts] : []),
  ];
  return {
    events: mergeEvents(kinds.map((kind) => lists[kind])),
    isPending: wanted.some((one) => one.isPending),
    failed: wanted.find((one) => one.isError),
    hasMore: kinds.some((kind) => lists[kind].hasMore),
    isLoading: changes.isFetchingNextPage || runs.isFetchingNextPage,
    more() {
      if (kinds.includes('inventory') && changes.hasNextPage) void changes.fetchNextPage();
      if (kinds.includes('runs') && runs.hasNextPage) void runs.fetchNextPage();
    },
  };
}

export function Timeline({ device }: { readonly device: Device }) {
  const say = useText(text);
  const [search, set] = useSearchState<DeviceSearch>(parseSearch);
  const kinds = parseKinds(search.kinds);
  const { events, isPending, failed, hasMore, isLoading, more } = useEvents(device, kinds);
  const between = events.filter(
    ({ atMs }) =>
      (search.from === undefined || atMs >= search.from) && (search.to === undefined || atMs <= search.to),
  );
  const isAll = kinds.length === eventKinds.length;
  return (
    <Stack gap="sm">
      <Kinds kinds={kinds} onKinds={(next) => set({ kinds: next })} />
      {failed !== undefined && (
        <Problem error={failed.error} what={say('timelineFailed')} retry={() => void failed.refetch()} />
      )}
      {isPending && failed === undefined ? (
        <Skeleton height={240} />
      ) : (
        <ol className={classes.events} aria-label={say('kinds')}>
          {between.map((event) => (
            <Event key={event.key} event={event} />
          ))}
        </ol>
      )}
      {!isPending && between.length === 0 && !hasMore && (
        <Empty
          title={say('noEvents')}
          why={isAll ? say('noEventsWhy') : say('noEventsOf')}
          {...(isAll ? {} : { action: { label: say('allKinds'), onClick: () => set({ kinds: null }) } })}
        />
      )}
      {hasMore && !isPending && (
        <Button variant="default" loading={isLoading} onClick={more} style={{ alignSelf: 'center' }}>
          {say('more')}
        </Button>
      )}
    </Stack>
  );
}

function Kinds({
  kinds,
  onKinds,
}: {
  readonly kinds: readonly EventKind[];
  readonly onKinds: (kinds: string | null) => void;
}) {
  const say = useText(text);
  return (
    <Checkbox.Group
      label={say('kinds')}
      value={[...kinds]}
      onChange={(next) =>
        onKinds(next.length === 0 || next.length === eventKinds.length ? null : next.join(','))
      }
    >
      <Group gap="md" mt={4}>
        {eventKinds.map((kind) => (
          <Checkbox key={kind} value={kind} label={say(`kind_${kind}`)} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}

const icons = { inventory: IconClipboardList, runs: IconTerminal2, alerts: IconBell } as const;

function Event({ event }: { readonly event: DeviceEvent }) {
  const Icon = event.kind === 'alerts' && event.isEnd ? IconBellOff : icons[event.kind];
  return (
    <li className={classes.event} data-kind={event.kind}>
      <Icon size={18} aria-hidden />
      <div>{sayEvent(event)}</div>
      <When at={event.atMs} />
    </li>
  );
}

function sayEvent(event: DeviceEvent): ReactNode {
  switch (event.kind) {
    case 'inventory':
      return <ChangeEvent change={event.change} firsts={event.firsts} />;
    case 'runs':
      return <RunEvent event={event} />;
    case 'alerts':
      return <AlertEvent event={event} />;
  }
}

function ChangeEvent({ change, firsts }: { readonly change: Change; readonly firsts: number }) {
  const say = useText(text);
  const [isOpen, setOpen] = useState(false);
  const title = useSectionTitle()(change.section, change.title);
  const counts = useCounts()(change);
  const sections = useSections();
  const Icon = isOpen ? IconChevronDown : IconChevronRight;
  const sentence = firsts > 1 ? say('firsts', { count: firsts }) : say(`change_${change.kind}`, { title });
  return (
    <>
      {sentence}
      {counts !== '' && change.kind === 'changed' && `: ${counts}`}{' '}
      {change.rows.length > 0 && (
        <UnstyledButton fz="xs" c="dimmed" mih={24} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon size={12} aria-hidden /> {say('details')}
        </UnstyledButton>
      )}
      {isOpen && <ChangedRows change={change} info={sections.data?.get(change.section)} label={sentence} />}
    </>
  );
}

function RunEvent({ event: { run } }: { readonly event: Extract<DeviceEvent, { kind: 'runs' }> }) {
  const say = useText(text);
  return (
    <Group gap="xs">
      <DeviceLink search={{ tab: 'runs', job: run.job }}>
        {say('run', { kind: run.kind, reason: run.reason })}
      </DeviceLink>
      <RunStatus state={run.state} />
    </Group>
  );
}

function AlertEvent({
  event: { alert, isEnd },
}: {
  readonly event: Extract<DeviceEvent, { kind: 'alerts' }>;
}) {
  const say = useText(text);
  return (
    <DeviceLink search={{ tab: 'alerts' }}>
      {say(isEnd ? 'alertCleared' : 'alertFired', { rule: alert.rule, series: alert.series })}
    </DeviceLink>
  );
}
