// Signed policies: what is signed is one text, who may sign it, what of a change shows, and what a plan says it does.
import fc from 'fast-check';
import t from 'tap';
import {
  ann,
  annPasskey,
  bob,
  bobPasskey,
  crypto,
  keyOf,
  ORG,
  passkeyTrust,
  robot,
  stranger,
  timeAt,
  trustOf,
} from '../../commands/testing/documents.ts';
import { type Envelope, encodeUtf8, isMusterError, sealEnvelope, type TrustDocument } from '../../index.ts';
import { createPasskey, ORIGIN, RP_ID } from '../../signing/testing/authenticator.ts';
import {
  checkAdvance,
  checkMembers,
  checkPolicy,
  checkRevisionDraft,
  countConditions,
  diffLines,
  divideDevices,
  draftPolicySet,
  draftRevision,
  formatPolicy,
  formatPolicyYaml,
  hashPolicy,
  makeBound,
  openPolicy,
  openPolicySet,
  openUnlessVoid,
  POLICY_SET_TYPE,
  POLICY_TYPE,
  type Policy,
  planPolicies,
  prepareEffects,
  preparePolicies,
  readBit,
  resolvePolicies,
} from '../index.ts';
import { compileExpression, type Facts } from '../language/index.ts';

const halter = keyOf(30);
const trust: TrustDocument = trustOf('hardened', { policyEpoch: 3 });
trust.signers.push({
  ...{ id: 'watch', name: 'Watch', kind: 'person', roles: ['halt'], kinds: ['*'], keys: [halter.entry] },
});
const context = { trust, crypto };
const SOURCE = 'A'.repeat(43);

/** Through the same door as files. */
function make(written: Record<string, unknown>): Policy {
  const checked = checkPolicy({ title: 'T', owner: 'me', ...written });
  if ('policy' in checked) return checked.policy;
  throw new Error(JSON.stringify(checked.faults));
}

const sshRule = (value: string, more: object = {}) => ({
  ...{ id: 'root', title: 'R', ssh: { option: 'PermitRootLogin', value }, ...more },
});
const base = make({ policy: 'base', mode: 'enforce', rules: [sshRule('no')] });
const parts = { version: 1, source: SOURCE, at: timeAt(0), requester: 'ann', reason: 'because' };

function seal(type: string, document: object, key = ann): Envelope {
  return sealEnvelope(type, encodeUtf8(JSON.stringify(document)), [key]);
}
const sealPolicy = (policy: Policy, change: object = {}, key = ann) =>
  seal(POLICY_TYPE, { ...draftRevision(trust, { ...parts, policy }), ...change }, key);
const setParts = { ...parts, previous: '', policies: [] as string[], plan: SOURCE };
const sealSet = (change: object = {}, key = ann) =>
  seal(POLICY_SET_TYPE, { ...draftPolicySet(trust, setParts), ...change }, key);

/** The code with which something is refused. */
function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isMusterError(error)) return error.code;
    throw error;
  }
  return 'accepted';
}

const expressions = [
  'true',
  'false',
  'virtual',
  'os.family == "debian"',
  'label("role") == "web"',
  'label("role") == "web" && os.family == "debian"',
  'os.family == "debian" && (virtual || hostname == "a")',
  'group("x") || virtual',
  'virtual || hostname == "a"',
  '!(seen("1d")) && !(virtual)',
];
const anyExpression = fc.constantFrom(...expressions);
const anyText = fc.oneof(
  fc.constantFrom(
    'yes',
    '007',
    'a: b',
    '- a',
    'x #y',
    '"q"',
    'two\nlines',
    'in\n  and\n\n\tout',
    'a\n \nb',
    '# a\n- b',
    '\ta\nb',
    ' a\n b ',
    'a\n',
    '{}',
    'ü',
  ),
  fc.string({ maxLength: 12 }).filter((text) => !('faults' in checkPolicy(titled(text)))),
);
function titled(why: string) {
  return { policy: 'x', title: 'T', owner: 'me', rules: [sshRule('no', { why })] };
}
const wishes = [
  { ssh: { option: 'permitrootlogin', value: 'without-password' } },
  { ssh: { option: 'PermitRootLogin', value: 'yes' } },
  { package: { version: '1.0', name: 'openssl', state: 'installed' } },
  { service: { name: 'cron', enabled: true, running: false } },
  { file: { path: '/etc/shadow', owner: 'root', mode: '640' } },
  { file: { path: '/etc/motd', state: 'absent' } },
  { sysctl: { key: 'net/ipv4/ip_forward', value: '0' } },
  { 'kernel-module': { name: 'usb-storage', state: 'absent' } },
  { user: { name: 'games', shell: 'none', locked: true } },
  { group: { name: 'shadow', members: '' } },
  { 'mount-option': { path: '/tmp', options: 'nosuid nodev' } },
  { line: { path: '/etc/login.defs', line: 'UMASK  027', key: 'UMASK' } },
  { certificate: { path: '/etc/ssl/web.pem', daysLeft: 30 } },
  { script: { name: 'a', check: 'if :; then\n\t exit 0\n  fi', fix: '# "x": {}\n\n  : x # y' } },
];
const anyRule = fc.record(
  {
    wish: fc.constantFrom(...wishes),
    why: anyText,
    severity: fc.constantFrom('low', 'high'),
    references: fc.array(fc.constantFrom('CIS 1: a', '5.1', 'x'), { maxLength: 2 }),
    when: fc.constantFrom('true', 'virtual', 'hostname == "a"'),
    override: fc.boolean(),
  },
  { requiredKeys: ['wish'] },
);
const anyPolicyOf = (name: fc.Arbitrary<string>) =>
  fc
    .record({
      policy: name,
      mode: fc.constantFrom('audit', 'enforce'),
      priority: fc.constantFrom(100, 200),
      on: anyExpression,
      except: anyExpression,
      rules: fc.array(anyRule, { minLength: 1, maxLength: 3 }),
    })
    .map(({ rules, ...head }) => ({
      ...head,
      rules: rules.map(({ wish, ...rule }, at) => ({ id: `r${at}`, title: 'R', ...rule, ...wish })),
    }))
    .filter((written) => 'policy' in checkPolicy({ title: 'T', owner: 'me', ...written }))
    .map(make);
const anyPolicy = anyPolicyOf(fc.constantFrom('a', 'b', 'c'));
/** Policies with names of their own. */
const anyPolicies = fc.uniqueArray(anyPolicy, { maxLength: 3, selector: ({ name }) => name });
const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    family: fc.constantFrom('debian', 'rhel', undefined),
    virtual: fc.constantFrom(true, false, undefined),
    hostname: fc.constantFrom('a', 'b'),
    role: fc.constantFrom('web', 'db'),
    isMember: fc.boolean(),
  })
  .map(({ family, virtual, hostname, role, isMember }) => ({
    values: { 'os.family': family, virtual, hostname },
    labels: { role },
    groups: new Set(isMember ? ['x'] : []),
    nowMs: 0,
  }));

t.test('a policy has one text, which is read back as the same policy', async (t) => {
  fc.assert(
    fc.property(anyPolicy, (policy) => {
      const written = formatPolicy(policy);
      t.same(checkPolicy(JSON.parse(JSON.stringify(written))), { policy }, { diagnostic: false });
      return (
        JSON.stringify(formatPolicy(make(JSON.parse(JSON.stringify(written))))) === JSON.stringify(written)
      );
    }),
    { numRuns: 60 },
  );
  const other = make({ policy: 'base', mode: 'enforce', priority: 100, on: 'true', rules: [sshRule('no')] });
  t.equal(hashPolicy(base, crypto), hashPolicy(other, crypto), 'defaults written out or not');
  const changed = make({ policy: 'base', mode: 'enforce', rules: [sshRule('yes')] });
  t.not(hashPolicy(base, crypto), hashPolicy(changed, crypto));
  t.equal(
    formatPolicyYaml(
      make({ policy: 'p', on: 'virtual', rules: [sshRule('no', { why: 'a\nb', references: ['5.1'] })] }),
    ),
    `policy: p\ntitle: T\nowner: me\non: virtual\nrules:\n  - id: root\n    title: R\n    why: |-\n      a\n      b\n    references:\n      - "5.1"\n    ssh:\n      option: PermitRootLogin\n      value: "no"\n`,
  );
});

t.test(
  'the bound names nothing that only the server knows, and never shuts out a device that is meant',
  async (t) => {
    const bound = (on: string, except = 'false') => makeBound({ on, except });
    t.equal(bound('true'), '');
    t.equal(bound('label("role") == "web"'), '');
    t.equal(bound('label("role") == "web" && os.family == "debian"'), '(os.family == "debian")');
    t.equal(bound('group("x") || virtual'), '', 'half of an "or" would shut devices out');
    t.equal(
      bound('virtual || has(os.name)', 'hostname == "a" || seen("1d")'),
      '(virtual || has(os.name)) && !(hostname == "a")',
    );
    const long = `hostname in [${Array.from({ length: 100 }, (_, at) => `"host-${at}-long"`).join(', ')}]`;
    t.equal(bound(long, long), `(${long})`, 'too long together: the exceptions are left out');
    fc.assert(
      fc.property(anyExpression, anyExpression, anyFacts, (on, except, facts) => {
        const text = bound(on, except);
        if (text === '') return true;
        const { evaluate } = compileExpression(text, { for: 'device' });
        const says = (one: string) => compileExpression(one, { for: 'server' }).evaluate(facts);
        return !says(on) || says(except) || evaluate(facts);
      }),
    );
  },
);

t.test('a revision counts by the signature of one who may request, and only as it was signed', async (t) => {
  const opened = openPolicy(sealPolicy(base), context);
  t.same(opened.policy, base);
  t.match(opened.document, { org: ORG, epoch: 3, version: 1, requester: 'ann', trustVersion: trust.version });
  t.equal(
    codeOf(() => checkRevisionDraft(opened)),
    'accepted',
  );
  const code = (change: object, key = ann) =>
    codeOf(() => openPolicy(sealPolicy(base, change, key), context));
  t.equal(code({ org: `org_${'b'.repeat(26)}` }), 'E_ORG', 'another organization');
  t.equal(code({ epoch: 2 }), 'E_ROLLBACK', 'an epoch that was ended');
  t.equal(code({ epoch: 4 }), 'E_TRUST', 'an epoch that nobody has heard of');
  t.equal(code({ trustVersion: 6 }), 'E_TRUST');
  t.equal(code({ requester: 'bob' }), 'E_ROLE', 'somebody else is said to have asked');
  t.equal(code({ requester: 'watch' }, halter), 'E_ROLE', 'may only halt');
  t.equal(code({ requester: 'bob' }, bob), 'accepted');
  t.equal(code({}, stranger), 'E_NOKEY');
  t.equal(code({ bound: 'label("a") == "b"' }), 'E_EXPRESSION', 'a bound that no device can judge');
  t.equal(code({ policy: { ...formatPolicy(base), extra: 1 } }), 'E_POLICY');
  t.equal(code({ policy: null }), 'E_POLICY');
  t.equal(code({ extra: 1 }), 'E_SCHEMA');
  t.equal(
    codeOf(() => openPolicy(sealSet(), context)),
    'E_TYPE',
    'a set is no policy',
  );
  t.equal(
    codeOf(() => openPolicySet(sealPolicy(base), context)),
    'E_TYPE',
  );
  const short = { policy: { policy: 'base', title: 'T', owner: 'me', rules: [sshRule('no')] } };
  const drafted = openPolicy(sealPolicy(base, short), context);
  t.equal(
    codeOf(() => checkRevisionDraft(drafted)),
    'E_POLICY',
    'readable, but not as writers write it',
  );
  const wider = openPolicy(sealPolicy(base, { bound: 'virtual' }), context);
  t.equal(
    codeOf(() => checkRevisionDraft(wider)),
    'E_POLICY',
    'a bound that was not derived',
  );
  const rules = Array.from({ length: 900 }, (_, at) => ({
    id: `r${at}`,
    title: 'T',
    sysctl: { key: `a.b${at}`, value: '0' },
  }));
  const large = make({ policy: 'large', rules });
  t.equal(
    codeOf(() => draftRevision(trust, { ...parts, policy: large })),
    'E_POLICY',
    'too large to be signed',
  );
});

t.test(
  'a passkey signs both at a listed page; once that page is listed no more, both are void',
  async (t) => {
    const passkey = createPasskey();
    const signers = trust.signers.map((one) =>
      one.id === 'ann' ? { ...one, keys: [...one.keys, passkey.entry] } : one,
    );
    const here = { crypto, trust: { ...trust, signers, origins: [ORIGIN], rpIds: [RP_ID] } };
    const moved = {
      crypto,
      trust: { ...here.trust, origins: ['https://other.example'], rpIds: ['other.example'] },
    };
    const payload = (document: object) => encodeUtf8(JSON.stringify(document));
    const revision = sealEnvelope(POLICY_TYPE, payload(draftRevision(trust, { ...parts, policy: base })), [
      passkey,
    ]);
    const set = sealEnvelope(POLICY_SET_TYPE, payload(draftPolicySet(trust, setParts)), [passkey]);
    t.equal(openPolicy(revision, here).policy.name, 'base');
    t.equal(openPolicySet(set, here).document.version, 1);
    for (const open of [() => openPolicy(revision, moved), () => openPolicySet(set, moved)]) {
      t.equal(codeOf(open), 'E_PAGE');
      t.equal(openUnlessVoid<unknown>(open), null);
    }
    t.equal(
      codeOf(() => openUnlessVoid(() => openPolicy({ ...revision, payload: set.payload }, here))),
      'E_SIG',
      'a change is no void document',
    );
  },
);

t.test('a policy that carries code is signed like code, also where it only looks', async (t) => {
  const coded = make({
    policy: 'coded',
    rules: [{ id: 's', title: 'S', script: { name: 'a', check: 'exit 0' } }],
  });
  const watch = trust.signers.find(({ id }) => id === 'watch') ?? [];
  const here = (mode: TrustDocument['mode'], change: object = {}) => {
    const document = passkeyTrust(mode, { policyEpoch: 3, ...change });
    return { ...document, signers: document.signers.concat(watch) };
  };
  type Keys = Parameters<typeof sealEnvelope>[2];
  const open = (document: TrustDocument, keys: Keys, change: object = {}) => {
    const revision = { ...draftRevision(trust, { ...parts, policy: coded }), ...change };
    return openPolicy(sealEnvelope(POLICY_TYPE, encodeUtf8(JSON.stringify(revision)), keys), {
      ...{ trust: document, crypto },
    });
  };
  const code = (...args: Parameters<typeof open>) => codeOf(() => open(...args));
  const hardened = here('hardened');
  t.equal(code(hardened, [ann]), 'E_QUORUM', 'one signer');
  t.equal(code(hardened, [ann, annPasskey]), 'E_QUORUM', 'two keys of one');
  t.equal(code(hardened, [ann, halter]), 'E_QUORUM', 'one who may only halt');
  t.equal(code(hardened, [ann, bob]), 'accepted');
  t.equal(code(hardened, [annPasskey, bob]), 'accepted', 'ordered at a page, approved outside of it');
  t.equal(code(hardened, [ann, bobPasskey]), 'E_QUORUM', 'approved at a page');
  t.equal(code(hardened, [robot, ann], { requester: 'robot' }), 'E_ROLE', 'may bring content, and run none');
  t.equal(code(here('solo'), [ann]), 'accepted');
  t.equal(code(here('solo'), [annPasskey]), 'E_QUORUM', 'at a page');
  t.equal(code(here('solo'), [bob], { requester: 'bob' }), 'E_QUORUM', 'who does not approve');
  t.equal(code(here('quickstart'), [ann]), 'accepted');
  t.equal(code(here('quickstart'), [annPasskey]), 'E_QUORUM');
  t.equal(code(here('hardened', { classes: { 'script.run': 'destructive' } }), [ann, bob]), 'E_BLAST');
  t.equal(
    openUnlessVoid(() => open(hardened, [ann])),
    null,
    'what was enough before more were asked for is void',
  );
});

t.test('whatever is changed in a signed policy shows', async (t) => {
  const text = JSON.stringify(sealPolicy(base));
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('A', 'B', '0', '_', '}', '"'), (at, by) => {
      if (text[at] === by) return true;
      const changed = text.slice(0, at) + by + text.slice(at + 1);
      return codeOf(() => openPolicy(changed, context)) !== 'accepted';
    }),
    { numRuns: 300 },
  );
  t.pass('by its signature, its form or its type');
});

t.test('a set names its members, follows another, and is never older than what was seen', async (t) => {
  const one = openPolicy(sealPolicy(base), context);
  const two = openPolicy(sealPolicy(make({ policy: 'two', rules: [sshRule('no')] })), context);
  const again = openPolicy(sealPolicy(base, { version: 2 }), context);
  const both = draftPolicySet(trust, { ...setParts, policies: [two.digest, one.digest] });
  const opened = openPolicySet(seal(POLICY_SET_TYPE, both), context);
  t.same(opened.document.policies, [one.digest, two.digest].toSorted());
  const named = ({ policy, digest }: typeof one) => ({ name: policy.name, digest });
  const members = (...given: (typeof one)[]) => codeOf(() => checkMembers(opened.document, given.map(named)));
  t.equal(members(two, one), 'accepted');
  t.equal(members(one), 'E_WITHHELD', 'one is held back');
  t.equal(members(again, two), 'E_WITHHELD', 'one was exchanged for another revision');
  t.equal(members(one, two, again), 'E_WITHHELD', 'one too many');
  const twice = draftPolicySet(trust, { ...setParts, policies: [one.digest, again.digest] });
  t.equal(
    codeOf(() => checkMembers(twice, [one, again].map(named))),
    'E_WITHHELD',
    'a policy twice',
  );
  const code = (change: object, key = ann) => codeOf(() => openPolicySet(sealSet(change, key), context));
  t.equal(code({}), 'accepted');
  t.equal(code({ policies: opened.document.policies.toReversed() }), 'E_SCHEMA');
  t.equal(code({ policies: [one.digest, one.digest] }), 'E_SCHEMA');
  t.equal(code({ previous: 'x' }), 'E_SCHEMA');
  t.equal(code({ requester: 'watch' }, halter), 'E_ROLE');
  t.equal(code({ org: `org_${'b'.repeat(26)}` }), 'E_ORG');
  t.equal(code({ epoch: 2 }), 'E_ROLLBACK');
  const mark = (epoch: number, version: number, digest = 'x') => ({ epoch, version, digest });
  const advance = (from: ReturnType<typeof mark> | null, to: ReturnType<typeof mark>) =>
    codeOf(() => checkAdvance(from, to));
  t.equal(advance(null, mark(1, 1)), 'accepted');
  t.equal(advance(mark(3, 5), mark(3, 5)), 'accepted', 'the same again');
  t.equal(advance(mark(3, 5), mark(3, 6, 'y')), 'accepted');
  t.equal(advance(mark(3, 5), mark(4, 1, 'y')), 'accepted', 'a new epoch counts from 1');
  t.equal(advance(mark(3, 5), mark(3, 4, 'y')), 'E_ROLLBACK');
  t.equal(advance(mark(3, 5), mark(2, 9, 'y')), 'E_ROLLBACK');
  t.equal(advance(mark(3, 5), mark(3, 5, 'y')), 'E_ROLLBACK', 'another one of the same version');
});

const hashed = (all: readonly Policy[]) =>
  all.map((one) => ({ name: one.name, hash: hashPolicy(one, crypto) }));
const present = (all: readonly Policy[]) => hashed(all).map((one) => ({ ...one, digest: `d-${one.hash}` }));

t.test('a plan says what changes, binds itself to it, and is empty once it was applied', async (t) => {
  const plan = (from: readonly Policy[], to: readonly Policy[], change: object = {}) =>
    planPolicies(
      { org: ORG, epoch: 3, base: 'b', isVoid: false, present: present(from), wanted: hashed(to), ...change },
      crypto,
    );
  fc.assert(
    fc.property(anyPolicies, anyPolicies, (from, to) => {
      const { digest, changes, unchanged } = plan(from, to);
      const names = new Set([...from, ...to].map(({ name }) => name));
      t.equal(plan(from.toReversed(), to.toReversed()).digest, digest, 'order means nothing', {
        diagnostic: false,
      });
      return changes.length + unchanged.length === names.size && plan(to, to).isEmpty;
    }),
    { numRuns: 40 },
  );
  const two = make({ policy: 'two', rules: [sshRule('no')] });
  const otherwise = make({ policy: 'two', rules: [sshRule('yes')] });
  t.match(plan([two], [base, otherwise]).changes, [
    { name: 'base', change: 'added', from: '' },
    { name: 'two', change: 'changed' },
  ]);
  t.match(plan([two, base], [base]), {
    changes: [{ name: 'two', change: 'deleted', to: '' }],
    unchanged: ['base'],
  });
  const digests = [
    plan([two], [base]),
    plan([two], [base, two]),
    plan([two], [otherwise]),
    plan([two], [base], { base: 'c' }),
    plan([two], [base], { epoch: 4 }),
    plan([two], [base], { org: 'o' }),
  ].map(({ digest }) => digest);
  t.equal(new Set(digests).size, digests.length, 'another plan, another digest');
  const lost = { present: [{ name: 'two', digest: 'd', hash: null }] };
  t.match(plan([], [two], lost), { changes: [{ change: 'changed' }], isEmpty: false }, 'signed anew');
  t.match(
    plan([two], [two], { isVoid: true }),
    { isEmpty: false, unchanged: [], changes: [{ name: 'two', change: 'changed' }] },
    'nobody vouches for what a void set names: all of it is signed anew',
  );
});

t.test(
  'effects: resolved once a case, and the same as resolving every device before and after',
  async (t) => {
    let touched = 0;
    const everything = fc.tuple(anyPolicies, anyPolicies, fc.array(fc.option(anyFacts), { maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(everything, async ([before, after, devices]) => {
        const { changes } = planPolicies(
          { org: ORG, epoch: 1, base: '', isVoid: false, present: present(before), wanted: hashed(after) },
          crypto,
        );
        const names = new Set(changes.map(({ name }) => name));
        const effects = await prepareEffects({ before, after, nowMs: 0 }, names);
        if (countConditions({ before, after }, names) !== effects.conditions.length) return false;
        const toBytes = (says: (facts: Facts) => boolean) => {
          const bytes = new Uint8Array(4);
          for (const [at, facts] of devices.entries())
            if (facts !== null && says(facts)) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
          return bytes;
        };
        const answers = effects.conditions.map(({ evaluate }) => toBytes(evaluate));
        const { cases, caseOf } = await divideDevices(
          toBytes(() => true),
          answers,
        );
        const found = cases.map(({ first }) =>
          effects.resolve((at) => readBit(answers[at] ?? new Uint8Array(), first)),
        );
        const sides = [preparePolicies(before), preparePolicies(after)] as const;
        for (const [at, facts] of devices.entries()) {
          if (facts === null) {
            if (caseOf[at] !== -1) return false;
            continue;
          }
          const [was, is] = sides.map((side) => resolvePolicies(side, facts).items);
          const wish = (one: object | undefined) =>
            one === undefined ? '' : JSON.stringify({ ...one, rule: undefined });
          const items = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
          const moved = [...items].filter((item) => wish(was?.get(item)) !== wish(is?.get(item))).toSorted();
          const told = (found[caseOf[at] ?? -1] ?? []).map(({ item }) => item).toSorted();
          if (JSON.stringify(moved) !== JSON.stringify(told)) return false;
        }
        touched += found.filter(({ length }) => length > 0).length;
        const counted = cases.reduce((sum, { count }) => sum + count, 0);
        return counted === devices.filter((facts) => facts !== null).length;
      }),
      { numRuns: 80 },
    );
    t.ok(touched > 0, 'some cases were touched');
  },
);

t.test('a difference of texts keeps every line of both', async (t) => {
  const anyLines = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(anyLines, anyLines, (old, now) => {
      const text = diffLines(`${old.join('\n')}\n`, `${now.join('\n')}\n`);
      if (text === '') return old.join() === now.join();
      const lines = text.trimEnd().split('\n');
      if (lines.includes('  …')) return true;
      const side = (mark: string) =>
        lines.filter((line) => line[0] === ' ' || line[0] === mark).map((line) => line.slice(2));
      return side('-').join() === old.join() && side('+').join() === now.join();
    }),
  );
  t.equal(diffLines('a\nb\n', 'a\nc\n'), '  a\n- b\n+ c\n');
  const many = Array.from({ length: 20 }, (_, at) => String(at)).join('\n');
  t.equal(
    diffLines(many, many.replace('\n10\n', '\nx\n')),
    '  …\n  7\n  8\n  9\n- 10\n+ x\n  11\n  12\n  13\n  …\n',
  );
});
