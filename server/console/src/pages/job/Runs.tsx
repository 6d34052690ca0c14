// The runs of a job, device by device, as they change.
import { Group, Text } from '@mantine/core';
import type { RunState } from '@muster/protocol';
import { useMemo } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { FilterChip } from '../../parts/FilterChip.tsx';
import { useFormat } from '../../parts/format.ts';
import type { SetSearch } from '../../parts/search-state.ts';
import type { Column, Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { When } from '../../parts/When.tsx';
import type { Job, RunSummary } from '../../signing/api.ts';
import { GoLink } from '../../signing/Go.tsx';
import { stateText } from '../../signing/job-texts.ts';
import { RunStatus, runStates } from '../../signing/states.tsx';
import type { JobState } from './search.ts';
import { text } from './text.ts';

interface Props {
  readonly job: Job;
  readonly state: JobState;
  readonly set: SetSearch<JobState>;
}

function useSource(job: Job, wanted: RunState | undefined, output: string | undefined): Source<RunSummary> {
  const { id } = job;
  return useMemo(
    () => ({
      key: ['runs', id, wanted ?? '', output ?? ''],
      load: async ({ cursor, limit }) => {
        const query = {
          limit,
          ...(wanted !== undefined && { state: wanted }),
          ...(output !== undefined && { output }),
          ...(cursor !== null && { after: Number(cursor) }),
        };
        const { runs, next } = await take(
          api.GET('/api/v1/jobs/{id}/runs', { params: { path: { id }, query } }),
        );
        return { items: runs, next };
      },
    }),
    [id, wanted, output],
  );
}

export function Runs({ job, state, set }: Props) {
  const say = useText(text);
  const sayState = useText(stateText);
  const columns = useColumns();
  const wanted = runStates.find((one) => one === state.state);
  const source = useSource(job, wanted, state.output);
  const chips = [
    ...(wanted === undefined
      ? []
      : [{ key: 'state', name: say('noState', { state: sayState(`run/${wanted}`) }) }]),
    ...(state.output === undefined ? [] : [{ key: 'output', name: say('sameOutput') }]),
  ];
  const clear = () => set({ state: null, output: null });
  return (
    <>
      <Group gap={6} mb="xs">
        {chips.map(({ key, name }) => (
          <FilterChip key={key} remove={say('removeFilter', { name })} onRemove={() => set({ [key]: null })}>
            {name}
          </FilterChip>
        ))}
      </Group>
      <DataTable
        name="runs"
        label={say('runsLabel')}
        columns={columns}
        source={source}
        idOf={({ deviceId }) => deviceId}
        nameOf={({ hostname }) => hostname}
        onOpen={({ deviceId }) => set({ run: deviceId })}
        height="max(280px, calc(100dvh - 420px))"
        empty={
          <Empty
            title={say('noRuns')}
            why={say('noRunsWhy')}
            action={{ label: say('showAll'), onClick: clear }}
          />
        }
      />
    </>
  );
}

/** A code and a sentence of the device. */
function Says({ run: { code, message } }: { readonly run: RunSummary }) {
  return (
    <Text span inherit title={message}>
      {[code, message].filter((one) => one !== null && one !== '').join(' · ')}
    </Text>
  );
}

function useColumns(): readonly Column<RunSummary>[] {
  const say = useText(text);
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'name',
        header: say('name'),
        width: 200,
        cell: ({ deviceId, hostname }) => (
          <GoLink to="." search={{ run: deviceId }} keeps>
            {hostname}
          </GoLink>
        ),
        value: ({ hostname }) => hostname,
      },
      {
        id: 'state',
        header: say('state'),
        width: 190,
        cell: ({ state }) => <RunStatus state={state} />,
        value: ({ state }) => state,
      },
      {
        id: 'says',
        header: say('says'),
        width: 300,
        cell: (run) => <Says run={run} />,
        value: ({ code, message }) => [code, message].filter(Boolean).join(' '),
      },
      {
        id: 'exit',
        header: say('exit'),
        width: 70,
        isNumeric: true,
        cell: ({ exit }) => (exit === null ? '' : format.number(exit)),
        value: ({ exit }) => exit,
      },
      {
        id: 'at',
        header: say('at'),
        width: 140,
        cell: ({ at }) => (at === null ? '' : <When at={at} />),
        value: ({ at }) => at,
      },
      {
        id: 'id',
        header: say('id'),
        width: 270,
        isHidden: true,
        cell: ({ deviceId }) => deviceId,
        value: ({ deviceId }) => deviceId,
      },
    ],
    [say, format],
  );
}
