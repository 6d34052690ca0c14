// One device: who it is and how it is, and behind tabs everything that is known of it.
import { Box, ScrollArea, Skeleton, Stack, Tabs } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { Alerts } from './Alerts.tsx';
import { AsOf } from './AsOf.tsx';
import { useDevice } from './data.ts';
import { Head } from './Head.tsx';
import { LiveSections } from './LiveSections.tsx';
import { useChanges } from './live.ts';
import { Overview } from './Overview.tsx';
import { Runs } from './Runs.tsx';
import { Sections } from './Sections.tsx';
import { Software } from './Software.tsx';
import { type DeviceSearch, parseSearch, type Tab, tabs } from './search.ts';
import { Timeline } from './Timeline.tsx';
import { text } from './text.ts';
import type { Device } from './types.ts';

const Charts = lazy(async () => ({ default: (await import('./Charts.tsx')).Charts }));
const Policies = lazy(async () => ({ default: (await import('./policies/Policies.tsx')).Policies }));
const Compare = lazy(async () => ({ default: (await import('./Compare.tsx')).Compare }));

/** Sections of the inventory by tab. */
const sectionsOf = {
  hardware: [
    'system_info',
    'virtualization',
    'cpu_info',
    'memory_info',
    'memory_devices',
    'block_devices',
    'mounts',
    'platform_info',
    'os_version',
    'kernel_info',
    'kernel_modules',
    'pending_reboot',
    'time_settings',
  ],
  services: ['systemd_units'],
  users: ['users', 'groups'],
  network: ['interface_details', 'interface_addresses', 'routes', 'dns_resolvers'],
} as const;

export function View() {
  const { id = '' }: { readonly id?: string } = useParams({ strict: false });
  const say = useText(text);
  const device = useDevice(id);
  useChanges(id);
  if (device.isPending) return <Waiting />;
  if (device.isError)
    return <Problem error={device.error} what={say('failed')} retry={() => void device.refetch()} />;
  return <Page device={device.data} />;
}

/** The shape of what comes, so that nothing jumps. */
function Waiting() {
  return (
    <Stack aria-busy>
      <Skeleton height={30} width={260} />
      <Skeleton height={18} width={420} maw="100%" />
      <Skeleton height={36} />
      <Skeleton height={280} />
    </Stack>
  );
}

function Page({ device }: { readonly device: Device }) {
  const say = useText(text);
  const [search, set] = useSearchState<DeviceSearch>(parseSearch);
  const tab = search.tab ?? 'overview';
  const bar = useRef<HTMLDivElement>(null);
  // A deep link may lead to a tab that is out of sight on a small screen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is another place
  useEffect(() => {
    bar.current
      ?.querySelector('[aria-selected="true"]')
      ?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [tab]);
  // What belongs to one tab means nothing on another; the moment stays.
  const leave = {
    q: null,
    sort: null,
    job: null,
    kinds: null,
    range: null,
    from: null,
    to: null,
    item: null,
  } as const;
  return (
    <Box>
      <Head device={device} />
      <Tabs
        value={tab}
        onChange={(next) =>
          set({ ...leave, tab: next === 'overview' ? null : (tabs.find((one) => one === next) ?? null) })
        }
        keepMounted={false}
        activateTabWithKeyboard={false}
      >
        <ScrollArea type="never" scrollbars="x" viewportRef={bar}>
          <Tabs.List aria-label={say('tabs')} style={{ flexWrap: 'nowrap' }}>
            {tabs.map((one) => (
              <Tabs.Tab key={one} value={one} px="sm">
                {say(one)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </ScrollArea>
        <Tabs.Panel value={tab} pt="md">
          <Suspense fallback={<Skeleton height={280} />}>
            <Content tab={tab} device={device} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </Box>
  );
}

function Content({ tab, device }: { readonly tab: Tab; readonly device: Device }): ReactNode {
  if (isInventory(tab)) return <InventoryTab device={device} tab={tab} />;
  const Show = contents[tab];
  return <Show device={device} />;
}

function isInventory(tab: Tab): tab is keyof typeof sectionsOf {
  return tab in sectionsOf;
}

/** What is asked of the device itself, below the stored sections. */
const liveOf: Partial<Record<Tab, readonly string[]>> = {
  users: ['logged_in_users'],
  network: ['listening_ports'],
};

interface InventoryTabProps {
  readonly device: Device;
  readonly tab: keyof typeof sectionsOf;
}

function InventoryTab({ device, tab }: InventoryTabProps) {
  const live = liveOf[tab];
  return (
    <AsOf>
      <Sections device={device} sections={sectionsOf[tab]}>
        {live !== undefined && <LiveSections device={device} sections={live} isOnlyNow />}
      </Sections>
    </AsOf>
  );
}

function SoftwareTab({ device }: { readonly device: Device }) {
  return (
    <AsOf>
      <Software device={device} />
    </AsOf>
  );
}

function ProcessesTab({ device }: { readonly device: Device }) {
  return <LiveSections device={device} sections={['processes']} />;
}

const contents = {
  overview: Overview,
  charts: Charts,
  processes: ProcessesTab,
  software: SoftwareTab,
  timeline: Timeline,
  runs: Runs,
  alerts: Alerts,
  policies: Policies,
  compare: Compare,
} satisfies Record<Exclude<Tab, keyof typeof sectionsOf>, unknown>;
