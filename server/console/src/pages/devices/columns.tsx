// The columns of the list of devices.
import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { useMemo } from 'react';
import { useText } from '../../app/text.ts';
import { type Format, useFormat } from '../../parts/format.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Status, type Tone } from '../../parts/Status.tsx';
import type { CellValue, Column } from '../../parts/table/column.ts';
import { When } from '../../parts/When.tsx';
import type { DeviceRow } from './source.ts';
import { text } from './text.ts';

type Say = (key: keyof (typeof text)['en']) => string;
type Facts = NonNullable<DeviceRow['facts']>;

const presenceTones = {
  online: 'good',
  offline: 'idle',
  missing: 'warn',
  never: 'idle',
} as const satisfies Record<string, Tone>;
const stateTones = {
  active: 'good',
  pending: 'warn',
  quarantined: 'bad',
  retired: 'idle',
} as const satisfies Record<string, Tone>;

/** Most labels that a row shows; all of them on hover. */
const MAX_LABELS = 2;

function Labels({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  const all = Object.entries(labels).map(([key, value]) => (value === '' ? key : `${key}=${value}`));
  if (all.length === 0) return null;
  const shown = (
    <Group gap={4} wrap="nowrap">
      {all.slice(0, MAX_LABELS).map((label) => (
        <Badge key={label} variant="default" size="sm" tt="none" fw={450} className="muster-label">
          {label}
        </Badge>
      ))}
      {all.length > MAX_LABELS && (
        <Text size="xs" c="dimmed" span>
          {`+${all.length - MAX_LABELS}`}
        </Text>
      )}
    </Group>
  );
  if (all.length <= MAX_LABELS) return shown;
  return (
    <Tooltip label={all.join(', ')} multiline maw={400}>
      {shown}
    </Tooltip>
  );
}

function mainColumns(say: Say): Column<DeviceRow>[] {
  return [
    {
      id: 'hostname',
      header: say('hostname'),
      sort: 'hostname',
      width: 190,
      value: ({ hostname = '' }) => hostname,
      cell: ({ id = '', hostname = '' }) => <PageLink to={`/devices/${id}`}>{hostname}</PageLink>,
    },
    {
      id: 'presence',
      header: say('presence'),
      width: 150,
      value: ({ presence = null }) => presence,
      cell: ({ presence = 'never' }) => <Status tone={presenceTones[presence]} word={say(presence)} />,
    },
    {
      id: 'state',
      header: say('state'),
      width: 150,
      value: ({ state = null }) => state,
      cell: ({ state = 'active', stateReason }) => (
        <Status
          tone={stateTones[state]}
          word={say(state)}
          {...(stateReason === undefined || stateReason === '' ? {} : { detail: stateReason })}
        />
      ),
    },
    {
      id: 'os',
      header: say('os'),
      width: 230,
      value: ({ platform = null }) => platform,
      cell: ({ platform }) => platform,
    },
    {
      id: 'labels',
      header: say('labels'),
      width: 210,
      value: ({ labels = {} }) =>
        Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(' '),
      cell: ({ labels = {} }) => <Labels labels={labels} />,
    },
    {
      id: 'seen',
      header: say('seen'),
      sort: 'seen',
      width: 140,
      value: ({ presence, lastSeenAt = null }) => (presence === 'online' ? 'now' : lastSeenAt),
      cell: ({ presence, lastSeenAt = null }) =>
        presence === 'online' ? say('now') : <When at={lastSeenAt} />,
    },
    {
      id: 'agent',
      header: say('agent'),
      width: 100,
      value: ({ agentVersion = null }) => agentVersion,
      cell: ({ agentVersion }) => agentVersion,
    },
  ];
}

function moreColumns(say: Say): Column<DeviceRow>[] {
  return [
    {
      id: 'enrolled',
      header: say('enrolled'),
      isHidden: true,
      value: ({ enrolledAt = null }) => enrolledAt,
      cell: ({ enrolledAt = null }) => <When at={enrolledAt} />,
    },
    {
      id: 'id',
      header: say('id'),
      sort: 'id',
      width: 270,
      isHidden: true,
      value: ({ id = null }) => id,
      cell: ({ id }) => (
        <Text ff="monospace" span inherit>
          {id}
        </Text>
      ),
    },
    {
      id: 'fingerprint',
      header: say('fingerprint'),
      width: 240,
      isHidden: true,
      value: ({ fingerprint = null }) => fingerprint,
      cell: ({ fingerprint }) => (
        <Text ff="monospace" span inherit>
          {fingerprint}
        </Text>
      ),
    },
  ];
}

/** Columns that need the inventory, by id: header, value, and how it is shown. */
interface FactColumn {
  readonly key: keyof Facts;
  readonly header: string;
  readonly show?: (value: CellValue) => string;
  readonly isNumeric?: boolean;
}

function factColumns(say: Say, format: Format): Column<DeviceRow>[] {
  const yesNo = (value: CellValue) => (value === true ? say('yes') : say('no'));
  const number = (value: CellValue) => format.number(Number(value));
  const columns: Record<string, FactColumn> = {
    arch: { key: 'arch', header: say('arch') },
    kernel: { key: 'kernel', header: say('kernel') },
    cpu: { key: 'cpuModel', header: say('cpu') },
    threads: { key: 'cpuThreads', header: say('threads'), show: number, isNumeric: true },
    memory: {
      key: 'memoryBytes',
      header: say('memory'),
      show: (value) => format.bytes(Number(value)),
      isNumeric: true,
    },
    model: { key: 'model', header: say('model') },
    virtual: { key: 'virtual', header: say('virtual'), show: yesNo },
    packages: { key: 'packages', header: say('packages'), show: number, isNumeric: true },
    reboot: {
      key: 'rebootRequired',
      header: say('reboot'),
      show: (value) => (value === true ? say('rebootNeeded') : say('no')),
    },
  };
  return Object.entries(columns).map(([id, { key, header, show = String, isNumeric = false }]) => ({
    id,
    header,
    isNumeric,
    isHidden: true,
    value: ({ facts }) => facts?.[key] ?? null,
    cell: ({ facts }) => {
      const value = facts?.[key] ?? null;
      return value === null ? null : show(value);
    },
  }));
}

/** Ids of the columns that need the inventory. */
export const factColumnIds: ReadonlySet<string> = new Set([
  'arch',
  'kernel',
  'cpu',
  'threads',
  'memory',
  'model',
  'virtual',
  'packages',
  'reboot',
]);

/** All columns in the language in force. */
export function useDeviceColumns(): Column<DeviceRow>[] {
  const say = useText(text);
  const format = useFormat();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `say` is made anew with each rendering; the language is in `format`
  return useMemo(() => [...mainColumns(say), ...moreColumns(say), ...factColumns(say, format)], [format]);
}
