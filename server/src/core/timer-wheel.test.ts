// The timer wheel against a naive list of timers, with random delays, cancels, jumps and timers set by timers.
import fc from 'fast-check';
import t from 'tap';
import { createTestClock } from './testing/clock.ts';
import { createTimerWheel } from './timer-wheel.ts';

const TICK_MS = 10;
/** Longer delays are cut to this. */
const LONGEST_TICKS = 64 ** 4 - 1;

type Step =
  | { readonly act: 'schedule'; readonly delayMs: number }
  | { readonly act: 'cancel'; readonly which: number }
  | { readonly act: 'advance'; readonly ms: number };

/** Delays around every level's borders, and jumps from less than a tick to days. */
const delay = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: 0, max: 60_000_000 }),
  fc.constantFrom(0, 1, 630, 640, 650, 40_950, 40_960, 40_970, 2_621_430, 2_621_440, 167_772_150),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('schedule' as const), delayMs: delay }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('cancel' as const), which: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('advance' as const), ms: delay }) },
);

/** A clock that only has the one timer the wheel may use, so that a jump costs nothing. */
function makeJumpClock() {
  let nowMs = 12_345.678;
  let timer: (() => void) | undefined;
  let armed = 0;
  return {
    clock: {
      now: () => nowMs,
      monotonic: () => nowMs,
      after(_delayMs: number, action: () => void) {
        timer = action;
        armed += 1;
        return () => {
          timer = undefined;
        };
      },
    },
    jump(ms: number) {
      nowMs += ms;
      const run = timer;
      timer = undefined;
      run?.();
    },
    armed: () => armed,
    isArmed: () => timer !== undefined,
  };
}

t.test('each timer runs once, never early, at the first look after its tick, unless it was canceled', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { clock, jump, isArmed } = makeJumpClock();
      const due: number[] = [];
      const wheel = createTimerWheel({ clock, tickMs: TICK_MS, onDue: (payload) => due.push(payload) });
      const startMs = clock.monotonic();
      const model = new Map<number, number>();
      const handles: number[] = [];
      for (const { act, ...rest } of steps) {
        if (act === 'schedule' && 'delayMs' in rest) {
          const payload = handles.length;
          // A timer that is due already waits for the next tick.
          const nowTick = Math.floor((clock.monotonic() - startMs) / TICK_MS);
          const tick = Math.ceil((clock.monotonic() - startMs + rest.delayMs) / TICK_MS);
          model.set(payload, Math.min(Math.max(tick, nowTick + 1), nowTick + LONGEST_TICKS));
          handles.push(wheel.schedule(rest.delayMs, payload));
        } else if (act === 'cancel' && 'which' in rest) {
          const handle = handles[rest.which];
          if (handle !== undefined && wheel.cancel(handle) !== model.delete(rest.which)) return false;
        } else if ('ms' in rest) {
          jump(rest.ms);
          const tick = Math.floor((clock.monotonic() - startMs) / TICK_MS);
          const expected = [...model].filter(([, at]) => at <= tick);
          for (const [payload] of expected) model.delete(payload);
          const ran = due.splice(0);
          const order = expected.toSorted(([, a], [, b]) => a - b).map(([payload]) => payload);
          if (ran.length !== order.length || !sameMoments(ran, expected)) return false;
        }
        if (wheel.size() !== model.size || isArmed() !== model.size > 0) return false;
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.pass('300 random lives');
  t.end();
});

/** The same timers, in the order of their ticks (within one tick any order). */
function sameMoments(ran: readonly number[], expected: readonly (readonly [number, number])[]): boolean {
  const ticks = new Map(expected);
  const moments = ran.map((payload) => ticks.get(payload) ?? Number.NaN);
  return (
    moments.every((tick, index) => index === 0 || tick >= (moments[index - 1] ?? 0)) &&
    !moments.includes(Number.NaN)
  );
}

t.test('a timer may set and cancel others, and old handles are harmless', async (t) => {
  const clock = createTestClock();
  const seen: number[] = [];
  let victim = -1;
  const wheel = createTimerWheel({
    clock,
    tickMs: TICK_MS,
    onDue(payload) {
      seen.push(payload);
      if (payload === 1) {
        wheel.schedule(0, 2);
        wheel.cancel(victim);
      }
      if (payload === 2 && seen.length < 6) wheel.schedule(640, 2);
    },
  });
  const first = wheel.schedule(50, 1);
  victim = wheel.schedule(60, 99);
  await clock.advance(10_000);
  t.same(seen, [1, 2, 2, 2, 2, 2]);
  t.notOk(wheel.cancel(first));
  t.notOk(wheel.cancel(victim));
  const reused = wheel.schedule(10, 3);
  t.notOk(wheel.cancel(first), 'the handle of an earlier timer in the same place');
  t.ok(wheel.cancel(reused));
  for (const nonsense of [-1, 1.5, Number.NaN, 2 ** 40, Number.POSITIVE_INFINITY])
    t.notOk(wheel.cancel(nonsense));
  t.equal(clock.pending(), 0, 'an empty wheel turns nothing');
});

t.test('it takes many timers and no more than it was told, and stopping forgets them', async (t) => {
  const clock = createTestClock();
  let ran = 0;
  const wheel = createTimerWheel({
    clock,
    maxTimers: 100_000,
    onDue() {
      ran += 1;
    },
  });
  for (let count = 0; count < 100_000; count += 1) wheel.schedule(count % 60_000, count);
  t.throws(() => wheel.schedule(1, 1), { code: 'E_BUSY' });
  await clock.advance(30_000);
  t.equal(ran, 60_002, 'those of up to 30 s, and no other');
  t.equal(wheel.size(), 100_000 - ran);
  wheel.stop();
  t.equal(wheel.size(), 0);
  t.equal(clock.pending(), 0);
  wheel.schedule(100, 1);
  await clock.advance(200);
  t.equal(wheel.size(), 0, 'it can be used again');
});
