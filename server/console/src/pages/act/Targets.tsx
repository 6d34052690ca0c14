// On which devices: how they are named, and the exact list as the server found it.
import { Anchor, Box, Button, Group, Pill, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { readTyped } from '../../parts/expression/check.ts';
import { ExpressionField } from '../../parts/expression/ExpressionField.tsx';
import { useFormat } from '../../parts/format.ts';
import { Problem } from '../../parts/Problem.tsx';
import { Status } from '../../parts/Status.tsx';
import type { Column, Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import type { TargetView } from '../../signing/api.ts';
import type { Snapshot, TargetWish } from '../../signing/order.ts';
import { text } from './text.ts';

/** Named devices that are shown as words; of more only how many. */
const MAX_PILLS = 12;

interface Props {
  readonly wish: TargetWish | null;
  readonly onWish: (wish: TargetWish) => void;
  readonly query: UseQueryResult<Snapshot>;
}

export function Targets({ wish, onWish, query }: Props) {
  const say = useText(text);
  return (
    <Stack gap="sm">
      <Wish wish={wish} onWish={onWish} />
      {wish === null && (
        <Empty
          title={say('noneYet')}
          why={say('noneWhy')}
          action={{ label: say('toDevices'), to: '/devices' }}
        />
      )}
      {query.isError && (
        <Problem error={query.error} what={say('failed')} retry={() => void query.refetch()} />
      )}
      {query.isLoading && <Skeleton h={180} />}
      {wish !== null && query.data !== undefined && (
        <Found snapshot={query.data} again={() => void query.refetch()} />
      )}
    </Stack>
  );
}

/** An expression to be typed; or what was chosen elsewhere. */
function Wish({ wish, onWish }: Pick<Props, 'wish' | 'onWish'>) {
  const say = useText(text);
  const format = useFormat();
  const [typed, setTyped] = useState(wish?.on ?? '');
  useEffect(() => setTyped(wish?.on ?? ''), [wish?.on]);
  const { devices = [], job, states = [] } = wish ?? {};
  if (devices.length === 0 && job === undefined)
    return (
      <Group align="flex-end" gap="xs">
        <Box flex="1 1 240px">
          <ExpressionField
            label={say('expression')}
            description={say('expressionHelp')}
            value={typed}
            onChange={setTyped}
            onSubmit={(on) => onWish({ on })}
          />
        </Box>
        <Button
          variant="default"
          disabled={typed.trim() === ''}
          onClick={() => onWish({ on: readTyped(typed.trim()) })}
        >
          {say('find')}
        </Button>
      </Group>
    );
  return (
    <Group gap="xs">
      <Text size="sm">
        {job === undefined
          ? say('named', { count: devices.length, shown: format.number(devices.length) })
          : say('ofJob', { job, states: states.join(', ') })}
      </Text>
      {job === undefined && devices.length <= MAX_PILLS && devices.map((one) => <Pill key={one}>{one}</Pill>)}
      <Anchor component="button" type="button" size="sm" onClick={() => onWish({})}>
        {say('byExpression')}
      </Anchor>
    </Group>
  );
}

function useColumns(): readonly Column<TargetView>[] {
  const say = useText(text);
  return useMemo(
    () => [
      {
        id: 'name',
        header: say('name'),
        cell: ({ id, hostname }) => (
          <Anchor component={Link} to={`/devices/${id}`} inherit>
            {hostname}
          </Anchor>
        ),
        value: ({ hostname }) => hostname,
      },
      {
        id: 'state',
        header: say('state'),
        width: 110,
        cell: ({ state }) =>
          state === 'online' ? (
            <Status tone="good" word={say('isOnline')} />
          ) : (
            <Status tone="idle" word={say('isOffline')} />
          ),
        value: ({ state }) => state,
      },
      {
        id: 'fingerprint',
        header: say('fingerprint'),
        width: 340,
        isHidden: true,
        cell: ({ fingerprint }) => fingerprint,
        value: ({ fingerprint }) => fingerprint,
      },
      { id: 'id', header: say('id'), width: 270, cell: ({ id }) => id, value: ({ id }) => id },
    ],
    [say],
  );
}

/** Exactly the devices of the snapshot. */
function Found({ snapshot, again }: { readonly snapshot: Snapshot; readonly again: () => void }) {
  const say = useText(text);
  const columns = useColumns();
  const [shown, setShown] = useState<readonly string[] | null>(null);
  const source = useMemo<Source<TargetView>>(
    () => ({
      key: ['targets', snapshot.snapshot],
      load: async ({ cursor, limit }) => {
        const params = {
          path: { snapshot: snapshot.snapshot },
          query: { limit, ...(cursor === null ? {} : { after: cursor }) },
        };
        const page = await take(api.GET('/api/v1/targets/{snapshot}/devices', { params }));
        return { items: page.devices, next: page.next, count: snapshot.count };
      },
    }),
    [snapshot],
  );
  return (
    <DataTable
      name="targets"
      label={say('listLabel')}
      columns={columns}
      source={source}
      idOf={({ id }) => id}
      nameOf={({ hostname }) => hostname}
      shown={shown}
      onShown={setShown}
      height="300px"
      empty={null}
      tools={
        <Button size="compact-sm" variant="subtle" color="gray" onClick={again}>
          {say('again')}
        </Button>
      }
    />
  );
}
