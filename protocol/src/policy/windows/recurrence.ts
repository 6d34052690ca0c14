// Checks the rule by which a window comes again: the part of iCalendar's RRULE (RFC 5545, 3.3.10) that a window needs, and no more.

/** Longest text of a rule, UTF-16 units. */
export const MAX_RECURRENCE_CHARS = 256;
/** Most openings that a rule may count. */
const MAX_COUNT = 1_000;
/** Longest step: every 366th day. Four centuries of years are more than anybody plans. */
const MAX_INTERVAL = 366;

/** Something wrong in a rule. */
export interface RecurrenceFault {
  /** UTF-16 units from the beginning of the text. */
  readonly offset: number;
  /** One sentence that says what to do. */
  readonly message: string;
}

/** Why a value is not taken; null: it is. */
type CheckValue = (value: string) => string | null;

/** Days as RFC 5545 names them. */
const DAY = 'MO|TU|WE|TH|FR|SA|SU';

/** A whole number without sign. */
function within(least: number, most: number): CheckValue {
  // No sign, no blank, no fraction
  return (value) =>
    /^\d{1,4}$/.test(value) && Number(value) >= least && Number(value) <= most
      ? null
      : `Write a number from ${least} to ${most}.`;
}

/** Numbers, each once at most as often as there are such; with `signed` also from the end, `-1` for the last. */
function numbers(least: number, most: number, signed = false): CheckValue {
  const isOne = (one: string) => {
    // The bounds are those of the number without its sign
    const size = signed ? one.replace(/^[+-]/, '') : one;
    return within(least, most)(size) === null;
  };
  const sign = signed ? ', or with a minus from the end' : '';
  return (value) =>
    value.split(',').every(isOne) ? null : `Write numbers from ${least} to ${most}${sign}, with commas.`;
}

/** A text of a form. */
function form(pattern: RegExp, message: string): CheckValue {
  return (value) => (pattern.test(value) ? null : message);
}

/** How often: nothing that would open more than once an hour. */
function checkFrequency(value: string): string | null {
  if (/^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/.test(value)) return null;
  return /^(?:HOURLY|MINUTELY|SECONDLY)$/.test(value)
    ? 'A window opens daily at most; write FREQ=DAILY, with BYHOUR for several a day.'
    : 'Write FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.';
}

/** The parts that a rule may have. BYMINUTE and BYSECOND are those of the start. */
const parts: Readonly<Record<string, CheckValue>> = {
  FREQ: checkFrequency, // how often
  INTERVAL: within(1, MAX_INTERVAL), // every second week
  COUNT: within(1, MAX_COUNT), // so many times
  UNTIL: form(/^20\d{6}$/, 'Write the last local date as UNTIL=20271231.'),
  BYDAY: form(
    new RegExp(`^(?:[+-]?[1-9]\\d?)?(?:${DAY})(?:,(?:[+-]?[1-9]\\d?)?(?:${DAY})){0,59}$`),
    'Write days as MO,TU, or 2TU for the second Tuesday, -1SU for the last Sunday.',
  ),
  BYMONTH: numbers(1, 12),
  BYMONTHDAY: numbers(1, 31, true), // -1: the last of the month
  BYYEARDAY: numbers(1, 366, true),
  BYWEEKNO: numbers(1, 53, true), // weeks of ISO 8601
  BYHOUR: numbers(0, 23), // several times a day
  BYSETPOS: numbers(1, 366, true), // of what the others name, the n-th of each period
  WKST: form(new RegExp(`^(?:${DAY})$`), 'Write the first day of the week as WKST=MO.'),
};

/** A part that was written. */
interface Part {
  readonly key: string;
  readonly value: string;
  /** Where it begins. */
  readonly offset: number;
}

/** The parts of a text, whatever they are. */
function split(text: string): Part[] {
  let offset = 0; // of the part that comes
  return text.split(';').map((part) => {
    // An empty part is one too, and refused later
    const at = offset;
    offset += part.length + 1; // and its semicolon
    const [key = '', ...value] = part.split('=');
    return { key, value: value.join('='), offset: at };
  });
}

/** What is wrong with one part by itself. */
function judgePart({ key, value }: Part, isRepeated: boolean): string | null {
  const check = Object.hasOwn(parts, key) ? parts[key] : undefined;
  if (check === undefined)
    return /^BY(?:MINUTE|SECOND)$/.test(key)
      ? `Leave ${key} out: each opening has the minute of "start".`
      : `Write parts as FREQ=WEEKLY;BYDAY=SA, of ${Object.keys(parts).join(', ')}.`;
  return isRepeated ? `Write ${key} once.` : check(value);
}

/** Days that a period has at most. */
const DAYS: Readonly<Record<string, number>> = { DAILY: 1, WEEKLY: 7, MONTHLY: 31, YEARLY: 366 };

/** Whether BYSETPOS names only places that no period has: it would be walked through for years, and nothing would ever be found. */
function picksNothing(values: ReadonlyMap<string, string>): boolean {
  // The same hour twice is one
  const hours = new Set(values.get('BYHOUR')?.split(',').map(Number)).size;
  // Without BYHOUR there is the one of the start
  const most = (DAYS[values.get('FREQ') ?? ''] ?? 0) * Math.max(1, hours);
  return (values.get('BYSETPOS')?.split(',') ?? []).every((one) => Math.abs(Number(one)) > most);
}

/** Parts that do not go together, in the words of RFC 5545; the first rule that is broken. */
const pairs: readonly {
  readonly key: string;
  /** True where it is wrong, by the values of all parts. */
  readonly isWrong: (values: ReadonlyMap<string, string>) => boolean;
  readonly message: string;
}[] = [
  {
    key: 'COUNT',
    isWrong: (values) => values.has('UNTIL'),
    message: 'Write COUNT or UNTIL, not both.', // each says when it ends
  },
  {
    key: 'BYWEEKNO',
    isWrong: (values) => values.get('FREQ') !== 'YEARLY',
    message: 'BYWEEKNO goes with FREQ=YEARLY only.',
  },
  {
    key: 'BYYEARDAY',
    isWrong: (values) => values.get('FREQ') !== 'YEARLY',
    message: 'BYYEARDAY goes with FREQ=YEARLY only.',
  },
  {
    key: 'BYMONTHDAY',
    isWrong: (values) => values.get('FREQ') === 'WEEKLY',
    message: 'BYMONTHDAY does not go with FREQ=WEEKLY.',
  },
  {
    key: 'BYDAY',
    // The second Tuesday of a week is nothing
    isWrong: (values) =>
      /\d/.test(values.get('BYDAY') ?? '') &&
      (/^(?:DAILY|WEEKLY)$/.test(values.get('FREQ') ?? '') || values.has('BYWEEKNO')),
    message: 'Days with a number go with FREQ=MONTHLY or YEARLY, and not with BYWEEKNO.',
  },
  {
    key: 'BYSETPOS',
    isWrong: (values) => ![...values.keys()].some((key) => key.startsWith('BY') && key !== 'BYSETPOS'),
    message: 'BYSETPOS picks from what another part names; add BYDAY, BYMONTHDAY or BYHOUR.',
  },
  {
    key: 'BYSETPOS',
    isWrong: picksNothing,
    message: 'BYSETPOS picks a place that no period has; write a smaller number.',
  },
];

/** The first thing that is wrong with a rule; null where it is one. Whether it ever gives a time is asked elsewhere. */
export function findRecurrenceFault(text: string): RecurrenceFault | null {
  const found = split(text);
  const values = new Map<string, string>(); // of the parts before
  // Each by itself, then together
  for (const part of found) {
    const message = judgePart(part, values.has(part.key));
    if (message !== null) return { offset: part.offset, message };
    values.set(part.key, part.value);
  }
  if (!values.has('FREQ')) return { offset: 0, message: 'Begin with how often: FREQ=WEEKLY.' };
  const pair = pairs.find(({ key, isWrong }) => values.has(key) && isWrong(values));
  if (pair === undefined) return null;
  return { offset: found.find(({ key }) => key === pair.key)?.offset ?? 0, message: pair.message };
}
