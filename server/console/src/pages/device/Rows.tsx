// Rows of a section as a table that searches, sorts, chooses columns and exports; only rows in sight are made.
import { Box, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useLanguage, useText } from '../../app/text.ts';
import { Empty } from '../../parts/Empty.tsx';
import { useFormat } from '../../parts/format.ts';
import { useSearchState } from '../../parts/search-state.ts';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/DataTable.tsx';
import { type DeviceSearch, parseSearch } from './search.ts';
import { text } from './text-inventory.ts';
import type { Row, SectionInfo } from './types.ts';
import {
  type ColumnInfo,
  columnsOf,
  filterRows,
  formatValue,
  sortRows,
  titleOf,
  type ValueWords,
} from './values.ts';

interface Props {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly info: SectionInfo | undefined;
  /** Since when they are so: another moment is another list. */
  readonly at: string;
  /** The only table of the tab: its search and order stand in the address. */
  readonly isAlone: boolean;
}

/** Columns that come first where room is short, and those that are only shown when chosen. */
const firstColumns: Readonly<Record<string, readonly string[]>> = {
  processes: ['name', 'pid', 'cpu_used_ratio', 'resident_size', 'username', 'state', 'start_time', 'threads'],
  systemd_units: ['id', 'active_state', 'unit_file_state', 'description'],
  users: ['username', 'uid', 'description', 'interactive', 'shell', 'directory'],
  mounts: ['path', 'type', 'device', 'size'],
};
const WIDE_PX = 280;
const NARROW_PX = 120;
const TIME_PX = 230;
/** So high is a table of which there is only one, and at most one among others, px. */
const ALONE = 'max(320px, calc(100dvh - 360px))';
const SHARED_PX = 420;
/** Heights of a row, dense and not, of the head with room for a bar to scroll sideways, and of the bar above, px. */
const ROW_PX = { dense: 33, roomy: 45 } as const;
const HEAD_PX = 52;
const BAR_PX = 36;

/** So high is a table among others, all its rows in it, before they are drawn and while they are searched, px. */
function useSharedHeight(name: string, count: number): number {
  const [isRoomy] = useLocalStorage({
    key: `muster.table.${name}.roomy`,
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  return Math.min(SHARED_PX, HEAD_PX + count * ROW_PX[isRoomy ? 'roomy' : 'dense']);
}

export function Rows({ name, title, rows, info, at, isAlone }: Props) {
  const say = useText(text);
  const { language: locale } = useLanguage();
  const format = useFormat();
  const [search, setSearch] = useListState(isAlone);
  const words = useMemo(() => ({ format, yes: say('yes'), no: say('no') }), [format, say]);
  const columns = useMemo(() => toColumns(rows, { name, info, words }), [rows, name, info, words]);
  const numbered = useMemo(() => new Map(rows.map((row, index) => [row, String(index)])), [rows]);
  const idOf = (row: Row) => keyOf(row, info) ?? numbered.get(row) ?? '';
  const sharedPx = useSharedHeight(name, rows.length);
  return (
    <>
      {rows.length > 8 && (
        <TextInput
          size="xs"
          mb={6}
          maw={320}
          leftSection={<IconSearch size={14} aria-hidden />}
          aria-label={say('searchIn', { title })}
          placeholder={say('search')}
          value={search.q}
          onChange={(event) => setSearch({ q: event.currentTarget.value, sort: search.sort })}
        />
      )}
      <Box {...(isAlone ? {} : { mih: sharedPx + BAR_PX })}>
        <DataTable<Row>
          name={name}
          label={title}
          columns={columns}
          source={{
            key: ['rows', name, at, rows.length, search.q, locale],
            load: async ({ sort }) => ({
              items: sortRows(filterRows(rows, search.q), sort, locale),
              next: null,
            }),
          }}
          idOf={idOf}
          nameOf={(row) => String(row[columns[0]?.id ?? ''] ?? '')}
          sort={search.sort}
          onSort={(sort) => setSearch({ q: search.q, sort })}
          height={isAlone ? ALONE : `${sharedPx}px`}
          empty={
            <Empty
              title={say('noMatch', { search: search.q })}
              why={say('noMatchWhy')}
              action={{ label: say('dropSearch'), onClick: () => setSearch({ q: '', sort: search.sort }) }}
            />
          }
        />
      </Box>
    </>
  );
}

interface ListState {
  readonly q: string;
  readonly sort: string | undefined;
}

/** Search and order: in the address where the table is alone, else its own. */
function useListState(isAlone: boolean): [ListState, (next: ListState) => void] {
  const [address, setAddress] = useSearchState<DeviceSearch>(parseSearch);
  const [own, setOwn] = useState<ListState>({ q: '', sort: undefined });
  if (!isAlone) return [own, setOwn];
  return [
    { q: address.q ?? '', sort: address.sort },
    ({ q, sort }) => setAddress({ q: q === '' ? null : q, sort }, { replace: true }),
  ];
}

/** What tells a row apart over time; null where a value is missing. */
function keyOf(row: Row, info: SectionInfo | undefined): string | null {
  if (info === undefined || info.key.length === 0) return null;
  return info.key.map((column) => String(row[column] ?? '')).join('\n');
}

function toColumns(
  rows: readonly Row[],
  {
    name,
    info,
    words,
  }: { readonly name: string; readonly info: SectionInfo | undefined; readonly words: ValueWords },
): Column<Row>[] {
  const first = firstColumns[name] ?? info?.key ?? [];
  const found = columnsOf(rows, info);
  const rank = ({ name: column }: ColumnInfo) => {
    const at = first.indexOf(column);
    return at < 0 ? first.length : at;
  };
  return found
    .toSorted((a, b) => rank(a) - rank(b))
    .map((column) =>
      toColumn(column, { rows, words, isHidden: name in firstColumns && rank(column) === first.length }),
    );
}

/** Pixels for texts of that length. */
function widthOf({ type }: ColumnInfo, longest: number): number {
  if (type === 'time') return TIME_PX;
  if (type !== 'text' || longest < 14) return NARROW_PX;
  return longest > 40 ? WIDE_PX : (NARROW_PX + WIDE_PX) / 2;
}

function toColumn(
  column: ColumnInfo,
  {
    rows,
    words,
    isHidden,
  }: { readonly rows: readonly Row[]; readonly words: ValueWords; readonly isHidden: boolean },
): Column<Row> {
  const isNumeric = column.type === 'integer' || column.type === 'real';
  const longest = rows.reduce((most, row) => Math.max(most, String(row[column.name] ?? '').length), 0);
  const shown = (row: Row) => formatValue(row[column.name], column, words);
  return {
    id: column.name,
    header: titleOf(column.name),
    hint: column.description,
    width: widthOf(column, longest),
    isNumeric,
    isHidden,
    sort: column.name,
    cell: (row) => <span title={shown(row)}>{shown(row)}</span>,
    value: (row) => row[column.name] ?? null,
  };
}
