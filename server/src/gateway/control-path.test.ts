// What a gateway does when its controller is another, or has to be told everything anew; over real sockets and a bus of two members.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { createLocalHub } from '../bus/local.ts';
import { silentLog } from '../core/log.ts';
import { createTestClock } from '../core/testing/clock.ts';
import { AgentConnection } from './connection.ts';
import { createControlPath } from './control-path.ts';
import { createHandlers } from './handlers.ts';
import { ANNOUNCE_AGAIN_MS } from './limits.ts';
import { createRegistry } from './registry.ts';
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
  const path = createControlPath({ bus, registry, handlers, clock, followed: (id) => followed.push(id) });
  path.start();
  t.teardown(() => {
    device.terminate();
    sockets.close();
    http.close();
  });
  const say = (topic: string, body: unknown) => controller.send({ gateway: bus.id }, topic, body);
  return { path, connection, clock, controller, followed, heard, say };
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
  path.take(2);
  t.notOk(socket.isPaused, 'as when this process becomes the controller');
});

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
  const names = { deviceId: 'dev_x', sessionId: 'ses_x' };
  const card: SessionCard = {
    ...names,
    number: 5,
    tenant: 1,
    idx: 7,
    capability: 2,
    clockOffsetMs: 0,
    epoch: 3,
  };
  const up = (items: UpItem[]) => gateway.send({ gateway: bus.id }, TOPIC.up, items);
  up([{ is: 'opened', card }]);
  // Before it stood that all is announced anew; it was dropped.
  up([{ is: 'opened', card }]);
  up([{ is: 'opened', card: { ...card, number: 6, idx: 8 } }]);
  while (remote.find(1, 8) === undefined) await clock.advance(0);
  t.same([...there], [remote.find(1, 7), remote.find(1, 8)], 'features know no other');
});
