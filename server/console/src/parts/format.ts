// Numbers, sizes and times in the reader's language and zone.
import { useLanguage } from '../app/text.ts';
import { createNumberFormat, type NumberFormat } from './format/numbers.ts';
import { createTimeFormat, type TimeFormat } from './format/times.ts';

/** Ways to write values. */
export interface Format extends NumberFormat, TimeFormat {}

const formats = new Map<string, Format>();

/** The ways of a language; made once. */
export function formatOf(locale: string): Format {
  const format = formats.get(locale) ?? { ...createNumberFormat(locale), ...createTimeFormat(locale) };
  formats.set(locale, format);
  return format;
}

/** The ways of the language in force. */
export function useFormat(): Format {
  return formatOf(useLanguage().language);
}
