// Proves the journal on a real disk: what was appended is read back, through torn tails, bit flips, new segments and snapshots.
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createDisk } from '../../platform/disk.ts';
import type { Disk } from '../disk.ts';
import { noFailpoint } from '../failpoints.ts';
import { COMPACT_FROM_BYTES, SEGMENT_BYTES } from '../limits.ts';
import { createBallast } from './ballast.ts';
import { openJournal } from './journal.ts';

interface Note {
  readonly t: 'note';
  readonly at: number;
  readonly text: string;
}

const note = (at: number, text = ''): Note => ({ t: 'note', at, text });

function makeRoot(t: Test): string {
  const root = mkdtempSync(join(tmpdir(), 'muster-journal-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

function open(disk: Disk, known: Note[] = [], full: (isFull: boolean) => void = () => undefined) {
  const ballast = createBallast({ disk, failpoint: noFailpoint, monotonic: () => performance.now() });
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
  return openJournal<Note>({ disk, ballast, failpoint: noFailpoint, pause, snapshot: () => known, full });
}

function lastSegment(root: string): string {
  const names = readdirSync(join(root, 'journal')).sort();
  return join(root, 'journal', names.at(-1) ?? '');
}

const places = (records: readonly Note[]) => records.map(({ at }) => at);

t.test('what was appended is there after a start, in order, however the calls overlapped', async (t) => {
  const root = makeRoot(t);
  const { journal } = await open(createDisk(root));
  await Promise.all(Array.from({ length: 50 }, (_, at) => journal.append([note(at), note(at + 0.5)])));
  await journal.append([]);
  await journal.close();
  const { content } = await open(createDisk(root));
  t.same(
    places(content.records),
    Array.from({ length: 100 }, (_, at) => at / 2),
  );
  t.match(content, { cutBytes: 0, damagedBytes: 0, isSealed: false });
});

t.test(
  'a tail that was never completed is cut, and appending goes on behind the whole records',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), fc.boolean(), async (lost, isZeros) => {
        const root = makeRoot(t);
        const { journal } = await open(createDisk(root));
        for (const at of [1, 2, 3]) await journal.append([note(at, 'x'.repeat(60))]);
        await journal.close();
        const path = lastSegment(root);
        const { size } = statSync(path);
        truncateSync(path, size - lost);
        if (isZeros) appendFileSync(path, Buffer.alloc(lost * 3));
        const again = await open(createDisk(root));
        t.same(places(again.content.records), [1, 2]);
        t.ok(again.content.cutBytes + again.content.damagedBytes > 0);
        await again.journal.append([note(4)]);
        await again.journal.close();
        t.same(places((await open(createDisk(root))).content.records), [1, 2, 4]);
      }),
      { numRuns: 30 },
    );
  },
);

t.test('a flipped bit costs the batch it lies in and no other, is set aside, and is told', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 0, max: 7 }),
      async (ratio, bit) => {
        const root = makeRoot(t);
        const { journal } = await open(createDisk(root));
        const ends: number[] = [];
        for (let at = 0; at < 6; at++) {
          await journal.append([note(at, `text ${at}`)]);
          ends.push(statSync(lastSegment(root)).size);
        }
        await journal.close();
        const path = lastSegment(root);
        const bytes = readFileSync(path);
        const place = Math.floor(ratio * bytes.length);
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        writeFileSync(path, bytes);
        const hit = ends.findIndex((end) => place < end);
        const { content, journal: next } = await open(createDisk(root));
        t.same(
          places(content.records),
          [0, 1, 2, 3, 4, 5].filter((at) => at !== hit),
        );
        t.ok(content.damagedBytes + content.cutBytes > 0);
        if (hit < 5)
          t.equal(readdirSync(join(root, 'journal-damaged')).length, 1, 'a copy of what was damaged');
        await next.append([note(9)]);
        await next.close();
        t.ok(places((await open(createDisk(root))).content.records).includes(9));
      },
    ),
    { numRuns: 60 },
  );
});

t.test('a journal that grows is written anew from what is known, in segments of bounded size', async (t) => {
  const root = makeRoot(t);
  const known: Note[] = [];
  const { journal } = await open(createDisk(root), known);
  const text = 'y'.repeat(256 * 1024);
  const count = Math.ceil((3 * COMPACT_FROM_BYTES) / text.length);
  for (let at = 0; at < count; at++) {
    const one = note(at, text);
    known.splice(0, known.length, one);
    await journal.append([one]);
  }
  await journal.close();
  const sizes = readdirSync(join(root, 'journal')).map((name) => statSync(join(root, 'journal', name)).size);
  t.ok(sizes.every((size) => size < SEGMENT_BYTES + 2 * text.length));
  t.ok(sizes.reduce((sum, size) => sum + size, 0) < COMPACT_FROM_BYTES + 2 * SEGMENT_BYTES);
  const { content } = await open(createDisk(root));
  t.equal(content.records.at(-1)?.at, count - 1);
  t.ok(content.records.length < count);
});

t.test('a snapshot that was not completed is as if it had never begun', async (t) => {
  const root = makeRoot(t);
  const { journal } = await open(createDisk(root));
  for (const at of [1, 2]) await journal.append([note(at)]);
  await journal.close();
  const { frameBatch } = await import('./frames.ts');
  const snapshot = join(root, 'journal', '00000002.log');
  writeFileSync(snapshot, Buffer.concat([frameBatch([{ t: 'snapshot' }]), frameBatch([note(7)])]));
  t.same(places((await open(createDisk(root))).content.records), [1, 2]);
  t.notOk(readdirSync(join(root, 'journal')).includes('00000002.log'));
  writeFileSync(
    snapshot,
    Buffer.concat([
      frameBatch([{ t: 'snapshot' }]),
      frameBatch([note(7)]),
      frameBatch([{ t: 'snapshot-end' }]),
    ]),
  );
  t.same(places((await open(createDisk(root))).content.records), [7]);
  t.same(readdirSync(join(root, 'journal')), ['00000002.log'], 'what it replaces goes');
});

t.test('on a full disk the ballast is given up and the record is written', async (t) => {
  const root = makeRoot(t);
  const real = createDisk(root);
  let room = Number.POSITIVE_INFINITY;
  const noRoom = () => Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
  const disk: Disk = {
    ...real,
    async open(path) {
      const file = await real.open(path);
      return {
        ...file,
        async append(bytes) {
          if (room < bytes.length) {
            await file.append(bytes.subarray(0, room));
            throw noRoom();
          }
          room -= bytes.length;
          await file.append(bytes);
        },
      };
    },
    async remove(path) {
      if (path === 'ballast' && (await real.size(path)) !== null) room = 1e6;
      await real.remove(path);
    },
  };
  const told: boolean[] = [];
  const ballast = createBallast({ disk, failpoint: noFailpoint, monotonic: () => performance.now() });
  t.ok(await ballast.isThere());
  const { journal } = await open(disk, [], (isFull) => told.push(isFull));
  await journal.append([note(1)]);
  room = 10;
  await journal.append([note(2)]);
  t.same(told, [true, false]);
  await journal.close();
  t.same(places((await open(createDisk(root))).content.records), [1, 2]);
  t.equal(await real.size('ballast'), null);
});

t.test('a disk that fails otherwise ends the journal: nothing is promised after that', async (t) => {
  const root = makeRoot(t);
  const real = createDisk(root);
  let isBroken = false;
  const disk: Disk = {
    ...real,
    async open(path) {
      const file = await real.open(path);
      return {
        ...file,
        async datasync() {
          if (isBroken) throw Object.assign(new Error('io'), { code: 'EIO', syscall: 'fdatasync' });
          await file.datasync();
        },
      };
    },
  };
  const { journal } = await open(disk);
  await journal.append([note(1)]);
  isBroken = true;
  await t.rejects(journal.append([note(2)]), { code: 'EIO' });
  isBroken = false;
  await t.rejects(journal.append([note(3)]), { code: 'EIO' });
});
