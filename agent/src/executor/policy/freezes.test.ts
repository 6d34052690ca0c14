// Freezes on a device: nothing begins in one, whatever windows say, whosever they are; and their end makes things due.
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkPolicy, type OpenedPolicy } from '@muster/protocol/policy';
import t from 'tap';
import { nodeCrypto } from '../../identity/crypto.ts';
import { makeRoot } from '../kinds/testing/context.ts';
import { nextDue, type WantedItem } from './hours.ts';
import { parseResolved } from './resolved.ts';
import { makeDevice } from './testing/machine.ts';
import { resolveHeld } from './wanted.ts';

const at = (text: string) => Date.parse(text);
const freeze = {
  ...{ policy: 'p', from: '2026-03-03T00:00:00Z', to: '2026-03-04T00:00:00Z' },
  ...{ reason: 'The year is being closed.', all: false },
};
/** Each day from 22 to 24, UTC. */
const daily = {
  policy: 'p',
  windows: [{ start: '2026-03-01T22:00', zone: 'UTC', every: 'FREQ=DAILY', for: '2h', except: [] }],
  missed: 'next-chance',
};

function requireItem(freezes: unknown, hours: unknown = [], mode = 'enforce'): WantedItem {
  const rule = { policy: 'p', id: 'r', title: 'R' };
  const item = { kind: 'file', wanted: { path: '/etc/app.conf', mode: '0600' }, mode, rule };
  const [found] = parseResolved(JSON.stringify({ items: [item], hours, freezes }), 'x');
  if (found === undefined) throw new Error('no item');
  return found;
}

t.test('in a freeze an item is looked at and waits, window or not; afterwards it is repaired', async (t) => {
  const root = makeRoot(t as never, { 'etc/app.conf': 'x' });
  chmodSync(join(root, 'etc/app.conf'), 0o644);
  const device = await makeDevice(t, root);
  const modeOf = () => statSync(join(root, 'etc/app.conf')).mode & 0o777;
  const item = requireItem([freeze], [daily]);
  for (const now of ['2026-03-03T00:00Z', '2026-03-03T22:00Z', '2026-03-03T23:59:59.999Z']) {
    device.nowMs = at(now);
    t.match(await device.one(item), {
      ...{ state: 'drifted', code: 'E_FREEZE', found: /0644/, done: [] },
      reason: 'Frozen until 2026-03-04T00:00Z by p: The year is being closed.',
    });
  }
  t.same((await device.cycle(item)).changes, [], 'told once');
  device.nowMs = at('2026-03-04T00:00Z');
  t.match(await device.one(item), { state: 'drifted', code: 'E_WINDOW' }, 'what passed in it was not missed');
  t.equal(modeOf(), 0o644);
  device.nowMs = at('2026-03-04T22:00Z');
  t.match(await device.one(item), { state: 'repaired' });
  chmodSync(join(root, 'etc/app.conf'), 0o644);
  device.nowMs = at('2026-03-03T12:00Z');
  t.match(await device.one(requireItem([freeze], [], 'audit')), { state: 'drifted', code: '' });
  t.match(await device.one(requireItem([{ ...freeze, policy: 'q' }])), { state: 'repaired' }, 'of another');
  chmodSync(join(root, 'etc/app.conf'), 0o644);
  t.match(
    await device.one(requireItem([{ ...freeze, policy: 'q', all: true }])),
    { state: 'drifted', code: 'E_FREEZE', reason: /by q:/ },
    'of another that is for all',
  );
  t.equal(modeOf(), 0o644);
});

t.test('the end of a freeze makes a cycle due for what is to be enforced', async (t) => {
  const now = at('2026-03-03T12:00Z');
  const dueOf = (...items: readonly WantedItem[]) => nextDue(items, now, 'UTC');
  t.equal(dueOf(requireItem([freeze])), at(freeze.to));
  t.equal(dueOf(requireItem([freeze], [daily])), at('2026-03-03T22:00Z'));
  t.equal(dueOf(requireItem([freeze], [], 'audit')), null);
  t.equal(dueOf(requireItem([{ ...freeze, to: '2026-03-03T12:00:00Z' }])), null, 'it is over');
});

t.test('those of policies that are for this device, and no others', async (t) => {
  const open = (policy: string, change: object): OpenedPolicy => {
    const rules = [{ id: 'r', title: 'R', sysctl: { key: 'vm.a', value: '1' } }];
    const { policy: _, ...still } = { ...freeze, all: true };
    const head = { policy, title: 'T', owner: 'me', rules, freezes: [still] };
    const checked = checkPolicy({ ...head, ...change });
    if (!('policy' in checked)) throw new Error(JSON.stringify(checked.faults));
    return { document: { bound: '' } as OpenedPolicy['document'], policy: checked.policy, digest: policy };
  };
  const { freezes } = resolveHeld(
    [
      open('mine', {}),
      open('theirs', { on: 'hostname == "other"' }),
      open('chosen', { on: 'label("a") == "b"' }),
      open('unchosen', { on: 'label("a") == "b"' }),
    ],
    {
      facts: { values: { hostname: 'web-1' }, nowMs: 0 },
      selected: new Set(['chosen']),
      hash: nodeCrypto,
    },
  );
  t.same(
    freezes.map(({ policy }) => policy),
    ['chosen', 'mine'],
  );
});

t.test('freezes go through the door of files', async (t) => {
  t.equal(requireItem(undefined).freezes, undefined);
  const refused: readonly (readonly [unknown, RegExp])[] = [
    ['always', /"freezes" is no list/],
    [[1], /"freezes" is no list/],
    [[{ ...freeze, to: '2026-03-01' }], /freeze 1: .*behind the beginning/],
    [[freeze, { policy: 'p' }], /freeze 2: Add the key/],
  ];
  for (const [freezes, message] of refused)
    t.throws(() => requireItem(freezes), { code: 'E_USAGE', message }, JSON.stringify(freezes));
});
