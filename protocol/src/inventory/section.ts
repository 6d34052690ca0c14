// What a section of the inventory is: named columns with type, unit and meaning, and the key of a row.

/** Type of a column's values. `time` is an RFC 3339 text; `integer` fits 2^53. */
export type ColumnType = 'text' | 'integer' | 'real' | 'boolean' | 'time';

/** One column, named as in osquery's table of the same subject where there is one. */
export interface Column {
  readonly type: ColumnType;
  /** What the value means, for the docs, the API and the console. */
  readonly description: string;
  /** Unit of a number, UCUM (`By`, `MHz`, `s`); absent for texts and counts. */
  readonly unit?: string;
  /** A required fact: never null where the section has rows. Absent means it may be null, which says "no data". */
  readonly required?: true;
}

/** Columns by name, in the order in which a row is written. */
export type Columns = Readonly<Record<string, Column>>;

/** One subject of the inventory. */
export interface Section<C extends Columns = Columns> {
  /** Stable name, osquery's table name where there is one. */
  readonly name: string;
  /** Title for people. */
  readonly title: string;
  /** What the rows are and where they are read from. */
  readonly description: string;
  /**
   * `slice`: slow facts, content-addressed and kept as history.
   * `live`: shown on request only, never in the root hash or the history.
   */
  readonly kind: 'slice' | 'live';
  /** Columns that identify a row over time; rows are sorted by them and compared by them. Empty: there is one row at most. */
  readonly key: readonly string[];
  readonly columns: C;
}

/** A value in a row. Null says "no data" for this one column. */
export type Value = string | number | boolean | null;

type ValueOf<T extends ColumnType> = T extends 'text' | 'time'
  ? string
  : T extends 'boolean'
    ? boolean
    : number;

/** The row type of a section: required columns are never null. */
export type RowOf<S extends { readonly columns: Columns }> = {
  readonly [K in keyof S['columns']]: S['columns'][K] extends { readonly required: true }
    ? ValueOf<S['columns'][K]['type']>
    : ValueOf<S['columns'][K]['type']> | null;
};

/**
 * Gives the compiler the exact column names of a section and holds its key to them; does nothing at run time.
 * The key is checked here, not in Section: a `keyof` there would keep a section with exact names from being a `Section`.
 */
export function defineSection<const C extends Columns>(
  section: Section<C> & { readonly key: readonly (keyof C & string)[] },
): Section<C> {
  return section;
}

/**
 * What a collector found.
 * `no-data` is an outcome of its own: the subject does not exist here (no battery, no rpm database), with the reason in words.
 * `error`: it should exist and could not be read.
 */
export type Outcome<Row> =
  | { readonly outcome: 'ok'; readonly rows: readonly Row[] }
  | { readonly outcome: 'no-data'; readonly reason: string }
  | { readonly outcome: 'error'; readonly reason: string };
