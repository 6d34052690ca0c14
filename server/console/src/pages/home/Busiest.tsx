// The devices with the most to do, by their latest heartbeats.
import { Skeleton, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { PageLink } from '../../parts/PageLink.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Card } from './Card.tsx';
import { text } from './text.ts';

const SHOWN = 5;
const AGAIN_MS = 30_000;

async function readTop() {
  return take(api.GET('/api/v1/top', { params: { query: { sort: 'cpu', limit: SHOWN } } }));
}

export function BusiestCard() {
  const say = useText(text);
  const format = useFormat();
  const top = useQuery({ queryKey: ['home', 'top'], queryFn: readTop, refetchInterval: AGAIN_MS });
  const items = top.data?.items ?? [];
  return (
    <Card title={say('busiest')}>
      {top.isError && (
        <Problem error={top.error} what={say('busiestFailed')} retry={() => void top.refetch()} />
      )}
      {top.isPending && <Skeleton h={88} />}
      {top.data !== undefined && items.length === 0 && (
        <Text size="sm" c="dimmed">
          {say('noBusiest')}
        </Text>
      )}
      {items.length > 0 && (
        <Table horizontalSpacing={0} withRowBorders={false}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th fw={500}>{say('device')}</Table.Th>
              <Table.Th ta="end" fw={500}>
                {say('cpu')}
              </Table.Th>
              <Table.Th ta="end" fw={500}>
                {say('memory')}
              </Table.Th>
              <Table.Th ta="end" fw={500}>
                {say('disk')}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map(({ id = '', hostname, cpuUsedRatio, memoryUsedRatio, diskUsedRatio }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  <PageLink to={`/devices/${id}`}>{hostname}</PageLink>
                </Table.Td>
                <Table.Td ta="end">{format.ratio(cpuUsedRatio)}</Table.Td>
                <Table.Td ta="end">{format.ratio(memoryUsedRatio)}</Table.Td>
                <Table.Td ta="end">{format.ratio(diskUsedRatio)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}
