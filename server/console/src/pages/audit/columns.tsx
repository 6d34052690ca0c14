// Columns of the audit, and where its rows come from.
import { Anchor, Code, Text } from '@mantine/core';
import { api, take } from '../../api/client.ts';
import { useText } from '../../app/text.ts';
import { useFormat } from '../../parts/format.ts';
import { Status } from '../../parts/Status.tsx';
import type { SetSearch } from '../../parts/search-state.ts';
import type { Column, PageWish } from '../../parts/table/column.ts';
import type { AuditSearch } from './search.ts';
import { text } from './text.ts';

/** One page of events, newest first. */
export function readEvents(search: AuditSearch, { cursor, limit, signal }: PageWish) {
  const query = { ...search, limit, ...(cursor === null ? {} : { cursor }) };
  return take(api.GET('/api/v1/audit', { params: { query }, signal }));
}

/** An event as the API shows it. */
export type AuditEvent = Awaited<ReturnType<typeof readEvents>>['items'][number];

/** Pure: details in one line. */
function describe(detail: AuditEvent['detail']): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ');
}

export function useColumns(set: SetSearch<AuditSearch>): readonly Column<AuditEvent>[] {
  const say = useText(text);
  const format = useFormat();
  const inner = ['host', 'server', 'anonymous'] as const;
  const nameOf = ({ kind, name, id }: AuditEvent['actor']) => {
    const known = inner.find((one) => one === kind);
    return known === undefined ? name || id : say(known);
  };
  return [
    {
      id: 'at',
      header: say('when'),
      width: 235,
      cell: ({ at }) => <time dateTime={at}>{format.exact(Date.parse(at))}</time>,
      value: ({ at }) => at,
    },
    {
      id: 'outcome',
      header: say('outcome'),
      width: 130,
      cell: ({ outcome, code }) =>
        outcome === 'refused' ? (
          <Status tone="bad" word={say('refused')} detail={code} />
        ) : (
          <Status tone="good" word={say('done')} />
        ),
      value: ({ outcome, code }) => (code === '' ? outcome : `${outcome} ${code}`),
    },
    {
      id: 'act',
      header: say('act'),
      width: 190,
      cell: ({ act }) => <Filter label={act} onClick={() => set({ act })} isCode />,
      value: ({ act }) => act,
    },
    {
      id: 'actor',
      header: say('actor'),
      cell: ({ actor }) =>
        actor.id === '' ? (
          nameOf(actor)
        ) : (
          <Filter label={nameOf(actor)} onClick={() => set({ actor: actor.id })} />
        ),
      value: ({ actor }) => nameOf(actor),
    },
    {
      id: 'subject',
      header: say('subject'),
      cell: ({ subject }) =>
        subject === null ? null : (
          <Filter label={subject.name || subject.id} onClick={() => set({ subject: subject.id })} />
        ),
      value: ({ subject }) => (subject === null ? null : subject.name || subject.id),
    },
    ...useMore(),
  ];
}

/** What is known besides. */
function useMore(): readonly Column<AuditEvent>[] {
  const say = useText(text);
  const format = useFormat();
  return [
    {
      id: 'detail',
      header: say('detail'),
      width: 320,
      cell: ({ detail }) => (
        <Text size="xs" c="dimmed" truncate title={describe(detail)}>
          {describe(detail)}
        </Text>
      ),
      value: ({ detail }) => describe(detail),
    },
    {
      id: 'address',
      header: say('address'),
      width: 130,
      isHidden: true,
      cell: ({ actor }) => actor.address,
      value: ({ actor }) => actor.address,
    },
    {
      id: 'seq',
      header: say('number'),
      width: 110,
      isNumeric: true,
      cell: ({ seq }) => (seq === null ? <Text size="xs">{say('unsealed')}</Text> : format.number(seq)),
      value: ({ seq }) => seq,
    },
  ];
}

/** A value that narrows the list to itself. */
function Filter(props: { readonly label: string; readonly onClick: () => void; readonly isCode?: boolean }) {
  const { label, onClick, isCode = false } = props;
  const say = useText(text);
  return (
    <Anchor component="button" type="button" size="sm" onClick={onClick} title={say('only', { name: label })}>
      {isCode ? <Code>{label}</Code> : label}
    </Anchor>
  );
}
