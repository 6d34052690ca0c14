// Grants only ever get narrower: what lists of grants mean on devices, against what the algebra makes of them.
import { compileExpression } from '@muster/protocol/language';
import fc from 'fast-check';
import t from 'tap';
import type { Grant } from '../../core/http/permission.ts';
import { intersectGrants, isAllowed, labelsOf, limitGrants, simplify } from './grants.ts';
import { containsGrants, grantsOf } from './holders.ts';

/** Limits over two labels, each on or off, so that every device there can be is one of four. */
const limits = [
  null,
  'label("a") == "1"',
  '(label("a") == "1")',
  'label("b") == "1"',
  'label("b") == "1" && label("a") == "1"',
  '!(label("a") == "1")',
  'label("a") == "1" || label("b") == "1"',
  'false',
];
const devices = [0, 1, 2, 3].map((n) => ({ a: String(n & 1), b: String(n >> 1) }));
const permissions = ['devices.read', 'jobs.write', 'persons.read', 'trust.read'];

const anyGrant = fc.record({
  permission: fc.constantFrom(...permissions),
  where: fc.constantFrom(...limits),
  kinds: fc.constantFrom(null, ['script.run'], ['script.run', 'service.restart']),
  contents: fc.constantFrom(null, ['A'], ['A', 'B']),
});
const anyList = fc.array(anyGrant, { maxLength: 6 });

/** Everything that a list allows, by trying it. */
function meaningOf(grants: readonly Grant[]): Set<string> {
  const found = new Set<string>();
  for (const { permission, where, kinds, contents } of grants) {
    const expression = where === null ? null : compileExpression(where, { for: 'server' });
    for (const [at, labels] of devices.entries()) {
      if (expression?.evaluate({ values: {}, labels }) === false) continue;
      for (const kind of kinds ?? ['script.run', 'service.restart', 'other'])
        for (const content of contents ?? ['A', 'B', 'none'])
          found.add(`${permission} ${at} ${kind} ${content}`);
    }
  }
  return found;
}

const sorted = (set: ReadonlySet<string>) => [...set].sort();

t.test('what both of two lists allow is exactly what their meanings share', (t) => {
  fc.assert(
    fc.property(anyList, anyList, (a, b) => {
      const shared = [...meaningOf(a)].filter((one) => meaningOf(b).has(one));
      t.same(sorted(meaningOf(intersectGrants(a, b))), shared.sort());
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('what is said to be contained is contained, and nothing gets lost by leaving out doubles', (t) => {
  let contained = 0;
  fc.assert(
    fc.property(anyList, anyList, (a, b) => {
      t.same(sorted(meaningOf(simplify(a))), sorted(meaningOf(a)));
      for (const one of a) {
        if (!isAllowed(one, b)) continue;
        contained += 1;
        const allowed = meaningOf(b);
        t.ok([...meaningOf([one])].every((act) => allowed.has(act)));
      }
      t.ok(containsGrants(a, a), 'everybody may give what he has');
      t.ok(containsGrants(b, intersectGrants(a, b)), 'what was narrowed to somebody may be given by him');
    }),
    { numRuns: 300 },
  );
  t.ok(contained > 20, 'some were contained');
  t.end();
});

t.test('a role for some devices is nothing for the organization', (t) => {
  const all = permissions.map((permission) => ({ permission, where: null, kinds: null, contents: null }));
  const test = 'label("env") == "test"';
  t.same(
    limitGrants(all, test).map(({ permission, where }) => [permission, where]),
    [
      ['devices.read', test],
      ['jobs.write', test],
      ['trust.read', null],
    ],
  );
  t.same(limitGrants(all, null), all);
  t.same([...labelsOf([test, 'os.name == "x"', 'no expression'])], ['env']);
  t.end();
});

t.test('what cannot be said in one expression allows nothing', (t) => {
  const long = (key: string) => `label("${key}") == "${'x'.repeat(1_200)}"`;
  const one = (where: string | null) => ({ permission: 'devices.read', where, kinds: null, contents: null });
  t.same(intersectGrants([one(long('a'))], [one(long('b'))]), []);
  t.same(limitGrants([one(long('a'))], long('b')), []);
  t.same(
    intersectGrants([one('no expression')], [one('label("env") == "test"')]),
    [],
    'nor what cannot be read',
  );
  t.notOk(isAllowed(one('no expression'), [one('no expression either')]));
  t.end();
});

t.test('many limits are not multiplied with each other, and what was computed once is kept', (t) => {
  const many = (key: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({
      ...{ permission: 'devices.read', where: `label("${key}") == "${at}"`, kinds: null, contents: null },
    }));
  const [own, held] = [many('a', 64), many('b', 64)];
  t.equal(intersectGrants(own, held).length, 1_024, 'of 4,096 pairs');
  t.equal(intersectGrants(own, [...own, ...held]).length, 64, 'what is contained is joined with nothing');
  const roles = () => [{ role: 'rol_a', where: null, grants: many('a', 16) }];
  t.equal(grantsOf(roles()), grantsOf(roles()), 'the same list, not one that is equal');
  t.not(grantsOf(roles()), grantsOf([{ role: 'rol_a', where: null, grants: many('a', 17) }]));
  t.end();
});
