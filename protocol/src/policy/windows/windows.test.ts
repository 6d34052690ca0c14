// Tests when windows open: fixtures across changes of clocks, properties against a slow reckoning by Intl alone, and bounds.
import fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import t from 'tap';
import { isOpen, isZone, nextIntervals, type PolicyWindow, readOwnZone } from './index.ts';
import { MAX_INTERVAL_MS } from './intervals.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (text: string) => Date.parse(text);

function makeWindow(says: Partial<PolicyWindow>): PolicyWindow {
  return { start: '2026-01-10T22:00', zone: 'Europe/Berlin', every: '', for: '2h', except: [], ...says };
}

/** The beginnings of the next intervals, as the world writes them. */
function listStarts(says: Partial<PolicyWindow>, from: string, count: number, zone = 'UTC'): string[] {
  return nextIntervals([makeWindow(says)], { fromMs: at(from), count, zone }).map(({ fromMs }) =>
    new Date(fromMs).toISOString().slice(0, 16),
  );
}

t.test('a window once, and again and again', async (t) => {
  t.same(listStarts({}, '2026-01-01T00:00Z', 3), ['2026-01-10T21:00']);
  t.same(listStarts({}, '2026-01-10T22:59Z', 3), ['2026-01-10T21:00'], 'open now counts');
  t.same(listStarts({}, '2026-01-10T23:00Z', 3), [], 'its last moment is the one before its end');
  const weekly = { every: 'FREQ=WEEKLY;BYDAY=SA' };
  t.same(listStarts(weekly, '2026-01-11T00:00Z', 2), ['2026-01-17T21:00', '2026-01-24T21:00']);
  t.same(listStarts({ ...weekly, every: 'FREQ=WEEKLY;COUNT=2' }, '2026-01-01T00:00Z', 5).length, 2);
  t.same(
    listStarts({ every: 'FREQ=WEEKLY;UNTIL=20260124' }, '2026-01-11T00:00Z', 5),
    ['2026-01-17T21:00', '2026-01-24T21:00'],
    'the last date is meant to its end',
  );
  t.same(
    listStarts({ start: '2026-01-13T22:00', every: 'FREQ=MONTHLY;BYDAY=2TU' }, '2026-02-01T00:00Z', 2),
    ['2026-02-10T21:00', '2026-03-10T21:00'],
    'the second Tuesday',
  );
  t.same(
    listStarts({ start: '2028-02-29T22:00', every: 'FREQ=YEARLY' }, '2029-01-01T00:00Z', 2),
    ['2032-02-29T21:00', '2036-02-29T21:00'],
    'a leap day comes in leap years only',
  );
  t.same(
    listStarts({ start: '2026-01-31T22:00', every: 'FREQ=MONTHLY' }, '2026-02-01T00:00Z', 2),
    ['2026-03-31T20:00', '2026-05-31T20:00'],
    'what a month does not have is not moved to another day',
  );
});

t.test('dates that are excepted are not opened, and count', async (t) => {
  const says = { every: 'FREQ=DAILY;COUNT=4', except: ['2026-01-11', '2026-01-12'] };
  t.same(listStarts(says, '2026-01-01T00:00Z', 9), ['2026-01-10T21:00', '2026-01-13T21:00']);
});

t.test('a start in a missing hour moves forward, in one that comes twice it is the first', async (t) => {
  const daily = { start: '2026-03-28T02:30', every: 'FREQ=DAILY' };
  t.same(
    listStarts(daily, '2026-03-28T00:00Z', 3),
    ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'],
    'Berlin: 02:30, then 03:30 of summer, then 02:30 again',
  );
  t.same(
    listStarts({ ...daily, start: '2026-10-24T02:30' }, '2026-10-24T00:00Z', 3),
    ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
    'Berlin: once in the hour that comes twice, the first time',
  );
  const newYork = { zone: 'America/New_York', start: '2026-03-07T02:30', every: 'FREQ=DAILY' };
  t.same(listStarts(newYork, '2026-03-07T00:00Z', 3), [
    '2026-03-07T07:30',
    '2026-03-08T07:30',
    '2026-03-09T06:30',
  ]);
  t.same(listStarts({ ...newYork, start: '2026-10-31T01:30' }, '2026-10-31T00:00Z', 3), [
    '2026-10-31T05:30',
    '2026-11-01T05:30',
    '2026-11-02T06:30',
  ]);
  const lordHowe = { zone: 'Australia/Lord_Howe', start: '2026-10-03T02:15', every: 'FREQ=DAILY' };
  t.same(
    listStarts(lordHowe, '2026-10-02T00:00Z', 3),
    ['2026-10-02T15:45', '2026-10-03T15:45', '2026-10-04T15:15'],
    'Lord Howe: half an hour is missing, 02:15 becomes 02:45',
  );
  t.same(
    listStarts({ ...lordHowe, start: '2026-04-04T01:45' }, '2026-04-03T00:00Z', 3),
    ['2026-04-03T14:45', '2026-04-04T14:45', '2026-04-05T15:15'],
    'Lord Howe: half an hour comes twice',
  );
  const [night] = nextIntervals([makeWindow({ start: '2026-03-28T23:00', for: '6h' })], {
    ...{ fromMs: at('2026-03-28T00:00Z'), count: 1, zone: 'UTC' },
  });
  t.equal((night?.toMs ?? 0) - (night?.fromMs ?? 0), 6 * HOUR_MS, 'a length is that long in every night');
});

t.test('the zone of the device', async (t) => {
  const says = { zone: 'device' };
  t.same(listStarts(says, '2026-01-01T00:00Z', 1, 'Asia/Tokyo'), ['2026-01-10T13:00']);
  t.same(listStarts(says, '2026-01-01T00:00Z', 1, 'America/New_York'), ['2026-01-11T03:00']);
  t.ok(isZone(readOwnZone()));
  for (const name of ['Europe/Berlin', 'America/Argentina/Ushuaia', 'UTC', 'Etc/GMT-14'])
    t.ok(isZone(name), name);
  for (const name of ['', 'device', 'Mars/Crater', '+01:00', 'europe/berlin', 'Europe/Berlin ', '../etc'])
    t.notOk(isZone(name), name);
});

t.test('several windows add up', async (t) => {
  const days = makeWindow({ every: 'FREQ=DAILY', for: '2h', zone: 'UTC' });
  const late = makeWindow({ ...days, start: '2026-01-11T23:00', for: '3h' });
  const found = nextIntervals([days, late], { fromMs: at('2026-01-10T00:00Z'), count: 2, zone: 'UTC' });
  t.same(found, [
    { fromMs: at('2026-01-10T22:00Z'), toMs: at('2026-01-11T00:00Z') },
    { fromMs: at('2026-01-11T22:00Z'), toMs: at('2026-01-12T02:00Z') },
  ]);
  const touching = makeWindow({ ...days, start: '2026-01-10T00:00', for: '1d' });
  const all = nextIntervals([touching], { fromMs: at('2026-02-01T12:00Z'), count: 3, zone: 'UTC' });
  t.equal(all.length, 3);
  for (const { fromMs, toMs } of all) t.ok(toMs - fromMs <= MAX_INTERVAL_MS, 'told in parts');
  t.equal(all[1]?.fromMs, all[0]?.toMs, 'of which one begins where the other ends');
  t.same(nextIntervals([], { fromMs: 0, count: 3, zone: 'UTC' }), [], 'no windows, no openings');
});

t.test('what comes seldom, or no more, has a bound', async (t) => {
  // Walks all periods that it may, and finds nothing
  t.same(listStarts({ start: '2026-02-28T22:00', every: 'FREQ=YEARLY;COUNT=1' }, '2027-01-01T00:00Z', 1), []);
  t.same(listStarts({ every: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, '2026-01-01T00:00Z', 1), []);
  const excepted = Array.from({ length: 31 }, (_, day) => `2026-01-${String(day + 1).padStart(2, '0')}`);
  t.same(listStarts({ every: 'FREQ=DAILY;COUNT=20', except: excepted }, '2026-01-01T00:00Z', 1).length, 0);
  t.same(listStarts({ start: '2000-01-01T22:00', every: 'FREQ=DAILY' }, '2098-07-01T00:00Z', 1), [
    '2098-07-01T20:00',
  ]);
});

/** The local time of a moment, by Intl alone. */
function toLocal(ms: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    ...{
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    },
  });
  return parts.format(ms).replace(' ', 'T');
}

const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'];
const anyWindow = fc.record({
  zone: fc.constantFrom(...zones),
  every: fc.constantFrom(
    'FREQ=DAILY',
    'FREQ=DAILY;INTERVAL=3',
    'FREQ=WEEKLY',
    'FREQ=WEEKLY;INTERVAL=2',
    'FREQ=MONTHLY',
  ),
  start: fc
    .tuple(fc.integer({ min: 0, max: 800 }), fc.integer({ min: 0, max: 95 }))
    .map(([day, quarter]) =>
      new Date(at('2025-01-01T00:00Z') + day * DAY_MS + quarter * 900_000).toISOString().slice(0, 16),
    ),
  for: fc.constantFrom('30m', '2h', '26h', '7d'),
});

t.test('a rule that counts is walked through once, however often one asks', async (t) => {
  const window = makeWindow({
    start: '2000-01-01T00:00',
    zone: 'UTC',
    every: 'FREQ=DAILY;COUNT=1000;BYHOUR=0,6',
    for: '7d',
  });
  let walks = 0;
  for (const name of ['next', 'all'] as const) {
    const real = RRuleTemporal.prototype[name];
    t.intercept(RRuleTemporal.prototype, name, {
      value(this: RRuleTemporal, ...given: never[]) {
        walks += 1;
        return Reflect.apply(real, this, given);
      },
    });
  }
  const ask = (from: string) => nextIntervals([window], { fromMs: at(from), count: 3, zone: 'UTC' });
  const [last, ...others] = ask('2002-01-01T00:00Z');
  t.same([last, others], [undefined, []], 'five hundred days, and no more');
  const [open] = ask('2001-05-14T07:00Z');
  t.equal(open?.toMs, at('2001-05-14T06:00Z') + 7 * DAY_MS, 'to the end of the thousandth');
  t.same(ask('2026-01-01T00:00Z'), []);
  t.equal(isOpen([window], at('2000-06-01T00:00Z'), 'UTC'), true);
  t.equal(walks, 1);
});

t.test('by whatever rule: in order, apart, of its length, at the local time of its start', async () => {
  fc.assert(
    fc.property(anyWindow, fc.integer({ min: 0, max: 1_000 }), (says, day) => {
      const window = makeWindow(says);
      const fromMs = at('2025-01-01T00:00Z') + day * DAY_MS;
      const found = nextIntervals([window], { fromMs, count: 4, zone: 'UTC' });
      let before = Number.NEGATIVE_INFINITY;
      for (const { fromMs: start, toMs } of found) {
        const isInOrder = start >= before && toMs > start && toMs > fromMs;
        // Where the clock is set forward over its time it is as much later: an hour, on Lord Howe half of one
        const wall = (ms: number) => at(`${toLocal(ms, window.zone)}Z`);
        const leftOutMs = Math.max(0, wall(start) - wall(start - 3 * HOUR_MS) - 3 * HOUR_MS);
        const isAtTime = [0, leftOutMs].some(
          (ms) => new Date(wall(start) - ms).toISOString().slice(11, 16) === window.start.slice(11),
        );
        // What is always open is told in parts
        if (!isInOrder || !(isAtTime || start === before)) return false;
        before = toMs;
      }
      return true;
    }),
    { numRuns: 300 },
  );
});

t.test('open is what an interval covers, whenever one asks', async () => {
  fc.assert(
    fc.property(
      fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 1_000 * 96 }),
      (list, quarter) => {
        const windows = list.map(makeWindow);
        const nowMs = at('2025-01-01T00:00Z') + quarter * 900_000;
        // Asked from far before: what is open does not depend on when one began to reckon
        const all = nextIntervals(windows, { fromMs: nowMs - 20 * DAY_MS, count: 70, zone: 'UTC' });
        const isCovered = all.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
        return isOpen(windows, nowMs, 'UTC') === isCovered;
      },
    ),
    { numRuns: 80 },
  );
});
