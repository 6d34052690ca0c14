// Arrays as typed query parameters, so that one statement carries a whole batch: unnest(${int4s(sql, xs)}, …).
import type { Parameter, Sql } from 'postgres';
import { arrayTypes } from './wire-types.ts';

/** A value per row; null stays null. */
type Column<T> = readonly (T | null)[];

/** Anything that takes typed parameters: the raw client or a transaction of it. */
type Typed = Pick<Sql, 'typed'>;

export function int2s(sql: Typed, values: Column<number>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.int2);
}

export function int4s(sql: Typed, values: Column<number>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.int4);
}

/** Numbers must be whole; bigint is taken too. */
export function int8s(sql: Typed, values: Column<number | bigint>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.int8);
}

export function float8s(sql: Typed, values: Column<number>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.float8);
}

export function booleans(sql: Typed, values: Column<boolean>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.bool);
}

/** PostgreSQL stores no U+0000: see {@link cleanText}. */
export function texts(sql: Typed, values: Column<string>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.text);
}

export function byteas(sql: Typed, values: Column<Uint8Array>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.bytea);
}

export function timestamps(sql: Typed, values: Column<Date>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.timestamptz);
}

/** Values are serialized here; null is SQL's NULL. JSON text that exists already belongs into {@link texts} with a cast. */
export function jsonbs(sql: Typed, values: Column<unknown>): Parameter<unknown> {
  return sql.typed(values, arrayTypes.jsonb);
}

/** Replaces what PostgreSQL cannot store in text: U+0000 and halves of surrogate pairs. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
