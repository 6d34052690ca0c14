// Refusals in the audit: which are worth an event, and that a flood is bounded.
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { fail } from '../../errors.ts';
import { createHttp } from '../http/server.ts';
import { silentLog } from '../log.ts';
import { createTestClock } from '../testing/clock.ts';
import { openTestDatabase } from '../testing/database.ts';
import { makePrincipal } from '../testing/principal.ts';
import { until } from '../testing/until.ts';
import { createRefusals, isWorthAnEvent, type Refusal } from './refusals.ts';

t.test('what access refuses is worth an event, a mistake in a request is not', async (t) => {
  const base = { method: 'POST', hasCredentials: true, isSignedIn: true };
  const worth = (code: string, over: Partial<Parameters<typeof isWorthAnEvent>[0]> = {}) =>
    isWorthAnEvent({ ...base, code, ...over });
  for (const code of ['E_FORBIDDEN', 'E_STEP_UP', 'E_ORIGIN'])
    t.ok(worth(code, { method: 'GET', isSignedIn: false }), code);
  t.ok(worth('E_SIGNED_OUT', { method: 'GET' }), 'a wrong token');
  t.notOk(worth('E_SIGNED_OUT', { hasCredentials: false }), 'no token at all');
  for (const code of ['E_SIG', 'E_QUORUM', 'E_TRUST', 'E_DEVICE_STATE', 'E_CONFLICT', 'E_NOT_FOUND'])
    t.ok(worth(code), code);
  t.notOk(worth('E_NOT_FOUND', { isSignedIn: false }));
  for (const code of ['E_VALIDATION', 'E_JSON', 'E_INTERNAL', 'E_UNAVAILABLE']) t.notOk(worth(code), code);
  t.notOk(worth('E_CONFLICT', { method: 'GET' }));
});

t.test('the first is written at once, the others of the minute with their number', async (t) => {
  const { sql } = await openTestDatabase(t);
  await sql`INSERT INTO organization (tenant, id, name) VALUES (1, 'org_a', 'Test')`;
  const clock = createTestClock();
  const refusals = createRefusals({ sql, clock, log: silentLog, tenant: 1 });
  const make = (address: string, kind: 'anonymous' | 'token' = 'anonymous'): Refusal => ({
    ...{ act: 'request.refuse', code: 'E_SIGNED_OUT', subject: null, detail: {}, requestId: '' },
    actor: { kind, id: kind === 'token' ? address : '', name: '', address },
  });
  const read = () => sql<{ address: string; times: number; code: string }[]>`
    SELECT body::jsonb -> 'actor' ->> 'address' AS address, (body::jsonb -> 'detail' ->> 'times')::int AS times,
      body::jsonb ->> 'code' AS code FROM audit_pending ORDER BY position`;
  for (let at = 0; at < 1_000; at++) refusals.note(make('192.0.2.1'));
  await until('the first is there', async () => (await read()).length > 0);
  t.same(await read(), [{ address: '192.0.2.1', times: 1, code: 'E_SIGNED_OUT' }]);
  await clock.advance(60_000);
  await until('the rest is there', async () => (await read()).length === 2);
  t.match((await read())[1], { times: 999 });

  for (let at = 0; at < 10_000; at++) refusals.note(make(`198.51.100.${at}`));
  for (let at = 0; at < 10; at++) refusals.note(make(`tok_${at}`, 'token'));
  await refusals.stop();
  const rows = (await read()).slice(2);
  t.equal(rows.filter(({ address }) => address.startsWith('198')).length, 30);
  t.equal(rows.filter(({ address }) => address.startsWith('tok')).length, 10, 'strangers hide no insider');
  t.match(rows.at(-1), { code: 'E_RATE', times: 9_970 });
  t.equal(clock.pending(), 0);
});

t.test('each answer of the application that refuses is told with who asked and what for', async (t) => {
  const { sql } = await openTestDatabase(t);
  await sql`INSERT INTO organization (tenant, id, name) VALUES (1, 'org_a', 'Test')`;
  const refusals = createRefusals({ sql, clock: createTestClock(), log: silentLog, tenant: 1 });
  // Who makes a token chooses its name.
  const posing = { person: 'per_bob', handle: 'bob', name: 'ada', tokenId: 'tok_b' } as const;
  const { app } = await createHttp({
    ...{ log: silentLog, tls: undefined, permissions: new Set(['a', 'b']), now: () => 0 },
    authenticate: async ({ headers }) => {
      if (headers.authorization === 'good') return makePrincipal(['a']);
      return headers.authorization === 'posing' ? makePrincipal(['a'], posing) : null;
    },
  });
  t.teardown(() => app.close());
  refusals.watch(app);
  app.get('/may', { config: { permission: 'a', scope: 'list' } }, () => 'fine');
  app.get('/may-not', { config: { permission: 'b', scope: 'list' } }, () => 'never');
  app.post('/things/:id', { config: { permission: 'a', scope: 'list' } }, () => {
    throw fail('E_QUORUM');
  });
  const call = (method: 'GET' | 'POST', url: string, authorization?: string) =>
    app.inject({ method, url, headers: authorization === undefined ? {} : { authorization } });
  await call('GET', '/may', 'good');
  await call('GET', '/may');
  await call('GET', '/nowhere', 'good');
  await call('GET', '/may', 'bad');
  await call('GET', '/may-not', 'good');
  await call('POST', '/things/7', 'good');
  await call('GET', '/may-not', 'posing');
  await setImmediate();
  await refusals.stop();
  const rows = await sql<{ body: string }[]>`SELECT body FROM audit_pending ORDER BY position`;
  const events = rows.map(({ body }) => JSON.parse(body));
  t.match(events, [
    { code: 'E_SIGNED_OUT', actor: { kind: 'anonymous', address: '127.0.0.1' }, subject: { id: 'GET /may' } },
    { code: 'E_FORBIDDEN', actor: { kind: 'token', name: 'tester' }, subject: { id: 'GET /may-not' } },
    {
      code: 'E_QUORUM',
      outcome: 'refused',
      subject: { id: 'POST /things/:id' },
      detail: { named: ['id=7'], times: 1 },
    },
    { actor: { kind: 'person', id: 'per_bob', name: 'bob', via: 'token', viaId: 'tok_b' } },
  ]);
  t.equal(events.length, 4);
  t.notMatch(JSON.stringify(events), /"ada"/, 'the name of a token is nobody');
  t.notMatch(JSON.stringify(events), /good|bad/, 'no credential');
});
