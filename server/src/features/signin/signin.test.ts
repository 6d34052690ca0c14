// Signing in over the routes, on a real database: links, passkeys, sessions, and everything that must be refused.
import { pae, toEnvelope, toKeyProof, toPasskeySignature } from '@muster/protocol';
import { createPasskey } from '@muster/protocol/testing';
import t from 'tap';
import { ORIGIN, openStage } from './testing/stage.ts';
import { passkeyOf, prove, setUp, signIn } from './testing/visits.ts';

t.test('a link sets a person up once, and the passkey signs in without a name', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const browser = stage.openBrowser();
  t.match((await browser.send('/api/v1/session')).body, {
    person: null,
    setupNeeded: true,
    permissions: [],
    methods: { passkey: true, password: true, oidc: [] },
  });

  t.match(await browser.post('/api/v1/setup/options', { secret: 'x'.repeat(43) }), {
    status: 403,
    body: { code: 'E_SETUP' },
  });
  const former = await stage.makeSecret(anna);
  const secret = await stage.makeSecret(anna);
  t.match(
    await browser.post('/api/v1/setup/options', { secret: former }),
    { status: 403 },
    'the former link is void',
  );
  const begun = await browser.post('/api/v1/setup/options', { secret });
  t.match(begun.body, {
    person: { handle: 'anna' },
    isFirst: true,
    passkey: {
      options: { rp: { id: 'muster.example' }, authenticatorSelection: { residentKey: 'required' } },
    },
  });
  const { challengeId, options } = passkeyOf(begun.body);
  const response = browser.authenticator.make(options);
  const body = { secret, name: 'Anna Berg', passkey: { challengeId, name: 'laptop', response } };
  t.match(
    await browser.post('/api/v1/setup', { secret, password: 'long enough to be one', passkey: body.passkey }),
    { status: 400, body: { code: 'E_VALIDATION' } },
    'not both',
  );
  const done = await browser.post('/api/v1/setup', body);
  t.match(done.body, {
    person: { id: anna, name: 'Anna Berg' },
    mustSetUp: null,
    session: { method: 'setup' },
  });
  t.ok(done.body.permissions?.includes('devices.write'));
  t.match(
    done.headers['set-cookie'],
    /^__Host-muster=mss1\.[a-z2-7]{26}\.[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  t.match(await browser.post('/api/v1/setup', body), { status: 403, body: { code: 'E_SETUP' } }, 'spent');

  t.match(await browser.remove('/api/v1/session'), { status: 204 });
  t.match((await browser.send('/api/v1/session')).body, { person: null, setupNeeded: false });
  t.match(await signIn(browser), {
    status: 200,
    body: { person: { handle: 'anna' }, session: { method: 'passkey' } },
  });
  t.match((await browser.send('/api/v1/me')).body, { passkeys: [{ name: 'laptop' }], totpAt: null });

  const acts = await stage.sql<{ said: string }[]>`
    SELECT concat_ws(' ', body::jsonb->>'act', body::jsonb->'actor'->>'name') AS said FROM audit_pending`;
  t.same(
    [...new Set(acts.map(({ said }) => said.trim()))].toSorted(),
    ['session.close anna', 'session.open anna', 'setup.finish anna', 'setup.link'],
    'each is in the audit, by the handle of who did it',
  );
});

t.test('what is wrong with a passkey is refused', async (t) => {
  const stage = await openStage(t);
  const browser = await setUp(stage, await stage.addPerson('anna', 'admin'));
  const refused = { status: 401, body: { code: 'E_CREDENTIALS' } };
  t.match(await signIn(browser, { origin: 'https://evil.example' }), refused, 'made for another page');
  t.match(await signIn(browser, { rpId: 'evil.example' }), refused, 'made for another name');
  t.match(await signIn(browser, { isVerified: false }), refused, 'nobody looked who is there');
  t.match(await signIn(browser, { challenge: 'AAAA' }), refused, 'another challenge');
  t.match(await signIn(browser), { status: 200 });
  t.match(await signIn(browser, { counter: 1 }), refused, 'a copy of it');

  const begun = passkeyOf((await browser.post('/api/v1/signin/passkey/options')).body);
  const shown = { challengeId: begun.challengeId, response: browser.authenticator.show(begun.options) };
  const step = { ...shown };
  t.match(await browser.post('/api/v1/session/step-up/finish', step), {
    status: 400,
    body: { code: 'E_CHALLENGE' },
  });
  t.match(
    await browser.post('/api/v1/signin/passkey/finish', shown),
    { status: 400, body: { code: 'E_CHALLENGE' } },
    'a challenge is gone with the first attempt, also for another purpose',
  );
  const late = passkeyOf((await browser.post('/api/v1/signin/passkey/options')).body);
  const response = browser.authenticator.show(late.options);
  await stage.clock.advance(5 * 60_000);
  t.match(await browser.post('/api/v1/signin/passkey/finish', { challengeId: late.challengeId, response }), {
    body: { code: 'E_CHALLENGE' },
  });

  const stranger = stage.openBrowser();
  const own = passkeyOf((await stranger.post('/api/v1/signin/passkey/options')).body);
  stranger.authenticator.make({ rp: { id: 'muster.example' }, user: { id: 'AAAA' }, challenge: 'AAAA' });
  t.match(
    await stranger.post('/api/v1/signin/passkey/finish', {
      challengeId: own.challengeId,
      response: stranger.authenticator.show(own.options),
    }),
    refused,
    'a passkey that nobody registered',
  );
});

t.test('a session ends by time, by sign-out, by others, and with what it was opened with', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const browser = await setUp(stage, anna);
  const signedOut = { status: 401, body: { code: 'E_SIGNED_OUT' } };

  await stage.clock.advance(11 * 3_600_000);
  t.match(await browser.send('/api/v1/me'), { status: 200 });
  await stage.clock.advance(11 * 3_600_000);
  t.match(await browser.send('/api/v1/me'), { status: 200 }, 'used in between');
  await stage.clock.advance(12 * 3_600_000);
  t.match(await browser.send('/api/v1/me'), signedOut, 'not used for 12 h');
  await signIn(browser);
  for (let hours = 0; hours < 7 * 24; hours += 8) {
    t.match(await browser.send('/api/v1/me'), { status: 200 }, `after ${hours} h`);
    await stage.clock.advance(8 * 3_600_000);
  }
  t.match(await browser.send('/api/v1/me'), signedOut, 'after 7 days at the latest');

  await signIn(browser);
  const kept = browser.cookie();
  await signIn(browser);
  const list = await browser.send('/api/v1/me/sessions');
  t.equal(list.body.items?.length, 2);
  t.equal(list.body.items?.filter((one) => one.isCurrent).length, 1);
  t.match(await browser.remove('/api/v1/me/sessions'), { body: { ended: 1 } });
  const other = stage.openBrowser();
  other.setCookie(kept);
  t.match(await other.send('/api/v1/me'), signedOut);

  await stage.sql`UPDATE person SET disabled_at = now() WHERE id = ${anna}`;
  t.match(await browser.send('/api/v1/me'), signedOut, 'disabled');
  t.match(await signIn(browser), { status: 401, body: { code: 'E_CREDENTIALS' } });
  for (const bad of ['', 'mss1.a.b', `mss1.${'a'.repeat(26)}.${'b'.repeat(43)}`, `${kept}x`]) {
    other.setCookie(`__Host-muster=${bad}`);
    t.match(await other.send('/api/v1/me'), signedOut);
  }
});

t.test('a request with a session costs one statement, and once a minute the note of its use', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const browser = await setUp(stage, anna);
  const usedAt = async () => {
    const [row] = await stage.sql<{ used: Date }[]>`SELECT used_at AS used FROM signin_session`;
    return row?.used.getTime();
  };
  const opened = await usedAt();
  await stage.clock.advance(59_000);
  await browser.send('/api/v1/me');
  t.equal(await usedAt(), opened);
  await stage.clock.advance(1_000);
  await browser.send('/api/v1/me');
  t.equal(await usedAt(), stage.clock.now());
});

t.test('a view that was left open does not keep its session', async (t) => {
  const stage = await openStage(t);
  const browser = await setUp(stage, await stage.addPerson('anna', 'admin'));
  await browser.send('/api/v1/me');
  for (let hours = 0; hours < 12; hours += 3) {
    t.match(await stage.recheck(), { via: 'session' }, `after ${hours} h`);
    await stage.clock.advance(3 * 3_600_000);
  }
  t.equal(await stage.recheck(), null, 'which ends the stream');
  t.match(await browser.send('/api/v1/me'), { status: 401 });
});

t.test('changes ask for proof of the last ten minutes, and end the other sessions', async (t) => {
  const stage = await openStage(t);
  const browser = await setUp(stage, await stage.addPerson('anna', 'admin'));
  const [first] = (await browser.send('/api/v1/me/passkeys')).body.items ?? [];
  const former = browser.cookie();
  await signIn(browser);
  await stage.clock.advance(11 * 60_000);
  const needsProof = { status: 401, body: { code: 'E_STEP_UP' } };
  t.match(await browser.post('/api/v1/me/passkeys/options'), needsProof);
  t.match(await browser.post('/api/v1/me/password', { password: 'never mind this one' }), needsProof);
  const proof = passkeyOf((await browser.post('/api/v1/session/step-up/options')).body);
  t.equal(proof.options.allowCredentials?.length, 1);
  const shown = { challengeId: proof.challengeId, response: browser.authenticator.show(proof.options) };
  t.match(await browser.post('/api/v1/session/step-up/finish', shown), {
    status: 200,
    body: { provenAt: new Date(stage.clock.now()).toISOString() },
  });

  t.match(await browser.remove(`/api/v1/me/passkeys/${first?.id}`), {
    status: 409,
    body: { detail: /last way/ },
  });
  const begun = passkeyOf((await browser.post('/api/v1/me/passkeys/options')).body);
  const made = {
    challengeId: begun.challengeId,
    name: 'phone',
    response: browser.authenticator.make(begun.options),
  };
  t.match(await browser.post('/api/v1/me/passkeys', made), {
    status: 201,
    body: { passkeys: [{ name: 'laptop' }, { name: 'phone' }] },
  });
  const other = stage.openBrowser();
  other.setCookie(former);
  t.match(await other.send('/api/v1/me'), { status: 401 }, 'the session from before has ended');
  t.match(await browser.remove(`/api/v1/me/passkeys/${first?.id}`), {
    body: { passkeys: [{ name: 'phone' }] },
  });
  t.match(await browser.send('/api/v1/me'), { status: 200 }, 'the present one goes on');
});

t.test('requests of other sites change nothing, whoever they are from', async (t) => {
  const stage = await openStage(t);
  const browser = await setUp(stage, await stage.addPerson('anna', 'admin'));
  const refused = { status: 403, body: { code: 'E_ORIGIN' } };
  for (const origin of [
    'https://evil.example',
    'null',
    'http://muster.example',
    'https://muster.example:444',
  ])
    for (const url of ['/api/v1/session', '/api/v1/me/sessions'])
      t.match(
        await browser.send(url, { method: 'DELETE', headers: { origin } }),
        refused,
        `${url} from ${origin}`,
      );
  const bare = await stage.app.inject({
    method: 'DELETE',
    url: '/api/v1/me/sessions',
    headers: { cookie: browser.cookie() },
  });
  t.match(bare.json(), { code: 'E_ORIGIN' }, 'a session without an origin');
  t.match(
    await browser.send('/api/v1/signin/password', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: Buffer.from('{"name":"anna"}'),
    }),
    { status: 415 },
    'a form can send plain text',
  );
  t.match(await browser.send('/api/v1/session', { headers: { origin: ORIGIN } }), {
    body: { person: { handle: 'anna' } },
  });
});

t.test('a key of one\u2019s own is removed, but not while the trust document names it', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const browser = await setUp(stage, anna);
  const passkey = createPasskey({ rpId: 'muster.example', origin: ORIGIN });
  const { keyid } = passkey;
  const { key } = passkey.entry;
  const unsigned = toKeyProof('org_a', key);
  const assertion = passkey.assert(pae(unsigned.payloadType, unsigned.payload));
  const proof = toEnvelope(unsigned, [toPasskeySignature(passkey.publicKey, assertion)]).signatures[0]?.sig;
  const body = { key, name: 'laptop', proof };
  const register = () => browser.post('/api/v1/me/keys', body);
  t.match(await register(), { status: 201, body: { person: { keys: [{ keyid }] } } });
  t.match(await register(), { status: 409 }, 'one key has one holder');
  const path = `/api/v1/me/keys/${keyid}`;

  const ben = await setUp(stage, await stage.addPerson('ben', 'admin'));
  t.match(await ben.remove(path), { status: 404, body: { code: 'E_NOT_FOUND' } }, 'only one\u2019s own');
  const program = await stage.openProgram(anna, ['*']);
  t.match(await program(path, { method: 'DELETE' }), { status: 403, body: { code: 'E_FORBIDDEN' } });
  await stage.clock.advance(601_000);
  t.match(await browser.remove(path), { status: 401, body: { code: 'E_STEP_UP' } });
  await prove(browser);

  stage.signers.push({ id: 'anna-a', keys: [{ key }] });
  t.match(await browser.remove(path), {
    status: 409,
    body: { code: 'E_CONFLICT', detail: new RegExp(`muster trust remove-key anna-a ${keyid}`) },
  });
  stage.signers.pop();
  t.match(await browser.remove(path), { status: 200, body: { person: { keys: [] } } });
  t.match(await browser.remove(path), { status: 404 });
  const events = await stage.sql<{ body: string }[]>`
    SELECT body FROM audit_pending WHERE body::json ->> 'act' LIKE 'person-key.%' ORDER BY position`;
  t.match(
    events.map(({ body }) => JSON.parse(body)),
    [
      { act: 'person-key.add', subject: { id: anna } },
      { act: 'person-key.remove', subject: { id: anna }, detail: { key, name: 'laptop' } },
    ],
  );
  t.match(await register(), { status: 201 }, 'and can be registered again');
});
