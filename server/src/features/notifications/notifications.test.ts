// Proves notifications against a real database and a real receiver on loopback: signed, once for a flapping device, at least once, bounded.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { systemClock } from '../../core/clock.ts';
import { inTransaction } from '../../core/db/transaction.ts';
import { grantEverywhere, type Principal } from '../../core/http/permission.ts';
import { createHttp } from '../../core/http/server.ts';
import { createLogger, silentLog } from '../../core/log.ts';
import { createSeal, type Seal } from '../../core/seal.ts';
import { createTestClock } from '../../core/testing/clock.ts';
import { openTestDatabase } from '../../core/testing/database.ts';
import { makePrincipal } from '../../core/testing/principal.ts';
import { until } from '../../core/testing/until.ts';
import { createDeviceNames, createFleetRows } from '../devices/index.ts';
import { createFleet } from '../fleet/index.ts';
import { createFactReader } from '../inventory/index.ts';
import { addDevices, createTenants } from '../inventory/testing/fleet.ts';
import { mayConnect, parseWebhookUrl, type WebhookReach } from './address.ts';
import { createNotifications } from './index.ts';
import { findQuietEnd } from './quiet.ts';
import { createSender } from './sender.ts';
import { guardedLookup, signWebhook } from './webhook.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MINUTE_MS = 60_000;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver that answers as it is told. */
async function openReceiver(t: Test) {
  const received: Received[] = [];
  const receiver = { received, status: 204, url: '', location: '' };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      if (receiver.location !== '') response.setHeader('location', receiver.location);
      response.writeHead(receiver.status).end('x'.repeat(20_000));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=geheim`;
  return receiver;
}

interface Body {
  readonly id: string;
  readonly message: string;
  readonly way: { readonly id: string; readonly targets: readonly string[] };
  readonly secret: string | null;
  readonly items: readonly { readonly id: string; readonly state: string; readonly subject: string }[];
}

/** What differs from one feature to the next. */
interface Wanted {
  readonly startMs?: number | undefined;
  readonly webhookReach?: WebhookReach;
}

async function openFeature(
  t: Test,
  { startMs = Date.UTC(2026, 0, 5, 12), webhookReach = 'local' }: Wanted = {},
) {
  const { sql, statements } = await openTestDatabase(t, { max: 6 });
  await createTenants(sql, [1]);
  const refs = await addDevices(sql, 1, 5);
  await sql`UPDATE device SET labels = '{"env":"prod"}' WHERE idx < 3`;
  const source = { ...createFleetRows(sql), facts: createFactReader(sql) };
  const fleet = createFleet({ source, clock: systemClock, log: silentLog });
  fleet.groupsFrom(async () => [{ id: 'grp_all', name: 'all', expression: 'true', picked: [] }]);
  fleet.start();
  t.teardown(() => fleet.stop());
  await until('the index is built', () => fleet.isReady());
  const clock = createTestClock(startMs);
  const devices = createDeviceNames(sql);
  const publicUrl = 'https://muster.example';
  const keyFolder = await mkdtemp(join(tmpdir(), 'muster-notify-'));
  t.teardown(() => rm(keyFolder, { recursive: true, force: true }));
  const seal = createSeal(keyFolder, 'webhooks');
  const logged: string[] = [];
  const write = (line: string) => void logged.push(JSON.parse(line).msg);
  const logger = createLogger({ level: 'warn', destination: { write } });
  const parts = { sql, clock, log: logger, tenant: 1, devices, fleet, mail: null, seal };
  const deps = { ...parts, publicUrl, webhookReach };
  const notifications = createNotifications(deps);
  const sender = createSender(deps);
  const permissions = new Set(['notifications.read', 'notifications.write', 'alerts.read']);
  const caller: { -readonly [Key in keyof Principal]?: Principal[Key] } = {};
  const { app } = await createHttp({
    log: silentLog,
    tls: undefined,
    permissions,
    authenticate: async () => makePrincipal(permissions, caller),
    now: () => Date.now(),
  });
  notifications.serve(app);
  await app.ready();
  t.teardown(() => app.close());
  async function ask(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, payload?: object) {
    const body = payload === undefined ? {} : { payload };
    const answer = await app.inject({ method, url: `/api/v1/notifications/${path}`, ...body });
    return { status: answer.statusCode, body: JSON.parse(answer.body || '{}') as Body, text: answer.body };
  }
  /** An alert of a device fires or ends now. */
  async function tell(
    idx: number,
    isFiring: boolean,
    more: { severity?: string; series?: string; isTaken?: true } = {},
  ) {
    const at = new Date(clock.now());
    const one = { tenant: 1, idx, rule: 'disk', series: 'disk.used', severity: 'warning', value: 0.95 };
    const news = { ...one, threshold: 0.9, at, isFiring, ...more };
    await inTransaction(sql, (tx) => notifications.announce(tx, [news]));
    await sender.work();
  }
  async function pass(ms: number, stepMs = 10_000) {
    for (let left = ms; left > 0; left -= stepMs) {
      await clock.advance(Math.min(stepMs, left));
      await sender.work();
    }
  }
  const log = async () => (await ask('GET', 'messages')).body.items;
  /** A sender after a new start, with another key if that is wanted. */
  const sendAnew = (other: Seal = seal) => createSender({ ...deps, seal: other }).work();
  return {
    sql,
    refs,
    clock,
    sender,
    sendAnew,
    notifications,
    ask,
    tell,
    pass,
    log,
    caller,
    logged,
    statements,
  };
}

const wish = {
  name: 'Production',
  on: 'label("env") == "prod"',
  severities: ['warning', 'critical'],
  tellEnds: true,
  waitSeconds: 30,
  everySeconds: 300,
  quiet: null,
  enabled: true,
};

async function openRouted(t: Test, rule: object = {}, startMs?: number) {
  const feature = await openFeature(t, { startMs });
  const receiver = await openReceiver(t);
  const made = await feature.ask('POST', 'ways', {
    ...{ name: 'Pager', kind: 'webhook', url: receiver.url, secret: SECRET },
  });
  t.equal(made.status, 201, made.text);
  const { id: way } = made.body.way;
  const put = await feature.ask('POST', 'rules', { ...wish, ways: [way], ...rule });
  t.equal(put.status, 201, put.text);
  return { ...feature, receiver, way, rule: put.body.id };
}

const alertsOf = ({ body }: Received) => JSON.parse(body).data.alerts;

t.test('an alert reaches the receiver signed, about the devices of the rule only', async (t) => {
  const { tell, pass, receiver, ask, way, clock, log } = await openRouted(t);
  await tell(0, true);
  await tell(1, true, { severity: 'critical', series: 'memory\u0007.used' });
  await tell(4, true);
  t.equal(receiver.received.length, 0, 'others may follow');
  await pass(30_000);
  const [first] = receiver.received;
  if (first === undefined) throw new Error('nothing was received');
  t.equal(receiver.received.length, 1, 'one message for both');
  t.match(alertsOf(first), [
    { hostname: 'host-0', state: 'firing', severity: 'warning', value: 0.95 },
    { hostname: 'host-1', severity: 'critical' },
  ]);
  t.equal(alertsOf(first).length, 2, 'the device that the rule does not mean is not told of');
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = first.headers;
  const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(`${id}.${at}.${first.body}`).digest('base64');
  t.equal(signature, `v1,${mac}`);
  t.equal(Number(at), Math.floor(clock.now() / 1_000));
  t.match(await log(), [
    { id, state: 'sent', subject: '[Muster] 2 alerts on 2 devices, 1 critical', attempts: 1 },
  ]);
  const { text } = await ask('GET', 'ways');
  t.notMatch(text, /geheim|whsec/, 'neither the secret nor what may be one in the URL is shown');
  t.match(text, `http://127.0.0.1:${new URL(receiver.url).port}/…`);

  await tell(0, false);
  await pass(10 * MINUTE_MS);
  t.match(alertsOf(receiver.received[1] ?? first), [{ hostname: 'host-0', state: 'ended' }]);
  t.equal((await ask('POST', `ways/${way}/test`)).status, 202);
  await pass(1_000);
  t.match(JSON.parse(receiver.received[2]?.body ?? '{}'), {
    type: 'muster.test',
    data: { way: 'Pager', by: 'tester' },
  });
});

t.test('a flapping device sends one message, and one when it is calm again', async (t) => {
  const { tell, pass, receiver, sql } = await openRouted(t);
  for (let round = 0; round < 40; round += 1) {
    await tell(0, true);
    await pass(7_000, 1_000);
    await tell(0, false);
    await pass(8_000, 1_000);
  }
  t.equal(receiver.received.length, 1, 'ten minutes of coming and going');
  t.match(alertsOf(receiver.received[0] as Received), [{ flapping: true }]);
  await pass(20 * MINUTE_MS);
  t.equal(receiver.received.length, 2);
  t.match(alertsOf(receiver.received[1] as Received), [{ state: 'ended', flapping: false }]);
  t.same(
    await sql`SELECT 1 FROM notify_change UNION ALL SELECT 1 FROM notify_told`,
    [],
    'nothing is left over',
  );
  await tell(0, true);
  await pass(2_000, 1_000);
  await tell(0, false);
  await pass(20 * MINUTE_MS);
  t.equal(receiver.received.length, 2, 'what was over before its turn is not told');
});

t.test('slow flapping is one message too, and never more than one in the time of the rule', async (t) => {
  const { tell, pass, receiver } = await openRouted(t);
  for (let round = 0; round < 10; round += 1) {
    await tell(0, true);
    await pass(2 * MINUTE_MS);
    await tell(0, false);
    await pass(2 * MINUTE_MS);
  }
  t.equal(receiver.received.length, 1);
  await pass(10 * MINUTE_MS);
  const before = receiver.received.length;
  for (const idx of [0, 1, 2]) {
    await tell(idx, true);
    await pass(MINUTE_MS);
  }
  t.equal(receiver.received.length, before + 1, 'what comes after the first waits for the next');
  await pass(5 * MINUTE_MS);
  t.equal(receiver.received.length, before + 2);
  t.equal(alertsOf(receiver.received[before + 1] as Received).length, 2, 'together');
});

t.test('a receiver that fails is asked again, with the same id, and then given up', async (t) => {
  const { tell, pass, receiver, ask, log, sql } = await openRouted(t);
  receiver.status = 500;
  await tell(0, true);
  await pass(MINUTE_MS);
  const [first] = await log();
  t.match(first, { state: 'waiting', error: 'The receiver answered with status 500. (E_NOTIFY_SEND)' });
  await pass(6 * 3_600_000, 60_000);
  const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
  t.same([receiver.received.length, ids.size], [8, 1], 'eight attempts under one id');
  t.match(await log(), [{ state: 'dead', attempts: 8, nextAt: null }]);
  receiver.status = 200;
  t.equal((await ask('POST', `messages/${first?.id}/retry`)).status, 200);
  t.equal((await ask('POST', `messages/${first?.id}/retry`)).status, 409);
  const retried = await sql<{ subject: string }[]>`
    SELECT body::json -> 'subject' ->> 'id' AS subject FROM audit_pending
    WHERE body::json ->> 'act' = 'notification.retry'`;
  t.same(retried, [{ subject: first?.id }], 'once, in the audit');
  await pass(1_000);
  t.match(await log(), [{ state: 'sent' }]);
  t.equal(ids.has(receiver.received.at(-1)?.headers['webhook-id']), true);
  await sql`UPDATE notify_message SET created_at = created_at - interval '60 days'`;
  await tell(1, true);
  await pass(MINUTE_MS);
  t.equal((await log()).length, 1, 'the log is kept for a month');
});

t.test('nothing is told of a device that was retired', async (t) => {
  const { tell, pass, receiver, notifications, sql } = await openRouted(t);
  await tell(0, true);
  await tell(1, true);
  await notifications.forget(1, 0);
  await pass(MINUTE_MS);
  t.match(receiver.received.map(alertsOf), [[{ hostname: 'host-1' }]]);
  t.equal(alertsOf(receiver.received[0] as Received).length, 1);
  await notifications.forget(1, 1);
  t.same(await sql`SELECT 1 FROM notify_change UNION ALL SELECT 1 FROM notify_told`, []);
});

t.test('redirects are not followed, and what is not sent yet survives the sender', async (t) => {
  const { tell, pass, receiver, log, sql } = await openRouted(t);
  const other = await openReceiver(t);
  receiver.status = 302;
  receiver.location = other.url;
  await tell(0, true);
  await pass(MINUTE_MS);
  t.equal(other.received.length, 0);
  t.match(await log(), [{ error: /redirect/ }]);
  // As if the process had died between the answer and the note of it.
  receiver.status = 204;
  await pass(MINUTE_MS);
  await sql`UPDATE notify_message SET state = 'waiting'`;
  await pass(1_000);
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  t.equal(new Set(ids).size, 1, 'sent twice under one id');
});

t.test('a pause and quiet hours hold back, and what still holds afterwards is told', async (t) => {
  const quiet = { from: '22:00', to: '06:30', zone: 'Europe/Berlin', exceptCritical: true };
  // 23:00 in Berlin
  const { tell, pass, receiver, ask } = await openRouted(t, { quiet }, Date.UTC(2026, 0, 5, 22));
  await tell(0, true);
  await tell(1, true, { severity: 'critical' });
  await tell(2, true);
  await pass(5 * MINUTE_MS);
  t.match(receiver.received.map(alertsOf), [[{ hostname: 'host-1' }]], 'critical ones are told at night');
  await tell(2, false);
  await pass(8 * 3_600_000, 60_000);
  t.match(
    alertsOf(receiver.received[1] as Received),
    [{ hostname: 'host-0' }],
    'in the morning the other one',
  );
  t.equal(alertsOf(receiver.received[1] as Received).length, 1, 'not that which has ended');
  t.equal(receiver.received.length, 2);

  const pause = { reason: 'new disks', on: 'label("env") == "prod"', lastsMs: 3_600_000 };
  const made = await ask('POST', 'pauses', pause);
  t.equal(made.status, 201);
  await tell(1, false);
  await tell(2, true);
  await pass(30 * MINUTE_MS, 60_000);
  t.equal(receiver.received.length, 2, 'nothing during maintenance');
  t.equal((await ask('DELETE', `pauses/${made.body.id}`)).status, 204);
  await pass(10 * MINUTE_MS);
  t.equal(receiver.received.length, 3);
  t.equal(alertsOf(receiver.received[2] as Received).length, 2, 'all of it when it is over');
});

t.test('of an alert that somebody has nothing is told, until it is given back', async (t) => {
  const quiet = { from: '22:00', to: '06:30', zone: 'Europe/Berlin', exceptCritical: true };
  // Noon in Berlin
  const { tell, pass, receiver, ask, sql, rule, way } = await openRouted(
    t,
    { quiet },
    Date.UTC(2026, 0, 5, 11),
  );
  const take = (idx: number) => tell(idx, true, { isTaken: true });
  const giveBack = (idx: number) => tell(idx, true);
  const names = (at: number) =>
    receiver.received[at] === undefined
      ? []
      : alertsOf(receiver.received[at]).map(
          (one: { hostname: string; state: string }) => `${one.hostname} ${one.state}`,
        );

  await tell(0, true);
  await tell(1, true);
  await take(0);
  await pass(10 * MINUTE_MS);
  t.same(names(0), ['host-1 firing'], 'somebody was quicker than the message');
  await take(1);
  await pass(10 * MINUTE_MS);
  for (let times = 0; times < 4; times += 1) {
    await giveBack(0);
    await take(0);
  }
  await giveBack(0);
  await giveBack(1);
  await pass(10 * MINUTE_MS);
  t.same(names(1), ['host-0 firing'], 'given back it is told to whom it was not, as one that never flapped');
  t.notOk(alertsOf(receiver.received[1] as Received)[0].flapping);

  await take(1);
  await tell(1, false);
  await pass(20 * MINUTE_MS);
  t.same(names(2), ['host-1 ended'], 'who was told that it is open is told that it has ended');
  await tell(1, true);
  await pass(20 * MINUTE_MS);
  t.same(names(3), ['host-1 firing'], 'the next one is nobody\u2019s');
  await tell(2, true);
  await take(2);
  await tell(2, false);
  await pass(20 * MINUTE_MS);
  t.equal(receiver.received.length, 4, 'what was never told does not end either');

  await pass(12 * 3_600_000, 600_000);
  await tell(2, true);
  await take(2);
  const body = { ...wish, ways: [way], quiet, enabled: false };
  await tell(0, true, { series: 'disk.other' });
  t.equal((await ask('PUT', `rules/${rule}`, body)).status, 200);
  await tell(0, true, { series: 'disk.other', isTaken: true });
  t.equal((await ask('PUT', `rules/${rule}`, { ...body, enabled: true })).status, 200);
  await pass(9 * 3_600_000, 600_000);
  t.equal(receiver.received.length, 4, 'nor after the night, or by a rule that was off when it was taken');
  t.same(await sql`SELECT 1 FROM notify_event UNION ALL SELECT 1 FROM notify_change`, []);
});

t.test('what many alerts have in common is asked and stored once', async (t) => {
  const { sql, ask, sender, notifications, clock, statements, rule, way, logged } = await openRouted(t);
  const of = (count: number, more: object = {}) =>
    Array.from({ length: count }, (_, at) => ({
      ...{ tenant: 1, idx: 0, rule: 'disk', series: `disk{/${at}}`, severity: 'warning', isFiring: true },
      ...{ value: 0.95, threshold: 0.9, at: new Date(clock.now()), ...more },
    }));
  async function take(count: number): Promise<number> {
    await inTransaction(sql, (tx) => notifications.announce(tx, of(count)));
    await sender.work();
    t.equal((await sql`SELECT 1 FROM notify_change`).length, count);
    await inTransaction(sql, (tx) => notifications.announce(tx, of(count, { isTaken: true })));
    const before = statements();
    await sender.work();
    const cost = statements() - before;
    t.same(await sql`SELECT 1 FROM notify_change UNION ALL SELECT 1 FROM notify_event`, []);
    return cost;
  }
  const [one, many] = [await take(1), await take(100)];
  t.ok(many < one + 20, `${one} statements, ${many} for a hundred`);

  const body = { ...wish, ways: [way], enabled: false };
  t.equal((await ask('PUT', `rules/${rule}`, body)).status, 200);
  await sql`UPDATE notify_rule SET expression = 'label('`;
  await inTransaction(sql, (tx) => notifications.announce(tx, of(1)));
  await sender.work();
  t.same(logged, [], 'nothing is said of a rule that is switched off');
  await sql`UPDATE notify_rule SET is_enabled = true`;
  await inTransaction(sql, (tx) => notifications.announce(tx, of(1)));
  await sender.work();
  t.match(logged, ['an expression of the notifications cannot be read']);
});

t.test('no session changes who is told without its person being there', async (t) => {
  const { ask, way, rule, caller, pass, log, receiver } = await openRouted(t);
  const { body: pause } = await ask('POST', 'pauses', { reason: 'x', on: null, lastsMs: 60_000 });
  receiver.status = 500;
  await ask('POST', `ways/${way}/test`);
  await pass(6 * 3_600_000, 60_000);
  const [message] = await log();
  const changes = [
    ['POST', 'ways', { name: 'Other', kind: 'webhook', url: 'https://hooks.example.com/' }],
    ['PATCH', `ways/${way}`, { enabled: true }],
    ['POST', `ways/${way}/test`],
    ['POST', `messages/${message?.id}/retry`],
    ['POST', 'rules', { ...wish, name: 'Other', ways: [way] }],
    ['PUT', `rules/${rule}`, { ...wish, ways: [way] }],
    ['POST', 'pauses', { reason: 'y', on: null, lastsMs: 60_000 }],
    ['DELETE', `pauses/${pause.id}`],
    ['DELETE', `rules/${rule}`],
    ['DELETE', `ways/${way}`],
  ] as const;
  Object.assign(caller, { via: 'session', provenMs: Date.now() - 11 * MINUTE_MS });
  for (const [method, path, body] of changes)
    t.match((await ask(method, path, body)).body, { code: 'E_STEP_UP' }, `${method} ${path}`);
  t.equal((await ask('GET', 'messages')).status, 200, 'looking needs none');
  caller.provenMs = Date.now();
  for (const [method, path, body] of changes)
    t.ok((await ask(method, path, body)).status < 300, `${method} ${path}`);
});

t.test('who does not see all alerts is not told of them by a rule, a way or the log', async (t) => {
  const { ask, way, rule, caller, pass, log } = await openRouted(t);
  await ask('POST', `ways/${way}/test`);
  await pass(1_000);
  const [message] = await log();
  const telling = [
    ['POST', 'rules', { ...wish, name: 'Mine', on: null, ways: [way] }],
    ['PUT', `rules/${rule}`, { ...wish, ways: [way] }],
    ['PATCH', `ways/${way}`, { url: 'https://hooks.example.com/mine' }],
    ['GET', 'messages'],
    ['GET', `messages/${message?.id}`],
    ['POST', `messages/${message?.id}/retry`],
  ] as const;
  const all = grantEverywhere(['notifications.read', 'notifications.write']);
  const [some] = grantEverywhere(['alerts.read']);
  for (const alerts of [[], [{ ...some, permission: 'alerts.read', where: 'label("env") == "prod"' }]]) {
    Object.assign(caller, { grants: [...all, ...alerts] });
    for (const [method, path, body] of telling)
      t.match(
        (await ask(method, path, body)).body,
        { code: 'E_FORBIDDEN', detail: /alerts.read/ },
        `${method} ${path}`,
      );
    t.equal((await ask('GET', 'rules')).status, 200, 'what there is says nothing of alerts');
    t.equal((await ask('POST', `ways/${way}/test`)).status, 202, 'nor does a trial');
  }
  Object.assign(caller, { grants: [...all, ...grantEverywhere(['alerts.read'])] });
  for (const [method, path, body] of telling)
    t.not((await ask(method, path, body)).status, 403, `${method} ${path}`);
});

/** True where the signature of a message was made with that key. */
function isSignedWith({ headers, body }: Received, key: Uint8Array): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
  return signature === `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
}

t.test('whoever reads the database neither signs as this server nor knows where webhooks go', async (t) => {
  const { sql, ask, way, receiver, pass, sendAnew, log } = await openRouted(t);
  const key = Buffer.alloc(32, 7);
  const readRows = async () => {
    const rows = await sql<{ text: string }[]>`SELECT way::text AS text FROM notify_way AS way`;
    return rows.map(({ text }) => text).join();
  };
  const secrets = new RegExp(`geheim|${key.toString('hex')}|${key.toString('base64')}`);
  const trial = async () => {
    receiver.received.length = 0;
    await ask('POST', `ways/${way}/test`);
    await pass(1_000);
    return receiver.received[0] ?? { headers: {}, body: '' };
  };
  t.notMatch(await readRows(), secrets, 'a new one is sealed');
  t.ok(isSignedWith(await trial(), key));

  await sql`UPDATE notify_way SET sealed = NULL, secret = ${key}, targets = ${[receiver.url]}`;
  t.match(await readRows(), /geheim/, 'as it was stored before');
  await sendAnew();
  t.notMatch(await readRows(), secrets, 'the next start seals it');
  t.ok(isSignedWith(await trial(), key), 'and it is good as before');
  t.match((await ask('GET', 'ways')).body, { ways: [{ targets: [/^http:\/\/127\.0\.0\.1:\d+\/…$/] }] });

  const other = randomBytes(32);
  await ask('PATCH', `ways/${way}`, { secret: `whsec_${other.toString('base64')}` });
  t.ok(isSignedWith(await trial(), other), 'another secret, and the URL stays');
  await ask('PATCH', `ways/${way}`, { url: receiver.url.replace('geheim', 'anders') });
  t.ok(isSignedWith(await trial(), other), 'another URL, and the secret stays');
  t.notMatch(await readRows(), /anders/);

  const second = { name: 'Second', kind: 'webhook', url: receiver.url, secret: SECRET };
  const { id } = (await ask('POST', 'ways', second)).body.way;
  await sql`UPDATE notify_way SET sealed = (SELECT sealed FROM notify_way WHERE id = ${id}) WHERE id = ${way}`;
  t.same((await trial()).body, '', 'what was sealed for another row opens nothing');
  t.match((await log())[0], { state: 'waiting', error: /cannot be read with the key of this server/ });
  t.match(await ask('PATCH', `ways/${way}`, { name: 'Renamed' }), { status: 200 });
  t.match(await ask('PATCH', `ways/${way}`, { url: receiver.url }), {
    status: 409,
    body: { code: 'E_CONFLICT' },
  });
  t.match(await ask('PATCH', `ways/${way}`, { url: receiver.url, secret: SECRET }), { status: 200 });
  t.ok(isSignedWith(await trial(), key), 'both together mend it');
});

t.test('a rule tells what whoever saved it last may see now', async (t) => {
  const { sql, ask, tell, pass, receiver, caller, rule, way, logged } = await openRouted(t, {
    on: null,
    everySeconds: 10,
  });
  for (const id of ['per_anna', 'per_ben'])
    await sql`WITH made AS (INSERT INTO person (tenant, id, handle, name) VALUES (1, ${id}, ${id.slice(4)}, ${id}) RETURNING id)
      INSERT INTO person_role (tenant, person, role) SELECT 1, id, 'technician' FROM made`;
  const put = (person: string) => {
    Object.assign(caller, { person, name: person });
    return ask('PUT', `rules/${rule}`, { ...wish, on: null, everySeconds: 10, ways: [way] });
  };
  const readReach = async () => JSON.parse((await ask('GET', 'rules')).text).rules[0].reach;
  const told = async () => {
    receiver.received.length = 0;
    await pass(2 * MINUTE_MS);
    return receiver.received.flatMap(alertsOf).map(({ hostname }) => hostname);
  };
  await tell(4, true);
  t.same([await told(), await readReach()], [['host-4'], 'all'], 'what the host made, nobody answers for');
  t.match(await put('per_anna'), { status: 200, body: { reach: 'all', createdBy: 'per_anna' } });
  await tell(0, true);
  t.same([await told(), await readReach()], [['host-0'], 'all']);

  await sql`UPDATE person_role SET where_text = 'label("env") == "prod"' WHERE person = 'per_anna'`;
  await tell(1, true);
  await tell(3, true);
  t.same([await told(), await readReach()], [['host-1'], 'some'], 'her devices only');
  await tell(4, false);
  t.same(await told(), [], 'nor that it has ended there');
  await sql`UPDATE person_role SET where_text = 'group("all") || true' WHERE person = 'per_anna'`;
  await tell(1, false);
  await tell(1, true);
  t.same([await told(), await readReach()], [[], 'none'], 'a limit that names a group holds for no device');
  await sql`UPDATE person_role SET where_text = 'label("env") == "prod"' WHERE person = 'per_anna'`;

  await tell(2, true);
  await sql`UPDATE person SET disabled_at = now() WHERE id = 'per_anna'`;
  t.same(
    [await told(), await readReach()],
    [[], 'person-disabled'],
    'not what came before she was disabled either',
  );
  await tell(0, true, { series: 'while she is disabled' });
  t.same(await told(), []);
  t.match(logged.at(-1), 'a rule tells nothing because of who saved it last');
  await sql`UPDATE person SET disabled_at = NULL WHERE id = 'per_anna'`;
  t.same([await told(), await readReach()], [[], 'some'], 'what came meanwhile is not told afterwards');
  await tell(0, true, { series: 'after that' });
  t.same(await told(), ['host-0'], 'enabled again she is told by the rule as before, which nobody saved');
  await sql`UPDATE person SET disabled_at = now() WHERE id = 'per_anna'`;
  await sql`DELETE FROM person_role WHERE person = 'per_anna'`;
  t.equal(await readReach(), 'none', 'to enable her would not help any more');
  await sql`UPDATE person SET disabled_at = NULL WHERE id = 'per_anna'`;
  await tell(2, false);
  await tell(2, true);
  await tell(1, false);
  t.same([await told(), await readReach()], [[], 'none'], 'nothing without the permission');

  t.match(await put('per_ben'), { status: 200, body: { reach: 'all', createdBy: 'per_ben' } });
  await tell(2, false);
  await tell(2, true);
  t.same(await told(), ['host-2'], 'whoever saves it again answers for it');
  await tell(1, true);
  t.same(await told(), ['host-1'], 'also what was told before, and had ended while nobody was');
});

t.test('what cannot be is refused with a reason', async (t) => {
  const { ask, way, rule, sql } = await openRouted(t);
  const hook = (url: string) => ask('POST', 'ways', { name: `x${url}`.slice(0, 60), kind: 'webhook', url });
  for (const url of [
    'http://example.com/x',
    'ftp://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00:ec2::254]/',
    'https://[::ffff:169.254.169.254]/',
    'https://0.0.0.0/',
    'https://2852039166/',
    'https://user:pw@example.com/',
    'nonsense',
  ])
    t.match(await hook(url), { status: 400, body: { code: 'E_NOTIFY_URL' } }, url);
  t.match(await hook('https://hooks.example.com/x'), { status: 201, body: { secret: /^whsec_.{44}$/ } });
  const mail = { name: 'M', kind: 'mail', to: ['a@example.com'] };
  t.match(await ask('POST', 'ways', mail), { status: 409, body: { code: 'E_NOTIFY_MAIL' } });
  t.match(await ask('POST', 'ways', { ...mail, to: ['a@example.com\r\nBcc: b@c'] }), { status: 400 });
  t.match(await ask('POST', 'ways', { name: 'Pager', kind: 'webhook', url: 'https://a.b' }), { status: 409 });
  const put = (more: object) => ask('PUT', `rules/${rule}`, { ...wish, ways: [way], ...more });
  t.match(await put({ on: 'os.famly == "x"' }), { status: 400, body: { code: 'E_EXPRESSION' } });
  t.match(await put({ ways: [`way_${'a'.repeat(26)}`] }), { status: 404 });
  for (const zone of ['Mars/Here', '+02:00', '', 'Europe/Berlin\n'])
    t.match(
      await put({ quiet: { from: '22:00', to: '06:00', zone, exceptCritical: true } }),
      { status: 400 },
      zone,
    );
  t.match(await put({ enabled: false }), { status: 200, body: { enabled: false } });
  t.equal((await ask('DELETE', `ways/${way}`)).status, 204);
  t.match((await ask('GET', 'rules')).text, '"ways":[]');
  t.equal((await ask('DELETE', `rules/${rule}`)).status, 204);
  const bodies = await sql<{ body: string }[]>`SELECT body FROM audit_pending`;
  t.notMatch(JSON.stringify(bodies), /whsec|geheim/, 'no secret in the audit');
});

t.test('nearer than the internet a webhook goes only where the host allows it', async (t) => {
  const receiver = await openReceiver(t);
  const { ask, pass, log, sql, sender } = await openFeature(t, { webhookReach: 'public' });
  const hook = (url: string) => ask('POST', 'ways', { name: url.slice(0, 60), kind: 'webhook', url });
  for (const [url, reach] of [
    [receiver.url, 'local'],
    ['http://localhost:2375/containers', 'local'],
    ['https://localhost/', 'local'],
    ['https://x.localhost/', 'local'],
    ['https://127.1/', 'local'],
    ['https://[::1]/', 'local'],
    ['https://[::ffff:127.0.0.1]/', 'local'],
    ['https://10.0.0.1/', 'private'],
    ['https://192.168.0.1/', 'private'],
    ['https://[fd12::1]/', 'private'],
  ] as const) {
    const { status, body } = await hook(url);
    t.match(
      { status, body },
      { status: 400, body: { code: 'E_NOTIFY_URL', detail: `webhookReach is ${reach}` } },
      url,
    );
  }
  const look = (reach: WebhookReach) =>
    new Promise((resolve) => guardedLookup({ isHttps: true, reach })('localhost', {}, resolve));
  t.match(
    await look('private'),
    { code: 'E_NOTIFY_URL', message: /webhookReach is local/ },
    'a name that leads there',
  );
  t.equal(await look('local'), null);
  // One that was stored when webhooks went farther.
  const made = await hook('https://hooks.example.com/x');
  const { id } = made.body.way;
  for (const url of [
    receiver.url,
    receiver.url.replace('http:', 'https:').replace('127.0.0.1', 'localhost'),
  ]) {
    await sql`UPDATE notify_way SET targets = ${[url]}, secret = '\\x00', sealed = NULL WHERE id = ${id}`;
    t.equal((await ask('POST', `ways/${id}/test`)).status, 202);
    await sender.work();
    await pass(1_000);
  }
  t.match(await log(), [
    { state: 'dead', error: /webhookReach is local/ },
    { state: 'dead', error: /webhookReach is local/ },
  ]);
  t.equal(receiver.received.length, 0, 'nothing was connected to');
});

t.test('addresses of machines\u2019 own services are never connected to, whatever name leads there', (t) => {
  const may = (address: string, isHttps: boolean, reach: WebhookReach = 'local') =>
    mayConnect(address, { isHttps, reach });
  t.equal(may('127.0.0.1', false), true);
  t.equal(may('10.0.0.1', false), false, 'not in clear');
  for (const address of [
    '10.0.0.1',
    '172.31.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
  ])
    t.same(
      [may(address, true, 'public'), may(address, true, 'private')],
      [false, true],
      `${address} is a receiver within, where the host allows it`,
    );
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])
    t.same([may(address, true, 'private'), may(address, true)], [false, true], address);
  for (const address of ['9.9.9.9', '2620:fe::fe', '::ffff:9.9.9.9', '172.32.0.1'])
    t.equal(may(address, true, 'public'), true, address);
  for (const address of [
    '169.254.169.254',
    '::ffff:169.254.1.1',
    'fe80::1',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '2001:0:a9fe:a9fe::1',
    '::a9fe:a9fe',
    '::ffff:0:a9fe:a9fe',
    'fd00:ec2::254',
    'x',
  ])
    t.equal(may(address, true), false, address);
  t.equal(parseWebhookUrl('http://localhost:9/', 'local').hostname, 'localhost');
  // The example of the standard's own test of signatures.
  const signed = signWebhook(
    { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', payload: '{"test": 2432232314}' },
    Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
    1_614_265_330_000,
  );
  t.equal(signed['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  t.end();
});

t.test('quiet hours end where the clock of the zone says so', (t) => {
  const end = (from: string, to: string, nowMs: number, zone = 'Europe/Berlin') => {
    const ms = findQuietEnd({ from, to, zone, exceptCritical: false }, nowMs);
    return ms === null ? null : new Date(ms).toISOString();
  };
  t.equal(end('22:00', '06:00', Date.UTC(2026, 0, 5, 22, 30, 10)), '2026-01-06T05:00:00.000Z');
  t.equal(end('22:00', '06:00', Date.UTC(2026, 0, 5, 12)), null);
  t.equal(end('12:00', '14:00', Date.UTC(2026, 0, 5, 12)), '2026-01-05T13:00:00.000Z');
  t.equal(end('22:00', '06:00', Date.UTC(2026, 2, 28, 23)), '2026-03-29T04:00:00.000Z', 'an hour less');
  fc.assert(
    fc.property(fc.nat(1_439), fc.nat(1_439), fc.integer({ min: 0, max: 4e12 }), (a, b, nowMs) => {
      const time = (minutes: number) =>
        `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
      const endMs = findQuietEnd({ from: time(a), to: time(b), zone: 'UTC', exceptCritical: false }, nowMs);
      if (endMs === null) return a !== b;
      return (
        endMs > nowMs &&
        endMs - nowMs <= 1_440 * MINUTE_MS &&
        new Date(endMs).toISOString().slice(11, 16) === time(b)
      );
    }),
  );
  t.end();
});
