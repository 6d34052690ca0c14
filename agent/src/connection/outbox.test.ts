// Proves the outbox on a real folder: nothing acknowledged to the caller is lost, nothing grows without bound.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMusterError, reconnectPauseMs } from '@muster/protocol';
import fc from 'fast-check';
import t from 'tap';
import { OUTBOX_MAX_ITEMS } from '../limits.ts';
import { createStorage, type Storage } from '../platform/storage.ts';
import { createBackoff } from './backoff.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { DAMAGED_FOLDER, SEGMENT_BYTES } from './outbox-log.ts';

/** In front of each record: its length and its checksum. */
const FRAME_BYTES = 8;

function makeFolder(test: { teardown(action: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-outbox-'));
  test.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function open(folder: string): Promise<Outbox> {
  const outbox = createOutbox(createStorage(folder), noTime);
  await outbox.load();
  return outbox;
}

const text = (value: string) => Buffer.from(value);
const none: ReadonlySet<number> = new Set();
/** A clock that has not begun, so that numbers begin at 1. */
const noTime = () => 0;

async function contents(outbox: Outbox): Promise<[number, string][]> {
  const all: [number, string][] = [];
  for (const item of outbox.waiting(Number.MAX_SAFE_INTEGER, none)) {
    all.push([item.seq, Buffer.from((await outbox.body(item.seq)) ?? []).toString()]);
  }
  return all;
}

/** What was set aside. */
function setAside(folder: string): Buffer[] {
  const place = join(folder, DAMAGED_FOLDER);
  return existsSync(place) ? readdirSync(place).map((name) => readFileSync(join(place, name))) : [];
}

function segments(folder: string): string[] {
  return readdirSync(join(folder, 'outbox')).map((name) => join(folder, 'outbox', name));
}

t.test('a message that was put is there after a restart, in order, under the same number', async (t) => {
  const folder = makeFolder(t);
  const before = await open(folder);
  t.equal(await before.put({ kind: 'chunk', key: 'chunk:1', body: text('one') }), 1);
  t.equal(await before.put({ kind: 'alert', key: '', body: text('two') }), 2);
  const after = await open(folder);
  t.same(await contents(after), [
    [1, 'one'],
    [2, 'two'],
  ]);
  t.equal(await after.put({ kind: 'alert', key: '', body: text('three') }), 3, 'numbers go on');
});

t.test('what is done is gone, also after a restart, and its number is not used again', async (t) => {
  const folder = makeFolder(t);
  const before = await open(folder);
  for (const body of ['a', 'b', 'c']) await before.put({ kind: 'alert', key: '', body: text(body) });
  before.done([1, 3, 99]);
  t.same(await contents(before), [[2, 'b']]);
  await before.flush();
  const after = await open(folder);
  t.same(await contents(after), [[2, 'b']]);
  t.equal(await after.put({ kind: 'alert', key: '', body: text('d') }), 4);
});

t.test('a newer message with the same key replaces the older one', async (t) => {
  const folder = makeFolder(t);
  const before = await open(folder);
  for (const body of ['00', '15', '30'])
    await before.put({ kind: 'chunk', key: 'chunk:7', body: text(body) });
  t.same(await contents(before), [[3, '30']]);
  t.same(await contents(await open(folder)), [[3, '30']]);
});

t.test('numbers go up even where the log was lost', async (t) => {
  const folder = makeFolder(t);
  const first = createOutbox(createStorage(folder), () => 1_000_000);
  await first.load();
  const before = await first.put({ kind: 'alert', key: '', body: text('one') });
  rmSync(join(folder, 'outbox'), { recursive: true });
  const second = createOutbox(createStorage(folder), () => 1_001_000);
  await second.load();
  t.ok((await second.put({ kind: 'alert', key: '', body: text('two') })) > before);
});

t.test('a torn tail is cut and what stands before it stays', async (t) => {
  const folder = makeFolder(t);
  const before = await open(folder);
  await before.put({ kind: 'alert', key: '', body: text('kept') });
  await before.put({ kind: 'alert', key: '', body: text('torn') });
  const [path] = segments(folder);
  if (path === undefined) throw new Error('no segment');
  truncateSync(path, readFileSync(path).length - 3);
  const outbox = createOutbox(createStorage(folder), noTime);
  const { waiting, cutBytes } = await outbox.load();
  t.equal(waiting, 1);
  t.ok(cutBytes > 0, 'what is cut is counted');
  t.equal(outbox.damagedBytes(), 0, 'and is no damage: nobody was told that it is kept');
  t.same(await contents(outbox), [[1, 'kept']]);
  t.equal(await outbox.put({ kind: 'alert', key: '', body: text('next') }), 2);
  t.same(await contents(await open(folder)), [
    [1, 'kept'],
    [2, 'next'],
  ]);
});

t.test('rubbish after the records is never believed', async (t) => {
  const folder = makeFolder(t);
  await (await open(folder)).put({ kind: 'alert', key: '', body: text('kept') });
  const [path] = segments(folder);
  if (path === undefined) throw new Error('no segment');
  const sound = readFileSync(path);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (rubbish) => {
      writeFileSync(path, sound);
      appendFileSync(path, rubbish);
      t.same(await contents(await open(folder)), [[1, 'kept']]);
    }),
    { numRuns: 50 },
  );
});

t.test('a full outbox drops its oldest measurements and counts them, never an alert', async (t) => {
  const folder = makeFolder(t);
  const real = createStorage(folder);
  // Durability is not looked at here, so the 10,000 waits for the disk are left out.
  const outbox = createOutbox(
    {
      ...real,
      append: (path, bytes) => real.append(path, bytes),
    } satisfies Storage,
    noTime,
  );
  await outbox.load();
  await outbox.put({ kind: 'alert', key: '', body: text('alert') });
  for (let i = 0; i < OUTBOX_MAX_ITEMS; i++)
    await outbox.put({ kind: 'chunk', key: `chunk:${i}`, body: text('x') });
  t.equal(outbox.depth(), OUTBOX_MAX_ITEMS);
  t.equal(outbox.dropped(), 1);
  t.same(
    outbox.waiting(2, none).map((item) => [item.kind, item.seq]),
    [
      ['alert', 1],
      ['chunk', 3],
    ],
  );
});

t.test('an outbox full of alerts refuses with its code', async (t) => {
  const real = createStorage(makeFolder(t));
  const outbox = createOutbox(
    {
      ...real,
      append: (path, bytes) => real.append(path, bytes),
    } satisfies Storage,
    noTime,
  );
  await outbox.load();
  for (let i = 0; i < OUTBOX_MAX_ITEMS; i++) await outbox.put({ kind: 'alert', key: '', body: text('x') });
  const refused = await outbox
    .put({ kind: 'alert', key: '', body: text('x') })
    .catch((error: unknown) => error);
  t.ok(isMusterError(refused, 'E_OUTBOX_FULL'));
  t.equal(outbox.dropped(), 0);
});

t.test('segments go when nothing in them waits any more', async (t) => {
  const folder = makeFolder(t);
  const outbox = await open(folder);
  const body = Buffer.alloc(SEGMENT_BYTES / 8);
  for (let i = 0; i < 40; i++) outbox.done([await outbox.put({ kind: 'chunk', key: '', body })]);
  t.ok(segments(folder).length <= 2, `${segments(folder).length} segments are left`);
  await outbox.flush();
  t.equal((await open(folder)).waiting(10, none).length, 0);
});

t.test('zeros that a power cut left behind the records are no record', async (t) => {
  const folder = makeFolder(t);
  await (await open(folder)).put({ kind: 'alert', key: '', body: text('kept') });
  for (const path of segments(folder)) appendFileSync(path, Buffer.alloc(512));
  const outbox = await open(folder);
  t.same(await contents(outbox), [[1, 'kept']]);
  t.equal(outbox.damagedBytes(), 0);
  t.same(setAside(folder), []);
});

t.test('a flipped bit costs one message; it is set aside, and those around it are sent', async (t) => {
  const folder = makeFolder(t);
  const before = await open(folder);
  const bodies = ['first', 'second', 'third', 'last'];
  for (const body of bodies) await before.put({ kind: 'alert', key: '', body: text(body) });
  const [path = ''] = segments(folder);
  const sound = readFileSync(path);
  const starts = bodies.map((_, index) => sound.indexOf(`{"t":"put","seq":${index + 1},`) - FRAME_BYTES);
  const [first = 0, second = 0, third = 0, last = 0] = starts;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: first, max: last - 1 }), fc.nat(7), async (at, bit) => {
      rmSync(folder, { recursive: true });
      mkdirSync(join(folder, 'outbox'), { recursive: true });
      const bytes = Buffer.from(sound);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
      writeFileSync(path, bytes);
      const from = Math.max(...starts.filter((start) => start <= at));
      const end = Math.min(...starts.filter((start) => start > at));
      const outbox = createOutbox(createStorage(folder), noTime);
      t.same(await outbox.load(), { waiting: 3, cutBytes: 0 });
      t.equal(outbox.damagedBytes(), end - from);
      const kept = bodies.flatMap((body, index) => (starts[index] === from ? [] : [[index + 1, body]]));
      t.same(await contents(outbox), kept);
      t.ok(readFileSync(path).equals(bytes), 'nothing was cut');
      t.same(setAside(folder), [bytes.subarray(from, end)]);
      t.equal(await outbox.put({ kind: 'alert', key: '', body: text('next') }), 5);
      const again = await open(folder);
      t.same(await contents(again), [...kept, [5, 'next']]);
      t.equal(setAside(folder).length, 1, 'once');
      again.done([1, 2, 3, 4, 5]);
      await again.flush();
      t.equal((await open(folder)).depth(), 0);
    }),
    {
      numRuns: 60,
      examples: [
        [first, 0],
        [first + 2, 0],
        [second + 4, 3],
        [third + FRAME_BYTES, 0],
      ],
    },
  );
});

t.test(
  'a last message that was whole once is set aside, and writing goes on in another segment',
  async (t) => {
    const folder = makeFolder(t);
    const before = await open(folder);
    await before.put({ kind: 'alert', key: '', body: text('kept') });
    await before.put({ kind: 'alert', key: '', body: text('lost') });
    const [path = ''] = segments(folder);
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5);
    writeFileSync(path, bytes);
    const outbox = await open(folder);
    t.ok(outbox.damagedBytes() > 0);
    t.ok(readFileSync(path).equals(bytes), 'nothing was cut');
    t.equal(setAside(folder).length, 1);
    await outbox.put({ kind: 'alert', key: '', body: text('next') });
    t.equal(segments(folder).length, 2);
    const again = await open(folder);
    t.same(
      (await contents(again)).map(([, body]) => body),
      ['kept', 'next'],
    );
    again.done(again.waiting(2, none).map(({ seq }) => seq));
    await again.put({ kind: 'alert', key: '', body: text('later') });
    t.notOk(existsSync(path), 'a segment goes with its damage when nothing in it waits');
    t.equal((await open(folder)).damagedBytes(), 0);
    t.equal(setAside(folder).length, 1, 'and what was set aside stays');
  },
);

t.test(
  'damage is survived in any segment, on a full disk too, and what is set aside is bounded',
  async (t) => {
    const folder = makeFolder(t);
    const before = await open(folder);
    const body = Buffer.alloc(SEGMENT_BYTES / 8, 'x');
    for (let i = 0; i < 9; i++) await before.put({ kind: 'alert', key: '', body });
    const [first = '', last = ''] = segments(folder);
    const bytes = readFileSync(first);
    bytes.writeUInt8(bytes.readUInt8(300_000) ^ 1, 300_000);
    writeFileSync(first, bytes);
    appendFileSync(last, 'torn');
    const real = createStorage(folder);
    const noRoom = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    const full = createOutbox({ ...real, writeAtomic: noRoom }, noTime);
    t.same(await full.load(), { waiting: 8, cutBytes: 4 });
    t.equal(setAside(folder).length, 0);
    const outbox = await open(folder);
    t.ok(outbox.damagedBytes() > SEGMENT_BYTES / 8);
    t.ok(readFileSync(first).equals(bytes), 'nothing was cut from it');
    t.equal(outbox.depth(), 8);
    t.equal(setAside(folder).length, 1);
    for (let n = 100; n < 120; n++) writeFileSync(join(folder, `outbox/00000${n}.log`), 'rubbish of nobody');
    t.equal((await open(folder)).depth(), 8);
    t.equal(setAside(folder).length, 16);
  },
);

/** An outbox on a disk that can be full. */
async function openOnSmallDisk(folder: string) {
  const real = createStorage(folder);
  const disk = { full: true };
  const storage: Storage = {
    ...real,
    append: async (path, bytes, options) => {
      if (disk.full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      await real.append(path, bytes, options);
    },
  };
  const outbox = createOutbox(storage, noTime);
  await outbox.load();
  return { outbox, disk };
}

t.test('on a full disk messages wait in memory, are sent all the same, and the state is shown', async (t) => {
  const folder = makeFolder(t);
  const { outbox, disk } = await openOnSmallDisk(folder);
  const seq = await outbox.put({ kind: 'alert', key: '', body: text('held') });
  t.equal(outbox.diskFull(), true);
  t.same(await contents(outbox), [[seq, 'held']]);
  await outbox.put({ kind: 'chunk', key: 'chunk:1', body: text('older') });
  disk.full = false;
  await outbox.put({ kind: 'chunk', key: 'chunk:1', body: text('newer') });
  t.equal(outbox.diskFull(), false);
  const expected = [
    [1, 'held'],
    [3, 'newer'],
  ];
  t.same(await contents(outbox), expected);
  t.same(await contents(await open(folder)), expected, 'what was held is on disk, in order');
});

t.test('what a full disk held in memory is written at the end, or counted as lost', async (t) => {
  const folder = makeFolder(t);
  const { outbox, disk } = await openOnSmallDisk(folder);
  const body = Buffer.alloc(SEGMENT_BYTES / 8, 'x');
  for (let i = 0; i < 12; i++) await outbox.put({ kind: 'alert', key: '', body });
  outbox.done([2]);
  await outbox.flush();
  t.equal(outbox.dropped(), 11);
  t.equal(outbox.diskFull(), true);
  disk.full = false;
  await outbox.flush();
  t.equal(outbox.dropped(), 0);
  t.equal(outbox.diskFull(), false);
  const after = await open(folder);
  t.same(
    after.waiting(20, none).map(({ seq }) => seq),
    [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
  t.ok((await after.body(12))?.length === body.length);
});

t.test('what is acknowledged while it is written late is not sent again', async (t) => {
  const folder = makeFolder(t);
  const { outbox, disk } = await openOnSmallDisk(folder);
  const seq = await outbox.put({ kind: 'alert', key: '', body: text('held') });
  disk.full = false;
  const flushed = outbox.flush();
  await new Promise(setImmediate);
  outbox.done([seq]);
  await flushed;
  await outbox.flush();
  t.equal((await open(folder)).depth(), 0);
});

t.test(
  'a message whose maker keeps it is sent while it is written, and gone if acknowledged meanwhile',
  async (t) => {
    const folder = makeFolder(t);
    const { outbox, disk } = await openOnSmallDisk(folder);
    /** Puts one, and says what could be sent before it was on disk. */
    async function putEarly(body: string, during: (seq: number) => void = () => undefined) {
      const early: [number, string][] = [];
      const seq = await outbox.put({
        ...{ kind: 'result', key: '', body: text(body) },
        async early() {
          const [item] = outbox.waiting(1, none);
          if (item === undefined) return;
          early.push([item.seq, Buffer.from((await outbox.body(item.seq)) ?? []).toString()]);
          during(item.seq);
        },
      });
      return { seq, early };
    }
    t.same(await putEarly('on a full disk'), { seq: 1, early: [[1, 'on a full disk']] });
    t.equal(outbox.diskFull(), true);
    outbox.done([1]);
    disk.full = false;
    const acked = await putEarly('acked', (seq) => outbox.done([seq]));
    t.same(acked, { seq: 2, early: [[2, 'acked']] });
    t.equal(outbox.depth(), 0);
    t.same((await putEarly('left')).early, [[3, 'left']]);
    t.same(
      [outbox.diskFull(), outbox.dropped()],
      [false, 0],
      'what is being written is not what a full disk holds back',
    );
    await outbox.flush();
    t.same(await contents(await open(folder)), [[3, 'left']]);
  },
);

t.test('a message that could not be written is not kept, early or not', async (t) => {
  const broken = {
    ...createStorage(makeFolder(t)),
    append: () => Promise.reject(new Error('EIO')),
  } satisfies Storage;
  const outbox = createOutbox(broken, noTime);
  await outbox.load();
  let isToldEarly = false;
  const early = () => {
    isToldEarly = true;
  };
  await t.rejects(outbox.put({ kind: 'result', key: '', body: text('x'), early }), { message: 'EIO' });
  await t.rejects(outbox.put({ kind: 'alert', key: '', body: text('x') }), { message: 'EIO' });
  t.same([isToldEarly, outbox.depth(), outbox.diskFull()], [true, 0, false]);
});

t.test('any sequence of puts, acks and restarts leaves what a simple model leaves', async (t) => {
  const folder = makeFolder(t);
  const steps = fc.array(
    fc.oneof(
      fc.record({
        do: fc.constant('put' as const),
        key: fc.constantFrom('', 'a', 'b'),
        body: fc.string({ maxLength: 20 }),
      }),
      fc.record({ do: fc.constant('done' as const), nth: fc.nat(5) }),
      fc.record({ do: fc.constant('restart' as const) }),
    ),
    { maxLength: 25 },
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const place = join(folder, String(run++));
      let outbox = await open(place);
      let model: { seq: number; key: string; body: string }[] = [];
      for (const step of list) {
        if (step.do === 'put') {
          const seq = await outbox.put({ kind: 'chunk', key: step.key, body: text(step.body) });
          model = [
            ...model.filter(({ key }) => key === '' || key !== step.key),
            { seq, key: step.key, body: step.body },
          ];
        } else if (step.do === 'done') {
          const gone = model[step.nth];
          if (gone !== undefined) outbox.done([gone.seq]);
          model = model.filter((item) => item !== gone);
        } else {
          await outbox.flush();
          outbox = await open(place);
        }
      }
      t.same(
        await contents(outbox),
        model.map(({ seq, body }) => [seq, Buffer.from(body).toString()]),
      );
    }),
    { numRuns: 60 },
  );
});

t.test(
  'the backoff doubles its window up to its limit, jitters over all of it, and respects the server',
  async (t) => {
    const upper = createBackoff(() => 0.999999);
    t.same(
      [1, 2, 3, 4].map(() => Math.round(upper.next() / 1000)),
      [1, 2, 4, 8],
    );
    for (let i = 0; i < 40; i++) upper.next();
    t.ok(upper.next() < 300_000);
    upper.reset();
    t.equal(Math.round(upper.next() / 1000), 1);
    const lower = createBackoff(() => 0);
    t.equal(lower.next(), 0);
    t.equal(lower.next(10_000), 10_000, 'never before the server wants it');
  },
);

t.test(
  'after a try that failed the welcome widens the window, and never makes anything shorter',
  async (t) => {
    const upper = createBackoff(() => 0.999999);
    const seconds = (atLeastMs?: number) => Math.round(upper.next(atLeastMs) / 1_000);
    upper.opened(20_000);
    t.same([seconds(), seconds(), seconds()], [1, 20, 20], 'the blip of one device is over at once');
    t.equal(seconds(5_000), 10, 'when the server wants it back counts more');
    t.same([seconds(), seconds(), seconds()], [20, 32, 64], 'a longer backoff stays');
    upper.reset();
    upper.opened(20_000);
    t.same([seconds(), seconds()], [1, 20], 'a session begins the series anew');
    upper.opened(undefined);
    t.same([seconds(), seconds()], [4, 8], 'a welcome that says nothing ends what another said');
    fc.assert(
      fc.property(
        fc.record({
          failures: fc.nat({ max: 40 }),
          atLeastMs: fc.option(fc.nat({ max: 86_400_000 }), { nil: undefined }),
          windowMs: fc.nat({ max: 10_000_000 }),
        }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ windowMs, ...plain }, share) => {
          const random = () => share;
          const before = reconnectPauseMs(plain, random);
          const pauseMs = reconnectPauseMs({ ...plain, windowMs }, random);
          if (reconnectPauseMs({ ...plain, windowMs: 0 }, random) !== before) return false;
          if (plain.atLeastMs !== undefined) return pauseMs === before && pauseMs >= plain.atLeastMs;
          const widest = Math.max(
            Math.min(windowMs, 300_000),
            Math.min(300_000, 1_000 * 2 ** plain.failures),
          );
          return pauseMs >= before && pauseMs === Math.floor(share * widest);
        },
      ),
    );
  },
);
