// The members of a group as they are now.
import { ActionIcon, Anchor, Box, Text, Title } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { Status, type Tone } from '../../parts/Status.tsx';
import type { Column, Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import type { Group } from '../groups/data.ts';
import { text } from './text.ts';

const presences = ['online', 'offline', 'missing', 'never'] as const;
const tones: Readonly<Record<(typeof presences)[number], Tone>> = {
  online: 'good',
  offline: 'idle',
  missing: 'warn',
  never: 'idle',
};

function readMembers(id: string, query: { limit: number; cursor?: string }, signal: AbortSignal) {
  return take(api.GET('/api/v1/groups/{id}/members', { params: { path: { id }, query }, signal }));
}

type Member = Awaited<ReturnType<typeof readMembers>>['items'][number];

export function Members({ group, mayWrite }: { readonly group: Group; readonly mayWrite: boolean }) {
  const say = useText(text);
  const { id } = group;
  const source = useMemo<Source<Member>>(
    () => ({
      key: ['group-members', id],
      load: ({ cursor, limit, signal }) =>
        readMembers(id, { limit, ...(cursor === null ? {} : { cursor }) }, signal),
    }),
    [id],
  );
  return (
    <Box component="section">
      <Title order={2} fz="md" mb={6} aria-live="polite">
        {say('members', { count: group.count })}
      </Title>
      <DataTable
        name="group-members"
        label={say('members', { count: group.count })}
        columns={useColumns(group, mayWrite)}
        source={source}
        idOf={(row) => row.id}
        nameOf={(row) => row.hostname}
        height="420px"
        empty={<Empty title={say('emptyTitle')} why={say('emptyWhy')} docs="architecture/language" />}
      />
    </Box>
  );
}

function useColumns(group: Group, mayWrite: boolean): readonly Column<Member>[] {
  const say = useText(text);
  return [
    {
      id: 'hostname',
      header: say('host'),
      cell: (row) => (
        <Anchor component={Link} to={`/devices/${row.id}`} size="sm">
          {row.hostname}
        </Anchor>
      ),
      value: (row) => row.hostname,
    },
    {
      id: 'presence',
      header: say('presence'),
      cell: ({ presence }) => {
        const known = presences.find((one) => one === presence) ?? 'never';
        return <Status tone={tones[known]} word={say(known)} />;
      },
      value: (row) => row.presence,
    },
    { id: 'state', header: say('state'), cell: (row) => row.state, value: (row) => row.state },
    {
      id: 'how',
      header: say('how'),
      cell: (row) =>
        row.picked ? <Picked group={group} row={row} mayWrite={mayWrite} /> : say('byExpression'),
      value: (row) => (row.picked ? 'picked' : 'expression'),
    },
  ];
}

function Picked(props: { readonly group: Group; readonly row: Member; readonly mayWrite: boolean }) {
  const { group, row, mayWrite } = props;
  const say = useText(text);
  const queries = useQueryClient();
  const leave = useMutation({
    mutationFn: () =>
      take(
        api.PATCH('/api/v1/groups/{id}', { params: { path: { id: group.id } }, body: { remove: [row.id] } }),
      ),
    onSuccess(saved) {
      queries.setQueryData(['group', saved.id], saved);
      void queries.invalidateQueries({ queryKey: ['group-members', saved.id] });
    },
  });
  if (leave.isError) return <Problem error={leave.error} what={say('changeFailed')} />;
  return (
    <Text size="sm" span>
      {say('byHand')}
      {mayWrite && (
        <ActionIcon
          ml={4}
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={say('leaveOut', { name: row.hostname })}
          loading={leave.isPending}
          onClick={() => leave.mutate()}
        >
          <IconX size={14} aria-hidden />
        </ActionIcon>
      )}
    </Text>
  );
}
