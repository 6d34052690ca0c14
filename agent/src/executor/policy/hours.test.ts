// Proves that repairs start inside windows alone, that a missed one gives one chance, and that hours come through the door of files.
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyHours } from '@muster/protocol/windows';
import t from 'tap';
import { makeRoot, plant } from '../kinds/testing/context.ts';
import { createSimulatedDisk } from '../testing/simulated-disk.ts';
import { createPolicyFiles } from './held.ts';
import { findNextDue, listWatched } from './held-items.ts';
import { findClosed, nextDue, nextOpening, type WantedItem } from './hours.ts';
import { parseResolved } from './resolved.ts';
import { makeDevice, type TestDevice } from './testing/machine.ts';

const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(text);
/** Tuesdays from 22 to 24, UTC. 2026-03-03 is one. */
const tuesdays: PolicyHours = {
  policy: 'p',
  windows: [{ start: '2026-03-03T22:00', zone: 'UTC', every: 'FREQ=WEEKLY;BYDAY=TU', for: '2h', except: [] }],
  missed: 'next-window',
};

/** Items as a file brings them. */
function readItems(hours: unknown, mode = 'enforce', path = '/etc/app.conf'): readonly WantedItem[] {
  const item = {
    kind: 'file',
    wanted: { path, mode: '0600' },
    mode,
    rule: { policy: 'p', id: 'r', title: 'R' },
  };
  return parseResolved(JSON.stringify({ items: [item], hours }), 'x');
}

function requireItem(hours: unknown, mode?: string, path?: string): WantedItem {
  const [item] = readItems(hours, mode, path);
  if (item === undefined) throw new Error('no item');
  return item;
}

async function makeOpenDevice(t: Parameters<typeof makeDevice>[0]): Promise<TestDevice> {
  const root = makeRoot(t as never, { 'etc/app.conf': 'x' });
  chmodSync(join(root, 'etc/app.conf'), 0o644);
  return makeDevice(t, root);
}

const modeOf = ({ root }: TestDevice) => statSync(join(root, 'etc/app.conf')).mode & 0o777;

t.test('outside of its window an item is looked at and waits, inside it is repaired', async (t) => {
  const device = await makeOpenDevice(t);
  const item = requireItem([tuesdays]);
  device.nowMs = at('2026-03-03T21:59Z');
  t.match(await device.one(item), {
    ...{ state: 'drifted', code: 'E_WINDOW', done: [] },
    reason: 'No window of p is open; the next opens at 2026-03-03T22:00Z.',
  });
  t.equal(modeOf(device), 0o644);
  t.same((await device.cycle(item)).changes, [], 'waiting is told once');
  device.nowMs = at('2026-03-03T22:00Z');
  t.match(await device.one(item), { state: 'repaired', code: '' });
  t.equal(modeOf(device), 0o600);
  chmodSync(join(device.root, 'etc/app.conf'), 0o644);
  device.nowMs = at('2026-03-04T00:00Z');
  t.match(await device.one(item), { state: 'drifted', code: 'E_WINDOW', reason: /2026-03-10T22:00Z/ });
  t.match(
    await device.one({ ...item, mode: 'audit' }),
    { state: 'drifted', code: '' },
    'who looks, waits for nothing',
  );
});

t.test('nothing starts after the end of a window, though the cycle began in it', async (t) => {
  const root = makeRoot(t, {});
  for (const name of ['a', 'b']) {
    plant(root, `etc/${name}.conf`, 'x');
    chmodSync(join(root, `etc/${name}.conf`), 0o644);
  }
  const device = await makeDevice(t, root);
  device.nowMs = at('2026-03-03T23:59Z');
  const items = ['a', 'b'].map((name) => requireItem([tuesdays], 'enforce', `/etc/${name}.conf`));
  const { keep } = device.memory;
  // The first repair is written down when the window is over
  device.memory = {
    ...device.memory,
    keep: async (memories) => {
      device.nowMs = at('2026-03-04T00:00Z');
      return keep(memories);
    },
  };
  t.match((await device.cycle(...items)).items, [
    { item: 'file./etc/a.conf', state: 'repaired' },
    { item: 'file./etc/b.conf', state: 'drifted', code: 'E_WINDOW' },
  ]);
});

t.test('a window that the device slept through gives one chance, where the policy says so', async (t) => {
  for (const [missed, state] of [
    ['next-window', 'drifted'],
    ['next-chance', 'repaired'],
  ] as const) {
    const device = await makeOpenDevice(t);
    const item = requireItem([{ ...tuesdays, missed }]);
    device.nowMs = at('2026-03-03T12:00Z');
    t.match(await device.one(item), { state: 'drifted', code: 'E_WINDOW' });
    await device.restart();
    device.nowMs = at('2026-03-04T08:00Z');
    t.match(await device.one(item), { state }, missed);
    chmodSync(join(device.root, 'etc/app.conf'), 0o644);
    device.nowMs += HOUR_MS;
    t.match(
      await device.one(item),
      { state: 'drifted', code: 'E_WINDOW' },
      'what drifts now was not due then',
    );
    t.match(await device.one(item), { state: 'drifted', code: 'E_WINDOW' }, 'and no window has passed since');
  }
  const device = await makeOpenDevice(t);
  const item = requireItem([{ ...tuesdays, missed: 'next-chance' }]);
  device.nowMs = at('2026-03-11T12:00Z');
  await device.one(item);
  device.nowMs = at('2026-03-04T12:00Z');
  t.match(await device.one(item), { code: 'E_WINDOW' }, 'a clock that jumps back makes no chance');
});

t.test('the next opening, for whoever plans the next cycle', async (t) => {
  const soon = requireItem([tuesdays]);
  const daily = { ...tuesdays.windows[0], every: 'FREQ=DAILY' };
  const sooner = requireItem([{ ...tuesdays, windows: [daily] }]);
  const opening = (now: string, ...items: WantedItem[]) => {
    const found = nextOpening(items, at(now), 'UTC');
    return found === null ? null : new Date(found).toISOString().slice(0, 16);
  };
  t.equal(opening('2026-03-04T12:00Z', soon), '2026-03-10T22:00');
  t.equal(opening('2026-03-04T12:00Z', soon, sooner), '2026-03-04T22:00');
  t.equal(opening('2026-03-03T22:30Z', soon), '2026-03-10T22:00', 'one that is open has opened');
  t.equal(opening('2026-03-04T12:00Z', requireItem([tuesdays], 'audit')), null, 'who looks waits for none');
  t.equal(opening('2026-03-04T12:00Z', requireItem([])), null);
  const [once] = tuesdays.windows;
  t.equal(
    opening(
      '2027-01-01T00:00Z',
      requireItem([{ ...tuesdays, windows: [{ ...once, every: 'FREQ=DAILY;COUNT=1' }] }]),
    ),
    null,
  );
});

t.test('windows are reckoned once for all items of a policy, until something opens or closes', async (t) => {
  let reckoned = 0;
  const hours: PolicyHours = {
    ...tuesdays,
    get windows() {
      reckoned += 1;
      return tuesdays.windows;
    },
  };
  const device = await makeDevice(t, makeRoot(t, { 'etc/app.conf': 'x' }));
  await device.one(requireItem([tuesdays]));
  const memory = device.memory.get('file./etc/app.conf');
  if (memory === undefined) throw new Error('nothing is remembered');
  const item: WantedItem = { ...requireItem([tuesdays]), hours };
  const codeAt = (text: string) => findClosed(item, memory, { nowMs: at(text), zone: 'UTC' })?.code;
  reckoned = 0;
  for (let minute = 10; minute < 60; minute++)
    t.equal(codeAt(`2026-03-03T21:${minute}Z`), 'E_WINDOW', `before it opens, ${minute}`);
  t.equal(reckoned, 1);
  for (let minute = 10; minute < 60; minute++) t.equal(codeAt(`2026-03-03T23:${minute}Z`), undefined);
  t.equal(reckoned, 2);
  t.equal(codeAt('2026-03-04T00:00Z'), 'E_WINDOW', 'it is closed from its end on');
  t.equal(codeAt('2026-03-03T22:00Z'), undefined, 'a clock that is set back opens it again');
});

t.test('it is read from what is held', async (t) => {
  const { disk } = createSimulatedDisk({ random: Math.random });
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) };
  const read = () => findNextDue({ disk, log, now: () => at('2026-03-04T12:00Z') });
  t.equal(await read(), null, 'nothing is held');
  const { item, kind, mode, rule, wanted } = requireItem([tuesdays]);
  const files = createPolicyFiles(disk);
  await files.writeWanted({ items: [{ item, kind, mode, rule, wanted }], hours: [tuesdays] });
  t.equal(await read(), at('2026-03-10T22:00Z'));
  const watched = () => listWatched({ disk, log, now: Date.now });
  t.same(await watched(), ['/etc/app.conf'], 'and so is what is watched');
  t.same(warnings, []);
  await files.writeWanted({ items: 'damaged' });
  t.equal(await read(), null);
  t.same(await watched(), []);
  t.match(warnings, [/damaged/, /damaged/]);
});

t.test('the end of an exception makes its item due as an opening does', async (t) => {
  const item = requireItem([tuesdays]);
  const ends = (until: string) => ({
    ...{ ...item, mode: 'audit' as const, hours: undefined as never },
    exception: { rule: 'r', item: item.item, on: 'true', reason: 'r', approvedBy: 'a', until },
  });
  const now = at('2026-03-04T12:00Z');
  const dueOf = (...items: readonly WantedItem[]) => nextDue(items, now, 'UTC');
  t.equal(dueOf(item), at('2026-03-10T22:00Z'));
  t.equal(dueOf(item, ends('2026-03-09T00:00:00Z')), at('2026-03-09T00:00Z'));
  t.equal(dueOf(item, ends('2026-03-20T00:00:00Z')), at('2026-03-10T22:00Z'));
  t.equal(dueOf(ends('2026-03-04T12:00:00Z')), null, 'it has ended');
});

t.test('hours go through the door of files', async (t) => {
  t.same(requireItem([tuesdays]).hours, tuesdays);
  t.equal(requireItem([{ ...tuesdays, policy: 'other' }]).hours, undefined);
  const [window] = tuesdays.windows;
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    ['always', /no list/],
    [[1], /no list/],
    [[{ ...tuesdays, windows: [{ ...window, every: 'FREQ=SECONDLY' }] }], /hours 1: .*daily at most/],
    [[{ ...tuesdays, windows: [{ ...window, zone: 'Mars/Crater' }] }], /no time zone/],
    [[{ ...tuesdays, missed: 'never' }], /next-chance/],
    [[{ ...tuesdays, policy: '../p' }], /Write a name/],
  ];
  for (const [hours, message] of wrong)
    t.throws(() => readItems(hours), { code: 'E_USAGE', message }, JSON.stringify(hours));
});
