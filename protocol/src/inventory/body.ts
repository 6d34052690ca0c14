// The body of a slice as it is hashed, sent and stored: one canonical JSON text.
import { fail } from '../errors.ts';
import { MAX_SLICE_ROWS, MAX_VALUE_CHARS } from '../limits.ts';
import type { Column, Columns, Outcome, RowOf, Section, Value } from './section.ts';

/** Longest name of a column, characters. */
const MAX_COLUMN_CHARS = 64;

/** A parsed body. Rows are arrays in the order of `columns`; both are empty unless the outcome is `ok`. */
export interface SliceBody {
  readonly section: string;
  readonly outcome: 'ok' | 'no-data' | 'error';
  /** Why there are no rows; empty when the outcome is `ok`. */
  readonly reason: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

/** Order of texts by UTF-16 unit: the same on every machine, unlike a locale's order. Null comes first. */
function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : 1;
}

/** Order of rows: by the key, then by every column, so that rows with one key still have one order. */
function compareRows(a: readonly Value[], b: readonly Value[], keyAt: readonly number[]): number {
  for (const at of keyAt) {
    const order = compareValues(a[at] ?? null, b[at] ?? null);
    if (order !== 0) return order;
  }
  for (let at = 0; at < a.length; at++) {
    const order = compareValues(a[at] ?? null, b[at] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * Writes the canonical text of an outcome: fixed field order, rows sorted by the section's key, long texts cut to
 * MAX_VALUE_CHARS with an ellipsis, numbers that are not finite written as null. Equal facts give equal bytes.
 */
export function writeBody<C extends Columns>(
  section: Section<C>,
  outcome: Outcome<RowOf<Section<C>>>,
): string {
  const columns = Object.keys(section.columns);
  const head = { section: section.name, outcome: outcome.outcome };
  if (outcome.outcome !== 'ok') {
    return JSON.stringify({ ...head, reason: cleanValue(outcome.reason), columns: [], rows: [] });
  }
  const keyAt = section.key.map((name) => columns.indexOf(name));
  const rows = outcome.rows.map((row) => columns.map((name) => cleanValue(row[name] ?? null)));
  rows.sort((a, b) => compareRows(a, b, keyAt));
  return JSON.stringify({ ...head, reason: '', columns, rows });
}

/**
 * Control characters except tab and newline. They come from hostile names, cannot be shown, and PostgreSQL refuses NUL in a
 * text, which would cost the whole batch that a body is written with.
 */
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/;
const ALL_CONTROLS = new RegExp(CONTROLS, 'g');

/** RFC 3339 in UTC, as a `time` column holds it; fractions of a second are optional. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** Makes a value fit for the wire: well-formed, bounded, finite. */
function cleanValue(value: Value): Value {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return value;
  const text = value.length > MAX_VALUE_CHARS ? `${value.slice(0, MAX_VALUE_CHARS - 1)}…` : value;
  // A lone surrogate (a hostile name, or a pair that the cut divided) cannot be encoded in UTF-8.
  return text.toWellFormed().replace(ALL_CONTROLS, '\ufffd');
}

/**
 * Checks a parsed JSON value as a body of this section. Unknown columns of a newer agent are allowed and kept as text of the
 * body; known ones must have their type.
 * @throws MusterError E_SCHEMA naming the column, E_RANGE for sizes.
 */
export function checkBody(section: Section, value: unknown): SliceBody {
  if (!isBodyShape(value) || value.section !== section.name) {
    throw fail('E_SCHEMA', {
      detail: `The body is not a body of section ${section.name}; update the agent.`,
    });
  }
  if (value.rows.length > MAX_SLICE_ROWS) {
    throw fail('E_RANGE', {
      detail: `Section ${section.name} has more than ${MAX_SLICE_ROWS} rows; it is not stored.`,
    });
  }
  // hasOwn: a column called `constructor` is an unknown column, not what every object inherits.
  const checks = value.columns.map((name) =>
    Object.hasOwn(section.columns, name) ? section.columns[name] : undefined,
  );
  for (const [name, column] of Object.entries(section.columns)) {
    if (value.outcome === 'ok' && column.required && !value.columns.includes(name)) {
      throw fail('E_SCHEMA', { detail: `Section ${section.name} misses its required column ${name}.` });
    }
  }
  for (const row of value.rows) checkRow(value, row, checks);
  return value;
}

/** Refuses a row that does not have one fitting value a column. */
function checkRow(body: SliceBody, row: unknown, checks: readonly (Column | undefined)[]) {
  if (!Array.isArray(row) || row.length !== checks.length) {
    throw fail('E_SCHEMA', { detail: `A row of section ${body.section} does not have one value a column.` });
  }
  const at = checks.findIndex((column, i) => !fits(column, row[i]));
  if (at === -1) return;
  throw fail('E_SCHEMA', {
    detail: `Column ${body.columns[at]} of section ${body.section} has a value of the wrong type.`,
  });
}

/** The outer form of a body, before its section is known. */
function isBodyShape(value: unknown): value is SliceBody {
  if (typeof value !== 'object' || value === null) return false;
  const { section, outcome, reason, columns, rows, ...rest } = value as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return false;
  if (typeof section !== 'string' || !isCleanText(reason)) return false;
  if (!areColumns(columns) || !Array.isArray(rows)) return false;
  if (outcome === 'ok') return true;
  return (outcome === 'no-data' || outcome === 'error') && rows.length === 0 && columns.length === 0;
}

/** True for names of columns, each once. */
function areColumns(value: unknown): value is string[] {
  if (!Array.isArray(value) || new Set(value).size !== value.length) return false;
  return value.every((name) => isCleanText(name) && name.length <= MAX_COLUMN_CHARS);
}

/** True for a text as writeBody leaves it: bounded, well-formed, without control characters. */
function isCleanText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_VALUE_CHARS &&
    value.isWellFormed() &&
    !CONTROLS.test(value)
  );
}

/** True when a value may stand in that column. An unknown column takes any value of bounded size. */
function fits(column: Column | undefined, value: unknown): value is Value {
  if (value === null) return column?.required !== true;
  switch (column?.type) {
    case 'text':
      return isCleanText(value);
    case 'time':
      return isCleanText(value) && TIME.test(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'real':
      return Number.isFinite(value);
    case undefined:
      return typeof value === 'boolean' || Number.isFinite(value) || isCleanText(value);
  }
}
