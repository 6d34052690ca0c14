// Alerts of all devices one may see, live, and who looks after them.
import { Anchor, Button, SegmentedControl, Text, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { api, take } from '../../api/client.ts';
import { useMay } from '../../app/session.ts';
import { useText } from '../../app/text.ts';
import { useAgain } from '../../parts/again.ts';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { Status } from '../../parts/Status.tsx';
import { useSearchState } from '../../parts/search-state.ts';
import { showFailure } from '../../parts/show-failure.tsx';
import { useStream } from '../../parts/stream.ts';
import type { Column, PageWish, Source } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { isChosen, nothing, type Selection } from '../../parts/table/selection.ts';
import { When } from '../../parts/When.tsx';
import { unitOf } from '../device/alert-unit.ts';
import { type Alert, MAX_AT_ONCE, useAcknowledging } from './acknowledge.tsx';
import { Detail } from './Detail.tsx';
import { Holder } from './Holder.tsx';
import { parseSearch, type Shown, shownStates } from './search.ts';
import { text } from './text.ts';
import { text as acknowledgeText } from './text-acknowledge.ts';

/** On a telephone the columns that matter stand side by side without scrolling. */
const NARROW = '(max-width: 30em)';

const filters = {
  open: { state: 'open' },
  unacknowledged: { state: 'open', acknowledged: false },
  cleared: { state: 'cleared' },
} as const satisfies Record<Shown, object>;

function readAlerts(shown: Shown | undefined, { cursor, limit, signal }: PageWish) {
  const filter = shown === undefined ? {} : filters[shown];
  const query = { limit, ...filter, ...(cursor === null ? {} : { cursor }) };
  return take(api.GET('/api/v1/alerts', { params: { query }, signal }));
}

export function List() {
  const say = useText(text);
  const may = useMay()('alerts.acknowledge');
  const changed = useAgain();
  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false });
  const [{ state, alert }, set] = useSearchState(parseSearch);
  const [selection, setSelection] = useState<Selection>(nothing);
  const source = useMemo<Source<Alert>>(
    () => ({ key: ['alerts', state], load: (wish) => readAlerts(state, wish) }),
    [state],
  );
  useStream('/api/v1/events', { alerts: () => changed(['alerts']), open: () => changed(['alerts']) });
  const show = (value: string) => {
    setSelection(nothing);
    set({ state: shownStates.find((one) => one === value) ?? null });
  };
  const open = (id: number) => set({ alert: id });
  const choosing = may && !isNarrow ? { selection, onSelection: setSelection } : {};
  return (
    <>
      <DataTable
        name="alerts"
        label={say('list')}
        columns={useColumns(open, isNarrow)}
        source={source}
        idOf={(row) => String(row.id)}
        nameOf={(row) => `${row.series} ${row.hostname}`}
        onOpen={(row) => open(row.id)}
        {...choosing}
        actions={(rows) => <Actions {...{ rows, selection }} onDone={() => setSelection(nothing)} />}
        tools={
          <SegmentedControl
            size="xs"
            aria-label={say('show')}
            value={state ?? 'all'}
            data={(['all', ...shownStates] as const).map((value) => ({ value, label: say(value) }))}
            onChange={show}
          />
        }
        empty={
          <Empty
            title={say('noneTitle')}
            why={say('noneWhy')}
            docs="architecture/sampler"
            {...(state === undefined ? {} : { action: { label: say('all'), onClick: () => show('all') } })}
          />
        }
      />
      <Detail id={alert} onClose={() => set({ alert: null })} />
    </>
  );
}

interface ActionsProps {
  /** As they are shown. */
  readonly rows: readonly Alert[];
  readonly selection: Selection;
  readonly onDone: () => void;
}

/** What can be done with the chosen ones. */
function Actions({ rows, selection, onDone }: ActionsProps) {
  const say = useText(acknowledgeText);
  const { acknowledge, giveBack } = useAcknowledging();
  const chosen = rows.filter(({ id }) => isChosen(selection, String(id)));
  // One that was chosen and is not shown any more is asked for too: the server says what became of it.
  const ids = selection.kind === 'some' ? [...selection.ids].map(Number) : chosen.map(({ id }) => id);
  const isOwn = new Set(chosen.flatMap(({ id, acknowledged }) => (acknowledged?.isYours ? id : [])));
  const wanted = ids.filter((id) => !isOwn.has(id));
  const held = chosen.flatMap(({ id, acknowledged }) => (acknowledged ? { id, at: acknowledged.at } : []));
  const sending = useMutation({
    mutationFn: (act: 'acknowledge' | 'give-back') =>
      act === 'acknowledge' ? acknowledge(wanted) : giveBack(held),
    onSuccess: onDone,
    onError: (error) => showFailure(error),
  });
  if (ids.length > MAX_AT_ONCE) return <Text size="sm">{say('tooMany', { count: MAX_AT_ONCE })}</Text>;
  return (
    <>
      <Button
        size="compact-md"
        variant="default"
        disabled={sending.isPending || held.length === 0}
        onClick={() => sending.mutate('give-back')}
      >
        {say('giveBack')}
      </Button>
      <Button
        size="compact-md"
        loading={sending.isPending}
        disabled={wanted.length === 0}
        onClick={() => sending.mutate('acknowledge')}
      >
        {say('acknowledge')}
      </Button>
    </>
  );
}

function useColumns(open: (id: number) => void, isNarrow: boolean): readonly Column<Alert>[] {
  const say = useText(text);
  const sayHolder = useText(acknowledgeText);
  const format = useFormat();
  const measure = (value: number, series: string) => format.measure(value, unitOf(series));
  return [
    {
      id: 'severity',
      header: isNarrow ? say('rule') : say('severity'),
      width: isNarrow ? 116 : 130,
      // Where there is little room the rule stands beside the shape that says how bad it is.
      cell: ({ id, severity, state, rule }) => (
        <Anchor component="button" type="button" size="sm" c="inherit" maw="100%" onClick={() => open(id)}>
          <Status
            tone={state === 'cleared' ? 'idle' : severity === 'critical' ? 'bad' : 'warn'}
            word={isNarrow ? rule : say(severity)}
            detail={say(severity)}
          />
          {isNarrow && <VisuallyHidden>{`, ${say(severity)}`}</VisuallyHidden>}
        </Anchor>
      ),
      value: ({ severity }) => severity,
    },
    {
      id: 'device',
      header: say('device'),
      ...(isNarrow && { width: 92 }),
      cell: ({ deviceId, hostname }) => (
        <Anchor component={Link} to={`/devices/${deviceId}`} size="sm">
          {hostname}
        </Anchor>
      ),
      value: ({ hostname }) => hostname,
    },
    {
      id: 'holder',
      header: sayHolder('holder'),
      width: isNarrow ? 116 : 210,
      cell: (row) => <Holder alert={row} />,
      value: ({ acknowledged }) => acknowledged?.by ?? null,
    },
    {
      id: 'series',
      header: say('series'),
      width: 260,
      cell: (row) => row.series,
      value: (row) => row.series,
    },
    { id: 'rule', header: say('rule'), cell: (row) => row.rule, value: (row) => row.rule },
    {
      id: 'value',
      header: say('value'),
      width: 110,
      isNumeric: true,
      cell: ({ value, series }) => measure(value, series),
      value: ({ value }) => value,
    },
    {
      id: 'threshold',
      header: say('threshold'),
      width: 110,
      isNumeric: true,
      cell: ({ threshold, series }) => measure(threshold, series),
      value: ({ threshold }) => threshold,
    },
    {
      id: 'since',
      header: say('since'),
      cell: ({ since }) => <When at={since} />,
      value: ({ since }) => since,
    },
    {
      id: 'ended',
      header: say('ended'),
      cell: ({ clearedAt }) => <When at={clearedAt} never={say('still')} />,
      value: ({ clearedAt }) => clearedAt,
    },
  ];
}
