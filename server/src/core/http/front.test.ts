// Requests that one worker takes and another answers, over real sockets: what arrives, what goes back, and what happens when nobody is there.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CONNECTION_TIMEOUT_MS, CONTROLLER_WAIT_MS } from '../../timing.ts';
import { systemClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { createTestClock } from '../testing/clock.ts';
import { createFront } from './front.ts';
import { choosePipeFolder, makePipeFolder, socketOf } from './pipe-folder.ts';
import { isPiped, SIGNED_IN_HEADER } from './piped.ts';

async function makeFolder(t: Test): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'muster-front-'));
  const folder = choosePipeFolder(parent);
  t.teardown(async () => {
    for (const path of [parent, folder]) await rm(path, { recursive: true, force: true });
  });
  await makePipeFolder(folder);
  return folder;
}

/** A worker that listens; `here` is its application. */
async function startWorker(
  t: Test,
  {
    folder,
    id,
    here,
    clock = systemClock,
  }: { folder: string; id: string; here: RequestListener; clock?: typeof systemClock },
) {
  const signedIn: (number | undefined)[] = [];
  const own = new Set(['/healthz']);
  const note = (socket: { remotePort?: number | undefined }) => void signedIn.push(socket.remotePort);
  const front = createFront({ clock, log: silentLog, folder, id, own, signedIn: note });
  const server = createServer((incoming, response) => front.answer(incoming, response, here));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(async () => {
    front.drain();
    server.closeAllConnections();
    server.close();
    await front.stop();
  });
  const { port } = server.address() as AddressInfo;
  return { front, port, server, signedIn };
}

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One request; an answer that breaks off has no text. */
function ask(port: number, { path = '/x', method = 'GET', headers = {}, body }: Asked = {}) {
  return new Promise<{ status: number; headers: IncomingMessage['headers']; text: string | null }>(
    (resolve, reject) => {
      const asked = request({ port, path, method, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        const done = (whole: string | null) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: whole });
        response.on('end', () => done(text));
        response.on('error', () => done(null));
      });
      asked.on('error', reject);
      asked.end(body);
    },
  );
}

/** Says what it was asked. */
const echo: RequestListener = (incoming, response) => {
  if (incoming.url === '/broken') {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
    return;
  }
  let body = '';
  incoming.on('data', (piece) => {
    body += piece;
  });
  incoming.on('end', () => {
    const { headers, method, url, socket } = incoming;
    const { remoteAddress, remotePort } = socket;
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.setHeader(SIGNED_IN_HEADER, '1');
    const piped = isPiped(incoming);
    response.end(JSON.stringify({ headers, method, url, remoteAddress, remotePort, body, piped }));
  });
};

const own: RequestListener = (_incoming, response) => void response.end('own');

t.test('a request arrives as it came, and its answer goes back', async (t) => {
  const folder = await makeFolder(t);
  t.equal((await stat(folder)).mode & 0o777, 0o700, 'nobody else may enter');
  const controller = await startWorker(t, { folder, id: 'one', here: echo });
  const worker = await startWorker(t, { folder, id: 'two', here: own });
  await controller.front.serve(echo, ['one', 'two']);
  worker.front.follow('one');
  t.equal((await ask(worker.port, { path: '/healthz' })).text, 'own', 'some paths every worker answers');

  const answer = await ask(worker.port, {
    method: 'POST',
    path: '/y?z=1',
    headers: {
      'content-type': 'text/plain',
      connection: 'close, x-hop',
      'x-hop': 'of this hop',
      'muster-piped': 'tls 6.6.6.6 1',
      'transfer-encoding': 'chunked',
      authorization: 'Bearer me',
    },
    body: 'a body without a length',
  });
  const seen = JSON.parse(answer.text ?? '');
  t.match(seen, {
    ...{ method: 'POST', url: '/y?z=1', body: 'a body without a length', piped: true },
    remoteAddress: /127\.0\.0\.1$/,
    headers: { authorization: 'Bearer me', 'content-type': 'text/plain' },
  });
  t.notOk(
    seen.headers['x-hop'] ?? seen.headers['muster-piped'],
    'what belongs to a hop, or says where it came from, stays',
  );
  t.same(
    worker.signedIn,
    [seen.remotePort],
    'its own connection counts as that of somebody who is signed in',
  );
  t.same(answer.headers['set-cookie'], ['a=1', 'b=2']);
  t.notOk(answer.headers[SIGNED_IN_HEADER]);
  t.equal((await ask(worker.port, { path: '/broken' })).text, null, 'what breaks off does not look whole');

  const outside = await new Promise<string>((resolve) => {
    const asked = request({ socketPath: socketOf(folder, 'one') }, () => resolve('answered'));
    asked.on('error', () => resolve('cut'));
    asked.end();
  });
  t.equal(outside, 'cut', 'nobody but a worker is answered there');
});

/** Sends bytes as they are; what comes back until the first answer is there. */
function sayRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (piece) => {
      socket.destroy();
      resolve(piece.toString());
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('no answer')));
  });
}

t.test('what a request says of itself makes no other request of it, and harms nobody', async (t) => {
  const folder = await makeFolder(t);
  const controller = await startWorker(t, { folder, id: 'one', here: echo });
  const worker = await startWorker(t, { folder, id: 'two', here: own });
  const asked: string[] = [];
  const heard: RequestListener = (incoming, response) => {
    asked.push(`${incoming.url} ${incoming.socket.remoteAddress}`);
    echo(incoming, response);
  };
  await controller.front.serve(heard, ['one', 'two']);
  worker.front.follow('one');

  const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\nmuster-piped: plain 6.6.6.6 1\r\n\r\n';
  for (const method of ['GET', 'DELETE', 'POST']) {
    const head = `${method} /seen HTTP/1.1\r\nHost: x\r\nConnection: Content-Length, Host\r\nContent-Length: ${hidden.length}`;
    const answer = await sayRaw(worker.port, `${head}\r\n\r\n${hidden}`);
    t.match(answer, `"body":${JSON.stringify(hidden)}`, `the body of ${method} stays its body`);
  }
  t.match(await sayRaw(worker.port, 'GET /two HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'), '"host":"x"');
  t.match(await sayRaw(worker.port, 'GET /none HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 400 /);
  const seen = ['/seen', '/seen', '/seen', '/two'].map((path) => `${path} 127.0.0.1`);
  t.same(asked, seen);
});

t.test('a client that does not read its answer is not waited for', async (t) => {
  const folder = await makeFolder(t);
  const controller = await startWorker(t, { folder, id: 'one', here: echo });
  const worker = await startWorker(t, { folder, id: 'two', here: own });
  const endless: RequestListener = (_incoming, response) => {
    const write = () => void (response.write('x'.repeat(65_536)) && setImmediate(write));
    response.on('drain', write);
    write();
  };
  await controller.front.serve(endless, ['one', 'two']);
  worker.front.follow('one');
  const took = new Promise<Socket>((resolve) => worker.server.once('connection', resolve));
  const client = connect(worker.port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  t.teardown(() => client.destroy());
  client.pause();
  const socket = await took;
  while (socket.writableLength === 0) await new Promise((next) => setTimeout(next, 5));
  t.equal(socket.timeout, CONNECTION_TIMEOUT_MS);
});

t.test('without a controller requests wait, and not for ever', async (t) => {
  const folder = await makeFolder(t);
  const clock = createTestClock();
  const worker = await startWorker(t, { folder, id: 'two', here: own, clock });
  const refused = ask(worker.port);
  const waits = async () => {
    while (clock.pending() === 0) await new Promise((next) => setTimeout(next, 5));
  };
  await waits();
  await clock.advance(CONTROLLER_WAIT_MS);
  t.match(await refused, {
    status: 503,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '5' },
    text: /E_UNAVAILABLE/,
  });
  const answered = ask(worker.port, { method: 'POST', body: 'kept' });
  await waits();
  worker.front.follow('gone');
  const controller = await startWorker(t, { folder, id: 'one', here: echo });
  await controller.front.serve(echo, ['one', 'two']);
  worker.front.follow('one');
  t.match((await answered).text, /kept/, 'what was not sent to anybody is sent to the next');
  const mine = ask(worker.port);
  t.match((await mine).status, 200);
  await worker.front.serve(own, ['one', 'two']);
  t.equal((await ask(worker.port)).text, 'own', 'who is the controller itself asks nobody');
});

t.test(
  'a controller that ends in the middle is asked again only where nothing can happen twice',
  async (t) => {
    const folder = await makeFolder(t);
    const asked: string[] = [];
    const dying = await startWorker(t, { folder, id: 'one', here: echo });
    await dying.front.serve(
      ({ method = '', socket }) => {
        asked.push(method);
        socket.destroy();
      },
      ['one', 'two', 'three'],
    );
    const worker = await startWorker(t, { folder, id: 'two', here: own });
    worker.front.follow('one');
    t.match(await ask(worker.port, { method: 'POST', body: 'once' }), { status: 503, text: /E_UNAVAILABLE/ });
    t.same(asked, ['POST']);
    const answer = ask(worker.port);
    while (asked.length < 2) await new Promise((next) => setTimeout(next, 5));
    const next = await startWorker(t, { folder, id: 'three', here: echo });
    await next.front.serve(echo, ['one', 'two', 'three']);
    worker.front.follow('three');
    t.match(await answer, { status: 200, text: /"method":"GET"/ });
  },
);

t.test('when a controller has ended in good order the next takes its place', async (t) => {
  const folder = await makeFolder(t);
  const first = await startWorker(t, { folder, id: 'one', here: own });
  await first.front.serve(own, ['one', 'two', 'three']);
  const second = await startWorker(t, { folder, id: 'two', here: echo });
  const worker = await startWorker(t, { folder, id: 'three', here: own });
  worker.front.follow('one');
  t.equal((await ask(worker.port)).text, 'own');
  first.front.drain();
  const answer = ask(worker.port, { method: 'POST', body: 'kept' });
  await first.front.stop();
  await second.front.serve(echo, ['two', 'three']);
  worker.front.follow('two');
  t.match(await answer, { status: 200, text: /kept.*"piped":true/ }, 'what came meanwhile waited for it');
});

t.test('a data folder with a long name has its sockets elsewhere', (t) => {
  const long = `/srv/${'x'.repeat(100)}`;
  t.equal(choosePipeFolder('/srv/muster', '/tmp'), '/srv/muster/run');
  t.match(choosePipeFolder(long, '/tmp'), /^\/tmp\/muster-[0-9a-f]{16}-run$/);
  t.equal(choosePipeFolder(long, '/tmp'), choosePipeFolder(long, '/tmp'));
  t.end();
});
