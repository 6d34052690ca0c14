// Signing in to a real server as a process: links from the host, passkeys, sessions over a kill, streams, and a real OpenID Connect provider.
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import t from 'tap';
import { OIDC_CLIENT, startProvider } from '../support/oidc.ts';
import { openPage } from '../support/page.ts';
import { findFreePort } from '../support/processes.ts';
import { makeFolder } from '../support/server.ts';
import { prepareServer } from '../support/server-process.ts';
import { FILE_PATIENCE_MS } from '../support/wait.ts';
import { hostCommand } from '../support/workstation.ts';

t.setTimeout(FILE_PATIENCE_MS);

const clientSecret = 'a secret that only this test knows';
const secretFile = join(await makeFolder(t, 'oidc'), 'secret');
writeFileSync(secretFile, `${clientSecret}\n`);
const port = await findFreePort();
const flags = ['--oidc-issuer', `http://127.0.0.1:${port}`, '--oidc-client-id', OIDC_CLIENT];
const server = await prepareServer(t, {
  flags: [...flags, '--oidc-client-secret-file', secretFile, '--oidc-name', 'Company'],
});
const { url } = server;
const origin = url.replace('127.0.0.1', 'localhost');
const redirectUri = `${origin}/api/v1/signin/oidc/main/callback`;
const provider = await startProvider(t, { port, clientSecret, redirectUri });
await server.start();

/** A link as somebody with a shell on the host gets it. */
async function makeLink(person = ''): Promise<string> {
  const { code, out, err } = await hostCommand(
    `setup-link --data-dir ${server.dataDir}${person === '' ? '' : ` --person ${person}`}`,
  );
  if (code !== 0) throw new Error(err);
  return out.trim();
}

const anna = openPage({ url, origin });

t.test('only a link from the host opens the first account, and only once', async (t) => {
  t.match((await anna.send('/api/v1/session')).body, {
    person: null,
    setupNeeded: true,
    methods: { passkey: true, oidc: [{ id: 'main', name: 'Company' }] },
  });
  for (const secret of ['x'.repeat(43), '-'.repeat(43)])
    t.match(await anna.post('/api/v1/setup/options', { secret }), { status: 403, body: { code: 'E_SETUP' } });
  const former = await makeLink();
  const link = await makeLink();
  t.ok(link.startsWith(`${origin}/setup#`), link);
  await t.rejects(anna.setUp(former), /E_SETUP/);
  t.match(await anna.setUp(link), { status: 200, body: { session: { method: 'setup' } } });
  await t.rejects(anna.setUp(link), /E_SETUP/);
  t.match((await anna.send('/api/v1/devices')).status, 200, 'the first person may see devices');
  const files = JSON.stringify(await server.query((sql) => sql`SELECT * FROM setup_link`));
  t.notOk(files.includes(new URL(link).hash.slice(1)));
  t.match(await hostCommand(`setup-link --data-dir ${server.dataDir} --person nobody`), {
    code: 1,
    err: /E_NOT_FOUND/,
  });
});

t.test('a session outlives a kill of the server; what was begun is begun again', async (t) => {
  const begun = JSON.parse((await anna.post('/api/v1/signin/passkey/options')).text);
  const away = openPage({ url, origin });
  const there = await away.send('/api/v1/signin/oidc/main/start?next=/devices');
  t.equal(there.status, 302);
  await server.kill();
  await server.start();
  const { challengeId, options } = begun;
  const response = anna.authenticator.show(options);
  const late = await anna.post('/api/v1/signin/passkey/finish', { challengeId, response });
  t.match(late, { status: 400, body: { code: 'E_CHALLENGE' }, text: /please try again/ });
  provider.signsIn('nobody-yet');
  t.equal(
    await away.follow(String(there.headers.location)),
    '/sign-in?error=E_CHALLENGE',
    'whoever was at the provider comes to where he signs in, which says the same',
  );
  t.match((await anna.send('/api/v1/session')).body, { session: { method: 'setup' }, setupNeeded: false });
  t.match(await anna.show('/api/v1/signin/passkey'), {
    status: 200,
    body: { session: { method: 'passkey' } },
  });
});

t.test('a stream ends with its session', async (t) => {
  const other = openPage({ url, origin, authenticator: anna.authenticator });
  t.match(await other.show('/api/v1/signin/passkey'), { status: 200 }, 'a second browser');
  const ended = new Promise<string>((resolve, reject) => {
    const headers = { cookie: other.cookies(), accept: 'text/event-stream' };
    const ask = request(
      `${url}/api/v1/events`,
      { headers, rejectUnauthorized: false, agent: false },
      (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`the stream answered ${answer.statusCode}`));
        answer.resume();
        answer.once('end', () => resolve('ended'));
        answer.once('error', reject);
        other.send('/api/v1/session', { method: 'DELETE' }).catch(reject);
      },
    );
    ask.once('error', reject);
    ask.end();
  });
  t.equal(await ended, 'ended');
});

t.test('a token is nobody who could change an account', async (t) => {
  for (const path of ['/api/v1/me', '/api/v1/me/sessions'])
    t.match(await server.call(path), { status: 403, body: { code: 'E_FORBIDDEN' } });
  t.match(await server.call('/api/v1/session'), { status: 200, body: { person: null } });
});

t.test('a provider says who somebody is once that was linked here, and makes nobody', async (t) => {
  const start = '/api/v1/signin/oidc/main/start?next=/devices';
  const stranger = openPage({ url, origin });
  provider.signsIn('stranger');
  t.equal(await stranger.follow(start), '/sign-in?error=E_IDENTITY&next=%2Fdevices', 'and keeps the way');
  t.match((await stranger.send('/api/v1/session')).body, { person: null });
  t.equal(
    await stranger.follow('/api/v1/signin/oidc/main/callback?code=x&state=y'),
    '/sign-in?error=E_CHALLENGE',
  );
  for (const evil of [
    '//evil.example',
    '/\\\\evil.example',
    'https://evil.example',
    'evil.example',
    '/a\\n//b',
  ])
    t.match(
      await stranger.send(`/api/v1/signin/oidc/main/start?next=${encodeURIComponent(evil)}`),
      { status: 400 },
      evil,
    );

  provider.signsIn('anna-at-company');
  const linked = await anna.post('/api/v1/me/oidc/main', { next: '/me' });
  t.match(linked.body.url, new RegExp(`^http://127.0.0.1:${port}/auth\\?.*code_challenge_method=S256`));
  t.equal(await anna.follow(linked.body.url ?? ''), '/me');
  t.match((await anna.send('/api/v1/me')).body, { identities: [{ name: 'anna-at-company@example.com' }] });

  const phone = openPage({ url, origin });
  const deep = '/devices?on=label(%22env%22)%20%3D%3D%20%22prod%22&sort=-seen&columns=hostname,state';
  t.equal(await phone.follow(`/api/v1/signin/oidc/main/start?next=${encodeURIComponent(deep)}`), deep);
  t.match((await phone.send('/api/v1/session')).body, { session: { method: 'oidc' }, provenAt: null });
  t.match(await phone.post('/api/v1/me/passkeys/options'), { status: 401, body: { code: 'E_STEP_UP' } });
  const proof = await phone.post('/api/v1/session/step-up/oidc/main', { next: '/act' });
  t.match(proof.body.url, /max_age=0/);
  t.equal(await phone.follow(proof.body.url ?? ''), '/act');
  t.match((await phone.send('/api/v1/session')).body, { provenAt: /^20/ });
  t.match(await phone.post('/api/v1/me/passkeys/options'), { status: 200 });

  provider.signsIn('stranger');
  phone.forget(`http://127.0.0.1:${port}`);
  const other = await phone.post('/api/v1/session/step-up/oidc/main', { next: '/' });
  t.equal(
    await phone.follow(other.body.url ?? ''),
    '/sign-in?error=E_IDENTITY',
    'somebody else proves nothing',
  );
});

t.test('whoever was invited comes in by the provider', async (t) => {
  const person = await server.call<{ id: string }>('/api/v1/persons', {
    method: 'POST',
    body: { name: 'Ben' },
  });
  const invited = await server.call<{ url: string }>(`/api/v1/persons/${person.body.id}/invitations`, {
    method: 'POST',
  });
  const secret = new URL(invited.body.url).hash.slice(1);
  const ben = openPage({ url, origin });
  provider.signsIn('ben-at-company');
  const begun = await ben.post('/api/v1/setup/oidc/main', { secret, next: '/' });
  t.equal(await ben.follow(begun.body.url ?? ''), '/');
  t.match((await ben.send('/api/v1/session')).body, {
    person: { handle: 'ben' },
    session: { method: 'setup' },
  });
  t.match(await ben.post('/api/v1/setup/oidc/main', { secret }), { status: 403, body: { code: 'E_SETUP' } });

  provider.signsIn('anna-at-company');
  ben.forget(`http://127.0.0.1:${port}`);
  const again = await server.call<{ url: string }>(`/api/v1/persons/${person.body.id}/invitations`, {
    method: 'POST',
  });
  const taken = await ben.post('/api/v1/setup/oidc/main', { secret: new URL(again.body.url).hash.slice(1) });
  t.equal(
    await ben.follow(taken.body.url ?? ''),
    '/sign-in?error=E_CONFLICT',
    'one account there, one person here',
  );
});

t.test('whoever is disabled is signed out for good', async (t) => {
  const person = await server.call<{ id: string }>('/api/v1/persons', {
    method: 'POST',
    body: { name: 'Carla' },
  });
  const path = `/api/v1/persons/${person.body.id}`;
  const invited = await server.call<{ url: string }>(`${path}/invitations`, { method: 'POST' });
  const carla = openPage({ url, origin });
  t.match(await carla.setUp(invited.body.url), { status: 200 });
  const open = await server.call<{ url: string }>(`${path}/invitations`, { method: 'POST' });
  t.match(await server.call(path, { method: 'PATCH', body: { disabled: true } }), { status: 200 });
  t.match(await carla.send('/api/v1/me'), { status: 401 });
  t.match(await server.call(`${path}/invitations`, { method: 'POST' }), { status: 409 });
  t.match(await carla.show('/api/v1/signin/passkey'), { status: 401, body: { code: 'E_CREDENTIALS' } });
  t.match(await server.call(path, { method: 'PATCH', body: { disabled: false } }), { status: 200 });
  t.match(await carla.send('/api/v1/me'), { status: 401 }, 'the session does not come back');
  await t.rejects(carla.setUp(open.body.url), /E_SETUP/, 'nor does the link');
  t.match(await carla.show('/api/v1/signin/passkey'), { status: 200 }, 'but the passkey is good again');
});

t.test('without the provider everything else works', async (t) => {
  await provider.stop();
  await server.stop();
  await server.start();
  t.equal(
    await openPage({ url, origin }).follow('/api/v1/signin/oidc/main/start'),
    '/sign-in?error=E_PROVIDER',
  );
  t.match(await anna.show('/api/v1/signin/passkey'), { status: 200 });
  const rows = JSON.stringify(await server.query((sql) => sql`SELECT * FROM signin_session`));
  const [, secret = ''] = /mss1\.[a-z2-7]+\.([\w-]+)/.exec(anna.cookies()) ?? [];
  t.ok(secret.length === 43 && !rows.includes(secret), 'sessions are stored as hashes');
  t.notOk(server.output().includes(secret), 'and in no log');

  const back = openPage({ url, origin });
  t.match(await server.call('/api/v1/whoami'), { status: 200 });
  t.match(
    await back.setUp(await makeLink()),
    { status: 200 },
    'who has lost everything comes back by a link',
  );
  t.match((await anna.send('/api/v1/session')).body, { person: null }, 'and is alone then: no session');
  t.match(await anna.show('/api/v1/signin/passkey'), { status: 401 }, 'no passkey');
  t.match(await server.call('/api/v1/whoami'), { status: 401 }, 'and no API token from before');
});
