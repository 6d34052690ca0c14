// Tests of the runner: outcomes, time limits, stamps, the offer, bodies, state over restarts, the schedule.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkBody,
  defineSection,
  encodeBase64url,
  MAX_SLICE_ROWS,
  PACKAGE_PARTS,
  packagesSection,
  partOf,
  rootInput,
  type Section,
} from '@muster/protocol';
import t, { type Test } from 'tap';
import { systemClock } from '../platform/clock.ts';
import { createFiles } from '../platform/files.ts';
import { createStorage } from '../platform/storage.ts';
import type { AnyCollector, CollectContext } from './collector.ts';
import { parseContents } from './runner/contents.ts';
import { createHeldBodies } from './runner/held-bodies.ts';
import { spreadDueTimes } from './runner/schedule.ts';
import { createSliceStore, type SliceStore } from './runner/slice-store.ts';
import type { AnyOutcome } from './runner/slot.ts';
import { createInventory, type Inventory } from './runner.ts';
import { sha256 } from './testing/readings.ts';

const HOUR_MS = 3_600_000;

function sectionOf(name: string, kind: 'slice' | 'live' = 'slice'): Section {
  return defineSection({
    name,
    title: name,
    description: 'A section for tests.',
    kind,
    key: ['name'],
    columns: {
      name: { type: 'text', required: true, description: 'Name.' },
      count: { type: 'integer', description: 'Count.' },
    },
  });
}

interface Controlled extends AnyCollector {
  /** What the next runs answer. */
  answer: () => AnyOutcome | Promise<AnyOutcome>;
  runs: number;
  stampText: string | undefined;
}

function collectorOf(section: Section, answer: Controlled['answer']): Controlled {
  const collector: Controlled = {
    section,
    everyMs: HOUR_MS,
    timeoutMs: 5_000,
    runs: 0,
    stampText: undefined,
    answer,
    stamp: async () => {
      if (collector.stampText === undefined) throw new Error('no stamp');
      return collector.stampText;
    },
    async collect() {
      collector.runs++;
      return collector.answer();
    },
  };
  return collector;
}

function rowsOf(...names: string[]): AnyOutcome {
  return { outcome: 'ok', rows: names.map((name) => ({ name, count: 1 })) };
}

const context: CollectContext = { files: createFiles('/nonexistent'), probe: null, now: Date.now };

interface Setting {
  readonly inventory: Inventory;
  readonly folder: string;
  readonly warnings: string[];
  readonly changes: () => number;
}

interface SettingOptions {
  readonly folder?: string;
  readonly now?: () => number;
  readonly store?: (store: SliceStore) => SliceStore;
  readonly retryMs?: number;
  readonly holdMs?: number;
}

function setUp(t: Test, collectors: readonly AnyCollector[], options: SettingOptions = {}): Setting {
  const folder = options.folder ?? t.testdir();
  const warnings: string[] = [];
  const store = createSliceStore(createStorage(folder));
  let changes = 0;
  const inventory = createInventory({
    collectors,
    context,
    store: options.store?.(store) ?? store,
    sha256,
    clock: { now: options.now ?? (() => 1_000_000), monotonic: () => systemClock.monotonic() },
    log: { debug: () => undefined, warn: (_fields, message) => warnings.push(message) },
    gapMs: 1,
    retryMs: options.retryMs ?? HOUR_MS,
    holdMs: options.holdMs ?? HOUR_MS,
  });
  inventory.onChange(() => {
    changes++;
  });
  t.teardown(() => inventory.stop());
  return { inventory, folder, warnings, changes: () => changes };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

t.test('a pass', async (t) => {
  t.test('offers each slice by the hash of its body, and the body by its hash', async (t) => {
    const users = collectorOf(sectionOf('users'), () => rowsOf('b', 'a'));
    const none = collectorOf(sectionOf('none'), () => ({ outcome: 'no-data', reason: 'Nothing here.' }));
    const { inventory, changes } = setUp(t, [users, none]);
    t.same(inventory.offer().slices, [], 'nothing is offered before the first pass');
    await inventory.runNow();

    const offer = inventory.offer();
    t.same(
      offer.slices.map(({ name }) => name),
      ['users', 'none'],
    );
    t.equal(offer.root, encodeBase64url(sha256(rootInput(offer.slices, offer.packages))));
    t.same(inventory.digest(), sha256(rootInput(offer.slices, [])).slice(0, 8));
    t.equal(changes(), 1, 'one pass is one change');
    for (const { name, hash, since } of offer.slices) {
      const text = (await inventory.body(hash)) ?? '';
      t.equal(encodeBase64url(sha256(new TextEncoder().encode(text))), hash);
      t.equal(checkBody(sectionOf(name), JSON.parse(text)).section, name);
      t.equal(since, new Date(1_000_000).toISOString());
    }
    t.match(await inventory.body(offer.slices[1]?.hash ?? ''), /"no-data","reason":"Nothing here."/);
    t.equal(await inventory.body('x'.repeat(43)), null, 'an unknown hash has no body');
    t.equal(await inventory.body('../../etc/passwd'), null, 'a hash is not a path');
  });

  t.test('that finds the same again changes nothing and writes nothing', async (t) => {
    const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
    let saves = 0;
    const { inventory, changes } = setUp(t, [users], {
      store: (store) => ({
        ...store,
        writeState: (text) => {
          saves++;
          return store.writeState(text);
        },
      }),
    });
    await inventory.runNow();
    const before = inventory.offer();
    await inventory.runNow();
    t.equal(users.runs, 2);
    t.same(inventory.offer(), before);
    t.same([changes(), saves], [1, 1]);
  });
});

t.test('a stamp', async (t) => {
  t.test('that is the same keeps the collector from running', async (t) => {
    const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
    users.stampText = '1';
    const { inventory } = setUp(t, [users]);
    await inventory.runNow();
    await inventory.runNow();
    t.equal(users.runs, 1);
    t.equal(inventory.stats()[0]?.unchanged, 1);
    users.stampText = '2';
    await inventory.runNow();
    t.equal(users.runs, 2);
  });

  t.test('is not believed after an error', async (t) => {
    const users = collectorOf(sectionOf('users'), () => ({ outcome: 'error', reason: 'broken' }));
    users.stampText = '1';
    const { inventory } = setUp(t, [users]);
    await inventory.runNow();
    await inventory.runNow();
    t.equal(users.runs, 2);
  });

  t.test('that cannot be read lets the collector run', async (t) => {
    const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
    const { inventory } = setUp(t, [users]);
    await inventory.runNow();
    await inventory.runNow();
    t.equal(users.runs, 2);
  });
});

t.test('a collector that fails', async (t) => {
  t.test('is an error with its reason, and the others still run', async (t) => {
    const bad = collectorOf(sectionOf('bad'), () => {
      throw new Error('the disk sighed');
    });
    const good = collectorOf(sectionOf('good'), () => rowsOf('a'));
    const { inventory, warnings } = setUp(t, [bad, good]);
    await inventory.runNow();
    t.match(
      await inventory.body(inventory.offer().slices[0]?.hash ?? ''),
      /"error","reason":"the disk sighed"/,
    );
    t.equal(inventory.offer().slices.length, 2);
    t.match(inventory.stats(), [
      { name: 'bad', error: 1, errorsInRow: 1, reason: 'the disk sighed' },
      { name: 'good', ok: 1, reason: '' },
    ]);
    t.ok(warnings.includes('collector failed'));
  });

  t.test('keeps its last good content until it has failed three times', async (t) => {
    const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
    const { inventory, changes } = setUp(t, [users]);
    await inventory.runNow();
    const good = inventory.offer();
    users.answer = () => Promise.reject(new Error('away'));
    await inventory.runNow();
    await inventory.runNow();
    t.same(inventory.offer(), good, 'two failures are not a change of the device');
    await inventory.runNow();
    t.equal(changes(), 2);
    t.match(await inventory.body(inventory.offer().slices[0]?.hash ?? ''), /"outcome":"error"/);
    users.answer = () => rowsOf('a');
    await inventory.runNow();
    t.equal(inventory.offer().root, good.root);
    t.equal(inventory.stats()[0]?.errorsInRow, 0);
  });

  t.test('by hanging is given up after its time and not started again while it hangs', async (t) => {
    let release: () => void = () => undefined;
    const hung = collectorOf(
      sectionOf('hung'),
      () =>
        new Promise((resolve) => {
          release = () => resolve(rowsOf('late'));
        }),
    );
    const quick = { ...hung, timeoutMs: 5 };
    const { inventory } = setUp(t, [quick]);
    await inventory.runNow();
    t.match(await inventory.body(inventory.offer().slices[0]?.hash ?? ''), /No answer within 5 ms/);
    await inventory.runNow();
    t.equal(hung.runs, 1);
    t.match(await inventory.collect('hung'), /No answer within 5 ms/);
    t.equal(hung.runs, 1);
    release();
    await new Promise((resolve) => setImmediate(resolve));
    hung.answer = () => rowsOf('fresh');
    await inventory.runNow();
    t.equal(hung.runs, 2);
    t.match(await inventory.body(inventory.offer().slices[0]?.hash ?? ''), /fresh/);
  });
});

t.test('facts that a server would refuse', async (t) => {
  t.test('are offered as an error that names the fault', async (t) => {
    const many = Array.from({ length: MAX_SLICE_ROWS + 1 }, (_, i) => `n${i}`);
    const huge = Array.from({ length: 1500 }, (_, i) => `${i}${'x'.repeat(4000)}`);
    const cases: [AnyOutcome, RegExp][] = [
      [rowsOf(...many), /more than 20000 rows/],
      [rowsOf(...huge), /more than 4194304 bytes/],
      [{ outcome: 'ok', rows: [{ name: null }] }, /Column name .* wrong type/],
      [{ outcome: 'ok', rows: [{ name: 'a', count: 1.5 }] }, /Column count .* wrong type/],
    ];
    for (const [answer, reason] of cases) {
      const { inventory } = setUp(t, [collectorOf(sectionOf('odd'), () => answer)]);
      await inventory.runNow();
      const text = (await inventory.body(inventory.offer().slices[0]?.hash ?? '')) ?? '';
      const body = checkBody(sectionOf('odd'), JSON.parse(text));
      t.equal(body.outcome, 'error');
      t.match(body.reason, reason);
    }
  });

  t.test('do not push the offer over what a server takes at once', async (t) => {
    const big = () => rowsOf(...Array.from({ length: 900 }, (_, i) => `${i}${'x'.repeat(3900)}`));
    const names = ['one', 'two', 'three'];
    const { inventory } = setUp(
      t,
      names.map((name) => collectorOf(sectionOf(name), big)),
    );
    await inventory.runNow();
    const bodies = await Promise.all(inventory.offer().slices.map(({ hash }) => inventory.body(hash)));
    t.match(bodies[2], /does not fit beside the others/);
    t.ok(bodies.join('').length <= 8 * 1024 * 1024);
  });

  t.test('are cleaned where they can be', async (t) => {
    const hostile = '\u0000<script>\ud800';
    const { inventory } = setUp(t, [
      collectorOf(sectionOf('odd'), () => ({ outcome: 'ok', rows: [{ name: hostile, count: Number.NaN }] })),
    ]);
    await inventory.runNow();
    const text = (await inventory.body(inventory.offer().slices[0]?.hash ?? '')) ?? '';
    t.same(checkBody(sectionOf('odd'), JSON.parse(text)).rows, [['\ufffd<script>\ufffd', null]]);
  });
});

const packageRow = (name: string, version = '1') => ({
  ecosystem: 'deb',
  name,
  version,
  arch: 'amd64',
  source: null,
  size: 10,
  status: 'installed',
});

t.test('packages', async (t) => {
  t.test('are offered as parts, and an upgrade changes one of them', async (t) => {
    const names = Array.from({ length: 300 }, (_, i) => `pkg-${i}`);
    const packages = collectorOf(packagesSection, () => ({
      outcome: 'ok',
      rows: names.map((name) => packageRow(name)),
    }));
    let now = 1_000_000;
    const { inventory } = setUp(t, [packages], { now: () => now });
    await inventory.runNow();
    const before = inventory.offer();
    t.same(before.slices, []);
    t.equal(before.packages.length, PACKAGE_PARTS);
    const body = JSON.parse((await inventory.body(before.packages[partOf('pkg-7')] ?? '')) ?? '');
    t.ok(checkBody(packagesSection, body).rows.some((row) => row.includes('pkg-7')));

    now = 2_000_000;
    packages.answer = () => ({
      outcome: 'ok',
      rows: names.map((name) => packageRow(name, name === 'pkg-7' ? '2' : '1')),
    });
    await inventory.runNow();
    const after = inventory.offer();
    const changed = after.packages.flatMap((hash, part) => (hash === before.packages[part] ? [] : [part]));
    t.same(changed, [partOf('pkg-7')]);
    t.equal(after.packagesSince, new Date(now).toISOString());
    t.equal(after.root, encodeBase64url(sha256(rootInput([], after.packages))));
  });

  t.test('of a device without a list are no parts', async (t) => {
    const { inventory } = setUp(t, [
      collectorOf(packagesSection, () => ({ outcome: 'no-data', reason: 'none' })),
    ]);
    await inventory.runNow();
    t.same(inventory.offer().packages, []);
  });

  t.test('that cannot be read stay as they were, however often', async (t) => {
    const packages = collectorOf(packagesSection, () => ({ outcome: 'ok', rows: [packageRow('a')] }));
    const { inventory } = setUp(t, [packages]);
    await inventory.runNow();
    const before = inventory.offer();
    packages.answer = () => ({ outcome: 'error', reason: 'locked' });
    for (let i = 0; i < 5; i++) await inventory.runNow();
    packages.answer = () => ({ outcome: 'ok', rows: [{ ...packageRow('a'), version: null }] });
    await inventory.runNow();
    t.same(inventory.offer(), before, 'an unreadable database is not an empty one');
  });
});

t.test('live sections', async (t) => {
  const live = collectorOf(sectionOf('processes', 'live'), () => rowsOf('init'));
  const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
  const { inventory } = setUp(t, [live, users]);
  await inventory.runNow();
  t.equal(live.runs, 0, 'are not run by a pass');
  t.same(
    inventory.offer().slices.map(({ name }) => name),
    ['users'],
    'and not offered',
  );
  t.match(await inventory.runLive('processes'), /init/);
  t.equal(checkBody(sectionOf('nothing'), JSON.parse(await inventory.runLive('nothing'))).outcome, 'no-data');
  t.equal(checkBody(sectionOf('users'), JSON.parse(await inventory.runLive('users'))).outcome, 'no-data');

  const [first, second] = await Promise.all([inventory.runLive('processes'), inventory.runLive('processes')]);
  t.equal(live.runs, 2, 'two who look at one time share a run');
  t.equal(first, second);

  live.answer = () => ({ outcome: 'ok', rows: [{ name: null }] });
  t.match(await inventory.runLive('processes'), /"outcome":"error"/, 'are checked like slices');
});

t.test('collecting one section by name', async (t) => {
  const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
  const packages = collectorOf(packagesSection, () => ({
    outcome: 'ok',
    rows: [packageRow('a'), packageRow('b')],
  }));
  const { inventory } = setUp(t, [users, packages]);
  t.match(await inventory.collect('users'), /"rows":\[\["a",1\]\]/);
  t.equal(JSON.parse(await inventory.collect('packages')).rows.length, 2, 'packages come as one body');
  t.same(inventory.offer().slices, [], 'offers nothing');
  await t.rejects(inventory.collect('nothing'), { code: 'E_COLLECTOR' });
});

t.test('a body that is no longer held', async (t) => {
  t.test('is collected again, and known to be other by now', async (t) => {
    const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
    const { inventory } = setUp(t, [users], { holdMs: 1 });
    await inventory.runNow();
    const hash = inventory.offer().slices[0]?.hash ?? '';
    await new Promise((resolve) => setTimeout(resolve, 5));
    t.match(await inventory.body(hash), /"rows":\[\["a",1\]\]/);
    t.equal(users.runs, 2);
    users.answer = () => rowsOf('other');
    await new Promise((resolve) => setTimeout(resolve, 5));
    t.equal(await inventory.body(hash), null, 'old content is not made up');
    t.not(inventory.offer().slices[0]?.hash, hash, 'the new one is offered');
  });

  t.test('brings the other parts of its section with it', async (t) => {
    const rows = Array.from({ length: 300 }, (_, i) => packageRow(`pkg-${i}`));
    const packages = collectorOf(packagesSection, () => ({ outcome: 'ok', rows }));
    const { inventory } = setUp(t, [packages], { holdMs: 100 });
    await inventory.runNow();
    await new Promise((resolve) => setTimeout(resolve, 150));
    const bodies = await Promise.all(inventory.offer().packages.map((hash) => inventory.body(hash)));
    t.ok(bodies.every((text) => text?.startsWith('{"section":"packages"')));
    t.equal(packages.runs, 2, 'one run for 64 questions');
  });

  t.test('leaves no more than the limit in memory, the oldest going first', async (t) => {
    const held = createHeldBodies({ holdMs: 60_000, maxChars: 10 });
    t.teardown(() => held.clear());
    held.put('a', 'xxxx');
    held.put('b', 'yyyy');
    held.put('b', 'yyyy');
    t.same([held.get('a'), held.get('b')], ['xxxx', 'yyyy']);
    held.put('c', 'zzzz');
    t.same([held.get('a'), held.get('b'), held.get('c')], [null, 'yyyy', 'zzzz']);
    held.put('d', 'too long for all of it');
    t.same([held.get('c'), held.get('d')], [null, null]);
    held.put('e', 'e');
    t.equal(held.get('e'), 'e');
  });
});

t.test('the store', async (t) => {
  t.test('brings contents and their age over a restart', async (t) => {
    const folder = t.testdir();
    const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
    const gone = collectorOf(sectionOf('gone'), () => rowsOf('b'));
    const first = setUp(t, [users, gone], { folder, now: () => 1_000_000 });
    await first.inventory.runNow();

    const second = setUp(t, [users], { folder, now: () => 9_000_000 });
    await second.inventory.start();
    t.match(second.inventory.offer().slices, [{ name: 'users', since: new Date(1_000_000).toISOString() }]);
    await until(() => second.inventory.stats()[0]?.ok === 1);
    await second.inventory.stop();
    t.equal(second.inventory.offer().slices[0]?.since, new Date(1_000_000).toISOString());
    t.equal(second.changes(), 0);
  });

  t.test('on a full disk costs nothing but the age of facts', async (t) => {
    const users = collectorOf(sectionOf('users'), () => rowsOf('a'));
    const full = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    const { inventory, warnings } = setUp(t, [users], {
      store: () => ({ writeState: full, readState: full }),
    });
    await inventory.start();
    await inventory.runNow();
    t.equal(inventory.offer().slices.length, 1);
    t.match(await inventory.body(inventory.offer().slices[0]?.hash ?? ''), /"rows":\[\["a",1\]\]/);
    t.ok(warnings.some((message) => message.includes('not saved')));
  });

  t.test('with a damaged state starts anew', async (t) => {
    const names = new Set(['users']);
    const good = { users: { hashes: ['h'.repeat(43)], since: '2026-11-22T18:00:00.000Z', sizeBytes: 5 } };
    t.equal(parseContents(JSON.stringify(good), names).size, 1);
    for (const bad of [
      'torn {',
      'null',
      '[]',
      JSON.stringify({ users: null }),
      JSON.stringify({ users: { ...good.users, hashes: ['short'] } }),
      JSON.stringify({ users: { ...good.users, since: 'yesterday' } }),
      JSON.stringify({ users: { ...good.users, sizeBytes: '5' } }),
      JSON.stringify({ others: good.users }),
    ]) {
      t.equal(parseContents(bad, names).size, 0, bad);
    }
    const folder = t.testdir();
    writeFileSync(join(folder, 'slices.json'), 'x'.repeat(1_000_000));
    const { inventory } = setUp(t, [collectorOf(sectionOf('users'), () => rowsOf('a'))], { folder });
    await inventory.start();
    await until(() => inventory.offer().slices.length === 1);
    await inventory.stop();
    t.match(readFileSync(join(folder, 'slices.json'), 'utf8'), /"users"/);
  });
});

t.test('the schedule', async (t) => {
  t.test('spreads collectors of one interval over it', async (t) => {
    t.same(spreadDueTimes([60, 60, 60, 30]), [20, 40, 60, 30]);
    t.same(spreadDueTimes([]), []);
  });

  t.test('looks again and again, never at two at a time, and stops', async (t) => {
    let atOnce = 0;
    let most = 0;
    const busy = async () => {
      atOnce++;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setTimeout(resolve, 1));
      atOnce--;
      return rowsOf('a');
    };
    const list = ['one', 'two', 'three'].map((name) => ({
      ...collectorOf(sectionOf(name), busy),
      everyMs: 4,
    }));
    const { inventory, changes } = setUp(t, list);
    await inventory.start();
    await until(() => inventory.stats().every(({ ok }) => ok >= 4));
    await inventory.stop();
    const runs = inventory.stats().map(({ ok }) => ok);
    t.equal(most, 1);
    t.equal(changes(), 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    t.same(
      inventory.stats().map(({ ok }) => ok),
      runs,
      'nothing runs after the stop',
    );
  });

  t.test('tells a change that it finds', async (t) => {
    let value = 'a';
    const users = { ...collectorOf(sectionOf('users'), () => rowsOf(value)), everyMs: 4 };
    const { inventory, changes } = setUp(t, [users]);
    await inventory.start();
    await until(() => changes() === 1);
    value = 'b';
    await until(() => changes() === 2);
    t.match(await inventory.body(inventory.offer().slices[0]?.hash ?? ''), /"b"/);
  });

  t.test('tries a failed collector soon', async (t) => {
    const users = collectorOf(sectionOf('users'), () => Promise.reject(new Error('away')));
    const often = { ...users, everyMs: 30 };
    const { inventory } = setUp(t, [often], { retryMs: 1 });
    await inventory.start();
    await until(() => (inventory.stats()[0]?.errorsInRow ?? 0) >= 5);
    t.match(await inventory.body(inventory.offer().slices[0]?.hash ?? ''), /away/);
  });

  t.test('a callback can be taken off', async (t) => {
    const { inventory } = setUp(t, [collectorOf(sectionOf('users'), () => rowsOf('a'))]);
    let calls = 0;
    const off = inventory.onChange(() => {
      calls++;
    });
    off();
    await inventory.runNow();
    t.equal(calls, 0);
  });
});
