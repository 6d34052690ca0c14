// What a gateway does when its controller is another, or has to be told everything anew; over real sockets and a bus of two members.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunOffer } from '@muster/protocol';
import t, { type Test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { createLocalHub } from '../bus/local.ts';
import { silentLog } from '../core/log.ts';
import { createTestClock } from '../core/testing/clock.ts';
import { AgentConnection } from './connection.ts';
import { createControlPath } from './control-path.ts';
import { createHandlers } from './handlers.ts';
import { ANNOUNCE_AGAIN_MS, MAX_REMOTE_HANDLERS } from './limits.ts';
import { createRegistry, type Registry } from './registry.ts';
import { createOutgoing } from './remote-session.ts';
import { createRemoteSessions } from './remote-sessions.ts';
import { type Down, type SessionCard, TOPIC, type UpItem } from './wire.ts';

/** A gateway with one session, and a member of its bus that may say that it is the controller. */
async function startPath(t: Test) {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const came = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
  const device = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const ignore = () => undefined;
  const connection = new AgentConnection({
    socket: await came,
    serverNonce: '',
    exporter: new Uint8Array(0),
    events: { text: ignore, binary: ignore, pong: ignore, gone: ignore, failed: ignore },
  });
  connection.phase = 'open';
  const registry = createRegistry();
  connection.slot = registry.add(connection, 1, 7);
  const clock = createTestClock();
  const hub = createLocalHub({ clock, log: silentLog });
  const [bus, controller] = [hub.join(), hub.join()];
  const followed: (string | null)[] = [];
  const heard: UpItem[] = [];
  controller.handle(TOPIC.up, (body) => void heard.push(...(body as readonly UpItem[])));
  const handlers = createHandlers();
  const path = createControlPath({
    ...{ bus, registry, handlers, clock, handshakesPerSecond: 100, followed: (id) => followed.push(id) },
  });
  path.start();
  t.teardown(() => {
    device.terminate();
    sockets.close();
    http.close();
  });
  const say = (topic: string, body: unknown) => controller.send({ gateway: bus.id }, topic, body);
  return { path, registry, handlers, device, connection, clock, controller, followed, heard, say };
}

t.test('whoever is told everything anew holds nobody, and is asked for what was not heard', async (t) => {
  const { path, connection, clock, controller, followed, heard, say } = await startPath(t);
  const { socket } = connection;
  const hold = { items: [{ isHeld: true }], ops: [0, connection.number] } satisfies Down;
  say(TOPIC.begin, { token: 1 });
  say(TOPIC.down, hold);
  await clock.advance(0);
  while (!socket.isPaused || heard.length < 2) await clock.advance(0);
  t.match(heard, [{ is: 'all' }, { is: 'opened' }]);
  t.same(followed, [controller.id]);

  // It missed something: to it the session is a new one, which it will never let go.
  say(TOPIC.begin, { token: 1 });
  await clock.advance(0);
  await clock.advance(ANNOUNCE_AGAIN_MS);
  while (heard.length < 4) await clock.advance(0);
  t.notOk(socket.isPaused, 'its socket is read');
  t.same(followed, [controller.id, controller.id], 'trust and revocations are read anew');

  say(TOPIC.down, hold);
  while (!socket.isPaused) await clock.advance(0);
  void path.take(2);
  t.notOk(socket.isPaused, 'as when this process becomes the controller');
});

const card: SessionCard = {
  ...{ number: 5, tenant: 1, idx: 7, epoch: 3 },
  ...{ deviceId: 'dev_x', sessionId: 'ses_x', capability: 2, clockOffsetMs: 0 },
};

t.test('a session that is announced twice is one session', async (t) => {
  const clock = createTestClock();
  const hub = createLocalHub({ clock, log: silentLog });
  const [bus, gateway] = [hub.join(), hub.join()];
  const handlers = createHandlers();
  const there = new Set<object>();
  handlers.routes.opened((session) => void there.add(session));
  handlers.routes.closed((session) => void there.delete(session));
  const remote = createRemoteSessions({ bus, handlers, log: silentLog });
  remote.start(1);
  const up = (items: UpItem[]) => gateway.send({ gateway: bus.id }, TOPIC.up, items);
  up([{ is: 'opened', card }]);
  // Before it stood that all is announced anew; it was dropped.
  up([{ is: 'opened', card }]);
  up([{ is: 'opened', card: { ...card, number: 6, idx: 8 } }]);
  while (remote.find(1, 8) === undefined) await clock.advance(0);
  t.same([...there], [remote.find(1, 7), remote.find(1, 8)], 'features know no other');
});

t.test(
  'a device of another gateway of which too much is under way is sent away once, and not heard behind the gap',
  async (t) => {
    const clock = createTestClock();
    const hub = createLocalHub({ clock, log: silentLog });
    const [bus, gateway] = [hub.join(), hub.join()];
    const handlers = createHandlers();
    let handled = 0;
    const ends: (() => void)[] = [];
    handlers.routes.message('trust.get', () => {
      handled += 1;
      return new Promise<void>((resolve) => void ends.push(resolve));
    });
    const remote = createRemoteSessions({ bus, handlers, log: silentLog });
    remote.start(1);
    const down: Down[] = [];
    gateway.handle(TOPIC.down, (body) => void down.push(body as Down));
    const up = (items: UpItem[]) => gateway.send({ gateway: bus.id }, TOPIC.up, items);
    const say = (count: number) => {
      const message = { type: 'trust.get', after: 1 } as const;
      up(Array.from({ length: count }, () => ({ is: 'message', number: 5, message })));
    };
    const told = () => down.flatMap(({ items }) => items);
    up([{ is: 'opened', card: { ...card, number: 5 } }]);
    say(MAX_REMOTE_HANDLERS);
    while (handled < MAX_REMOTE_HANDLERS || down.length === 0) await clock.advance(0);
    t.same(told(), [{ isHeld: true }], 'its socket is not read; what was on the way is handled');
    say(3);
    while (told().length < 2) await clock.advance(0);
    for (const end of ends) end();
    while (told().length < 3) await clock.advance(0);
    say(1);
    up([{ is: 'opened', card: { ...card, number: 6, idx: 8 } }]);
    while (remote.find(1, 8) === undefined) await clock.advance(0);
    t.match(told(), [{ isHeld: true }, { code: 'E_BUSY', message: /connect again/ }, { isHeld: false }]);
    t.equal(handled, MAX_REMOTE_HANDLERS);
  },
);

/** Sessions of which each takes longer to announce than others may be kept waiting. */
function addSlow(registry: Registry, socket: WebSocket, count: number): AgentConnection[] {
  const ignore = () => undefined;
  // One for all: nothing comes or goes over it.
  socket.setMaxListeners(0);
  return Array.from({ length: count }, (_, at) => {
    const connection = new AgentConnection({
      socket,
      serverNonce: '',
      exporter: new Uint8Array(0),
      events: { text: ignore, binary: ignore, pong: ignore, gone: ignore, failed: ignore },
    });
    const { identity } = connection;
    connection.identity = {
      ...identity,
      ...{ tenant: 1, idx: 100 + at },
      get deviceId() {
        for (const endMs = performance.now() + 6; performance.now() < endMs; );
        return `dev_${at}`;
      },
    };
    connection.phase = 'open';
    connection.slot = registry.add(connection, 1, 100 + at);
    return connection;
  });
}

t.test('all is told in slices, and no session after what happens on it', async (t) => {
  const { path, registry, handlers, connection, clock, heard, say } = await startPath(t);
  const slow = addSlow(registry, connection.socket, 20);
  const [first, left, last] = [slow[0], slow.at(-2), slow.at(-1)];
  if (first === undefined || left === undefined || last === undefined) throw new Error('there are 20');
  const word = { type: 'trust.get', after: 1 } as const;
  const speak = () => {
    path.closed(left, 'closed');
    void path.message(last, word);
    void path.message(first, word);
  };
  const whole = (order: readonly (number | string)[]) => {
    t.ok(order.indexOf(last.number) < order.indexOf(`word ${last.number}`), 'opened before it speaks');
    t.ok(order.indexOf(last.number) < order.indexOf(slow[9]?.number ?? 0), 'others wait meanwhile');
    t.equal(order.indexOf(left.number), -1, 'who has left is not told of');
    t.equal(new Set(order).size, order.length, 'nothing comes twice');
    // All but one of these, the one that is always there, and two words.
    t.equal(order.length, 19 + 1 + 2);
  };
  say(TOPIC.begin, { token: 1 });
  while (heard.length === 0) await clock.advance(0);
  speak();
  while (heard.length < 23) await clock.advance(0);
  t.same(heard[0], { is: 'all' });
  whole(
    heard.slice(1).map((item) => {
      if (item.is === 'opened') return item.card.number;
      return item.is === 'message' ? `word ${item.number}` : item.is;
    }),
  );

  // And when this process becomes the controller.
  registry.remove(left.slot);
  const [again] = addSlow(registry, connection.socket, 1);
  registry.remove(again?.slot ?? -1);
  const order: (number | string)[] = [];
  const numberOf = (session: object) => (session instanceof AgentConnection ? session.number : -1);
  handlers.routes.opened((session) => {
    for (const endMs = performance.now() + 6; performance.now() < endMs; );
    order.push(numberOf(session));
  });
  handlers.routes.message('trust.get', (session) => void order.push(`word ${numberOf(session)}`));
  const told = path.take(2);
  t.notOk(path.knows(last), 'it is offered nothing before');
  void path.message(last, word);
  void path.message(first, word);
  await told;
  t.ok(path.knows(last));
  whole(order);
});

t.test('an offer arrives whole, from a controller elsewhere and from one here', async (t) => {
  const { device, connection, clock, controller, say } = await startPath(t);
  const told: string[] = [];
  device.on('message', (data) => told.push(String(data)));
  const envelope = { payload: 'YQ', payloadType: 'application/ünusual', signatures: [] };
  const offers = [{ index: 3, path: ['b0', 'b1'] }, { index: 4, path: [] }, null].map(
    (proof): RunOffer => ({ type: 'run.offer', cmdId: 'cmd_a', envelope, proof, content: [envelope] }),
  );
  say(TOPIC.begin, { token: 1 });
  const out = createOutgoing(controller, controller.members()[0] ?? '');
  for (const offer of offers) out.put(connection.number, offer);
  while (told.length < offers.length) await clock.advance(0);
  for (const offer of offers) connection.send(offer);
  while (told.length < 2 * offers.length) await clock.advance(0);
  t.same(
    told.map((text) => JSON.parse(text)),
    [...offers, ...offers],
  );
});

t.test('only who still sends a file is sent away', async (t) => {
  const { path, device, connection, clock, heard, say } = await startPath(t);
  const told: string[] = [];
  device.on('message', (data) => told.push(String(data)));
  const offer = (cmdId: string) =>
    path.message(connection, { type: 'file.offer', cmdId, sha256: '', sizeBytes: 1 });
  const stored = (cmdId: string) => {
    const text = JSON.stringify({ type: 'file.stored', cmdId, sha256: '' });
    say(TOPIC.down, { items: [{ stored: cmdId, text }], ops: [0, connection.number] } satisfies Down);
  };
  const announce = async () => {
    const before = heard.length;
    say(TOPIC.begin, { token: 1 });
    await clock.advance(0);
    await clock.advance(ANNOUNCE_AGAIN_MS);
    while (heard.length === before) await clock.advance(0);
  };
  await announce();
  void offer('cmd_a');
  void offer('cmd_a');
  stored('cmd_a');
  while (told.length < 1) await clock.advance(0);
  await announce();
  t.ok(connection.open, 'its file has arrived');
  void offer('cmd_a');
  void offer('cmd_b');
  stored('cmd_a');
  while (told.length < 2) await clock.advance(0);
  await announce();
  t.notOk(connection.open, 'one has not');
  while (told.length < 3) await clock.advance(0);
  t.match(JSON.parse(told[2] ?? ''), { type: 'reconnect', afterMs: Number });
});
