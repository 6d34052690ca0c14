// All jobs, newest first, as they go on.
import { Button, Group, Select } from '@mantine/core';
import { commandKinds, jobStates } from '@muster/protocol/commands';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { FilterChip } from '../../parts/FilterChip.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { type SetSearch, useSearchState } from '../../parts/search-state.ts';
import type { Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { replaceRows } from '../../parts/table/rows.ts';
import type { JobSummary } from '../../signing/api.ts';
import { stateText } from '../../signing/job-texts.ts';
import { useTrust } from '../../signing/me.ts';
import { useColumns } from './columns.tsx';
import { type JobsState, jobsSearch } from './search.ts';
import { text } from './text.ts';

/** How often the newest are asked for while somebody looks, ms. */
const EVERY_MS = 2_000;
const NEWEST = 50;

type Filter = Pick<JobsState, 'state' | 'kind' | 'by'>;

function toQuery({ state, kind, by }: Filter) {
  const known = jobStates.find((one) => one === state);
  return {
    ...(known !== undefined && { state: known }),
    ...(kind !== undefined && { kind }),
    ...(by !== undefined && { requester: by }),
  };
}

async function loadJobs(filter: Filter, page: { readonly cursor: string | null; readonly limit: number }) {
  const after = page.cursor === null ? {} : { after: Number(page.cursor) };
  const query = { ...toQuery(filter), ...after, limit: page.limit };
  return take(api.GET('/api/v1/jobs', { params: { query } }));
}

/** Keeps what is shown as it is now: rows in place, new ones by reading the list again. */
function useLive(filter: Filter): void {
  const queries = useQueryClient();
  useQuery({
    queryKey: ['jobs-now', filter],
    queryFn: async () => {
      const { jobs } = await loadJobs(filter, { cursor: null, limit: NEWEST });
      const lists = queries.getQueriesData<{ pages: { items: JobSummary[] }[] }>({
        queryKey: ['jobs', filter],
      });
      replaceRows(queries, ['jobs', filter], { rows: jobs, idOf: ({ id }) => id });
      const isNew = lists.some(([, data]) => data?.pages[0]?.items[0]?.id !== jobs[0]?.id);
      if (isNew) await queries.invalidateQueries({ queryKey: ['jobs', filter] });
      return jobs.length;
    },
    refetchInterval: EVERY_MS,
  });
}

export function View() {
  const say = useText(text);
  const [state, set] = useSearchState(jobsSearch);
  const filter = useMemo<Filter>(
    () => ({
      ...(state.state && { state: state.state }),
      ...(state.kind && { kind: state.kind }),
      ...(state.by && { by: state.by }),
    }),
    [state],
  );
  const navigate = useNavigate();
  const columns = useColumns();
  useLive(filter);
  const source = useMemo<Source<JobSummary>>(
    () => ({
      key: ['jobs', filter],
      load: async ({ cursor, limit }) => {
        const { jobs, next } = await loadJobs(filter, { cursor, limit });
        return { items: jobs, next };
      },
    }),
    [filter],
  );
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead
        title={say('title')}
        docs="architecture/commands"
        actions={
          <>
            <Button component={Link} to="/halts" variant="default">
              {say('halts')}
            </Button>
            <Button component={Link} to="/act">
              {say('act')}
            </Button>
          </>
        }
      />
      <Filters state={state} set={set} />
      <DataTable
        name="jobs"
        label={say('title')}
        columns={columns}
        source={source}
        idOf={({ id }) => id}
        nameOf={({ kind, id }) => `${kind} ${id}`}
        shown={state.columns?.split(',')}
        onShown={(ids) => set({ columns: ids?.join(',') ?? null }, { replace: true })}
        onOpen={({ id }) => void navigate({ to: `/jobs/${id}` })}
        empty={
          isFiltered ? (
            <Empty
              title={say('noneTitle')}
              why={say('noneWhy')}
              action={{ label: say('clear'), onClick: () => set({ state: null, kind: null, by: null }) }}
            />
          ) : (
            <Empty
              title={say('emptyTitle')}
              why={say('emptyWhy')}
              action={{ label: say('act'), to: '/act' }}
              docs="architecture/commands"
            />
          )
        }
      />
    </>
  );
}

function Filters({ state, set }: { readonly state: JobsState; readonly set: SetSearch<JobsState> }) {
  const say = useText(text);
  const sayState = useText(stateText);
  const { data: trust } = useTrust();
  const chips = [
    { key: 'state' as const, name: say('state'), value: state.state },
    { key: 'kind' as const, name: say('kind'), value: state.kind },
    { key: 'by' as const, name: say('requester'), value: state.by },
  ].filter(({ value }) => value !== undefined);
  return (
    <>
      <Group gap="xs" mb="xs">
        <Select
          w={210}
          aria-label={say('state')}
          placeholder={say('anyState')}
          clearable
          data={jobStates.map((one) => ({ value: one, label: sayState(`job/${one}`) }))}
          value={state.state ?? null}
          onChange={(value) => set({ state: value })}
        />
        <Select
          w={210}
          aria-label={say('kind')}
          placeholder={say('anyKind')}
          clearable
          searchable
          data={commandKinds}
          value={state.kind ?? null}
          onChange={(value) => set({ kind: value })}
        />
        <Select
          w={170}
          aria-label={say('requester')}
          placeholder={say('anybody')}
          clearable
          data={trust?.signers.map(({ id }) => id) ?? []}
          value={state.by ?? null}
          onChange={(value) => set({ by: value })}
        />
      </Group>
      {chips.length > 0 && (
        <Group gap={6} mb="xs">
          {chips.map(({ key, name, value }) => (
            <FilterChip key={key} remove={say('remove', { name })} onRemove={() => set({ [key]: null })}>
              {`${name}: ${value}`}
            </FilterChip>
          ))}
        </Group>
      )}
    </>
  );
}
