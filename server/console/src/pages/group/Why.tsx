// Why a device is a member of a group, or not: each part of the expression with the value that was read.
import { Box, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { DevicePick } from '../groups/DevicePick.tsx';
import type { Group } from '../groups/data.ts';
import { Explain } from '../groups/Explain.tsx';
import { parseSearch } from './search.ts';
import { text } from './text.ts';

export function Why({ group }: { readonly group: Group }) {
  const say = useText(text);
  const [{ why = null }, set] = useSearchState(parseSearch);
  return (
    <Box component="section">
      <Title order={2} fz="md" mb={6}>
        {say('why')}
      </Title>
      <Stack gap="sm">
        <Box maw={360}>
          <DevicePick
            label={say('whyDevice')}
            value={why}
            onChange={(device) => set({ why: device }, { replace: true })}
          />
        </Box>
        {why !== null && <Answer group={group} device={why} />}
      </Stack>
    </Box>
  );
}

function Answer({ group, device }: { readonly group: Group; readonly device: string }) {
  const say = useText(text);
  const membership = useQuery({
    queryKey: ['membership', group.id, device, group.changedAt, group.count],
    queryFn: () =>
      take(
        api.GET('/api/v1/devices/{id}/groups/{group}', {
          params: { path: { id: device, group: group.id } },
        }),
      ),
  });
  const named = useQuery({
    queryKey: ['device-name', device],
    queryFn: () => take(api.GET('/api/v1/devices/{id}', { params: { path: { id: device } } })),
  });
  if (membership.isPending) return <Skeleton h={60} />;
  if (membership.isError) return <Problem error={membership.error} />;
  const { member, picked, expression } = membership.data;
  const name = named.data?.hostname ?? device;
  return (
    <Stack gap="xs">
      <Status tone={member ? 'good' : 'idle'} word={say(member ? 'isMember' : 'isNoMember', { name })} />
      {picked && <Text size="sm">{say('isPicked')}</Text>}
      {expression !== null && <Explain explanation={expression} />}
    </Stack>
  );
}
