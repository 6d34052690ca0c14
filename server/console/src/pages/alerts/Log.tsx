// The log of messages: what was sent, what waits, what was given up and why.
import { SegmentedControl, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { RowButton } from '../../parts/RowButton.tsx';
import { Status, type Tone } from '../../parts/Status.tsx';
import { searchChoice, useSearchState } from '../../parts/search-state.ts';
import type { Column, PageWish, Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { When } from '../../parts/When.tsx';
import { parseSearch } from './search.ts';
import { text } from './text-routing.ts';

const states = ['waiting', 'sent', 'dead'] as const;
type State = (typeof states)[number];
const tones: Readonly<Record<State, Tone>> = { waiting: 'busy', sent: 'good', dead: 'bad' };

function readMessages(state: State | undefined, { cursor, limit, signal }: PageWish) {
  const query = { limit, ...(state === undefined ? {} : { state }), ...(cursor === null ? {} : { cursor }) };
  return take(api.GET('/api/v1/notifications/messages', { params: { query }, signal }));
}

type Message = Awaited<ReturnType<typeof readMessages>>['items'][number];

export function Log() {
  const say = useText(text);
  const [{ sent }, set] = useSearchState(parseSearch);
  const source = useMemo<Source<Message>>(
    () => ({ key: ['notify', 'messages', sent], load: (wish) => readMessages(sent, wish) }),
    [sent],
  );
  return (
    <DataTable
      name="notifications"
      label={say('log')}
      columns={useColumns()}
      source={source}
      idOf={(row) => row.id}
      nameOf={(row) => row.subject}
      tools={
        <SegmentedControl
          size="xs"
          aria-label={say('show')}
          value={sent ?? 'all'}
          data={(['all', ...states] as const).map((value) => ({ value, label: say(value) }))}
          onChange={(value) => set({ sent: searchChoice(value, states) ?? null })}
        />
      }
      empty={<Empty title={say('noMessages')} why={say('noMessagesWhy')} docs="architecture/notifications" />}
    />
  );
}

function useColumns(): readonly Column<Message>[] {
  const say = useText(text);
  return [
    {
      id: 'state',
      header: say('state'),
      width: 130,
      cell: ({ state }) => <Status tone={tones[state]} word={say(state)} />,
      value: ({ state }) => state,
    },
    {
      id: 'subject',
      header: say('subject'),
      width: 320,
      cell: ({ subject, body }) => (
        <Text size="sm" truncate title={body}>
          {subject}
        </Text>
      ),
      value: ({ subject }) => subject,
    },
    { id: 'way', header: say('way'), width: 130, cell: (row) => row.way, value: (row) => row.way },
    {
      id: 'rule',
      header: say('rule'),
      width: 140,
      cell: (row) => (row.kind === 'test' ? say('trial') : row.rule),
      value: (row) => row.rule,
    },
    {
      id: 'attempts',
      header: say('attempts'),
      width: 90,
      isNumeric: true,
      cell: (row) => row.attempts,
      value: (row) => row.attempts,
    },
    {
      id: 'made',
      header: say('made'),
      width: 140,
      cell: (row) => <When at={row.createdAt} />,
      value: (row) => row.createdAt,
    },
    {
      id: 'error',
      header: say('error'),
      width: 300,
      cell: (row) => <Failure message={row} />,
      value: (row) => row.error,
    },
  ];
}

function Failure({ message }: { readonly message: Message }) {
  const say = useText(text);
  const may = useMay();
  const queries = useQueryClient();
  const retry = useMutation({
    mutationFn: () =>
      take(api.POST('/api/v1/notifications/messages/{id}/retry', { params: { path: { id: message.id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['notify', 'messages'] }),
  });
  if (retry.isError) return <Problem error={retry.error} />;
  return (
    <>
      <Text size="xs" c="dimmed" truncate title={message.error}>
        {message.error}
      </Text>
      {message.state === 'dead' && may('notifications.write') && (
        <RowButton
          word={say('retry')}
          name={say('retryName', { name: message.subject })}
          isBusy={retry.isPending}
          onClick={() => retry.mutate()}
        />
      )}
    </>
  );
}
