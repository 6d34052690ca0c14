// Keyset paging: a cursor is the key of the last row, so that page 1,000 costs what page 1 costs.
import { type TSchema, Type } from 'typebox';
import { fail } from '../../errors.ts';
import { MAX_CURSOR_CHARS, MAX_PAGE_ROWS, PAGE_ROWS } from '../../limits.ts';

/** Query parameters of every list. */
export const PageQuery = {
  limit: Type.Integer({
    minimum: 1,
    maximum: MAX_PAGE_ROWS,
    default: PAGE_ROWS,
    description: 'Rows of the page.',
  }),
  cursor: Type.Optional(
    Type.String({
      maxLength: MAX_CURSOR_CHARS,
      pattern: '^[A-Za-z0-9_-]+$',
      description: 'The `next` of the page before; nothing for the first page.',
    }),
  ),
};

/** Schema of a page of items. */
export function PageOf<T extends TSchema>(item: T) {
  return Type.Object({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'Cursor of the next page; null on the last.',
    }),
  });
}

/** A page as it is answered. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** One part of a key. Moments are ISO text, so that no digit is lost. */
export type KeyPart = string | number | boolean;

/** What a list is called and of what its keys are made; both stand in the cursor and are checked on return. */
export interface Keyset<Key extends readonly KeyPart[]> {
  /** Name and order of the list, such as `devices:hostname`: a cursor of another list or order is refused. */
  readonly list: string;
  readonly key: { readonly [Index in keyof Key]: TypeName<Key[Index]> };
}

type TypeName<Part> = Part extends string ? 'string' : Part extends number ? 'number' : 'boolean';

/** Raised when the meaning of a cursor changes; older ones are then refused. */
const VERSION = 1;

/** The cursor for the row with that key. */
export function encodeCursor<Key extends readonly KeyPart[]>(keyset: Keyset<Key>, key: Key): string {
  return Buffer.from(JSON.stringify([VERSION, keyset.list, ...key])).toString('base64url');
}

/**
 * Reads a cursor; undefined for none. Nothing in it is trusted beyond its form: rows are found under the
 * caller's own tenant and permissions. Throws E_CURSOR.
 */
export function decodeCursor<Key extends readonly KeyPart[]>(
  keyset: Keyset<Key>,
  cursor: string | undefined,
): Key | undefined {
  if (cursor === undefined) return undefined;
  const [version, list, ...key] = parseList(cursor);
  if (version !== VERSION || list !== keyset.list || !fits(key, keyset)) throw fail('E_CURSOR');
  return key;
}

/** Makes a page of rows that were asked for with `limit + 1`: one row more says that there is a next page. */
export function toPage<Row, Key extends readonly KeyPart[]>(
  rows: readonly Row[],
  limit: number,
  cursorOf: { readonly keyset: Keyset<Key>; readonly keyOf: (row: Row) => Key },
): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, next: hasMore ? encodeCursor(cursorOf.keyset, cursorOf.keyOf(last)) : null };
}

function parseList(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function fits<Key extends readonly KeyPart[]>(key: unknown[], keyset: Keyset<Key>): key is unknown[] & Key {
  const types: readonly string[] = keyset.key;
  return key.length === types.length && key.every((part, index) => typeof part === types[index]);
}
