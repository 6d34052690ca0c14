// The list of devices: quick at a hundred thousand, filtered by an expression, all of it in the address.
import { Button, Group, Modal, Paper, Stack, Text } from '@mantine/core';
import { IconPlus, IconRefresh } from '@tabler/icons-react';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { Builder } from '../../parts/expression/Builder.tsx';
import { Chips } from '../../parts/expression/Chips.tsx';
import { joinConditions, splitConditions } from '../../parts/expression/conditions.ts';
import { ExpressionField } from '../../parts/expression/ExpressionField.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { splitAddress } from '../../parts/PageLink.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { nothing, type Selection } from '../../parts/table/selection.ts';
import { Actions } from './Actions.tsx';
import { factColumnIds, useDeviceColumns } from './columns.tsx';
import { Enroll, useEnrolling } from './Enroll.tsx';
import { GroupChip } from './GroupChip.tsx';
import { NoMatch } from './NoMatch.tsx';
import { type DeviceSort, parseSearch } from './search.ts';
import { type Narrowed, useDevices, useFresh } from './source.ts';
import { text } from './text.ts';
import { useViews, Views } from './Views.tsx';

export function View() {
  const say = useText(text);
  const [search, setSearch] = useSearchState(parseSearch);
  useDefaultView();
  const { on = '', group } = search;
  function filter(next: string): void {
    setSearch({ on: next === '' ? null : next });
  }
  return (
    <>
      <PageHead
        title={say('title')}
        docs="architecture/language"
        actions={
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setSearch({ enroll: 'true' })}
          >
            {say('enroll')}
          </Button>
        }
      />
      <Filter on={on} onChange={filter} />
      {group !== undefined && <GroupChip id={group} onRemove={() => setSearch({ group: null })} />}
      <List
        key={`${group} ${on}`}
        narrowed={{ on, group }}
        onFilter={filter}
        onAllGroups={() => setSearch({ group: null })}
      />
      <Modal
        opened={search.enroll === 'true'}
        onClose={() => setSearch({ enroll: null }, { replace: true })}
        title={say('enrollMore')}
        size="lg"
      >
        <EnrollMore />
      </Modal>
    </>
  );
}

function EnrollMore() {
  const say = useText(text);
  return (
    <>
      <Text size="sm" mb="md">
        {say('enrollWhy')}
      </Text>
      <Enroll enrolling={useEnrolling()} />
    </>
  );
}

/** Without anything behind `?` the list opens with the view that the person chose for that, once. */
function useDefaultView(): void {
  const views = useViews();
  const navigate = useNavigate();
  const isBare = useRouterState({ select: ({ location }) => location.searchStr === '' });
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    if (views === undefined || isDone) return;
    setDone(true);
    const chosen = views.find((view) => view.default);
    if (isBare && chosen !== undefined)
      void navigate({ ...splitAddress(`/devices?${chosen.search}`), replace: true });
  }, [views, isDone, isBare, navigate]);
}

function Filter({ on, onChange }: { readonly on: string; readonly onChange: (on: string) => void }) {
  const [typed, setTyped] = useState('');
  const search = useRouterState({ select: ({ location }) => location.searchStr.slice(1) });
  function add(condition: string): void {
    onChange(joinConditions([...splitConditions(on), ...splitConditions(condition)]));
    setTyped('');
  }
  return (
    <Stack gap="xs" mb="sm">
      <Group gap="xs" align="flex-start">
        <div className="muster-grow">
          <ExpressionField
            isSearch
            value={typed}
            onChange={setTyped}
            onSubmit={(condition) => {
              if (condition !== '') add(condition);
            }}
          />
        </div>
        <Builder onAdd={add} />
        <Views search={search} />
      </Group>
      <Chips expression={on} onChange={onChange} />
    </Stack>
  );
}

interface ListProps {
  readonly narrowed: Narrowed;
  readonly onFilter: (on: string) => void;
  readonly onAllGroups: () => void;
}

function List({ narrowed, onFilter, onAllGroups }: ListProps) {
  const say = useText(text);
  const navigate = useNavigate();
  const [search, setSearch] = useSearchState(parseSearch);
  const [selection, setSelection] = useState<Selection>(nothing);
  const columns = useDeviceColumns();
  const shown = search.columns?.split(',') ?? null;
  const withFacts = shown?.some((id) => factColumnIds.has(id)) ?? false;
  const source = useDevices(narrowed, withFacts);
  const { isStale, reload } = useFresh(source, withFacts);
  const enrolling = useEnrolling();
  const hasBegun = enrolling.made.data !== undefined;
  function another(): void {
    enrolling.made.reset();
    setSearch({ enroll: 'true' });
  }
  const list = (
    <DataTable
      name="devices"
      label={say('label')}
      columns={columns}
      source={source}
      idOf={({ id = '' }) => id}
      nameOf={({ hostname = '' }) => hostname}
      sort={search.sort ?? 'hostname'}
      onSort={(sort) => setSearch({ sort: sort as DeviceSort })}
      shown={shown}
      onShown={(ids) => setSearch({ columns: ids?.join(',') ?? null })}
      selection={selection}
      onSelection={setSelection}
      actions={<Actions selection={selection} narrowed={narrowed} />}
      onOpen={({ id = '' }) => void navigate({ to: `/devices/${id}` })}
      empty={hasBegun ? null : <None {...{ narrowed, onFilter, onAllGroups, enrolling }} />}
      tools={isStale && <Stale onReload={reload} />}
    />
  );
  // The list is no longer empty once the device is there: what says so must not go with the emptiness.
  return (
    <>
      {hasBegun && (
        <Paper withBorder p="md" mb="md">
          <Enroll enrolling={enrolling} onAnother={another} />
        </Paper>
      )}
      {list}
    </>
  );
}

interface NoneProps extends ListProps {
  readonly enrolling: ReturnType<typeof useEnrolling>;
}

/** Why there is no row, and what to do about it. */
function None({ narrowed: { on, group }, onFilter, onAllGroups, enrolling }: NoneProps) {
  const say = useText(text);
  if (group !== undefined)
    return (
      <Empty
        title={say('noneInGroup')}
        why={say('noneInGroupWhy')}
        action={{ label: say('allGroups'), onClick: onAllGroups }}
        docs="architecture/groups"
      />
    );
  if (on !== '') return <NoMatch on={on} onChange={onFilter} />;
  return (
    <Empty title={say('enrollTitle')} why={say('enrollWhy')} docs="installation">
      <Enroll enrolling={enrolling} />
    </Empty>
  );
}

function Stale({ onReload }: { readonly onReload: () => void }) {
  const say = useText(text);
  return (
    <Group gap={4} role="status">
      <Text size="sm" c="dimmed">
        {say('changed')}
      </Text>
      <Button
        size="compact-sm"
        variant="subtle"
        leftSection={<IconRefresh size={15} aria-hidden />}
        onClick={onReload}
      >
        {say('reload')}
      </Button>
    </Group>
  );
}
