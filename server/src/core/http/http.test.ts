// The HTTP server over real sockets: permissions, problems, limits, paging, fields, and streams that end.

import { get } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { Type } from 'typebox';
import { fail, serverErrors } from '../../errors.ts';
import { CONNECTION_TIMEOUT_MS, STEP_UP_MS } from '../../timing.ts';
import { systemClock } from '../clock.ts';
import { createLogger, silentLog } from '../log.ts';
import { createTestClock } from '../testing/clock.ts';
import { makePrincipal } from '../testing/principal.ts';
import { until } from '../testing/until.ts';
import { ensureOwnTls } from '../tls.ts';
import { FieldsQuery, parseFields, pickFields, sendItem, sendPage } from './fields.ts';
import { decodeCursor, encodeCursor, PageOf, PageQuery, toPage } from './paging.ts';
import { type Principal, principalOf } from './permission.ts';
import { Problem } from './problem.ts';
import { createHttp, type HttpOptions } from './server.ts';
import { createEventStreams, type EventStream, formatEvent } from './sse.ts';
import { validatorCompiler } from './validation.ts';

const reader = makePrincipal(['things.read'], { tokenId: 'tok_reader', name: 'reader' });

function options(given: Partial<HttpOptions> = {}): HttpOptions {
  return {
    log: silentLog,
    tls: undefined,
    permissions: new Set(['things.read', 'things.write']),
    now: () => Date.now(),
    async authenticate(request) {
      return request.headers.authorization === 'Bearer good' ? reader : null;
    },
    ...given,
  };
}

const Thing = Type.Object({ id: Type.Integer(), name: Type.String(), note: Type.Optional(Type.String()) });
const things = Array.from({ length: 7 }, (_, id) => ({ id, name: `thing ${id}`, secret: 'never' }));
const keyset = { list: 'things:id', key: ['number'] } as const;

/** A server with a route of each sort, listening on loopback. */
async function startServer(t: Test, given: Partial<HttpOptions> = {}) {
  const { app, routes } = await createHttp(options(given));
  app.get('/open', { config: { public: true } }, async () => ({ ok: true }));
  app.get(
    '/things',
    {
      config: { permission: 'things.read', scope: 'list' },
      schema: {
        querystring: Type.Object({ ...PageQuery, ...FieldsQuery }, { additionalProperties: false }),
        response: { 200: PageOf(Thing) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, fields } = request.query;
      const chosen = parseFields(fields, Thing);
      const [after = -1] = decodeCursor<[number]>(keyset, cursor) ?? [];
      const rows = things.filter(({ id }) => id > after).slice(0, limit + 1);
      return sendPage(reply, toPage(rows, limit, { keyset, keyOf: ({ id }) => [id] as [number] }), chosen);
    },
  );
  app.get('/things/:id', { config: { permission: 'things.read', scope: 'list' } }, async (request, reply) =>
    sendItem(reply, { id: 1, who: principalOf(request).name }, ['who']),
  );
  app.post(
    '/things',
    {
      config: { permission: 'things.write', scope: 'organization' },
      schema: {
        body: Type.Object(
          { name: Type.String({ minLength: 1 }), size: Type.Integer() },
          { additionalProperties: false },
        ),
      },
    },
    async (request) => request.body,
  );
  app.post(
    '/echo',
    {
      config: { public: true },
      schema: {
        body: Type.Object(
          { at: Type.String({ format: 'date-time' }), n: Type.Integer() },
          { additionalProperties: false },
        ),
      },
    },
    async (request) => request.body,
  );
  app.get('/fail/:how', { config: { public: true } }, async (request) => {
    const { how } = request.params as { how: string };
    if (how === 'bug') throw new Error('password=hunter2');
    if (how === 'database') throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
    throw fail('E_CONFLICT', { detail: 'Taken.' });
  });
  const hang = { config: { public: true }, handlerTimeout: 50 };
  app.get('/hang', hang, () => new Promise(() => {}));
  app.post('/hang', hang, () => new Promise(() => {}));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  return { app, routes, url };
}

async function ask(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const response = await fetch(url, init);
  const body: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, body, headers: response.headers };
}

const good = { authorization: 'Bearer good' };
const json = { 'content-type': 'application/json' };

t.test('a route that does not state its permission stops the start', async (t) => {
  for (const config of [
    undefined,
    {},
    { public: false },
    { permission: 'nobody.knows', scope: 'list' as const },
    { permission: 'things.read' },
    { permission: 'things.read', scope: 'list' as const, public: true },
  ]) {
    const { app } = await createHttp(options());
    t.throws(() => app.get('/x', config ? { config } : {}, async () => 1), {
      code: 'E_ROUTE',
      message: /\/x/,
    });
    await app.close();
  }
});

t.test('limits to some devices and proof of presence', async (t) => {
  let nowMs = 1_000_000;
  const somewhere = { permission: 'things.read', where: 'label.env == "test"', kinds: null, contents: null };
  const callers: Record<string, Principal> = {
    whole: makePrincipal(['things.read']),
    some: makePrincipal(['things.read'], { grants: [somewhere] }),
    proven: makePrincipal(['things.read'], { via: 'session', provenMs: nowMs - 1 }),
    unproven: makePrincipal(['things.read'], { via: 'session' }),
  };
  const { app } = await createHttp(
    options({
      now: () => nowMs,
      authenticate: async ({ headers }) => callers[String(headers.caller)] ?? null,
    }),
  );
  t.teardown(() => app.close());
  const route = { permission: 'things.read', scope: 'organization' } as const;
  app.get('/whole', { config: route }, async () => ({}));
  app.get('/some', { config: { ...route, scope: 'list' } }, async () => ({}));
  app.get('/proof', { config: { ...route, stepUp: true } }, async () => ({}));
  async function codeOf(url: string, caller: string): Promise<string> {
    const response = await app.inject({ url, headers: { caller } });
    return response.statusCode === 200 ? 'done' : String(response.json().code);
  }
  t.equal(await codeOf('/whole', 'whole'), 'done');
  t.equal(await codeOf('/whole', 'some'), 'E_FORBIDDEN', 'what is about the organization needs it whole');
  t.equal(await codeOf('/some', 'some'), 'done', 'a list is clamped by its handler');
  t.equal(await codeOf('/proof', 'whole'), 'done', 'a token proves nothing and need not');
  t.equal(await codeOf('/proof', 'unproven'), 'E_STEP_UP');
  t.equal(await codeOf('/proof', 'proven'), 'done');
  nowMs += STEP_UP_MS;
  t.equal(await codeOf('/proof', 'proven'), 'E_STEP_UP', 'a proof lasts for some minutes');
});

t.test('requests', async (t) => {
  const { url, routes } = await startServer(t);

  await t.test('the list of routes says what each needs', (t) => {
    t.match(
      routes.find((route) => route.url === '/things' && route.method === 'POST'),
      { permission: 'things.write' },
    );
    t.match(
      routes.find((route) => route.url === '/open'),
      { permission: undefined },
    );
    t.ok(
      routes.every(
        (route) =>
          route.permission !== undefined || ['/open', '/echo', '/fail/:how', '/hang'].includes(route.url),
      ),
    );
    t.end();
  });

  await t.test(
    'without a token only public routes answer, with the wrong permission none that needs it',
    async (t) => {
      t.match(await ask(`${url}/open`), { status: 200, body: { ok: true } });
      const signedOut = await ask(`${url}/things`);
      t.match(signedOut, {
        status: 401,
        body: { code: 'E_SIGNED_OUT', status: 401, type: 'urn:muster:error:E_SIGNED_OUT' },
      });
      t.equal(signedOut.headers.get('www-authenticate'), 'Bearer');
      t.match(signedOut.headers.get('content-type'), /^application\/problem\+json/);
      const forbidden = await ask(`${url}/things`, {
        method: 'POST',
        headers: { ...good, ...json },
        body: '{"name":"a","size":1}',
      });
      t.match(forbidden, { status: 403, body: { code: 'E_FORBIDDEN', detail: /things\.write/ } });
      t.match(await ask(`${url}/things/1`, { headers: good }), { status: 200, body: { who: 'reader' } });
    },
  );

  await t.test('faults of the request come with their code and the fields', async (t) => {
    const post = (body: string, headers: Record<string, string> = json) =>
      ask(`${url}/echo`, { method: 'POST', headers, body });
    t.match(await post('{"at":"yesterday","n":"1","more":1}'), {
      status: 400,
      body: {
        code: 'E_VALIDATION',
        errors: [
          { path: 'body', message: 'must not have "more"' },
          { path: 'body/at' },
          { path: 'body/n', message: 'must be integer' },
        ],
      },
    });
    t.match(await post('{"at":"2026-01-01T00:00:00Z","n":1}'), { status: 200 });
    t.match(await post('{"at":'), { status: 400, body: { code: 'E_JSON' } });
    t.match(await post('{"__proto__":{"x":1},"n":1}'), { status: 400, body: { code: 'E_JSON' } });
    t.match(await post(''), { status: 400, body: { code: 'E_JSON' } });
    t.match(await post('a=1', { 'content-type': 'application/x-www-form-urlencoded' }), {
      status: 415,
      body: { code: 'E_MEDIA_TYPE' },
    });
    t.match(await post(`{"at":"${'x'.repeat(300_000)}"}`), { status: 413, body: { code: 'E_SIZE' } });
    t.match(await ask(`${url}/things?limit=501`, { headers: good }), {
      status: 400,
      body: { errors: [{ path: 'querystring/limit' }] },
    });
    t.match(await ask(`${url}/things?nonsense=1`, { headers: good }), {
      status: 400,
      body: { code: 'E_VALIDATION' },
    });
    t.match(await ask(`${url}/%zz`), { status: 400, body: { code: 'E_REQUEST' } });
    t.match(await ask(`${url}/things/${'x'.repeat(300)}`, { headers: good }), {
      body: { code: /E_NOT_FOUND|E_REQUEST/ },
    });
  });

  await t.test('no such address and not with this method are told apart', async (t) => {
    t.match(await ask(`${url}/nothing/here`), { status: 404, body: { code: 'E_NOT_FOUND' } });
    const wrong = await ask(`${url}/things/5?x=1`, { method: 'DELETE' });
    t.match(wrong, { status: 405, body: { code: 'E_METHOD' } });
    t.equal(wrong.headers.get('allow'), 'GET, HEAD');
    t.match(await ask(`${url}/open.`), { status: 404 }, 'a dot in a pattern is a dot');
  });

  await t.test('what fails inside keeps its secrets', async (t) => {
    const bug = await ask(`${url}/fail/bug`);
    t.match(bug, {
      status: 500,
      body: { code: 'E_INTERNAL', retryable: false, instance: /^urn:muster:request:[0-9a-f-]{36}$/ },
    });
    t.notMatch(JSON.stringify(bug.body), /hunter2/);
    const gone = await ask(`${url}/fail/database`);
    t.match(gone, { status: 503, body: { code: 'E_UNAVAILABLE', retryable: true } });
    t.equal(gone.headers.get('retry-after'), '5');
    t.match(await ask(`${url}/fail/conflict`), {
      status: 409,
      body: { code: 'E_CONFLICT', title: serverErrors.E_CONFLICT.sentence, detail: 'Taken.' },
    });
    t.match(
      await ask(`${url}/hang`),
      { status: 503, body: { code: 'E_UNAVAILABLE' } },
      'a handler that hangs',
    );
    t.match(
      await ask(`${url}/hang`, { method: 'POST', headers: json, body: '{}' }),
      { status: 503, body: { code: 'E_UNAVAILABLE' } },
      'and one that has taken a body',
    );
    const validate = validatorCompiler({ schema: Problem, method: 'GET', url: '/', httpPart: 'body' });
    t.match(validate(bug.body), { value: { code: 'E_INTERNAL' } }, 'a problem fits the schema in the docs');
  });

  await t.test('every answer carries the headers that protect a browser', async (t) => {
    const { headers } = await ask(`${url}/nothing`);
    t.match(
      headers.get('content-security-policy'),
      /default-src 'self'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/,
    );
    t.equal(headers.get('x-content-type-options'), 'nosniff');
    t.equal(
      headers.get('strict-transport-security'),
      null,
      'nothing is promised about TLS that somebody else ends',
    );
  });

  await t.test('pages follow each other and fields are selected', async (t) => {
    const seen: unknown[] = [];
    let cursor: unknown = '';
    while (cursor !== null) {
      const { body } = await ask(`${url}/things?limit=3&fields=id${cursor ? `&cursor=${cursor}` : ''}`, {
        headers: good,
      });
      t.ok(Array.isArray(body.items));
      seen.push(...(Array.isArray(body.items) ? body.items : []));
      cursor = body.next;
    }
    t.strictSame(
      seen,
      things.map(({ id }) => ({ id })),
    );
    const { body } = await ask(`${url}/things`, { headers: good });
    t.notMatch(JSON.stringify(body), /secret|never/, 'what the schema does not name is not answered');
    t.match(await ask(`${url}/things?fields=id,secret`, { headers: good }), {
      status: 400,
      body: { code: 'E_FIELDS', detail: /no field secret; there are id, name, note/ },
    });
    for (const bad of [
      'AAAA',
      encodeCursor({ list: 'others:id', key: ['number'] }, [1]),
      encodeCursor({ list: 'things:id', key: ['string'] }, ['1']),
    ]) {
      t.match(await ask(`${url}/things?cursor=${bad}`, { headers: good }), {
        status: 400,
        body: { code: 'E_CURSOR' },
      });
    }
  });

  await t.test('bytes that are no HTTP get a plain answer and a closed socket', async (t) => {
    const { port } = new URL(url);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('HELO there\r\n\r\n'));
      socket.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      socket.on('close', () => resolve(text));
    });
    t.match(answer, /^HTTP\/1\.1 400 .*E_REQUEST/s);
  });
});

t.test('failed sign-ins are counted per address; a good token is never locked out', async (t) => {
  const { url } = await startServer(t);
  const codes: unknown[] = [];
  for (let attempt = 0; attempt < 25; attempt += 1) codes.push((await ask(`${url}/things`)).body.code);
  t.equal(codes[0], 'E_SIGNED_OUT');
  t.equal(codes.at(-1), 'E_RATE');
  const limited = await ask(`${url}/things`, { headers: { authorization: 'Bearer bad' } });
  t.equal(limited.status, 429);
  t.ok(Number(limited.headers.get('retry-after')) > 0);
  t.match(await ask(`${url}/things`, { headers: good }), { status: 200 });
});

t.test('the log knows the route and no secret', async (t) => {
  const lines: string[] = [];
  const log = createLogger({
    level: 'debug',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const { url } = await startServer(t, { log });
  await ask(`${url}/things/1?token=geheim`, { headers: { authorization: 'Bearer good' } });
  await ask(`${url}/fail/bug`);
  const text = lines.join('');
  t.match(text, /"route":"\/things\/:id","status":200/);
  t.match(text, /"msg":"request failed"/);
  t.notMatch(text, /geheim|Bearer good/);
  log.info({ token: 'geheim', deep: { password: 'geheim', ok: 1 } }, 'x');
  const query = Object.assign(new Error('Failed query: select 1\nparams: geheim'), {
    params: ['geheim'],
    query: 'geheim',
  });
  log.error({ err: Object.assign(new Error('outer', { cause: query }), { parameters: ['geheim'] }) }, 'y');
  t.notMatch(lines.join(''), /geheim/);
  t.match(lines.at(-1), /"message":"outer".*"message":"failed query"/);
});

t.test('cursors come back as they went, and nothing else is taken', (t) => {
  const shape = { list: 'x', key: ['string', 'number', 'boolean'] } as const;
  fc.assert(
    fc.property(
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
      fc.boolean(),
      (a, b, c) => {
        const key: [string, number, boolean] = [a, b, c];
        t.strictSame(decodeCursor(shape, encodeCursor(shape, key)), key);
      },
    ),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        decodeCursor(shape, text);
        return false;
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'E_CURSOR';
      }
    }),
  );
  t.equal(decodeCursor(shape, undefined), undefined);
  t.strictSame(pickFields({ a: 1, b: undefined, c: null }, ['c', 'b', 'a']), { c: null, a: 1 });
  t.throws(() => parseFields(Array.from({ length: 65 }, (_, n) => `f${n}`).join(','), Thing), {
    code: 'E_FIELDS',
  });
  t.end();
});

t.test('event streams', async (t) => {
  const clock = createTestClock();
  const signedIn = new Map(
    ['Bearer leaver', 'Bearer stayer'].map((token) => [token, new Set(['things.read'])]),
  );
  const asked: string[] = [];
  let isAway = false;
  const { app } = await createHttp(
    options({
      async authenticate({ headers: { authorization = '' } }) {
        asked.push(authorization);
        if (isAway) throw fail('E_UNAVAILABLE');
        const permissions = signedIn.get(authorization);
        return permissions === undefined ? null : { ...reader, permissions };
      },
    }),
  );
  const streams = createEventStreams(app, clock, 2);
  const others = createEventStreams(app, clock);
  const watched: EventStream[] = [];
  const opened: EventStream[] = [];
  app.get('/watched', { config: { permission: 'things.read', scope: 'list' } }, async (request, reply) => {
    watched.push(others.open(request, reply));
    asked.length = 0;
  });
  app.get('/live', { config: { public: true } }, async (request, reply) => {
    opened.push(streams.open(request, reply));
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const first = await fetch(`${url}/live`, { headers: { 'last-event-id': '41' } });
  const text = first.body?.pipeThrough(new TextDecoderStream()).getReader();
  const readUntil = async (wanted: string) => {
    let all = '';
    while (!all.includes(wanted)) all += (await text?.read())?.value ?? '';
    return all;
  };

  await t.test(
    'a stream that begins when the server is closing is refused, and holds nothing up',
    async (t) => {
      const { app } = await createHttp(options());
      const streams = createEventStreams(app, systemClock);
      let begun = 0;
      let goOn: () => void = () => undefined;
      const asked = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      app.get('/live', { config: { public: true } }, async (request, reply) => {
        begun += 1;
        await asked;
        streams.open(request, reply);
      });
      const url = await app.listen({ host: '127.0.0.1', port: 0 });
      const answer = fetch(`${url}/live`);
      await until('the request is under way', () => begun === 1);
      const closed = app.close();
      await until('the server closes', () => !app.server.listening);
      goOn();
      t.equal((await answer).status, 503);
      await closed;
      t.equal(streams.count(), 0);
    },
  );

  await t.test(
    'carry events with ids, headers that keep proxies from buffering, and a beat on silence',
    async (t) => {
      t.match(first.headers.get('content-type'), /^text\/event-stream/);
      t.equal(first.headers.get('cache-control'), 'no-store');
      t.equal(first.headers.get('x-content-type-options'), 'nosniff');
      t.equal(opened[0]?.lastEventId, '41');
      t.ok(opened[0]?.send({ event: 'sample', data: { text: 'a\nb' }, id: 42 }));
      t.match(await readUntil('a\\nb'), /id: 42\nevent: sample\ndata: \{"text":"a\\nb"\}\n\n/);
      await clock.advance(20_000);
      t.match(await readUntil('null\n\n'), /^event: beat\ndata: null\n\n/);
    },
  );

  await t.test('end within seconds when the reader is signed out', async (t) => {
    const watch = async (token: string) => {
      const response = await fetch(`${url}/watched`, { headers: { authorization: token } });
      const reader = response.body?.getReader();
      await reader?.read();
      return async () => (await reader?.read())?.done;
    };
    const [leaver, stayer] = [await watch('Bearer leaver'), await watch('Bearer stayer')];
    const last = watched[1];
    await clock.advance(3_000);
    t.same(asked.splice(0).toSorted(), ['Bearer leaver', 'Bearer stayer'], 'each is asked about');
    signedIn.delete('Bearer leaver');
    await clock.advance(3_000);
    t.equal(await leaver(), true, 'a token that was revoked ends its stream');
    t.ok(last?.send({ event: 'x', data: 1 }), 'and no other');
    t.notOk(await stayer());
    isAway = true;
    await clock.advance(3_000);
    t.ok(last?.send({ event: 'x', data: 1 }), 'a database that is away signs nobody out');
    isAway = false;
    signedIn.set('Bearer stayer', new Set(['things.write']));
    await clock.advance(3_000);
    await last?.closed;
    t.pass('nor may it lack the permission of the route');
    asked.length = 0;
    await clock.advance(9_000);
    t.same(asked, [], 'public streams are nobody’s');
  });

  await t.test('are limited in number', async (t) => {
    const second = await fetch(`${url}/live`);
    t.equal(streams.count(), 2);
    t.match(await ask(`${url}/live`), { status: 503, body: { code: 'E_BUSY' } });
    await second.body?.cancel();
    await opened[1]?.closed;
    t.equal(streams.count(), 1, 'a reader that leaves is forgotten');
    t.notOk(opened[1]?.send({ event: 'x', data: 1 }));
  });

  await t.test('end when the reader does not keep up', async (t) => {
    const slow = connect(Number(new URL(url).port), '127.0.0.1', () =>
      slow.write('GET /live HTTP/1.1\r\nhost: x\r\n\r\n'),
    );
    slow.on('error', () => slow.destroy());
    t.teardown(() => slow.destroy());
    while (opened.length < 3) await new Promise((resolve) => setImmediate(resolve));
    slow.pause();
    let sent = 0;
    while (opened[2]?.send({ event: 'x', data: 'y'.repeat(10_000) })) {
      sent += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await opened[2]?.closed;
    t.ok(sent < 5_000, 'long before memory would run out');
  });

  await t.test('do not hold up the closing of the server', async (t) => {
    await app.close();
    await opened[0]?.closed;
    t.equal(streams.count(), 0);
    t.equal(clock.pending(), 0);
  });
});

t.test(
  'over TLS 1.3 and nothing older; requests under way are answered while the server closes',
  async (t) => {
    const identity = await ensureOwnTls(t.testdir(), { names: [], clock: systemClock });
    const { app } = await createHttp(options({ tls: identity }));
    const gate = { open: () => {} };
    const opened = new Promise<void>((resolve) => {
      gate.open = resolve;
    });
    let arrived = 0;
    app.get('/slow', { config: { public: true } }, async () => {
      arrived += 1;
      await opened;
      return { ok: true };
    });
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
    const old = connectTls({ port, host: '127.0.0.1', ca: identity.ca ?? '', maxVersion: 'TLSv1.2' });
    await t.rejects(new Promise((_, reject) => old.once('error', reject)));
    const unused = connectTls({ port, host: '127.0.0.1', ca: identity.ca ?? '' });
    await new Promise((resolve) => unused.once('secureConnect', resolve));
    const answer = new Promise<string>((resolve, reject) => {
      const request = get({ port, host: '127.0.0.1', path: '/slow', ca: identity.ca ?? '' }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
        t.match(response.headers, { 'strict-transport-security': 'max-age=31536000' });
      });
      request.once('error', reject);
    });
    while (arrived === 0) await new Promise((resolve) => setImmediate(resolve));
    const closing = app.close();
    await new Promise((resolve) => unused.once('close', resolve));
    gate.open();
    t.equal(await answer, '{"ok":true}');
    await closing;
  },
);

t.test('TLS begins with the first bytes', async (t) => {
  const identity = await ensureOwnTls(t.testdir(), { names: [], clock: systemClock });
  const ca = identity.ca ?? '';
  const { app, url } = await startServer(t, { tls: identity });
  const { hostname: host, port } = new URL(url);
  const accept = () => new Promise<Socket>((resolve) => app.server.once('connection', resolve));
  const untilClosed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));
  const fetchOpen = (where: number) =>
    new Promise<string>((resolve, reject) => {
      const request = get({ host, port: where, ca, path: '/open', agent: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      request.once('error', reject);
    });
  const shake = (ALPNProtocols?: string[]) =>
    new Promise<string | false | null>((resolve, reject) => {
      const socket = connectTls({
        host,
        port: Number(port),
        ca,
        ...(ALPNProtocols ? { ALPNProtocols } : {}),
      });
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      });
    });

  await t.test('however small the pieces are in which they come', async (t) => {
    const relay = createServer((client) => {
      const server = connect(Number(port), host);
      server.pipe(client).once('error', () => server.destroy());
      client.once('data', (hello: Buffer) => {
        client.pause();
        server.write(hello.subarray(0, 1));
        const goOn = () => setTimeout(() => server.write(hello.subarray(1), () => client.pipe(server)), 20);
        if (server.connecting) server.once('connect', goOn);
        else goOn();
      });
    });
    await new Promise<void>((resolve) => relay.listen(0, host, resolve));
    t.teardown(() => relay.close());
    t.equal(await fetchOpen((relay.address() as AddressInfo).port), '{"ok":true}');
  });

  await t.test('who says nothing is cut in time, and is not waited for once TLS has begun', async (t) => {
    const accepted = accept();
    const quiet = connect(Number(port), host);
    const socket = await accepted;
    t.equal(socket.timeout, CONNECTION_TIMEOUT_MS);
    socket.emit('timeout');
    await untilClosed(quiet);
    const [heard] = await Promise.all([accept(), shake()]);
    t.equal(heard.timeout, 0);
  });

  await t.test('who leaves before, in good order or not, does no harm', async (t) => {
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const accepted = accept();
      const client = connect(Number(port), host);
      client.resume();
      const closed = untilClosed(await accepted);
      client[leave]();
      await closed;
    }
    t.equal(await fetchOpen(Number(port)), '{"ok":true}');
  });

  await t.test('HTTP/1.1 is what is spoken, whatever else the client could', async (t) => {
    t.equal(await shake(['h2', 'http/1.1']), 'http/1.1');
    t.equal(await shake(), false);
    await t.rejects(shake(['h2']));
  });
});

t.test('names and ids of events cannot break out of their line', (t) => {
  t.equal(
    formatEvent({ event: 'a\nb', data: null, id: '1\r\ndata: x' }),
    'id: 1  data: x\nevent: a b\ndata: null\n\n',
  );
  t.end();
});
