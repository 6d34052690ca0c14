// Tests windows in files of policies: every fault with its place, and that nothing which could never end is taken.
import fc from 'fast-check';
import t from 'tap';
import { checkPolicy, formatPolicy, formatPolicyYaml, type Policy, type PolicyFault } from '../index.ts';
import { nextIntervals } from '../windows/index.ts';

const rule = { id: 'r', title: 'A rule', sysctl: { key: 'vm.swappiness', value: '10' } };
const weekly = { start: '2026-01-10T22:00', zone: 'Europe/Berlin', every: 'FREQ=WEEKLY;BYDAY=SA', for: '4h' };

function check(more: object) {
  return checkPolicy({ policy: 'p', title: 'P', owner: 'o', rules: [rule], ...more });
}

function requirePolicy(more: object): Policy {
  const checked = check(more);
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  return checked.policy;
}

/** What is wrong with one window. */
function findFaults(says: object): readonly PolicyFault[] {
  const checked = check({ windows: [{ ...weekly, ...says }] });
  return 'faults' in checked ? checked.faults : [];
}

t.test('windows in their one form', async (t) => {
  const policy = requirePolicy({
    windows: [{ ...weekly, except: ['2026-12-26', '2026-01-17', '2026-01-17'] }],
  });
  t.same(policy.windows, [{ ...weekly, except: ['2026-01-17', '2026-12-26'] }]);
  t.equal(policy.missed, 'next-window');
  t.same(requirePolicy({}).windows, []);
  t.same(requirePolicy({ windows: [{ start: '2026-01-10T22:00', zone: 'device', for: '90m' }] }).windows, [
    { start: '2026-01-10T22:00', zone: 'device', every: '', for: '90m', except: [] },
  ]);
});

t.test('a policy without windows is the text that it always was', async (t) => {
  t.same(Object.keys(formatPolicy(requirePolicy({}))), [
    ...['policy', 'title', 'owner', 'mode', 'priority', 'on', 'except', 'rules'],
  ]);
});

t.test('what is written is read again', async (t) => {
  const policy = requirePolicy({
    windows: [
      { ...weekly, except: ['2026-12-26'] },
      { start: '2026-05-01T00:00', zone: 'device', for: '1d' },
    ],
    missed: 'next-chance',
  });
  t.same(checkPolicy(formatPolicy(policy)), { policy });
  const lines = formatPolicyYaml(policy).split('\n');
  t.same(lines.slice(lines.indexOf('windows:'), lines.indexOf('rules:')), [
    'windows:',
    '  - start: "2026-01-10T22:00"',
    '    zone: Europe/Berlin',
    '    every: FREQ=WEEKLY;BYDAY=SA',
    '    for: "4h"',
    '    except:',
    '      - "2026-12-26"',
    '  - start: "2026-05-01T00:00"',
    '    zone: device',
    '    for: "1d"',
    'missed: next-chance',
  ]);
});

t.test('every fault has its place and says what to do', async (t) => {
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ start: '10.1.2026' }, 'start', /2026-12-24T22:00/],
    [{ start: '2026-02-30T22:00' }, 'start', /There is no 2026-02-30/],
    [{ start: '2026-01-11T22:00' }, 'start', /first that it gives is 2026-01-17T22:00/],
    [{ zone: 'Europe/Berlni' }, 'zone', /no time zone "Europe\/Berlni"/],
    [{ zone: 'CET+1' }, 'zone', /no time zone/],
    [{ for: '8d' }, 'for', /at most 7d/],
    [{ for: '99999h' }, 'for', /at most 7d/],
    [{ for: '2 hours' }, 'for', /90m, 2h or 1d/],
    [{ for: '0h' }, 'for', /90m, 2h or 1d/],
    [{ except: ['2026-02-30'] }, 'except', /There is no 2026-02-30/],
    [{ every: 'FREQ=SECONDLY' }, 'every', /daily at most/],
    [{ every: 'FREQ=HOURLY' }, 'every', /BYHOUR/],
    [{ every: 'FREQ=FORTNIGHTLY' }, 'every', /WEEKLY/],
    [{ every: 'BYDAY=SA' }, 'every', /how often/],
    [{ every: 'saturdays' }, 'every', /FREQ=WEEKLY;BYDAY=SA/],
    [{ every: 'FREQ=DAILY;COUNT=100000' }, 'every', /from 1 to 1000/],
    [{ every: 'FREQ=DAILY;INTERVAL=0' }, 'every', /from 1 to 366/],
    [{ every: 'FREQ=DAILY;INTERVAL=99999999999' }, 'every', /from 1 to 366/],
    [{ every: 'FREQ=DAILY;COUNT=2;UNTIL=20270101' }, 'every', /not both/],
    [{ every: 'FREQ=DAILY;UNTIL=20270101T000000Z' }, 'every', /UNTIL=20271231/],
    [{ every: 'FREQ=DAILY;UNTIL=20270231' }, 'every', /never gives/],
    [{ every: 'FREQ=DAILY;UNTIL=20250101' }, 'every', /never gives/],
    [{ every: 'FREQ=DAILY;FREQ=WEEKLY' }, 'every', /FREQ once/],
    [{ every: 'FREQ=DAILY;BYMINUTE=1,2,3' }, 'every', /minute of "start"/],
    [{ every: 'FREQ=DAILY;BYSECOND=1' }, 'every', /minute of "start"/],
    [{ every: 'FREQ=DAILY;RSCALE=HEBREW' }, 'every', /parts/],
    [{ every: 'FREQ=DAILY;__proto__=1' }, 'every', /parts/],
    [{ every: 'FREQ=WEEKLY;BYDAY=2TU' }, 'every', /MONTHLY or YEARLY/],
    [{ every: 'FREQ=WEEKLY;BYMONTHDAY=3' }, 'every', /WEEKLY/],
    [{ every: 'FREQ=MONTHLY;BYWEEKNO=3' }, 'every', /YEARLY only/],
    [{ every: 'FREQ=MONTHLY;BYYEARDAY=3' }, 'every', /YEARLY only/],
    [{ every: 'FREQ=MONTHLY;BYSETPOS=1' }, 'every', /picks/],
    [{ every: 'FREQ=DAILY;BYHOUR=2,16,2;BYSETPOS=366,-3' }, 'every', /no period has/],
    [{ every: 'FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=8' }, 'every', /no period has/],
    [{ every: 'FREQ=MONTHLY;BYHOUR=1,2;BYSETPOS=-63' }, 'every', /no period has/],
    [{ every: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, 'every', /never gives/],
    [{ every: 'FREQ=YEARLY;INTERVAL=28;BYSETPOS=-2;BYMONTH=1' }, 'every', /never gives/],
    [{ every: 'FREQ=YEARLY;BYMONTH=13' }, 'every', /from 1 to 12/],
    [{ every: '' }, 'every', /something/],
    [{ every: `FREQ=DAILY;BYHOUR=${'1,'.repeat(200)}1` }, 'every', /at most 256/],
    [{ form: 1 }, 'form', /perhaps "for"/],
  ];
  for (const [says, key, message] of cases) {
    const [fault, ...more] = findFaults(says);
    t.same(fault?.path, ['windows', 0, key], JSON.stringify(says));
    t.match(fault?.message, message);
    t.same(more, [], 'told once');
  }
  t.equal(findFaults({ every: 'FREQ=WEEKLY;BYDAY=SA;COUNT=0' })[0]?.offset, 21, 'points at the part');
  const many = check({ windows: Array.from({ length: 17 }, () => weekly) });
  t.match('faults' in many ? many.faults : [], [{ path: ['windows'], message: /at most 16/ }]);
  const useless = check({ missed: 'next-chance' });
  t.match('faults' in useless ? useless.faults : [], [{ path: ['missed'], message: /Add "windows"/ }]);
  t.same(requirePolicy({ windows: [] }), requirePolicy({}), 'an empty list is none');
  t.match(check({ windows: 'always' }), { faults: [{ path: ['windows'] }] });
});

t.test('rules that iCalendar has and a window may have', async (t) => {
  const starts: readonly (readonly [string, string])[] = [
    ['FREQ=MONTHLY;BYDAY=2TU', '2026-01-13T22:00'],
    ['FREQ=MONTHLY;BYDAY=-1SU', '2026-01-25T22:00'],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '2026-01-30T22:00'],
    ['FREQ=YEARLY;BYWEEKNO=3;BYDAY=SA', '2026-01-17T22:00'],
    ['FREQ=YEARLY;BYYEARDAY=-1', '2026-12-31T22:00'],
    ['FREQ=WEEKLY;INTERVAL=2;WKST=MO', '2026-01-10T22:00'],
    ['FREQ=DAILY;BYHOUR=2,22;BYMONTH=1,2', '2026-01-10T22:00'],
    ['FREQ=DAILY;UNTIL=20260110', '2026-01-10T22:00'],
  ];
  for (const [every, start] of starts) t.same(findFaults({ every, start }), [], every);
});

/** Parts as somebody could write them, in any mixture. */
const anyPart = fc.oneof(
  fc.constantFrom('WKST=SU', 'UNTIL=20281231'),
  fc.integer({ min: 1, max: 400 }).map((n) => `INTERVAL=${n}`),
  fc.integer({ min: 1, max: 1_000 }).map((n) => `COUNT=${n}`),
  fc.integer({ min: 1, max: 12 }).map((n) => `BYMONTH=${n}`),
  fc.integer({ min: -31, max: 31 }).map((n) => `BYMONTHDAY=${n}`),
  fc.integer({ min: -366, max: 366 }).map((n) => `BYYEARDAY=${n}`),
  fc.integer({ min: -53, max: 53 }).map((n) => `BYWEEKNO=${n}`),
  fc.integer({ min: -5, max: 5 }).map((n) => `BYSETPOS=${n}`),
  fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1 }).map((n) => `BYHOUR=${n.join()}`),
  fc.constantFrom('BYDAY=MO', 'BYDAY=2TU', 'BYDAY=-1SU', 'BYDAY=MO,TU,WE,TH,FR', 'BYDAY=53SA'),
);
const anyParts = fc.uniqueArray(anyPart, { maxLength: 4, selector: (part) => part.split('=')[0] });
const anyFrequency = fc.constantFrom('FREQ=DAILY', 'FREQ=WEEKLY', 'FREQ=MONTHLY', 'FREQ=YEARLY');

t.test('whatever a rule says: it is refused with a sentence, or gives times within a bound', async (t) => {
  let taken = 0;
  fc.assert(
    fc.property(anyFrequency, anyParts, (frequency, parts) => {
      const every = [frequency, ...parts].join(';');
      let checked = check({ windows: [{ ...weekly, every }] });
      // Another start is advised where the rule does not give this one
      const message = 'faults' in checked ? checked.faults[0]?.message : undefined;
      const [, start] = /that it gives is (\S+),/.exec(message ?? '') ?? [];
      if (start !== undefined) checked = check({ windows: [{ ...weekly, every, start }] });
      if ('faults' in checked) return checked.faults.every(({ message }) => message.endsWith('.'));
      taken += 1;
      const options = { fromMs: Date.parse('2031-01-01T00:00Z'), count: 3, zone: 'UTC' };
      return nextIntervals(checked.policy.windows, options).length <= 3;
    }),
    { numRuns: 400 },
  );
  t.ok(taken > 40, `${taken} rules were taken`);
});
