// Tests freezes: what a file may say, one form of it, and which one holds at a moment.
import fc from 'fast-check';
import t from 'tap';
import { checkPolicy, formatPolicy, formatPolicyYaml, type Policy } from '../index.ts';
import { findFreeze, isFreezeOf, listFreezes } from './index.ts';
import { MAX_FREEZE_DAYS, MAX_FREEZES } from './limits.ts';

const fair = { from: '2026-12-23T18:00+01:00', to: '2027-01-02', reason: 'Nobody is here.' };
const rules = [{ id: 'r', title: 'R', sysctl: { key: 'vm.a', value: '1' } }];
const check = (freezes: unknown, policy = 'a') =>
  checkPolicy({ policy, title: 'A', owner: 'me', rules, freezes });

function make(freezes: readonly object[], name?: string): Policy {
  const checked = check(freezes, name);
  if ('policy' in checked) return checked.policy;
  throw new Error(JSON.stringify(checked.faults));
}

t.test('one form, whatever was written, and nothing where there are none', async (t) => {
  const policy = make([fair, { ...fair, from: '2026-12-24', to: '2026-12-24', all: true }]);
  t.same(policy.freezes, [
    { ...fair, from: '2026-12-23T17:00:00Z', to: '2027-01-03T00:00:00Z', all: false },
    { ...fair, from: '2026-12-24T00:00:00Z', to: '2026-12-25T00:00:00Z', all: true },
  ]);
  const again = checkPolicy(formatPolicy(policy));
  t.same('policy' in again ? again.policy : again.faults, policy, 'read back it is the same');
  t.match(formatPolicyYaml(policy), /freezes:\n {2}- from: "2026-12-23T17:00:00Z"/);
  t.notOk('freezes' in formatPolicy(make([])), 'a policy without them is the same text as before');
});

t.test('faults, each at its place', async (t) => {
  const faultsOf = (freezes: unknown) => {
    const checked = check(freezes);
    return 'faults' in checked ? checked.faults : [];
  };
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ from: undefined }, 'from', /Add the key "from"/],
    [{ to: undefined }, 'to', /Add the key "to"/],
    [{ reason: undefined }, 'reason', /Why/],
    [{ reason: 'a\u202eb' }, 'reason', /U\+202E/],
    [{ from: 'soon' }, 'from', /with a zone/],
    [{ from: '2026-02-30' }, 'from', /There is no 2026-02-30/],
    [{ to: '2027-02-29T00:00Z' }, 'to', /There is no 2027-02-29/],
    [{ to: '2026-12-22' }, 'to', /behind the beginning/],
    [{ to: fair.from }, 'to', /behind the beginning/],
    [{ to: '2027-04-01' }, 'to', /at most 92 days/],
    [{ all: 'yes' }, 'all', /true or false/],
    [{ untill: 1 }, 'untill', /no key "untill"/],
  ];
  for (const [says, key, message] of cases) {
    const [fault, ...more] = faultsOf([JSON.parse(JSON.stringify({ ...fair, ...says }))]);
    t.same(fault?.path, ['freezes', 0, key], JSON.stringify(says));
    t.match(fault?.message, message);
    t.same(more, [], 'told once');
  }
  const longest = Date.parse('2026-01-01T00:00Z') + MAX_FREEZE_DAYS * 86_400_000;
  const to = new Date(longest).toISOString().slice(0, 16);
  t.same(faultsOf([{ ...fair, from: '2026-01-01', to: `${to}Z` }]), []);
  t.match(faultsOf([{ ...fair, from: '2026-01-01', to: `${to}:01Z` }]), [{ path: ['freezes', 0, 'to'] }]);
  t.match(faultsOf(Array.from({ length: MAX_FREEZES + 1 }, () => fair)), [
    { path: ['freezes'], message: /at most 32/ },
  ]);
  t.match(faultsOf('always'), [{ path: ['freezes'] }]);
  t.match(faultsOf([1]), [{ path: ['freezes', 0] }]);
});

t.test('whose they are', async (t) => {
  const listed = listFreezes([make([fair]), make([{ ...fair, all: true }], 'b'), make([], 'c')]);
  t.same(
    listed.map((one) => [one.policy, isFreezeOf(one, 'a'), isFreezeOf(one, 'c')]),
    [
      ['a', true, false],
      ['b', true, true],
    ],
  );
});

const second = (n: number) => new Date(n * 1_000).toISOString();
const anyFreeze = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .map(([from, length]) => ({ from: second(from), to: second(from + length), reason: 'r', all: false }));

t.test('the one that holds and ends last, or none', async (t) => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(anyFreeze, { maxLength: 4 }), fc.integer({ min: 0, max: 20 }), (freezes, now) => {
      const one = findFreeze(freezes, now * 1_000);
      const at = second(now); // of one form, so that texts compare as moments do
      const holding = freezes.filter(({ from, to }) => from <= at && at < to);
      if (one === null) return holding.length === 0;
      found += 1;
      return holding.includes(one) && holding.every(({ to }) => to <= one.to);
    }),
    { numRuns: 500 },
  );
  t.ok(found > 100, `${found} held`);
});
