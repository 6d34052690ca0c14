// The overview: how the device is at this moment, what is wrong, and what it is.
import { Box, Progress, Skeleton, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useSettled } from '../../app/settled.ts';
import { useText } from '../../app/text.ts';
import { NO_DATA } from '../../parts/format/numbers.ts';
import { useFormat } from '../../parts/format.ts';
import { Status } from '../../parts/Status.tsx';
import { When } from '../../parts/When.tsx';
import { AlertLines } from './Alerts.tsx';
import { DeviceLink } from './DeviceLink.tsx';
import { useAlerts, useInventory, useLatest } from './data.ts';
import classes from './device.module.css';
import { type Fact, Facts, Origin } from './Facts.tsx';
import type { Tab } from './search.ts';
import { sourceOf } from './sources.ts';
import { text } from './text.ts';
import type { Device, DeviceAlert, Inventory, Latest } from './types.ts';

/** From here on a share is shown as worth a look, and as trouble. */
const BUSY_RATIO = 0.75;
const HIGH_RATIO = 0.9;
/** A clock that is wrong by less disturbs nothing, ms. */
const CLOCK_RIGHT_MS = 1_000;

export function Overview({ device }: { readonly device: Device }) {
  const inventory = useInventory(device.id);
  const latest = useLatest(device.id, device.presence === 'online');
  const alerts = useAlerts(device.id);
  // All at once: what came later would move what stands below it.
  const isSettled = useSettled(latest.isPending || alerts.isPending || inventory.isPending);
  if (!isSettled) return <Skeleton height={480} />;
  return (
    <Stack gap="lg">
      <Now latest={latest.data} />
      {alerts.data !== undefined && <OpenAlerts alerts={alerts.data} />}
      <Identity device={device} />
      <Computer device={device} inventory={inventory.data ?? null} />
    </Stack>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Box component="section">
      <Title order={2} fz="md" mb={6}>
        {title}
      </Title>
      {children}
    </Box>
  );
}

function Now({ latest }: { readonly latest: Latest | undefined }) {
  const say = useText(text);
  return (
    <Part title={say('now')}>
      {latest === undefined ? (
        <Text size="sm" c="dimmed">
          {say('nowNone')}
        </Text>
      ) : (
        <Tiles latest={latest} />
      )}
    </Part>
  );
}

function Tiles({ latest }: { readonly latest: Latest }) {
  const say = useText(text);
  const format = useFormat();
  const shares = [
    ['cpu', latest.cpuUsedRatio],
    ['memory', latest.memoryUsedRatio],
    ['swap', latest.swapUsedRatio],
    ['disk', latest.diskUsedRatio],
  ] as const;
  const load = latest.loadPerCpu === null ? NO_DATA : format.number(latest.loadPerCpu);
  return (
    <>
      <Box component="ul" className={classes.tiles}>
        {shares.map(([word, ratio]) => (
          <Tile key={word} tab="charts" name={say(word)} value={format.ratio(ratio)}>
            <Meter ratio={ratio} name={say(word)} />
          </Tile>
        ))}
        <Tile tab="charts" name={say('load')} value={load} />
        <Tile tab="timeline" name={say('up')} value={format.span(latest.uptimeS * 1_000)} />
        {latest.outboxDepth > 0 && (
          <Tile tab="charts" name={say('outbox')} value={format.number(latest.outboxDepth)} />
        )}
        {latest.dropped > 0 && (
          <Tile tab="charts" name={say('dropped')} value={format.number(latest.dropped)} />
        )}
      </Box>
      <Origin source={say('heartbeat')} at={latest.at} />
    </>
  );
}

/** A number is a link to what lies behind it. */
function Tile({
  tab,
  name,
  value,
  children,
}: {
  readonly tab: Tab;
  readonly name: string;
  readonly value: string;
  readonly children?: ReactNode;
}) {
  return (
    <li>
      <Link to="." search={{ tab }} className={classes.tile}>
        <Text size="xs" c="dimmed" truncate>
          {name}
        </Text>
        <Text fw={600} fz="lg" className="tabular">
          {value}
        </Text>
        {children}
      </Link>
    </li>
  );
}

function Meter({ ratio, name }: { readonly ratio: number | null; readonly name: string }) {
  if (ratio === null) return null;
  const color = ratio >= HIGH_RATIO ? 'red' : ratio >= BUSY_RATIO ? 'yellow' : 'blue';
  return <Progress value={ratio * 100} color={color} size="sm" mt={4} aria-label={name} />;
}

function OpenAlerts({ alerts }: { readonly alerts: readonly DeviceAlert[] }) {
  const say = useText(text);
  const open = alerts.filter(({ state }) => state === 'open');
  return (
    <Part title={say('openAlerts')}>
      <Box fz="sm">
        {open.length === 0 ? <Status tone="good" word={say('noAlerts')} /> : <AlertLines alerts={open} />}
      </Box>
    </Part>
  );
}

function Identity({ device }: { readonly device: Device }) {
  const say = useText(text);
  const format = useFormat();
  const { clockOffsetMs } = device;
  const span = format.span(Math.abs(clockOffsetMs));
  const isRight = Math.abs(clockOffsetMs) < CLOCK_RIGHT_MS;
  const clock = isRight ? say('clockRight') : say(clockOffsetMs > 0 ? 'clockAhead' : 'clockBehind', { span });
  const session = { source: say('session'), at: device.onlineSince ?? device.lastSeenAt };
  const enrollment = { source: say('enrollment'), at: device.enrolledAt };
  const facts: Fact[] = [
    { key: 'id', name: say('id'), value: device.id, ...enrollment },
    { key: 'fingerprint', name: say('fingerprint'), value: device.fingerprint, ...enrollment },
    {
      key: 'enrolled',
      name: say('enrolled'),
      value: format.exact(Date.parse(device.enrolledAt)),
      ...enrollment,
    },
    { key: 'agent', name: say('agent'), value: device.agentVersion, ...session },
    {
      key: 'clock',
      name: say('clock'),
      value: isRight ? clock : <Status tone="warn" word={clock} />,
      ...session,
    },
  ];
  return (
    <Part title={say('identity')}>
      <Facts facts={facts} label={say('identity')} />
    </Part>
  );
}

/** What a fact of the overview comes from. */
function useOrigins(inventory: Inventory | null) {
  const sections = new Map(inventory?.sections.map((section) => [section.name, section]) ?? []);
  return (section: string) => ({
    source: sourceOf(section),
    at: inventory?.confirmedAt ?? sections.get(section)?.since ?? inventory?.storedAt ?? null,
  });
}

const join = (parts: readonly (string | null | undefined)[], by: string) =>
  parts.filter((part) => part !== null && part !== undefined && part !== '').join(by);

function Computer({ device, inventory }: { readonly device: Device; readonly inventory: Inventory | null }) {
  const say = useText(text);
  const format = useFormat();
  const of = useOrigins(inventory);
  const kindOf = (isVirtual: boolean | null) =>
    isVirtual === null ? null : say(isVirtual ? 'virtual' : 'physical');
  const { facts } = device;
  if (facts === null || inventory?.storedAt === null)
    return <Part title={say('facts')}>{say('noInventory')}</Part>;
  const threads = facts.cpuThreads === null ? null : say('threads', { count: facts.cpuThreads });
  const list: Fact[] = [
    {
      key: 'os',
      name: say('os'),
      value: join([facts.osName, facts.osVersion], ' ') || NO_DATA,
      ...of('os_version'),
    },
    { key: 'kernel', name: say('kernel'), value: facts.kernel ?? NO_DATA, ...of('kernel_info') },
    { key: 'arch', name: say('arch'), value: facts.arch ?? NO_DATA, ...of('os_version') },
    { key: 'boot', name: say('booted'), value: <Booted at={facts.bootTime} />, ...of('kernel_info') },
    {
      key: 'machine',
      name: say('machine'),
      value: join([join([facts.vendor, facts.model], ' '), kindOf(facts.virtual)], ', ') || NO_DATA,
      ...of('system_info'),
    },
    {
      key: 'cpu',
      name: say('processor'),
      value: join([facts.cpuModel, threads], ', ') || NO_DATA,
      ...of('cpu_info'),
    },
    { key: 'memory', name: say('memory'), value: format.bytes(facts.memoryBytes), ...of('memory_info') },
    { key: 'swap', name: say('swap'), value: format.bytes(facts.swapBytes), ...of('memory_info') },
    {
      key: 'packages',
      name: say('packages'),
      value: <Packages count={facts.packages} />,
      ...of('packages'),
    },
    {
      key: 'reboot',
      name: say('rebootRequired'),
      value: <Reboot isNeeded={facts.rebootRequired} />,
      ...of('pending_reboot'),
    },
  ];
  return (
    <Part title={say('facts')}>
      <Facts facts={list} label={say('facts')} />
    </Part>
  );
}

function Reboot({ isNeeded }: { readonly isNeeded: boolean | null }) {
  const say = useText(text);
  if (isNeeded === null) return NO_DATA;
  return <Status tone={isNeeded ? 'warn' : 'good'} word={say(isNeeded ? 'rebootNeeded' : 'rebootNot')} />;
}

function Booted({ at }: { readonly at: string | null }) {
  return at === null ? NO_DATA : <When at={at} />;
}

function Packages({ count }: { readonly count: number | null }) {
  const format = useFormat();
  if (count === null) return NO_DATA;
  return <DeviceLink search={{ tab: 'software' }}>{format.number(count)}</DeviceLink>;
}
