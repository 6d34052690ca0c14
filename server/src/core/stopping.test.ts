// Stopping in order and in time, a process that does not end, and a clock on which nothing begins after its end.
import t from 'tap';
import { PART_STOP_MS, PROCESS_END_MS } from '../timing.ts';
import { createLogger } from './log.ts';
import { createEndingClock, createEndWatch, stopParts } from './stopping.ts';
import { createTestClock } from './testing/clock.ts';
import { until } from './testing/until.ts';

/** A log whose lines are kept. */
function keepLog() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { log: createLogger({ level: 'info', destination }), lines };
}

t.test('parts stop stage by stage; one that hangs or fails is named and left behind', async (t) => {
  const clock = createTestClock();
  const { log, lines } = keepLog();
  const order: string[] = [];
  const part = (name: string, work: () => unknown = () => undefined) => ({
    name,
    stop() {
      order.push(name);
      return work();
    },
  });
  const fault = () => {
    throw new Error('broken');
  };
  const doing: string[] = [];
  const stopped = stopParts(
    [
      [part('first')],
      [
        part('hangs', () => new Promise(() => undefined)),
        part('beside', async () => order.push('beside over')),
      ],
      [part('throws', fault), part('rejects', async () => fault())],
      [
        {
          ...part(
            'slow',
            () => new Promise((resolve) => void clock.after(PART_STOP_MS + 1, () => resolve(0))),
          ),
          withinMs: 2 * PART_STOP_MS,
        },
      ],
      [part('last')],
    ],
    { clock, log, doing: (what) => doing.push(what) },
  );
  await clock.advance(PART_STOP_MS - 1);
  t.same(order, ['first', 'hangs', 'beside', 'beside over'], 'what comes after it waits for it');
  await clock.advance(1);
  await clock.advance(PART_STOP_MS + 1);
  t.same(await stopped, ['hangs', 'throws', 'rejects']);
  t.same(order.slice(4), ['throws', 'rejects', 'slow', 'last'], 'the others are stopped all the same');
  t.same(
    doing,
    ['first', 'hangs, beside', 'throws, rejects', 'slow', 'last'].map((one) => `stopping ${one}`),
  );
  t.match(lines, [
    { level: 'error', part: 'hangs', waitedMs: PART_STOP_MS, resources: Array, msg: /did not stop in time/ },
    { level: 'error', part: 'throws', err: { message: 'broken' } },
    { level: 'error', part: 'rejects', err: { message: 'broken' } },
  ]);
  t.equal(lines.length, 3);
  t.equal(clock.pending(), 0, 'nothing is left of the waiting');
});

t.test('a process that does not end says what it was doing, and ends', async (t) => {
  const { log, lines } = keepLog();
  let ends = 0;
  const make = () =>
    createEndWatch(log, () => {
      ends += 1;
    });
  const stopping = make();
  stopping.doing('stopping sessions');
  stopping.begin(1);
  const ended = make();
  ended.stopped();
  // Both keep no process alive, this one neither.
  const alive = setInterval(() => undefined, 1_000);
  t.teardown(() => clearInterval(alive));
  await until('both have had their time', () => ends === 2);
  t.match(lines, [
    { level: 'error', doing: 'stopping sessions', waitedMs: 1, msg: /did not stop in time/ },
    {
      level: 'error',
      doing: 'ending',
      waitedMs: PROCESS_END_MS,
      resources: /./,
      msg: /something keeps its process/,
    },
  ]);
});

t.test('on a clock that has ended nothing waits and nothing begins', async (t) => {
  const under = createTestClock();
  const clock = createEndingClock(under);
  const run: string[] = [];
  clock.after(1, () => {
    run.push('in time');
    clock.after(1, () => run.push('after it'));
  });
  clock.after(1, () => run.push('canceled'))();
  clock.after(10, () => run.push('too late'));
  await under.advance(2);
  t.same(run, ['in time', 'after it']);
  t.same([clock.now(), clock.monotonic()], [under.now(), under.monotonic()]);
  t.equal(under.pending(), 1);
  clock.end();
  t.equal(under.pending(), 0);
  clock.after(0, () => run.push('never'))();
  clock.end();
  await under.advance(100);
  t.same(run, ['in time', 'after it']);
});
