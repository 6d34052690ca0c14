// A list that stays quick at a hundred thousand rows: pages from the server as one scrolls, only rows in sight are made.
import { Box, Checkbox } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { columnVisibilityFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { type ReactNode, useMemo, useRef } from 'react';
import { useText } from '../../app/text.ts';
import { Problem } from '../Problem.tsx';
import { Body, PendingRow } from './Body.tsx';
import type { Column, Source } from './column.ts';
import { useRows } from './rows.ts';
import { SelectionBar } from './SelectionBar.tsx';
import { choose, isChosen, type Selection } from './selection.ts';
import { Toolbar } from './Toolbar.tsx';
import classes from './table.module.css';
import { text } from './text.ts';

const WIDTH_PX = 160;
const CHECK_PX = 40;
/** Rows drawn before the first ones are there. */
const SKELETON_ROWS = 8;
const features = tableFeatures({ columnVisibilityFeature });

export interface DataTableProps<Row extends object> {
  /** Name of the list in files and in what the browser remembers: `devices`. */
  readonly name: string;
  /** What the list is, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly source: Source<Row>;
  readonly idOf: (row: Row) => string;
  /** The row in a word, for screen readers. */
  readonly nameOf: (row: Row) => string;
  /** Order in force, as the API calls it; kept by the page, in the address. */
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string) => void;
  /** Ids of the columns that are shown; null or absent: those that are shown at first. Kept in the address. */
  readonly shown?: readonly string[] | null | undefined;
  readonly onShown?: (ids: readonly string[] | null) => void;
  /** Rows can be chosen where both are given. */
  readonly selection?: Selection;
  readonly onSelection?: (selection: Selection) => void;
  /** Buttons for the chosen rows; made of all rows that are loaded, as they are shown, where that matters. */
  readonly actions?: ReactNode | ((rows: readonly Row[]) => ReactNode);
  /** Enter or a double click on a row. */
  readonly onOpen?: (row: Row) => void;
  /** Shown instead of no rows. */
  readonly empty: ReactNode;
  /** More in the bar above, at the right. */
  readonly tools?: ReactNode;
  /** CSS height at most; what is left of the window unless said otherwise. */
  readonly height?: string;
}

/** Columns in force, by TanStack Table; its rows are ours, because only those in sight exist. */
function useColumns<Row extends object>({ columns, shown, onShown }: DataTableProps<Row>) {
  const table = useTable({
    features,
    data: [] as Row[],
    columns: useMemo(() => columns.map(({ id, header }) => ({ id, header })), [columns]),
    state: {
      columnVisibility: Object.fromEntries(
        columns.map(({ id, isHidden = false }) => [id, shown?.includes(id) ?? !isHidden]),
      ),
    },
    onColumnVisibilityChange: () => undefined,
  });
  const ids = table
    .getVisibleLeafColumns()
    .map(({ id }) => id)
    .join();
  // The same list while the same columns are shown: every row is made again when it changes.
  const visible = useMemo(() => {
    const names = new Set(ids.split(','));
    return columns.filter(({ id }) => names.has(id));
  }, [columns, ids]);
  return {
    visible,
    set: (ids: readonly string[] | null) => onShown?.(ids),
  };
}

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { source, sort, empty } = props;
  const say = useText(text);
  const list = useRows(source, sort);
  const { query, rows } = list;
  if (query.isError && rows.length === 0)
    return <Problem error={query.error} what={say('failed')} retry={() => void query.refetch()} />;
  if (!query.isPending && rows.length === 0) return empty;
  return (
    <Box>
      <Grid {...props} list={list} />
      {query.isFetchNextPageError && (
        <Problem error={query.error} what={say('moreFailed')} retry={() => void query.fetchNextPage()} />
      )}
      <Chosen {...props} list={list} />
    </Box>
  );
}

interface GridProps<Row extends object> extends DataTableProps<Row> {
  readonly list: ReturnType<typeof useRows<Row>>;
}

/** The bar and the table under it. */
function Grid<Row extends object>(props: GridProps<Row>) {
  const { name, columns, source, sort, selection, onSelection, idOf, nameOf, onOpen } = props;
  const { query, rows, count } = props.list;
  const frame = useRef<HTMLDivElement>(null);
  const [isRoomy, setRoomy] = useLocalStorage({ key: `muster.table.${name}.roomy`, defaultValue: false });
  const { visible, set } = useColumns(props);
  const canMore = query.hasNextPage && !query.isFetching && !query.isError;
  const more = canMore ? () => void query.fetchNextPage() : undefined;
  const pending = query.isFetchingNextPage ? SKELETON_ROWS : 0;
  return (
    <>
      <Toolbar
        {...{ name, columns, source, sort, count, isRoomy }}
        shown={visible}
        onShown={set}
        onRoomy={setRoomy}
      >
        {props.tools}
      </Toolbar>
      <div
        ref={frame}
        className={classes.frame}
        style={{ maxHeight: props.height ?? 'max(280px, calc(100dvh - 250px))' }}
        aria-busy={query.isPending || query.isPlaceholderData}
      >
        <table
          className={classes.table}
          aria-label={props.label}
          aria-rowcount={count === null ? -1 : count + 1}
          style={{ minWidth: widthOf(visible) }}
        >
          <Head {...props} rows={rows} visible={visible} />
          {query.isPending ? (
            <Skeletons columns={visible.length + (selection === undefined ? 0 : 1)} isRoomy={isRoomy} />
          ) : (
            <Body
              {...{ rows, frame, isRoomy, selection, onSelection, idOf, nameOf, onOpen, more, pending }}
              columns={visible}
            />
          )}
        </table>
      </div>
    </>
  );
}

/** The bar of the chosen rows, where rows can be chosen. */
function Chosen<Row extends object>({ selection, onSelection, actions, list }: GridProps<Row>) {
  if (selection === undefined || onSelection === undefined) return null;
  return (
    <SelectionBar {...{ selection, onSelection }} count={list.count} loaded={list.rows.length}>
      {typeof actions === 'function' ? actions(list.rows) : actions}
    </SelectionBar>
  );
}

function widthOf<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, { width = WIDTH_PX }) => sum + width, CHECK_PX);
}

function Skeletons({ columns, isRoomy }: { readonly columns: number; readonly isRoomy: boolean }) {
  return (
    <tbody>
      {Array.from({ length: SKELETON_ROWS }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <PendingRow key={index} columns={columns} isRoomy={isRoomy} />
      ))}
    </tbody>
  );
}

interface HeadProps<Row extends object> extends DataTableProps<Row> {
  readonly rows: readonly Row[];
  readonly visible: readonly Column<Row>[];
}

function Head<Row extends object>(props: HeadProps<Row>) {
  const { rows, visible, selection, onSelection, idOf } = props;
  const say = useText(text);
  const ids = rows.map(idOf);
  const isAll = selection !== undefined && ids.length > 0 && ids.every((id) => isChosen(selection, id));
  const isSome = selection !== undefined && !isAll && ids.some((id) => isChosen(selection, id));
  return (
    <thead className={classes.head}>
      <tr aria-rowindex={1}>
        {selection !== undefined && (
          <th scope="col" style={{ width: CHECK_PX }}>
            <Checkbox
              size="xs"
              aria-label={say('selectPage')}
              checked={isAll}
              indeterminate={isSome}
              onChange={({ currentTarget: { checked } }) => onSelection?.(choose(selection, ids, checked))}
            />
          </th>
        )}
        {visible.map((column) => (
          <HeadCell key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell<Row>({
  column: { header, hint, width = WIDTH_PX, sort: by, isNumeric = false },
  sort,
  onSort,
}: {
  readonly column: Column<Row>;
  readonly sort: string | undefined;
  readonly onSort: ((sort: string) => void) | undefined;
}) {
  const say = useText(text);
  const isUp = by !== undefined && sort === by;
  const isDown = by !== undefined && sort === `-${by}`;
  const className = isNumeric ? classes.number : undefined;
  if (by === undefined || onSort === undefined)
    return (
      <th scope="col" className={className} style={{ width }} title={hint}>
        {header}
      </th>
    );
  return (
    <th
      scope="col"
      className={className}
      style={{ width }}
      aria-sort={isUp ? 'ascending' : isDown ? 'descending' : 'none'}
    >
      <button
        type="button"
        className={classes.sort}
        title={[say('sortBy', { name: header }), hint].filter(Boolean).join('. ')}
        onClick={() => onSort(isUp ? `-${by}` : by)}
      >
        {header}
        {isUp && <IconArrowUp size={14} aria-hidden />}
        {isDown && <IconArrowDown size={14} aria-hidden />}
      </button>
    </th>
  );
}
