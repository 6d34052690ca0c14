// The batch writer: when it sends, what it promises, and what poison, floods and a lost database do to it.
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { fail } from '../errors.ts';
import { type BatchOptions, createBatchWriter } from './batch-writer.ts';
import { createTestClock } from './testing/clock.ts';

/** A store of numbers: what it holds, every call it got, and how it behaves. */
function makeStore(options: Partial<BatchOptions<number>> = {}) {
  const clock = createTestClock();
  const calls: number[][] = [];
  const stored: number[] = [];
  const state: {
    failure: ((rows: number[]) => Error | undefined) | undefined;
    gate: Promise<void> | undefined;
  } = {
    failure: undefined,
    gate: undefined,
  };
  const writer = createBatchWriter<number>({
    name: 'numbers',
    clock,
    maxQueued: 1_000,
    maxRows: 4,
    async flush(rows) {
      calls.push(rows);
      await state.gate;
      const failure = state.failure?.(rows);
      if (failure) throw failure;
      stored.push(...rows);
    },
    ...options,
  });
  return { clock, calls, stored, state, writer };
}

function makeGate(): { promise: Promise<void>; open: () => void } {
  let open = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

t.test(
  'rows are sent when the batch is full or the oldest has waited 50 ms, and answered after that',
  async (t) => {
    const { clock, calls, writer } = makeStore();
    let isAnswered = false;
    const first = writer.write(1).then(() => {
      isAnswered = true;
    });
    await clock.advance(49);
    t.same(calls, []);
    t.notOk(isAnswered);
    await clock.advance(1);
    await first;
    t.same(calls, [[1]]);
    const more = [2, 3, 4, 5, 6].map((row) => writer.write(row));
    await clock.advance(0);
    t.same(calls.at(-1), [2, 3, 4, 5], 'a full batch does not wait');
    await clock.advance(50);
    await Promise.all(more);
    t.same(calls.at(-1), [6]);
    t.same(writer.stats(), { stored: 6, refused: 0, batches: 3, retries: 0, queued: 0 });
    t.equal(clock.pending(), 0, 'an idle writer leaves no timer');
  },
);

t.test('without a wait the rows of a turn go together when it ends, and no clock is asked', async (t) => {
  const gate = makeGate();
  const { clock, calls, state, writer } = makeStore({ maxMs: 0, inFlight: 1 });
  const together = [writer.write(1), writer.write(2)];
  t.same(calls, []);
  await Promise.all(together);
  t.same(calls, [[1, 2]]);
  state.gate = gate.promise;
  const first = writer.write(3);
  await setImmediate();
  const others = [writer.write(4), setImmediate().then(() => writer.write(5))];
  await setImmediate();
  await setImmediate();
  t.same(calls, [[1, 2], [3]], 'while one is under way the next gathers');
  gate.open();
  await Promise.all([first, ...others]);
  t.same(calls.at(-1), [4, 5]);
  t.equal(clock.pending(), 0);
  const last = writer.write(6);
  await writer.drain();
  await last;
  t.equal(calls.length, 4, 'once each');
});

t.test('two batches are under way at most, and rows beyond the room are refused as busy', async (t) => {
  const { clock, calls, state, writer } = makeStore({ maxQueued: 14 });
  const gate = makeGate();
  state.gate = gate.promise;
  const writes = Array.from({ length: 14 }, (_, row) => writer.write(row));
  await clock.advance(1_000);
  t.equal(calls.length, 2);
  t.equal(writer.size(), 14);
  await t.rejects(writer.write(99), { code: 'E_BUSY', retryable: true, message: /numbers/ });
  gate.open();
  await clock.advance(100);
  await Promise.all(writes);
  t.equal(writer.size(), 0);
  t.same(
    calls.flat().sort((a, b) => a - b),
    Array.from({ length: 14 }, (_, row) => row),
  );
});

t.test('while the database is gone rows wait, and all of them are stored once it is back', async (t) => {
  const { clock, stored, state, writer } = makeStore();
  state.failure = () => withCode('ECONNREFUSED');
  const writes = Array.from({ length: 30 }, (_, row) => writer.write(row));
  await clock.advance(600_000);
  t.equal(writer.size(), 30, 'nobody was refused');
  t.same(stored, []);
  state.failure = undefined;
  await clock.advance(10_000);
  await Promise.all(writes);
  t.equal(new Set(stored).size, 30);
  t.ok(writer.stats().retries > 10);
  t.ok(writer.stats().retries < 1_000, 'it does not hammer');
});

t.test('poison rows are refused with their own fault, all others are stored', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 5 }), async (poison) => {
      const { clock, stored, state, writer } = makeStore({ maxRows: 64 });
      state.failure = (rows) => {
        const found = rows.find((row) => poison.includes(row));
        return found === undefined ? undefined : withCode(`22P02 ${found}`);
      };
      const writes = Array.from({ length: 64 }, (_, row) => writer.write(row));
      const answers = Promise.allSettled(writes);
      await clock.advance(50);
      const refused = (await answers).flatMap((answer, row) => (answer.status === 'rejected' ? [row] : []));
      t.strictSame(
        refused,
        poison.toSorted((a, b) => a - b),
      );
      t.equal(stored.length, 64 - poison.length);
      t.equal(writer.stats().refused, poison.length);
    }),
    { numRuns: 30 },
  );
});

t.test('a batch in which every row is poison costs a bounded number of statements', async (t) => {
  const { clock, calls, state, writer } = makeStore({ maxRows: 1_000, maxQueued: 5_000 });
  state.failure = () => withCode('42P01');
  const answers = Promise.allSettled(Array.from({ length: 1_000 }, (_, row) => writer.write(row)));
  await clock.advance(50);
  t.ok((await answers).every((answer) => answer.status === 'rejected'));
  t.ok(calls.length <= 250, `${calls.length} calls`);
  state.failure = undefined;
  const after = writer.write(1);
  await clock.advance(50);
  await t.resolves(after, 'the writer goes on');
});

t.test('rows among too much poison are told to come again, never with the fault of another', async (t) => {
  const { clock, state, writer } = makeStore({ maxRows: 1_000, maxQueued: 5_000 });
  const isPoison = (row: number) => row % 7 === 0;
  state.failure = (rows) => (rows.some(isPoison) ? withCode('22P02 poison') : undefined);
  const answers = Promise.allSettled(Array.from({ length: 1_000 }, (_, row) => writer.write(row)));
  await clock.advance(50);
  const refused = (await answers).flatMap((answer, row) =>
    answer.status === 'rejected' && !isPoison(row) ? [answer.reason] : [],
  );
  t.ok(refused.length > 0, `${refused.length} rows that nothing was wrong with`);
  t.ok(refused.every((error) => error.code === 'E_UNAVAILABLE' && error.retryable === true));
});

t.test('a batch that keeps timing out is taken apart after a few attempts', async (t) => {
  const { clock, stored, state, writer } = makeStore();
  state.failure = (rows) => (rows.includes(3) ? withCode('57014') : undefined);
  const writes = Promise.allSettled([1, 2, 3, 4].map((row) => writer.write(row)));
  await clock.advance(120_000);
  t.same(
    (await writes).map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  );
  t.same(stored.toSorted(), [1, 2, 4]);
});

t.test('rows of one key keep their order, whatever fails and however many batches there are', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 }),
      fc.infiniteStream(fc.boolean()),
      async (keys, luck) => {
        const { clock, stored, state, writer } = makeStore({ keyOf: (row) => row % 5, inFlight: 3 });
        state.failure = () => (luck.next().value ? undefined : withCode('40P01'));
        // A row is its place in line times 5 plus its key.
        const rows = keys.map((key, place) => place * 5 + key);
        const answers = Promise.allSettled(rows.map((row) => writer.write(row)));
        await clock.advance(3_600_000);
        await answers;
        for (let key = 0; key < 5; key += 1) {
          const ofKey = stored.filter((row) => row % 5 === key);
          t.strictSame(
            ofKey,
            ofKey.toSorted((a, b) => a - b),
          );
        }
        t.equal(writer.size(), 0);
      },
    ),
    { numRuns: 40 },
  );
});

t.test('draining sends at once and waits for everything', async (t) => {
  const { stored, writer } = makeStore();
  const writes = [1, 2, 3, 4, 5].map((row) => writer.write(row));
  await writer.drain();
  t.equal(stored.length, 5);
  await Promise.all(writes);
  await writer.drain();
  t.equal(writer.size(), 0);
});

t.test('stopping refuses new rows, stores what it can and tells the others to send again', async (t) => {
  const { clock, stored, state, writer } = makeStore();
  const kept = writer.write(1);
  const stopping = writer.stop();
  await t.rejects(writer.write(2), { code: 'E_UNAVAILABLE' });
  await clock.advance(0);
  await Promise.all([kept, stopping]);
  t.same(stored, [1]);

  const lost = makeStore();
  lost.state.failure = () => fail('E_UNAVAILABLE');
  const never = makeStore();
  never.state.gate = new Promise(() => {});
  const answers = Promise.allSettled([
    lost.writer.write(1),
    ...[1, 2, 3, 4, 5].map((row) => never.writer.write(row)),
  ]);
  const stops = Promise.all([lost.writer.stop(), never.writer.stop()]);
  await lost.clock.advance(10_000);
  await never.clock.advance(10_000);
  await stops;
  for (const answer of await answers)
    t.match(answer, { status: 'rejected', reason: { code: 'E_UNAVAILABLE' } });
  t.equal(lost.clock.pending(), 0, 'nothing keeps running');
  t.equal(state.failure, undefined);
});
