// The group that the list is narrowed to, as a filter that can be taken away.
import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { FilterChip } from '../../parts/FilterChip.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { text } from './text.ts';

export function GroupChip({ id, onRemove }: { readonly id: string; readonly onRemove: () => void }) {
  const say = useText(text);
  const { data } = useQuery({
    queryKey: ['group', id],
    queryFn: () => take(api.GET('/api/v1/groups/{id}', { params: { path: { id } } })),
  });
  const name = data?.name ?? id;
  return (
    <Group gap={6} mb="sm">
      <FilterChip size="md" className="muster-chip" remove={say('leaveGroup', { name })} onRemove={onRemove}>
        {say('ofGroup')} <PageLink to={`/groups/${id}`}>{name}</PageLink>
      </FilterChip>
    </Group>
  );
}
