// Passwords and one-time codes over the routes: what counts as a sign-in, how often one may try, and what is kept how.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { createSeal } from '../../core/seal.ts';
import { decodeBase32, generate } from './testing/codes.ts';
import { type Browser, openStage, type Stage } from './testing/stage.ts';
import { findStep, makeTotp } from './totp.ts';
import { createTries, networkOf } from './tries.ts';
import { isWorstPassword } from './worst-passwords.ts';

const PASSWORD = 'tuba under a wet umbrella';
const refused = { status: 401, body: { code: 'E_CREDENTIALS' } };

/** Sets a person up by password; the browser has a full session then. */
async function setUp(stage: Stage, person: string) {
  const browser = stage.openBrowser();
  const secret = await stage.makeSecret(person);
  await browser.post('/api/v1/setup', { secret, password: PASSWORD });
  const totp = (await browser.post('/api/v1/me/totp')).body.secret ?? '';
  const confirmed = await browser.post('/api/v1/me/totp/confirm', { code: await codeNow(stage, totp) });
  if (confirmed.status !== 200) throw new Error(JSON.stringify(confirmed.body));
  return { browser, totp, codes: confirmed.body.codes ?? [] };
}

/** The code that an app shows now, or so many steps later. */
function codeNow({ clock }: Stage, secret: string, steps = 0): Promise<string> {
  return generate(secret, Math.floor(clock.now() / 1_000) + steps * 30);
}

const signIn = (browser: Browser, more: object, name = 'anna') =>
  browser.post('/api/v1/signin/password', { name, password: PASSWORD, ...more });

t.test('a password counts from its first one-time code on, and never alone', async (t) => {
  const stage = await openStage(t);
  const browser = stage.openBrowser();
  const anna = await stage.addPerson('anna', 'admin');
  const secret = await stage.makeSecret(anna);
  for (const password of [
    'short',
    'passwordpassword',
    'Anna-1234567890',
    'aaaaaaaaaaaaaaaa',
    'qwertzuiop123456',
  ])
    t.match(
      await browser.post('/api/v1/setup', { secret, password }),
      { status: 400, body: { code: 'E_PASSWORD' } },
      password,
    );
  t.match(await browser.post('/api/v1/setup', { secret, password: PASSWORD }), {
    status: 200,
    body: { mustSetUp: 'second-factor', permissions: ['me.write'], session: { method: 'setup' } },
  });
  t.match(await browser.send('/api/v1/persons/per_aaaaaaaaaaaaaaaaaaaaaaaaaa/account'), {
    status: 403,
    body: { code: 'E_FORBIDDEN' },
  });
  const other = stage.openBrowser('192.0.2.1');
  t.match(await signIn(other, {}), refused, 'the password alone');
  t.match(await signIn(other, { totp: '000000' }), refused);

  t.match(
    await browser.post('/api/v1/me/totp/confirm', { code: '123456' }),
    { status: 409 },
    'nothing to confirm',
  );
  const made = (await browser.post('/api/v1/me/totp')).body as { secret: string; uri: string };
  t.match(made.uri, /^otpauth:\/\/totp\/Muster%20Test:anna\?.*secret=/);
  const wrong = String((Number(await codeNow(stage, made.secret)) + 1) % 1_000_000).padStart(6, '0');
  t.match(await browser.post('/api/v1/me/totp/confirm', { code: wrong }), { body: { code: 'E_CODE' } });
  t.match(await signIn(other, { totp: await codeNow(stage, made.secret) }), refused, 'not confirmed yet');
  const code = await codeNow(stage, made.secret);
  const confirmed = await browser.post('/api/v1/me/totp/confirm', { code });
  t.equal(new Set(confirmed.body.codes).size, 10);
  t.match((await browser.send('/api/v1/session')).body, { mustSetUp: null });
  t.ok((await browser.send('/api/v1/session')).body.permissions?.includes('devices.write'));

  t.match(await signIn(other, { totp: code }), refused, 'the code was taken when it was confirmed');
  t.match(await signIn(other, { totp: await codeNow(stage, made.secret, 2) }), refused, 'two steps early');
  const next = await codeNow(stage, made.secret, 1);
  t.match(await signIn(other, { totp: next }, ' Anna '), {
    status: 200,
    body: { person: { handle: 'anna' } },
  });
  t.match(await signIn(other, { totp: next }), refused, 'taken');
  await stage.clock.advance(90_000);
  t.match(
    await signIn(other, { totp: await codeNow(stage, made.secret, -1) }),
    { status: 200 },
    'one step late',
  );
  t.match(await signIn(other, { totp: await codeNow(stage, made.secret, -2) }), refused);

  const [row] = await stage.sql<{ hash: string; sealed: Uint8Array }[]>`
    SELECT password_hash AS hash, totp_sealed AS sealed FROM account`;
  t.match(row?.hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  t.notOk(Buffer.from(row?.sealed ?? []).includes(made.secret), 'the secret lies sealed');
});

t.test('wrong names, passwords, codes and accounts get one answer', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  await stage.addPerson('ben', 'viewer');
  const { totp } = await setUp(stage, anna);
  const totps = { totp: await codeNow(stage, totp, 1) };
  const browser = stage.openBrowser('192.0.2.9');
  const answers = [];
  for (const [name, body] of [
    ['nobody', totps],
    ['ben', totps],
    ['anna', { ...totps, password: 'tuba under a dry umbrella' }],
    ['anna', { totp: '000000' }],
    ['anna', { recoveryCode: 'aaaa-bbbb-cccc-dddd' }],
    ['anna', {}],
  ] as const)
    answers.push((await signIn(browser, body, name)).body);
  await stage.sql`UPDATE person SET disabled_at = now() WHERE id = ${anna}`;
  answers.push((await signIn(browser, totps)).body);
  const texts = answers.map((answer) => JSON.stringify({ ...answer, instance: '' }));
  t.equal(new Set(texts).size, 1, texts[0] ?? '');
  t.match(answers[0], { code: 'E_CREDENTIALS' });
  await stage.sql`UPDATE person SET disabled_at = NULL WHERE id = ${anna}`;
  t.match(await signIn(browser, totps), { status: 200 }, 'and none of them took the code');
});

t.test('recovery codes are good once, and new ones make the former void', async (t) => {
  const stage = await openStage(t);
  const { browser, codes } = await setUp(stage, await stage.addPerson('anna', 'admin'));
  const other = stage.openBrowser('192.0.2.1');
  const [first = '', second = '', third = ''] = codes;
  t.match(await signIn(other, { recoveryCode: first }), { status: 200 });
  t.match(await signIn(other, { recoveryCode: first }), refused);
  const typed = second.toUpperCase().replaceAll('-', ' ');
  t.match(await other.post('/api/v1/session/step-up/password', { password: PASSWORD, recoveryCode: typed }), {
    status: 200,
  });
  t.match((await browser.send('/api/v1/me/recovery-codes')).body, { left: 8 });
  const again = (await browser.post('/api/v1/me/recovery-codes')).body.codes ?? [];
  t.match(await signIn(other, { recoveryCode: third }), refused);
  t.match(await signIn(other, { recoveryCode: again[0] }), { status: 200 });
  const [row] = await stage.sql<{ used: number }[]>`
    SELECT count(*)::integer AS used FROM audit_pending WHERE body::jsonb->>'act' = 'recovery-code.use'`;
  t.equal(row?.used, 3);
});

t.test('a limited session ends after half an hour, and the link is gone', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const browser = stage.openBrowser();
  await browser.post('/api/v1/setup', { secret: await stage.makeSecret(anna), password: PASSWORD });
  await stage.clock.advance(30 * 60_000);
  t.match(await browser.post('/api/v1/me/totp'), { status: 401, body: { code: 'E_SIGNED_OUT' } });
  t.match((await browser.send('/api/v1/session')).body, { setupNeeded: true }, 'still nobody can sign in');
  await setUp(stage, anna);
  t.match((await stage.openBrowser().send('/api/v1/session')).body, { setupNeeded: false });
});

t.test('a new app counts once a code of it was right; the password and its code go together', async (t) => {
  const stage = await openStage(t);
  const { browser, totp } = await setUp(stage, await stage.addPerson('anna', 'admin'));
  const next = (await browser.post('/api/v1/me/totp')).body.secret ?? '';
  const other = stage.openBrowser('192.0.2.1');
  t.match(
    await signIn(other, { totp: await codeNow(stage, totp, 1) }),
    { status: 200 },
    'the former one counts',
  );
  await stage.clock.advance(120_000);
  t.match(await browser.post('/api/v1/me/totp/confirm', { code: await codeNow(stage, next) }), {
    status: 200,
  });
  t.match(await other.send('/api/v1/me'), { status: 401 }, 'other sessions have ended');
  await stage.clock.advance(30_000);
  t.match(await signIn(other, { totp: await codeNow(stage, totp) }), refused);
  t.match(await signIn(other, { totp: await codeNow(stage, next) }), { status: 200 });

  t.match(await browser.remove('/api/v1/me/password'), { status: 409, body: { detail: /last way/ } });
  t.match(await browser.post('/api/v1/me/password', { password: 'violin above a dry parasol' }), {
    status: 200,
    body: { totpAt: /./ },
  });
  await stage.clock.advance(60_000);
  t.match(await signIn(other, { totp: await codeNow(stage, next) }), refused, 'the former password');
});

t.test('tries are bounded by account and by address', async (t) => {
  const stage = await openStage(t);
  const { totp } = await setUp(stage, await stage.addPerson('anna', 'admin'));
  const password = 'not the right one';
  for (let at = 0; at < 10; at++)
    t.match(await signIn(stage.openBrowser(`192.0.2.${at}`), { password, totp: '000000' }), refused);
  const mine = stage.openBrowser('203.0.113.1');
  const totps = { totp: await codeNow(stage, totp, 1) };
  const limited = await signIn(mine, totps);
  t.match(limited, { status: 429, body: { code: 'E_RATE' } }, 'also with what is right');
  t.ok(Number(limited.headers['retry-after']) > 800);
  await stage.clock.advance(15 * 60_000);
  t.match(await signIn(mine, { totp: await codeNow(stage, totp) }), { status: 200 });

  const address = stage.openBrowser('2001:db8::1');
  for (let at = 0; at < 30; at++) await signIn(address, { password, totp: '000000' }, `name${at}`);
  t.match(
    await signIn(stage.openBrowser('2001:db8::2'), totps, 'other'),
    { status: 429 },
    'the same network',
  );
  t.match(await signIn(stage.openBrowser('2001:db8:0:1::2'), totps, 'other'), refused);
});

t.test('who invites, and whom', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const ben = await stage.addPerson('ben', 'viewer');
  const { browser } = await setUp(stage, anna);
  const made = await browser.post(`/api/v1/persons/${ben}/invitations`);
  t.match(made, { status: 201, body: { url: /^https:\/\/muster\.example\/setup#[\w-]{43}$/ } });
  const secret = new URL(made.body.url ?? '').hash.slice(1);
  const his = stage.openBrowser('192.0.2.2');
  await his.post('/api/v1/setup', { secret, password: PASSWORD });
  const own = (await his.post('/api/v1/me/totp')).body.secret ?? '';
  await his.post('/api/v1/me/totp/confirm', { code: await codeNow(stage, own) });
  const forbidden = { status: 403, body: { code: 'E_FORBIDDEN' } };
  t.match(await his.post(`/api/v1/persons/${anna}/invitations`), forbidden, 'a viewer invites nobody');
  await stage.sql`INSERT INTO role (tenant, id, name) VALUES (1, ${`rol_${'a'.repeat(26)}`}, 'inviter')`;
  await stage.sql`INSERT INTO role_grant (role, position, permission) VALUES (${`rol_${'a'.repeat(26)}`}, 0, 'persons.write')`;
  await stage.sql`INSERT INTO person_role (tenant, person, role) VALUES (1, ${ben}, ${`rol_${'a'.repeat(26)}`})`;
  t.match(await his.post(`/api/v1/persons/${anna}/invitations`), {
    ...forbidden,
    body: { detail: /may not/ },
  });
  const carla = await stage.addPerson('carla', 'viewer');
  t.match(await his.post(`/api/v1/persons/${carla}/invitations`), { status: 201 });

  const sessions = await browser.send(`/api/v1/persons/${ben}/sessions`);
  t.equal(sessions.body.items?.length, 1);
  t.match(await browser.remove(`/api/v1/persons/${ben}/sessions/${sessions.body.items?.[0]?.id}`), {
    status: 200,
  });
  t.match(await his.send('/api/v1/me'), { status: 401 });
  await stage.clock.advance(11 * 60_000);
  t.match(await browser.post(`/api/v1/persons/${ben}/invitations`), { body: { code: 'E_STEP_UP' } });
});

t.test('an invitation gets somebody back in who has lost everything', async (t) => {
  const stage = await openStage(t);
  const anna = await stage.addPerson('anna', 'admin');
  const { browser: lost, totp } = await setUp(stage, anna);
  const browser = stage.openBrowser();
  await browser.post('/api/v1/setup', {
    secret: await stage.makeSecret(anna),
    password: 'violin above a parasol',
  });
  t.match(await lost.send('/api/v1/me'), { status: 401 }, 'former sessions end');
  const bad = stage.openBrowser('192.0.2.3');
  t.match(await signIn(bad, { totp: await codeNow(stage, totp, 1) }), refused);
  t.match((await browser.send('/api/v1/session')).body, { mustSetUp: 'second-factor' });
});

t.test('the parts', async (t) => {
  for (const worst of [
    'password1234',
    'Admin-2026-Admin',
    'abcdefghijklmnop',
    '123456789012',
    'asdfasdfasdf',
    'MusterMuster1!',
  ])
    t.ok(isWorstPassword(worst, []), worst);
  for (const good of [PASSWORD, 'korrekt pferd batterie', 'x8#Kd0!vPq2$', '739105826401'])
    t.notOk(isWorstPassword(good, ['anna']), good);

  t.equal(networkOf('192.0.2.1'), '192.0.2.1');
  t.equal(networkOf('::ffff:192.0.2.1'), '192.0.2.1');
  t.equal(networkOf('2001:DB8::5'), '2001:db8:0:0::/64');
  t.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  t.equal(networkOf('::1'), '0:0:0:0::/64');

  const { secret } = makeTotp({ issuer: 'a', label: 'b' });
  t.equal(decodeBase32(secret).length, 20);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1e9, max: 4e9 }),
      fc.integer({ min: -3, max: 3 }),
      async (epoch, steps) => {
        const code = await generate(secret, epoch + steps * 30);
        const step = await findStep(secret, code, epoch * 1_000);
        const now = Math.floor(epoch / 30);
        if (step === null && Math.abs(steps) > 1) return;
        // One code in a million is that of another step too.
        const isRight =
          step !== null && Math.abs(step - now) <= 1 && (await generate(secret, step * 30)) === code;
        if (!isRight) throw new Error(`${step} instead of ${now + steps}`);
      },
    ),
    { numRuns: 50 },
  );

  const folder = await mkdtemp(join(tmpdir(), 'muster-seal-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const seal = createSeal(folder);
  const sealed = await seal.seal('per_a', 'secret');
  t.equal(await createSeal(folder).open('per_a', sealed), 'secret', 'the key stays');
  t.equal(await seal.open('per_b', sealed), null, 'it is sealed for one person');
  const other = createSeal(folder, 'webhooks');
  t.equal(await other.open('per_a', sealed), null, 'and for one purpose');
  t.equal(await other.open('per_a', await other.seal('per_a', 'x')), 'x');
  const fresh = await mkdtemp(join(folder, 'fresh-'));
  const many = Array.from({ length: 8 }, (_, at) => createSeal(fresh, at % 2 === 0 ? null : 'webhooks'));
  const all = await Promise.all(many.map((one) => one.seal('a', 'b')));
  for (const [at, one] of all.entries())
    t.equal(await createSeal(fresh, at % 2 === 0 ? null : 'webhooks').open('a', one), 'b', 'one key for all');
  t.same(await readdir(fresh), ['signin.key'], 'and nothing beside it');
  for (const at of [0, 14, sealed.length - 1]) {
    const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
    t.equal(await seal.open('per_a', changed), null);
  }
  const path = join(folder, 'signin.key');
  t.equal((await readFile(path, 'utf8')).length, 44);
  await writeFile(path, 'damaged');
  await t.rejects(createSeal(folder).open('per_a', sealed), { code: 'E_KEY_FILE' });

  let nowMs = 0;
  const tries = createTries({ now: () => nowMs, monotonic: () => nowMs, after: () => () => undefined });
  const tried = [{ key: 'a', max: 2 }];
  t.equal(tries.begin(tried), 0);
  tries.succeed(tried);
  t.equal(tries.begin(tried), 0);
  t.equal(tries.begin(tried), 0);
  t.equal(tries.begin(tried), 900);
  nowMs += 900_000;
  t.equal(tries.begin(tried), 0);
});
