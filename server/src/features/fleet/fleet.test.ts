// Proves the fleet index: it says what the language says about every device, whatever changes in whatever order, and nothing while it cannot know.
import { MAX_VALUE_CHARS } from '@muster/protocol';
import {
  compileExpression,
  type DeviceValues,
  type Expression,
  fitsSoftware,
  type InstalledPackage,
  type SoftwareAsked,
} from '@muster/protocol/language';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { type Clock, systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { until } from '../../core/testing/until.ts';
import { fail } from '../../errors.ts';
import {
  createFleet,
  type FleetRow,
  type FleetSource,
  type Moved,
  type SortKey,
  type StoredGroup,
} from './index.ts';
import { WAIT_MS } from './limits.ts';

const NOW_MS = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const tenants = [1, 2] as const;

/** A device as the test's database has it. */
interface Told {
  readonly row: FleetRow;
  readonly facts: DeviceValues;
  readonly packages?: readonly InstalledPackage[];
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
    async software(tenant: number, asked: SoftwareAsked, idxs: readonly number[] | null) {
      await store.ask();
      const fits = ([, { packages = [] }]: [number, Told]) =>
        packages.some((one) => fitsSoftware(asked, one));
      const holders = [...of(tenant)].filter(fits).map(([idx]) => idx);
      return idxs === null ? holders : holders.filter((idx) => idxs.includes(idx));
    },
    async ask() {
      store.calls += 1;
      await store.before();
    },
  };
  return store;
}

type Store = ReturnType<typeof createStore>;

/** A clock that stands at NOW_MS, or where it is put; timers are real, but questions wait as long as a busy machine takes. */
function createWall(): Clock & { nowMs: number } {
  const wall = {
    ...systemClock,
    nowMs: NOW_MS,
    now: () => wall.nowMs,
    after: (ms: number, action: () => void) => systemClock.after(ms === WAIT_MS ? 60_000 : ms, action),
  };
  return wall;
}

function openFleet(t: Pick<Test, 'teardown'>, store: Store) {
  const clock = createWall();
  const fleet = createFleet({ source: store.source, software: store.software, clock, log: silentLog });
  t.teardown(() => fleet.stop());
  return { fleet, clock };
}

/** The facts of a device the simple way, as docs/architecture/language.md has them. */
function factsOf({ row, facts, packages = [] }: Told, nowMs: number) {
  const { lastSeenMs } = row;
  const away = lastSeenMs === null ? 'never' : nowMs - lastSeenMs >= 30 * DAY_MS ? 'missing' : 'offline';
  const { hostname } = facts;
  const isNamed = typeof hostname === 'string' && hostname.length <= MAX_VALUE_CHARS;
  const values = {
    ...facts,
    // A device that has not said what it is called is called what lists show.
    hostname: isNamed ? hostname : row.shownName,
    id: row.id,
    state: row.state,
    presence: row.online ? 'online' : away,
    enrolled_at: row.enrolledMs,
    seen_at: row.online ? nowMs : lastSeenMs,
  };
  const software = (asked: SoftwareAsked) => packages.some((one) => fitsSoftware(asked, one));
  return { values, labels: row.labels, nowMs, software };
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
  fc.constantFrom(
    'within("10.0.0.0/8")',
    'within("10.0.0.128/25")',
    'within("2001:db8::/33")',
    'has(addresses)',
  ),
  fc.constantFrom('presence == "missing"', 'presence != "offline"', 'presence in ["offline", "missing"]'),
  fc.constantFrom('software("openssl")', 'software("kernel")', 'software("none")'),
  fc
    .tuple(fc.constantFrom('openssl', 'kernel'), sign, fc.constantFrom('3.0.14', '3.0.9-1', '5.14'))
    .map(([name, by, version]) => `software("${name}").version ${by} "${version}"`),
  // Groups are g0 to g3 with the ids id0 to id3.
  fc.constantFrom('g0', 'g1', 'g2', 'g3', 'id0', 'id1', 'id2', 'id3').map((called) => `group("${called}")`),
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
    addresses: fc.constantFrom(
      '10.0.0.5',
      '10.0.0.200 2001:db8::1',
      '2001:db8:8000::1 10.0',
      '',
      '192.168.0.1',
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<DeviceValues>;

const labels = fc.dictionary(fc.constantFrom('env', 'constructor', 'other'), word);

const installed = fc.record({
  ecosystem: fc.constantFrom('deb', 'rpm', 'apk'),
  name: fc.constantFrom('openssl', 'kernel'),
  version: fc.constantFrom('3.0.9-1', '3.0.14', '3.0.14~rc1', '3.0.14-r0', '5.14.0-362', ''),
});

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
  packages: fc.array(installed, { maxLength: 3 }),
});

/** Four groups, each of which names only those before it, however deep. */
const groupsOf: fc.Arbitrary<readonly StoredGroup[]> = fc
  .tuple(
    ...[0, 1, 2, 3].map(() =>
      fc.tuple(fc.option(expression), fc.array(fc.nat({ max: 40 }), { maxLength: 3 })),
    ),
  )
  .map((all) =>
    all.map(([text, picked], at) => ({
      ...{ id: `id${at}`, name: `g${at}`, picked },
      expression:
        text?.replaceAll(/group\("\D+(\d)"\)/g, (leaf, other) => (Number(other) < at ? leaf : 'virtual')) ??
        null,
    })),
  );

const compiled = new Map<string, Expression>();

function compile(text: string): Expression {
  const known = compiled.get(text) ?? compileExpression(text, { for: 'server' });
  compiled.set(text, known);
  return known;
}

/** The groups of a device the simple way, by id and name. */
function groupsWith(told: Told, groups: readonly StoredGroup[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { id, name, expression: text, picked } of groups) {
    const fits = text !== null && compile(text).evaluate({ ...factsOf(told, NOW_MS), groups: found });
    if (fits || picked.includes(told.row.idx)) found.add(id).add(name);
  }
  return found;
}

t.test('the index and every watch say what the language says of each device, whatever changed', async (t) => {
  const counts = { yes: 0, no: 0, moved: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(told, { maxLength: 60 }),
      fc.array(fc.tuple(fc.array(told, { maxLength: 12 }), fc.option(groupsOf)), { maxLength: 4 }),
      fc.array(expression, { minLength: 1, maxLength: 6 }),
      groupsOf,
      async (first, later, texts, firstGroups) => {
        const store = createStore();
        let groups = firstGroups;
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
        fleet.groupsFrom(async () => groups);
        fleet.start();
        try {
          for (const [changes, newGroups] of [[[], null] as const, ...later]) {
            if (newGroups !== null) {
              groups = newGroups;
              for (const tenant of tenants) fleet.note('group', tenant, 0);
            }
            for (const one of changes) {
              const before = store.of(one.row.tenant).get(one.row.idx);
              // A note says what was changed: of some only the row is.
              const isRowOnly = before !== undefined && one.row.online;
              store.put(isRowOnly ? { ...before, row: one.row } : one);
              fleet.note(isRowOnly ? 'device' : 'inventory', one.row.tenant, one.row.idx);
            }
            for (const [at, one] of expressions.entries()) {
              for (const tenant of tenants) {
                const fitting = [...store.of(tenant).values()].filter((device) =>
                  one.evaluate({ ...factsOf(device, NOW_MS), groups: groupsWith(device, groups) }),
                );
                const wanted = fitting.map(({ row }) => row.idx).toSorted((a, b) => a - b);
                counts.yes += wanted.length;
                counts.no += store.of(tenant).size - wanted.length;
                const { idxs, ids } = await fleet.select(tenant, { expression: one });
                if (String([...idxs]) !== String(wanted))
                  throw new Error(`${one.text} holds for ${wanted}, the index says ${[...idxs]}`);
                const [some] = store.of(tenant).keys();
                if (some !== undefined && (await fleet.holds(tenant, some, one)) !== wanted.includes(some))
                  throw new Error(`${one.text} says otherwise of ${some} alone`);
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
    { numRuns: 200 },
  );
  t.ok(
    counts.yes > 3_000 && counts.no > 3_000 && counts.moved > 1_000,
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
    if (ms !== WAIT_MS) return after(Math.min(ms, 20), action);
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

/** What the database throws when a statement takes longer than it may. */
const tooSlow = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });

t.test('a question about packages that cannot be answered holds up nobody else', async (t) => {
  const store = createStore();
  const holding = (idx: number): Told => ({
    ...device(idx),
    packages: ['bash', 'odd', 'slow', 'away'].map((name) => ({ ecosystem: 'deb', name, version: '1' })),
  });
  store.put(holding(0));
  store.put(device(1));
  const tried: string[] = [];
  const faults = new Map<string, () => Error | undefined>();
  const answer = store.software;
  store.software = async (tenant, asked, idxs) => {
    tried.push(asked.name);
    const fault = faults.get(asked.name)?.();
    if (fault !== undefined) throw fault;
    return answer(tenant, asked, idxs);
  };
  const { fleet, clock } = openFleet(t, store);
  fleet.start();
  const count = (name: string) => fleet.count(1, on(`software("${name}")`));
  for (const [name, fault] of [
    ['odd', Object.assign(new Error('invalid byte sequence'), { code: '22021' })],
    ['slow', fail('E_UNAVAILABLE', { cause: tooSlow })],
  ] as const) {
    faults.set(name, () => fault);
    await t.rejects(count(name), { code: 'E_INDEX' }, name);
    t.equal(await count('bash'), 1, 'others are answered');
    await t.rejects(count(name), { code: 'E_INDEX' });
    t.equal(tried.filter((one) => one === name).length, 1, 'the database is not asked again at once');
    faults.delete(name);
    clock.nowMs += 61_000;
    t.equal(await count(name), 1, 'but later');

    // The same while it is followed.
    const members = new Set<number>();
    const end = fleet.watch(1, on(`software("${name}")`).expression, ({ joined, left }) => {
      for (const idx of left) members.delete(idx);
      for (const idx of joined) members.add(idx);
    });
    await until('it has its member', () => members.size === 1);
    faults.set(name, () => fault);
    fleet.note('inventory', 1, 1);
    t.equal(await count('bash'), 1);
    await t.rejects(count(name), { code: 'E_INDEX' });
    t.equal(members.size, 0, 'who watches hears that nobody knows');
    faults.delete(name);
    clock.nowMs += 61_000;
    t.equal(await count(name), 1);
    t.equal(members.size, 1);
    end();
  }
  let isFirst = true;
  faults.set('away', () => {
    const wasFirst = isFirst;
    isFirst = false;
    return wasFirst ? fail('E_UNAVAILABLE') : undefined;
  });
  t.equal(await count('away'), 1, 'what passes is tried again before anybody hears of it');
});

t.test(
  'many questions about packages leave no room for half a minute, and take none from watches',
  async (t) => {
    const store = createStore();
    const holding = (idx: number): Told => ({
      ...device(idx),
      packages: [{ ecosystem: 'deb', name: 'kept', version: '1' }],
    });
    store.put(holding(0));
    store.put(device(1));
    const { fleet, clock } = openFleet(t, store);
    const looks: (() => void)[] = [];
    const after = clock.after;
    clock.after = (ms, action) => {
      if (ms < 15_000) return after(ms, action);
      looks.push(action);
      return () => undefined;
    };
    const group = { id: 'id0', name: 'g0', picked: [] };
    let groups: readonly StoredGroup[] = [{ ...group, expression: 'virtual' }];
    fleet.groupsFrom(async () => groups);
    fleet.start();
    const kept = on('software("kept")');
    const more = on('software("more")');
    const members = new Set<number>();
    fleet.watch(1, on('group("g0")').expression, () => undefined);
    fleet.watch(1, kept.expression, ({ joined, left }) => {
      for (const idx of left) members.delete(idx);
      for (const idx of joined) members.add(idx);
    });
    for (let at = 1; at < 64; at++) await fleet.count(1, on(`software("p${at}")`));
    await t.rejects(fleet.count(1, more), { code: 'E_BUSY' });
    t.equal(await fleet.holds(1, 0, more.expression), false, 'what cannot be judged holds for none');
    t.equal(await fleet.holds(1, 0, kept.expression), true);

    groups = [{ ...group, expression: more.expression.text }];
    fleet.note('group', 1, 0);
    t.equal(await fleet.count(1, kept), 1);
    clock.nowMs += 20_000;
    // There is no room for the first watch now; the second keeps what it has.
    looks.pop()?.();
    await t.rejects(fleet.count(1, more), { code: 'E_BUSY' });
    clock.nowMs += 11_000;
    t.equal(await fleet.count(1, more), 0, 'what nobody asks any more makes room');
    store.put(holding(1));
    fleet.note('inventory', 1, 1);
    t.equal(await fleet.count(1, on('true')), 2);
    t.same([...members], [0, 1]);
  },
);

t.test(
  'a group that is not there is said to whoever asks, and never widens a limit or a watch',
  async (t) => {
    const store = createStore();
    for (let idx = 0; idx < 40; idx++) store.put(device(idx, {}, idx < 5 ? debian : {}));
    const { fleet } = openFleet(t, store);
    let groups: StoredGroup[] = [];
    const put = (...all: readonly Partial<StoredGroup>[]) => {
      groups = all.map((one, at) => ({
        id: `id${at}`,
        name: `g${at}`,
        expression: null,
        picked: [],
        ...one,
      }));
      fleet.note('group', 1, 0);
    };
    fleet.groupsFrom(async () => groups);
    const members = new Set<number>();
    fleet.watch(1, on('!group("g0")').expression, ({ joined, left }) => {
      for (const idx of left) members.delete(idx);
      for (const idx of joined) members.add(idx);
    });
    fleet.start();
    const refused = (text: string) =>
      fleet.count(1, on(text)).then(String, (error: Error) => error.message.split('\n')[0]);
    t.equal(await refused('!group("g0")'), 'There is no group "g0".');
    t.equal(members.size, 0);
    t.equal(await fleet.holds(1, 7, on('!group("g0")').expression), false);
    await t.rejects(fleet.facts(1, 7, on('!group("g0")').expression), { code: 'E_EXPRESSION' });
    put({ expression: 'os.name == "debian"', picked: [9, 9_999] });
    t.equal((await fleet.count(1, on('group("g0")'))) + (await fleet.count(1, on('!group("id0")'))), 40);
    t.equal(members.size, 34, 'the watch hears of the group');
    t.equal(await fleet.holds(1, 9, on('group("g0")').expression), true);
    const reached = async (text: string) => {
      const set = await fleet.scopes.within(1, [on(text).expression], true);
      return [...Array(40).keys()].filter((idx) => set.has(idx)).length;
    };
    t.same(
      [await reached('!has(os.name)'), await reached('!group("g0")')],
      [35, 0],
      'no limit follows a group',
    );
    put({ expression: 'group("g1")' }, { expression: 'virtual || group("g0")' });
    t.equal(await refused('group("g1")'), 'A group cannot contain itself: "g1" → "g0" → "g1".');
    put({ expression: 'os.nam == "x"' }, { expression: 'group("g0")' });
    t.equal(await refused('group("g1")'), 'The expression of "g0" cannot be read; change it.');
    put(...Array.from({ length: 9 }, (_, at) => ({ expression: at === 0 ? 'true' : `group("g${at - 1}")` })));
    t.equal(await refused('group("g7")'), '40');
    t.equal(await refused('group("g8")'), 'Groups lie within each other deeper than 8 levels, from "g8" on.');
    // As many ways from top to bottom as no walk could take: each group is judged once.
    const all = (at: number) => Array.from({ length: at }, (_, below) => `group("g${below}")`).join(' || ');
    put(
      ...Array.from({ length: 8 }, (_, at) => ({ expression: at === 0 ? 'os.name == "debian"' : all(at) })),
    );
    t.equal(await refused('group("g7")'), '5');
    t.equal(members.size, 35);
  },
);

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
  const untilSizes = (wanted: readonly number[]) =>
    until(`they have ${wanted} members`, sizes, (now) => String(now) === String(wanted));
  watch('os.name == "debian"');
  watch('seen("7d")');
  const end = watch('label("env") == "prod" && os.name == "debian"');
  fleet.watch(1, compileExpression('true', { for: 'server' }), () => {
    throw new Error('a listener that fails');
  });
  await untilSizes([0, 3_000, 0]);
  store.put(device(5, { labels: { env: 'prod' } }, debian));
  fleet.note('inventory', 1, 5);
  await untilSizes([1, 2_999, 1]);
  for (let idx = 0; idx < 2_500; idx++) {
    store.put(device(idx, { labels: { env: 'prod' }, lastSeenMs: NOW_MS - 6 * DAY_MS }, debian));
    fleet.note('inventory', 1, idx);
  }
  await untilSizes([2_500, 3_000, 2_500]);
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
  await untilSizes([2_500, 1, 2_500]);
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
  const count = (meant: ReturnType<typeof on>) => fleet.count(1, meant);
  t.equal(await count(on('memory.bytes >= 61000')), 10_000);
  t.equal(await count(on('memory.bytes < 31000')), 30_000);
  for (let idx = 0; idx < 60_000; idx++) {
    store.put(device(idx, {}, { 'memory.bytes': 7, 'cpu.count': 1 }));
    fleet.note('inventory', 1, idx);
  }
  t.equal(await count(on('memory.bytes == 7 && cpu.count == 1')), 60_000);
  t.equal(await count(on('memory.bytes > 7')), 10_000);
  t.equal(await count(on('memory.bytes < 31000')), 60_000, 'more changes than are remembered');
});
