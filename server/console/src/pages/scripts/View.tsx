// The library of signed scripts and files: what there is, what it lacks, what was signed with it; run from here.
import { Button, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { PageHead } from '../../parts/PageHead.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { type SetSearch, useSearchState } from '../../parts/search-state.ts';
import type { Column, Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { When } from '../../parts/When.tsx';
import type { ContentView } from '../../signing/api.ts';
import { GoLink } from '../../signing/Go.tsx';
import { useSigning } from '../../signing/use-signing.ts';
import { AddForm } from './AddForm.tsx';
import { ContentStatus } from './ContentStatus.tsx';
import { Shown } from './Shown.tsx';
import { contentStates, type ScriptsState, scriptsSearch, uses } from './search.ts';
import { text } from './text.ts';

const TYPING_MS = 250;
const readContents = async () => (await take(api.GET('/api/v1/content'))).content;

function fits({ name, use, state }: ContentView, wish: ScriptsState): boolean {
  const isNamed = wish.q === undefined || name.toLowerCase().includes(wish.q.toLowerCase());
  return isNamed && (wish.use ?? use) === use && (wish.state ?? state) === state;
}

export function View() {
  const say = useText(text);
  const [state, set] = useSearchState(scriptsSearch);
  const columns = useColumns();
  const { q, use, state: wanted } = state;
  const filter = useMemo<ScriptsState>(
    () => ({ ...(q && { q }), ...(use && { use }), ...(wanted && { state: wanted }) }),
    [q, use, wanted],
  );
  const source = useMemo<Source<ContentView>>(
    () => ({
      key: ['content', 'list', filter],
      load: async () => {
        const items = (await readContents()).filter((one) => fits(one, filter));
        return { items, next: null, count: items.length };
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
        actions={<Button onClick={() => set({ show: 'new' })}>{say('add')}</Button>}
      />
      <Filters state={state} set={set} />
      <DataTable
        name="scripts"
        label={say('title')}
        columns={columns}
        source={source}
        idOf={({ digest }) => digest}
        nameOf={({ name }) => name}
        onOpen={({ digest }) => set({ show: digest })}
        empty={
          isFiltered ? (
            <Empty
              title={say('noneTitle')}
              why={say('noneWhy')}
              action={{ label: say('clear'), onClick: () => set({ q: null, use: null, state: null }) }}
            />
          ) : (
            <Empty
              title={say('emptyTitle')}
              why={say('emptyWhy')}
              action={{ label: say('add'), onClick: () => set({ show: 'new' }) }}
              docs="architecture/commands"
            />
          )
        }
      />
      <Side state={state} set={set} />
    </>
  );
}

interface FilterProps {
  readonly state: ScriptsState;
  readonly set: SetSearch<ScriptsState>;
}

function Filters({ state, set }: FilterProps) {
  const say = useText(text);
  const [typed, setTyped] = useState(state.q ?? '');
  const [settled] = useDebouncedValue(typed, TYPING_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed changes the address
  useEffect(() => {
    if (settled !== (state.q ?? '')) set({ q: settled === '' ? null : settled }, { replace: true });
  }, [settled]);
  return (
    <Group gap="xs" mb="xs">
      <TextInput
        w={220}
        aria-label={say('search')}
        placeholder={say('search')}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      <Select
        w={180}
        clearable
        aria-label={say('use')}
        placeholder={say('anyUse')}
        data={uses.map((one) => ({ value: one, label: say(one) }))}
        value={state.use ?? null}
        onChange={(use) => set({ use: uses.find((one) => one === use) ?? null })}
      />
      <Select
        w={180}
        clearable
        aria-label={say('state')}
        placeholder={say('anyState')}
        data={contentStates.map((one) => ({
          value: one,
          label: one === 'approved' ? say('approved') : say('waiting', { signers: 1, needed: 2 }),
        }))}
        value={state.state ?? null}
        onChange={(next) => set({ state: contentStates.find((one) => one === next) ?? null })}
      />
    </Group>
  );
}

/** One that is open, or the form for a new one. */
function Side({ state, set }: FilterProps) {
  const say = useText(text);
  const signing = useSigning();
  const { show } = state;
  const isNew = show === 'new';
  const one = useQuery({
    queryKey: ['content', show],
    queryFn: () => take(api.GET('/api/v1/content/{digest}', { params: { path: { digest: show ?? '' } } })),
    enabled: show !== undefined && !isNew,
  });
  return (
    <Dialog
      opened={show !== undefined}
      onClose={() => set({ show: null })}
      isSide
      size="lg"
      title={isNew ? say('addTitle') : (one.data?.name ?? '')}
    >
      {isNew && signing !== null && (
        <AddForm signing={signing} onAdded={(digest) => set({ show: digest }, { replace: true })} />
      )}
      {!isNew && one.isError && <Problem error={one.error} />}
      {!isNew && one.data !== undefined && <Shown content={one.data} />}
    </Dialog>
  );
}

function useColumns(): readonly Column<ContentView>[] {
  const say = useText(text);
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: 'name',
        header: say('name'),
        width: 240,
        cell: ({ name, digest }) => (
          <GoLink to="." search={{ show: digest }} keeps>
            {name}
          </GoLink>
        ),
        value: ({ name }) => name,
      },
      {
        id: 'use',
        header: say('use'),
        width: 100,
        cell: ({ use }) => (use === 'script' ? say('script') : say('file')),
        value: ({ use }) => use,
      },
      {
        id: 'state',
        header: say('state'),
        width: 190,
        cell: (one) => <ContentStatus content={one} />,
        value: ({ state }) => state,
      },
      {
        id: 'signers',
        header: say('signers'),
        width: 180,
        cell: ({ signers }) => signers.join(', '),
        value: ({ signers }) => signers.join(' '),
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
        id: 'created',
        header: say('created'),
        width: 150,
        cell: ({ createdAt }) => <When at={createdAt} />,
        value: ({ createdAt }) => createdAt,
      },
      {
        id: 'digest',
        header: say('digest'),
        width: 330,
        isHidden: true,
        cell: ({ digest }) => digest,
        value: ({ digest }) => digest,
      },
    ],
    [say, format],
  );
}
