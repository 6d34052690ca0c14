// Tests exceptions: what a file may say, what they do to one item on one device, that they end, and that they do nothing else.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { isMusterError } from '../../errors.ts';
import {
  checkPolicy,
  checkRevisionDraft,
  draftRevision,
  exceptionNeedsServer,
  findLongExceptions,
  formatPolicy,
  formatPolicyYaml,
  nameException,
  nextChange,
  type Policy,
  prepareEffects,
  preparePolicies,
  resolvePolicies,
  traceItem,
} from '../index.ts';
import type { Facts } from '../language/index.ts';
import { MAX_EXCEPTION_DAYS, MAX_EXCEPTIONS } from './limits.ts';

const hash = { sha256: (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest()) };
const at = (text: string) => Date.parse(text);
const UNTIL = '2027-03-01T12:00:00Z';
const fair = {
  rule: 'x',
  on: 'hostname == "web-1"',
  reason: 'The old backup signs in as root.',
  approvedBy: 'security@example.com',
  until: UNTIL,
};

/** A rule of sshd, as a file has it. */
const rule = (id: string, option: string, value: string, more: object = {}) => ({
  ...{ id, title: id, ssh: { option, value }, ...more },
});
const check = (exceptions: unknown, more: object = {}) =>
  checkPolicy({
    ...{ policy: 'a', title: 'A', owner: 'me', mode: 'enforce' },
    ...{ rules: [rule('x', 'Banner', '1'), rule('y', 'Ciphers', '1')], exceptions },
    ...more,
  });

function make(exceptions: readonly object[] = [fair], more: object = {}): Policy {
  const checked = check(exceptions, more);
  if ('policy' in checked) return checked.policy;
  throw new Error(JSON.stringify(checked.faults));
}

t.test('one form, whatever was written, and nothing where there are none', async (t) => {
  const [found] = make().exceptions;
  t.same(found, { ...fair, item: 'ssh.Banner' });
  const untils = [
    ['2027-03-01', '2027-03-02T00:00:00Z'],
    ['2027-03-01T12:00Z', '2027-03-01T12:00:00Z'],
    ['2027-03-01T12:00:30+01:00', '2027-03-01T11:00:30Z'],
    ['2028-02-29', '2028-03-01T00:00:00Z'],
  ] as const;
  for (const [until, is] of untils) t.equal(make([{ ...fair, until }]).exceptions[0]?.until, is, until);
  const policy = make([
    { ...fair, item: 'ssh.banner' },
    { ...fair, rule: 'y', on: 'group("old")' },
  ]);
  const again = checkPolicy(formatPolicy(policy));
  t.same('policy' in again ? again.policy : again.faults, policy, 'read back it is the same');
  t.match(formatPolicyYaml(policy), /exceptions:\n {2}- rule: x\n {4}item: ssh\.Banner\n {4}on: hostname/);
  t.notOk('exceptions' in formatPolicy(make([])), 'a policy without them is the same text as before');
});

t.test('faults, each at its place', async (t) => {
  const faultsOf = (exceptions: unknown) => {
    const checked = check(exceptions);
    return 'faults' in checked ? checked.faults : [];
  };
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ until: undefined }, 'until', /Add the key "until"/],
    [{ reason: undefined }, 'reason', /Add the key "reason"/],
    [{ reason: '' }, 'reason', /Write something/],
    [{ reason: 'a\u202eb' }, 'reason', /U\+202E/],
    [{ approvedBy: undefined }, 'approvedBy', /Who answers/],
    [{ on: undefined }, 'on', /Add the key "on"/],
    [{ on: 'hostnme == "a"' }, 'on', /perhaps "hostname"/],
    [{ until: '1.3.2027' }, 'until', /2027-03-01T12:00\+01:00/],
    [{ until: '2027-03-01T12:00' }, 'until', /with a zone/],
    [{ until: '2027-02-29' }, 'until', /There is no 2027-02-29/],
    [{ until: '2027-02-30T12:00Z' }, 'until', /There is no 2027-02-30/],
    [{ rule: 'z' }, 'rule', /no rule "z" in this policy/],
    [{ item: 'ssh.Ciphers' }, 'item', /is about "ssh\.Banner"/],
    [{ item: 'nonsense' }, 'item', /is about "ssh\.Banner"/],
    [{ form: 1 }, 'form', /no key "form"/],
  ];
  for (const [says, key, message] of cases) {
    const [fault, ...more] = faultsOf([JSON.parse(JSON.stringify({ ...fair, ...says }))]);
    t.same(fault?.path, ['exceptions', 0, key], JSON.stringify(says));
    t.match(fault?.message, message);
    t.same(more, [], 'told once');
  }
  t.match(faultsOf([fair, { ...fair, on: '(hostname == "web-1")', until: '2027-01-01' }]), [
    { path: ['exceptions', 1], message: /Exception 1 is about the same rule/ },
  ]);
  const many = Array.from({ length: MAX_EXCEPTIONS + 1 }, (_, n) => ({ ...fair, on: `cpu.count == ${n}` }));
  t.match(faultsOf(many), [{ path: ['exceptions'], message: /at most 100/ }]);
  t.match(faultsOf('all'), [{ path: ['exceptions'] }]);
  t.match(faultsOf([1]), [{ path: ['exceptions', 0] }]);
});

t.test('an end is at most a year behind the signature, for whoever writes, and for no reader', async (t) => {
  const nowMs = at('2026-11-24T00:00:00Z');
  const last = new Date(nowMs + MAX_EXCEPTION_DAYS * 86_400_000).toISOString().slice(0, 16);
  t.same(findLongExceptions(make([{ ...fair, until: `${last}Z` }]), nowMs), []);
  const long = make([fair, { ...fair, rule: 'y', until: `${last}:01Z` }]);
  t.match(findLongExceptions(long, nowMs), [{ path: ['exceptions', 1, 'until'], message: /366 days/ }]);
  t.same(
    findLongExceptions(make([{ ...fair, until: '2020-01-01' }]), nowMs),
    [],
    'one that is over may stay',
  );
  const parts = {
    ...{ version: 1, source: '', requester: 'anna', reason: 'r', at: new Date(nowMs).toISOString() },
  };
  const trust = { org: 'o', version: 1, policyEpoch: 1 };
  const codeOf = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return isMusterError(error) ? error.code : String(error);
    }
    return 'nothing';
  };
  t.equal(
    codeOf(() => draftRevision(trust, { ...parts, policy: long })),
    'E_POLICY',
  );
  const early = { ...parts, at: '2027-06-01T00:00:00Z' };
  const document = draftRevision(trust, { ...early, policy: long });
  const open = (signedAt: string) => ({ policy: long, digest: '', document: { ...document, at: signedAt } });
  t.equal(
    codeOf(() => checkRevisionDraft(open(early.at))),
    'nothing',
  );
  t.equal(
    codeOf(() => checkRevisionDraft(open(parts.at))),
    'E_POLICY',
    'nor does a server take it in',
  );
});

const facts = (nowMs: number, hostname = 'web-1'): Facts => ({
  values: { hostname, 'cpu.count': 4 },
  nowMs,
});
const before = at(UNTIL) - 1;

/** What becomes of Banner, in a line, and the fate of every rule about it. */
function see(policies: readonly Policy[], nowMs = before, hostname = 'web-1') {
  const prepared = preparePolicies(policies);
  const device = facts(nowMs, hostname);
  const found = resolvePolicies(prepared, device).items.get('ssh.Banner');
  const trace = traceItem(prepared, device, { item: 'ssh.Banner' });
  const value = found !== undefined && 'value' in found.wanted ? found.wanted.value : '';
  const how = found?.exception === undefined ? found?.mode : 'exempt';
  return {
    found: `${value} ${how} ${found?.rule.policy}/${found?.rule.id}`,
    fates: trace.lines.map(({ rule, fate }) => `${rule.policy}/${rule.id} ${fate}`),
    trace,
  };
}

t.test('at the rank that decides one exception is enough, and no other rule takes its place', async (t) => {
  const one = make();
  const other = (more: object, value = '1') =>
    make([], { policy: 'b', rules: [rule('x', 'Banner', value)], ...more });
  t.match(see([one]), { found: '1 exempt a/x', fates: ['a/x exempt'] });
  t.match(see([one], at(UNTIL)), { found: '1 enforce a/x', fates: ['a/x won'] }, 'over at that very moment');
  t.match(see([one], before, 'web-2'), { found: '1 enforce a/x', fates: ['a/x won'] });
  t.match(see([one, other({ priority: 1 }, '3')]), {
    found: '1 exempt a/x',
    fates: ['a/x exempt', 'b/x outranked'],
  });
  t.match(see([one, other({})]), { found: '1 exempt a/x', fates: ['a/x exempt', 'b/x agrees'] });
  t.match(see([one, other({}, '2')]), { found: '1 exempt a/x', fates: ['a/x exempt', 'b/x disagrees'] });
  t.match(see([one, other({ policy: '0' })]), {
    found: '1 exempt a/x',
    fates: ['0/x agrees', 'a/x exempt'],
  });
  const above = see([one, other({ priority: 101 }, '2')]);
  t.match(above, { found: '2 enforce b/x', fates: ['b/x won', 'a/x outranked'] });
  const [, left] = above.trace.lines;
  t.match(left, { exception: { until: UNTIL }, change: /Exempt until .*counts again/ });
  t.notOk(left !== undefined && 'raise' in left, 'what is left alone wins by no number');
  const overriding = other({ rules: [rule('x', 'Banner', '2', { override: true })] });
  t.match(see([one, overriding]), { found: '2 enforce b/x', fates: ['b/x won', 'a/x overridden'] });
  const advised = see([one, other({ priority: 1 }, '3')]).trace.lines[1];
  t.same(advised?.raise, { priority: 101 }, 'above an exempt rule nothing is exempt');
  const top = see([
    make([fair], { priority: 1_000, rules: [rule('x', 'Banner', '1', { override: true })] }),
    other({}),
  ]);
  t.notOk('raise' in (top.trace.lines[1] ?? {}), 'beside an exempt rule one is exempt too');
  t.match(see([one]).trace, {
    isForced: false,
    resolved: { mode: 'audit', decided: true, exception: { approvedBy: 'security@example.com' } },
    lines: [{ change: /approved by security@example\.com: The old backup signs in as root\. It counts/ }],
  });
});

t.test('of several exceptions of a rule the one that ends last is told', async (t) => {
  const later = { ...fair, on: 'cpu.count == 4', until: '2027-04-01T00:00:00Z', reason: 'later' };
  const policy = make([fair, later]);
  t.match(see([policy]).trace.resolved, { exception: { reason: 'later' } });
  t.match(see([policy], at(UNTIL)).trace.resolved, { exception: { reason: 'later' } });
  t.equal(see([policy], at(later.until)).found, '1 enforce a/x');
  t.equal(nextChange([policy], before), at(UNTIL));
  t.equal(nextChange([policy], at(UNTIL)), at(later.until), 'one that ends now has ended');
  t.equal(nextChange([policy, make([])], at(later.until)), null);
});

t.test('names for the word of a server', async (t) => {
  const digest = 'A'.repeat(43);
  const names = [0, 1, 2].map((place) => nameException(digest, place, hash));
  t.equal(new Set([digest, ...names]).size, 4);
  for (const name of names) t.match(name, /^[A-Za-z0-9_-]{43}$/);
  t.not(nameException('B'.repeat(43), 0, hash), names[0]);
  t.notOk(exceptionNeedsServer(fair));
  t.ok(exceptionNeedsServer({ on: 'hostname == "a" || group("b")' }));
});

t.test('a plan tells what is left alone, for as long as it is', async (t) => {
  const effectsOf = async (was: Policy, is: Policy, nowMs = before) => {
    const effects = await prepareEffects({ before: [was], after: [is], nowMs }, new Set(['a']));
    return effects
      .resolve((place) => effects.conditions[place]?.evaluate(facts(nowMs)) === true)
      .map(
        ({ item, before: from, after }) =>
          `${item} ${from?.exception?.until ?? '-'} ${after?.exception?.until ?? '-'}`,
      );
  };
  t.same(await effectsOf(make([]), make()), [`ssh.Banner - ${UNTIL}`], 'added, and only this item');
  t.same(await effectsOf(make(), make([])), [`ssh.Banner ${UNTIL} -`], 'ended');
  t.same(await effectsOf(make(), make([{ ...fair, until: '2027-02-01T00:00:00Z' }]), at('2027-01-01')), [
    `ssh.Banner ${UNTIL} 2027-02-01T00:00:00Z`,
  ]);
  t.same(await effectsOf(make([]), make(), at(UNTIL)), [], 'one that is over does nothing');
  t.same(await effectsOf(make([]), make([{ ...fair, on: 'hostname == "web-2"' }])), [], 'nor elsewhere');
});

// Made-up policies about few items, with exceptions on few devices that end at few moments, so that they meet.
const options = ['Banner', 'Ciphers', 'AllowUsers'] as const;
const ends = ['2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z', '2027-03-01T00:00:00Z'] as const;
const hosts = ['web-1', 'web-2'] as const;
const anyException = fc.record({
  ...{ rule: fc.constantFrom('r0', 'r1', 'r2'), until: fc.constantFrom(...ends) },
  on: fc.constantFrom('true', ...hosts.map((host) => `hostname == "${host}"`)),
});
const anyPolicy = fc
  .record({
    mode: fc.constantFrom('audit', 'enforce', 'enforce'),
    priority: fc.constantFrom(99, 100, 100),
    rules: fc.tuple(
      ...options.map(() => fc.record({ value: fc.constantFrom('1', '2'), override: fc.boolean() })),
    ),
    exceptions: fc.uniqueArray(anyException, { maxLength: 4, selector: ({ rule: id, on }) => `${id} ${on}` }),
  })
  .map(({ rules, exceptions, ...head }) => ({
    ...head,
    rules: rules.map(({ value, override }, place) =>
      rule(`r${place}`, options[place] ?? '', value, { override }),
    ),
    exceptions: exceptions.map((one) => ({ ...fair, ...one })),
  }));
const anyFleet = fc
  .array(anyPolicy, { minLength: 1, maxLength: 3 })
  .map((list) =>
    list.map(({ exceptions, ...head }, place) => make(exceptions, { ...head, policy: `p${place}` })),
  );
const anyMoment = fc.constantFrom(...ends.flatMap((end) => [at(end) - 1, at(end)]));

/** All that is wanted of a device, by item, as text. */
function sayItems(policies: readonly Policy[], device: Facts): Readonly<Record<string, string>> {
  const { items } = resolvePolicies(preparePolicies(policies), device);
  return Object.fromEntries([...items].map(([item, one]) => [item, JSON.stringify(one)]));
}

t.test('an exception changes its own item on its own devices until it ends, and nothing else', async (t) => {
  let exempt = 0;
  fc.assert(
    fc.property(anyFleet, anyException, fc.constantFrom(...hosts), anyMoment, (fleet, extra, host, nowMs) => {
      const [first, ...others] = fleet;
      if (first === undefined) return false;
      const own = first.rules.find(({ id }) => id === extra.rule);
      if (own === undefined) return false;
      const added = [
        { ...first, exceptions: [...first.exceptions, { ...fair, ...extra, item: own.item }] },
        ...others,
      ];
      const device = facts(nowMs, host);
      const [was, is] = [sayItems(fleet, device), sayItems(added, device)];
      const isElsewhere = extra.on !== 'true' && !extra.on.includes(host);
      const isOver = at(extra.until) <= nowMs;
      const found = resolvePolicies(preparePolicies(added), device).items;
      for (const { exception, mode } of found.values()) {
        if (exception === undefined) continue;
        exempt += 1;
        if (mode !== 'audit') return false;
      }
      const changed = Object.keys(is).filter((item) => is[item] !== was[item]);
      return isElsewhere || isOver ? changed.length === 0 : changed.every((item) => item === own.item);
    }),
    { numRuns: 1_000 },
  );
  t.ok(exempt > 300, `${exempt} exempt items`);
});

t.test('once all are over, the answer is that of policies without any', async () => {
  fc.assert(
    fc.property(anyFleet, fc.constantFrom(...hosts), (fleet, host) => {
      const device = facts(at(ends[2]), host);
      const without = fleet.map((policy) => ({ ...policy, exceptions: [] }));
      return JSON.stringify(sayItems(fleet, device)) === JSON.stringify(sayItems(without, device));
    }),
    { numRuns: 300 },
  );
});

t.test(
  'the trace says what resolving says: exempt lines where, and only where, the item is exempt',
  async () => {
    fc.assert(
      fc.property(anyFleet, fc.constantFrom(...hosts), anyMoment, (fleet, host, nowMs) => {
        const prepared = preparePolicies(fleet);
        const device = facts(nowMs, host);
        const { items } = resolvePolicies(prepared, device);
        return [...items].every(([item, resolved]) => {
          const { lines, resolved: traced } = traceItem(prepared, device, { item });
          const fates = lines.map(({ fate }) => fate);
          const isExempt = resolved.exception !== undefined;
          const won = fates.filter((fate) => fate === 'won').length;
          return (
            JSON.stringify(traced) === JSON.stringify(resolved) &&
            fates.includes('exempt') === isExempt &&
            won === (isExempt || !resolved.decided ? 0 : 1)
          );
        });
      }),
      { numRuns: 500 },
    );
  },
);
