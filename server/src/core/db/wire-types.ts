// How the raw client reads and writes values, where its own ways lose something: see each comment.
import type { Sql } from 'postgres';

/** Type numbers (pg_type.dat). */
const types = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  float8: 701,
  timestamptz: 1184,
  jsonb: 3802,
} as const;

/** Type numbers of their arrays. The client would guess the element's type where the array's is needed. */
export const arrayTypes = {
  bool: 1000,
  bytea: 1001,
  int8: 1016,
  int2: 1005,
  int4: 1007,
  text: 1009,
  float8: 1022,
  timestamptz: 1185,
  jsonb: 3807,
} as const satisfies Record<keyof typeof types, number>;

/** int8 as a number: counts stay far below 2^53, and beyond it reading fails instead of rounding. */
export const rawTypes = {
  int8: {
    to: types.int8,
    from: [types.int8],
    serialize: (value: number | bigint): string => value.toString(),
    parse: (text: string): number | bigint => parseInt8(text),
  },
};

/** Writes one element as it stands in an array literal. */
const elementWriters: Record<keyof typeof types, (value: never) => string> = {
  bool: (value: boolean) => (value ? 't' : 'f'),
  bytea: (value: Uint8Array) => `"\\\\x${viewOf(value).toString('hex')}"`,
  int8: String,
  int2: String,
  int4: String,
  text: quote,
  float8: String,
  timestamptz: (value: Date) => `"${value.toISOString()}"`,
  jsonb: (value: unknown) => quote(JSON.stringify(value)),
};

/** Reads one element, its quotes and escapes removed. */
const elementReaders: Record<keyof typeof types, (text: string) => unknown> = {
  bool: (text) => text === 't',
  bytea: (text) => Buffer.from(text.slice(2), 'hex'),
  int8: parseInt8,
  int2: Number,
  int4: Number,
  text: (text) => text,
  float8: Number,
  timestamptz: parseTimestamp,
  jsonb: (text) => JSON.parse(text),
};

/**
 * Sets readers and writers. The client's own read NULL inside an array as the text "NULL" (a number becomes NaN),
 * a year below 100 as one of the last century, and escape bytea arrays in two passes.
 */
export function installTypes(options: Pick<Sql['options'], 'serializers' | 'parsers'>): void {
  options.parsers[types.timestamptz] = parseTimestamp;
  for (const name of typeNames()) {
    const write = elementWriters[name];
    const read = elementReaders[name];
    options.serializers[arrayTypes[name]] = (values: never[]) => formatArray(values, write);
    options.parsers[arrayTypes[name]] = (text: string) => parseArray(text, read);
  }
}

function typeNames(): (keyof typeof types)[] {
  return ['bool', 'bytea', 'int8', 'int2', 'int4', 'text', 'float8', 'timestamptz', 'jsonb'];
}

/** An int8 as a number; throws RangeError where a double cannot hold it exactly. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an int8 beyond 2^53 came from the database');
  return value;
}

/** A timestamptz as a Date; infinity and years BC give an invalid one. Sessions run in UTC unless somebody sets another zone. */
function parseTimestamp(text: string): Date {
  if (!text.endsWith('+00')) return new Date(text);
  return new Date(`${text.slice(0, -3).replace(' ', 'T')}Z`);
}

/** Array literal of one dimension (PostgreSQL documentation, 8.15.2). */
function formatArray<T>(values: readonly (T | null)[], write: (value: T) => string): string {
  return `{${values.map((value) => (value === null ? 'NULL' : write(value))).join(',')}}`;
}

/** Reads an array literal of one dimension as PostgreSQL prints it. */
function parseArray<T>(text: string, read: (text: string) => T): (T | null)[] {
  const values: (T | null)[] = [];
  let at = 1;
  while (at < text.length - 1) {
    const end = text[at] === '"' ? endOfQuoted(text, at) : endOfPlain(text, at);
    const part = text.slice(at, end);
    if (part === 'NULL') values.push(null);
    else values.push(read(part.startsWith('"') ? part.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : part));
    at = end + 1;
  }
  return values;
}

function endOfQuoted(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfPlain(text: string, start: number): number {
  const comma = text.indexOf(',', start);
  return comma < 0 ? text.length - 1 : comma;
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
