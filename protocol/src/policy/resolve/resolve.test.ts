// What holds on a device: cases that were thought out by hand, and the invariants of docs/architecture/policies.md on made-up policies and devices.
import fc from 'fast-check';
import t from 'tap';
import { isMusterError } from '../../errors.ts';
import {
  checkPolicy,
  type Fate,
  type Policy,
  preparePolicies,
  type ResolvedItem,
  resolvePolicies,
  type Trace,
  traceItem,
} from '../index.ts';
import type { Facts } from '../language/index.ts';

/** A rule about one setting, as a file has it. */
interface Written {
  readonly id: string;
  readonly option?: string | undefined;
  readonly value: string;
  readonly when?: string | undefined;
  readonly mode?: 'audit' | 'enforce' | undefined;
  readonly override?: boolean | undefined;
}

/** A policy of such rules. */
interface Draft {
  readonly policy: string;
  readonly mode?: 'audit' | 'enforce' | undefined;
  readonly priority?: number | undefined;
  readonly on?: string | undefined;
  readonly except?: string | undefined;
  readonly rules: readonly Written[];
}

/** Without keys that say nothing. */
function drop<T extends object>(made: T): T {
  return JSON.parse(JSON.stringify(made));
}

/** Through the same door as files. */
function make({ rules, ...head }: Draft): Policy {
  const checked = checkPolicy(
    drop({
      ...{ title: head.policy, owner: 'a', mode: 'enforce', ...head },
      rules: rules.map(({ option = 'Banner', value, ...rest }) => ({
        ...{ title: rest.id, ...rest },
        ssh: { option, value },
      })),
    }),
  );
  if ('policy' in checked) return checked.policy;
  throw new Error(JSON.stringify(checked.faults));
}

const ITEM = 'ssh.Banner';
const debian: Facts = { values: { hostname: 'web-1', 'os.family': 'debian', 'cpu.count': 4, virtual: true } };

/** What is wanted of the device in a line, and the fate of every rule. */
function see(drafts: readonly Draft[], facts: Facts = debian, forceAudit = false) {
  const prepared = preparePolicies(drafts.map(make));
  const found = resolvePolicies(prepared, facts, { forceAudit }).items.get(ITEM);
  const trace = traceItem(prepared, facts, { item: ITEM, forceAudit });
  return {
    found: found === undefined ? 'nothing' : line(found),
    fates: trace.lines.map(({ rule, fate }) => `${rule.policy}/${rule.id} ${fate}`),
    trace,
  };
}

function line({ wanted, mode, decided, rule }: ResolvedItem): string {
  const value = 'value' in wanted ? wanted.value : '';
  return `${value} ${mode}${decided ? '' : ' undecided'} ${rule.policy}/${rule.id}`;
}

/** Says, the policies, what holds, the fates in the order of the trace. */
const cases: readonly (readonly [
  says: string,
  drafts: readonly Draft[],
  found: string,
  fates: readonly string[],
])[] = [
  ['nobody says anything', [], 'nothing', []],
  ['one says so', [{ policy: 'a', rules: [{ id: 'x', value: '1' }] }], '1 enforce a/x', ['a/x won']],
  [
    'the higher priority wins, also over override',
    [
      { policy: 'a', priority: 5, rules: [{ id: 'x', value: '1', override: true }] },
      { policy: 'b', priority: 6, rules: [{ id: 'x', value: '2' }] },
    ],
    '2 enforce b/x',
    ['b/x won', 'a/x outranked'],
  ],
  [
    'of the same priority who overrides',
    [
      { policy: 'a', rules: [{ id: 'x', value: '1' }] },
      { policy: 'b', rules: [{ id: 'x', value: '2', override: true }] },
    ],
    '2 enforce b/x',
    ['b/x won', 'a/x overridden'],
  ],
  [
    'who want the same agree, and one that looks is enough to look',
    [
      { policy: 'b', mode: 'audit', rules: [{ id: 'x', value: '1' }] },
      { policy: 'a', rules: [{ id: 'x', value: '1' }] },
    ],
    '1 audit a/x',
    ['a/x won', 'b/x agrees'],
  ],
  [
    'an audit of lower rank changes nothing',
    [
      { policy: 'a', rules: [{ id: 'x', value: '1' }] },
      { policy: 'b', priority: 1, mode: 'audit', rules: [{ id: 'x', value: '1' }] },
    ],
    '1 enforce a/x',
    ['a/x won', 'b/x outranked'],
  ],
  [
    'who disagree decide nothing, all of them',
    [
      { policy: 'c', rules: [{ id: 'x', value: '1' }] },
      {
        policy: 'a',
        rules: [
          { id: 'y', value: '1' },
          { id: 'x', value: '2', when: 'virtual' },
        ],
      },
      { policy: 'b', priority: 99, rules: [{ id: 'x', value: '1' }] },
    ],
    '2 audit undecided a/x',
    ['a/x disagrees', 'a/y disagrees', 'c/x disagrees', 'b/x outranked'],
  ],
  [
    'two spellings of one value agree',
    [
      { policy: 'a', rules: [{ id: 'x', value: 'a b' }] },
      { policy: 'b', rules: [{ id: 'x', option: 'banner', value: ' a   b ' }] },
    ],
    'a b enforce a/x',
    ['a/x won', 'b/x agrees'],
  ],
  [
    'who is not meant has no word',
    [
      { policy: 'a', priority: 1, rules: [{ id: 'x', value: '1' }] },
      { policy: 'b', priority: 9, on: 'os.family == "rhel"', rules: [{ id: 'x', value: '2' }] },
      { policy: 'c', priority: 8, except: 'hostname == "web-1"', rules: [{ id: 'x', value: '2' }] },
      { policy: 'd', priority: 7, rules: [{ id: 'x', value: '2', when: 'cpu.count > 8' }] },
    ],
    '1 enforce a/x',
    ['b/x not-for-device', 'c/x excepted', 'd/x not-now', 'a/x won'],
  ],
  [
    'a rule that only looks in a policy that enforces',
    [{ policy: 'a', rules: [{ id: 'x', value: '1', mode: 'audit' }] }],
    '1 audit a/x',
    ['a/x won'],
  ],
];

t.test('cases', async (t) => {
  for (const [says, drafts, found, fates] of cases) {
    const seen = see(drafts);
    t.equal(seen.found, found, says);
    t.same(seen.fates, fates, says);
  }
});

/** The line of a rule. */
function lineOf(trace: Trace, policy: string, id = 'x') {
  const found = trace.lines.find(({ rule }) => rule.policy === policy && rule.id === id);
  if (found === undefined) throw new Error(`no line for ${policy}/${id}`);
  return found;
}

t.test('the trace says what would have to change', async (t) => {
  const { trace } = see([
    { policy: 'a', priority: 5, rules: [{ id: 'x', value: '1' }] },
    { policy: 'b', priority: 300, rules: [{ id: 'x', value: '2' }] },
    { policy: 'c', priority: 300, rules: [{ id: 'x', value: '3', when: 'virtual' }] },
    { policy: 'd', on: 'os.family == "rhel" && virtual', rules: [{ id: 'x', value: '3' }] },
    { policy: 'e', except: 'hostname == "web-1" || cpu.count > 9', rules: [{ id: 'x', value: '3' }] },
    { policy: 'f', rules: [{ id: 'x', value: '3', when: '!(virtual) || os.name == "x" || arch == "y"' }] },
  ]);
  t.match(lineOf(trace, 'a'), {
    raise: { priority: 301 },
    change: 'It wins over b/x (priority 300) once the priority of policy a is raised from 5 to 301 or more.',
  });
  t.same(lineOf(trace, 'b').raise, { override: true });
  t.equal(lineOf(trace, 'b').change, 'It wins over c/x (priority 300) once rule b/x says "override: true".');
  t.equal(lineOf(trace, 'c').change, 'It wins over b/x (priority 300) once rule c/x says "override: true".');
  t.equal(
    lineOf(trace, 'd').change,
    '"on" would have to hold: os.family == "rhel" is false, os.family is "debian".',
  );
  t.match(lineOf(trace, 'd').condition, { key: 'on', explained: { kind: 'all', holds: false } });
  t.equal(
    lineOf(trace, 'e').change,
    '"except" would have not to hold: hostname == "web-1" is true, hostname is "web-1".',
  );
  t.equal(
    lineOf(trace, 'f').change,
    '"when" would have to hold: virtual is true, virtual is true; os.name == "x" is false, os.name is not known; arch == "y" is false, arch is not known.',
  );
  // Where numbers end
  const top = see([
    { policy: 'a', priority: 1, rules: [{ id: 'x', value: '1' }] },
    { policy: 'b', priority: 1_000, rules: [{ id: 'x', value: '2' }] },
  ]).trace;
  t.same(lineOf(top, 'a').raise, { priority: 1_000, override: true });
  const beyond = see([
    { policy: 'a', priority: 1, rules: [{ id: 'x', value: '1' }] },
    { policy: 'b', priority: 1_000, rules: [{ id: 'x', value: '2', override: true }] },
  ]).trace;
  t.notOk('raise' in lineOf(beyond, 'a'));
  t.match(lineOf(beyond, 'a').change, /^Neither priority nor override .* b\/x is the first; .*\.$/);
  // Override alone would only make two disagree; and a policy takes its other rules along
  const overridden = see([
    {
      policy: 'a',
      rules: [
        { id: 'x', value: '1' },
        { id: 'y', value: '2', when: 'virtual' },
      ],
    },
    { policy: 'b', rules: [{ id: 'x', value: '3', override: true }] },
  ]).trace;
  t.same(lineOf(overridden, 'a').fate, 'overridden');
  t.same(lineOf(overridden, 'a').raise, { priority: 101, override: true });
  // A value as a device tells it cannot write over what is said
  const odd = see([{ policy: 'a', on: 'hostname == "b"', rules: [{ id: 'x', value: '1' }] }], {
    values: { hostname: `\u202e\n${'x'.repeat(200)}` },
  }).trace;
  t.match(lineOf(odd, 'a').change, /hostname is "\?\?x{34}…"\.$/);
});

t.test('the owner of a device forces audit, and the trace says so', async (t) => {
  const drafts = [{ policy: 'a', rules: [{ id: 'x', value: '1' }] }];
  const forced = see(drafts, debian, true);
  t.equal(forced.found, '1 audit a/x');
  t.match(forced.trace, {
    isForced: true,
    resolved: { mode: 'audit' },
    lines: [{ mode: 'enforce', fate: 'won' }],
  });
  t.equal(see(drafts).trace.isForced, false);
  t.equal(
    see([{ ...drafts[0], policy: 'a', mode: 'audit', rules: [{ id: 'x', value: '1' }] }], debian, true).trace
      .isForced,
    false,
    'nothing would have been enforced',
  );
});

t.test('what could not be told apart, or judged, is refused', async (t) => {
  const one = make({ policy: 'a', rules: [{ id: 'x', value: '1' }] });
  const refusal = (policies: readonly Policy[]) => {
    try {
      preparePolicies(policies);
    } catch (error) {
      return isMusterError(error) ? error.code : String(error);
    }
    return 'nothing';
  };
  t.equal(refusal([one, one]), 'E_POLICY');
  t.equal(refusal([{ ...one, rules: [...one.rules, ...one.rules] }]), 'E_POLICY');
  t.equal(
    refusal([{ ...one, rules: one.rules.map((rule) => ({ ...rule, when: 'label("a") == "b"' })) }]),
    'E_EXPRESSION',
  );
  t.equal(refusal([one]), 'nothing');
  t.same(traceItem(preparePolicies([one]), debian, { item: 'ssh.Port' }), {
    ...{ item: 'ssh.Port', resolved: null, isForced: false, lines: [] },
  });
});

// Made-up policies: few items, values, priorities and conditions, so that they meet.
const condition = fc.constantFrom(
  ...[
    'virtual',
    '!(virtual)',
    'os.family == "debian"',
    'os.family != "debian"',
    'cpu.count > 4',
    'has(os.name)',
  ],
);
const narrow = fc.option(condition, { nil: undefined, freq: 2 });
const mode = fc.constantFrom('audit' as const, 'enforce' as const, 'enforce' as const);
const option = fc.constantFrom('Banner', 'Ciphers', 'AllowUsers');
const value = fc.constantFrom('1', '2');
const written = fc.record({
  ...{ id: fc.constantFrom('p', 'q', 'r', 's', 't'), option, value },
  ...{ when: narrow, isAudit: fc.boolean(), override: fc.boolean() },
});
const rules = fc
  .uniqueArray(written, { minLength: 1, maxLength: 5, selector: ({ id }) => id })
  // Two about the same thing under the same condition are refused in a file
  .map((list) =>
    list.filter(
      (one, at) => list.findIndex((other) => other.option === one.option && other.when === one.when) === at,
    ),
  );
const draft: fc.Arbitrary<Omit<Draft, 'policy'>> = fc
  .record({
    ...{ mode, priority: fc.constantFrom(0, 100, 100, 101, 1_000), rules },
    ...{ on: narrow, except: fc.option(condition, { nil: undefined, freq: 2 }) },
  })
  .map(({ rules, ...head }) =>
    drop({
      ...head,
      rules: rules.map(({ isAudit, ...one }) => (isAudit ? { ...one, mode: 'audit' as const } : one)),
    }),
  );
const drafts: fc.Arbitrary<readonly Draft[]> = fc
  .array(draft, { minLength: 1, maxLength: 5 })
  .map((list) => list.map((one, at) => ({ ...one, policy: `p${(at * 7) % 10}` })));
const device: fc.Arbitrary<Facts> = fc
  .record(
    {
      virtual: fc.boolean(),
      'os.family': fc.constantFrom('debian', 'rhel'),
      'os.name': fc.constantFrom('debian', 'rocky'),
      'cpu.count': fc.constantFrom(1, 8),
    },
    { requiredKeys: [] },
  )
  .map((values) => ({ values }));
const items = ['ssh.Banner', 'ssh.Ciphers', 'ssh.AllowUsers'];

/** Everything that is said about a device, comparable as text. */
function sayAll(policies: readonly Policy[], facts: Facts, forceAudit = false) {
  const prepared = preparePolicies(policies);
  const resolved = resolvePolicies(prepared, facts, { forceAudit }).items;
  const traces = items.map((item) => traceItem(prepared, facts, { item, forceAudit }));
  return { resolved, traces };
}

const asText = ({ resolved, traces }: ReturnType<typeof sayAll>) =>
  JSON.stringify([items.map((item) => resolved.get(item) ?? null), traces]);

/** How often each fate was met: a property over cases that never come proves nothing. */
const met = new Map<Fate, number>();

t.test('invariant 1: the order of policies and rules changes nothing', async () => {
  fc.assert(
    fc.property(drafts, device, fc.infiniteStream(fc.nat()), (list, facts, order) => {
      const policies = list.map(make);
      const shuffle = <T>(values: readonly T[]): T[] =>
        values
          .map((one) => ({ one, by: order.next().value ?? 0 }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ one }) => one);
      const other = shuffle(policies).map((policy) => ({ ...policy, rules: shuffle(policy.rules) }));
      // Also through a store that gives some keys back in another order
      const stored = other.map((policy) => ({
        ...policy,
        rules: policy.rules.map((rule) => ({
          ...rule,
          wanted:
            order.next().value % 2 === 0
              ? rule.wanted
              : Object.fromEntries(Object.entries(rule.wanted).reverse()),
        })),
      })) as unknown as Policy[];
      const said = sayAll(policies, facts);
      const saidOther = sayAll(stored, facts);
      for (const { lines } of said.traces)
        for (const { fate } of lines) met.set(fate, (met.get(fate) ?? 0) + 1);
      const sorted = (text: string) => text.replaceAll(/"(option|value)":"[^"]*",?/g, '');
      return (
        sorted(asText(said)) === sorted(asText(saidOther)) &&
        items.every((item) => {
          const [a, b] = [said.resolved.get(item), saidOther.resolved.get(item)];
          return a === undefined ? b === undefined : b !== undefined && line(a) === line(b);
        })
      );
    }),
    // Many, because what is met here is counted below: by chance too few must agree in no run.
    { numRuns: 1_000 },
  );
});

t.test('invariant 2: a policy for other devices changes nothing but its own lines', async () => {
  fc.assert(
    fc.property(drafts, draft, device, fc.boolean(), (list, extra, facts, isExcepted) => {
      const policies = list.map(make);
      // After whatever else it says: never for any device
      const stranger = make({
        ...extra,
        policy: 'p1-stranger',
        ...(isExcepted ? { except: 'true' } : { on: 'false' }),
      });
      const before = sayAll(policies, facts);
      const after = sayAll([...policies, stranger], facts);
      const traces = after.traces.map((trace) => ({
        ...trace,
        lines: trace.lines.filter(({ rule }) => rule.policy !== 'p1-stranger'),
      }));
      const count = (all: typeof after.traces) => all.reduce((sum, { lines }) => sum + lines.length, 0);
      return (
        asText(before) === asText({ ...after, traces }) &&
        count(after.traces) === count(before.traces) + stranger.rules.length
      );
    }),
    { numRuns: 400 },
  );
});

t.test(
  'invariant 3: one line of what is decided has won; of what is not, none, and two disagree',
  async () => {
    fc.assert(
      fc.property(drafts, device, (list, facts) => {
        const { resolved, traces } = sayAll(list.map(make), facts);
        return traces.every(({ item, lines, resolved: said }) => {
          const count = (fate: Fate) => lines.filter((line) => line.fate === fate).length;
          const found = resolved.get(item);
          if (found !== (said ?? undefined) && JSON.stringify(found) !== JSON.stringify(said)) return false;
          const winner = lines.find(({ fate }) => fate === (found?.decided ? 'won' : 'disagrees'));
          if (found === undefined)
            return count('won') + count('agrees') + count('disagrees') + count('outranked') === 0;
          if (winner === undefined || JSON.stringify(winner.rule) !== JSON.stringify(found.rule))
            return false;
          if (found.decided) return count('won') === 1 && count('disagrees') === 0;
          const wishes = lines
            .filter(({ fate }) => fate === 'disagrees')
            .map(({ wanted }) => JSON.stringify(wanted));
          return count('won') + count('agrees') === 0 && new Set(wishes).size >= 2;
        });
      }),
      { numRuns: 600 },
    );
  },
);

t.test('invariant 4: who is above all decides, and so does who is raised as the trace says', async (t) => {
  const counts = { raised: 0, hopeless: 0 };
  fc.assert(
    fc.property(drafts, device, value, (list, facts, wanted) => {
      const policies = list
        .map((one) => ({ ...one, priority: Math.min(one.priority ?? 100, 999) }))
        .map(make);
      const top = make({
        policy: 'zz',
        priority: 1_000,
        rules: [{ id: 'z', value: wanted, override: true }],
      });
      const found = sayAll([...policies, top], facts).resolved.get(ITEM);
      if (found === undefined || line(found) !== `${wanted} enforce zz/z`) return false;
      const all = list.map(make);
      for (const { item, lines } of sayAll(all, facts).traces) {
        for (const { rule, raise, fate, wanted } of lines) {
          const isPresent = ['outranked', 'overridden', 'disagrees'].includes(fate);
          if (raise === undefined) {
            if (isPresent) counts.hopeless++;
            continue;
          }
          counts.raised++;
          const changed = all.map((policy) =>
            policy.name !== rule.policy
              ? policy
              : {
                  ...policy,
                  priority: raise.priority ?? policy.priority,
                  rules: policy.rules.map((one) =>
                    one.id === rule.id && raise.override ? { ...one, override: true } : one,
                  ),
                },
          );
          const after = sayAll(changed, facts);
          const now = after.resolved.get(item);
          const own = after.traces.find((trace) => trace.item === item);
          const ownFate = own?.lines.find(
            (one) => one.rule.policy === rule.policy && one.rule.id === rule.id,
          )?.fate;
          if (!isPresent || now?.decided !== true || JSON.stringify(now.wanted) !== JSON.stringify(wanted))
            return false;
          if (ownFate !== 'won' && ownFate !== 'agrees') return false;
          if ((raise.priority ?? 0) > 1_000) return false;
        }
      }
      return true;
    }),
    { numRuns: 500 },
  );
  t.ok(counts.raised > 100 && counts.hopeless > 5, JSON.stringify(counts));
});

t.test(
  'invariant 5: nothing is enforced where one at the deciding rank looks, or the owner forces audit',
  async (t) => {
    const counts = { enforce: 0, audit: 0 };
    fc.assert(
      fc.property(drafts, device, fc.boolean(), (list, facts, forceAudit) => {
        const { resolved, traces } = sayAll(list.map(make), facts, forceAudit);
        return traces.every(({ item, lines, isForced }) => {
          const found = resolved.get(item);
          if (found === undefined) return true;
          const deciding = lines.filter(
            ({ fate }) => fate === 'won' || fate === 'agrees' || fate === 'disagrees',
          );
          const wouldEnforce = found.decided && deciding.every((one) => one.mode === 'enforce');
          counts[found.mode]++;
          return (
            found.mode === (wouldEnforce && !forceAudit ? 'enforce' : 'audit') &&
            isForced === (wouldEnforce && forceAudit)
          );
        });
      }),
      { numRuns: 500 },
    );
    t.ok(counts.enforce > 50 && counts.audit > 50, JSON.stringify(counts));
  },
);

t.test('every line explains itself, and every fate was met', async (t) => {
  fc.assert(
    fc.property(drafts, device, (list, facts) => {
      const policies = list.map(make);
      return sayAll(policies, facts).traces.every(({ lines, item }) => {
        const named = policies.flatMap(({ rules }) => rules).filter((rule) => rule.item === item);
        return (
          lines.length === named.length &&
          lines.every(({ fate, change, condition }) => {
            const isKept = ['not-for-device', 'excepted', 'not-now'].includes(fate);
            if (isKept !== (condition !== undefined)) return false;
            // What keeps a rule away is told with the answer that keeps it away
            if (condition !== undefined && condition.explained.holds !== (fate === 'excepted')) return false;
            return fate === 'won' || fate === 'agrees' ? change === '' : /^[^\n]+\.$/.test(change);
          })
        );
      });
    }),
  );
  const fates = [
    'won',
    'agrees',
    'disagrees',
    'outranked',
    'overridden',
    'not-for-device',
    'excepted',
    'not-now',
  ] as const;
  for (const fate of fates) t.ok((met.get(fate) ?? 0) > 20, `${fate}: ${met.get(fate)}`);
});
