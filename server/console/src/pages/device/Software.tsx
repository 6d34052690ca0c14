// The packages of a device: found by the beginning of their name, thousands of them as one scrolls.
import { Group, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { NO_DATA } from '../../parts/format/numbers.ts';
import { useFormat } from '../../parts/format.ts';
import { useSearchState } from '../../parts/search-state.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { keys, useInventory } from './data.ts';
import { Origin } from './Facts.tsx';
import { SectionFrame } from './Sections.tsx';
import { type DeviceSearch, parseSearch } from './search.ts';
import { managerOf } from './sources.ts';
import { text } from './text-inventory.ts';
import type { Device, Package } from './types.ts';

/** The search waits until somebody has stopped typing for so long, ms. */
const TYPING_MS = 200;

export function Software({ device }: { readonly device: Device }) {
  const say = useText(text);
  const [{ at, q = '' }, set] = useSearchState<DeviceSearch>(parseSearch);
  const inventory = useInventory(device.id, at);
  const [typed, setTyped] = useState(q);
  const [settled] = useDebouncedValue(typed, TYPING_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed changes the address, not the other way round
  useEffect(() => {
    if (settled !== q) set({ q: settled === '' ? null : settled }, { replace: true });
  }, [settled]);
  const packages = inventory.data?.sections.find(({ name }) => name === 'packages');
  const knownAt = packages?.until ?? inventory.data?.confirmedAt ?? inventory.data?.storedAt ?? null;
  const origin = packages === undefined ? null : <Managers at={knownAt} rowCount={packages.rowCount} />;
  return (
    <SectionFrame title={say('section_packages')} origin={origin}>
      <Group mb={6}>
        <TextInput
          size="xs"
          w={320}
          maw="100%"
          leftSection={<IconSearch size={14} aria-hidden />}
          aria-label={say('searchPackages')}
          placeholder={say('searchPackages')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </Group>
      <Packages device={device} at={at} prefix={settled} onDrop={() => setTyped('')} />
    </SectionFrame>
  );
}

function Managers({ at, rowCount }: { readonly at: string | null; readonly rowCount: number }) {
  const format = useFormat();
  return (
    <Text span size="xs" c="dimmed">
      {format.number(rowCount)}
      {' · '}
      <Origin source={['deb', 'rpm', 'apk', 'pypi', 'npm'].map(managerOf).join(', ')} at={at} />
    </Text>
  );
}

function Packages({
  device,
  at,
  prefix,
  onDrop,
}: {
  readonly device: Device;
  readonly at: string | undefined;
  readonly prefix: string;
  readonly onDrop: () => void;
}) {
  const say = useText(text);
  const columns = usePackageColumns();
  const empty =
    prefix === '' ? (
      <Empty title={say('noPackages')} why={say('noPackagesWhy')} docs="architecture/inventory" />
    ) : (
      <Empty
        title={say('noMatch', { search: prefix })}
        why={say('noMatchPackages')}
        action={{ label: say('dropSearch'), onClick: onDrop }}
      />
    );
  return (
    <DataTable<Package>
      name="packages"
      label={say('section_packages')}
      columns={columns}
      source={{
        key: [...keys.inventory(device.id), 'packages', at ?? null, prefix],
        load: ({ cursor, limit, signal }) => {
          const query = {
            ...{ prefix, limit },
            ...(at === undefined ? {} : { at }),
            ...(cursor === null ? {} : { cursor }),
          };
          return take(
            api.GET('/api/v1/devices/{id}/software', { params: { path: { id: device.id }, query }, signal }),
          );
        },
      }}
      idOf={(row) => [row.ecosystem, row.name, row.arch, row.version].join('\n')}
      nameOf={({ name }) => name}
      height="max(320px, calc(100dvh - 360px))"
      empty={empty}
    />
  );
}

function usePackageColumns(): Column<Package>[] {
  const say = useText(text);
  const format = useFormat();
  return [
    {
      id: 'name',
      header: say('package'),
      width: 240,
      cell: ({ name }) => <span title={name}>{name}</span>,
      value: ({ name }) => name,
    },
    {
      id: 'version',
      header: say('version'),
      width: 210,
      cell: ({ version }) => <span title={version}>{version}</span>,
      value: ({ version }) => version,
    },
    {
      id: 'manager',
      header: say('manager'),
      width: 90,
      cell: ({ ecosystem }) => managerOf(ecosystem),
      value: ({ ecosystem }) => ecosystem,
    },
    {
      id: 'status',
      header: say('status'),
      width: 110,
      cell: ({ status }) => status,
      value: ({ status }) => status,
    },
    {
      id: 'size',
      header: say('size'),
      width: 100,
      isNumeric: true,
      cell: ({ sizeBytes }) => format.bytes(sizeBytes),
      value: ({ sizeBytes }) => sizeBytes,
    },
    {
      id: 'arch',
      header: say('arch'),
      width: 100,
      cell: ({ arch }) => arch || NO_DATA,
      value: ({ arch }) => arch,
    },
    {
      id: 'source',
      header: say('source'),
      width: 170,
      isHidden: true,
      cell: ({ source }) => source ?? NO_DATA,
      value: ({ source }) => source,
    },
  ];
}
