// Compares the device with itself at another moment, or with another device.
import { Autocomplete, Box, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { Moment } from './AsOf.tsx';
import { ChangedRows, useCounts } from './Changes.tsx';
import { type Sides, useDevice, useDifferences, useSections } from './data.ts';
import { useSectionTitle } from './Sections.tsx';
import { type DeviceSearch, parseSearch } from './search.ts';
import { text } from './text-inventory.ts';
import type { Device, Difference } from './types.ts';

const DAY_MS = 86_400_000;
/** Names of devices that are offered. */
const MAX_OFFERED = 10;

export function Compare({ device }: { readonly device: Device }) {
  const say = useText(text);
  const [{ with: other, before, after }, set] = useSearchState<DeviceSearch>(parseSearch);
  const isChosen = other !== undefined || before !== undefined || after !== undefined;
  const ago = (ms: number) => set({ before: new Date(Date.now() - ms).toISOString(), after: null });
  return (
    <Stack gap="md">
      <Group align="end" gap="md">
        <Moment
          label={say('side_before', { name: device.hostname })}
          at={before}
          onAt={(at) => set({ before: at })}
        />
        <OtherDevice key={other ?? ''} device={device} other={other} onOther={(id) => set({ with: id })} />
        <Moment label={say('side_after')} at={after} onAt={(at) => set({ after: at })} />
        <Button variant="default" onClick={() => ago(DAY_MS)}>
          {say('compareDay')}
        </Button>
        <Button variant="default" onClick={() => ago(7 * DAY_MS)}>
          {say('compareWeek')}
        </Button>
      </Group>
      {isChosen ? (
        <Differences device={device} sides={{ with: other, before, after }} />
      ) : (
        <Empty title={say('chooseSides')} why={say('chooseSidesWhy')} docs="architecture/inventory" />
      )}
    </Stack>
  );
}

/** A device by the beginning of its host name. */
function OtherDevice({
  device,
  other,
  onOther,
}: {
  readonly device: Device;
  readonly other: string | undefined;
  readonly onOther: (id: string | null) => void;
}) {
  const say = useText(text);
  const chosen = useDevice(other ?? device.id);
  const name = other === undefined ? '' : (chosen.data?.hostname ?? other);
  const [typed, setTyped] = useState<string | null>(null);
  const [wanted] = useDebouncedValue(typed ?? '', 200);
  const found = useQuery({
    queryKey: ['devices', 'names', wanted],
    enabled: typed !== null,
    queryFn: async () => {
      const query = { limit: MAX_OFFERED, hostname: wanted, fields: 'id,hostname' };
      return (await take(api.GET('/api/v1/devices', { params: { query } }))).items;
    },
  });
  const offered = found.data?.filter(({ id }) => id !== device.id) ?? [];
  const byName = new Map(offered.map(({ id, hostname }) => [hostname, id]));
  function choose(next: string): void {
    setTyped(next);
    if (next === '') onOther(null);
    const id = byName.get(next);
    if (id !== undefined) onOther(id);
  }
  return (
    <Autocomplete
      w={280}
      label={say('otherDevice')}
      placeholder={say('otherHint')}
      value={typed ?? name}
      onChange={choose}
      data={[...byName.keys()]}
      onFocus={() => setTyped((before) => before ?? name)}
      limit={MAX_OFFERED}
    />
  );
}

function Differences({ device, sides }: { readonly device: Device; readonly sides: Sides }) {
  const say = useText(text);
  const found = useDifferences(device.id, sides, true);
  if (found.isPending) return <Skeleton height={240} />;
  if (found.isError)
    return <Problem error={found.error} what={say('compareFailed')} retry={() => void found.refetch()} />;
  if (found.data.length === 0) return <Empty title={say('same')} why={say('sameWhy')} />;
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed" role="status">
        {say('differences', { count: found.data.length })}
      </Text>
      {found.data.map((difference) => (
        <SectionDifference key={difference.section} difference={difference} />
      ))}
    </Stack>
  );
}

function SectionDifference({ difference }: { readonly difference: Difference }) {
  const say = useText(text);
  const sections = useSections();
  const counts = useCounts();
  const title = useSectionTitle()(difference.section, difference.title);
  const { beforeOutcome, afterOutcome } = difference;
  const only = beforeOutcome === null ? say('only_after') : afterOutcome === null ? say('only_before') : '';
  return (
    <Box component="section" aria-label={title}>
      <Group gap="sm" align="baseline">
        <Title order={2} fz="md">
          {title}
        </Title>
        <Text size="xs" c="dimmed">
          {only === '' ? counts(difference) : only}
        </Text>
      </Group>
      {difference.rows.length > 0 && (
        <ChangedRows change={difference} info={sections.data?.get(difference.section)} label={title} />
      )}
    </Box>
  );
}
