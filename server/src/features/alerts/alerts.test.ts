// Proves alerts against the real database: each fires once, clears once, whatever is sent again or lost.
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createAnswerDurable } from '../../core/agents/durable.ts';
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { createDeviceNames } from '../devices/index.ts';
import type { AlertNews } from './deps.ts';
import { createAlerts } from './index.ts';
import { MAX_OPEN_ALERTS } from './limits.ts';
import { type AlertEvent, applyEvents, type LatestAlert } from './state.ts';
import { selectAlerts } from './store.ts';

/** What a device may send in a day here; an alert counts as 2 KiB. */
const QUOTA_BYTES = 2_000 * 2_048;

const at = new Date('2026-11-22T12:00:00.000Z');

function event(seq: number, state: AlertEvent['state'], changes: Partial<AlertEvent> = {}): AlertEvent {
  const name = { tenant: 1, idx: 0, rule: 'cpu_busy', series: 'system.cpu.busy' };
  return { ...name, seq, state, severity: 'warning', value: 0.95, threshold: 0.9, since: at, at, ...changes };
}

const stored = (seq: number, isOpen: boolean): LatestAlert => ({ ...event(seq, 'firing'), id: 7, isOpen });

t.test('what events make of alerts', async (t) => {
  t.match(applyEvents([], [event(1, 'firing')]), {
    inserts: [{ fired: { seq: 1 }, closing: null }],
    closes: [],
  });
  t.match(applyEvents([], [event(2, 'cleared'), event(1, 'firing')]), {
    inserts: [{ fired: { seq: 1 }, closing: { seq: 2 } }],
    closes: [],
  });
  t.match(applyEvents([stored(1, true)], [event(2, 'cleared'), event(3, 'firing')]), {
    inserts: [{ fired: { seq: 3 }, closing: null }],
    closes: [{ id: 7, seq: 2 }],
  });
  t.same(
    applyEvents([stored(5, true)], [event(5, 'firing'), event(4, 'cleared')]),
    { inserts: [], closes: [] },
    'sent again',
  );
  t.same(applyEvents([stored(5, true)], [event(6, 'firing')]), { inserts: [], closes: [] }, 'open already');
  t.same(
    applyEvents([stored(5, false)], [event(6, 'cleared')]),
    { inserts: [], closes: [] },
    'nothing is open',
  );
});

async function openFeature(t: Test) {
  const { sql, statements } = await openTestDatabase(t);
  await sql`INSERT INTO organization (tenant, id, name) VALUES (1, 'org_x', 'x')`;
  await sql`
    INSERT INTO device (tenant, idx, id, state, hostname, platform, agent_version, device_key, seal_key, token_id)
    SELECT 1, n, 'dev_' || n, 'active', 'web-' || n, '', '', sha256(n::text::bytea), sha256(n::text::bytea), 'tok_x'
    FROM generate_series(0, 99) AS n`;
  const announced: AlertNews[] = [];
  const alerts = createAlerts({
    sql,
    clock: systemClock,
    devices: createDeviceNames(sql),
    answerDurable: createAnswerDurable({ clock: systemClock, log: silentLog }, QUOTA_BYTES),
    announce: async (_tx, news) => void announced.push(...news),
    changed: () => undefined,
  });
  t.teardown(() => alerts.stop());
  const handlers: Parameters<AgentRoutes['message']>[1][] = [];
  const routes = { message: (_type: string, handler: (typeof handlers)[0]) => void handlers.push(handler) };
  alerts.register(routes as unknown as AgentRoutes);
  const answers: object[] = [];
  const send = (idx: number, message: Partial<AlertEvent> & { seq: number }, clockOffsetMs = 0) => {
    const session = {
      tenant: 1,
      idx,
      clockOffsetMs,
      send: (answer: object) => void answers.push(answer),
    } as unknown as Session;
    const {
      since = at,
      at: when = at,
      tenant: _tenant,
      idx: _idx,
      ...rest
    } = { ...event(message.seq, 'firing'), ...message };
    const full = { type: 'alert', ...rest, since: since.toISOString(), at: when.toISOString() };
    return handlers[0]?.(session, full as never);
  };
  const list = () =>
    selectAlerts(sql, 1, {
      filter: { idx: null, isOpen: null, isTaken: null, scope: null },
      after: null,
      limit: 500,
    });
  return { send, list, answers, announced, statements, forget: alerts.forget };
}

t.test('a message is acknowledged after it is stored, and storing it again changes nothing', async (t) => {
  const { send, list, answers, announced } = await openFeature(t);
  await send(0, { seq: 1 });
  await send(0, { seq: 1 });
  t.same(answers, [
    { type: 'ack', seqs: [1] },
    { type: 'ack', seqs: [1] },
  ]);
  t.match(await list(), [{ idx: 0, clearedAt: null }]);
  await send(0, { seq: 2, state: 'cleared', value: 0.5 });
  await send(0, { seq: 1 });
  t.match(await list(), [{ idx: 0, clearedAt: at, clearedValue: 0.5 }]);
  t.equal((await list()).length, 1);
  t.match(
    announced,
    [
      { idx: 0, isFiring: true, severity: 'warning', at },
      { idx: 0, isFiring: false, value: 0.5, at },
    ],
    'each change is announced once',
  );
  t.equal(announced.length, 2);
});

t.test('a device has so many open alerts and no more', async (t) => {
  const { send, list, answers } = await openFeature(t);
  const fire = (idx: number, count: number, from = 0) =>
    Promise.all(
      Array.from({ length: count }, (_, at) =>
        send(idx, { seq: from + at + 1, series: `disk-${from + at}` }),
      ),
    );
  await fire(0, MAX_OPEN_ALERTS - 10);
  t.match(answers.splice(0), Array(MAX_OPEN_ALERTS - 10).fill({ type: 'ack' }));
  await Promise.all([fire(0, 15, 1_000), fire(1, 1)]);
  const nacks = answers.splice(0).filter((answer) => 'code' in answer);
  t.match(nacks, Array(5).fill({ type: 'nack', code: 'E_QUOTA', message: /500 open alerts/ }));
  t.equal(nacks.length, 5, 'also within one batch, and another device does not notice');
  const all = await list();
  t.equal(all.length, 500, 'a page of them');
  await send(0, { seq: 2_000, series: 'disk-7', state: 'cleared' });
  await send(0, { seq: 2_001, series: 'disk-7', state: 'firing' });
  await send(0, { seq: 2_002, series: 'disk-one-more', state: 'firing' });
  t.match(
    answers.map((answer) => ('code' in answer ? answer.code : 'ack')),
    ['ack', 'ack', 'E_QUOTA'],
    'what ends makes room for one',
  );
});

t.test('a hundred devices share a constant number of statements', async (t) => {
  const { send, list, statements } = await openFeature(t);
  await send(0, { seq: 1 });
  const before = statements();
  await Promise.all(Array.from({ length: 99 }, (_, n) => send(n + 1, { seq: 1 })));
  t.ok(statements() - before <= 10, `${statements() - before} statements`);
  t.equal((await list()).length, 100);
});

t.test('a time that lies in the future becomes now', async (t) => {
  const { send, list } = await openFeature(t);
  await send(0, {
    seq: 1,
    at: new Date('2099-01-01T00:00:00.000Z'),
    since: new Date('2099-01-01T00:00:00.000Z'),
  });
  const [row] = await list();
  t.ok(row !== undefined && row.firedAt.getTime() <= Date.now() + 1000);
});

t.test(
  'a clock a year slow gives alerts of today, and a time that cannot be is never asked for again',
  async (t) => {
    const { send, list, answers } = await openFeature(t);
    const year = 365 * 86_400_000;
    const then = new Date(Date.now() - year);
    await send(0, { seq: 1, at: then, since: then }, -year);
    const [row] = await list();
    t.ok(row !== undefined && Math.abs(row.firedAt.getTime() - Date.now()) < 60_000);
    await send(0, { seq: 2, at: new Date('0001-01-01T00:00:00.000Z') });
    t.match(answers.at(-1), { type: 'nack', seq: 2, code: 'E_RANGE' });
  },
);

t.test('a retired device leaves no open alert', async (t) => {
  const { send, list, forget } = await openFeature(t);
  await send(3, { seq: 1 });
  await send(4, { seq: 1 });
  await forget(1, 3);
  t.same(
    (await list()).filter((row) => row.clearedAt === null).map((row) => row.idx),
    [4],
  );
});

t.test('any sequence with repetitions leaves what a simple model leaves', async (t) => {
  const { send, list } = await openFeature(t);
  let idx = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 3 })), { maxLength: 12 }),
      async (steps) => {
        const device = idx++ % 100;
        const before = (await list()).filter((row) => row.idx === device).length;
        let isOpen = false;
        let count = before;
        let seq = 1000 * idx;
        for (const [firing, times] of steps) {
          seq++;
          await Promise.all(
            Array.from({ length: times }, () => send(device, { seq, state: firing ? 'firing' : 'cleared' })),
          );
          if (firing && !isOpen) count++;
          isOpen = firing;
        }
        await send(device, { seq: seq + 1, state: 'cleared' });
        const rows = (await list()).filter((row) => row.idx === device);
        t.equal(rows.length, count);
        t.equal(rows.filter((row) => row.clearedAt === null).length, 0);
      },
    ),
    { numRuns: 20 },
  );
});
