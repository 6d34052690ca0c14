// Values of the inventory as people read them: by the type and unit of their column; a dash is "no data".

import { NO_DATA } from '../../parts/format/numbers.ts';
import type { Format } from '../../parts/format.ts';
import type { Row, SectionInfo } from './types.ts';

export type ColumnInfo = SectionInfo['columns'][number];

/** What differs by language. */
export interface ValueWords {
  readonly format: Pick<Format, 'measure' | 'exact'>;
  readonly yes: string;
  readonly no: string;
}

/** Sizes that everybody knows by their number of bytes. */
const wholeBytes = new Set(['mtu', 'block_size']);

/** A value in its unit. Numbers that are names (ids, ports, versions) get no separators. */
export function formatValue(
  value: Row[string] | undefined,
  column: ColumnInfo | undefined,
  words: ValueWords,
): string {
  if (value === null || value === undefined || value === '') return NO_DATA;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number')
    return column?.unit == null || (column.unit === 'By' && wholeBytes.has(column.name))
      ? String(value)
      : words.format.measure(value, column.unit);
  if (column?.type !== 'time') return value;
  const at = Date.parse(value);
  return Number.isNaN(at) ? value : words.format.exact(at);
}

/** Words that are written in capitals. */
const capitals = new Set([
  'arp',
  'cpu',
  'dns',
  'gid',
  'id',
  'ip',
  'mac',
  'mtu',
  'numa',
  'os',
  'pid',
  'sku',
  'uid',
  'uuid',
]);

/** A column's name as a heading: `resident_size` → `Resident size`, `uid` → `UID`. */
export function titleOf(column: string): string {
  const words = column
    .split('_')
    .map((word) => (capitals.has(word) ? word.toUpperCase() : word))
    .join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Columns of a section in its own order, those it does not know last; columns without any value tell nothing and are left out. */
export function columnsOf(rows: readonly Row[], section: SectionInfo | undefined): ColumnInfo[] {
  const known = section?.columns ?? [];
  const names = new Set(known.map(({ name }) => name));
  const others = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !names.has(name));
  const all = [
    ...known,
    ...others.map((name) => ({ name, type: 'text', unit: null, description: '', required: false })),
  ];
  return all.filter(({ name }) =>
    rows.some((row) => row[name] !== null && row[name] !== undefined && row[name] !== ''),
  );
}

/** Rows that hold every word somewhere, in whatever case. */
export function filterRows(rows: readonly Row[], search: string): readonly Row[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = Object.values(row).join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Rows in an order as `-column`; no data last. Texts by the rules of the language, with numbers in them as numbers. */
export function sortRows(rows: readonly Row[], sort: string | undefined, locale: string): readonly Row[] {
  if (sort === undefined) return rows;
  const isDown = sort.startsWith('-');
  const column = isDown ? sort.slice(1) : sort;
  const collator = new Intl.Collator(locale, { numeric: true });
  return rows.toSorted((a, b) => {
    const [one = null, other = null] = [a[column], b[column]];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    const order =
      typeof one === 'number' && typeof other === 'number'
        ? one - other
        : collator.compare(String(one), String(other));
    return isDown ? -order : order;
  });
}
