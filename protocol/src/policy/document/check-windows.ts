// Checks the windows of a policy: their form, and whether each opens at all, at the time that it says.

import { MAX_LENGTH_MS, readLengthMs } from '../windows/length.ts';
import { MAX_WINDOWS } from '../windows/limits.ts';
import { findRecurrenceFault } from '../windows/recurrence.ts';
import { tryCalendar } from '../windows/starts.ts';
import { DEVICE_ZONE, type PolicyWindow } from '../windows/window.ts';
import { isZone } from '../windows/zone.ts';
import { type Keys, readKey } from './keys.ts';
import { describeNoDay, isDate } from './moments.ts';
import type { PolicyFault } from './policy.ts';
import { findShapeFaults, type Path, quote } from './shape.ts';
import type { WindowShape } from './window-schema.ts';

/** Windows that were checked. */
export interface CheckedWindows {
  /** In the order of the file. */
  readonly faults: readonly PolicyFault[];
  /** Those that are right. */
  readonly windows: readonly PolicyWindow[];
}

/** All windows of a policy; nothing of a list that is too long, which is told by the shape. */
export function checkWindows(policy: Keys): CheckedWindows {
  const value = readKey(policy, 'windows');
  // Anything may stand there
  const list: readonly unknown[] = Array.isArray(value) && value.length <= MAX_WINDOWS ? value : [];
  const checked = list.map((one, at) => checkWindow(one, ['windows', at]));
  return {
    faults: [...findUseless(policy), ...checked.flatMap(({ faults }) => faults)],
    windows: checked.flatMap(({ windows }) => windows),
  };
}

/** What would be without any meaning, and is therefore most often meant otherwise. */
function findUseless(policy: Keys): PolicyFault[] {
  if (readKey(policy, 'missed') === undefined || readKey(policy, 'windows') !== undefined) return [];
  return [{ path: ['missed'], message: 'Add "windows", or leave this out: without them none is missed.' }];
}

/** One window: the form first, then what each key says, then whether it opens. */
function checkWindow(value: unknown, path: Path): CheckedWindows {
  const shape = findShapeFaults('window', value, path);
  if (shape.length > 0) return { faults: shape, windows: [] }; // the questions below trust the form
  // Its shape has been checked
  const window = normalize(value as unknown as WindowShape);
  const faults = [
    ...findTimeFaults(window, path), // dates that no month has, zones that nobody knows
    ...findRuleFaults(window, path), // the rule by itself
  ];
  // Only what is right by itself can be reckoned
  const first = faults.length > 0 ? [] : findFirstFaults(window, path);
  const all = [...faults, ...first];
  return { faults: all, windows: all.length > 0 ? [] : [window] };
}

/** With its defaults, in one form. */
function normalize({ start, zone, every = '', for: length, except = [] }: WindowShape): PolicyWindow {
  return { start, zone, every, for: length, except: [...new Set(except)].toSorted() };
}

/** A zone that is not known here. */
function findZoneFault(zone: string, path: Path): PolicyFault[] {
  if (zone === DEVICE_ZONE || isZone(zone)) return [];
  return [
    { path, message: `There is no time zone ${quote(zone)}; write one as Europe/Berlin, or "device".` },
  ];
}

/** A local time on a day that its month does not have. */
function findDateFault(text: string, path: Path): PolicyFault[] {
  return isDate(text) ? [] : [{ path, message: describeNoDay(text) }];
}

/** Dates, zone and length, each by itself. */
function findTimeFaults({ start, zone, for: length, except }: PolicyWindow, path: Path): PolicyFault[] {
  const isLong = readLengthMs(length) > MAX_LENGTH_MS;
  return [
    ...findDateFault(start, [...path, 'start']),
    ...findZoneFault(zone, [...path, 'zone']),
    ...(isLong
      ? [{ path: [...path, 'for'], message: 'Write at most 7d; what is open longer needs no window.' }]
      : []),
    ...except.flatMap((one) => findDateFault(one, [...path, 'except'])),
  ];
}

/** What a rule says that no window may, or that is no rule. */
function findRuleFaults({ every }: PolicyWindow, path: Path): PolicyFault[] {
  const fault = every === '' ? null : findRecurrenceFault(every);
  return fault === null ? [] : [{ path: [...path, 'every'], ...fault }];
}

/** Calendars begin with their start: one whose rule gives another time first is read in two ways. */
function findFirstFaults(window: PolicyWindow, path: Path): PolicyFault[] {
  const first = tryCalendar(window)?.(Number.NEGATIVE_INFINITY) ?? null; // its very first time
  if (first === null)
    return [{ path: [...path, 'every'], message: 'This rule never gives a time; write another.' }];
  const local = new Date(first.localMs).toISOString().slice(0, 16);
  if (local === window.start) return [];
  return [
    {
      path: [...path, 'start'],
      message: `The rule does not give this time; the first that it gives is ${local}, write that.`,
    },
  ];
}
