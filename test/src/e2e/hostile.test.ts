// What hostile or broken clients send, each with its code, while another device goes on undisturbed.
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeHeartbeat } from '@muster/protocol';
import t from 'tap';
import { enrollDevice, makeAuth, makeEnroll, openDevice, openWire, quietBeat } from '../fleet/device.ts';
import { makeDeviceKeys } from '../fleet/keys.ts';
import {
  breakOff,
  dial,
  type FrameWish,
  frame,
  OPCODE,
  openRaw,
  type RawSocket,
  tryUpgrade,
  upgradeRequest,
} from '../support/raw-socket.ts';
import { startTestServer } from '../support/server.ts';
import { bodyText, makeBodyFrame, report, type SliceWish } from '../support/slices.ts';
import { codeOf, FILE_PATIENCE_MS, pause, until } from '../support/wait.ts';

t.setTimeout(FILE_PATIENCE_MS);

// Without TLS thousands of connections cost less; what a frame may be does not depend on it.
const plenty = ['--handshakes-per-second', '100000', '--handshake-burst', '100000'];
const plain = await startTestServer(t, { flags: ['--tls', 'off', ...plenty, '--beat-ms', '1000'] });
const { gateway } = plain.running;
// Silence takes its time, so it begins here.
const small = await startTestServer(t, { flags: ['--tls', 'off', '--max-unauthenticated', '5'] });
const strict = await startTestServer(t, {
  flags: ['--handshakes-per-second', '1', '--handshake-burst', '12'],
});
const { hostname: host, port } = new URL(strict.url);
const neverShaken = connect(Number(port), host);
const silent = await Promise.all(Array.from({ length: 5 }, () => openRaw(small.url)));
const sixth = tryUpgrade(small.url);
const healthyDevice = await enroll('healthy');
const healthy = await openDevice(plain.url, healthyDevice);

async function enroll(hostname: string) {
  return enrollDevice(plain.url, await plain.enrollmentToken(), { hostname });
}

/** The other device is online, its session is the first one, and its heartbeats still arrive. */
async function isUndisturbed(): Promise<boolean> {
  const before = gateway.counts().frames;
  healthy.socket.send(encodeHeartbeat(quietBeat));
  await until('the heartbeat arrived', () => gateway.counts().frames > before);
  return healthyDevice.epoch === 1 && healthy.socket.readyState === healthy.socket.OPEN;
}

/** A raw connection that has authenticated as a new device. */
async function openAuthenticated(hostname: string): Promise<RawSocket> {
  const device = await enroll(hostname);
  const raw = await openRaw(plain.url);
  raw.write(frame(JSON.stringify(makeAuth(raw, device))));
  const welcome = await raw.next();
  if (welcome?.type !== 'welcome') throw new Error(`no welcome but ${welcome?.type}`);
  return raw;
}

const beat = encodeHeartbeat(quietBeat);
const hash = 'A'.repeat(43);
const time = '2026-01-01T00:00:00.000Z';
const offer = { type: 'inventory.offer', root: hash, slices: [], packages: [], packagesSince: time };

/** What is written after hello (and after welcome), and what comes of it. */
interface Attack {
  readonly what: string;
  readonly frames: readonly (readonly [Uint8Array | string, FrameWish?])[];
  readonly refused: string | null;
  readonly closeCode: number;
}

/** The server answers with a code of ours. */
function refused(what: string, payload: Uint8Array | string, code: string): Attack {
  return { what, frames: [[payload]], refused: code, closeCode: 4001 };
}

/** The WebSocket itself is wrong: RFC 6455 has codes for that. */
function broken(what: string, closeCode: number, payload: Uint8Array | string, wish: FrameWish = {}): Attack {
  return { what, frames: [[payload, wish]], refused: null, closeCode };
}

const fragments = Array.from({ length: 65 }, (_, at) => {
  return [' ', { opcode: at === 0 ? OPCODE.text : OPCODE.continuation, fin: at === 64 }] as const;
});

/** The same whether or not the socket has authenticated. */
const anywhere: readonly Attack[] = [
  broken('a frame above 256 KiB', 1009, Buffer.alloc(256 * 1024 + 1)),
  broken('a frame that only claims 2 GiB', 1009, 'x', { claimedBytes: 2 ** 31 - 1 }),
  { what: '65 fragments', frames: fragments, refused: null, closeCode: 1008 },
  broken('an unmasked frame', 1002, '{}', { masked: false }),
  broken('a compressed frame', 1002, '{}', { reserved: 4 }),
  broken('an unknown opcode', 1002, '{}', { opcode: 3 }),
  broken('a long ping', 1002, Buffer.alloc(126), { opcode: OPCODE.ping }),
  broken('a continuation of nothing', 1002, '{}', { opcode: OPCODE.continuation }),
  broken('text that is no UTF-8', 1007, Buffer.from([0xff, 0xfe]), { opcode: OPCODE.text }),
  refused('text that is no JSON', 'hello?', 'E_SHAPE'),
  refused('JSON nested deeply', '['.repeat(200_000), 'E_SHAPE'),
  refused('a list', '[1,2,3]', 'E_SHAPE'),
  refused('a key __proto__', '{"type":"auth","__proto__":{}}', 'E_SHAPE'),
  refused('an unknown type', '{"type":"format.disk"}', 'E_TYPE'),
  refused('a type that every object has', '{"type":"constructor"}', 'E_TYPE'),
  refused('a message of the server', '{"type":"inventory.ask"}', 'E_TYPE'),
  refused('a field too many', JSON.stringify({ ...offer, more: 1 }), 'E_SHAPE'),
];

const before: readonly Attack[] = [
  refused('a heartbeat', beat, 'E_ORDER'),
  refused('binary rubbish', Buffer.alloc(999, 0xa5), 'E_ORDER'),
  refused('an offer', JSON.stringify(offer), 'E_ORDER'),
];

const after: readonly Attack[] = [
  refused('binary rubbish', Buffer.alloc(999, 0xa5), 'E_TYPE'),
  refused('an empty binary frame', Buffer.alloc(0), 'E_TYPE'),
  refused('a heartbeat cut short', beat.subarray(0, 31), 'E_SHAPE'),
  refused('a body nobody asked for', makeBodyFrame({ name: 'x', text: 'x' }), 'E_ORDER'),
  refused('a live reply cut short', Buffer.from([4, 0]), 'E_SHAPE'),
  refused('an offer with a wrong root', JSON.stringify(offer), 'E_HASH'),
];

for (const attack of [...anywhere, ...before]) {
  t.test(`before authentication, ${attack.what} closes that socket only`, async (t) => {
    const raw = await openRaw(plain.url);
    for (const [payload, wish] of attack.frames) raw.write(frame(payload, wish));
    t.same(await raw.ended, { refused: attack.refused, closeCode: attack.closeCode });
    t.ok(await isUndisturbed());
  });
}

for (const attack of [...anywhere, ...after]) {
  t.test(`in an open session, ${attack.what} closes that session only`, async (t) => {
    const raw = await openAuthenticated('attacker');
    for (const [payload, wish] of attack.frames) raw.write(frame(payload, wish));
    t.same(await raw.ended, { refused: attack.refused, closeCode: attack.closeCode });
    t.ok(await isUndisturbed());
  });
}

t.test('nothing may follow the proof before it is answered, nor repeat it afterwards', async (t) => {
  const device = await enroll('impatient');
  const raw = await openRaw(plain.url);
  const auth = frame(JSON.stringify(makeAuth(raw, device)));
  raw.write(Buffer.concat([auth, frame(beat)]));
  t.same(await raw.ended, { refused: 'E_ORDER', closeCode: 4001 });
  const open = await openAuthenticated('again');
  open.write(frame(JSON.stringify(makeAuth(open, device))));
  t.same(await open.ended, { refused: 'E_ORDER', closeCode: 4001 });
  await until('both are gone', () => gateway.counts().sessions === 1);
  t.ok(await isUndisturbed());
});

t.test('sockets that prove nothing are capped, told after five seconds, and leave their place', async (t) => {
  t.match(await sixth, /^HTTP\/1\.1 503 /, 'the sixth has no place');
  t.equal(small.running.gateway.counts().refusedCap, 1);
  t.equal((await small.call('/healthz')).status, 200, 'people are served all the same');
  for (const one of silent) t.same(await one.ended, { refused: 'E_AUTH_TIMEOUT', closeCode: 4001 });
  await until('their places are free', () => small.running.gateway.counts().unauthenticated === 0);
  const token = await small.enrollmentToken();
  await openDevice(small.url, await enrollDevice(small.url, token, { hostname: 'next' }));
  t.equal(small.running.gateway.counts().sessions, 1, 'who comes then finds one');
});

t.test('handshakes beyond the budget are cut before TLS, and open sessions go on', async (t) => {
  const device = await enrollDevice(strict.url, await strict.enrollmentToken(), { hostname: 'early' });
  const wire = await openDevice(strict.url, device);
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, () => codeOf(dial(strict.url).then((one) => one.destroy()))),
  );
  const refused = outcomes.filter((outcome) => outcome !== 'no failure').length;
  t.ok(refused >= 25, `${refused} of 40 were cut`);
  t.equal(strict.running.gateway.counts().refusedRate, refused);
  const { frames } = strict.running.gateway.counts();
  wire.socket.send(beat);
  await until('the heartbeat arrived', () => strict.running.gateway.counts().frames > frames);
  t.equal(wire.socket.readyState, wire.socket.OPEN);

  await until('who never began a handshake is cut', () => neverShaken.destroyed);
  for (let round = 0; round < 3; round++) {
    const socket = await until('a handshake is allowed again', () => dial(strict.url).catch(() => null));
    socket.write(upgradeRequest({ path: '/nowhere' }));
    breakOff(socket);
  }
  await pause(100);
  t.equal(strict.running.gateway.counts().sessions, 1, 'a refused upgrade on a broken socket ends nothing');
  const last = await until('a place for one more', async () => {
    const socket = connect(Number(port), host);
    await pause(100);
    return socket.destroyed ? undefined : socket;
  });
  const cut = new Promise((resolve) => last.once('close', resolve));
  await strict.stop();
  await cut;
  t.pass('a server that stops does not wait for handshakes');
});

t.test(
  'an address that connects and says nothing takes its share of the places, and gives it back',
  async (t) => {
    const crowded = await startTestServer(t, { flags: ['--max-unauthenticated', '200', ...plenty] });
    const { hostname, port: at } = new URL(crowded.url);
    const counts = () => crowded.running.gateway.counts();
    // The host's own address has no share; its neighbors on loopback are as foreign as any other.
    const silentOnes = Array.from({ length: 60 }, () =>
      connect({ host: hostname, port: Number(at), localAddress: '127.0.0.2' }).on('error', () => undefined),
    );
    await until('the rest is cut', () => silentOnes.filter(({ destroyed }) => destroyed).length === 10);
    t.match(counts(), { connecting: 50, refusedCap: 10 });
    t.equal((await crowded.call('/healthz')).status, 200, 'others are served');
    for (const one of silentOnes) one.destroy();
    await until('all places are free', () => counts().connecting === 0);

    const { hostname: name } = new URL(crowded.url);
    const token = await crowded.apiToken(['devices.read']);
    const ask = (path: string) =>
      `GET ${path} HTTP/1.1\r\nHost: ${name}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const person = await dial(crowded.url);
    const answer = () => new Promise((resolve) => person.once('data', resolve));
    t.equal(counts().connecting, 1);
    person.write(ask('/healthz'));
    await answer();
    t.equal(counts().connecting, 1, 'whoever asks for what anybody may see has proven nothing');
    person.write(ask('/api/v1/devices'));
    await answer();
    t.equal(counts().connecting, 0, 'who is signed in has');
    person.destroy();
    const wire = await openDevice(
      crowded.url,
      await enrollDevice(crowded.url, await crowded.enrollmentToken(), { hostname: 'proven' }),
    );
    t.equal(counts().sessions, 1);
    // The socket by which it enrolled may be closing still.
    await until('it takes no place', () => counts().connecting === 0 && counts().unauthenticated === 0);
    wire.socket.close();
  },
);

t.test('an upgrade that is no agent’s is refused and its socket closed', async (t) => {
  t.match(await tryUpgrade(plain.url, upgradeRequest({ path: '/agent/v2' })), /^HTTP\/1\.1 404 /);
  t.match(await tryUpgrade(plain.url, upgradeRequest({ protocol: 'chat' })), /^HTTP\/1\.1 400 /);
  t.match(await tryUpgrade(plain.url, upgradeRequest({ key: 'short' })), /^HTTP\/1\.1 400 /);
  const lingering = await dial(plain.url);
  const closed = new Promise((resolve) => lingering.once('close', resolve));
  lingering.resume().write(upgradeRequest({ path: '/nowhere' }));
  await closed;
  await until('no place is held', () => gateway.counts().unauthenticated === 0);
});

t.test('a device that does not read is closed before it costs memory', async (t) => {
  const device = await enroll('slow-reader');
  const wire = await openDevice(plain.url, device);
  const { idx } = await plain.running.database.sql`SELECT idx FROM device WHERE id = ${device.id}`.then(
    ([row]) => row ?? {},
  );
  const session = gateway.connections.find(plain.running.tenant, idx);
  wire.socket.pause();
  const want = {
    type: 'inventory.want' as const,
    root: hash,
    hashes: Array.from({ length: 128 }, () => hash),
  };
  let sent = 0;
  while (session?.open && sent < 20_000) {
    session.send(want);
    if (++sent % 100 === 0) await pause(1);
  }
  t.equal(session?.open, false);
  t.ok(sent < 20_000, `after ${sent} messages`);
  wire.socket.resume();
  t.equal(await wire.closed, 1006);
  t.ok(await isUndisturbed());
});

const columns = ['uid', 'gid', 'username', 'description', 'directory', 'shell', 'interactive'];
const users = (...rows: unknown[][]): SliceWish => ({
  name: 'users',
  text: bodyText('users', columns, rows),
});
const user = (username: unknown, uid: unknown = 0) => [uid, 0, username, '', '/', '/bin/sh', true];

t.test('an inventory that is too large, too deep or not clean is refused with its code', async (t) => {
  const device = await enroll('liar');
  const stored = users(user('root'));
  const first = await openDevice(plain.url, device);
  t.equal(await report(first, [stored]), 'stored');
  first.socket.close();
  await first.closed;
  const long = users(user('a'.repeat(10_000_000)));
  const bomb = users(user('b'.repeat(3_000_000)));
  const json = (text: string): SliceWish => ({ name: 'users', text });
  const row = (text: string) => json(stored.text.replace('[0,', `[${text},`));
  const cases: readonly (readonly [string, SliceWish, string])[] = [
    ['a text of 10 MB', long, 'E_SIZE'],
    ['more than was announced', { ...bomb, frame: { rawBytes: 1_000 } }, 'E_SIZE'],
    [
      'less than was announced',
      { ...stored, text: `${stored.text} `, frame: { rawBytes: 4_000_000 } },
      'E_SHAPE',
    ],
    ['a text of 3 MB', bomb, 'E_SCHEMA'],
    ['no deflate at all', { ...users(user('x')), frame: { data: Buffer.alloc(64, 0xff) } }, 'E_SHAPE'],
    ['NaN', row('NaN'), 'E_CANON'],
    ['infinity', row('1e999'), 'E_CANON'],
    ['half a user', row('0.5'), 'E_SCHEMA'],
    ['a text where a number stands', row('"0"'), 'E_SCHEMA'],
    ['a zero character', users(user('a\u0000b')), 'E_SCHEMA'],
    ['an escape sequence', users(user('\u001b[2J')), 'E_SCHEMA'],
    ['a lone surrogate', json(stored.text.replace('root', '\\ud800')), 'E_CANON'],
    ['a key twice', json(stored.text.replace('{', '{"section":"groups",')), 'E_CANON'],
    ['deep nesting', row(`${'['.repeat(50)}0${']'.repeat(50)}`), 'E_CANON'],
    ['20,001 rows', users(...Array.from({ length: 20_001 }, (_, at) => user(`u${at}`, at))), 'E_RANGE'],
    ['the body of another section', json(stored.text.replace('users', 'groups')), 'E_SCHEMA'],
  ];
  for (const [what, slice, code] of cases) {
    const wire = await openDevice(plain.url, device);
    t.equal(await report(wire, [slice]), code, what);
    await wire.closed;
  }
  const { body } = await plain.call(`/api/v1/devices/${device.id}/inventory/users`);
  t.match(body.items, [{ username: 'root' }], 'what was stored before is still there');
  t.ok(await isUndisturbed());
});

t.test('SQL, HTML and other people’s scripts are stored as the text they are', async (t) => {
  const device = await enroll('poet');
  const names = [
    "Robert'); DROP TABLE device;--",
    '<img src=x onerror=alert(1)>',
    '$(reboot) {{7*7}} %s %n',
    '../../../etc/passwd',
    '\u202etxt.exe',
    '👩‍💻\tß\n…',
    'a'.repeat(4_096),
  ];
  const slice = users(...names.map((name, at) => user(name, at)));
  t.equal(await report(await openDevice(plain.url, device), [slice]), 'stored');
  const { body, headers } = await plain.call(`/api/v1/devices/${device.id}/inventory/users`);
  t.same(
    body.items?.map(({ username }) => username),
    names,
  );
  t.match(headers['content-type'], /^application\/json/);
  t.equal(headers['x-content-type-options'], 'nosniff');
});

t.test('two thousand hostile connections leave no memory and no socket behind', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const token = await plain.enrollmentToken({ uses: 1 });
  const raw = async (...frames: Buffer[]) => {
    const one = await openRaw(plain.url);
    for (const piece of frames) one.write(piece);
    await one.ended;
  };
  const kinds: readonly (() => Promise<unknown>)[] = [
    () => dial(plain.url).then((socket) => socket.destroy()),
    () => tryUpgrade(plain.url, upgradeRequest({ path: `/${Math.random()}` })),
    () => raw(frame('rubbish')),
    () => raw(frame(beat)),
    () => raw(frame('', { claimedBytes: 300_000 })),
    () => openRaw(plain.url).then((one) => breakOff(one.socket)),
    async () => {
      const one = await openRaw(plain.url);
      one.write(frame(Buffer.alloc(100_000), { fin: false }));
      one.socket.destroy();
    },
    async () => {
      const wire = await openWire(plain.url);
      const wrong = token.replace(/\.[^.]{43}\./, `.${hash}.`);
      wire.send(makeEnroll(wire, wrong, { keys: makeDeviceKeys(), hostname: 'x' }));
      await wire.closed;
    },
  ];
  async function attack(times: number): Promise<void> {
    let left = times;
    const work = async () => {
      while (left-- > 0) await kinds[left % kinds.length]?.();
    };
    await Promise.all(Array.from({ length: 25 }, work));
    await until('all have left', () => gateway.counts().unauthenticated === 0 && countSockets() <= sockets);
  }
  const countSockets = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
  const usedBytes = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const sockets = countSockets();
  await attack(400);
  const start = usedBytes();
  await attack(2_000);
  // Closed sockets hold their buffers until their last timers have run.
  await until('memory is back near the start', () => usedBytes() - start < 2 * 1024 * 1024);
  t.pass('less than 1 KiB a connection is left');
  t.ok(await isUndisturbed());
});
