// What a table shows and where its rows come from.
import type { ReactNode } from 'react';

/** A value of a row as it is exported. */
export type CellValue = string | number | boolean | null;

/** One column. */
export interface Column<Row> {
  /** Short name that stands in the address and in exports. */
  readonly id: string;
  readonly header: string;
  /** What the column means, on hover. */
  readonly hint?: string;
  readonly cell: (row: Row) => ReactNode;
  /** The value in CSV and JSON; absent: the column is not exported. */
  readonly value?: (row: Row) => CellValue;
  /** What the API calls the order by this column; with `-` before it, the other way round. Absent: no order. */
  readonly sort?: string;
  /** Pixels; 160 unless said otherwise. What is left of the width goes to all in equal shares. */
  readonly width?: number;
  /** Numbers stand at the right. */
  readonly isNumeric?: boolean;
  /** Only shown when it is chosen. */
  readonly isHidden?: boolean;
}

/** A page of rows. */
export interface Page<Row> {
  readonly items: readonly Row[];
  /** Cursor of the next page; null on the last. */
  readonly next: string | null;
  /** How many fit in all; absent or null: not known. */
  readonly count?: number | null | undefined;
}

/** What is asked for. */
export interface PageWish {
  readonly cursor: string | null;
  readonly sort: string | undefined;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Where rows come from. */
export interface Source<Row> {
  /** Key of the query: everything that the rows depend on, but not the order. */
  readonly key: readonly unknown[];
  readonly load: (wish: PageWish) => Promise<Page<Row>>;
}

/** Rows of a page. */
export const PAGE_ROWS = 100;
