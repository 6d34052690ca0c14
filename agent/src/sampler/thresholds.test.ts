// Tests of thresholds: a naive model over random histories with restarts and gaps, the rules, and what is kept on disk.
import { defaultRules, type ThresholdRule, watchesInstance } from '@muster/protocol';
import fc from 'fast-check';
import t from 'tap';
import { createStorage } from '../platform/storage.ts';
import { formatAlertFile, parseAlertFile, readAlertFile } from './alert-file.ts';
import type { AlertEvent } from './alert-state.ts';
import { ALERT_GAP_MS, ALERT_GONE_MS, MAX_ALERT_STATES } from './limits.ts';
import { createSeriesTable } from './series-table.ts';
import { createThresholds } from './thresholds.ts';

const filling: ThresholdRule = {
  name: 'filling',
  metric: 'system.filesystem.utilization',
  bad: 'above',
  threshold: 0.8,
  clearAt: 0.6,
  forMs: 30_000,
  clearForMs: 20_000,
  severity: 'warning',
};
const available: ThresholdRule = {
  name: 'available',
  metric: 'system.linux.memory.available',
  bad: 'below',
  threshold: 20,
  clearAt: 40,
  forMs: 0,
  clearForMs: 0,
  severity: 'critical',
};

/** A table of two filesystems and the memory, and an evaluator over it that can be restarted. */
function setUp(rules: readonly ThresholdRule[] = [filling, available]) {
  const table = createSeriesTable();
  const series = [
    table.series('system.filesystem.utilization', '/'),
    table.series('system.filesystem.utilization', '/home'),
    table.series('system.linux.memory.available'),
  ];
  let thresholds = createThresholds({ rules, processors: 2 });
  let atMs = 1_700_000_000_000;
  return {
    /** Evaluates one sample of [/, /home, available]; null has no value. */
    step(values: readonly (number | null)[], elapsedMs = 10_000): readonly AlertEvent[] {
      atMs += Number.isNaN(elapsedMs) ? 1_000_000 : elapsedMs;
      table.begin(atMs);
      for (const [index, value] of values.entries()) {
        const one = series[index];
        if (value !== null && one !== undefined) table.set(one, value);
      }
      return thresholds.evaluate(table, { atMs, elapsedMs });
    },
    restart(agoMs: number, newRules = rules) {
      const text = formatAlertFile(thresholds.serialize(), 0);
      thresholds = createThresholds({
        rules: newRules,
        processors: 2,
        restored: parseAlertFile(text, agoMs),
      });
    },
    states: () => thresholds.serialize(),
    now: () => atMs,
  };
}

/** The rule in the plainest words, for one series. */
function createModel(rule: ThresholdRule) {
  let isOpen = false;
  let badMs: number | null = null;
  let goodMs: number | null = null;
  let silentMs = 0;
  const forget = () => {
    badMs = null;
    goodMs = null;
  };
  function step(value: number | null, elapsedMs: number): 'firing' | 'cleared' | null {
    const ms = Number.isNaN(elapsedMs) ? 0 : elapsedMs;
    if (Number.isNaN(elapsedMs)) forget();
    if (value === null) {
      silentMs += ms;
      if (silentMs >= ALERT_GAP_MS) forget();
      if (!isOpen || silentMs < ALERT_GONE_MS) return null;
      isOpen = false;
      forget();
      return 'cleared';
    }
    silentMs = 0;
    const isBad = rule.bad === 'above' ? value > rule.threshold : value < rule.threshold;
    const isGood = rule.bad === 'above' ? value <= rule.clearAt : value >= rule.clearAt;
    badMs = isBad ? (badMs === null ? 0 : badMs + ms) : null;
    goodMs = isGood ? (goodMs === null ? 0 : goodMs + ms) : null;
    if (!isOpen && badMs !== null && badMs >= rule.forMs) {
      isOpen = true;
      goodMs = null;
      return 'firing';
    }
    if (!isOpen || goodMs === null || goodMs < rule.clearForMs) return null;
    isOpen = false;
    return 'cleared';
  }
  return { step, forget };
}

const value = fc.oneof(
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 3, arbitrary: fc.constantFrom(0.9, 0.9, 0.3, 0.3, 0.6, 0.7, 0.8, null) },
);
const memory = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(20, 40, null));
const sample = fc.record({
  kind: fc.constant('sample' as const),
  values: fc.tuple(value, value, memory),
  elapsedMs: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(10_000, 9_990, 14_000) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, 400_000) },
  ),
  times: fc.integer({ min: 1, max: 8 }),
});
const restart = fc.record({
  kind: fc.constant('restart' as const),
  agoMs: fc.constantFrom(0, 5_000, ALERT_GAP_MS, ALERT_GAP_MS + 1, 1e9, -1),
});

t.test('every history gives the events the rules say in plain words, over gaps and restarts', async (t) => {
  let events = 0;
  const history = fc.array(fc.oneof({ weight: 8, arbitrary: sample }, { weight: 1, arbitrary: restart }), {
    minLength: 10,
    maxLength: 60,
    size: 'max',
  });
  fc.assert(
    fc.property(history, (steps) => {
      const real = setUp();
      const models = [filling, filling, available].map(createModel);
      const names = ['/', '/home', ''];
      for (const step of steps) {
        if (step.kind === 'restart') {
          real.restart(step.agoMs);
          const isShort = step.agoMs >= 0 && step.agoMs <= ALERT_GAP_MS;
          if (!isShort) for (const model of models) model.forget();
          continue;
        }
        for (let time = 0; time < step.times; time++) {
          const found = real
            .step(step.values, step.elapsedMs)
            .map(({ rule, series, state }) => `${rule} ${series} ${state}`);
          const wanted = models.flatMap((model, index) => {
            const event = model.step(step.values[index] ?? null, step.elapsedMs);
            const series =
              index === 2
                ? 'system.linux.memory.available'
                : `system.filesystem.utilization{mountpoint=${names[index]}}`;
            return event === null ? [] : [`${index === 2 ? 'available' : 'filling'} ${series} ${event}`];
          });
          events += wanted.length;
          if (JSON.stringify(found.sort()) !== JSON.stringify(wanted.sort())) return false;
        }
      }
      return true;
    }),
    { numRuns: 200 },
  );
  t.ok(events > 500, 'and there were events to compare');
});

t.test('an alert says since when, which value and which limit, fires once and clears once', async (t) => {
  const { step, now, states } = setUp();
  t.same(step([0.9, 0.1, null]), []);
  const since = now();
  step([0.95, 0.1, null]);
  step([0.85, 0.1, null]);
  const [fired, ...others] = step([0.97, 0.1, null]);
  t.same(others, []);
  t.same(fired, {
    rule: 'filling',
    series: 'system.filesystem.utilization{mountpoint=/}',
    state: 'firing',
    severity: 'warning',
    value: 0.97,
    threshold: 0.8,
    sinceMs: since,
    atMs: since + 30_000,
  });
  for (let time = 0; time < 20; time++) t.same(step([time % 2 ? 0.99 : 0.7, 0.1, null]), [], 'stays quiet');
  step([0.5, 0.1, null]);
  step([0.7, 0.1, null]);
  step([0.6, 0.1, null]);
  t.same(step([0.5, 0.1, null]), [], 'the band between breaks the time off');
  const [cleared] = step([0.5, 0.1, null]);
  t.match(cleared, { state: 'cleared', value: 0.5, sinceMs: since, atMs: now() });
  t.same(states(), [], 'nothing is left to keep');
});

t.test(
  'an open alert outlives a long restart and is not fired again; its rule may change or go',
  async (t) => {
    const { step, restart, states } = setUp();
    step([null, null, 10]);
    t.match(states(), [{ rule: 'available', phase: 'firing' }]);
    restart(1e9);
    t.same(step([null, null, 15]), []);
    restart(1e9, [filling, { ...available, threshold: 30, clearAt: 31, severity: 'warning' }]);
    t.match(step([null, null, 35]), [{ state: 'cleared', severity: 'warning', threshold: 30 }]);
    t.match(step([null, null, 10]), [{ state: 'firing' }]);
    restart(0, [filling]);
    t.match(step([null, null, 10]), [{ rule: 'available', state: 'cleared' }], 'no rule, no alert');
    t.same(step([null, null, 10]), []);
  },
);

t.test('an alert whose series never comes back is over, but not while the device sleeps', async (t) => {
  const { step, restart } = setUp();
  for (let time = 0; time < 4; time++) step([0.9, 0.9, null]);
  restart(5_000);
  const found: AlertEvent[] = [];
  for (let time = 0; time < 200; time++) found.push(...step([null, null, null], Number.NaN));
  t.same(found, [], 'gaps alone end nothing');
  for (let time = 0; time < 95; time++) found.push(...step([null, 0.9, null]));
  t.match(found, [{ series: 'system.filesystem.utilization{mountpoint=/}', state: 'cleared', value: 0.9 }]);
});

t.test('limits for each processor, patterns of instances, and sensible default rules', async (t) => {
  const table = createSeriesTable();
  const load = table.series('system.cpu.load_average.5m');
  const rules = defaultRules
    .filter(({ name }) => name === 'load_high')
    .map((rule) => ({ ...rule, forMs: 0 }));
  const thresholds = createThresholds({ rules, processors: 8 });
  table.begin(0);
  table.set(load, 32);
  t.same(thresholds.evaluate(table, { atMs: 0, elapsedMs: 10_000 }), []);
  table.set(load, 32.1);
  t.match(thresholds.evaluate(table, { atMs: 0, elapsedMs: 10_000 }), [{ value: 32.1, threshold: 32 }]);
  t.ok(watchesInstance({ ...filling, instance: '/srv*' }, '/srv/a'));
  t.notOk(watchesInstance({ ...filling, instance: '/srv*' }, '/'));
  t.notOk(watchesInstance({ ...filling, instance: '/srv' }, '/srv/a'));
  t.ok(watchesInstance(filling, '/anything'));
  t.equal(new Set(defaultRules.map(({ name }) => name)).size, defaultRules.length);
  for (const rule of defaultRules) {
    t.match(rule.name, /^[a-z][a-z0-9_]{0,47}$/);
    const sign = rule.bad === 'above' ? 1 : -1;
    t.ok(sign * rule.clearAt < sign * rule.threshold, `${rule.name} clears on the good side`);
    t.ok(rule.forMs >= 60_000 && rule.clearForMs >= 60_000, `${rule.name} waits`);
  }
});

t.test('the file of states is read back whatever stands in it', async (t) => {
  const { step, states } = setUp();
  step([0.9, null, 10]);
  const kept = states();
  t.equal(kept.length, 2);
  t.same(parseAlertFile(formatAlertFile(kept, 1_000), 4_000), { states: kept, agoMs: 3_000 });
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => Array.isArray(parseAlertFile(text, 0).states)),
  );
  const [one] = kept;
  const mixed = JSON.stringify({
    atMs: 1,
    states: [one, null, 5, { ...one, phase: 'odd' }, { ...one, heldMs: 'x' }],
  });
  t.same(parseAlertFile(mixed, 1).states, [one], 'what is not a state is left out');
  t.same(parseAlertFile('{"atMs":"x","states":{}}', 1), { states: [], agoMs: Number.NaN });
  const storage = createStorage(t.testdir());
  t.same((await readAlertFile(storage, 'alerts.json', 0)).states, []);
  await storage.writeAtomic('alerts.json', Buffer.from(formatAlertFile(kept, 0)));
  t.same((await readAlertFile(storage, 'alerts.json', 9)).states, kept);
  const many = Array.from({ length: 3 * MAX_ALERT_STATES }, (_, index) => ({
    ...kept[0],
    series: `s${index}`,
  }));
  const restored = parseAlertFile(JSON.stringify({ atMs: 0, states: many }), 0);
  t.equal(
    createThresholds({ rules: [filling], processors: 1, restored }).serialize().length,
    MAX_ALERT_STATES,
  );
});
