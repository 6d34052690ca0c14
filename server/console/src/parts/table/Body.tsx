// The rows in sight and the space of all others, with the keys that move in them.
import { Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useText } from '../../app/text.ts';
import type { Column } from './column.ts';
import { choose, isChosen, type Selection } from './selection.ts';
import classes from './table.module.css';
import { text } from './text.ts';

const ROW_PX = 33;
const ROOMY_PX = 45;
/** Rows made beyond those in sight. */
const OVERSCAN = 12;
/** So many rows before the end the next page is asked for. */
const AHEAD_ROWS = 30;

export interface BodyProps<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly idOf: (row: Row) => string;
  readonly nameOf: (row: Row) => string;
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly isRoomy: boolean;
  readonly selection: Selection | undefined;
  readonly onSelection: ((selection: Selection) => void) | undefined;
  readonly onOpen: ((row: Row) => void) | undefined;
  /** Asks for the next page; undefined: there is none, or it is on its way. */
  readonly more: (() => void) | undefined;
  /** Rows of which only the place is known yet. */
  readonly pending: number;
}

export function Body<Row>(props: BodyProps<Row>) {
  const { rows, columns, idOf, nameOf, frame, isRoomy, selection, onOpen, more, pending } = props;
  const size = isRoomy ? ROOMY_PX : ROW_PX;
  const virtual = useVirtualizer({
    count: rows.length + pending,
    getScrollElement: () => frame.current,
    estimateSize: () => size,
    overscan: OVERSCAN,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useEffect(() => virtual.measure(), [virtual, size]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD_ROWS) more?.();
  }, [last, rows.length, more]);
  const moves = useMoves(props, (index) => virtual.scrollToIndex(index));
  const acts = useActs({ ...moves, open: (row: Row) => onOpen?.(row) });
  const wide = columns.length + (selection === undefined ? 0 : 1);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <tbody>
      <Space height={before} columns={wide} />
      {items.map(({ index }) => {
        const row = rows[index];
        return row === undefined ? (
          <PendingRow key={index} columns={wide} isRoomy={isRoomy} />
        ) : (
          <DataRow
            key={idOf(row)}
            {...{ row, index, columns, isRoomy, acts }}
            name={nameOf(row)}
            isOn={selection === undefined ? undefined : isChosen(selection, idOf(row))}
            isActive={moves.active === index}
          />
        );
      })}
      <Space height={after} columns={wide} />
    </tbody>
  );
}

function Space({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null;
  return (
    <tr className={classes.space} aria-hidden>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

export function PendingRow({ columns, isRoomy }: { readonly columns: number; readonly isRoomy: boolean }) {
  return (
    <tr className={classes.row} data-roomy={isRoomy || undefined} aria-hidden>
      <td colSpan={columns}>
        <Skeleton height={10} radius="xl" width="70%" />
      </td>
    </tr>
  );
}

/** One row takes part in the order of the Tab key; the arrows move it. */
function useMoves<Row>(props: BodyProps<Row>, scrollTo: (index: number) => void) {
  const { rows, idOf, selection, onSelection, onOpen, frame } = props;
  const [active, setActive] = useState(0);
  const anchor = useRef(0);

  function focus(index: number): void {
    const to = Math.max(0, Math.min(rows.length - 1, index));
    setActive(to);
    scrollTo(to);
    requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>(`[data-index="${to}"]`)?.focus());
  }

  function toggle(index: number, isRange: boolean): void {
    const row = rows[index];
    if (row === undefined || selection === undefined) return;
    const [from, to] = isRange
      ? [Math.min(anchor.current, index), Math.max(anchor.current, index)]
      : [index, index];
    const isOn = isRange || !isChosen(selection, idOf(row));
    onSelection?.(choose(selection, rows.slice(from, to + 1).map(idOf), isOn));
    if (!isRange) anchor.current = index;
  }

  function onKeyDown(event: KeyboardEvent, index: number): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 15,
      PageUp: -15,
      Home: -rows.length,
      End: rows.length,
    };
    const step = steps[event.key];
    const row = rows[index];
    if (step !== undefined) focus(index + step);
    else if (event.key === ' ') toggle(index, event.shiftKey);
    else if (event.key === 'Enter' && row !== undefined) onOpen?.(row);
    else return;
    if (step !== undefined && event.shiftKey)
      toggle(Math.max(0, Math.min(rows.length - 1, index + step)), true);
    event.preventDefault();
  }

  return { active, setActive, toggle, onKeyDown };
}

/** What can be done with a row. */
interface Acts<Row> {
  setActive(index: number): void;
  toggle(index: number, isRange: boolean): void;
  onKeyDown(event: KeyboardEvent, index: number): void;
  open(row: Row): void;
}

/** The same functions as long as the table is there: rows that stay the same are not made again while one scrolls. */
function useActs<Row>(acts: Acts<Row>): Acts<Row> {
  const latest = useRef(acts);
  latest.current = acts;
  return useMemo(
    () => ({
      setActive: (index) => latest.current.setActive(index),
      toggle: (index, isRange) => latest.current.toggle(index, isRange),
      onKeyDown: (event, index) => latest.current.onKeyDown(event, index),
      open: (row) => latest.current.open(row),
    }),
    [],
  );
}

interface DataRowProps<Row> {
  readonly row: Row;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  readonly isRoomy: boolean;
  readonly name: string;
  /** undefined: rows cannot be chosen. */
  readonly isOn: boolean | undefined;
  readonly isActive: boolean;
  readonly acts: Acts<Row>;
}

function PlainRow<Row>({ row, index, columns, isRoomy, name, isOn, isActive, acts }: DataRowProps<Row>) {
  const say = useText(text);
  function onDoubleClick(event: MouseEvent<HTMLElement>): void {
    const isControl =
      event.target instanceof Element && event.target.closest('a,button,input,label') !== null;
    if (!isControl) acts.open(row);
  }
  return (
    <tr
      className={classes.row}
      data-roomy={isRoomy || undefined}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={isOn}
      tabIndex={isActive ? 0 : -1}
      onFocus={() => acts.setActive(index)}
      onKeyDown={(event) => acts.onKeyDown(event, index)}
      onDoubleClick={onDoubleClick}
    >
      {isOn !== undefined && (
        <td className={classes.check}>
          <input
            type="checkbox"
            className={classes.box}
            tabIndex={-1}
            aria-label={say('selectRow', { name })}
            checked={isOn}
            onChange={() => undefined}
            onClick={(event) => acts.toggle(index, event.shiftKey)}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} className={column.isNumeric === true ? classes.number : undefined}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

const DataRow = memo(PlainRow) as typeof PlainRow;
