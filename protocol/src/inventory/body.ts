// The body of a slice as it is hashed, sent and stored: one canonical JSON text.
import { fail } from '../errors.ts';
import { MAX_SLICE_ROWS, MAX_VALUE_CHARS } from '../limits.ts';
import type { Column, Columns, Outcome, RowOf, Section, Value } from './section.ts';

/** A parsed body. Rows are arrays in the order of `columns`; both are empty unless the outcome is `ok`. */
export interface SliceBody {
  readonly section: string;
  readonly outcome: 'ok' | 'no-data' | 'error';
  /** Why there are no rows; empty when the outcome is `ok`. */
  readonly reason: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

/** Order of texts by UTF-16 unit: the same on every machine, unlike a locale's order. */
function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : 1;
}

/**
 * Writes the canonical text of an outcome: fixed field order, rows sorted by the section's key, long texts cut to
 * MAX_VALUE_CHARS with an ellipsis, numbers that are not finite written as null. Equal facts give equal bytes.
 */
export function writeBody<C extends Columns>(section: Section<C>, outcome: Outcome<RowOf<Section<C>>>): string {
  const columns = Object.keys(section.columns);
  const head = { section: section.name, outcome: outcome.outcome };
  if (outcome.outcome !== 'ok') return JSON.stringify({ ...head, reason: outcome.reason, columns: [], rows: [] });
  const keyAt = section.key.map((name) => columns.indexOf(name));
  const rows = outcome.rows.map((row) => columns.map((name) => cleanValue(row[name] ?? null)));
  rows.sort((a, b) => {
    for (const at of keyAt) {
      const order = compareValues(a[at] ?? null, b[at] ?? null);
      if (order !== 0) return order;
    }
    return 0;
  });
  return JSON.stringify({ ...head, reason: '', columns, rows });
}

/** Makes a value fit for the wire: well-formed, bounded, finite. */
function cleanValue(value: Value): Value {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return value;
  const text = value.length > MAX_VALUE_CHARS ? `${value.slice(0, MAX_VALUE_CHARS - 1)}…` : value;
  // A lone surrogate cannot be encoded in UTF-8; control characters cannot be shown. Both come from hostile names.
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\ufffd');
}

/**
 * Checks a parsed JSON value as a body of this section. Unknown columns of a newer agent are allowed and kept as text of the
 * body; known ones must have their type.
 * @throws MusterError E_SCHEMA naming the column, E_RANGE for sizes.
 */
export function checkBody(section: Section, value: unknown): SliceBody {
  if (!isBodyShape(value) || value.section !== section.name) {
    throw fail('E_SCHEMA', { detail: `The body is not a body of section ${section.name}; update the agent.` });
  }
  if (value.rows.length > MAX_SLICE_ROWS) {
    throw fail('E_RANGE', { detail: `Section ${section.name} has more than ${MAX_SLICE_ROWS} rows; it is not stored.` });
  }
  const checks = value.columns.map((name) => section.columns[name]);
  for (const [name, column] of Object.entries(section.columns)) {
    if (value.outcome === 'ok' && column.required && !value.columns.includes(name)) {
      throw fail('E_SCHEMA', { detail: `Section ${section.name} misses its required column ${name}.` });
    }
  }
  for (const row of value.rows) {
    if (!Array.isArray(row) || row.length !== checks.length) {
      throw fail('E_SCHEMA', { detail: `A row of section ${section.name} does not have one value a column.` });
    }
    for (let i = 0; i < checks.length; i++) {
      if (!fits(checks[i], row[i])) {
        throw fail('E_SCHEMA', { detail: `Column ${value.columns[i]} of section ${section.name} has a value of the wrong type.` });
      }
    }
  }
  return value;
}

/** The outer form of a body, before its section is known. */
function isBodyShape(value: unknown): value is SliceBody {
  if (typeof value !== 'object' || value === null) return false;
  const { section, outcome, reason, columns, rows, ...rest } = value as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return false;
  if (typeof section !== 'string' || typeof reason !== 'string' || reason.length > MAX_VALUE_CHARS) return false;
  if (outcome !== 'ok' && outcome !== 'no-data' && outcome !== 'error') return false;
  if (!Array.isArray(columns) || !Array.isArray(rows)) return false;
  if (outcome !== 'ok' && (rows.length > 0 || columns.length > 0)) return false;
  return columns.every((name) => typeof name === 'string' && name.length <= 64) && new Set(columns).size === columns.length;
}

/** True when a value may stand in that column. An unknown column takes any value of bounded size. */
function fits(column: Column | undefined, value: unknown): value is Value {
  if (value === null) return column?.required !== true;
  if (typeof value === 'string') {
    if (value.length > MAX_VALUE_CHARS) return false;
    return column === undefined || column.type === 'text' || column.type === 'time';
  }
  if (typeof value === 'boolean') return column === undefined || column.type === 'boolean';
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  if (column?.type === 'integer') return Number.isSafeInteger(value);
  return column === undefined || column.type === 'real';
}
