// Proves the fleet index: it says what the language says about every device, whatever changes in whatever order, and nothing while it cannot know.
import { compileExpression, type DeviceValues } from '@muster/protocol/language';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { createFleet, type FleetRow, type FleetSource, type Moved, type SortKey } from './index.ts';

const NOW_MS = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const tenants = [1, 2] as const;

/** A device as the test's database has it. */
interface Told {
  readonly row: FleetRow;
  readonly facts: DeviceValues;
}

/** A database in memory, with a hand on its answers. */
function createStore() {
  const devices = new Map<number, Map<number, Told>>(tenants.map((tenant) => [tenant, new Map()]));
  const of = (tenant: number) => devices.get(tenant) ?? new Map<number, Told>();
  let sorted: readonly FleetRow[] | null = null;
  const store = {
    calls: 0,
    /** What comes before every answer. */
    before: async (): Promise<void> => undefined,
    of,
    put(told: Told): void {
      of(told.row.tenant).set(told.row.idx, told);
      sorted = null;
    },
    source: {
      async page(after, limit) {
        await store.ask();
        sorted ??= tenants
          .flatMap((tenant) => [...of(tenant).values()].map(({ row }) => row))
          .toSorted((a, b) => a.tenant - b.tenant || a.idx - b.idx);
        const from = sorted.findIndex(
          ({ tenant, idx }) => tenant > after.tenant || (tenant === after.tenant && idx > after.idx),
        );
        return from === -1 ? [] : sorted.slice(from, from + limit);
      },
      async rows(tenant, idxs) {
        await store.ask();
        return idxs.flatMap((idx) => of(tenant).get(idx)?.row ?? []);
      },
      async facts(tenant, idxs) {
        await store.ask();
        return new Map(
          idxs.flatMap((idx) => {
            const told = of(tenant).get(idx);
            return told === undefined || Object.keys(told.facts).length === 0 ? [] : [[idx, told.facts]];
          }),
        );
      },
    } satisfies FleetSource,
    async ask() {
      store.calls += 1;
      await store.before();
    },
  };
  return store;
}

type Store = ReturnType<typeof createStore>;

/** A clock that stands at NOW_MS, or where it is put; timers are real. */
function createWall(): Clock & { nowMs: number } {
  const wall = { ...systemClock, nowMs: NOW_MS, now: () => wall.nowMs };
  return wall;
}

function openFleet(t: Pick<Test, 'teardown'>, store: Store) {
  const clock = createWall();
  const fleet = createFleet({ source: store.source, clock, log: silentLog });
  t.teardown(() => fleet.stop());
  return { fleet, clock };
}

/** The facts of a device the simple way, as docs/architecture/language.md has them. */
function factsOf({ row, facts }: Told, nowMs: number) {
  const { lastSeenMs } = row;
  const away = lastSeenMs === null ? 'never' : nowMs - lastSeenMs >= 30 * DAY_MS ? 'missing' : 'offline';
  const values = {
    ...facts,
    id: row.id,
    state: row.state,
    presence: row.online ? 'online' : away,
    enrolled_at: row.enrolledMs,
    seen_at: row.online ? nowMs : lastSeenMs,
  };
  return { values, labels: row.labels, nowMs };
}

const words = ['', 'a', 'A', 'web-1', 'debian', '12', '12.0', '9.1', '6.1.0-21', 'constructor'] as const;
const word = fc.constantFrom(...words);
const times = [0, NOW_MS - 40 * DAY_MS, NOW_MS - 30 * DAY_MS, NOW_MS - 8 * DAY_MS, NOW_MS - DAY_MS, NOW_MS];
const textNames = ['hostname', 'arch', 'os.name', 'os.version', 'kernel.version', 'system.serial', 'id'];
const text = fc.constantFrom(...textNames, 'label("env")', 'label("constructor")', 'hostname.lowerAscii()');
const quoted = word.map((one) => JSON.stringify(one));
const number = fc.constantFrom(-1, 0, 1, 4, 2 ** 33);
const sign = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
const time = fc.constantFrom(...times).map((at) => `timestamp("${new Date(at).toISOString()}")`);

const leaf = fc.oneof(
  fc.tuple(text, fc.constantFrom('==', '!='), quoted).map((parts) => parts.join(' ')),
  fc.tuple(text, fc.array(quoted, { maxLength: 3 })).map(([name, list]) => `${name} in [${list.join(', ')}]`),
  fc
    .tuple(text, fc.constantFrom('startsWith', 'endsWith', 'contains'), quoted)
    .map(([name, test, part]) => `${name}.${test}(${part})`),
  fc.constantFrom(...textNames, 'virtual', 'cpu.count', 'seen_at').map((name) => `has(${name})`),
  fc.tuple(fc.constantFrom('cpu.count', 'memory.bytes'), sign, number).map((parts) => parts.join(' ')),
  fc
    .tuple(fc.constantFrom('os.version', 'hostname', 'label("env")'), sign)
    .map(([name, by]) => `version(${name}) ${by} version("12")`),
  fc.tuple(fc.constantFrom('seen_at', 'enrolled_at'), sign, time).map((parts) => parts.join(' ')),
  fc.tuple(time, sign, fc.constantFrom('seen_at', 'enrolled_at')).map((parts) => parts.join(' ')),
  fc.constantFrom('virtual', 'true', 'false', 'virtual == true', '"a" == "a"', 'seen("7d")', 'seen("50d")'),
  fc.constantFrom('state == "active"', 'state in ["retired", "pending"]', 'presence == "online"'),
  fc.constantFrom('presence == "missing"', 'presence != "offline"', 'presence in ["offline", "missing"]'),
  // Two facts at once.
  fc.constantFrom('hostname == os.name', 'label("env") != arch', 'seen_at > enrolled_at', 'id == hostname'),
  fc.constantFrom(
    'version(os.version) <= version(kernel.version)',
    'presence == state',
    'cpu.count == memory.bytes',
  ),
);

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie('expression').map((of) => `!(${of})`),
    fc
      .tuple(fc.array(tie('expression'), { minLength: 2, maxLength: 3 }), fc.constantFrom(' && ', ' || '))
      .map(([of, join]) => of.map((one) => `(${one})`).join(join)),
  ),
}));

const facts = fc.record(
  {
    ...Object.fromEntries(
      textNames.slice(0, 6).map((name) => [name, fc.oneof(word, fc.constant('x'.repeat(5_000)))]),
    ),
    // Devices say anything.
    'os.name': fc.oneof(word, fc.constant(7), fc.constant(null)),
    'cpu.count': fc.oneof(number, fc.constant(2.5), fc.constant('4')),
    'memory.bytes': number,
    virtual: fc.boolean(),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<DeviceValues>;

const labels = fc.dictionary(fc.constantFrom('env', 'constructor', 'other'), word);

const told = fc.record({
  row: fc.record({
    tenant: fc.constantFrom(...tenants),
    // Beyond the room there is at first.
    idx: fc.oneof(fc.nat({ max: 40 }), fc.constantFrom(1_023, 1_024, 2_300)),
    id: word,
    shownName: word,
    state: fc.constantFrom('pending', 'active', 'quarantined', 'retired'),
    labels,
    online: fc.boolean(),
    lastSeenMs: fc.option(fc.constantFrom(...times)),
    enrolledMs: fc.constantFrom(...times),
  }),
  facts,
});

t.test('the index and every watch say what the language says of each device, whatever changed', async (t) => {
  const counts = { yes: 0, no: 0, moved: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(told, { maxLength: 60 }),
      fc.array(fc.array(told, { maxLength: 12 }), { maxLength: 4 }),
      fc.array(expression, { minLength: 1, maxLength: 6 }),
      async (first, later, texts) => {
        const store = createStore();
        for (const one of first) store.put(one);
        const ends: (() => Promise<void>)[] = [];
        const { fleet } = openFleet({ teardown: (end) => void ends.push(end as () => Promise<void>) }, store);
        const members = texts.map(() => new Set<number>());
        const expressions = texts.map((one) => compileExpression(one, { for: 'server' }));
        for (const [at, one] of expressions.entries())
          fleet.watch(1, one, ({ joined, left }) => {
            counts.moved += joined.length + left.length;
            for (const idx of left) t.ok(members[at]?.delete(idx), 'who leaves was in');
            for (const idx of joined) members[at]?.add(idx);
          });
        fleet.start();
        try {
          for (const changes of [[], ...later]) {
            for (const one of changes) {
              const before = store.of(one.row.tenant).get(one.row.idx);
              // A note says what was changed: of some only the row is.
              const isRowOnly = before !== undefined && one.row.online;
              store.put(isRowOnly ? { row: one.row, facts: before.facts } : one);
              fleet.note(isRowOnly ? 'device' : 'inventory', one.row.tenant, one.row.idx);
            }
            for (const [at, one] of expressions.entries()) {
              for (const tenant of tenants) {
                const fitting = [...store.of(tenant).values()].filter((device) =>
                  one.evaluate(factsOf(device, NOW_MS)),
                );
                const wanted = fitting.map(({ row }) => row.idx).toSorted((a, b) => a - b);
                counts.yes += wanted.length;
                counts.no += store.of(tenant).size - wanted.length;
                const { idxs, ids } = await fleet.select(tenant, { expression: one });
                if (String([...idxs]) !== String(wanted))
                  throw new Error(`${one.text} holds for ${wanted}, the index says ${[...idxs]}`);
                if (ids.some((id, i) => id !== store.of(tenant).get(idxs[i] ?? -1)?.row.id)) return false;
                const active = fitting.filter(({ row }) => row.state === 'active').length;
                if ((await fleet.count(tenant, { expression: one, state: 'active' })) !== active)
                  return false;
                if (tenant === 1 && String([...(members[at] ?? [])].sort((a, b) => a - b)) !== String(wanted))
                  throw new Error(
                    `${one.text} holds for ${wanted}, the watch says ${[...(members[at] ?? [])]}`,
                  );
              }
            }
          }
          return true;
        } finally {
          for (const end of ends) await end();
        }
      },
    ),
    { numRuns: 250 },
  );
  t.ok(
    counts.yes > 5_000 && counts.no > 5_000 && counts.moved > 1_000,
    'both answers were met, and many moves',
  );
});

/** A plain device. */
function device(idx: number, change: Partial<FleetRow> = {}, said: DeviceValues = {}): Told {
  const row: FleetRow = {
    ...{ tenant: 1, idx, id: `dev_${idx}`, shownName: `host-${idx}`, state: 'active', labels: {} },
    ...{ online: false, lastSeenMs: null, enrolledMs: NOW_MS - DAY_MS },
    ...change,
  };
  return { row, facts: said };
}

const on = (text: string) => ({ expression: compileExpression(text, { for: 'server' }) });
const debian = { 'os.name': 'debian' } satisfies DeviceValues;

t.test(
  'pages in every order are those of a sorted list, each device once, and the count is exact',
  async () => {
    const key = ({ row }: Told, by: SortKey) => {
      if (by === 'hostname') return row.shownName;
      return by === 'id' ? row.id : row.online ? Infinity : (row.lastSeenMs ?? -1);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(told, { maxLength: 50 }),
        fc.record({
          by: fc.constantFrom<SortKey[]>('hostname', 'id', 'seen'),
          isDescending: fc.boolean(),
          limit: fc.integer({ min: 1, max: 12 }),
          hostname: fc.option(fc.constantFrom('', 'w', '1'), { nil: undefined }),
          id: fc.option(fc.constantFrom('', 'd', '12'), { nil: undefined }),
        }),
        async (all, wish) => {
          const store = createStore();
          for (const one of all) store.put(one);
          const fleet = createFleet({ source: store.source, clock: createWall(), log: silentLog });
          fleet.start();
          const { by, isDescending, hostname = '', id = '' } = wish;
          const turn = isDescending ? -1 : 1;
          const wanted = [...store.of(1).values()]
            .filter(({ row }) => row.shownName.startsWith(hostname) && row.id.startsWith(id))
            .toSorted((a, b) => {
              const [left, right] = [key(a, by), key(b, by)];
              return turn * (left < right ? -1 : left > right ? 1 : a.row.idx - b.row.idx);
            })
            .map(({ row }) => row.idx);
          const found: number[] = [];
          for (let after = null as { key: string | number; idx: number } | null; ; ) {
            const { places, count } = await fleet.page(1, { expression: null }, { ...wish, after });
            if (count !== wanted.length) return false;
            found.push(...places.map(({ idx }) => idx));
            const last = places.at(-1);
            if (last === undefined || places.length < wish.limit) break;
            after = last;
          }
          await fleet.stop();
          return String(found) === String(wanted);
        },
      ),
      { numRuns: 300 },
    );
  },
);

t.test(
  'a question waits for what was noted before it, and for the build; nobody gets half an answer',
  async (t) => {
    const store = createStore();
    for (let idx = 0; idx < 5_000; idx++) store.put(device(idx, {}, debian));
    let open: () => void = () => undefined;
    const gate = () => new Promise<void>((resolve) => (open = resolve));
    let closed = gate();
    store.before = () => closed;
    const { fleet } = openFleet(t, store);
    fleet.start();
    t.equal(fleet.isReady(), false);
    let answer: number | undefined;
    const asked = fleet.count(1, on('os.name == "debian"')).then((count) => {
      answer = count;
    });
    // Changed while the build is under way, behind and before the page that is being read.
    store.put(device(4_999, { state: 'retired' }));
    fleet.note('inventory', 1, 4_999);
    await new Promise((resolve) => setTimeout(resolve, 30));
    t.equal(answer, undefined, 'it waits');
    open();
    closed = Promise.resolve();
    await asked;
    t.equal(answer, 4_999);
    const calls = store.calls;
    t.equal(await fleet.count(1, on('os.name == "debian"')), 4_999);
    t.equal(store.calls, calls, 'nothing changed, nothing is read');

    // A change that comes while its device is being read is read again.
    store.put(device(7, { labels: { env: 'prod' } }, debian));
    fleet.note('device', 1, 7);
    closed = gate();
    const first = fleet.count(1, on('label("env") == "prod"'));
    store.put(device(7, { labels: { env: 'test' } }, debian));
    fleet.note('device', 1, 7);
    const second = fleet.count(1, on('label("env") == "prod"'));
    open();
    closed = Promise.resolve();
    await first;
    t.equal(await second, 0, 'the second question sees the second change');

    fleet.note('device', 1, 77_777);
    fleet.note('inventory', 9, 1);
    t.equal(await fleet.count(1, on('true')), 5_000, 'a note about nobody changes nothing');
    const before = store.calls;
    for (let idx = 0; idx < 5_000; idx++) fleet.note('device', 1, idx);
    t.equal(await fleet.count(1, on('true')), 5_000);
    t.equal(store.calls - before, 3, 'a storm of notes is few reads');
  },
);

t.test('what cannot be read is said, and read later; doubt makes everything be read again', async (t) => {
  const store = createStore();
  for (let idx = 0; idx < 100; idx++) store.put(device(idx));
  const { fleet, clock } = openFleet(t, store);
  const waits: (() => void)[] = [];
  const after = clock.after;
  // The longest wait of a question is over when the test says so.
  clock.after = (ms, action) => {
    if (ms !== 4_000) return after(Math.min(ms, 20), action);
    waits.push(action);
    return () => undefined;
  };
  const heard: Moved[] = [];
  fleet.watch(
    1,
    compileExpression('label("env") == "prod"', { for: 'server' }),
    (moved) => void heard.push(moved),
  );
  store.before = async () => {
    throw new Error('the database is gone');
  };
  fleet.start();
  const refused = t.rejects(fleet.count(1, on('true')), { code: 'E_INDEX', retryable: true });
  waits.pop()?.();
  await refused;
  t.equal(heard.length, 0);
  store.before = async () => undefined;
  t.equal(await fleet.count(1, on('true')), 100);
  t.same(heard, [{ joined: [], left: [] }], 'a watch is told that nobody fits');

  store.put(device(3, { labels: { env: 'prod' } }));
  store.before = async () => {
    throw new Error('gone again');
  };
  fleet.note('device', 1, 3);
  const late = t.rejects(fleet.count(1, on('true')), { code: 'E_INDEX' });
  waits.pop()?.();
  await late;
  store.before = async () => undefined;
  t.equal(await fleet.count(1, on('label("env") == "prod"')), 1);
  t.same(heard.at(-1), { joined: [3], left: [] });

  // Nobody noted these.
  store.put(device(3));
  store.put(device(4, { labels: { env: 'prod' } }));
  store.put(device(100, { labels: { env: 'prod' } }));
  t.equal(await fleet.count(1, on('label("env") == "prod"')), 1);
  fleet.doubt();
  t.equal((await fleet.select(1, on('label("env") == "prod"'))).idxs.length, 2, 'orders wait for the truth');
  t.same(heard.at(-1), { joined: [4, 100], left: [3] }, 'a watch hears of the difference only');
  t.equal(fleet.counts().devices, 101);
});

t.test('doubts that never end hold up neither lists, nor what is noted, nor orders', async (t) => {
  const store = createStore();
  for (let idx = 0; idx < 5_000; idx++) store.put(device(idx, {}, debian));
  const { fleet } = openFleet(t, store);
  fleet.start();
  t.equal(await fleet.count(1, on('true')), 5_000);
  let releases = 0;
  let open: () => void = () => undefined;
  store.before = () => new Promise((resolve) => (open = resolve));
  fleet.doubt();
  t.equal(await fleet.count(1, on('true')), 5_000, 'a list does not wait');
  // Before every answer of the database there is a further doubt.
  store.before = async () => {
    releases += 1;
    if (releases < 200) fleet.doubt();
  };
  open();
  store.put(device(9, { labels: { env: 'prod' } }, debian));
  t.equal((await fleet.select(1, on('label("env") == "prod"'))).idxs.length, 1, 'nobody noted it');
  store.put(device(3, { labels: { env: 'prod' } }, debian));
  fleet.note('device', 1, 3);
  t.equal(await fleet.count(1, on('label("env") == "prod"')), 2);
  t.ok(releases < 200, 'while doubts went on');
});

t.test('watches follow single changes, storms, the time, and end', async (t) => {
  const store = createStore();
  for (let idx = 0; idx < 3_000; idx++) store.put(device(idx, { lastSeenMs: NOW_MS - 6 * DAY_MS }));
  const { fleet, clock } = openFleet(t, store);
  const timers: (() => void)[] = [];
  const after = clock.after;
  clock.after = (ms, action) => {
    if (ms < 15_000) return after(ms, action);
    timers.push(action);
    return () => undefined;
  };
  fleet.start();
  await fleet.count(1, on('true'));
  const members = new Map<string, Set<number>>();
  const watch = (text: string) => {
    const own = new Set<number>();
    members.set(text, own);
    return fleet.watch(1, compileExpression(text, { for: 'server' }), ({ joined, left }) => {
      for (const idx of left) own.delete(idx);
      for (const idx of joined) own.add(idx);
    });
  };
  const sizes = () => [...members.values()].map((own) => own.size);
  const until = async (wanted: readonly number[]) => {
    for (let i = 0; i < 500 && String(sizes()) !== String(wanted); i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    t.same(sizes(), wanted);
  };
  watch('os.name == "debian"');
  watch('seen("7d")');
  const end = watch('label("env") == "prod" && os.name == "debian"');
  fleet.watch(1, compileExpression('true', { for: 'server' }), () => {
    throw new Error('a listener that fails');
  });
  await until([0, 3_000, 0]);
  store.put(device(5, { labels: { env: 'prod' } }, debian));
  fleet.note('inventory', 1, 5);
  await until([1, 2_999, 1]);
  for (let idx = 0; idx < 2_500; idx++) {
    store.put(device(idx, { labels: { env: 'prod' }, lastSeenMs: NOW_MS - 6 * DAY_MS }, debian));
    fleet.note('inventory', 1, idx);
  }
  await until([2_500, 3_000, 2_500]);
  // More changes of one column than are remembered.
  for (const env of ['a', 'b', 'prod']) {
    for (let idx = 0; idx < 2_500; idx++) {
      store.put(device(idx, { labels: { env }, lastSeenMs: NOW_MS - 6 * DAY_MS }, debian));
      fleet.note('device', 1, idx);
    }
    t.equal(await fleet.count(1, on('label("env") == "prod"')), env === 'prod' ? 2_500 : 0);
  }
  end();
  clock.nowMs += 2 * DAY_MS;
  store.put(device(1, { labels: { env: 'test' }, lastSeenMs: clock.nowMs, online: true }, debian));
  fleet.note('device', 1, 1);
  t.equal(await fleet.count(1, on('seen("7d")')), 1, 'a question is about now');
  timers.pop()?.();
  await until([2_500, 1, 2_500]);
  const others = Array.from({ length: 997 }, () => fleet.watch(1, on('true').expression, () => undefined));
  t.throws(() => watch('true'), { code: 'E_BUSY' });
  for (const stop of others) stop();
});

t.test('a column with more distinct values than 16 bits can name is as right as any', async (t) => {
  const store = createStore();
  for (let idx = 0; idx < 70_000; idx++)
    store.put(device(idx, {}, { 'memory.bytes': 1_000 + idx, 'cpu.count': idx % 3 }));
  const { fleet } = openFleet(t, store);
  fleet.start();
  t.equal(await fleet.count(1, on('memory.bytes >= 61000')), 10_000);
  t.equal(await fleet.count(1, on('memory.bytes < 31000')), 30_000);
  for (let idx = 0; idx < 60_000; idx++) {
    store.put(device(idx, {}, { 'memory.bytes': 7, 'cpu.count': 1 }));
    fleet.note('inventory', 1, idx);
  }
  t.equal(await fleet.count(1, on('memory.bytes == 7 && cpu.count == 1')), 60_000);
  t.equal(await fleet.count(1, on('memory.bytes > 7')), 10_000);
  t.equal(await fleet.count(1, on('memory.bytes < 31000')), 60_000, 'more changes than are remembered');
});
