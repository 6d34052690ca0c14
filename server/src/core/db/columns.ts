// Arrays as typed query parameters, so that one statement carries a whole batch: unnest(${int4s(sql, xs)}, …).
import type { Parameter, Sql } from 'postgres';

/** A value per row; null stays null. */
type Column<T> = readonly (T | null)[];

/** Anything that takes typed parameters: the raw client or a transaction of it. */
type Typed = Pick<Sql, 'typed'>;

// Type numbers of pg_type.dat; the client would guess the element's type where the array's is needed.
const INT2S = 1005;
const INT4S = 1007;
const INT8S = 1016;
const FLOAT8S = 1022;
const BOOLS = 1000;
const TEXTS = 1009;
const BYTEAS = 1001;
const TIMESTAMPS = 1185;
const JSONBS = 3807;
const INT8 = 20;

export function int2s(sql: Typed, values: Column<number>): Parameter<unknown> {
  return sql.typed(values, INT2S);
}

export function int4s(sql: Typed, values: Column<number>): Parameter<unknown> {
  return sql.typed(values, INT4S);
}

/** Numbers must be whole; bigint is taken too. */
export function int8s(sql: Typed, values: Column<number | bigint>): Parameter<unknown> {
  return sql.typed(values, INT8S);
}

export function float8s(sql: Typed, values: Column<number>): Parameter<unknown> {
  return sql.typed(values, FLOAT8S);
}

export function booleans(sql: Typed, values: Column<boolean>): Parameter<unknown> {
  return sql.typed(values, BOOLS);
}

/** PostgreSQL stores no U+0000: see {@link cleanText}. */
export function texts(sql: Typed, values: Column<string>): Parameter<unknown> {
  return sql.typed(values, TEXTS);
}

export function byteas(sql: Typed, values: Column<Uint8Array>): Parameter<unknown> {
  return sql.typed(values, BYTEAS);
}

export function timestamps(sql: Typed, values: Column<Date>): Parameter<unknown> {
  return sql.typed(values, TIMESTAMPS);
}

/** Values are serialized here; JSON text belongs into {@link texts} with a cast. */
export function jsonbs(sql: Typed, values: Column<unknown>): Parameter<unknown> {
  return sql.typed(
    values.map((value) => (value === null ? null : JSON.stringify(value))),
    JSONBS,
  );
}

/** Replaces what PostgreSQL cannot store in text: U+0000 and halves of surrogate pairs. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** Reads int8 as a number: counts stay far below 2^53, and beyond it reading fails instead of rounding. */
export const rawTypes = {
  int8: {
    to: INT8,
    from: [INT8],
    serialize: (value: number | bigint): string => value.toString(),
    parse: (text: string): number | bigint => parseInt8(text),
  },
};

/** Sets how arrays are written and read that the client does badly (bytea: two passes of escaping) or not at all. */
export function installArrayTypes(options: Pick<Sql['options'], 'serializers' | 'parsers'>): void {
  options.serializers[BYTEAS] = formatByteas;
  options.parsers[BYTEAS] = parseByteas;
  options.serializers[JSONBS] = formatTexts;
  options.parsers[JSONBS] = (text) => text;
}

/** An int8 as a number; throws RangeError where a double cannot hold it exactly. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an int8 beyond 2^53 came from the database');
  return value;
}

/** Array literal of bytea values (array input syntax, hex format of bytea). */
export function formatByteas(values: Column<Uint8Array>): string {
  const parts = values.map((value) => (value === null ? 'NULL' : `"\\\\x${viewOf(value).toString('hex')}"`));
  return `{${parts.join(',')}}`;
}

/** Reads {@link formatByteas} as PostgreSQL prints it. */
export function parseByteas(text: string): (Buffer | null)[] {
  const inner = text.slice(1, -1);
  if (inner === '') return [];
  return inner.split(',').map((part) => (part === 'NULL' ? null : Buffer.from(part.slice(4, -1), 'hex')));
}

/** Array literal of texts. */
function formatTexts(values: Column<string>): string {
  const parts = values.map((value) =>
    value === null ? 'NULL' : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  );
  return `{${parts.join(',')}}`;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
