// Nobody becomes somebody stronger: not by a token, a link, a key, a session that was left open, or what a thief left behind.
import t from 'tap';
import { holdTransaction } from '../../core/testing/held-transaction.ts';
import { permissionsOf } from '../access/permissions.ts';
import { createChallenges } from './challenges.ts';
import { lockAccount } from './store-accounts.ts';
import { deletePasskey } from './store-passkeys.ts';
import { openStage } from './testing/stage.ts';
import { passkeyOf, setUp, signIn } from './testing/visits.ts';
import { triedFrom } from './tries.ts';

const forbidden = { status: 403, body: { code: 'E_FORBIDDEN' } };

t.test('a weak token does not become its person', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const ben = await stage.addPerson('ben', null);
  const weak = await stage.openProgram(anna, ['persons.write']);
  const invite = (person: string) => `/api/v1/persons/${person}/invitations`;
  t.match(await weak(invite(anna), { method: 'POST' }), forbidden, 'a link to her own account');
  const key = { key: 'A'.repeat(43), name: 'a key', proof: 'A'.repeat(86) };
  t.match(await weak(`/api/v1/persons/${anna}/keys`, { body: key }), forbidden, 'a key in her name');
  t.match(await weak(invite(ben), { method: 'POST' }), { status: 201 }, 'who may do nothing can be invited');
  const strong = await stage.openProgram(anna, ['*']);
  t.match(await strong(invite(anna), { method: 'POST' }), { status: 201 }, 'who may do all may do this');
  const browser = await setUp(stage, anna);
  t.match(await browser.post(invite(anna)), { status: 201 }, 'a session is its person');
  await stage.sql`UPDATE person SET disabled_at = now() WHERE id = ${anna}`;
  const nobodys = await stage.openProgram(null, ['persons.write']);
  t.match(
    await nobodys(`/api/v1/persons/${anna}/keys`, { body: key }),
    forbidden,
    'nor while she is disabled',
  );
});

t.test('a link reaches no further than its maker did, nor than he does now', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const ben = await stage.addPerson('ben', null);
  const helper = await stage.openProgram(anna, ['persons.write']);
  const admin = await stage.openProgram(anna, ['*']);
  const invite = async (program: typeof admin) =>
    new URL(
      (await program(`/api/v1/persons/${ben}/invitations`, { method: 'POST' })).body.url ?? 'about:blank',
    ).hash.slice(1);
  const browser = stage.openBrowser();
  const options = (secret: string) => browser.post('/api/v1/setup/options', { secret });
  const outgrown = { status: 403, body: { code: 'E_SETUP' } };

  const early = await invite(helper);
  const begun = passkeyOf((await options(early)).body);
  const path = `/api/v1/persons/${ben}/roles/admin`;
  t.match(await admin(path, { method: 'PUT', body: {} }), { status: 200 });
  t.match(await options(early), outgrown, 'he was promoted since');
  const passkey = {
    challengeId: begun.challengeId,
    name: 'laptop',
    response: browser.authenticator.make(begun.options),
  };
  t.match(
    await browser.post('/api/v1/setup', { secret: early, passkey }),
    outgrown,
    'also when it was begun',
  );

  const strong = await invite(admin);
  t.match(await options(strong), { status: 200 }, 'one of an admin');
  await stage.sql`UPDATE person_role SET role = 'viewer' WHERE person = ${anna}`;
  t.match(await options(strong), outgrown, 'who is none any more');
  t.match(await options(await stage.makeSecret(ben)), { status: 200 }, 'the host may do all');
});

t.test('whoever comes back by a link is alone in his account', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const program = await stage.openProgram(anna, ['*']);
  const thief = await setUp(stage, anna);
  t.match(await program('/api/v1/whoami'), { status: 200 }, 'what was made before the first way in stays');
  await stage.sql`INSERT INTO identity (tenant, id, issuer, subject, person, name)
    VALUES (1, 'idn_a', 'https://idp.example', 'thief', ${anna}, 'thief')`;
  t.match(await thief.post('/api/v1/me/password', { password: 'tuba under a wet umbrella' }), {
    status: 200,
  });

  const secret = await stage.makeSecret(anna);
  const browser = stage.openBrowser('192.0.2.1');
  const begun = await browser.post('/api/v1/setup/options', { secret });
  t.match(begun.body, { endsFormer: true, passkey: { options: { excludeCredentials: [] } } });
  t.match(await program('/api/v1/whoami'), { status: 200 }, 'looking at the link ends nothing');
  const { challengeId, options } = passkeyOf(begun.body);
  const passkey = { challengeId, name: 'new', response: browser.authenticator.make(options) };
  t.match(await browser.post('/api/v1/setup', { secret, passkey }), { status: 200 });

  t.match(await thief.send('/api/v1/me'), { status: 401 }, 'the session');
  t.match(await signIn(thief), { status: 401, body: { code: 'E_CREDENTIALS' } }, 'the passkey');
  t.match(await program('/api/v1/whoami'), { status: 401 }, 'the API token');
  const left = { passkeys: [{ name: 'new' }], identities: { length: 0 }, passwordAt: null, totpAt: null };
  t.match((await browser.send('/api/v1/me')).body, left);
  t.match(await signIn(browser), { status: 200 });
  const [event] = await stage.sql<{ detail: object }[]>`
    SELECT body::jsonb->'detail' AS detail FROM audit_pending
    WHERE body::jsonb->>'act' = 'setup.finish' AND body::jsonb->'detail' ? 'tokens'`;
  t.match(event?.detail, { method: 'passkey', passkeys: 1, identities: 1, tokens: 1 });
});

t.test('nobody acts in the name of who may do more', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const ben = await stage.addPerson('ben', 'viewer');
  const helper = await stage.openProgram(null, ['persons.write', ...permissionsOf('viewer')]);
  const make = (person: string) => helper(`/api/v1/persons/${person}/tokens`, { body: { name: 'x' } });
  t.match(await make(anna), forbidden, 'a token under the name of the admin');
  t.match(await make(ben), { status: 201 });
  const weak = await stage.openProgram(anna, ['persons.write', 'trust.read']);
  t.match(
    await weak(`/api/v1/persons/${anna}/tokens`, { body: { name: 'x' } }),
    { status: 201, body: { permissions: ['persons.write', 'trust.read'] } },
    'her own is as weak as what makes it',
  );
});

t.test('who is weaker pushes nobody out', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const ben = await stage.addPerson('ben', 'viewer');
  const browser = await setUp(stage, anna);
  await setUp(stage, ben);
  const made = await browser.post(`/api/v1/persons/${anna}/tokens`, { name: 'robot' });
  const { id } = made.body as { readonly id?: string };
  const helper = await stage.openProgram(null, ['persons.write', ...permissionsOf('viewer')]);
  const [session] = (await browser.send('/api/v1/me/sessions')).body.items ?? [];
  const remove = { method: 'DELETE' } as const;
  for (const what of ['sessions', `sessions/${session?.id}`, `tokens/${id}`])
    t.match(await helper(`/api/v1/persons/${anna}/${what}`, remove), forbidden, what);
  t.match(await browser.send('/api/v1/me'), { status: 200 });
  t.match(await helper(`/api/v1/persons/${ben}/sessions`, remove), { status: 200, body: { ended: 1 } });
  t.match(
    await browser.remove(`/api/v1/persons/${anna}/tokens/${id}`),
    { status: 200 },
    'one ends one’s own',
  );
  await stage.clock.advance(11 * 60_000);
  for (const what of ['sessions', `sessions/${session?.id}`])
    t.match(await browser.remove(`/api/v1/persons/${ben}/${what}`), { body: { code: 'E_STEP_UP' } }, what);
});

t.test('nobody else uses up the attempts of who is signed in, nor a page those of an office', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const browser = await setUp(stage, anna);
  const picture = { headers: { 'sec-fetch-site': 'cross-site' } };
  for (const path of ['/api/v1/signin/oidc/main/start', '/api/v1/signin/oidc/none/start'])
    for (let at = 0; at < 61; at++)
      t.match(
        (await browser.send(path, at % 2 === 0 ? picture : {})).headers.location,
        /E_ORIGIN|E_NOT_FOUND/,
      );
  const stranger = stage.openBrowser();
  t.match(await stranger.post('/api/v1/signin/passkey/options'), { status: 200 }, 'the same address');
  for (let at = 0; at < 60; at++) await stranger.post('/api/v1/signin/passkey/options');
  for (let at = 0; at < 31; at++)
    await stranger.post('/api/v1/signin/password', { name: `a${at}`, password: 'x', totp: '000000' });
  for (let at = 0; at < 11; at++)
    await stranger.post('/api/v1/signin/password', { name: anna, password: 'x', totp: '000000' });
  t.match(await stranger.post('/api/v1/signin/passkey/options'), { status: 429 });
  const proof = passkeyOf((await browser.post('/api/v1/session/step-up/options')).body);
  const shown = { challengeId: proof.challengeId, response: browser.authenticator.show(proof.options) };
  t.match(await browser.post('/api/v1/session/step-up/finish', shown), { status: 200 }, 'his own go on');
  for (let at = 0; at < 60; at++) await browser.post('/api/v1/session/step-up/options');
  t.match(await browser.post('/api/v1/session/step-up/options'), { status: 429 }, 'but not for ever');
});

t.test('what waits for strangers pushes out strangers only', (t) => {
  let nowMs = 0;
  const clock = { now: () => nowMs, monotonic: () => nowMs, after: () => () => undefined };
  const challenges = createChallenges(clock);
  const anybody = { purpose: 'sign-in', subject: '' } as const;
  const his = { purpose: 'step-up', subject: 'per_a' } as const;
  const [mine, oldest] = [challenges.give('mine', his), challenges.give('oldest', anybody)];
  let newest = '';
  for (let at = 0; at < 10_000; at++) newest = challenges.give(`of ${at}`, anybody);
  t.throws(() => challenges.take(oldest, anybody), { code: 'E_CHALLENGE' });
  t.equal(challenges.take(newest, anybody), 'of 9999');
  t.equal(challenges.take(mine, his), 'mine');
  const many = Array.from({ length: 11 }, (_, at) => challenges.give(`mine ${at}`, his));
  t.throws(() => challenges.take(many[0] ?? '', his), { code: 'E_CHALLENGE' }, 'of one person few are open');
  t.equal(challenges.take(many[1] ?? '', his), 'mine 1');
  nowMs += 5 * 60_000;
  t.throws(() => challenges.take(many[2] ?? '', his), { code: 'E_CHALLENGE' });

  t.same(triedFrom('x', '2001:db8:1:2::3', 60), [
    { key: 'x 2001:db8:1:2::/64', max: 60 },
    { key: 'x 2001:db8:1::/48', max: 240 },
  ]);
  t.same(triedFrom('x', '192.0.2.1', 60), [{ key: 'x 192.0.2.1', max: 60 }]);
  t.end();
});

t.test('of two who remove the last ways in at once, one is refused', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'viewer');
  const browser = await setUp(stage, anna);
  const begun = passkeyOf((await browser.post('/api/v1/me/passkeys/options')).body);
  const response = browser.authenticator.make(begun.options);
  const made = { challengeId: begun.challengeId, name: 'second', response };
  const { passkeys = [] } = (await browser.post('/api/v1/me/passkeys', made)).body;
  const [first, second] = passkeys;
  const other = await holdTransaction(t, stage.address, async (tx) => {
    await lockAccount(tx, anna);
    await deletePasskey(tx, anna, first?.id ?? '');
  });
  const removing = browser.remove(`/api/v1/me/passkeys/${second?.id}`);
  await other.commitOnceWaitedFor();
  t.match(await removing, { status: 409, body: { detail: /last way/ } });
});
