// Proves acknowledging against the real database: the first has it, it ends with the alert, it holds back what was not told, and all of it is in the audit.
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createAnswerDurable } from '../../core/agents/durable.ts';
import type { AgentRoutes, Session } from '../../core/agents/session.ts';
import { systemClock } from '../../core/clock.ts';
import { createPool, type RawSql } from '../../core/db/pool.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import type { Principal } from '../../core/http/permission.ts';
import { createHttp } from '../../core/http/server.ts';
import { silentLog } from '../../core/log.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { makePrincipal } from '../../core/testing/principal.ts';
import { until } from '../../core/testing/until.ts';
import { createDeviceNames } from '../devices/index.ts';
import { judge } from './acknowledge.ts';
import type { AlertNews } from './deps.ts';
import { createAlerts } from './index.ts';
import { MAX_ACKNOWLEDGED_AT_ONCE, MAX_COMMENT_CHARS } from './limits.ts';
import type { Acknowledgment, Alert } from './schema.ts';
import { closeAlerts, lockSome, selectAlerts } from './store.ts';

const permissions = new Set(['alerts.read', 'alerts.acknowledge']);
const anna = { person: 'per_anna', name: 'Anna Adler', handle: 'anna', via: 'session' } as const;
const ben = { person: 'per_ben', name: 'Ben Berg', handle: 'ben', via: 'session' } as const;
const carl = { person: 'per_carl', name: 'carl', handle: 'carl', via: 'token' } as const;
const people = [anna, ben, carl];

interface Answer {
  readonly status: number;
  readonly body: Acknowledgment &
    Alert & { readonly code?: string; readonly detail?: string; readonly items: Alert[] };
}

async function openFeature(t: Test) {
  const { sql, statements, address } = await openTestDatabase(t, { max: 6 });
  await sql`INSERT INTO organization (tenant, id, name) VALUES (1, 'org_x', 'x')`;
  await sql`
    INSERT INTO device (tenant, idx, id, state, hostname, platform, agent_version, device_key, seal_key, token_id)
    SELECT 1, n, 'dev_' || n, 'active', 'web-' || n, '', '', sha256(n::text::bytea), sha256(n::text::bytea), 'tok_x'
    FROM generate_series(0, 9) AS n`;
  const time = { nowMs: Date.UTC(2026, 10, 23, 12) };
  // What is queued is stored in real time; only the hour is ours.
  const clock = { ...systemClock, now: () => time.nowMs };
  const announced: AlertNews[] = [];
  const changes: number[] = [];
  const trouble: { thrown: Error | null } = { thrown: null };
  const alerts = createAlerts({
    ...{ sql, clock, devices: createDeviceNames(sql) },
    answerDurable: createAnswerDurable({ clock: systemClock, log: silentLog }, 10_000_000),
    async announce(_tx, news) {
      if (trouble.thrown !== null) throw trouble.thrown;
      announced.push(...news);
    },
    changed: (_tenant, idx) => void changes.push(idx),
  });
  t.teardown(() => alerts.stop());
  const handlers: Parameters<AgentRoutes['message']>[1][] = [];
  const routes = { message: (_type: string, handler: (typeof handlers)[0]) => void handlers.push(handler) };
  alerts.register(routes as unknown as AgentRoutes);
  let seq = 0;
  /** A device says that one of its disks is full, or is well again. */
  async function send(idx: number, state: 'firing' | 'cleared', series = 'disk{/}'): Promise<void> {
    seq += 1;
    const session = {
      tenant: 1,
      idx,
      epoch: 1,
      clockOffsetMs: 0,
      send: () => undefined,
    } as unknown as Session;
    const at = new Date(clock.now()).toISOString();
    const rest = { rule: 'disk_full', severity: 'critical', value: 0.97, threshold: 0.95, since: at, at };
    await handlers[0]?.(session, { type: 'alert', seq, series, state, ...rest } as never);
  }
  const caller: { -readonly [Key in keyof Principal]?: Principal[Key] } = { ...anna };
  const { app } = await createHttp({
    ...{ log: silentLog, tls: undefined, permissions, now: () => clock.now() },
    authenticate: async ({ headers }) => {
      const named = people.find(({ person }) => person === headers['x-person']);
      return makePrincipal(caller.permissions ?? permissions, { ...caller, ...named });
    },
  });
  alerts.serve(app);
  await app.ready();
  t.teardown(() => app.close());
  /** `who`: instead of whoever the present caller is. */
  async function ask(path: string, payload?: object, who?: string): Promise<Answer> {
    const call =
      payload === undefined ? ({ method: 'GET' } as const) : ({ method: 'POST', payload } as const);
    const headers = who === undefined ? {} : { 'x-person': who };
    const answer = await app.inject({ url: `/api/v1/alerts${path}`, headers, ...call });
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  }
  const as = (who: typeof anna | typeof ben) => Object.assign(caller, who);
  const fire = async (idx: number, series?: string): Promise<number> => {
    await send(idx, 'firing', series);
    const [row] = await sql<{ id: number }[]>`SELECT max(id)::integer AS id FROM alert`;
    announced.length = 0;
    changes.length = 0;
    return row?.id ?? 0;
  };
  const audited = async () =>
    (await sql<{ body: string }[]>`SELECT body FROM audit_pending ORDER BY position`).map(({ body }) =>
      JSON.parse(body),
    );
  const acknowledge = (alerts: readonly number[], comment?: string) =>
    ask('/acknowledge', { alerts, ...(comment === undefined ? {} : { comment }) });
  const giveBack = (...alerts: { id: number; at?: string }[]) => ask('/give-back', { alerts });
  return {
    sql,
    address,
    ask,
    as,
    fire,
    send,
    acknowledge,
    giveBack,
    audited,
    announced,
    changes,
    clock,
    time,
    caller,
    alerts,
    trouble,
    statements,
  };
}

t.test('whoever acknowledges an alert has it until he, or anybody, gives it back', async (t) => {
  const { ask, as, fire, acknowledge, giveBack, audited, announced, changes, clock, time } =
    await openFeature(t);
  const id = await fire(3);
  t.match((await ask(`/${id}`)).body, { id, hostname: 'web-3', state: 'open', acknowledged: null });
  const taken = await acknowledge([id], '  Looking at it. ');
  const at = new Date(clock.now()).toISOString();
  const held = { by: 'Anna Adler', at, comment: 'Looking at it.', isYours: true };
  t.match(taken, { status: 200, body: { items: [{ id, state: 'open', acknowledged: held }], refused: [] } });
  t.match(announced, [{ idx: 3, rule: 'disk_full', isFiring: true, isTaken: true }], 'the sender is told');
  t.same(changes, [3], 'and whoever watches');
  const subject = { kind: 'device', id: 'dev_3', name: 'web-3' };
  const event = { subject, outcome: 'done', actor: { kind: 'person', id: 'per_anna' } };
  t.match(await audited(), [
    {
      ...{ ...event, act: 'alert.acknowledge' },
      detail: { count: 1, alerts: [`${id} disk_full disk{/}`], comment: 'Looking at it.' },
    },
  ]);

  time.nowMs += 60_000;
  t.match(
    (await acknowledge([id], 'Again.')).body.items,
    [{ acknowledged: held }],
    'sent twice it is the same',
  );
  t.equal((await audited()).length, 1);
  t.same(changes, [3]);

  as(ben);
  t.match((await ask('?acknowledged=true')).body.items, [
    { id, acknowledged: { by: 'Anna Adler', isYours: false } },
  ]);
  t.same((await ask('?acknowledged=false')).body.items, []);
  const second = await acknowledge([id]);
  t.match(second, {
    status: 409,
    body: { code: 'E_ALERT_TAKEN', detail: new RegExp(`^Anna Adler has had .* ${at};`) },
  });
  t.match(
    (await giveBack({ id, at: new Date(clock.now()).toISOString() })).body,
    { code: 'E_ALERT_TAKEN' },
    'not what is shown',
  );
  t.match(
    (await giveBack({ id, at })).body.items,
    [{ id, state: 'open', acknowledged: null }],
    'by somebody else',
  );
  t.match(announced.at(-1), { idx: 3, isFiring: true, value: 0.97 });
  t.notOk(announced.at(-1)?.isTaken, 'it is news again');
  t.match((await audited()).at(-1), {
    ...event,
    act: 'alert.give-back',
    actor: { id: 'per_ben' },
    detail: { had: ['Anna Adler'] },
  });
  const before = (await audited()).length;
  t.match((await giveBack({ id, at })).status, 200, 'sent twice it is the same');
  t.equal((await audited()).length, before);
  t.match((await acknowledge([id])).body.items, [
    { acknowledged: { by: 'Ben Berg', comment: '', isYours: true } },
  ]);
});

t.test('it ends with its alert, and the next one is nobody\u2019s', async (t) => {
  const { ask, fire, send, acknowledge, giveBack, alerts } = await openFeature(t);
  const id = await fire(0);
  await acknowledge([id], 'Mine.');
  await send(0, 'firing');
  t.match(
    (await ask(`/${id}`)).body,
    { acknowledged: { comment: 'Mine.' } },
    'said once more it is the same alert',
  );
  await send(0, 'cleared');
  t.match((await ask(`/${id}`)).body, {
    state: 'cleared',
    acknowledged: { by: 'Anna Adler', comment: 'Mine.' },
  });
  t.match(await acknowledge([id]), {
    status: 409,
    body: { code: 'E_ALERT_OVER', detail: /has been over since 2026/ },
  });
  t.match(await giveBack({ id }), { status: 409, body: { code: 'E_ALERT_OVER' } });
  const next = await fire(0);
  t.not(next, id);
  t.match((await ask('?state=open')).body.items, [{ id: next, acknowledged: null }]);
  await acknowledge([next]);
  await alerts.forget(1, 0);
  t.match(await acknowledge([next]), { body: { code: 'E_ALERT_OVER' } }, 'a retired device has none');
});

t.test('of several each is judged by itself', async (t) => {
  const { as, fire, send, acknowledge, giveBack, audited, changes } = await openFeature(t);
  const ids = [await fire(1), await fire(1, 'disk{/var}'), await fire(2), await fire(4)];
  const [first = 0, second = 0, third = 0, over = 0] = ids;
  await send(4, 'cleared');
  as(ben);
  await acknowledge([third]);
  as(anna);
  changes.length = 0;
  const { status, body } = await acknowledge([over, second, third, first, 999_999]);
  t.equal(status, 200);
  t.same(new Set(body.items.map(({ id }) => id)), new Set([first, second]));
  t.same(
    new Map(body.refused.map(({ id, code }) => [id, code])),
    new Map([
      [third, 'E_ALERT_TAKEN'],
      [over, 'E_ALERT_OVER'],
      [999_999, 'E_NOT_FOUND'],
    ]),
  );
  t.same(changes, [1], 'once a device');
  t.match((await audited()).at(-1), { subject: { id: 'dev_1' }, detail: { count: 2 } });
  t.match(await acknowledge([999_999]), { status: 404, body: { code: 'E_NOT_FOUND', detail: /no alert/ } });
  t.match((await giveBack({ id: first }, { id: second }, { id: over })).body, {
    items: [{ acknowledged: null }, { acknowledged: null }],
    refused: [{ id: over, code: 'E_ALERT_OVER' }],
  });
});

t.test('what is not allowed, too much or no text is refused, and changes nothing', async (t) => {
  const { ask, fire, acknowledge, caller, audited } = await openFeature(t);
  const id = await fire(0);
  for (const body of [
    {},
    { alerts: [] },
    { alerts: [id, id] },
    { alerts: [0] },
    { alerts: Array.from({ length: MAX_ACKNOWLEDGED_AT_ONCE + 1 }, (_, at) => at + 1) },
    { alerts: [id], comment: 'x'.repeat(MAX_COMMENT_CHARS + 1) },
    { alerts: [id], comment: 'two\nlines' },
    { alerts: [id], by: 'Ben' },
  ])
    t.match(await ask('/acknowledge', body), { status: 400 }, JSON.stringify(body).slice(0, 60));
  caller.permissions = new Set(['alerts.read']);
  t.match(await acknowledge([id]), { status: 403, body: { code: 'E_FORBIDDEN' } });
  caller.permissions = new Set(['alerts.acknowledge']);
  t.match(
    await acknowledge([id]),
    { status: 403, body: { detail: /alerts\.read/ } },
    'nobody has what he does not see',
  );
  delete caller.permissions;
  t.match((await ask(`/${id}`)).body, { acknowledged: null });
  t.same(await audited(), []);
});

t.test('of many at once exactly one has it, while the device says that it is over', async (t) => {
  const { ask, fire, send, audited, announced } = await openFeature(t);
  for (let round = 0; round < 12; round += 1) {
    const id = await fire(5);
    const before = (await audited()).length;
    const asked = people.map(({ person }) => ask('/acknowledge', { alerts: [id] }, person));
    const end = round % 2 === 0 ? send(5, 'cleared') : Promise.resolve();
    const answers = await Promise.all(asked);
    await end;
    const won = answers.filter(({ status }) => status === 200);
    t.ok(won.length <= 1, 'one at most');
    const { acknowledged, state } = (await ask(`/${id}`)).body;
    t.equal(acknowledged === null, won.length === 0);
    if (round % 2 === 1) t.equal(won.length, 1);
    else t.equal(state, 'cleared', 'an end is never lost');
    t.equal((await audited()).length, before + won.length);
    t.equal(announced.filter(({ isTaken }) => isTaken).length, won.length);
    if (round % 2 === 1) await send(5, 'cleared');
  }
});

t.test('an end and an acknowledgment of the same alerts never wait for each other', async (t) => {
  const { sql, address, fire, acknowledge, alerts } = await openFeature(t);
  // Of another gateway: one process has no two transactions at a time on a small machine.
  const other = createPool({ address, max: 3 });
  t.teardown(() => other.close(1_000));
  const at = new Date();
  const ends = {
    'a device': (ids: readonly number[]) => {
      const closes = ids.toReversed().map((id) => ({ tenant: 1, id, at, value: 0, seq: 3 }));
      return inTransaction(sql, (tx) => closeAlerts(tx, closes));
    },
    'its retirement': () => alerts.forget(1, 7),
  };
  for (const [name, end] of Object.entries(ends)) {
    const ids = [await fire(7, 'disk{/a}'), await fire(7, 'disk{/b}'), await fire(7, 'disk{/c}')];
    const first = ids.slice(0, 1);
    // Its row lies behind the others from here on.
    await acknowledge(first);
    let tellHeld = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      tellHeld = resolve;
    });
    const acknowledging = inTransaction(other.sql, async (tx) => {
      await lockSome(tx, 1, first);
      tellHeld();
      await until('the end waits', async () => {
        const waiting = await tx`
          SELECT 1 FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid`;
        return waiting.length > 0;
      });
      return lockSome(tx, 1, ids);
    });
    await Promise.race([held, acknowledging]);
    const [rows] = await Promise.all([acknowledging, end(ids)]);
    t.match(rows, Array(3).fill({ clearedAt: null }), `${name}: they are open until then`);
    t.same(await sql`SELECT id FROM alert WHERE cleared_at IS NULL`, [], `${name}: and are over then`);
  }
});

/** A client that has the plan carried out, and answers with it, in the place of what the statement would answer. */
function explaining(sql: RawSql): RawSql {
  const explain = (strings: TemplateStringsArray, ...values: never[]) => {
    const [first = '', ...rest] = strings;
    if (!first.trimStart().startsWith('SELECT')) return sql(strings, ...values);
    const texts = [`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${first}`, ...rest];
    return sql(Object.assign(texts, { raw: texts }), ...values);
  };
  return Object.assign(explain, { array: sql.array, json: sql.json }) as unknown as RawSql;
}

interface Plan {
  readonly Plans?: readonly Plan[];
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
}

/** Rows of tables that the leaves of a plan looked at, whether they were wanted or not. */
function countRead(plan: Plan): number {
  if (plan.Plans !== undefined) return plan.Plans.reduce((sum, part) => sum + countRead(part), 0);
  return (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'];
}

t.test('the list of alerts that somebody has does not read the history of the others', async (t) => {
  const { sql } = await openFeature(t);
  const HISTORY = 20_000;
  const HAD = HISTORY / 1_000;
  const LIMIT = 10;
  // Ended ones; of each thousand the oldest was had by somebody.
  await sql`
    INSERT INTO alert (tenant, idx, rule, series, severity, value, threshold, since, fired_at, cleared_at, seq, taken_at, taken_by)
    SELECT 1, n % 10, 'disk_full', 'disk-' || n, 'critical', 1, 1, at, at, at, n, taken, CASE WHEN taken IS NOT NULL THEN 'anna' END
    FROM generate_series(1, ${HISTORY}::integer) AS n, LATERAL (SELECT '2026-01-01'::timestamptz + n * interval '1 minute' AS at) AS fired,
      LATERAL (SELECT CASE WHEN n % 1000 = 1 THEN at END AS taken) AS had`;
  await sql`ANALYZE alert`;
  const filter = { idx: null, isOpen: null, isTaken: true, scope: null };
  const wishes = {
    'all of them': { filter, after: null },
    'the next page': { filter, after: { isOpen: false, firedAt: new Date('2026-01-10'), id: 1_000_000 } },
    'those that have ended': { filter: { ...filter, isOpen: false }, after: null },
    'those that are open': { filter: { ...filter, isOpen: true }, after: null },
  };
  for (const [name, wish] of Object.entries(wishes)) {
    const asked = { ...wish, limit: LIMIT };
    const found = await selectAlerts(sql, 1, asked);
    t.equal(found.length, name === 'those that are open' ? 0 : LIMIT, name);
    const [row] = (await selectAlerts(explaining(sql), 1, asked)) as unknown as {
      'QUERY PLAN': [{ Plan: Plan }];
    }[];
    const plan = row?.['QUERY PLAN'][0].Plan;
    t.ok(plan !== undefined && countRead(plan) <= HAD, `${name}: ${JSON.stringify(plan)}`);
  }
  const ofDevice = await selectAlerts(sql, 1, { filter: { ...filter, idx: 1 }, after: null, limit: 500 });
  t.equal(ofDevice.length, HAD, 'each that was had is found');
  const nobodys = await selectAlerts(sql, 1, {
    filter: { ...filter, isTaken: false },
    after: null,
    limit: LIMIT,
  });
  t.ok(nobodys.length === LIMIT && nobodys.every(({ takenAt }) => takenAt === null));
});

t.test('one and two hundred cost the same number of statements', async (t) => {
  const { ask, fire, send, acknowledge, giveBack, statements } = await openFeature(t);
  const one = await fire(0, 'disk{/one}');
  await Promise.all(
    Array.from({ length: MAX_ACKNOWLEDGED_AT_ONCE }, (_, at) => send(at % 10, 'firing', `disk{/${at}}`)),
  );
  const many = (await ask('?limit=500')).body.items.flatMap(({ id }) => (id === one ? [] : id));
  async function count(work: () => Promise<Answer>, items: number): Promise<number> {
    const before = statements();
    t.equal((await work()).body.items.length, items);
    return statements() - before;
  }
  const few = [await count(() => acknowledge([one]), 1), await count(() => giveBack({ id: one }), 1)];
  t.same(
    [
      await count(() => acknowledge(many), MAX_ACKNOWLEDGED_AT_ONCE),
      await count(() => giveBack(...many.map((id) => ({ id }))), MAX_ACKNOWLEDGED_AT_ONCE),
    ],
    few,
  );
  t.ok(Math.max(...few) <= 10, `${few} statements`);
});

t.test('when news of it cannot be stored there is no acknowledgment and no event', async (t) => {
  const { ask, fire, acknowledge, audited, trouble, changes } = await openFeature(t);
  const id = await fire(0);
  trouble.thrown = new Error('a failure');
  t.equal((await acknowledge([id])).status, 500);
  trouble.thrown = null;
  t.match((await ask(`/${id}`)).body, { acknowledged: null });
  t.same([await audited(), changes], [[], []]);
});

t.test('nothing is taken from anybody, and nothing is had of what is over', (t) => {
  const time = fc.option(fc.integer({ min: 1, max: 3 }).map((ms) => new Date(ms)));
  const who = fc.constantFrom(
    { name: 'Anna', person: 'per_a' },
    { name: 'Anna', person: 'per_b' },
    { name: 'Anna', person: null },
    { name: 'Ben', person: null },
  );
  fc.assert(
    fc.property(
      time,
      time,
      who,
      who,
      fc.boolean(),
      fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      (clearedAt, takenAt, owner, holder, isAcknowledging, at) => {
        const row = {
          clearedAt,
          takenAt,
          takenBy: takenAt && owner.name,
          takenPerson: takenAt && owner.person,
        };
        const what = isAcknowledging ? 'acknowledge' : 'give-back';
        const found = judge(row, { what, holder, at });
        const isSame =
          owner.person === holder.person && (owner.person !== null || owner.name === holder.name);
        if (clearedAt !== null) return typeof found === 'object' && found.code === 'E_ALERT_OVER';
        if (takenAt === null) return found === (isAcknowledging ? 'do' : 'same');
        if (isAcknowledging)
          return isSame ? found === 'same' : typeof found === 'object' && found.code === 'E_ALERT_TAKEN';
        return (found === 'do') === (at === undefined || at === takenAt.getTime());
      },
    ),
  );
  t.end();
});
