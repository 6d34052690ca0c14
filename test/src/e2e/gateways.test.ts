// Several gateways and a controller: forwarding in order, presence, clones, succession and fences, over real sockets and a real database.
import type { AgentMessage } from '@muster/protocol';
import t, { type Test } from 'tap';
import { type DeviceWire, enrollDevice, openDevice, type SimulatedDevice } from '../fleet/device.ts';
import { type Crew, type CrewMember, startCrew } from '../support/crew.ts';
import { runObedientDevice } from '../support/obedient-device.ts';
import { createOrders, type FoundTargets } from '../support/orders.ts';
import { codeOf, FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

/** Every device of these tests. */
const ALL = 'id != ""';

function at(crew: Crew, place: number): CrewMember {
  const member = crew.members[place];
  if (member === undefined) throw new Error(`there is no worker ${place}`);
  return member;
}

/** The session of a device as that worker finds it. */
async function findSession({ running }: CrewMember, device: SimulatedDevice) {
  const [row] = await running.database.sql<{ tenant: number; idx: number }[]>`
    SELECT tenant, idx FROM device WHERE id = ${device.id}`;
  return row === undefined ? undefined : running.gateway.connections.find(row.tenant, row.idx);
}

async function presenceOf(member: CrewMember, device: SimulatedDevice): Promise<string> {
  const { body } = await member.call<{ presence: string }>(`/api/v1/devices/${device.id}`);
  return body.presence;
}

/** A device connected to that worker; what it is told is read off. */
async function connect(t: Test, member: CrewMember, device: SimulatedDevice): Promise<DeviceWire> {
  const wire = await openDevice(member.url, device);
  t.teardown(() => wire.socket.terminate());
  return wire;
}

/** The next message of a type. */
async function nextOf(wire: DeviceWire, type: string) {
  for (let message = await wire.next(); message !== null; message = await wire.next())
    if (message.type === type) return message;
  return null;
}

const crew = await startCrew(t, 2);

t.test('a device on another gateway is to the controller like one of its own', async (t) => {
  const [controller, other] = [at(crew, 0), at(crew, 1)];
  const device = await crew.enroll('far');
  const wire = await connect(t, other, device);
  const session = await until('the controller knows it', () => findSession(controller, device));
  t.match(session, { deviceId: device.id, open: true, slot: -1 });
  await until('it is online', async () => (await presenceOf(other, device)) === 'online');
  t.equal(await presenceOf(controller, device), 'online', 'whichever worker is asked');

  await t.test('one text for many crosses once, and everything arrives in order', async (t) => {
    const chain = { type: 'trust.chain', trust: [] } as const;
    for (let index = 0; index < 50; index++) {
      session.send(chain);
      session.send({ type: 'live.stop', id: index + 1 });
    }
    const heard: string[] = [];
    while (heard.length < 100) {
      const message = await wire.next();
      if (message === null) break;
      if (message.type === 'live.stop') heard.push(`stop ${message.id}`);
      else if (message.type === 'trust.chain') heard.push('chain');
    }
    t.same(heard, Array.from({ length: 50 }, (_, index) => ['chain', `stop ${index + 1}`]).flat());
  });

  await t.test('its words reach the controller, and answers come back', async (t) => {
    wire.send({ type: 'trust.get', after: 1 });
    t.match(await nextOf(wire, 'trust.chain'), { trust: [] });
  });

  await t.test('its heartbeat is what lists and rankings show', async (t) => {
    const top = () => other.call<{ online: number }>('/api/v1/top');
    await until('the heartbeat came', async () => (await top()).body.online === 1);
    t.pass('it came');
  });

  await t.test('refused by the controller, it is gone everywhere', async (t) => {
    session.refuse('E_BUSY', 'Go away.');
    t.match(await nextOf(wire, 'refuse'), { code: 'E_BUSY' });
    await wire.closed;
    await until('it is gone', async () => (await findSession(controller, device)) === undefined);
    t.equal(session.open, false);
    await until('it is offline', async () => (await presenceOf(controller, device)) === 'offline');
  });

  await t.test('a retired device leaves whichever gateway it is on', async (t) => {
    const retired = await crew.enroll('retired');
    const its = await connect(t, other, retired);
    const path = `/api/v1/devices/${retired.id}/decisions`;
    const { status } = await other.call(path, { method: 'POST', body: { decision: 'retire' } });
    t.equal(status, 200);
    t.match(await nextOf(its, 'refuse'), { code: 'E_RETIRED' });
  });
});

t.test('requests reach the controller through any worker', async (t) => {
  const [controller, other] = [at(crew, 0), at(crew, 1)];
  t.match(await other.call('/api/v1/devices'), { status: 200, body: { items: [{}] } });
  t.match(await other.call('/api/v1/devices', { token: null }), {
    status: 401,
    body: { code: 'E_SIGNED_OUT' },
    headers: { 'www-authenticate': 'Bearer' },
  });
  t.match(await other.call('/api/v1/nowhere'), { status: 404, body: { code: 'E_NOT_FOUND' } });
  const { headers } = await other.call('/api/v1/devices');
  t.equal(headers['muster-signed-in'], undefined, 'what workers tell each other stays inside');
  t.match(headers['content-security-policy'], /default-src/, 'what the application says goes out');
  const big = { name: 'x'.repeat(300_000), uses: 1, autoApprove: true };
  t.match(await other.call('/api/v1/enrollment-tokens', { method: 'POST', body: big }), {
    body: { code: 'E_SIZE' },
  });
  for (const member of [controller, other])
    t.match(await member.call('/healthz', { token: null }), { status: 200 });

  await t.test('streams too, and what happens on any gateway is in them', async (t) => {
    const abort = new AbortController();
    t.teardown(() => abort.abort());
    const stream = await fetch(`${other.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${crew.token}` },
      signal: abort.signal,
    });
    t.match(stream.headers.get('content-type'), /text\/event-stream/);
    const device = await crew.enroll('seen');
    await connect(t, other, device);
    let text = '';
    for await (const piece of stream.body ?? []) {
      text += Buffer.from(piece).toString();
      if (text.includes(device.id)) break;
    }
    t.match(text, /event: device/);
  });
});

t.test('one key on two gateways', async (t) => {
  const [controller, other] = [at(crew, 0), at(crew, 1)];

  await t.test('two machines that both live are told so', async (t) => {
    const device = await crew.enroll('twice');
    const first = await connect(t, other, device);
    t.equal(await codeOf(openDevice(controller.url, { ...device })), 'E_CLONE');
    t.match(await nextOf(first, 'refuse'), { code: 'E_CLONE' });
  });

  await t.test(
    'one whose old socket is dead goes on, and the end of the old one changes nothing',
    async (t) => {
      const device = await crew.enroll('moved');
      const first = await connect(t, other, device);
      await until('it is online', async () => (await presenceOf(controller, device)) === 'online');
      // It reads no more, so it answers no ping.
      first.socket.pause();
      const second = await connect(t, controller, { ...device });
      t.match(await findSession(controller, device), { open: true });
      await pause(500);
      t.equal(await presenceOf(controller, device), 'online');
      second.socket.terminate();
      await until('its newest session says so', async () => (await presenceOf(other, device)) === 'offline');
    },
  );

  await t.test('what an old session has under way is not stored after the new one has opened', async (t) => {
    const device = await crew.enroll('fenced');
    const wire = await connect(t, other, device);
    const { sql } = other.running.database;
    await sql`UPDATE device SET epoch = epoch + 1 WHERE id = ${device.id}`;
    const time = new Date().toISOString();
    const alert: AgentMessage = {
      type: 'alert',
      ...{ seq: 7, rule: 'cpu', series: 'system.cpu.busy', at: time, since: time, value: 1, threshold: 0.9 },
      state: 'firing',
      severity: 'warning',
    };
    wire.send(alert);
    await pause(500);
    t.equal((await sql`SELECT 1 FROM alert`).length, 0, 'stored nowhere');
    await sql`UPDATE device SET epoch = epoch - 1 WHERE id = ${device.id}`;
    wire.send(alert);
    t.match(await nextOf(wire, 'ack'), { seqs: [7] }, 'and not answered: it came again');
  });
});

t.test('who missed something is told everything anew', async (t) => {
  const crew = await startCrew(t, 2, { limitBytes: 64 * 1024 });
  const [controller, other] = [at(crew, 0), at(crew, 1)];
  const before = await connect(t, other, await crew.enroll('before'));
  const release = crew.hub.stall(controller.id);
  const device = await crew.enroll('meanwhile');
  const wire = await connect(t, other, device);
  const data = 'x'.repeat(20_000);
  const { frames } = other.running.gateway.counts();
  for (let offset = 0; offset < 20; offset++)
    wire.send({ type: 'run.output', cmdId: `cmd_${'a'.repeat(26)}`, offset, data });
  await until('all of it has come', () => other.running.gateway.counts().frames >= frames + 20);
  // What came is gathered for a turn, and goes to the hub then.
  await pause(500);
  release();
  await until('the controller knows it all the same', () => findSession(controller, device));
  const { text } = await controller.call('/metrics', { token: null });
  t.match(text, /muster_bus_missed_total\{worker="1"\} [1-9]/, 'it did miss something');
  await until('each once', () => controller.running.gateway.connections.count() === 2);
  t.equal(before.socket.readyState, before.socket.OPEN, 'nobody was cut off for it');
});

t.test('the controller goes, another goes on', async (t) => {
  const crew = await startCrew(t, 2);
  const [first, second] = [at(crew, 0), at(crew, 1)];
  const devices = [await crew.enroll('one'), await crew.enroll('two')];
  const obedient = devices.map((device) => runObedientDevice(second.url, device));
  t.teardown(() => Promise.all(obedient.map((device) => device.stop())));
  const orders = await createOrders({ dataDir: crew.dataDir, call: second.call });
  await until('both are there', () => first.running.gateway.connections.count() === 2);
  const countTargets = async () => {
    const { body } = await second.call<{ count: number }>('/api/v1/targets', {
      method: 'POST',
      body: { on: ALL },
    });
    return body.count;
  };
  await until('the index has both', async () => (await countTargets()) === 2);
  const done = await orders.order(ALL);
  await until('both have done it', () =>
    obedient.every(({ starts, settled }) => starts.has(done) && settled()),
  );

  const sessions = obedient.map((device) => device.offers());
  crew.hub.kill(first.id);
  const targets = await second.call<{ count: number }>('/api/v1/targets', {
    method: 'POST',
    body: { on: ALL },
  });
  t.match(targets, { status: 201, body: { count: 2 } }, 'a request waits for it');
  t.equal(second.running.gateway.connections.count(), 2);
  t.equal(sessions.length, 2);
  const again = await orders.order(ALL);
  await until('and they obey it', () =>
    obedient.every(({ starts, settled }) => starts.has(again) && settled()),
  );
  t.ok(obedient.every(({ starts }) => [...starts.values()].every((count) => count === 1)));

  // The first does not know yet that it was succeeded: what it would store is fenced out.
  const found = await first.call<FoundTargets>('/api/v1/targets', { method: 'POST', body: { on: ALL } });
  const { envelope } = orders.sign(found.body);
  const { snapshot } = found.body;
  const late = await first.call('/api/v1/jobs', { method: 'POST', body: { envelope, snapshot } });
  t.match(late, { status: 503, body: { code: 'E_FENCED_OUT' } });
  t.match(await first.running.over, /controller/);

  const third = await crew.join();
  t.match(await third.call('/api/v1/devices'), { status: 200 }, 'who joins finds the new one');
  const text =
    (
      await third.call('/api/v1/enrollment-tokens', {
        method: 'POST',
        body: { name: 'more', uses: 1, autoApprove: true },
      })
    ).body.text ?? '';
  const late3 = await enrollDevice(third.url, text, { hostname: 'three' });
  await connect(t, third, late3);
  await until('it is online', async () => (await presenceOf(second, late3)) === 'online');
  crew.hub.kill(third.id);
  await until('with its gateway it went', async () => (await presenceOf(second, late3)) === 'offline');

  await t.test('one that was succeeded knows it from the bus alone', async (t) => {
    const rival = crew.hub.join();
    t.teardown(() => rival.stop());
    rival.own('controller');
    t.match(await second.running.over, /another process/);
  });
});
