// The listener for people at this machine, over real sockets: who may name it how, what it never takes, what is known of its requests, how it ends.
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { serverErrors } from '../../errors.ts';
import { systemClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { ensureOwnTls } from '../tls.ts';
import { createFront } from './front.ts';
import { createLocalListener } from './local-listener.ts';
import { choosePipeFolder, makePipeFolder } from './pipe-folder.ts';
import { isLocal } from './piped.ts';
import { createHttp, type HttpOptions } from './server.ts';
import { describeSite, localOrigin, passkeyPages } from './site.ts';

const identity = await ensureOwnTls(t.testdir(), { names: [], clock: systemClock });
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

/** A port that stays free: below those that systems give to whoever asks for any, as all other tests do. */
async function findPort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isMine = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, hasIpv6 ? '::' : '127.0.0.1', () => resolve(true));
  });
  if (isMine) await new Promise((resolve) => server.close(resolve));
  return isMine;
}

function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** An application with both listeners; what it says of a request is what it knows of it. */
async function start(t: Test, given: Partial<HttpOptions> = {}) {
  const port = await findPort();
  const site = describeSite('https://127.0.0.1:8443', port);
  const slow = gate();
  const arrived = gate();
  const http = await createHttp({
    ...{ log: silentLog, tls: identity, site, permissions: new Set<string>() },
    now: () => Date.now(),
    authenticate: async () => null,
    ...given,
  });
  const { app } = http;
  const config = { public: true } as const;
  app.get('/who', { config }, async ({ ip, protocol, raw }) => ({ ip, protocol, local: isLocal(raw) }));
  app.post('/change', { config }, async () => ({ changed: true }));
  app.get('/slow', { config }, async () => {
    arrived.open();
    await slow.opened;
    return { done: true };
  });
  const listener = createLocalListener(app, { port, take: http.take });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  return { ...http, port, listener, slow, arrived, own: `localhost:${port}` };
}

interface Asked {
  readonly host?: string;
  readonly at?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

function ask(port: number, { host, at = '127.0.0.1', path = '/who', method = 'GET', headers = {} }: Asked) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: Record<string, unknown> }>(
    (resolve, reject) => {
      const asked = request(
        {
          ...{ port, path, method, agent: false, host: at },
          headers: { ...headers, ...(host === undefined ? {} : { host }) },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (piece: string) => {
            text += piece;
          });
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: JSON.parse(text) as Record<string, unknown>,
            }),
          );
        },
      );
      asked.once('error', reject);
      asked.end();
    },
  );
}

/** Sends bytes as they are; everything that comes until the other side closes. */
function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => void socket.write(text));
    socket.setEncoding('utf8').on('data', (piece: string) => {
      got += piece;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(got));
  });
}

t.test('the site has its origin beside those by TLS, under one name for passkeys', (t) => {
  t.strictSame(describeSite('https://127.0.0.1:8443', 8444), {
    url: 'http://localhost:8444',
    origins: ['https://127.0.0.1:8443', 'https://localhost:8443', 'http://localhost:8444'],
    passkeyName: 'localhost',
  });
  t.strictSame(passkeyPages(describeSite('https://127.0.0.1:8443', 8444)), {
    rpIds: ['localhost'],
    origins: ['https://localhost:8443', 'http://localhost:8444'],
  });
  t.strictSame(passkeyPages(describeSite('https://192.0.2.1')), { rpIds: [], origins: [] });
  t.equal(describeSite('https://localhost:8443').url, 'https://localhost:8443');
  t.equal(localOrigin(80), 'http://localhost', 'as browsers write it');
  t.end();
});

t.test('it answers to loopback names with its port, and believes nobody who says more', async (t) => {
  const { port, listener, own } = await start(t);
  await listener.listen();
  for (const host of [own, own.toUpperCase(), `127.0.0.1:${port}`, `[::1]:${port}`])
    t.match(await ask(port, { host }), { status: 200, body: { local: true, protocol: 'http' } }, host);
  if (hasIpv6) t.match(await ask(port, { at: '::1', host: own }), { status: 200, body: { ip: '::1' } });

  const foreign = ['evil.example', `evil.example:${port}`, 'localhost', `localhost.:${port}`, 'localhost:1'];
  for (const host of [...foreign, `localhost:${port}.evil.example`, `a@localhost:${port}`]) {
    const answer = await ask(port, { host });
    t.match(answer, { status: serverErrors.E_HOST.status, body: { code: 'E_HOST', retryable: false } }, host);
    t.match(answer.body.detail, `http://${own}`);
  }
  t.match(await sendRaw(port, 'GET /who HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 421[\s\S]*E_HOST/, 'without any');
  t.match(
    await sendRaw(port, `GET http://evil.example/who HTTP/1.1\r\nHost: evil.example\r\n\r\n`),
    /^HTTP\/1.1 421/,
  );

  const forwarded = {
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'for=192.0.2.7;proto=https',
  };
  t.match(await ask(port, { host: own, headers: forwarded }), {
    body: { ip: '127.0.0.1', protocol: 'http', local: true },
  });
  t.match(await ask(port, { host: 'evil.example', headers: { 'x-forwarded-host': own } }), { status: 421 });
});

t.test('pages of other origins change nothing, TLS is not promised, and agents are not taken', async (t) => {
  const { port, listener, own, app } = await start(t);
  await listener.listen();
  const changed = (origin: string) =>
    ask(port, { host: own, path: '/change', method: 'POST', headers: { origin } });
  t.match(await changed(`http://${own}`), { status: 200 });
  for (const origin of ['http://evil.example', 'http://localhost:1', `http://127.0.0.1:${port}`, 'null'])
    t.match(await changed(origin), { status: 403, body: { code: 'E_ORIGIN' } }, origin);
  const { headers } = await ask(port, { host: own });
  t.equal(headers['strict-transport-security'], undefined);
  t.match(headers['content-security-policy'], /default-src 'self'/);
  const secure = await app.inject({ url: '/who' });
  t.equal(
    secure.headers['strict-transport-security'],
    undefined,
    'nor by TLS, for all that is called localhost',
  );

  let upgrades = 0;
  app.server.on('upgrade', () => {
    upgrades += 1;
  });
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'].join('\r\n');
  const text = `GET /agent/v1 HTTP/1.1\r\nHost: ${own}\r\n${upgrade}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
  t.match(await sendRaw(port, text), /^HTTP\/1.1 403 Forbidden\r\n/);
  t.equal(upgrades, 0);
  t.equal(await sendRaw(port, `CONNECT ${own} HTTP/1.1\r\nHost: ${own}\r\n\r\n`), '', 'no tunnel either');
});

t.test('a port that somebody else has is named, at either address', async (t) => {
  for (const host of hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
    const { port, listener } = await start(t);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen({ host, port }, resolve));
    await t.rejects(listener.listen(), { code: 'E_LISTEN', message: /people.*EADDRINUSE.*--console-port/ });
    other.close();
  }
});

t.test('it drains: what is under way is answered, what is idle or unused ends', async (t) => {
  const { port, listener, own, app, slow, arrived } = await start(t);
  await listener.listen();
  const head = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${own}\r\n\r\n`;
  const unused = sendRaw(port, '');
  const idle = sendRaw(port, head('/who'));
  const busy = sendRaw(port, head('/slow'));
  await arrived.opened;
  const closing = app.close();
  t.equal(await unused, '');
  t.match(await idle, '"local":true');
  slow.open();
  t.match(await busy, '{"done":true}', 'and its connection ends, although nobody asked for that');
  await closing;
  await t.rejects(ask(port, { host: own }), { code: 'ECONNREFUSED' });
});

t.test('a request that comes by drops is cut off when the server closes', async (t) => {
  const { port, listener, own, app } = await start(t);
  await listener.listen();
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined);
  const cut = new Promise((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  socket.write(`GET /who HTTP/1.1\r\nHost: ${own}\r\nX-Endless: `);
  const drops = setInterval(() => socket.write('x'), 200);
  t.teardown(() => clearInterval(drops));
  // It was taken: another one behind it is answered.
  t.match(
    await sendRaw(port, `GET /who HTTP/1.1\r\nHost: ${own}\r\nConnection: close\r\n\r\n`),
    '"local":true',
  );
  await app.close();
  await cut;
});

t.test('the worker that answers knows by which listener another one took a request', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'muster-local-'));
  const folder = choosePipeFolder(parent);
  await makePipeFolder(folder);
  const signedIn: unknown[] = [];
  const makeFront = (id: string) =>
    createFront({
      ...{ clock: systemClock, log: silentLog, folder, id, own: new Set<string>() },
      signedIn: (socket) => void signedIn.push(socket),
    });
  const controller = makeFront('one');
  const front = makeFront('two');
  t.teardown(async () => {
    await front.stop();
    await controller.stop();
    for (const path of [parent, folder]) await rm(path, { recursive: true, force: true });
  });
  const answering = await createHttp({
    ...{ log: silentLog, tls: identity, permissions: new Set<string>(), now: () => Date.now() },
    authenticate: async () => null,
  });
  answering.app.get('/who', { config: { public: true } }, async ({ ip, raw }, reply) => {
    reply.header('muster-signed-in', '1');
    return { ip, local: isLocal(raw), over: 'controller' };
  });
  await answering.app.ready();
  t.teardown(() => answering.app.close());
  await controller.serve(answering.answer, ['one', 'two']);
  front.follow('one');

  const { port, listener, own } = await start(t, {
    front: (incoming, response, here) => front.answer(incoming, response, here),
  });
  await listener.listen();
  const forged = { 'muster-piped': 'tls 192.0.2.9 9', 'x-forwarded-for': '192.0.2.7' };
  const answer = await ask(port, { host: own, headers: forged });
  t.match(answer, { status: 200, body: { ip: '127.0.0.1', local: true, over: 'controller' } });
  t.equal(answer.headers['muster-signed-in'], undefined);
  t.same(signedIn, [], 'its sockets are none of the gateway\u2019s');
});
