// Numbers as people read them in their language: sizes, ratios, rates; a dash says "no data".

/** What is shown where there is no value. */
export const NO_DATA = '–';

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
/** Between number and unit, so that a line never breaks there. */
const GAP = '\u00a0';

/** UCUM units that people write otherwise. */
const unitWords: Readonly<Record<string, string>> = { Cel: '°C' };

type Maybe = number | null | undefined;

/** Ways to write numbers. */
export interface NumberFormat {
  /** With as many digits as help, none from 100 on, at most two below 10: `4,312`, `1.23`. */
  number(value: number): string;
  /** Bytes in binary units with one decimal below 100: `1.5 GiB`. */
  bytes(sizeBytes: Maybe): string;
  /** In percent, 0.256 → `26 %`; below 10 % with one decimal where it has one, so that small ones are not all 0. */
  ratio(ratio: Maybe): string;
  /** In its UCUM unit, as the metric catalog and the columns of the inventory have it; counted things have none. */
  measure(value: Maybe, unit: string | null): string;
}

/** Pure: the ways of a language. */
export function createNumberFormat(locale: string): NumberFormat {
  /** Making a formatter costs more than its use, and there are few forms. */
  const formatters = new Map<string, Intl.NumberFormat>();

  function digits(value: number, min: number, max: number): string {
    const key = `${min}/${max}`;
    const known = formatters.get(key);
    if (known !== undefined) return known.format(value);
    const made = new Intl.NumberFormat(locale, { minimumFractionDigits: min, maximumFractionDigits: max });
    formatters.set(key, made);
    return made.format(value);
  }

  function number(value: number): string {
    const size = Math.abs(value);
    return digits(value, 0, size >= 100 ? 0 : size >= 10 ? 1 : 2);
  }

  function bytes(sizeBytes: Maybe): string {
    if (sizeBytes === null || sizeBytes === undefined) return NO_DATA;
    let value = sizeBytes;
    let unit = 0;
    // What would be rounded up to 1024 is 1 of the next unit.
    while (Math.abs(value) >= 1023.5 && unit < SIZES.length - 1) {
      value /= 1024;
      unit++;
    }
    const decimals = unit === 0 || Math.abs(value) >= 99.95 ? 0 : 1;
    return `${digits(value, decimals, decimals)}${GAP}${SIZES[unit]}`;
  }

  function ratio(value: Maybe): string {
    if (value === null || value === undefined) return NO_DATA;
    const percent = value * 100;
    return `${digits(percent, 0, Math.abs(percent) < 9.95 ? 1 : 0)}${GAP}%`;
  }

  function measure(value: Maybe, unit: string | null): string {
    if (value === null || value === undefined) return NO_DATA;
    if (unit === '1') return ratio(value);
    if (unit === 'By') return bytes(value);
    if (unit === 'By/s') return `${bytes(value)}/s`;
    const word = unitWords[unit ?? ''] ?? (unit ?? '').replace(/\{[^}]*\}/g, '');
    if (word === '') return number(value);
    return word.startsWith('/') ? `${number(value)}${word}` : `${number(value)}${GAP}${word}`;
  }

  return { number, bytes, ratio, measure };
}
