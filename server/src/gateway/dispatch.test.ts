// The opening of sessions over real sockets: two with one key on two gateways, and what the welcome says about coming back.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AGENT_PATH,
  type Auth,
  authTranscript,
  CAPABILITY,
  encodeBase32,
  encodeBase64url,
  type ServerMessage,
  SUBPROTOCOL,
} from '@muster/protocol';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { createLocalHub } from '../bus/local.ts';
import type { DeviceRecord } from '../core/agents/directory.ts';
import { systemClock } from '../core/clock.ts';
import { makeSigningKey, nodeCrypto } from '../core/crypto.ts';
import { silentLog } from '../core/log.ts';
import { until } from '../core/testing/until.ts';
import { createTimerWheel } from '../core/timer-wheel.ts';
import type { GatewayDeps } from './deps.ts';
import { reconnectWindowMs } from './drain.ts';
import { createGateway } from './gateway.ts';

const keys = makeSigningKey();
const ORG = `org_${encodeBase32(randomBytes(16))}`;

/** Two gateways and their one table of one device. */
async function startTwo(t: Test) {
  let row: DeviceRecord = {
    ...{ tenant: 1, idx: 7, deviceId: `dev_${encodeBase32(randomBytes(16))}`, deviceKey: keys.publicKey },
    ...{ state: 'active', stateReason: '', epoch: 0, epochSeen: 0, gateway: '' },
  };
  const table = {
    row: () => row,
    finds: 0,
    /** Comes between the commit of an epoch and its answer. */
    committed: async (): Promise<void> => undefined,
  };
  const hub = createLocalHub({ clock: systemClock, log: silentLog });
  const nothing = () => undefined;
  const directory = {
    find: async () => {
      table.finds += 1;
      return row;
    },
    async open({ epoch, gateway }: { epoch: number; gateway: string }) {
      row = { ...row, epoch, gateway };
      await table.committed();
    },
    quarantine: async () => undefined,
    findInactive: async () => [],
    ...{ confirm: nothing, offline: nothing },
  };
  const start = () => startGateway(t, { bus: hub.join(), directory });
  return { table, first: await start(), second: await start() };
}

/** A gateway behind a port; `welcomes` gets the bodies that it seals. */
async function startGateway(
  t: Test,
  parts: Pick<GatewayDeps, 'bus' | 'directory'>,
  { handshakesPerSecond = 100, welcomes = [] }: { handshakesPerSecond?: number; welcomes?: object[] } = {},
): Promise<string> {
  const gateway = createGateway({
    ...{ ...parts, crypto: nodeCrypto, clock: systemClock, log: silentLog },
    enroll: () => Promise.reject(new Error('nobody enrolls')),
    trust: {
      ...{ tenant: 1, org: ORG, version: () => 1, chainAfter: () => [] },
      seal(_type, body) {
        welcomes.push(body);
        return { payload: '', payloadType: '', signatures: [] };
      },
    },
    admission: { handshakesPerSecond, burst: 100, maxUnauthenticated: 100, maxSessions: 100 },
    ...{ delayMs: () => 0, authDeadlineMs: 20_000, beatMs: 30_000 },
    createWheel: (onDue) => createTimerWheel({ clock: systemClock, onDue }),
  });
  const server = createServer();
  gateway.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    await gateway.stop();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}${AGENT_PATH}`;
}

/** A socket of the device; the key is proven as soon as it is greeted. What the device hears after that, by its type or the code in it. */
function open(
  t: Test,
  url: string,
  { deviceId, epoch, v = CAPABILITY }: Pick<DeviceRecord, 'deviceId' | 'epoch'> & { readonly v?: number },
): string[] {
  const heard: string[] = [];
  const socket = new WebSocket(url, SUBPROTOCOL);
  t.teardown(() => socket.terminate());
  socket.on('message', (data) => {
    const message: ServerMessage = JSON.parse(String(data));
    if (message.type !== 'hello') {
      heard.push(message.type === 'refuse' ? message.code : message.type);
      return;
    }
    const auth: Omit<Auth, 'sig'> = {
      ...{ type: 'auth', v, deviceId, nonce: encodeBase64url(randomBytes(32)), bootId: 'boot' },
      ...{ epoch, binding: 'none', at: new Date().toISOString(), trustVersion: 1, agentVersion: '0.1.0' },
    };
    const context = { org: message.org, serverNonce: message.nonce, exporter: new Uint8Array(0) };
    socket.send(JSON.stringify({ ...auth, sig: encodeBase64url(keys.sign(authTranscript(auth, context))) }));
  });
  return heard;
}

/** A session whose opening is committed and not answered before `answer`, and a second holder of its key who has come meanwhile. */
async function openTwice(t: Test) {
  const { table, first, second } = await startTwo(t);
  let answer: () => void = () => undefined;
  table.committed = () => new Promise((resolve) => (answer = resolve));
  const one = open(t, first, table.row());
  await until('the epoch is committed', () => table.row().epoch === 1);
  table.committed = async () => undefined;
  const other = open(t, second, table.row());
  return { table, first, one, other, answer };
}

t.test('two holders of a key are met while the session of the first is just being opened', async (t) => {
  const { table, one, other, answer } = await openTwice(t);
  await until('the other was looked up', () => table.finds === 2);
  // Its question is under way.
  await new Promise((resolve) => setTimeout(resolve, 100));
  answer();
  await until('both have heard', () => one.includes('E_CLONE') && other.length > 0);
  t.same(other, ['E_CLONE']);
  t.same(one, ['welcome', 'E_CLONE']);
});

t.test('one whose opening does not end is never opened when another has asked for it', async (t) => {
  const { table, first, one, other, answer } = await openTwice(t);
  await until('the other goes on', () => other.length > 0);
  t.same(other, ['welcome']);
  answer();
  await until('it hears', () => one.length > 0);
  t.same(one, ['E_BUSY']);
  const again = open(t, first, table.row());
  await until('nothing of it is left', () => again.length > 0);
  t.same(again, ['E_CLONE'], 'both answer');
});

t.test('the welcome of a server with many sessions says over which time to come back', async (t) => {
  const rows = Array.from(
    { length: 5 },
    (_, nth): DeviceRecord => ({
      ...{ tenant: 1, idx: nth + 1, deviceId: `dev_${encodeBase32(randomBytes(16))}`, gateway: '' },
      ...{ deviceKey: keys.publicKey, state: 'active', stateReason: '', epoch: 0, epochSeen: 0 },
    }),
  );
  const directory = {
    find: async (deviceId: string) => rows.find((row) => row.deviceId === deviceId),
    ...{ open: async () => undefined, quarantine: async () => undefined, findInactive: async () => [] },
    ...{ confirm: () => undefined, offline: () => undefined },
  };
  const bus = createLocalHub({ clock: systemClock, log: silentLog }).join();
  const welcomes: { reconnectWindowMs?: number }[] = [];
  const url = await startGateway(t, { bus, directory }, { handshakesPerSecond: 1, welcomes });
  for (const [nth, { deviceId }] of rows.entries()) {
    // The fifth is an agent of before, which would take no field that it does not know.
    const heard = open(t, url, { deviceId, epoch: 0, v: nth === 4 ? 2 : CAPABILITY });
    await until('it is welcome', () => heard.includes('welcome'));
  }
  const said = welcomes.map((body) => body.reconnectWindowMs ?? null);
  t.same(said, [null, 3_000, 4_500, 6_000, null], 'as soon as one a second does not do any more');
  t.notOk(Object.keys(welcomes[0] ?? {}).includes('reconnectWindowMs'), 'nothing to say is not said');

  t.same([reconnectWindowMs(10, 200), reconnectWindowMs(266, 200)], [undefined, undefined]);
  t.equal(reconnectWindowMs(5_000, 200), 37_500, 'so many handshakes a second');
  t.equal(reconnectWindowMs(10_000, 100_000), 60_000, 'or what their processor time takes');
  t.equal(reconnectWindowMs(1_000, 300), 6_000);
  t.equal(reconnectWindowMs(1_001, 170), 8_833, 'whole milliseconds');
  t.equal(reconnectWindowMs(1_000_000, 1), 300_000, 'at most what agents take');
});
